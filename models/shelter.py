"""Shelter: houses, rooms, beds, who sleeps where in which night, who is in, what was given out.

A night of a bed is a row of its own with the bed and the night as its key: the database itself
refuses to give a bed twice, or a person two beds.
"""

import secrets
from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, now
from models.cases import Case
from models.erasure import GONE
from models.life_cycles import StateColumn
from models.people import Organisation, User
from models.records import new_key
from models.sealed_by_office import OfficeText
from models.sealed_records import SealedDocument
from models.states import Presence


class _SystemText(OfficeText):
    """A text of no case, under the key of the organisation whose house it tells of."""

    def __init__(self, column: str, purpose: str) -> None:
        super().__init__(column, purpose + "/{}")


class Facility(Base):
    """A house of this organisation or of a partner.

    Lists show its short name; the address opens only to those who need it, and in the trail.
    """

    __tablename__ = "facilities"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(24), unique=True, default=new_key)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    sex: Mapped[str] = mapped_column(String(10), default="any")  # any | women | men
    ages: Mapped[str] = mapped_column(
        String(10), default="any"
    )  # any | adults | children | families
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    inspected_on: Mapped[date | None]
    inspect_next_on: Mapped[date | None]
    address_sealed: Mapped[bytes | None]
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    rooms: Mapped[list["ShelterRoom"]] = relationship(
        back_populates="facility", order_by="ShelterRoom.name"
    )
    address = _SystemText("address_sealed", "facilities")


class ShelterRoom(Base):
    """A room.

    ``step_free``: reached without stairs. ``one_household``: for one family, or one person, at a
    time.
    """

    __tablename__ = "shelter_rooms"
    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int] = mapped_column(ForeignKey("facilities.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    step_free: Mapped[bool] = mapped_column(Boolean, default=False)
    one_household: Mapped[bool] = mapped_column(Boolean, default=False)
    facility: Mapped[Facility] = relationship(back_populates="rooms", lazy="joined")
    beds: Mapped[list["Bed"]] = relationship(back_populates="room", order_by="Bed.name")
    __table_args__ = (UniqueConstraint("facility_id", "name"),)


class Bed(Base):
    """A bed."""

    __tablename__ = "beds"
    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("shelter_rooms.id"), index=True)
    name: Mapped[str] = mapped_column(String(20))
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    room: Mapped[ShelterRoom] = relationship(back_populates="beds", lazy="joined")
    __table_args__ = (UniqueConstraint("room_id", "name"),)


class Placement(Base):
    """One stay of a case in a bed, from a first night up to the morning of ``until_on``.

    ``told`` is what the house is told of the person.
    """

    __tablename__ = "placements"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(24), unique=True, default=new_key)
    card: Mapped[str] = mapped_column(
        String(24), unique=True, default=lambda: secrets.token_hex(10)
    )  # all that a card's QR code holds
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    bed_id: Mapped[int] = mapped_column(ForeignKey("beds.id"))
    facility_id: Mapped[int] = mapped_column(ForeignKey("facilities.id"))
    from_on: Mapped[date]
    until_on: Mapped[date]
    left_on: Mapped[date | None]
    left_to: Mapped[str] = mapped_column(String(20), default="")
    presence: Mapped[Presence] = mapped_column(StateColumn(Presence, 10), default=Presence.IN)
    presence_at: Mapped[datetime] = mapped_column(default=now)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    told_sealed: Mapped[bytes | None]
    revision: Mapped[int] = mapped_column(default=1)
    case: Mapped[Case] = relationship()
    bed: Mapped[Bed] = relationship(lazy="joined")
    facility: Mapped[Facility] = relationship()
    made_by: Mapped[User | None] = relationship()

    compartment = "care"
    told = SealedDocument("told_sealed")
    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (Index("ix_placements_facility", "facility_id", "left_on", "until_on"),)


class BedNight(Base):
    """A bed in a night is taken, by one placement; a case sleeps in one bed."""

    __tablename__ = "bed_nights"
    __erasure__ = GONE
    bed_id: Mapped[int] = mapped_column(ForeignKey("beds.id"), primary_key=True)
    night: Mapped[date] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    placement_id: Mapped[int] = mapped_column(ForeignKey("placements.id"), index=True)
    __table_args__ = (UniqueConstraint("case_id", "night"),)


class Handout(Base):
    """Something given out: once a period (a meal, a week, a month, the stay), by constraint."""

    __tablename__ = "handouts"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("placements.id"))
    kind: Mapped[str] = mapped_column(String(12))
    period: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime] = mapped_column(default=now)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    __table_args__ = (UniqueConstraint("placement_id", "kind", "period"),)


class HouseNote(Base):
    """An incident or an inspection of a house, in sealed words."""

    __tablename__ = "house_notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(24), unique=True, default=new_key)
    facility_id: Mapped[int] = mapped_column(ForeignKey("facilities.id"), index=True)
    what: Mapped[str] = mapped_column(String(12))  # incident | inspection
    kind: Mapped[str] = mapped_column(String(12), default="")
    at: Mapped[datetime] = mapped_column(default=now)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    words_sealed: Mapped[bytes | None]
    by: Mapped[User | None] = relationship(lazy="joined")
    words = _SystemText("words_sealed", "house_notes")
