"""A movement: a flight, bus or ship with seats, filled from returns that are ready.

A seat stands once and never beyond the seats there are: the database holds that, whoever fills at
the same moment.
"""

from collections.abc import Hashable
from datetime import date
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload

from access.actors import Actor
from avrr import checklist, events, preparation, readiness, steps
from casework.core import histories, revisions
from models import numbering, taking_back
from models.base import db, today
from models.cases import Case
from models.movements import ManifestEntry, MissedSeat, Movement
from models.people import Organisation
from models.returns import Return, ReturnStep, ReturnStepEntry
from models.rules import NotPossible, RuleBroken, some_of, stated
from models.states import MOVEMENT, SEAT, HandoverState, ReturnState, SeatState
from standards import lists

# Steps that must stand before somebody is listed. The movement itself gives the itinerary, and
# money may come for the movement as a whole.
# What rules ask of a return, read at once for many.
_ASKED_OF = (
    selectinload(Return.steps),
    selectinload(Return.events),
    joinedload(Return.case).selectinload(Case.consents),
)
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
    movement = Movement(
        office=office,
        country=country,
        kind=kind,
        travel_on=travel_on,
        seats=seats,
        carrier=carrier,
        made_by_id=by.id,
    )
    numbering.add(movement)
    return movement


def ready(movement: Movement) -> list[Return]:
    """Returns of the office to the same country that could take a seat, the longest prepared first.

    They are accepted there, have no seat, did not stay away from this one, and nothing but money
    and the journey itself keeps them from leaving on that day: what keeps somebody from departure
    keeps them from a seat.
    """
    steps = (
        select(ReturnStep.return_id)
        .where(ReturnStep.step.in_(BEFORE))
        .group_by(ReturnStep.return_id)
        .having(func.count() == len(BEFORE))
    )
    seated = select(ManifestEntry.return_id)
    not_here = select(MissedSeat.return_id).where(MissedSeat.movement_id == movement.id)
    query = select(Return).where(
        Return.sending_id == movement.office_id,
        Return.state == ReturnState.PREPARING,
        Return.handover.in_((HandoverState.ACCEPTED, HandoverState.KEPT)),
        Return.id.in_(steps),
        Return.id.not_in(seated),
        Return.id.not_in(not_here),
    )
    found = db.session.execute(query.order_by(Return.id).options(*_ASKED_OF)).unique().scalars()
    meant = [return_ for return_ in found if return_.country == movement.country]
    with readiness.of_many(meant):
        return [each for each in meant if not _in_the_way(each, movement.travel_on)]


def _in_the_way(return_: Return, on: date) -> list[checklist.Line]:
    """What keeps a person from a seat; the movement itself gives the journey, and often money."""
    lines = readiness.missing(return_, on)
    return [line for line in lines if line.step not in {"funding", "itinerary", "escort"}]


def as_it_stands(movement: Movement, return_: Return) -> str:
    """The mark of a person without a seat, for the way back from :func:`take_off`."""
    return taking_back.mark(*_stands(movement, return_))


def _stands(movement: Movement, *returns: Return) -> tuple[Hashable, ...]:
    return movement.id, movement.travel_on, *((row.id, row.travel_on) for row in returns)


def fill(*, by: Actor, movement: Movement) -> int:
    """Give the free seats to those who are ready, the longest prepared first; who is planned for
    another day is asked about one by one.
    """
    theirs = [each for each in ready(movement) if not goes_another_day(movement, each)]
    return seat(by=by, movement=movement, returns=theirs)


def goes_another_day(movement: Movement, return_: Return) -> bool:
    """Whether the journey of a person is planned for another day than this movement's."""
    return return_.travel_on is not None and return_.travel_on != movement.travel_on


def seat(
    *,
    by: Actor,
    movement: Movement,
    returns: list[Return],
    as_left: str = "",
    instead_of: date | None = None,
) -> int:
    """Give seats to ``returns``, in order; gives how many got one.

    ``as_left``: the mark of a seat that was freed. ``instead_of``: the day for which whoever is
    seated was planned, and is no more. Raises :class:`Full` where not even the first gets one,
    where one goes elsewhere or on another day, and :class:`models.taking_back.ChangedSince`.
    """
    _lock(movement)
    taking_back.only_as_left(as_left, *_stands(movement, *returns))
    if any(not _goes_with(movement, return_) for return_ in returns):
        raise RuleBroken(_("This return goes elsewhere, or is of another office."), "reference")
    _on_the_day_that_is_planned(movement, returns, instead_of)
    with readiness.of_many(returns):
        behind = [words for each in returns if (words := _kept_off(each, movement.travel_on))]
    if behind:
        raise RuleBroken(
            _("No seat yet. Missing: %(who)s.", who=some_of(behind, 10, "; ")), "reference"
        )
    free = _free_seats(movement)
    if returns and not free:
        raise Full(_("No seat is left."))
    count = 0
    for return_, number in zip(returns, free, strict=False):
        if return_.is_in_preparation:
            _list(by, movement, return_, number)
            count += 1
    try:
        db.session.flush()
    except IntegrityError:
        raise RuleBroken(
            _("Somebody else is filling this movement, or a person has a seat already. Look again.")
        ) from None
    return count


@stated("movement: seat")
def _on_the_day_that_is_planned(
    movement: Movement, returns: list[Return], instead_of: date | None
) -> None:
    """Who is planned for another day gets no seat without a question: their day was told to them,
    to a consulate, to who receives them.

    Source: ours. Set aside: by saying that this day takes the place of the one that was planned.
    """
    others = [
        f"{return_.reference}: {format_date(return_.travel_on, 'd MMMM y')}"
        for return_ in returns
        if goes_another_day(movement, return_) and return_.travel_on != instead_of
    ]
    if others:
        message = _(
            "This movement leaves on %(day)s; planned for another day: %(who)s. Change their "
            "itinerary, or say below that this day takes its place.",
            day=format_date(movement.travel_on, "d MMMM y"),
            who=some_of(others, 10, "; "),
        )
        raise RuleBroken(message, "reference")


def _goes_with(movement: Movement, return_: Return) -> bool:
    return return_.sending_id == movement.office_id and return_.country == movement.country


def _free_seats(movement: Movement) -> list[int]:
    query = select(ManifestEntry.seat).where(ManifestEntry.movement_id == movement.id)
    taken = set(db.session.execute(query).scalars())
    return [number for number in range(1, movement.seats + 1) if number not in taken]


def _list(by: Actor, movement: Movement, return_: Return, number: int) -> None:
    """Put one return on the manifest; the movement is its itinerary."""
    entry = ManifestEntry(
        movement_id=movement.id, seat=number, of_seats=movement.seats, return_id=return_.id
    )
    SEAT.move(entry, "list", by=by)
    _came_after_all(movement, return_)
    db.session.add(entry)
    return_.travel_on = movement.travel_on
    listed = {"movement": movement.reference}
    itinerary = ReturnStepEntry(step="itinerary", done_on=today(), detail=listed)
    steps.put(by=by, return_=return_, entry=itinerary)
    events.add(by=by, return_=return_, kind="listed")


def take_off(*, by: Actor, entry: ManifestEntry) -> None:
    """Free a seat before departure."""
    _lock(entry.movement)
    return_ = entry.record
    _free(entry)
    events.add(by=by, return_=return_, kind="unlisted")


def leave(*, by: Actor, entry: ManifestEntry) -> None:
    """Free the seat of somebody whose case another office has now; the movement stays with the one
    before, and is not theirs to look at.
    """
    return_ = entry.record
    _free(entry)
    db.session.execute(delete(MissedSeat).where(MissedSeat.return_id == return_.id))
    events.add(by=by, return_=return_, kind="unlisted")


def no_show(*, by: Actor, entry: ManifestEntry) -> None:
    """The person did not come: they stay in preparation, for another day, and the seat is free to
    be given on the spot.
    """
    _lock(entry.movement)
    _missed(by, entry)
    events.add(by=by, return_=entry.record, kind="no_show")


def was_not_on_board(*, by: Actor, entry: ManifestEntry) -> None:
    """The movement left without the person, as was said later: as :func:`no_show`."""
    lock(entry.movement)
    _missed(by, entry)


def _missed(by: Actor, entry: ManifestEntry) -> None:
    SEAT.move(entry, "miss", by=by)
    missed = MissedSeat(
        movement_id=entry.movement_id, return_id=entry.return_id, seat=entry.seat, by_id=by.id
    )
    _free(entry)
    db.session.add(missed)


def _free(entry: ManifestEntry) -> None:
    """The seat is free, and the movement is the person's journey no more."""
    return_ = entry.record
    db.session.delete(entry)
    return_.travel_on = None
    return_.steps.pop("itinerary", None)


def _came_after_all(movement: Movement, return_: Return) -> None:
    same = (MissedSeat.movement_id == movement.id, MissedSeat.return_id == return_.id)
    db.session.execute(delete(MissedSeat).where(*same))


def history_of(movement: Movement) -> histories.OfOffice:
    """What was planned before."""
    return histories.OfOffice(movement.office_id, "movement", movement)


def change(*, by: Actor, movement: Movement, **given: Any) -> None:
    """Another day, other seats: never fewer than are taken. What stood before is kept.

    ``given``: see :class:`avrr.schemas.MovementChangeSchema`. Raises
    :class:`web.errors.StaleEdit` where somebody changed the same meanwhile.
    """
    _lock(movement)
    stands = {
        "travel_on": movement.travel_on.isoformat(),
        "seats": movement.seats,
        "carrier": movement.carrier,
    }
    says = {name: revisions.plain(value) for name, value in given.items()}
    whole = histories.changed(
        by=by, history=history_of(movement), given=says, names=stands, stands=stands
    )
    _plan_anew(
        movement,
        travel_on=date.fromisoformat(whole["travel_on"]),
        seats=whole["seats"],
        carrier=whole.get("carrier") or "",
    )


def _plan_anew(movement: Movement, *, travel_on: date, seats: int, carrier: str) -> None:
    highest = max((entry.seat for entry in entries(movement)), default=0)
    if seats < highest:
        raise RuleBroken(_("Seat %(number)s is taken. Free it first.", number=highest), "seats")
    if travel_on < today():
        raise RuleBroken(_("This day has passed."), "travel_on")
    movement.seats = seats
    movement.carrier = carrier
    movement.travel_on = travel_on
    db.session.flush()
    for entry in entries(movement):
        entry.record.travel_on = travel_on


def depart(*, by: Actor, movement: Movement, departed_on: date) -> int:
    """Everybody listed departs; gives how many.

    Raises where somebody is not ready, with their reasons: nobody departs then.
    """
    _lock(movement)
    MOVEMENT.check(movement, "depart", by=by)
    expected_ = expected(movement)
    if departed_on <= today():
        _goes_on(movement, departed_on)
    people = [entry.record for entry in expected_]
    with readiness.of_many(people):
        lacking = [_not_ready(return_, departed_on) for return_ in people]
    if behind := [reasons for reasons in lacking if reasons]:
        raise RuleBroken(
            _(
                "Not ready: %(who)s. Take them off or mark who did not come; "
                "then record the departure.",
                who=some_of(behind, 10, "; "),
            ),
            "departed_on",
        )
    for entry in expected_:
        preparation.depart(by=by, return_=entry.record, departed_on=departed_on)
        SEAT.move(entry, "board", by=by)
    if not expected_:
        raise RuleBroken(_("Nobody is on board."), "departed_on")
    MOVEMENT.move(movement, "depart", by=by)
    return len(expected_)


def _goes_on(movement: Movement, day: date) -> None:
    """It left on another day than was planned: it is everybody's journey."""
    movement.travel_on = day
    for entry in entries(movement):
        entry.record.travel_on = day


def _not_ready(return_: Return, on: date) -> str:
    """What a return lacks, in words; empty where it may depart."""
    return _in_words(return_, readiness.missing(return_, on))


def _kept_off(return_: Return, on: date) -> str:
    """What forbids somebody a seat, in words; empty where nothing does. What is only not done yet
    may still be done before departure.
    """
    if not return_.is_in_preparation:
        return ""
    return _in_words(return_, readiness.forbidden(return_, on))


def _in_words(return_: Return, lacking: list[checklist.Line]) -> str:
    labels = (*lists.RETURN_STEPS, ("handover", _("handover")))
    steps = ", ".join(lists.label(labels, line.step) for line in lacking)
    return f"{return_.reference}: {steps}" if lacking else ""


def cancel(*, by: Actor, movement: Movement) -> None:
    """It does not take place: every seat is free again."""
    _lock(movement)
    MOVEMENT.check(movement, "cancel", by=by)
    for entry in entries(movement):
        take_off(by=by, entry=entry)
    MOVEMENT.move(movement, "cancel", by=by)


def entries(movement: Movement) -> list[ManifestEntry]:
    """The manifest, by seat: of who left with it and is another office's by now, nothing."""
    query = (
        select(ManifestEntry)
        .join(Return, Return.id == ManifestEntry.return_id)
        .where(ManifestEntry.movement_id == movement.id, _is_of(movement))
        .order_by(ManifestEntry.seat)
        .options(*(selectinload(ManifestEntry.record).options(each) for each in _ASKED_OF))
    )
    return list(db.session.execute(query).unique().scalars())


def _is_of(movement: Movement) -> ColumnElement[bool]:
    return Return.sending_id == movement.office_id


def expected(movement: Movement) -> list[ManifestEntry]:
    """The manifest without those who did not come."""
    return [entry for entry in entries(movement) if entry.state != SeatState.NO_SHOW]


def lock(movement: Movement) -> None:
    """Nobody else changes it meanwhile; what stood changed already is read anew."""
    query = select(Movement.id).where(Movement.id == movement.id).with_for_update()
    db.session.execute(query).all()
    db.session.refresh(movement, ["state", "seats", "travel_on", "carrier"])


def _lock(movement: Movement) -> None:
    lock(movement)
    if not movement.is_planned:
        raise NotPossible(_("This movement is over."))
