"""What is missing before departure, computed here alone. Pure: takes facts, touches nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

# In order. "best_interests" counts for children, "escort" where one is needed.
STEPS = (
    "application",
    "counselling",
    "eligibility",
    "protection_check",
    "best_interests",
    "declaration",
    "fit_to_travel",
    "travel_documents",
    "funding",
    "itinerary",
    "escort",
)


@dataclass(frozen=True)
class Done:
    """A step that was done, with its outcome, end and details where it has them."""

    done_on: date
    outcome: str = ""
    valid_until: date | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What else counts, on the day ``on``."""

    on: date
    child: bool = False
    funded: bool = False
    travel_on: date | None = None
    refuses_consulate: bool = False
    seeks_protection: bool = False
    escort_needed: bool = False
    escort_given: bool = False
    handed_over: bool = False


@dataclass(frozen=True)
class Line:
    """One step as the page shows it."""

    step: str
    state: str  # done | missing | blocked | not_needed
    why: str = ""
    done_on: date | None = None
    valid_until: date | None = None


def lines(done: Mapping[str, Done], facts: Facts) -> list[Line]:
    """Every step with its state. ``why`` is a code of :data:`standards.returning.WHY_MISSING`."""
    found = [_line(step, done, facts) for step in STEPS]
    return [
        *found,
        Line(
            "handover",
            "done" if facts.handed_over else "missing",
            "" if facts.handed_over else "handover",
        ),
    ]


def missing(shown: list[Line]) -> list[Line]:
    """What keeps departure from being recorded."""
    return [line for line in shown if line.state in {"missing", "blocked"}]


def _line(step: str, done: Mapping[str, Done], facts: Facts) -> Line:
    if (step == "best_interests" and not facts.child) or (
        step == "escort" and not facts.escort_needed
    ):
        return Line(step, "not_needed")
    if step == "funding":
        return Line(step, "done" if facts.funded else "missing", "" if facts.funded else "funding")
    if step == "escort":
        return Line(
            step,
            "done" if facts.escort_given else "missing",
            "" if facts.escort_given else "escort",
        )
    was = done.get(step)
    if why := _blocked(step, was, done, facts):
        return Line(
            step, "blocked", why, was.done_on if was else None, was.valid_until if was else None
        )
    if was is None:
        return Line(step, "missing", step if step == "best_interests" else "")
    return Line(step, "done", "", was.done_on, was.valid_until)


def _blocked(step: str, was: Done | None, done: Mapping[str, Done], facts: Facts) -> str:
    """Why a step blocks, done or not; empty where it does not."""
    if step == "protection_check":
        return (
            "asylum"
            if facts.seeks_protection
            else "grounds"
            if was and was.outcome == "grounds"
            else ""
        )
    if step == "eligibility":
        return "not_eligible" if was and was.outcome == "not_eligible" else ""
    if step == "declaration":
        return _thinking(was, done.get("counselling"), facts)
    if step == "travel_documents":
        if facts.refuses_consulate and was is None:
            return "consulate"
        return "document_ended" if _ends_too_soon(was, facts) else ""
    if step == "fit_to_travel":
        return (
            "not_fit"
            if was and was.outcome == "not_fit"
            else "fit_ended"
            if _ends_too_soon(was, facts)
            else ""
        )
    return ""


def _ends_too_soon(was: Done | None, facts: Facts) -> bool:
    return bool(was and was.valid_until and facts.travel_on and was.valid_until < facts.travel_on)


def _thinking(was: Done | None, counselling: Done | None, facts: Facts) -> str:
    """A declaration counts when it was signed after counselling and after the time to think."""
    text = counselling.detail.get("think_until") if counselling else None
    until = date.fromisoformat(text) if text else (counselling.done_on if counselling else None)
    if was is None:
        return "thinking" if until and until > facts.on else ""
    return "too_early" if until and was.done_on < until else ""
