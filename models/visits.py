"""Each time that somebody tried to see or call a person who returned."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from models import months
from models.base import Base, now
from models.coded import Sealed
from models.erasure import GONE
from models.returns import FollowUp, Return


class VisitAttempt(Base):
    """One time that somebody tried to see or call a person after return, for a follow-up or beside
    the plan; whether they were reached is its outcome. Words lie sealed with the return.
    """

    __tablename__ = "visit_attempts"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"), index=True)
    follow_up_id: Mapped[int | None] = mapped_column(ForeignKey("follow_ups.id"), index=True)
    on: Mapped[date] = mapped_column(Sealed("visit_attempts.on", Date))
    manner: Mapped[str] = mapped_column(Sealed("visit_attempts.manner", String(12)))
    outcome: Mapped[str] = mapped_column(Sealed("visit_attempts.outcome", String(20)))
    economic: Mapped[int | None] = mapped_column(
        Sealed("visit_attempts.economic", Integer, filled=32)
    )
    social: Mapped[int | None] = mapped_column(Sealed("visit_attempts.social", Integer, filled=32))
    psychosocial: Mapped[int | None] = mapped_column(
        Sealed("visit_attempts.psychosocial", Integer, filled=32)
    )
    business: Mapped[str] = mapped_column(Sealed("visit_attempts.business", String(12)), default="")
    next_on: Mapped[date | None] = mapped_column(
        Sealed("visit_attempts.next_on", Date)
    )  # by when the next step is to be done; its words are sealed
    next_month: Mapped[date | None] = mapped_column(default=months.of("next_on"))
    step_told_on: Mapped[date | None] = mapped_column(
        Sealed("visit_attempts.step_told_on", Date, filled=32)
    )  # the day of the next step of which the mission was told
    next_done_at: Mapped[datetime | None]
    next_done_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    follow_up: Mapped[FollowUp | None] = relationship(lazy="joined")
    record: Mapped[Return] = relationship(back_populates="attempts")
    __table_args__ = (Index("ix_visit_attempts_next", "next_done_at", "next_month"),)

    @validates("next_on")
    def _beside(self, _name: str, day: date | None) -> date | None:
        self.next_month = months.first(day) if day else None
        return day

    @property
    def waits_for_next(self) -> bool:
        """Whether a next step was agreed on and is not done."""
        return self.next_on is not None and self.next_done_at is None

    @property
    def month(self) -> int | None:
        """Of which follow-up; none where it was not planned."""
        return self.follow_up.month if self.follow_up else None
