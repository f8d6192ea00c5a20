"""What guards a case beside its keys: erasure by two, blocks, emergency access, merged persons, files, alerts."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, now
from models.cases import Case
from models.erasure import GONE, WITH_ITS_FILE, stays
from models.people import Organisation, User
from models.sealed import SealedText


class Erasure(Base):
    """A case asked to be erased, and afterwards the tombstone that says so: reason, who asked, who approved. Never contents."""

    __tablename__ = "erasures"
    __erasure__ = stays("id case_id reason state asked_by_id asked_at decided_by_id decided_at")
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(30))  # asked_by_person | retention | entered_by_mistake
    state: Mapped[str] = mapped_column(String(10), default="asked")  # asked | done | refused
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # None: the retention job
    asked_at: Mapped[datetime] = mapped_column(default=now)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    case: Mapped[Case] = relationship(lazy="joined")
    asked_by: Mapped[User | None] = relationship(foreign_keys=asked_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    __table_args__ = (Index("ix_erasures_state", "state", "asked_at"),)


class Block(Base):
    """One case that one person, or everybody of one organisation, must never see: not even as a hit."""

    __tablename__ = "blocks"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    reason: Mapped[str] = mapped_column(String(30))  # relative | conflict | fear | other
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    user: Mapped[User | None] = relationship(foreign_keys=user_id)
    organisation: Mapped[Organisation | None] = relationship()
    __table_args__ = (UniqueConstraint("case_id", "user_id"), UniqueConstraint("case_id", "organisation_id"))


class Emergency(Base):
    """Emergency access of one person to one case, for hours, with a reason; reviewed by another."""

    __tablename__ = "emergencies"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(String(30))  # danger_to_life | medical | child | lost_contact
    at: Mapped[datetime] = mapped_column(default=now)
    ends_at: Mapped[datetime]
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reviewed_at: Mapped[datetime | None]
    finding: Mapped[str] = mapped_column(String(15), default="")  # justified | not_justified
    case: Mapped[Case] = relationship(lazy="joined")
    user: Mapped[User] = relationship(foreign_keys=user_id, lazy="joined")
    __table_args__ = (Index("ix_emergencies_user", "user_id", "ends_at"),)


class Merge(Base):
    """Two persons who proved to be one. The cases of the second moved to the first; undoing moves them back."""

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
    """What a worker said about two persons that look alike: the same, not the same, cannot tell. Remembered, so that nobody is asked twice."""

    __tablename__ = "judgements"
    first_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    answer: Mapped[str] = mapped_column(String(12))  # same | not_same | cannot_tell
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class Attachment(Base):
    """A file of a case, kept in sealed parts outside the database. Its name and its key are sealed under the compartment it belongs to."""

    __tablename__ = "attachments"
    __erasure__ = WITH_ITS_FILE
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)  # stands in addresses and names the stored parts
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    compartment: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(20), default="")  # what the content is: pdf, jpeg, docx …
    state: Mapped[str] = mapped_column(String(12), default="receiving")  # receiving | quarantine | kept | refused
    refusal: Mapped[str] = mapped_column(String(30), default="")
    size: Mapped[int] = mapped_column(BigInteger)  # bytes announced
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    parts: Mapped[int] = mapped_column(default=0)
    thumbnail: Mapped[bool] = mapped_column(default=False)
    replaces: Mapped[str] = mapped_column(String(32), default="")  # key of the version before
    name_sealed: Mapped[bytes | None]
    tags_sealed: Mapped[bytes | None]
    key_sealed: Mapped[bytes | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    revision: Mapped[int] = mapped_column(default=1)
    case: Mapped[Case] = relationship()
    by: Mapped[User | None] = relationship()
    name = SealedText("name_sealed")
    tags = SealedText("tags_sealed")
    content_key = SealedText("key_sealed")
    __mapper_args__ = {"version_id_col": revision}


class Alert(Base):
    """Something the data protection officer should look at: counts and places, no contents."""

    __tablename__ = "alerts"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))  # many_cases | at_night | without_relation | forged_job | altered_content | emergency
    subject: Mapped[str] = mapped_column(String(60))  # what it is about: a user, a job, a row
    window: Mapped[str] = mapped_column(String(30))  # the same thing in the same window is one alert
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    count: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime | None]
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User | None] = relationship(foreign_keys=user_id)
    __table_args__ = (UniqueConstraint("kind", "subject", "window"), Index("ix_alerts_seen", "seen_at", "at"))
