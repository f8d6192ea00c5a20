"""An organisation that was cut off, because somebody in it may betray people: from when, by whom,
and whom its people had read of until then.
"""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, now
from models.cases import Case
from models.coded import Sealed
from models.erasure import GONE
from models.life_cycles import StateColumn
from models.people import Organisation, User
from models.states import CutOffState
from models.witnessed import WitnessedToo


class CutOff(WitnessedToo, Base):
    """One cut: it stands until one asked and another agreed that its people come in again."""

    __tablename__ = "cut_offs"
    __witnessed__ = (
        "id",
        "organisation_id",
        "state",
        "cut_by_id",
        "asked_by_id",
        "decided_by_id",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    state: Mapped[CutOffState] = mapped_column(StateColumn(CutOffState, 10))
    at: Mapped[datetime] = mapped_column(default=now)
    cut_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    cut_by: Mapped[User | None] = relationship(foreign_keys=cut_by_id)
    asked_by: Mapped[User | None] = relationship(foreign_keys=asked_by_id)

    @property
    def reference(self) -> str:
        """How notices and people name it."""
        return f"CO-{self.id}"


class CutOffCase(Base):
    """A person the organisation knew of: what its people had read, first and last; or nothing yet,
    where it was only referred.
    """

    __tablename__ = "cut_off_cases"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    cut_off_id: Mapped[int] = mapped_column(ForeignKey("cut_offs.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    first_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    fields: Mapped[list[str]] = mapped_column(
        Sealed("cut_off_cases.fields", JSON), default=list
    )  # names of fields, never what they held
    readers: Mapped[int] = mapped_column(default=0)
    case: Mapped[Case] = relationship(lazy="joined")
    __table_args__ = (
        UniqueConstraint("cut_off_id", "case_id"),
        Index("ix_cut_off_cases_cut", "cut_off_id", "id"),
    )
