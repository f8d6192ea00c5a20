"""Voluntary returns, their handover, reintegration and follow-up."""

from datetime import date, datetime
from functools import partial

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, attribute_keyed_dict, mapped_column, relationship

from models import numbers
from models.base import Base, now
from models.cases import Case
from models.people import Organisation
from models.sealed import OwnDocument, OwnKey


class Return(OwnKey, Base):
    """One voluntary return, from application to the end of reintegration. Two missions share it; neither sees the other's file."""

    __tablename__ = "returns"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True, default=partial(numbers.new, "RT"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    sending_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    receiving_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    country: Mapped[str] = mapped_column(String(2))
    from_transit: Mapped[bool] = mapped_column(default=False)
    programme: Mapped[str] = mapped_column(String(20), default="avrr")
    state: Mapped[str] = mapped_column(String(20), default="preparing")
    handover: Mapped[str] = mapped_column(String(12), default="")  # "" | sent | accepted | questions
    sex: Mapped[str] = mapped_column(String(24), default="")
    age_band: Mapped[str] = mapped_column(String(8), default="")
    travel_on: Mapped[date | None]
    departed_on: Mapped[date | None]
    arrived_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    released_sealed: Mapped[bytes | None]
    plan_sealed: Mapped[bytes | None]
    revision: Mapped[int] = mapped_column(default=1)
    case: Mapped[Case] = relationship()
    sending: Mapped[Organisation] = relationship(foreign_keys=sending_id, lazy="joined")
    receiving: Mapped[Organisation | None] = relationship(foreign_keys=receiving_id, lazy="joined")
    steps: Mapped[dict[str, "ReturnStep"]] = relationship(collection_class=attribute_keyed_dict("step"), cascade="all, delete-orphan")
    follow_ups: Mapped[list["FollowUp"]] = relationship(order_by="FollowUp.due_on", back_populates="record", cascade="all, delete-orphan")
    assistance: Mapped[list["Assistance"]] = relationship(order_by="Assistance.id", cascade="all, delete-orphan")

    released = OwnDocument("released_sealed")
    plan = OwnDocument("plan_sealed")
    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        Index("ix_returns_sending", "sending_id", "changed_at", "id"),
        Index("ix_returns_receiving", "receiving_id", "changed_at", "id"),
    )


class ReturnStep(Base):
    """One step towards departure that was done, on a day, with an end where it has one (fit to travel)."""

    __tablename__ = "return_steps"
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"), primary_key=True)
    step: Mapped[str] = mapped_column(String(30), primary_key=True)
    done_on: Mapped[date]
    outcome: Mapped[str] = mapped_column(String(30), default="")
    valid_until: Mapped[date | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class FollowUp(Base):
    """A visit, call or report after return; due on a day."""

    __tablename__ = "follow_ups"
    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"))
    month: Mapped[int]
    due_on: Mapped[date]
    done_on: Mapped[date | None]
    manner: Mapped[str] = mapped_column(String(12), default="")
    outcome: Mapped[str] = mapped_column(String(20), default="")
    economic: Mapped[int | None]
    social: Mapped[int | None]
    psychosocial: Mapped[int | None]
    record: Mapped[Return] = relationship(back_populates="follow_ups")
    __table_args__ = (UniqueConstraint("return_id", "month"), Index("ix_follow_ups_due", "done_on", "due_on"))


class Assistance(Base):
    """One item of reintegration assistance: what for, how much, paid on."""

    __tablename__ = "assistance"
    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    dimension: Mapped[str] = mapped_column(String(15), default="economic")
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="EUR")
    given_on: Mapped[date]
    token: Mapped[str] = mapped_column(String(40), unique=True)
    __table_args__ = (CheckConstraint("amount_minor > 0", name="positive"),)
