"""What is missing before departure, computed here alone. Pure: takes facts, touches nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
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
    "approval",
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
    travel_on: date | None = None  # until which day what ends must hold
    journey_past: bool = False  # its day has come and gone, and nobody left
    refuses_consulate: bool = False
    seeks_protection: bool = False
    grounds: bool = False  # found at the last check, of whichever return
    escort_needed: bool = False
    escort_given: bool = False
    handed_over: bool = False
    approval_needed: bool = False
    approved: bool | None = None  # None: nobody decided yet
    signed_as_child: bool = False  # the declaration, and they are an adult by now
    think_days: int = 0  # at least, between counselling and declaration


class Standing(StrEnum):
    """How a step stands."""

    DONE = "done"
    MISSING = "missing"
    BLOCKED = "blocked"
    NOT_NEEDED = "not_needed"


_ENDED_ALREADY = frozenset({"fit_ended_already", "document_ended_already"})


@dataclass(frozen=True)
class Line:
    """One step as the page shows it."""

    step: str
    state: Standing
    why: str = ""
    done_on: date | None = None
    valid_until: date | None = None

    @property
    def is_done(self) -> bool:
        """Whether it was done and still counts."""
        return self.state == Standing.DONE

    @property
    def is_of_child(self) -> bool:
        """Whether it is what a child needs before a journey."""
        return self.step == "best_interests"

    @property
    def is_blocked(self) -> bool:
        """Whether something forbids it; ``why`` says what."""
        return self.state == Standing.BLOCKED

    @property
    def has_ended(self) -> bool:
        """Whether it was done, and what came of it has ended since."""
        return self.why in _ENDED_ALREADY

    @property
    def is_needed(self) -> bool:
        """Whether this return needs it at all."""
        return self.state != Standing.NOT_NEEDED

    @property
    def keeps_from_departure(self) -> bool:
        """Whether departure cannot be recorded while it stands so."""
        return self.state in {Standing.MISSING, Standing.BLOCKED}


def lines(done: Mapping[str, Done], facts: Facts) -> list[Line]:
    """Every step and how it stands.

    ``why`` is a code of :data:`standards.returning.WHY_MISSING`.
    """
    steps = [_line(step, done, facts) for step in STEPS]
    return [*steps, _yes_or_no("handover", facts.handed_over)]


def without_why(line: Line) -> Line:
    """For other missions: that something is not there, never what stands against the journey (what
    a doctor found, grounds for protection, a consulate that was refused).
    """
    if not line.keeps_from_departure:
        return line
    return Line(line.step, Standing.MISSING, line.step if line.step in _SAID_TO_ALL else "")


_SAID_TO_ALL = frozenset({"funding", "escort", "handover", "best_interests"})


def missing(shown: list[Line]) -> list[Line]:
    """What keeps departure from being recorded."""
    return [line for line in shown if line.keeps_from_departure]


def _line(step: str, done: Mapping[str, Done], facts: Facts) -> Line:
    needed = {
        "best_interests": facts.child,
        "escort": facts.escort_needed,
        "approval": facts.approval_needed or facts.approved is False,
    }
    if not needed.get(step, True):
        return Line(step, Standing.NOT_NEEDED)
    settled = {
        "funding": _yes_or_no("funding", facts.funded),
        "escort": _yes_or_no("escort", facts.escort_given),
        "approval": _approval(facts),
    }
    if step in settled:
        return settled[step]
    was = done.get(step)
    why = _blocked(step, was, done, facts)
    if was is None:
        unmet = step if step == "best_interests" else ""
        return Line(step, Standing.BLOCKED if why else Standing.MISSING, why or unmet)
    stands = Standing.BLOCKED if why else Standing.DONE
    return Line(step, stands, why, was.done_on, was.valid_until)


def _approval(facts: Facts) -> Line:
    if facts.approved is False:
        return Line("approval", Standing.BLOCKED, "approval_refused")
    return _yes_or_no("approval", bool(facts.approved))


def _yes_or_no(step: str, is_done: bool) -> Line:
    """A step that is done elsewhere: money approved, an escort named, the handover accepted."""
    return Line(step, Standing.DONE) if is_done else Line(step, Standing.MISSING, step)


def _blocked(step: str, was: Done | None, done: Mapping[str, Done], facts: Facts) -> str:
    """Why a step blocks, done or not; empty where it does not."""
    reasons: dict[str, Callable[[], str]] = {
        "protection_check": lambda: _protected(was, facts),
        "eligibility": lambda: _found(was, "not_eligible"),
        "declaration": lambda: _thinking(was, done.get("counselling"), facts),
        "travel_documents": lambda: _document(was, facts),
        "itinerary": lambda: "journey_past" if was and facts.journey_past else "",
        "fit_to_travel": lambda: _found(was, "not_fit") or _ending(was, facts, "fit_ended"),
    }
    return reasons[step]() if step in reasons else ""


def _protected(was: Done | None, facts: Facts) -> str:
    """Protection is sought, or the last check found grounds: nobody is returned then."""
    if facts.seeks_protection:
        return "asylum"
    return "grounds" if facts.grounds else _found(was, "grounds")


def _found(was: Done | None, outcome: str) -> str:
    """The outcome itself, where the step was done with it: it forbids to go on."""
    return outcome if was and was.outcome == outcome else ""


def _document(was: Done | None, facts: Facts) -> str:
    if facts.refuses_consulate and was is None:
        return "consulate"
    return _ending(was, facts, "document_ended")


def _ending(was: Done | None, facts: Facts, why: str) -> str:
    """``why`` where what was done ends before the day of travel, or has ended already."""
    ends = was.valid_until if was else None
    if not ends or not facts.travel_on or ends >= facts.travel_on:
        return ""
    return why if ends >= facts.on else f"{why}_already"


def _thinking(was: Done | None, counselling: Done | None, facts: Facts) -> str:
    """A declaration counts when it was signed after counselling and after the time to think, and by
    the adult who goes.
    """
    until = end_of_thinking(counselling, facts.think_days)
    if was is None:
        return "thinking" if until and until > facts.on else ""
    if facts.signed_as_child:
        return "signed_as_child"
    return "too_early" if until and was.done_on < until else ""


def end_of_thinking(counselling: Done | None, least: int) -> date | None:
    """The first day on which a declaration may be signed: ``least`` days after the counselling, or
    what was agreed beyond that.
    """
    if counselling is None:
        return None
    earliest = counselling.done_on + timedelta(days=least)
    text = counselling.detail.get("think_until")
    return max(earliest, date.fromisoformat(text)) if text else earliest
