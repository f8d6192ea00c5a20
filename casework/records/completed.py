"""What follows from what a form of a record says: what it left open, and what it clears."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from casework.records import health
from models.base import today
from models.dates import months_after
from standards import assistance

Values = dict[str, Any]
_AGAIN_DAYS = {"extreme": 7, "high": 14}
_AGAIN_MONTHS = {"medium": 1, "low": 3}


def reassess(given: Values) -> Values:
    """A rating without a day gets one by its height."""
    on: date = given.get("on") or today()
    return {**given, "next_on": given.get("next_on") or _again(on, given["rating"])}


def waits_for(given: Values) -> Values:
    """What the referral to the national mechanism waits for next: its answer, then the end of the
    period for recovery.
    """
    waits = given.get("answer") == "waiting"
    return {**given, "next_on": given.get("answer_until" if waits else "recovery_until")}


def _again(on: date, rating: str) -> date:
    """A week, two weeks, a month, three months later."""
    if rating in _AGAIN_DAYS:
        return on + timedelta(days=_AGAIN_DAYS[rating])
    return months_after(on, _AGAIN_MONTHS[rating])


def scored(given: Values) -> Values:
    """A session with its score, where each of the five answers was given."""
    score = health.who5(given)
    return given if score is None else {**given, "score": score}


def counted(given: Values) -> Values:
    """Functioning, with whether it counts as disability."""
    return {**given, "disability": health.is_disability(given)}


def says(*names: str) -> Callable[[Values], Values]:
    """What of a form rules ask for: these fields, as codes, numbers and ISO days, without words."""

    def pick(given: Values) -> Values:
        return {name: _plain(given[name]) for name in names if given.get(name) not in (None, "")}

    return pick


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def checked(given: Values) -> bool:
    """Whether the guardian's identity and relation were checked."""
    return bool(given.get("checked"))


def allows_return(given: Values) -> bool:
    """Whether a determination lets the child return."""
    return given.get("decision") in {"return", "relocate"}


def traced(given: Values) -> bool:
    """Whether tracing has a result."""
    return given.get("state") in assistance.CLEARED_BY_TRACING


def fit(given: Values) -> bool:
    """Whether the person is fit to travel."""
    return given.get("result") in {"fit", "fit_with"}


def seeks_protection(given: Values) -> bool:
    """Whether the person seeks or has international protection."""
    return given.get("state") in assistance.SEEKS_PROTECTION
