"""Fields that an office added to the forms of a case: what they are called, of which kind, and what
may be chosen. What is answered lies in the case, sealed with the form's other answers, under
:attr:`ExtraField.name`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import office_at_hand
from models.base import Base, db, now
from models.life_cycles import StateColumn
from models.people import Organisation, own_or_of_all
from models.read_once import ReadOnce
from models.states import ExtraFieldState, Sets
from models.witnessed import WitnessedToo

PREFIX = "x_"  # no field of ours begins so


class ExtraField(WitnessedToo, Base):
    """One field. ``said`` is what forms show: ``{"labels": {"en": …}, "hints": {…}, "options":
    [{"code": "o1", "labels": {…}, "ended": false}]}``; ``wanted`` the same, until somebody else
    agreed to it; ``past`` what it said before, with until when. Place and kind never change: what
    was answered goes on meaning what it meant.
    """

    __tablename__ = "extra_fields"
    __witnessed__ = (
        "id",
        "organisation_id",
        "place",
        "kind",
        "said",
        "wanted",
        "past",
        "state",
        "asked_by_id",
        "decided_by_id",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    place: Mapped[str] = mapped_column(String(24))
    kind: Mapped[str] = mapped_column(String(16))
    said: Mapped[dict[str, Any]] = mapped_column(default=dict)
    wanted: Mapped[dict[str, Any]] = mapped_column(default=dict)
    past: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    state: Mapped[ExtraFieldState] = mapped_column(StateColumn(ExtraFieldState, 10))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    organisation: Mapped[Organisation] = relationship(lazy="joined")

    @property
    def name(self) -> str:
        """Under which its answers are kept."""
        return f"{PREFIX}{self.id}"


@dataclass(frozen=True)
class Shown:
    """A field as forms draw it; ``offered``: it is asked for, and not only shown where answered."""

    name: str
    place: str
    kind: str
    said: dict[str, Any]
    offered: bool


def of_place(place: str) -> list[Shown]:
    """The fields of a form at the office whose form it is, in the order they were made; with what
    the headquarters ask of all. None outside of an office.
    """
    return [field for field in _here() if field.place == place]


def kept_aside(stands: Mapping[str, Any]) -> dict[str, Any]:
    """What of stored answers no form here asks for: those to questions of another office, which go
    along with the case.
    """
    theirs = {name: value for name, value in stands.items() if is_name(name)}
    here = {field.name for field in _here()} if theirs else set()
    return {name: value for name, value in theirs.items() if name not in here}


def by_name(names: Iterable[str]) -> dict[str, Shown]:
    """The fields that go by these names, of whichever office: a case brings its answers along."""
    asked = sorted({int(name.removeprefix(PREFIX)) for name in names if is_name(name)})
    return {} if not asked else _ONCE.of(tuple(asked), lambda: _numbered(asked))


def is_name(name: str) -> bool:
    """Whether a field of an office can go by this name."""
    return name.startswith(PREFIX) and name.removeprefix(PREFIX).isdecimal()


def _numbered(numbers: Sequence[int]) -> dict[str, Shown]:
    query = select(ExtraField).where(ExtraField.id.in_(numbers)).order_by(ExtraField.id)
    return {row.name: _shown(row) for row in db.session.execute(query).scalars()}


def _here() -> list[Shown]:
    """All of the office at hand, in the order they were made."""
    office_id = office_at_hand.now()
    return _ONCE.of(office_id, lambda: _of(office_id)) if office_id else []


def _of(office_id: int) -> list[Shown]:
    query = select(ExtraField).where(
        own_or_of_all(ExtraField.organisation_id, office_id),
        ExtraField.state.in_(Sets.EXTRA_FIELD_KNOWN),
    )
    return [_shown(row) for row in db.session.execute(query.order_by(ExtraField.id)).scalars()]


def _shown(row: ExtraField) -> Shown:
    offered = row.state == ExtraFieldState.IN_FORCE
    return Shown(row.name, row.place, row.kind, dict(row.said or row.wanted), offered)


_ONCE = ReadOnce(ExtraField)
