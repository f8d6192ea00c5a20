"""Shelter: houses, rooms, beds, who sleeps where in which night, who is in, what was given out.

A night of a bed is a row of its own with the bed and the night as its key: the database itself
refuses to give a bed twice, or a person two beds.
"""

import secrets
from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    event,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, UtcDateTime, db, now
from models.cases import Case
from models.coded import Address, Alike, AlikeAddress, Sealed, SealedState
from models.erasure import GONE
from models.facts import FactChange
from models.people import Organisation, User
from models.records import new_key
from models.sealed_by_office import OfficeText
from models.sealed_records import SealedDocument
from models.states import Presence
from models.witnessed import WitnessedToo


class _SystemText(OfficeText):
    """A text of no case, under the key of the organisation whose house it tells of."""

    def __init__(self, column: str, purpose: str) -> None:
        super().__init__(column, purpose + "/{}")


class Facility(WitnessedToo, Base):
    """A house of this organisation or of a partner.

    Lists show its short name; the address opens only to those who need it, and in the trail.
    """

    __tablename__ = "facilities"
    __witnessed__ = (
        "id",
        "key",
        "organisation_id",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(24), unique=True, default=new_key)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(Address("facilities.name", String(60)))
    sex: Mapped[str] = mapped_column(
        Address("facilities.sex", String(10)), default="any"
    )  # any | women | men
    ages: Mapped[str] = mapped_column(
        Address("facilities.ages", String(10)), default="any"
    )  # any | adults | children | families
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    closed_from: Mapped[date | None]  # from this night on nobody sleeps there
    inspected_on: Mapped[date | None]
    inspect_next_on: Mapped[date | None]
    address_sealed: Mapped[bytes | None]
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    rooms: Mapped[list["ShelterRoom"]] = relationship(
        back_populates="facility", order_by="ShelterRoom.id"
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
    name: Mapped[str] = mapped_column(AlikeAddress("shelter_rooms.name", String(40)))
    step_free: Mapped[bool] = mapped_column(
        Address("shelter_rooms.step_free", Boolean), default=False
    )
    one_household: Mapped[bool] = mapped_column(
        Address("shelter_rooms.one_household", Boolean), default=False
    )
    closed_from: Mapped[date | None]
    facility: Mapped[Facility] = relationship(back_populates="rooms", lazy="joined")
    beds: Mapped[list["Bed"]] = relationship(back_populates="room", order_by="Bed.id")
    __table_args__ = (UniqueConstraint("facility_id", "name"),)


class Bed(Base):
    """A bed."""

    __tablename__ = "beds"
    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("shelter_rooms.id"), index=True)
    name: Mapped[str] = mapped_column(AlikeAddress("beds.name", String(20)))
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    closed_from: Mapped[date | None]
    room: Mapped[ShelterRoom] = relationship(back_populates="beds", lazy="joined")
    __table_args__ = (UniqueConstraint("room_id", "name"),)

    @property
    def closes_on(self) -> date:
        """The first night in which nobody can sleep in it; a day beyond all where it stays open."""
        house = self.room.facility
        if not (self.active and house.active):
            return date.min
        said = (self.closed_from, self.room.closed_from, house.closed_from)
        return min((each for each in said if each is not None), default=date.max)


class Placement(WitnessedToo, Base):
    """One stay of a case in a bed, from a first night up to the morning of ``until_on``.

    ``told`` is what the house is told of the person. Whose stay it is and on which days stands
    here under a key, so that a copy of the database joins no case and no day to a house.
    """

    __tablename__ = "placements"
    __witnessed__ = (
        "key",
        "case_id",
        "office_id",
        "bed_id",
        "facility_id",
        "from_on",
        "until_on",
        "left_on",
    )
    __erasure__ = GONE
    # At random: numbers in a row would stand in the order in which people came.
    id: Mapped[int] = mapped_column(primary_key=True, default=lambda: secrets.randbits(31))
    key: Mapped[str] = mapped_column(String(24), unique=True, default=new_key)
    card: Mapped[str] = mapped_column(
        Alike("placements.card", String(24)), unique=True, default=lambda: secrets.token_hex(10)
    )  # all that a card's QR code holds
    case_id: Mapped[int] = mapped_column(Alike("placements.case_id", Integer), index=True)
    # Of the case, for row-level security; it goes with a transfer.
    office_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    bed_id: Mapped[int] = mapped_column(ForeignKey("beds.id"))
    facility_id: Mapped[int] = mapped_column(ForeignKey("facilities.id"))
    from_on: Mapped[date] = mapped_column(Sealed("placements.from_on", Date))
    until_on: Mapped[date] = mapped_column(Sealed("placements.until_on", Date))
    left_on: Mapped[date | None] = mapped_column(Sealed("placements.left_on", Date))
    left_to: Mapped[str] = mapped_column(Sealed("placements.left_to", String(20)), default="")
    presence: Mapped[Presence] = mapped_column(
        SealedState("placements.presence", Presence, 10), default=Presence.IN
    )
    presence_at: Mapped[datetime] = mapped_column(
        Sealed("placements.presence_at", UtcDateTime), default=now
    )
    made_by_id: Mapped[int | None] = mapped_column(
        Sealed("placements.made_by_id", Integer, filled=32)
    )
    told_sealed: Mapped[bytes | None]
    revision: Mapped[int] = mapped_column(default=1)
    bed: Mapped[Bed] = relationship(lazy="joined")
    facility: Mapped[Facility] = relationship()

    compartment = "care"
    told = SealedDocument("told_sealed")
    # At random, as a number that is one more would say who came or went in between.
    __mapper_args__ = {
        "version_id_col": revision,
        "version_id_generator": lambda _before: secrets.randbits(31),
    }
    __table_args__ = (Index("ix_placements_facility", "facility_id"),)

    @property
    def case(self) -> Case:
        """Whose stay it is: no join finds it, the key of the case does."""
        held: Case | None = vars(self).get("_case")
        if held is None:
            held = self._case = db.session.get_one(Case, self.case_id)
        return held

    @staticmethod
    def bring_cases(stays: Collection["Placement"]) -> None:
        """Read the cases of many stays at once."""
        query = select(Case).where(Case.id.in_({stay.case_id for stay in stays}))
        found = {case.id: case for case in db.session.execute(query).unique().scalars()}
        for stay in stays:
            vars(stay)["_case"] = found.get(stay.case_id)


@event.listens_for(Placement, "after_insert")
@event.listens_for(Placement, "after_update")
def _count_anew(_mapper: object, connection: Connection, stay: Placement) -> None:
    """The case's facts changed. A trigger, as other tables have, cannot tell whose stay it is."""
    marked = insert(FactChange).values(case_id=stay.case_id).inline()
    connection.execute(marked)


class BedNight(Base):
    """A bed in a night is taken, by one placement; a case sleeps in one bed.

    Keyed numbers and a night: equal ones can be seen, not which bed, stay or case they are.
    """

    __tablename__ = "bed_nights"
    __erasure__ = GONE
    bed_id: Mapped[int] = mapped_column(Alike("bed_nights.bed_id", Integer), primary_key=True)
    night: Mapped[date] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(Alike("bed_nights.case_id", Integer))
    placement_id: Mapped[int] = mapped_column(Alike("bed_nights.placement_id", Integer), index=True)
    __table_args__ = (UniqueConstraint("case_id", "night"),)


class Handout(Base):
    """Something given out: once a period (a meal, a week, a month, the stay), by constraint."""

    __tablename__ = "handouts"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(Alike("handouts.case_id", Integer), index=True)
    placement_id: Mapped[int] = mapped_column(Alike("handouts.placement_id", Integer))
    kind: Mapped[str] = mapped_column(Alike("handouts.kind", String(12)))
    period: Mapped[str] = mapped_column(Alike("handouts.period", String(24)))
    at: Mapped[datetime] = mapped_column(Sealed("handouts.at", UtcDateTime), default=now)
    by_id: Mapped[int | None] = mapped_column(Sealed("handouts.by_id", Integer, filled=32))
    __table_args__ = (UniqueConstraint("placement_id", "kind", "period"),)


class HouseNote(WitnessedToo, Base):
    """An incident or an inspection of a house, in sealed words."""

    __tablename__ = "house_notes"
    __witnessed__ = (
        "key",
        "facility_id",
    )
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
