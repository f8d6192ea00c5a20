"""Persons who proved to be one, and what was said about those who look alike."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, now


class Merge(Base):
    """Two persons who proved to be one.

    The cases of the second moved to the first; undoing moves them back.
    """

    __tablename__ = "merges"
    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    case_ids: Mapped[str] = mapped_column(String(2000))  # of the cases that moved, space-separated
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class Judgement(Base):
    """What a worker said about two persons that look alike: the same, not the same, cannot tell.

    Remembered, so that nobody is asked twice.
    """

    __tablename__ = "judgements"
    first_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    answer: Mapped[str] = mapped_column(String(12))  # same | not_same | cannot_tell
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
