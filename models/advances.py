"""Operations in a crisis, the money a revolving fund lends to them, and the people they help.

A fund such as the Migration Emergency Funding Mechanism advances money to a country office at the
onset of a crisis; donors' contributions to that operation pay it back.
"""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import numbering
from models.base import Base, now
from models.coded import Address, Alike, Sealed
from models.erasure import GONE
from models.life_cycles import StateColumn
from models.money import Fund
from models.people import Organisation, User
from models.states import AdvanceState, Sets


class CrisisOperation(Base):
    """What a country office does in one crisis: where, since when, in which sectors."""

    __tablename__ = "crisis_operations"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = numbering.column("OP")
    office_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    crisis: Mapped[str] = mapped_column(Address("crisis_operations.crisis", String(120)))
    country: Mapped[str] = mapped_column(Sealed("crisis_operations.country", String(2)))
    starts_on: Mapped[date]
    ended_on: Mapped[date | None]
    sectors: Mapped[list[str]] = mapped_column(default=list)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    office: Mapped[Organisation] = relationship(lazy="joined")
    advances: Mapped[list["Advance"]] = relationship(
        order_by="Advance.id", back_populates="operation"
    )


class Advance(Base):
    """Money that an operation asks a revolving fund to lend: approved, drawn, paid back by what
    donors give to the operation. What is out is drawn less paid back, and never below zero.
    """

    __tablename__ = "advances"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = numbering.column("AD")
    operation_id: Mapped[int] = mapped_column(ForeignKey("crisis_operations.id"), index=True)
    fund_id: Mapped[int] = mapped_column(ForeignKey("funds.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    drawn_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    repaid_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    released_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3))
    repay_by: Mapped[date]
    state: Mapped[AdvanceState] = mapped_column(
        StateColumn(AdvanceState, 12), default=AdvanceState.ASKED
    )
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]
    second_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    revision: Mapped[int] = mapped_column(default=1)
    operation: Mapped[CrisisOperation] = relationship(back_populates="advances", lazy="joined")
    fund: Mapped[Fund] = relationship(lazy="joined")
    asked_by: Mapped[User | None] = relationship(foreign_keys=asked_by_id)
    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint(
            "drawn_minor >= 0 AND released_minor >= 0 AND "
            "drawn_minor + released_minor <= amount_minor",
            name="within_the_advance",
        ),
        CheckConstraint(
            "repaid_minor >= 0 AND repaid_minor <= drawn_minor", name="never_below_zero"
        ),
        CheckConstraint(
            "answered_by_id IS NULL OR answered_by_id <> asked_by_id", name="two_people"
        ),
        CheckConstraint(
            "second_by_id IS NULL OR (second_by_id <> asked_by_id AND second_by_id <> "
            "answered_by_id)",
            name="three_people",
        ),
        Index("ix_advances_state", "state", "repay_by"),
    )

    @property
    def outstanding_minor(self) -> int:
        """What is lent and not paid back."""
        return self.drawn_minor - self.repaid_minor

    @property
    def undrawn_minor(self) -> int:
        """What is set aside for it and was not drawn."""
        return self.amount_minor - self.drawn_minor - self.released_minor

    @property
    def waits_for_answer(self) -> bool:
        """Whether somebody is to approve or refuse it."""
        return self.state in Sets.ADVANCE_WAITING


class OperationPerson(Base):
    """Somebody whom an operation helped, in one of its sectors: counted, once for each sector."""

    __tablename__ = "operation_persons"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    operation_id: Mapped[int] = mapped_column(ForeignKey("crisis_operations.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    sector: Mapped[str] = mapped_column(Alike("operation_persons.sector", String(4)))
    helped_on: Mapped[date] = mapped_column(Sealed("operation_persons.helped_on", Date))
    movement: Mapped[str] = mapped_column(
        Sealed("operation_persons.movement", String(16)), default=""
    )  # the reference of the flight or bus, where it was one
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    __table_args__ = (UniqueConstraint("operation_id", "case_id", "sector"),)
