"""What a kind of record is: its form, its section, what follows from it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from casework.records.completed import Values
from web.forms import FormSchema


@dataclass(frozen=True)
class Kind:
    """A kind of record.

    ``lead`` names the fields that say in a line what it is; ``due`` the field whose day becomes a
    task of kind ``task``; ``once``: there is one at a time, it is changed and not added;
    ``renews``: the newest one's day counts alone; ``complete`` works out what the form left open;
    ``settled`` says whether it clears what it was made for (a determination that allows a return);
    ``says`` gives the codes of it that rules ask for, so that they open nothing;
    ``leaves`` whether the deadlines before it stand all the same; ``event`` the field whose code
    says in the timeline what happened, where that is more than the section.
    """

    code: str
    label: Any
    section: str
    schema: type[FormSchema]
    lead: tuple[str, ...]
    due: str = ""
    task: str = ""
    once: bool = False
    renews: bool = False  # the newest one replaces the deadlines of those before
    complete: Callable[[Values], Values] | None = None
    settled: Callable[[Values], bool] | None = None
    says: Callable[[Values], dict[str, Any]] | None = None
    hint: Any = ""
    event: str = ""
    leaves: Callable[[Values], bool] | None = None  # a new one does not end the deadlines before

    @property
    def compartment(self) -> str:
        """Where it is kept: its section's compartment."""
        return PLACES[self.section]

    def fields(self) -> tuple[str, ...]:
        """The names of its fields."""
        return tuple(name for name in self.schema().fields if name != "revision")


SECTIONS: tuple[tuple[str, str, Any], ...] = (
    ("risks", "protection", _l("Risk and safety")),
    ("children", "protection", _l("Child")),
    ("plan", "protection", _l("Plan")),
    ("help", "protection", _l("Help given")),
    ("contacts", "protection", _l("Contacts")),
    ("story", "protection", _l("What happened")),
    ("contact", "identity", _l("Safe contact")),
    ("care", "care", _l("Care")),
    ("medical", "medical", _l("Medical")),
    ("legal", "legal", _l("Legal")),
)

PLACES = {code: compartment for code, compartment, _label in SECTIONS}
