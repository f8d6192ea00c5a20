"""What offices added to the lists that they choose from (:mod:`standards.grown`)."""

from datetime import datetime
from typing import Any

from flask import has_app_context
from sqlalchemy import ForeignKey, String, event, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models import extra_fields
from models.base import Base, db, now
from models.people import Organisation
from standards.grown import PREFIX, Added, Grown

_CACHE = "code_entries"


class CodeEntry(Base):
    """One choice of a list. Its code never changes and never goes; ``ended``: offered no longer."""

    __tablename__ = "code_entries"
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
    here = extra_fields.office()
    return [
        Added(
            row.code,
            row.labels,
            row.counted_as,
            offered=not row.ended
            and (row.organisation.kind == "headquarters" or row.organisation_id == here),
        )
        for row in _rows()
        if row.list_name == name
    ]


def _rows() -> list[CodeEntry]:
    """All of them: a list has tens at most. Read once in a transaction."""
    found: list[CodeEntry] | None = db.session.info.get(_CACHE)
    if found is None:
        with db.session.no_autoflush:
            query = select(CodeEntry).order_by(CodeEntry.id)
            found = list(db.session.execute(query).scalars())
        db.session.info[_CACHE] = found
    return found


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    """What was read is read anew: another transaction begins."""
    session.info.pop(_CACHE, None)


@event.listens_for(Session, "after_flush")
def _changed(session: Session, _context: object) -> None:
    """The same where one was added or changed within it."""
    if any(isinstance(each, CodeEntry) for each in (*session.new, *session.dirty)):
        _forget(session)


Grown.added = staticmethod(added)
