"""What is missing before departure, computed here alone. Pure: takes facts, touches nothing."""

from dataclasses import dataclass
from datetime import date

# In order. "best_interests" counts for unaccompanied and separated children alone.
STEPS = (
    "application", "counselling", "eligibility", "protection_check", "best_interests", "declaration", "fit_to_travel",
    "travel_documents", "funding", "itinerary",
)  # fmt: skip


@dataclass(frozen=True)
class Done:
    """A step that was done, with its outcome and end where it has them."""

    done_on: date
    outcome: str = ""
    valid_until: date | None = None


@dataclass(frozen=True)
class Line:
    """One step as the page shows it."""

    step: str
    state: str  # done | missing | blocked | not_needed
    why: str = ""
    done_on: date | None = None
    valid_until: date | None = None


def lines(done: dict[str, Done], *, child: bool, funded: bool, travel_on: date | None, asked_protection: bool, handed_over: bool) -> list[Line]:
    """Every step with its state. ``why`` is a code of :data:`REASONS`."""
    found = [_line(step, done.get(step), child=child, funded=funded, travel_on=travel_on, asked_protection=asked_protection) for step in STEPS]
    return [*found, Line("handover", "done" if handed_over else "missing", "" if handed_over else "handover")]


def missing(shown: list[Line]) -> list[Line]:
    """What keeps departure from being recorded."""
    return [line for line in shown if line.state in {"missing", "blocked"}]


def _line(step: str, done: Done | None, *, child: bool, funded: bool, travel_on: date | None, asked_protection: bool) -> Line:
    if step == "best_interests" and not child:
        return Line(step, "not_needed")
    if step == "funding":
        return Line(step, "done" if funded else "missing", "" if funded else "funding")
    if step == "travel_documents" and asked_protection and done is None:
        return Line(step, "blocked", "consulate")
    if done is None:
        return Line(step, "missing", step if step in {"best_interests"} else "")
    if step == "protection_check" and done.outcome == "grounds":
        return Line(step, "blocked", "grounds", done.done_on)
    if step == "fit_to_travel" and done.valid_until and travel_on and done.valid_until < travel_on:
        return Line(step, "blocked", "fit_ended", done.done_on, done.valid_until)
    return Line(step, "done", "", done.done_on, done.valid_until)
