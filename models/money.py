"""Funds, requests and the append-only ledger.

Amounts are whole minor units of their currency (cents, millimes), never fractions.
"""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Numeric,
    String,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import numbering
from models.base import Base, now
from models.cases import Case
from models.coded import Address, Alike, Sealed
from models.erasure import GONE, becomes, stays
from models.life_cycles import StateColumn
from models.people import Organisation, User
from models.states import FundRequestState, Sets

ACCOUNTS = ("cash", "available", "committed")


class Fund(Base):
    """Money for a purpose and a period.

    Its three sums are the ledger's, kept by the same transaction and never below zero.
    """

    __tablename__ = "funds"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    programme: Mapped[str] = mapped_column(String(20))  # hasm | mefm | avrr | victims
    name: Mapped[str] = mapped_column(Address("funds.name", String(120)))
    currency: Mapped[str] = mapped_column(String(3))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    ceiling_minor: Mapped[int] = mapped_column(BigInteger)  # for one person
    line_ceilings: Mapped[dict[str, Any]] = mapped_column(
        default=dict
    )  # budget line → most for one person
    categories: Mapped[list[str]] = mapped_column(default=list)
    hosts: Mapped[list[str]] = mapped_column(
        Address("funds.hosts", JSON), default=list
    )  # countries it may be used in; none: everywhere
    sectors: Mapped[list[str]] = mapped_column(
        default=list
    )  # of the Migration Crisis Operational Framework, for MEFM
    last_resort: Mapped[bool] = mapped_column(
        default=False
    )  # only where no other programme can help, and that is said
    second_above_minor: Mapped[int | None] = mapped_column(BigInteger)  # above this two approve
    balance_minor: Mapped[int] = mapped_column(
        BigInteger, default=0
    )  # available: neither set aside nor spent
    committed_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    spent_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    lends: Mapped[bool] = mapped_column(default=False)  # revolving: to operations, not to persons
    lent_minor: Mapped[int] = mapped_column(BigInteger, default=0)  # out, and not paid back yet
    __table_args__ = (
        CheckConstraint("balance_minor >= 0", name="never_below_zero"),
        CheckConstraint("committed_minor >= 0", name="committed_never_below_zero"),
        CheckConstraint("spent_minor >= 0", name="spent_never_below_zero"),
    )


class FundRequest(Base):
    """Money asked for one case, or for a family, a group, a movement; and the answer by somebody
    else, by two above a limit.
    """

    __tablename__ = "fund_requests"
    __erasure__ = stays(
        "id reference fund_id case_id office_id amount_minor currency state",
        "asked_by_id asked_at answered_by_id answered_at second_by_id revision",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = numbering.column("FR")
    fund_id: Mapped[int] = mapped_column(ForeignKey("funds.id"))
    case_id: Mapped[int] = mapped_column(
        ForeignKey("cases.id"), index=True
    )  # the head where it is for several
    office_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    people: Mapped[int] = mapped_column(default=1, info=becomes(1))
    at_home: Mapped[bool] = mapped_column(
        default=False, info=becomes(False)
    )  # asked by the mission in the country of return, for reintegration
    sector: Mapped[str] = mapped_column(
        Sealed("fund_requests.sector", String(4)), default="", info=becomes("")
    )
    tried: Mapped[list[Any]] = mapped_column(
        Sealed("fund_requests.tried", JSON), default=list, info=becomes([])
    )  # other programmes: programme, answer, on; for a fund of last resort
    assessed_on: Mapped[date | None] = mapped_column(
        Sealed("fund_requests.assessed_on", Date, filled=32), info=becomes(None)
    )  # the needs of the person
    twice: Mapped[str] = mapped_column(
        Sealed("fund_requests.twice", String(300)), default="", info=becomes("")
    )  # why it was approved beside another for the same people and line
    state: Mapped[FundRequestState] = mapped_column(
        StateColumn(FundRequestState, 12), default=FundRequestState.ASKED
    )
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]
    second_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    revision: Mapped[int] = mapped_column(default=1)
    fund: Mapped[Fund] = relationship(lazy="joined")
    case: Mapped[Case] = relationship()
    office: Mapped[Organisation] = relationship()
    asked_by: Mapped[User | None] = relationship(foreign_keys=asked_by_id)
    lines: Mapped[list["FundRequestLine"]] = relationship(
        order_by="FundRequestLine.amount_minor.desc()", cascade="all, delete-orphan"
    )
    persons: Mapped[list["FundRequestPerson"]] = relationship(cascade="all, delete-orphan")
    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint(
            "answered_by_id IS NULL OR answered_by_id <> asked_by_id", name="two_people"
        ),
        CheckConstraint(
            "second_by_id IS NULL OR (second_by_id <> asked_by_id AND second_by_id <> "
            "answered_by_id)",
            name="three_people",
        ),
        Index("ix_fund_requests_office", "office_id", "asked_at", "id"),
        Index("ix_fund_requests_fund", "fund_id", "state"),
    )

    @property
    def others_about(self) -> frozenset[int]:
        """Everybody it is for: a family, a group, who is on a movement."""
        return frozenset(person.case_id for person in self.persons)

    @classmethod
    def about_one_of(cls, case_ids: Collection[int]) -> ColumnElement[bool]:
        """The same as a WHERE clause: which requests are for one of some cases."""
        theirs = select(FundRequestPerson.request_id).where(FundRequestPerson.case_id.in_(case_ids))
        return cls.id.in_(theirs)

    @property
    def waits_for_answer(self) -> bool:
        """Whether somebody is to approve or refuse it."""
        return self.state in Sets.FUND_REQUEST_WAITING

    @property
    def is_approved(self) -> bool:
        """Whether money is set aside for it and may be paid."""
        return self.state == FundRequestState.APPROVED

    @property
    def was_granted(self) -> bool:
        """Whether money was set aside for it, paid since or not."""
        return self.state in Sets.FUND_REQUEST_GRANTED

    @property
    def was_refused(self) -> bool:
        """Whether somebody said no."""
        return self.state == FundRequestState.REFUSED


class FundRequestLine(Base):
    """One line of a budget: asked, spent so far, let go.

    What is spent can never pass what was asked.
    """

    __tablename__ = "fund_request_lines"
    __erasure__ = stays("request_id line amount_minor spent_minor released_minor")
    request_id: Mapped[int] = mapped_column(ForeignKey("fund_requests.id"), primary_key=True)
    line: Mapped[str] = mapped_column(
        Alike("fund_request_lines.line", String(20)), primary_key=True
    )
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    spent_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    released_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint(
            "spent_minor >= 0 AND released_minor >= 0 AND spent_minor + released_minor "
            "<= amount_minor",
            name="within_the_budget",
        ),
    )

    @property
    def left_minor(self) -> int:
        """What may still be spent."""
        return self.amount_minor - self.spent_minor - self.released_minor


class FundRequestPerson(Base):
    """Whom a request is for."""

    __tablename__ = "fund_request_persons"
    __erasure__ = GONE
    request_id: Mapped[int] = mapped_column(ForeignKey("fund_requests.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)
    # The return that the money is for; none where it is for other assistance.
    return_id: Mapped[int | None] = mapped_column(index=True)
    let_go_at: Mapped[datetime | None]  # they do not go: their share went back


class LedgerEntry(Base):
    """One movement between two accounts of a fund: a debit and a credit of the same amount, so that
    the books balance in every row.

    Never changed and never removed (a trigger refuses it); corrected by a counter-entry that names
    it.
    """

    __tablename__ = "ledger"
    __erasure__ = stays(
        "id fund_id number kind debit credit amount_minor balance_minor request_id advance_id line",
        "donor",
        "paid_minor paid_currency rate on receipt why reverses_id by_id at",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fund_id: Mapped[int] = mapped_column(ForeignKey("funds.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(
        String(15)
    )  # contribution | commitment | expenditure | release | loan | repayment | correction
    debit: Mapped[str] = mapped_column(String(10))
    credit: Mapped[str] = mapped_column(String(10))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    balance_minor: Mapped[int] = mapped_column(BigInteger)  # available after it
    request_id: Mapped[int | None] = mapped_column(ForeignKey("fund_requests.id"))
    advance_id: Mapped[int | None] = mapped_column(index=True)  # of a fund that lends
    line: Mapped[str] = mapped_column(Alike("ledger.line", String(20)), default="")
    donor: Mapped[str] = mapped_column(String(120), default="")
    paid_minor: Mapped[int | None] = mapped_column(
        BigInteger
    )  # as it was given or paid, where that was another currency
    paid_currency: Mapped[str] = mapped_column(String(3), default="")
    rate: Mapped[Decimal | None] = mapped_column(
        Numeric(18, 8)
    )  # units of the fund's currency for one unit paid
    on: Mapped[date]
    receipt: Mapped[str] = mapped_column(String(60), default="")
    why: Mapped[str] = mapped_column(
        Sealed("ledger.why", String(200)), default=""
    )  # why a number that was known is booked again
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger.id"), unique=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    request: Mapped[FundRequest | None] = relationship()
    __table_args__ = (
        UniqueConstraint("fund_id", "number"),
        CheckConstraint("balance_minor >= 0", name="never_below_zero"),
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint("debit <> credit", name="two_accounts"),
        Index("ix_ledger_fund_kind", "fund_id", "kind", "on"),
        Index("ix_ledger_request", "request_id"),
        Index("ix_ledger_receipt", "fund_id", "receipt"),
    )

    @property
    def can_be_corrected(self) -> bool:
        """Whether a person may take it back: payments, contributions and repayments."""
        return self.kind in {"expenditure", "contribution", "repayment"}

    @property
    def flow(self) -> tuple[str, str]:
        """From which account to which the money goes, as people say it."""
        comes_in = self.kind in {"contribution", "repayment"}
        return (self.credit, self.debit) if comes_in else (self.debit, self.credit)
