"""Records of a case: assessments, plans, appointments, proceedings, help, notes.

And households: cases that belong together.

One table holds them all. In the clear stand only the compartment, a state and a day; what was
written is sealed in the compartment it belongs to.
"""

import secrets
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from encryption import blind
from models.base import Base, now
from models.cases import Case
from models.coded import Sealed, SealedState
from models.erasure import GONE
from models.people import User
from models.sealed import keyring
from models.sealed_records import SealedCodes, SealedDocument
from models.states import RecordState
from models.witnessed import WitnessedToo


def new_key() -> str:
    """The random public name of a record."""
    return secrets.token_hex(8)


def kind_token(case_id: int, kind: str) -> bytes:
    """Under which name a kind of record stands in a case."""
    return blind.token(keyring().derive("records/kinds"), f"{case_id}/{kind}")


class Record(WitnessedToo, Base):
    """One filled form of a kind (``casework.records.kinds``)."""

    __tablename__ = "records"
    __witnessed__ = (
        "id",  # which is the newest
        "key",
        "case_id",
        "kind_token",
        "compartment",
        "state",
        "removed",
        "due_on",
    )
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(24), unique=True, default=new_key)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    # Which form it is would tell a thief of the database that somebody is pregnant or seeks asylum:
    # it is a keyed hash that differs from case to case.
    kind_token: Mapped[bytes]
    compartment: Mapped[str] = mapped_column(String(12))
    # What settles is an asylum claim, or a fitness to travel: in the clear stands no more than what
    # every list asks, whether it was removed.
    state: Mapped[RecordState] = mapped_column(
        SealedState("records.state", RecordState, 10), default=RecordState.OPEN
    )
    removed: Mapped[bool] = mapped_column(default=False)
    due_on: Mapped[date | None] = mapped_column(Sealed("records.due_on", Date, filled=32))
    says_before: Mapped[dict[str, Any] | None] = mapped_column(
        "says", Sealed("records.says", JSON)
    )  # where a version before kept what follows, under the installation's key
    says_sealed: Mapped[bytes | None]
    content_sealed: Mapped[bytes | None]
    made_at: Mapped[datetime] = mapped_column(default=now)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    revision: Mapped[int] = mapped_column(default=1)
    case: Mapped[Case] = relationship()
    made_by: Mapped[User | None] = relationship(foreign_keys=made_by_id, lazy="joined")
    changed_by: Mapped[User | None] = relationship(foreign_keys=changed_by_id, lazy="joined")

    content = SealedDocument("content_sealed", versioned=True)
    # What rules ask of it, as codes: a decision, a country; none: of a version before.
    says = SealedCodes("says_sealed", "says_before")
    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (Index("ix_records_case", "case_id", "kind_token", "id"),)

    @validates("state")
    def _beside(self, _name: str, state: RecordState) -> RecordState:
        self.removed = state == RecordState.REMOVED
        return state


class Household(Base):
    """People who travel, return or are assisted together."""

    __tablename__ = "households"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(24), unique=True, default=new_key)
    office_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    members: Mapped[list["Member"]] = relationship(back_populates="household", order_by="Member.id")


class Member(Base):
    """A case in a household.

    Which relation it is stays sealed with the identity. A case is in one household at a time.
    """

    __tablename__ = "members"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(24), default=new_key)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    relation_sealed: Mapped[bytes | None]
    household: Mapped[Household] = relationship(back_populates="members")
    case: Mapped[Case] = relationship(lazy="joined")

    compartment = "identity"
    about = SealedDocument("relation_sealed")
