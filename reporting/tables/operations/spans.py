"""Which work a figure counts (a period, some offices), and how its numbers are written."""

from dataclasses import dataclass
from datetime import date

from flask_babel import format_decimal
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Role
from models.base import db
from models.people import Organisation
from reporting.tables.questions import Cell


@dataclass(frozen=True)
class Span:
    """A year or a quarter of it, and the offices one may see the work of (none: all)."""

    year: int
    quarter: str = ""
    offices: tuple[int, ...] = ()

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, 3 * int(self.quarter or 1) - 2, 1)

    @property
    def end(self) -> date:
        """The day after the last."""
        if not self.quarter:
            return date(self.year + 1, 1, 1)
        month = 3 * int(self.quarter) + 1
        return date(self.year, month, 1) if month <= 12 else date(self.year + 1, 1, 1)

    @property
    def of_offices(self) -> str:
        """What a question of the engine says behind its conditions to see these offices alone."""
        numbers = ", ".join(map(str, self.offices))  # our own whole numbers
        return f" AND office_id IN ({numbers})" if self.offices else ""


def offices_of(actor: Actor) -> tuple[int, ...]:
    """Whose work somebody sees: a manager that of all, a supervisor that of their own offices."""
    if actor.holds(Role.MANAGER) or actor.user is None:
        return ()
    supervised = {
        grant.organisation_id
        for grant in actor.user.grants
        if grant.in_force and grant.role == Role.SUPERVISOR
    }
    return tuple(sorted(supervised)) or (-1,)


def office_names() -> dict[int, str]:
    """The names of all organisations."""
    return dict(db.session.execute(select(Organisation.id, Organisation.name)).all())


def decimal(value: float | None, digits: int = 0) -> str:
    """A number with ``digits`` behind the point; a dash where there is none."""
    if value is None:
        return "–"
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(round(value, digits), format=pattern)


def percent(part: int, whole: int) -> str:
    """``part`` of ``whole``; a dash where the whole is nothing."""
    return f"{100 * part / whole:.0f} %" if whole else "–"


def shown(value: int) -> Cell:
    """A number of work: it may always be shown."""
    return Cell("shown", value)
