"""Movements of many: flights and buses with seats, filled from returns that are ready."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from models import months, numbering
from models.base import Base, now
from models.coded import Sealed
from models.erasure import GONE
from models.life_cycles import StateColumn
from models.people import Organisation
from models.returns import Return
from models.states import MovementState, SeatState


class Movement(Base):
    """A flight or bus with seats, filled from returns that are ready."""

    __tablename__ = "movements"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = numbering.column("MV")
    office_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    country: Mapped[str] = mapped_column(Sealed("movements.country", String(2)))
    kind: Mapped[str] = mapped_column(
        Sealed("movements.kind", String(10)), default="flight"
    )  # flight | bus | ship
    carrier: Mapped[str] = mapped_column(Sealed("movements.carrier", String(80)), default="")
    travel_on: Mapped[date] = mapped_column(Sealed("movements.travel_on", Date))
    travel_month: Mapped[date | None] = mapped_column(default=months.of("travel_on"))
    seats: Mapped[int]
    state: Mapped[MovementState] = mapped_column(
        StateColumn(MovementState, 12), default=MovementState.PLANNED
    )
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    revision: Mapped[int] = mapped_column(default=1)
    office: Mapped[Organisation] = relationship(lazy="joined")
    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        UniqueConstraint("id", "seats"),
        CheckConstraint("seats BETWEEN 1 AND 1000", name="seats"),
    )

    @validates("travel_on")
    def _beside(self, _name: str, day: date) -> date:
        self.travel_month = months.first(day)
        return day

    @property
    def is_planned(self) -> bool:
        """Whether its seats may still be given."""
        return self.state == MovementState.PLANNED

    @property
    def has_left(self) -> bool:
        """Whether it took place."""
        return self.state == MovementState.DEPARTED


class ManifestEntry(Base):
    """One seat of a movement and the return that has it.

    A seat stands once, and never beyond the seats there are: by constraint.
    """

    __tablename__ = "manifest"
    __erasure__ = GONE
    movement_id: Mapped[int] = mapped_column(primary_key=True)
    seat: Mapped[int] = mapped_column(primary_key=True)
    of_seats: Mapped[int]
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"), unique=True)
    state: Mapped[SeatState] = mapped_column(StateColumn(SeatState, 10), default=SeatState.LISTED)
    movement: Mapped[Movement] = relationship()
    record: Mapped[Return] = relationship()
    __table_args__ = (
        ForeignKeyConstraint(
            ["movement_id", "of_seats"], ["movements.id", "movements.seats"], onupdate="CASCADE"
        ),
        CheckConstraint("seat BETWEEN 1 AND of_seats", name="seat_there_is"),
    )

    @property
    def is_on_board(self) -> bool:
        """Whether the person left with it."""
        return self.state == SeatState.BOARDED

    @property
    def is_listed(self) -> bool:
        """Whether the person is expected on board."""
        return self.state == SeatState.LISTED


class MissedSeat(Base):
    """Somebody who did not come to the departure. The seat is free: it may be given on the spot,
    and they may go another day.
    """

    __tablename__ = "missed_seats"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    movement_id: Mapped[int] = mapped_column(ForeignKey("movements.id"), index=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"), index=True)
    seat: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    record: Mapped[Return] = relationship()
    __table_args__ = (UniqueConstraint("movement_id", "return_id"),)
