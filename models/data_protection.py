"""What guards a case beside its keys: erasure by two, blocks, emergency access, merged persons,
files, alerts.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, now
from models.cases import Case
from models.coded import Sealed
from models.erasure import GONE, stays
from models.life_cycles import StateColumn
from models.people import Organisation, User
from models.states import ErasureState
from models.system import SystemText


class Erasure(Base):
    """A case asked to be erased, and afterwards the tombstone that says so: reason, who asked, who
    approved. Never contents.
    """

    __tablename__ = "erasures"
    __erasure__ = stays("id case_id reason state asked_by_id asked_at decided_by_id decided_at")
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    reason: Mapped[str] = mapped_column(
        String(30)
    )  # asked_by_person | retention | entered_by_mistake
    state: Mapped[ErasureState] = mapped_column(
        StateColumn(ErasureState, 10), default=ErasureState.ASKED
    )
    asked_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id")
    )  # None: the retention job
    asked_at: Mapped[datetime] = mapped_column(default=now)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    case: Mapped[Case] = relationship(lazy="joined")
    asked_by: Mapped[User | None] = relationship(foreign_keys=asked_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    __table_args__ = (Index("ix_erasures_state", "state", "asked_at"),)


class Block(Base):
    """One case that one person, or everybody of one organisation, must never see: not even as a
    hit.
    """

    __tablename__ = "blocks"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    reason: Mapped[str] = mapped_column(
        Sealed("blocks.reason", String(30))
    )  # relative | conflict | fear | other
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    user: Mapped[User | None] = relationship(foreign_keys=user_id)
    organisation: Mapped[Organisation | None] = relationship()
    __table_args__ = (
        UniqueConstraint("case_id", "user_id"),
        UniqueConstraint("case_id", "organisation_id"),
    )


class Emergency(Base):
    """Emergency access of one person to one case, for hours, with a reason; reviewed by another."""

    __tablename__ = "emergencies"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(
        Sealed("emergencies.reason", String(30))
    )  # danger_to_life | medical | child | lost_contact
    at: Mapped[datetime] = mapped_column(default=now)
    ends_at: Mapped[datetime]
    # Another one of the same person was open or of the same day: a supervisor must say yes first.
    needs_yes: Mapped[bool] = mapped_column(default=False)
    allowed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    words_sealed: Mapped[bytes | None]
    finding_sealed: Mapped[bytes | None]
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reviewed_at: Mapped[datetime | None]
    finding: Mapped[str] = mapped_column(
        Sealed("emergencies.finding", String(15)), default=""
    )  # justified | not_justified
    case: Mapped[Case] = relationship(lazy="joined")
    user: Mapped[User] = relationship(foreign_keys=user_id, lazy="joined")
    words = SystemText("words_sealed")  # why, in words of one's own
    finding_words = SystemText("finding_sealed")

    @property
    def waits_for_yes(self) -> bool:
        """Whether a supervisor has not said yes yet, nor anybody judged it."""
        return self.needs_yes and self.allowed_by_id is None and self.reviewed_at is None

    __table_args__ = (Index("ix_emergencies_user", "user_id", "ends_at"),)


class Alert(Base):
    """Something the data protection officer should look at: counts and places, no contents."""

    __tablename__ = "alerts"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(
        String(30)
    )  # many_cases | at_night | without_relation | forged_job | altered_content | emergency
    subject: Mapped[str] = mapped_column(String(60))  # what it is about: a user, a job, a row
    window: Mapped[str] = mapped_column(
        String(30)
    )  # the same thing in the same window is one alert
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    count: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime | None]
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User | None] = relationship(foreign_keys=user_id)
    __table_args__ = (
        UniqueConstraint("kind", "subject", "window"),
        Index("ix_alerts_seen", "seen_at", "at"),
    )
