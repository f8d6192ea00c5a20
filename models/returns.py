"""Voluntary returns, their handover, movements of many, reintegration and follow-up."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    case,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, attribute_keyed_dict, mapped_column, relationship, validates

from models import months, numbering
from models.base import Base, now
from models.cases import Case
from models.coded import Alike, Sealed
from models.erasure import GONE, becomes, month, stays
from models.life_cycles import START, StateColumn
from models.party_keys import KeyWrap, ToldKey
from models.people import Organisation, User
from models.sealed_records import OwnDocument, SealedText
from models.states import HandoverState, ReturnState

if TYPE_CHECKING:
    from models.assistance import Assistance
    from models.visits import VisitAttempt


class Return(ToldKey, Base):
    """One voluntary return, from application to the end of reintegration.

    Two missions share it; neither sees the other's file.
    """

    __tablename__ = "returns"
    __erasure__ = stays("id reference case_id sending_id state revision own_key_version")
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = numbering.column("RT")
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    sending_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    receiving_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisations.id"), info=becomes(None)
    )
    transit_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisations.id"), info=becomes(None)
    )  # the mission that helps on the way
    country: Mapped[str] = mapped_column(Sealed("returns.country", String(2)), info=becomes(""))
    purpose: Mapped[str] = mapped_column(
        Sealed("returns.purpose", String(12)), default="return", info=becomes("")
    )  # return | relocation
    kind: Mapped[str] = mapped_column(
        Sealed("returns.kind", String(12)), default="avr", info=becomes("")
    )  # standards.returning.KINDS, or WAYS_HOME; none of a relocation
    came_from: Mapped[str] = mapped_column(
        Sealed("returns.came_from", String(2)), default="", info=becomes("")
    )  # the country; only of who came home by another way than ours
    basis: Mapped[str] = mapped_column(
        Sealed("returns.basis", String(16)), default="", info=becomes("")
    )  # why a country that is not theirs; empty: it is
    admission: Mapped[str] = mapped_column(
        Sealed("returns.admission", String(16)), default="", info=becomes("")
    )  # what lets the person into it
    mission_id: Mapped[int | None] = mapped_column(
        info=becomes(None)
    )  # who was chosen to receive; none: the mission in that country
    from_transit: Mapped[bool] = mapped_column(
        Sealed("returns.from_transit", Boolean), default=False, info=becomes(False)
    )
    programme: Mapped[str] = mapped_column(
        Sealed("returns.programme", String(20)), default="avrr", info=becomes("")
    )
    state: Mapped[ReturnState] = mapped_column(
        StateColumn(ReturnState, 20), default=ReturnState.PREPARING
    )
    handover: Mapped[HandoverState | str] = mapped_column(
        StateColumn(HandoverState, 12), default=START, info=becomes(START)
    )
    sex: Mapped[str] = mapped_column(
        Sealed("returns.sex", String(24)), default="", info=becomes("")
    )
    age_band: Mapped[str] = mapped_column(
        Sealed("returns.age_band", String(8)), default="", info=becomes("")
    )
    access_until: Mapped[datetime | None] = mapped_column(
        info=becomes(None)
    )  # for the other missions, by the person's consent
    escort_needed: Mapped[bool] = mapped_column(
        Sealed("returns.escort_needed", Boolean), default=False, info=becomes(False)
    )
    escort_given: Mapped[bool] = mapped_column(
        Sealed("returns.escort_given", Boolean), default=False, info=becomes(False)
    )
    outcome: Mapped[str] = mapped_column(
        Sealed("returns.outcome", String(16)), default="", info=becomes("")
    )  # completed | lost | migrated_again | withdrew | died
    closed_on: Mapped[date | None] = mapped_column(
        Sealed("returns.closed_on", Date, filled=32), info=becomes(None)
    )
    ended_on: Mapped[date | None] = mapped_column(
        Sealed("returns.ended_on", Date, filled=32), info=becomes(None)
    )  # the day it was over for the person; closed_on is when that was written down
    ending_by_id: Mapped[int | None] = mapped_column(
        info=becomes(None)
    )  # the account that asks to end it as completed though something of that is missing
    travel_on: Mapped[date | None] = mapped_column(
        Sealed("returns.travel_on", Date, filled=32), info=becomes(None)
    )
    departed_on: Mapped[date | None] = mapped_column(
        Sealed("returns.departed_on", Date, filled=32), info=becomes(None)
    )
    arrived_on: Mapped[date | None] = mapped_column(
        Sealed("returns.arrived_on", Date, filled=32), info=becomes(None)
    )
    created_at: Mapped[datetime] = mapped_column(default=now, info=becomes(month))
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now, info=becomes(now))
    released_sealed: Mapped[bytes | None] = mapped_column(info=becomes(None))
    plan_sealed: Mapped[bytes | None] = mapped_column(info=becomes(None))
    journey_sealed: Mapped[bytes | None] = mapped_column(info=becomes(None))
    thread_sealed: Mapped[bytes | None] = mapped_column(info=becomes(None))
    answers_sealed: Mapped[bytes | None] = mapped_column(info=becomes(None))
    reports_sealed: Mapped[bytes | None] = mapped_column(info=becomes(None))
    left_sealed: Mapped[bytes | None] = mapped_column(info=becomes(None))
    seen_sealed: Mapped[bytes | None] = mapped_column(info=becomes(None))
    home_sealed: Mapped[bytes | None] = mapped_column(info=becomes(None))
    ending_sealed: Mapped[bytes | None] = mapped_column(info=becomes(None))
    revision: Mapped[int] = mapped_column(default=1)
    case: Mapped[Case] = relationship()
    party_wraps: Mapped[list[KeyWrap]] = relationship(order_by=KeyWrap.id, viewonly=True)
    sending: Mapped[Organisation] = relationship(foreign_keys=sending_id, lazy="joined")
    receiving: Mapped[Organisation | None] = relationship(foreign_keys=receiving_id, lazy="joined")
    steps: Mapped[dict[str, "ReturnStep"]] = relationship(
        collection_class=attribute_keyed_dict("step"), cascade="all, delete-orphan"
    )
    entries: Mapped[list["ReturnStepEntry"]] = relationship(
        order_by="ReturnStepEntry.id", cascade="all, delete-orphan"
    )
    follow_ups: Mapped[list["FollowUp"]] = relationship(
        order_by="FollowUp.month", back_populates="record", cascade="all, delete-orphan"
    )
    mission: Mapped[Organisation | None] = relationship(
        primaryjoin=lambda: Return.mission_id == Organisation.id,
        foreign_keys=mission_id,
        viewonly=True,
    )
    attempts: Mapped[list["VisitAttempt"]] = relationship(
        order_by="VisitAttempt.id",
        back_populates="record",
        cascade="all, delete-orphan",
    )
    transit: Mapped[Organisation | None] = relationship(foreign_keys=transit_id, lazy="joined")
    assistance: Mapped[list["Assistance"]] = relationship(
        order_by="Assistance.id", back_populates="record", cascade="all, delete-orphan"
    )
    events: Mapped[list["ReturnEvent"]] = relationship(
        order_by="ReturnEvent.id", cascade="all, delete-orphan"
    )
    surveys: Mapped[list["Survey"]] = relationship(
        order_by="Survey.id", cascade="all, delete-orphan"
    )
    warnings: Mapped[list["ReturnWarning"]] = relationship(
        order_by="ReturnWarning.id", back_populates="record", cascade="all, delete-orphan"
    )

    released = OwnDocument("released_sealed")
    plan = OwnDocument("plan_sealed")
    journey = OwnDocument(
        "journey_sealed", apart=True
    )  # legs, escorts, special needs, notes for the airline, onward transport
    thread = OwnDocument("thread_sealed")  # questions and answers between the missions
    answers = OwnDocument("answers_sealed")  # of surveys, by the survey's id
    reports = OwnDocument("reports_sealed")  # of local partners, by the referral's reference
    seen = OwnDocument("seen_sealed")  # words and next step of attempts, by the attempt's id
    home = OwnDocument("home_sealed")  # where the person lives and how to reach them safely
    ending = OwnDocument("ending_sealed")  # how it ended and why, where a second person agrees
    compartment = "return"  # of the case: there lies what is left when the handover ends
    left = SealedText("left_sealed")

    def holding_office_id(self) -> int:
        """The office that holds the case."""
        return self.case.office_id

    @hybrid_property
    def home_id(self) -> int | None:
        """The mission that goes on after arrival: who receives, or who sent where nobody does."""
        return self.sending_id if self.is_kept else self.receiving_id

    @home_id.inplace.expression
    @classmethod
    def _home_id(cls) -> ColumnElement[int | None]:
        kept = cls.handover == HandoverState.KEPT
        return case((kept, cls.sending_id), else_=cls.receiving_id)

    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        Index("ix_returns_sending", "sending_id", "changed_at", "id"),
        Index("ix_returns_receiving", "receiving_id", "changed_at", "id"),
    )

    @property
    def last_day_of_access(self) -> date | None:
        """The last day on which the other missions may read what was handed over."""
        return (self.access_until - timedelta(days=1)).date() if self.access_until else None

    @property
    def is_in_preparation(self) -> bool:
        """Whether the person has not left yet and may still change their mind."""
        return self.state == ReturnState.PREPARING

    @property
    def waits_for_answer(self) -> bool:
        """Whether the mission in the country of return is to say whether it takes the person on."""
        return self.handover == HandoverState.SENT

    @property
    def is_kept(self) -> bool:
        """Whether nobody in the country of return receives, so that the sender goes on."""
        return self.handover == HandoverState.KEPT

    @property
    def is_by_another_way(self) -> bool:
        """Whether the person came home without us, and reintegration alone is ours."""
        return bool(self.came_from)

    @property
    def is_relocation(self) -> bool:
        """Whether it leads to a third country."""
        return self.purpose == "relocation"


class ReturnStep(Base):
    """One step towards departure that was done, on a day, with an end where it has one (fit to
    travel).
    """

    __tablename__ = "return_steps"
    __erasure__ = GONE
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"), primary_key=True)
    step: Mapped[str] = mapped_column(Alike("return_steps.step", String(30)), primary_key=True)
    done_on: Mapped[date] = mapped_column(Sealed("return_steps.done_on", Date))
    outcome: Mapped[str] = mapped_column(Sealed("return_steps.outcome", String(30)), default="")
    valid_until: Mapped[date | None] = mapped_column(
        Sealed("return_steps.valid_until", Date, filled=32)
    )
    detail: Mapped[dict[str, Any]] = mapped_column(
        Sealed("return_steps.detail", JSON), default=dict
    )  # language, options explained, time to think; the number of a document
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class ReturnStepEntry(Base):
    """One recording of a step: all of them stay, whatever stands in the checklist now."""

    __tablename__ = "return_step_entries"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"), index=True)
    step: Mapped[str] = mapped_column(Sealed("return_step_entries.step", String(30)))
    done_on: Mapped[date] = mapped_column(Sealed("return_step_entries.done_on", Date))
    outcome: Mapped[str] = mapped_column(
        Sealed("return_step_entries.outcome", String(30)), default=""
    )
    valid_until: Mapped[date | None] = mapped_column(
        Sealed("return_step_entries.valid_until", Date, filled=32)
    )
    detail: Mapped[dict[str, Any]] = mapped_column(
        Sealed("return_step_entries.detail", JSON), default=dict
    )
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[User | None] = relationship(lazy="joined")


class FollowUp(Base):
    """A visit, call or report after return that is due on a day; done when the person, or somebody
    who knows how they are, was reached. What it says is that of the attempt that reached them, else
    of the newest one.
    """

    __tablename__ = "follow_ups"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"))
    month: Mapped[int]
    due_on: Mapped[date] = mapped_column(Sealed("follow_ups.due_on", Date))
    due_month: Mapped[date | None] = mapped_column(default=months.of("due_on"))
    done_on: Mapped[date | None] = mapped_column(Sealed("follow_ups.done_on", Date))
    not_needed_on: Mapped[date | None] = mapped_column(
        Sealed("follow_ups.not_needed_on", Date)
    )  # the return had ended before it was due
    manner: Mapped[str] = mapped_column(Sealed("follow_ups.manner", String(12)), default="")
    outcome: Mapped[str] = mapped_column(Sealed("follow_ups.outcome", String(20)), default="")
    economic: Mapped[int | None] = mapped_column(Sealed("follow_ups.economic", Integer, filled=32))
    social: Mapped[int | None] = mapped_column(Sealed("follow_ups.social", Integer, filled=32))
    psychosocial: Mapped[int | None] = mapped_column(
        Sealed("follow_ups.psychosocial", Integer, filled=32)
    )
    business: Mapped[str] = mapped_column(
        Sealed("follow_ups.business", String(12)), default=""
    )  # how a business that was helped goes
    record: Mapped[Return] = relationship(back_populates="follow_ups")
    __table_args__ = (
        UniqueConstraint("return_id", "month"),
        Index("ix_follow_ups_due", "due_month"),
    )

    @validates("due_on")
    def _beside(self, _name: str, day: date) -> date:
        self.due_month = months.first(day)
        return day

    @property
    def is_open(self) -> bool:
        """Whether somebody is still to be reached for it."""
        return self.done_on is None and self.not_needed_on is None


class ReturnEvent(Base):
    """One entry of the timeline that the missions of a return share: coded, without words."""

    __tablename__ = "return_events"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"), index=True)
    kind: Mapped[str] = mapped_column(Sealed("return_events.kind", String(30)))
    at: Mapped[datetime] = mapped_column(default=now)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    organisation: Mapped[Organisation | None] = relationship(lazy="joined")


class Survey(Base):
    """One Reintegration Sustainability Survey: its scores (per mille) and the version of the
    scoring; the answers are sealed with the return.
    """

    __tablename__ = "surveys"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"), index=True)
    on: Mapped[date] = mapped_column(Sealed("surveys.on", Date))
    month: Mapped[int | None]  # of which follow-up; none where it was taken beside them
    version: Mapped[str] = mapped_column(String(40))
    economic: Mapped[int | None] = mapped_column(Sealed("surveys.economic", Integer, filled=32))
    social: Mapped[int | None] = mapped_column(Sealed("surveys.social", Integer, filled=32))
    psychosocial: Mapped[int | None] = mapped_column(
        Sealed("surveys.psychosocial", Integer, filled=32)
    )
    composite: Mapped[int | None] = mapped_column(Sealed("surveys.composite", Integer, filled=32))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    token: Mapped[str] = mapped_column(String(40), unique=True)

    @property
    def is_provisional(self) -> bool:
        """Whether its questions and weights are not from a verified source."""
        return "provisional" in self.version


class ReturnWarning(Base):
    """An early warning that a rule raised, with the figures that explain it; done when somebody
    looked into it.
    """

    __tablename__ = "return_warnings"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"))
    kind: Mapped[str] = mapped_column(String(20))
    about: Mapped[str] = mapped_column(
        String(40)
    )  # what it is about (a survey, a visit): the same is raised once
    figures: Mapped[dict[str, Any]] = mapped_column(
        Sealed("return_warnings.figures", JSON), default=dict
    )
    at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    record: Mapped[Return] = relationship(back_populates="warnings")
    __table_args__ = (
        UniqueConstraint("return_id", "kind", "about"),
        Index("ix_return_warnings_open", "done_at", "return_id"),
    )
