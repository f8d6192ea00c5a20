"""Referrals to partners and what partners log."""

import math
from datetime import date, datetime, timedelta

from sqlalchemy import (
    JSON,
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
from models.cases import Case
from models.coded import Sealed
from models.erasure import GONE, becomes, month, stays
from models.life_cycles import StateColumn
from models.party_keys import KeyWrap, ToldKey
from models.people import Organisation, User
from models.sealed_records import OwnDocument, OwnKey, SealedText
from models.states import IncomingReferralState, ReferralState, Sets
from models.witnessed import WitnessedToo


class Referral(ToldKey, Base):
    """A request to one partner, with the fields released to it under a key that ends with the
    referral.
    """

    __tablename__ = "referrals"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = numbering.column("RF")
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    service: Mapped[str] = mapped_column(Sealed("referrals.service", String(30)))
    urgency: Mapped[str] = mapped_column(String(12), default="standard")
    state: Mapped[ReferralState] = mapped_column(
        StateColumn(ReferralState, 12), default=ReferralState.SENT
    )
    fields: Mapped[list[str]] = mapped_column(Sealed("referrals.fields", JSON), default=list)
    sex: Mapped[str] = mapped_column(Sealed("referrals.sex", String(24)), default="")
    age_band: Mapped[str] = mapped_column(Sealed("referrals.age_band", String(8)), default="")
    language: Mapped[str] = mapped_column(Sealed("referrals.language", String(8)), default="")
    sent_at: Mapped[datetime] = mapped_column(default=now)
    answer_by: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    access_until: Mapped[
        datetime | None
    ]  # the grant's own end; None on referrals older than this rule
    round: Mapped[str] = mapped_column(
        String(12), default="", index=True
    )  # sent to several at once, the first to accept has it: reference of the first
    bundle: Mapped[str] = mapped_column(
        String(12), default="", index=True
    )  # sent for a family or group together: reference of the first
    decline_reason: Mapped[str] = mapped_column(
        Sealed("referrals.decline_reason", String(30)), default=""
    )
    alternative: Mapped[str] = mapped_column(
        Sealed("referrals.alternative", String(120)), default=""
    )  # whom the partner names instead
    # Its answer, where the partner told the office of it and the office wrote it down.
    answer_how: Mapped[str | None] = mapped_column(String(12))
    answer_on: Mapped[date | None] = mapped_column(Sealed("referrals.answer_on", Date))
    answer_teller: Mapped[str | None] = mapped_column(
        Sealed("referrals.answer_teller", String(120))
    )
    answer_by_id: Mapped[int | None]
    # Its end, where the partner told the office of it and the office wrote it down.
    reported_how: Mapped[str | None] = mapped_column(String(12))
    reported_on: Mapped[date | None] = mapped_column(
        Sealed("referrals.reported_on", Date, filled=32)
    )
    reporter: Mapped[str | None] = mapped_column(
        Sealed("referrals.reporter", String(120), filled=128)
    )
    written_by_id: Mapped[int | None]
    reminded_at: Mapped[datetime | None]
    unanswered_by: Mapped[str] = mapped_column(
        String(8), default=""
    )  # who owes the next word of the thread: office | partner
    released_sealed: Mapped[bytes | None]
    answer_sealed: Mapped[bytes | None]
    thread_sealed: Mapped[bytes | None]
    left_sealed: Mapped[bytes | None]
    revision: Mapped[int] = mapped_column(default=1)
    case: Mapped[Case] = relationship()
    party_wraps: Mapped[list[KeyWrap]] = relationship(order_by=KeyWrap.id, viewonly=True)
    office: Mapped[Organisation] = relationship(foreign_keys=office_id, lazy="joined")
    partner: Mapped[Organisation] = relationship(foreign_keys=partner_id, lazy="joined")
    sent_by: Mapped[User | None] = relationship()
    services: Mapped[list["Service"]] = relationship(
        back_populates="referral", order_by="Service.id"
    )
    feedback: Mapped[list["Feedback"]] = relationship(order_by="Feedback.id")

    released = OwnDocument("released_sealed")
    answer = OwnDocument("answer_sealed")
    thread = OwnDocument("thread_sealed")
    compartment = "protection"  # of the case: there lies what is left when the referral ends
    left = SealedText("left_sealed")

    def holding_office_id(self) -> int:
        """The office that holds the case."""
        return self.case.office_id

    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        Index("ix_referrals_partner", "partner_id", "sent_at", "id"),
        Index("ix_referrals_office", "office_id", "sent_at", "id"),
    )

    @property
    def last_day_of_access(self) -> date | None:
        """The last day on which the partner may read what was released."""
        return (self.access_until - timedelta(days=1)).date() if self.access_until else None

    @property
    def waits_for_answer(self) -> bool:
        """Whether the partner has not answered yet."""
        return self.state == ReferralState.SENT

    @property
    def hours_left(self) -> float:
        """Until the partner must have answered; without end where it has."""
        seconds = (self.answer_by - now()).total_seconds()
        return seconds / 3600 if self.waits_for_answer else math.inf

    @property
    def is_being_served(self) -> bool:
        """Whether the partner has taken the person and has not finished."""
        return self.state in Sets.REFERRAL_SERVING

    @property
    def was_taken(self) -> bool:
        """Whether the partner accepted, so that the released fields opened to it."""
        is_refused = self.state in (ReferralState.DECLINED, ReferralState.EXPIRED)
        return self.answered_at is not None and not is_refused

    @property
    def was_completed(self) -> bool:
        """Whether the service was given to its end."""
        return self.state == ReferralState.COMPLETED

    @property
    def can_be_rated(self) -> bool:
        """Whether there is something to say about how it went."""
        return self.state in Sets.REFERRAL_RATEABLE

    @property
    def is_of_case_office(self) -> bool:
        """Whether the office that holds the case sent it.

        Else the mission in the country of return did, of what the handover released to it.
        """
        return self.office_id == self.case.office_id

    def waits_for_word_of(self, side: str) -> bool:
        """Whether ``side`` (partner, office) owes the next word of the thread."""
        return self.unanswered_by == side


class Service(Base):
    """One service that a partner gave, as coded facts."""

    __tablename__ = "services"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referrals.id"), index=True)
    kind: Mapped[str] = mapped_column(Sealed("services.kind", String(30)))
    given_on: Mapped[date] = mapped_column(Sealed("services.given_on", Date))
    quantity: Mapped[int] = mapped_column(default=1)
    outcome: Mapped[str] = mapped_column(Sealed("services.outcome", String(20)), default="given")
    cost_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3), default="")
    entry_id: Mapped[int | None]  # where one of our funds paid it: the entry in its books
    not_ours: Mapped[bool] = mapped_column(default=False)  # said: not from our funds
    logged_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    logged_at: Mapped[datetime] = mapped_column(default=now)
    # Where the partner told the office of it, and ``logged_by_id`` wrote it down.
    reported_how: Mapped[str | None] = mapped_column(String(12))
    reported_on: Mapped[date | None] = mapped_column(
        Sealed("services.reported_on", Date, filled=32)
    )
    reporter: Mapped[str | None] = mapped_column(
        Sealed("services.reporter", String(120), filled=128)
    )
    token: Mapped[str] = mapped_column(String(40), unique=True)
    referral: Mapped[Referral] = relationship(back_populates="services")
    logged_by: Mapped[User | None] = relationship()

    @property
    def asks_whose_money(self) -> bool:
        """Whether nobody has said yet from whose money its cost was paid."""
        return bool(self.cost_minor) and self.entry_id is None and not self.not_ours


class Feedback(Base):
    """How one side found a referral, 1 (badly) to 4 (well): the office, the partner, the person.

    Coded; words go into the case.
    """

    __tablename__ = "feedback"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referrals.id"))
    side: Mapped[str] = mapped_column(String(8))  # office | partner | person
    rating: Mapped[int]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (
        UniqueConstraint("referral_id", "side"),
        CheckConstraint("rating BETWEEN 1 AND 4", name="one_to_four"),
    )


class ReferralLink(WitnessedToo, Base):
    """A way to answer one referral for a partner without an account: a link, good once and only
    with a code that travelled another way.
    """

    __tablename__ = "referral_links"
    __witnessed__ = (
        "id",
        "referral_id",
        "token",
        "code",
        "made_by_id",
        "expires_at",
        "used_at",
        "tries",
    )
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referrals.id"), index=True)
    token: Mapped[bytes] = mapped_column(unique=True)  # HMAC of what stands in the link
    code: Mapped[bytes]  # HMAC of token and code together
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    referral: Mapped[Referral] = relationship()


class IncomingReferral(WitnessedToo, OwnKey, Base):
    """A person whom a partner refers to a mission.

    What the partner told lies under a key of its own until a caseworker answers.
    """

    __tablename__ = "inward"
    __witnessed__ = (
        "id",
        "reference",
        "partner_id",
        "office_id",
        "state",
        "case_id",
    )
    bound_as = "Inward"
    __erasure__ = stays(
        "id reference partner_id office_id sent_by_id state answered_by_id token revision",
        "own_key_version",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = numbering.column("RI")
    partner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    urgency: Mapped[str] = mapped_column(String(12), default="standard", info=becomes(""))
    state: Mapped[IncomingReferralState] = mapped_column(
        StateColumn(IncomingReferralState, 12), default=IncomingReferralState.SENT
    )
    sent_at: Mapped[datetime] = mapped_column(default=now, info=becomes(month))
    answer_by: Mapped[datetime] = mapped_column(info=becomes(month))
    answered_at: Mapped[datetime | None] = mapped_column(info=becomes(month))
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decline_reason: Mapped[str] = mapped_column(
        Sealed("inward.decline_reason", String(30)), default="", info=becomes("")
    )
    case_id: Mapped[int | None] = mapped_column(
        ForeignKey("cases.id"), info=becomes(None)
    )  # what became of it; the partner never learns it
    token: Mapped[str] = mapped_column(String(60), unique=True)
    told_sealed: Mapped[bytes | None] = mapped_column(info=becomes(None))
    revision: Mapped[int] = mapped_column(default=1)
    partner: Mapped[Organisation] = relationship(foreign_keys=partner_id, lazy="joined")
    office: Mapped[Organisation] = relationship(foreign_keys=office_id, lazy="joined")

    told = OwnDocument("told_sealed")

    def holding_office_id(self) -> int:
        """The office it is sent to."""
        return self.office_id

    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        Index("ix_inward_partner", "partner_id", "sent_at", "id"),
        Index("ix_inward_office", "office_id", "sent_at", "id"),
    )

    @property
    def waits_for_answer(self) -> bool:
        """Whether the mission has not answered yet."""
        return self.state == IncomingReferralState.SENT

    @property
    def was_accepted(self) -> bool:
        """Whether the mission took the person."""
        return self.state == IncomingReferralState.ACCEPTED
