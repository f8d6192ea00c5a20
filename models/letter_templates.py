"""Letters of an office, in its own words and languages, with places for what differs by person."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, db, now
from models.people import Organisation, own_or_of_all
from models.witnessed import WitnessedToo

PREFIX = "own_"  # no letter of ours begins so


class LetterTemplate(WitnessedToo, Base):
    """One letter in one language. ``version`` stands at its foot; ``past`` has what it said before,
    with until when. It is never taken away: ``ended`` ones are offered no longer.
    """

    __tablename__ = "letter_templates"
    __witnessed__ = (
        "id",
        "organisation_id",
        "name",
        "language",
        "title",
        "body",
        "signatory",
        "version",
        "ended",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    signatory: Mapped[str] = mapped_column(String(120), default="")
    version: Mapped[int] = mapped_column(default=1)
    past: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    ended: Mapped[bool] = mapped_column(default=False)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime] = mapped_column(default=now)
    organisation: Mapped[Organisation] = relationship(lazy="joined")

    @property
    def code(self) -> str:
        """How a form names it among the letters."""
        return f"{PREFIX}{self.id}"


def offered(office_id: int) -> list[LetterTemplate]:
    """The letters that an office can send: its own, and those of the headquarters."""
    theirs = own_or_of_all(LetterTemplate.organisation_id, office_id)
    query = select(LetterTemplate).where(theirs, LetterTemplate.ended.is_(False))
    return list(db.session.execute(query.order_by(LetterTemplate.id)).scalars())


def by_code(office_id: int, code: str) -> LetterTemplate | None:
    """The letter that a form names; None for one that the office has not."""
    return next((each for each in offered(office_id) if each.code == code), None)
