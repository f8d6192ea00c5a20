"""Steps of a return, each with what it asks."""

from datetime import date, timedelta
from typing import Any

from access.actors import Actor
from avrr import steps
from models.base import today
from models.returns import Return
from standards import returning

ANSWERED_NO = dict.fromkeys(returning.GROUNDS_ASKED, "no")
_OUTCOMES = {"eligibility": "eligible", "protection_check": "ok", "fit_to_travel": "fit"}


def given(step: str, **more: Any) -> dict[str, Any]:
    """What a form of ``step`` says; counselling was yesterday, so that there was time to think."""
    is_talk = step == "counselling"
    return {
        "done_on": today() - timedelta(days=1) if is_talk else today(),
        "before_because": "Held by the partner, who sent them here." if is_talk else "",
        "language": "fr",
        "interpreter": True,
        "options": ["stay", "return"],
        "outcome": _OUTCOMES.get(step, ""),
        "proof": "paper",
        "guardian": True,
        "paper": "passport",
        "document_number": "P 1234567",
        "consulate": True,
        "valid_until": today() + timedelta(days=9),
        "travel_on": today(),
        **ANSWERED_NO,
        **more,
    }


def take(step: str, *, by: Actor, return_: Return, **more: Any) -> None:
    """One step, done."""
    steps.do_step(by=by, return_=return_, step=step, **given(step, **more))


def as_typed(step: str) -> dict[str, Any]:
    """What a browser sends for a step."""
    return {name: _typed(value) for name, value in given(step).items()}


def _typed(value: Any) -> Any:
    if isinstance(value, bool):
        return "1" if value else ""
    return value.isoformat() if isinstance(value, date) else value
