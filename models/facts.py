"""What statistics read.

Triggers write down whose case changed; the counting makes of each case one sealed list of coded
facts.

The database itself notes the change (migration 0007), so that no verb, job or command can forget
to. Facts carry no name and no case number; they are sealed all the same, because what was done to
somebody is told in them.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, now
from models.erasure import stays
from models.life_cycles import StateColumn
from models.people import User
from models.sealed_by_office import OfficeBytes, OfficeText
from models.states import DeliveryState, ReleaseState
from models.witnessed import WitnessedToo


class FactChange(Base):
    """A case whose facts are to be made anew.

    Added by triggers, removed by the counting in the transaction that did it.
    """

    __tablename__ = "fact_changes"
    __erasure__ = stays("id case_id")
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(index=True)
    __table_args__ = {"sqlite_autoincrement": True}


class CaseFacts(Base):
    """The facts of one case as of one counting.

    Without content: the case is gone. Without a case: what may be kept of an erased one.
    """

    __tablename__ = "case_facts"
    __erasure__ = stays("id case_id batch content")
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(unique=True)
    batch: Mapped[int]
    content: Mapped[bytes | None]
    __table_args__ = (Index("ix_case_facts_batch", "batch", "id"),)


class FactState(Base):
    """One row: the newest counting.

    Whoever counts locks it, so that countings come one after the other and their numbers in order.
    """

    __tablename__ = "fact_state"
    id: Mapped[int] = mapped_column(primary_key=True)
    batch: Mapped[int] = mapped_column(default=0)
    counted_at: Mapped[datetime | None]


class PublishedTable(Base):
    """A table as it was published: cells as shown, definition, limit.

    Never changed; withdrawn at most.
    """

    __tablename__ = "published_tables"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(24), unique=True)
    figure: Mapped[str] = mapped_column(String(40))
    question: Mapped[dict[str, Any]] = mapped_column()
    content: Mapped[dict[str, Any]] = mapped_column()
    digest: Mapped[str] = mapped_column(String(64))
    period: Mapped[int] = mapped_column(index=True)
    title: Mapped[str] = mapped_column(String(160))
    published_at: Mapped[datetime] = mapped_column(default=now)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_why: Mapped[str] = mapped_column(String(200), default="")
    published_by: Mapped[User | None] = relationship(lazy="joined")


class SavedReport(WitnessedToo, Base):
    """A question kept under a name, and when it is sent: never, each month, each quarter."""

    __tablename__ = "saved_reports"
    __witnessed__ = (
        "key",
        "user_id",
        "path",
        "every",
        "next_on",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(24), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    path: Mapped[str] = mapped_column(String(400))  # page and coded filters, as in the address
    every: Mapped[str] = mapped_column(String(8), default="")  # "" | week | month | quarter
    next_on: Mapped[date | None] = mapped_column(index=True)
    password_sealed: Mapped[bytes | None]
    made_at: Mapped[datetime] = mapped_column(default=now)
    user: Mapped[User] = relationship()
    password = OfficeText("password_sealed", "reports/{}")  # of the files that it makes
    __table_args__ = (UniqueConstraint("user_id", "name"),)


class Delivery(WitnessedToo, Base):
    """A file in the making or made: an export, a report.

    It lies here sealed, itself encrypted with a password of its own, until it is fetched or ends.
    """

    __tablename__ = "deliveries"
    __witnessed__ = (
        "key",
        "user_id",
        "kind",
        "wanted",
        "state",
        "made_at",
        "expires_at",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(24), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))  # report | htcds | ctdc
    wanted: Mapped[dict[str, Any]] = (
        mapped_column()
    )  # coded choices: format, office, period, identities
    name: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[DeliveryState] = mapped_column(
        StateColumn(DeliveryState, 10), default=DeliveryState.ASKED
    )
    position: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    password_sealed: Mapped[bytes | None]
    content: Mapped[bytes | None]
    made_at: Mapped[datetime] = mapped_column(default=now)
    beat_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    user: Mapped[User] = relationship()
    password = OfficeText("password_sealed", "deliveries/{}")
    file = OfficeBytes("content", "deliveries/{}/file")

    @property
    def is_ready(self) -> bool:
        """Whether it can be fetched."""
        return self.state is DeliveryState.READY

    @property
    def has_failed(self) -> bool:
        """Whether it could not be made."""
        return self.state is DeliveryState.FAILED


class Release(WitnessedToo, Base):
    """Open data: what was asked for, by whom, who approved it (two others), what it cost of the
    privacy budget, and the files with their report.
    """

    __tablename__ = "releases"
    __witnessed__ = (
        "key",
        "kind",
        "from_year",
        "to_year",
        "k",
        "epsilon_milli",
        "state",
        "asked_by_id",
        "first_by_id",
        "second_by_id",
        "refused_by_id",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[str] = mapped_column(String(12))  # k_anonymous | synthetic
    title: Mapped[str] = mapped_column(String(120))
    from_year: Mapped[int]
    to_year: Mapped[int]
    k: Mapped[int]
    epsilon_milli: Mapped[int] = mapped_column(default=0)  # thousandths
    state: Mapped[ReleaseState] = mapped_column(
        StateColumn(ReleaseState, 10), default=ReleaseState.ASKED
    )
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    first_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    first_at: Mapped[datetime | None]
    second_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    second_at: Mapped[datetime | None]
    refused_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    content: Mapped[bytes | None]
    revision: Mapped[int] = mapped_column(default=1)
    asked_by: Mapped[User | None] = relationship(foreign_keys=asked_by_id, lazy="joined")
    first_by: Mapped[User | None] = relationship(foreign_keys=first_by_id, lazy="joined")
    second_by: Mapped[User | None] = relationship(foreign_keys=second_by_id, lazy="joined")
    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        CheckConstraint("first_by_id IS NULL OR first_by_id <> asked_by_id", name="two_people"),
        CheckConstraint(
            "second_by_id IS NULL OR (second_by_id <> asked_by_id AND second_by_id <> first_by_id)",
            name="three_people",
        ),
    )

    @property
    def look(self) -> str:
        """How its state looks in a list: well, ended badly, or under way."""
        ended_badly = {ReleaseState.REFUSED, ReleaseState.FAILED}
        return (
            "ok"
            if self.state is ReleaseState.MADE
            else "crit"
            if self.state in ended_badly
            else "warn"
        )


class PrivacySpending(Base):
    """The privacy budget of one year of data: what the releases so far have cost together, never
    above the whole, by constraint.
    """

    __tablename__ = "privacy_spending"
    year: Mapped[int] = mapped_column(primary_key=True)
    spent_milli: Mapped[int] = mapped_column(default=0)
    budget_milli: Mapped[int]
    __table_args__ = (
        CheckConstraint(
            "spent_milli >= 0 AND spent_milli <= budget_milli", name="within_the_budget"
        ),
    )
