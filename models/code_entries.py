"""What offices added to the lists that they choose from (:mod:`standards.grown`)."""

from datetime import datetime
from typing import Any

from flask import has_app_context
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import office_at_hand
from models.base import Base, db, now
from models.people import Organisation
from models.read_once import ReadOnce
from models.witnessed import WitnessedToo
from standards.grown import PREFIX, Added, Grown


class CodeEntry(WitnessedToo, Base):
    """One choice of a list. Its code never changes and never goes; ``ended``: offered no longer."""

    __tablename__ = "code_entries"
    __witnessed__ = (
        "id",
        "organisation_id",
        "list_name",
        "labels",
        "counted_as",
        "ended",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    list_name: Mapped[str] = mapped_column(String(20))
    labels: Mapped[dict[str, Any]]
    counted_as: Mapped[str] = mapped_column(String(30))
    ended: Mapped[bool] = mapped_column(default=False)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime] = mapped_column(default=now)
    organisation: Mapped[Organisation] = relationship(lazy="joined")

    @property
    def code(self) -> str:
        """What stands in a case that chose it."""
        return f"{PREFIX}{self.id}"


def added(name: str) -> list[Added]:
    """What offices added to a list, those of other offices too, which are not offered here. What
    the headquarters added is offered by all.
    """
    if not has_app_context():
        return []
    here = office_at_hand.now()
    return [
        Added(
            row.code,
            row.labels,
            row.counted_as,
            offered=not row.ended
            and (row.organisation.kind == "headquarters" or row.organisation_id == here),
        )
        for row in _ONCE.of("all", _rows)
        if row.list_name == name
    ]


def _rows() -> list[CodeEntry]:
    """All of them: a list has tens at most."""
    return list(db.session.execute(select(CodeEntry).order_by(CodeEntry.id)).scalars())


_ONCE = ReadOnce(CodeEntry)
Grown.added = staticmethod(added)
