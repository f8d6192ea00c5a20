"""A movement: a flight, bus or ship with seats, filled from returns that are ready; its manifest, who did not come, its departure.

A seat stands once and never beyond the seats there are: the database holds that, whoever fills at the same moment.
"""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from access.actors import Actor
from avrr import checklist, events, preparation
from models import numbering
from models.base import db, today
from models.people import Organisation
from models.returns import ManifestEntry, Movement, Return, ReturnStep
from models.rules import RuleBroken
from models.states import MOVEMENT, SEAT, HandoverState, MovementState, ReturnState, SeatState
from standards import lists

# Steps that must stand before somebody is listed; the movement itself gives the itinerary, money may come for the movement as a whole.
BEFORE = (
    "application",
    "counselling",
    "eligibility",
    "protection_check",
    "declaration",
    "fit_to_travel",
    "travel_documents",
)


class Full(RuleBroken):
    """No seat is left."""


def plan(
    *,
    by: Actor,
    office: Organisation,
    country: str,
    kind: str,
    travel_on: date,
    seats: int,
    carrier: str = "",
) -> Movement:
    """A new movement, empty."""
    if travel_on < today():
        raise RuleBroken(_("This day has passed."), "travel_on")
    made = Movement(
        office=office,
        country=country,
        kind=kind,
        travel_on=travel_on,
        seats=seats,
        carrier=carrier,
        made_by_id=by.id,
    )
    numbering.add(made)
    return made


def ready(movement: Movement, most: int = 500) -> list[Return]:
    """Returns of the office to the same country that are accepted there, have their steps, are fit on the day and have no seat; the longest prepared first."""
    steps = (
        select(ReturnStep.return_id)
        .where(ReturnStep.step.in_(BEFORE))
        .group_by(ReturnStep.return_id)
        .having(func.count() == len(BEFORE))
    )
    fit = select(ReturnStep.return_id).where(
        ReturnStep.step == "fit_to_travel", ReturnStep.valid_until >= movement.travel_on
    )
    seated = select(ManifestEntry.return_id)
    query = select(Return).where(
        Return.sending_id == movement.office_id,
        Return.country == movement.country,
        Return.state == ReturnState.PREPARING,
        Return.handover == HandoverState.ACCEPTED,
        Return.id.in_(steps),
        Return.id.in_(fit),
        Return.id.not_in(seated),
    )
    return list(db.session.execute(query.order_by(Return.id).limit(most)).unique().scalars())


def seat(*, by: Actor, movement: Movement, records: list[Return]) -> int:
    """Give seats to ``records``, in order; gives how many got one. Raises :class:`Full` where not even the first does."""
    _hold(movement)
    taken = set(
        db.session.execute(
            select(ManifestEntry.seat).where(ManifestEntry.movement_id == movement.id)
        ).scalars()
    )
    free = [number for number in range(1, movement.seats + 1) if number not in taken]
    if records and not free:
        raise Full(_("No seat is left."))
    count = 0
    for record, number in zip(records, free, strict=False):
        if record.state != ReturnState.PREPARING:
            continue
        db.session.add(
            ManifestEntry(
                movement_id=movement.id, seat=number, of_seats=movement.seats, return_id=record.id
            )
        )
        record.travel_on = movement.travel_on
        record.steps["itinerary"] = ReturnStep(
            step="itinerary", done_on=today(), detail={"movement": movement.reference}, by_id=by.id
        )
        events.add(by=by, record=record, kind="listed")
        count += 1
    try:
        db.session.flush()
    except IntegrityError:
        raise RuleBroken(
            _("Somebody else is filling this movement, or a person has a seat already. Look again.")
        ) from None
    return count


def take_off(*, by: Actor, entry: ManifestEntry) -> None:
    """Free a seat before departure."""
    _hold(entry.movement)
    record = entry.record
    db.session.delete(entry)
    record.travel_on = None
    record.steps.pop("itinerary", None)
    events.add(by=by, record=record, kind="unlisted")


def no_show(*, by: Actor, entry: ManifestEntry) -> None:
    """The person did not come: they stay in preparation, and the seat is not given again on that day."""
    _hold(entry.movement)
    SEAT.move(entry, "miss", by=by)
    events.add(by=by, record=entry.record, kind="no_show")


def change(
    *, by: Actor, movement: Movement, travel_on: date, seats: int, carrier: str = ""
) -> None:
    """Another day, other seats: never fewer than are taken."""
    _hold(movement)
    highest = (
        db.session.execute(
            select(func.max(ManifestEntry.seat)).where(ManifestEntry.movement_id == movement.id)
        ).scalar()
        or 0
    )
    if seats < highest:
        raise RuleBroken(_("Seat %(number)s is taken. Free it first.", number=highest), "seats")
    if travel_on < today():
        raise RuleBroken(_("This day has passed."), "travel_on")
    movement.seats, movement.carrier, movement.travel_on = seats, carrier, travel_on
    db.session.flush()
    for entry in entries(movement):
        entry.record.travel_on = travel_on


def depart(*, by: Actor, movement: Movement, departed_on: date) -> tuple[int, list[str]]:
    """Everybody listed who is ready departs; gives how many, and the references of those who are not ready, who stay behind with their reasons."""
    _hold(movement)
    count, behind = 0, []
    for entry in entries(movement):
        if entry.state == SeatState.NO_SHOW:
            continue
        if lacking := checklist.missing(preparation.shown(entry.record, own=True)):
            behind.append(
                f"{entry.record.reference}: "
                + ", ".join(lists.label(lists.RETURN_STEPS, line.step) for line in lacking)
            )
            continue
        preparation.depart(by=by, record=entry.record, departed_on=departed_on)
        SEAT.move(entry, "board", by=by)
        count += 1
    if behind:
        raise RuleBroken(
            _(
                "Not ready: %(who)s. Take them off or mark who did not come; then record the departure.",
                who="; ".join(behind[:10]),
            ),
            "departed_on",
        )
    if not count:
        raise RuleBroken(_("Nobody is on board."), "departed_on")
    MOVEMENT.move(movement, "depart", by=by)
    return count, behind


def cancel(*, by: Actor, movement: Movement) -> None:
    """It does not take place: every seat is free again."""
    _hold(movement)
    for entry in entries(movement):
        take_off(by=by, entry=entry)
    MOVEMENT.move(movement, "cancel", by=by)


def entries(movement: Movement) -> list[ManifestEntry]:
    """The manifest, by seat."""
    query = (
        select(ManifestEntry)
        .where(ManifestEntry.movement_id == movement.id)
        .order_by(ManifestEntry.seat)
    )
    return list(db.session.execute(query).unique().scalars())


def for_the_escort(record: Return) -> dict[str, Any]:
    """What an escort needs of one person, and no more: a name to call, language, needs, who goes with them. Opens what the handover released."""
    released = record.released if record.own_key and record.handover else {}
    journey = record.journey if record.own_key and record.journey_sealed else {}
    name = " ".join(
        part for part in (released.get("given_names"), released.get("family_name")) if part
    )
    return {
        "name": name or released.get("call_name", ""),
        "languages": released.get("languages", []),
        "needs": journey.get("needs", []),
        "escorts": journey.get("escorts", []),
    }


def _hold(movement: Movement) -> None:
    db.session.execute(
        select(Movement.id).where(Movement.id == movement.id).with_for_update()
    ).all()
    db.session.refresh(movement, ["state", "seats", "travel_on"])
    if movement.state != MovementState.PLANNED:
        raise RuleBroken(_("This movement is over."))
