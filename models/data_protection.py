"""What guards a case beside its keys: erasure by two, blocks, emergency access, requests of the
person, alerts.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import numbering
from models.base import Base, db, now, today
from models.cases import Case
from models.coded import Alike, Sealed
from models.erasure import GONE, becomes, stays
from models.life_cycles import StateColumn
from models.people import Organisation, User
from models.states import PERSON_REQUEST, ErasureState, PersonRequestState
from models.system import SystemText
from models.witnessed import Witnessed, WitnessedToo


class Erasure(WitnessedToo, Base):
    """A case asked to be erased, and afterwards the tombstone that says so: reason, who asked, who
    approved. Never contents.
    """

    __tablename__ = "erasures"
    __witnessed__ = (
        "id",
        "case_id",
        "reason",
        "state",
        "asked_by_id",
        "decided_by_id",
    )
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


class PersonRequest(Base):
    """What a person asked of us about their data, and how it was answered: the register.

    After an erasure the days and the outcome stay, as what shows that an answer came in time.
    """

    __tablename__ = "person_requests"
    __erasure__ = stays(
        "id reference case_id kind received_on due_on state extended_on answered_on",
        "received_by_id extended_by_id answered_by_id",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = numbering.column("PR")
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # access | correction | objection | …
    identified: Mapped[str] = mapped_column(String(20), info=becomes(""))
    received_on: Mapped[date]
    due_on: Mapped[date]
    state: Mapped[PersonRequestState] = mapped_column(StateColumn(PersonRequestState, 12))
    extended_on: Mapped[date | None]
    answered_on: Mapped[date | None]
    ground: Mapped[str] = mapped_column(String(20), default="", info=becomes(""))
    letter: Mapped[str] = mapped_column(String(20), default="", info=becomes(""))
    asked_sealed: Mapped[bytes | None] = mapped_column(info=becomes(None))
    longer_sealed: Mapped[bytes | None] = mapped_column(info=becomes(None))
    answer_sealed: Mapped[bytes | None] = mapped_column(info=becomes(None))
    received_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    extended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    case: Mapped[Case] = relationship(lazy="joined")
    received_by: Mapped[User | None] = relationship(foreign_keys=received_by_id)
    answered_by: Mapped[User | None] = relationship(foreign_keys=answered_by_id)
    asked = SystemText("asked_sealed")  # what, in the person's words
    longer = SystemText("longer_sealed")  # why it takes longer, as the person was told
    answer = SystemText("answer_sealed")  # what was done, or why not
    __table_args__ = (Index("ix_person_requests_due", "state", "due_on"),)

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return PERSON_REQUEST.can(self, "refuse")

    @property
    def is_overdue(self) -> bool:
        """Whether its day has passed without an answer."""
        return self.is_open and self.due_on < today()


class Block(Witnessed, Base):
    """One case that one person, or everybody of one organisation, must never see: not even as a
    hit.
    """

    __tablename__ = "blocks"
    __witnessed__ = ("case_id", "user_id", "organisation_id")
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    # Keyed: who has a copy and an account of theirs would find the cases that are kept from them.
    user_id: Mapped[int | None] = mapped_column(Alike("blocks.user_id", Integer), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    reason: Mapped[str] = mapped_column(
        Sealed("blocks.reason", String(30))
    )  # relative | conflict | fear | other
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    organisation: Mapped[Organisation | None] = relationship()
    __table_args__ = (
        UniqueConstraint("case_id", "user_id"),
        UniqueConstraint("case_id", "organisation_id"),
    )

    @property
    def user(self) -> User | None:
        """From whom it is kept: no join finds them."""
        return db.session.get(User, self.user_id) if self.user_id is not None else None


class Emergency(Witnessed, Base):
    """Emergency access of one person to one case, for hours, with a reason; reviewed by another."""

    __tablename__ = "emergencies"
    __witnessed__ = ("case_id", "user_id", "needs_yes", "allowed_by_id", "ends_at")
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


class ReadingOn(WitnessedToo, Base):
    """Somebody read very many cases within an hour and said why, with a fresh proof."""

    __tablename__ = "readings_on"
    __witnessed__ = (
        "id",
        "user_id",
        "at",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    words_sealed: Mapped[bytes | None]
    user: Mapped[User] = relationship(foreign_keys=user_id, lazy="joined")
    words = SystemText("words_sealed")
    __table_args__ = (
        Index("ix_readings_on_user", "user_id", "at"),
        Index("ix_readings_on_office", "office_id", "id"),
    )


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
    finding: Mapped[str | None] = mapped_column(String(15))  # of standards.lists.ALERT_FINDINGS
    words_sealed: Mapped[bytes | None]
    user: Mapped[User | None] = relationship(foreign_keys=user_id)
    seen_by: Mapped[User | None] = relationship(foreign_keys=seen_by_id)
    words = SystemText("words_sealed")  # what was found, and done about it
    __table_args__ = (
        UniqueConstraint("kind", "subject", "window"),
        Index("ix_alerts_seen", "seen_at", "at"),
    )
