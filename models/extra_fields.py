"""Fields that an office added to the forms of a case: what they are called, of which kind, and what
may be chosen. What is answered lies in the case, sealed with the form's other answers, under
:attr:`ExtraField.name`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import has_app_context
from sqlalchemy import JSON, ForeignKey, String, event, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, db, now
from models.life_cycles import StateColumn
from models.people import Organisation
from models.states import ExtraFieldState, Sets

PREFIX = "x_"  # no field of ours begins so
_CACHE = "extra_fields"
_OFFICE = "office_of_forms"


class ExtraField(Base):
    """One field. ``said`` is what forms show: ``{"labels": {"en": …}, "hints": {…}, "options":
    [{"code": "o1", "labels": {…}, "ended": false}]}``; ``wanted`` the same, until somebody else
    agreed to it; ``past`` what it said before, with until when. Place and kind never change: what
    was answered goes on meaning what it meant.
    """

    __tablename__ = "extra_fields"
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


@contextmanager
def of_office(office_id: int | None) -> Iterator[None]:
    """Within, forms have the fields of this office."""
    before = db.session.info.get(_OFFICE)
    turn_to(office_id)
    try:
        yield
    finally:
        turn_to(before)


def turn_to(office_id: int | None) -> None:
    """From here on, forms of this request or task have the fields of this office."""
    db.session.info[_OFFICE] = office_id


def office() -> int | None:
    """The office whose forms these are."""
    found: int | None = db.session.info.get(_OFFICE) if has_app_context() else None
    return found


def of_place(place: str) -> list[Shown]:
    """The fields of a form at the office whose form it is, in the order they were made; with what
    the headquarters ask of all. None outside of an office.
    """
    office_id = office()
    return [field for field in _of(office_id) if field.place == place] if office_id else []


def kept_aside(stands: Mapping[str, Any]) -> dict[str, Any]:
    """What of stored answers no form here asks for: those to questions of another office, which go
    along with the case.
    """
    theirs = {name: value for name, value in stands.items() if is_name(name)}
    office_id = office()
    here = {field.name for field in _of(office_id)} if theirs and office_id else set()
    return {name: value for name, value in theirs.items() if name not in here}


def by_name(names: Sequence[str]) -> dict[str, Shown]:
    """The fields that go by these names, of whichever office: a case brings its answers along."""
    numbers = [int(name.removeprefix(PREFIX)) for name in names if is_name(name)]
    if not numbers:
        return {}
    query = select(ExtraField).where(ExtraField.id.in_(numbers))
    with db.session.no_autoflush:
        found = db.session.execute(query.order_by(ExtraField.id)).scalars().all()
    return {row.name: _shown(row) for row in found}


def is_name(name: str) -> bool:
    """Whether a field of an office can go by this name."""
    return name.startswith(PREFIX) and name.removeprefix(PREFIX).isdecimal()


def _of(office_id: int) -> list[Shown]:
    """All of an office. Read once in a transaction."""
    read: dict[int, list[Shown]] = db.session.info.setdefault(_CACHE, {})
    if office_id not in read:
        of_all = select(Organisation.id).where(Organisation.kind == "headquarters")
        theirs = or_(
            ExtraField.organisation_id == office_id, ExtraField.organisation_id.in_(of_all)
        )
        query = select(ExtraField).where(theirs, ExtraField.state.in_(Sets.EXTRA_FIELD_KNOWN))
        with db.session.no_autoflush:
            rows = db.session.execute(query.order_by(ExtraField.id)).scalars()
            read[office_id] = [_shown(row) for row in rows]
    return read[office_id]


def _shown(row: ExtraField) -> Shown:
    offered = row.state == ExtraFieldState.IN_FORCE
    return Shown(row.name, row.place, row.kind, dict(row.said or row.wanted), offered)


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    """What was read is read anew: another transaction begins."""
    session.info.pop(_CACHE, None)


@event.listens_for(Session, "after_flush")
def _changed(session: Session, _context: object) -> None:
    """The same where one was added or changed within it."""
    if any(isinstance(each, ExtraField) for each in (*session.new, *session.dirty)):
        _forget(session)
