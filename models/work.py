"""Work between people: cases handed over, approvals, saved filters, flags, calendars."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from models.base import Base, now
from models.cases import Case
from models.coded import Alike, Sealed, SealedState
from models.erasure import GONE
from models.life_cycles import StateColumn
from models.people import Organisation, User
from models.states import ApprovalState, TransferState
from models.witnessed import WitnessedToo

_PENDING: dict[str, Any] = {
    "sqlite_where": text("state = 'asked'"),
    "postgresql_where": text("state = 'asked'"),
}


class Transfer(WitnessedToo, Base):
    """A case offered to another worker or another office.

    Until it is accepted, whoever had it has it. One offer at a time, by constraint.
    """

    __tablename__ = "transfers"
    __witnessed__ = (
        "id",
        "case_id",
        "from_office_id",
        "to_office_id",
        "to_user_id",
        "state",
        "asked_by_id",
        "answered_by_id",
    )
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    from_office_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    to_office_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    to_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    state: Mapped[TransferState] = mapped_column(
        StateColumn(TransferState, 10), default=TransferState.ASKED
    )
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)
    case: Mapped[Case] = relationship(lazy="joined")
    from_office: Mapped[Organisation] = relationship(foreign_keys=from_office_id, lazy="joined")
    to_office: Mapped[Organisation] = relationship(foreign_keys=to_office_id, lazy="joined")
    to_user: Mapped[User | None] = relationship(foreign_keys=to_user_id, lazy="joined")
    asked_by: Mapped[User | None] = relationship(foreign_keys=asked_by_id, lazy="joined")
    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (Index("ux_transfers_pending", "case_id", unique=True, **_PENDING),)


class Approval(WitnessedToo, Base):
    """What one person asked and another decides: a plan, a return, a closure, an identification."""

    __tablename__ = "approvals"
    __witnessed__ = (
        "id",
        "case_id",
        "office_id",
        "what",
        "record_key",
        "state",
        "asked_by_id",
        "asked_at",
        "decided_by_id",
        "decided_at",
    )
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    what: Mapped[str] = mapped_column(
        Sealed("approvals.what", String(12))
    )  # plan | return | closure | identified | grown
    record_key: Mapped[str | None] = mapped_column(
        Sealed("approvals.record_key", String(40), filled=64), default=""
    )  # of the decision that is to be read, and its last change, where it is about one
    state: Mapped[ApprovalState] = mapped_column(
        SealedState("approvals.state", ApprovalState, 10), default=ApprovalState.ASKED
    )
    # What of which case while it waits: one question of a kind at a time.
    pending: Mapped[str | None] = mapped_column(Alike("approvals.pending", String(32)))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)
    case: Mapped[Case] = relationship(lazy="joined")
    asked_by: Mapped[User | None] = relationship(foreign_keys=asked_by_id, lazy="joined")
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id, lazy="joined")
    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        Index("ux_approvals_pending", "pending", unique=True),
        Index("ix_approvals_office", "office_id", "pending"),
    )

    @validates("state")
    def _beside(self, _name: str, state: ApprovalState) -> ApprovalState:
        if state != ApprovalState.ASKED:
            self.pending = None
        return state


class SavedFilter(Base):
    """A filter of the case list that somebody keeps under a name. Coded fields only."""

    __tablename__ = "saved_filters"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(300))
    __table_args__ = (UniqueConstraint("user_id", "name"),)


class Flag(Base):
    """A case that somebody keeps an eye on. Own to each person."""

    __tablename__ = "flags"
    __erasure__ = GONE
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)


class CalendarFeed(WitnessedToo, Base):
    """The private address of somebody's calendar: only its hash is kept."""

    __tablename__ = "calendar_feeds"
    __witnessed__ = (
        "user_id",
        "token_hash",
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
