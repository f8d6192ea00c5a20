"""Funds, requests and the append-only ledger. Amounts are whole minor units (cents) with their currency."""

from datetime import date, datetime
from functools import partial

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import numbers
from models.base import Base, now
from models.cases import Case
from models.people import Organisation, User


class Fund(Base):
    """Money for a purpose and a period. ``balance_minor`` is the ledger's sum, kept by the same transaction and never below zero."""

    __tablename__ = "funds"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    programme: Mapped[str] = mapped_column(String(20))  # hasm | mefm | avrr | victims
    name: Mapped[str] = mapped_column(String(120))
    currency: Mapped[str] = mapped_column(String(3))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    ceiling_minor: Mapped[int] = mapped_column(BigInteger)
    categories: Mapped[list[str]] = mapped_column(default=list)
    balance_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    __table_args__ = (CheckConstraint("balance_minor >= 0", name="never_below_zero"),)


class FundRequest(Base):
    """Money asked for one case, and the answer by somebody else."""

    __tablename__ = "fund_requests"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True, default=partial(numbers.new, "FR"))
    fund_id: Mapped[int] = mapped_column(ForeignKey("funds.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    line: Mapped[str] = mapped_column(String(20))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(12), default="asked")  # asked | approved | refused
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)
    fund: Mapped[Fund] = relationship(lazy="joined")
    case: Mapped[Case] = relationship()
    office: Mapped[Organisation] = relationship()
    asked_by: Mapped[User | None] = relationship(foreign_keys=asked_by_id)
    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint("answered_by_id IS NULL OR answered_by_id <> asked_by_id", name="two_people"),
        Index("ix_fund_requests_office", "office_id", "asked_at", "id"),
    )


class LedgerEntry(Base):
    """One movement of a fund. Never changed, never removed; corrected by a counter-entry."""

    __tablename__ = "ledger"
    id: Mapped[int] = mapped_column(primary_key=True)
    fund_id: Mapped[int] = mapped_column(ForeignKey("funds.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(15))  # contribution | commitment | release
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    balance_minor: Mapped[int] = mapped_column(BigInteger)
    request_id: Mapped[int | None] = mapped_column(ForeignKey("fund_requests.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    request: Mapped[FundRequest | None] = relationship()
    __table_args__ = (UniqueConstraint("fund_id", "number"), CheckConstraint("balance_minor >= 0", name="never_below_zero"))
