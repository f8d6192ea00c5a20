"""How a person stands to each purpose of the ledger, in words for the head of a case."""

from dataclasses import dataclass
from datetime import date

from casework.core.consent import PURPOSES
from models.base import today
from models.cases import Case
from standards import lists


@dataclass(frozen=True)
class Standing:
    """How a person stands to one purpose: their newest answer, whom it names, until when."""

    purpose: str
    answer: str  # agrees | refuses | withdrawn | ended | not_asked
    names: tuple[str, ...]
    until: date | None

    @property
    def agrees(self) -> bool:
        """Whether they agree now."""
        return self.answer == "agrees"

    @property
    def look(self) -> str:
        """How it looks in a list: yes, no or none."""
        return {"agrees": "yes", "refuses": "no", "withdrawn": "no"}.get(self.answer, "none")

    @property
    def icon(self) -> str:
        """The drawing beside it."""
        icons = {"agrees": "check", "refuses": "x", "withdrawn": "x", "ended": "clock"}
        return icons.get(self.answer, "minus")

    @property
    def word(self) -> str:
        """What is said beside the purpose where they do not agree."""
        return lists.label(lists.CONSENT_ANSWERS, self.answer)


def summary(case: Case) -> list[Standing]:
    """For the head of a case: each purpose with its newest answer."""
    return [_standing(case, purpose) for purpose in PURPOSES]


def _standing(case: Case, purpose: str) -> Standing:
    lines = [line for line in case.consents if line.purpose == purpose]
    live = [line for line in lines if line.in_force(today())]
    names = tuple(line.recipient.name for line in live if line.recipient)
    if live:
        return Standing(purpose, live[-1].answer, names, live[-1].valid_until)
    if not lines:
        return Standing(purpose, "not_asked", names, None)
    return Standing(purpose, "withdrawn" if lines[-1].withdrawn_at else "ended", names, None)
