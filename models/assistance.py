"""What a person is given at home, in instalments."""

from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    String,
    select,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from models.base import Base
from models.coded import Sealed
from models.erasure import becomes, stays
from models.life_cycles import StateColumn
from models.money import FundRequest
from models.returns import Return
from models.states import AssistanceState


class Assistance(Base):
    """One item of reintegration assistance: what for, how much, in which instalments; above a limit
    somebody else approves it.
    """

    __tablename__ = "assistance"
    __erasure__ = stays(
        "id return_id state planned_by_id decided_by_id amount_minor currency given_on token",
        "request_id",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"), index=True)
    kind: Mapped[str] = mapped_column(Sealed("assistance.kind", String(30)), info=becomes(""))
    dimension: Mapped[str] = mapped_column(
        Sealed("assistance.dimension", String(15)), default="economic", info=becomes("")
    )
    level: Mapped[str] = mapped_column(
        Sealed("assistance.level", String(12)), default="individual", info=becomes("")
    )  # individual | community | structural
    form: Mapped[str] = mapped_column(
        Sealed("assistance.form", String(5)), default="kind", info=becomes("")
    )  # cash | kind
    state: Mapped[AssistanceState] = mapped_column(
        StateColumn(AssistanceState, 10), default=AssistanceState.APPROVED
    )
    planned_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="EUR")
    given_on: Mapped[date]
    request_id: Mapped[int | None] = mapped_column(
        index=True
    )  # of a fund; none where it is not from our funds
    token: Mapped[str] = mapped_column(String(40), unique=True)
    record: Mapped[Return] = relationship(back_populates="assistance")
    request: Mapped[FundRequest | None] = relationship(
        primaryjoin=lambda: foreign(Assistance.request_id) == FundRequest.id, lazy="joined"
    )
    instalments: Mapped[list["Instalment"]] = relationship(
        order_by="Instalment.number", cascade="all, delete-orphan"
    )
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> planned_by_id", name="two_people"
        ),
    )

    @hybrid_property
    def case_id(self) -> int:
        """The case of the person who is helped."""
        return self.record.case_id

    @case_id.inplace.expression
    @classmethod
    def _case_id(cls) -> ColumnElement[int]:
        of_return = select(Return.case_id).where(Return.id == cls.return_id)
        return of_return.correlate_except(Return).scalar_subquery()

    @property
    def receiving_id(self) -> int | None:
        """The mission that gives it."""
        return self.record.home_id

    @property
    def is_approved(self) -> bool:
        """Whether it may be given."""
        return self.state == AssistanceState.APPROVED

    @property
    def is_ours(self) -> bool:
        """Whether it is paid from one of our funds."""
        return self.request_id is not None

    @property
    def waits_for_approval(self) -> bool:
        """Whether somebody else is to approve it."""
        return self.state == AssistanceState.PLANNED


class Instalment(Base):
    """One part of an item: due on a day, paid on one, with the number of its proof."""

    __tablename__ = "instalments"
    __erasure__ = stays(
        "assistance_id number due_on amount_minor paid_on receipt paid_by_id entry_id"
    )
    assistance_id: Mapped[int] = mapped_column(ForeignKey("assistance.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    due_on: Mapped[date]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    paid_on: Mapped[date | None]
    receipt: Mapped[str] = mapped_column(String(60), default="")
    paid_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    entry_id: Mapped[int | None] = mapped_column(index=True)  # in the books of the fund
    why: Mapped[str] = mapped_column(
        Sealed("instalments.why", String(200)), default="", info=becomes("")
    )  # why a proof that was known counts again
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint("paid_on IS NULL OR receipt <> ''", name="proof"),
    )
