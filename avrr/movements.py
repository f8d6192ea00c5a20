"""A movement: a flight, bus or ship with seats, filled from returns that are ready.

A seat stands once and never beyond the seats there are: the database holds that, whoever fills at
the same moment.
"""

from collections.abc import Hashable
from datetime import date
from typing import Any, TypedDict

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from avrr import checklist, events, preparation, readiness, steps
from casework.core import histories, release, revisions
from funds import requests
from models import numbering, taking_back
from models.base import db, today
from models.cases import Case
from models.money import FundRequest
from models.movements import ManifestEntry, MissedSeat, Movement
from models.people import Organisation
from models.returns import Return, ReturnStep, ReturnStepEntry
from models.rules import NotPossible, RuleBroken, some_of
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


def seat(*, by: Actor, movement: Movement, returns: list[Return], as_left: str = "") -> int:
    """Give seats to ``returns``, in order; gives how many got one.

    ``as_left``: the mark of a seat that was freed. Raises :class:`Full` where not even the first
    gets one, where one goes elsewhere, and :class:`models.taking_back.ChangedSince`.
    """
    _lock(movement)
    taking_back.only_as_left(as_left, *_stands(movement, *returns))
    if any(not _goes_with(movement, return_) for return_ in returns):
        raise RuleBroken(_("This return goes elsewhere, or is of another office."), "reference")
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
    SEAT.move(entry, "miss", by=by)
    missed = MissedSeat(
        movement_id=entry.movement_id, return_id=entry.return_id, seat=entry.seat, by_id=by.id
    )
    return_ = entry.record
    _free(entry)
    db.session.add(missed)
    events.add(by=by, return_=return_, kind="no_show")


def missed(movement: Movement) -> list[MissedSeat]:
    """Who did not come, in the order in which it was said."""
    query = select(MissedSeat).join(Return, Return.id == MissedSeat.return_id)
    query = query.where(MissedSeat.movement_id == movement.id, _is_of(movement))
    return list(db.session.execute(query.order_by(MissedSeat.id)).unique().scalars())


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


def ask_for_money(*, by: Actor, movement: Movement, given: dict[str, Any]) -> FundRequest:
    """One request for everybody expected on board (:class:`funds.schemas.AskSchema`), each of whom
    is the actor's to ask for.
    """
    if shut := [str(entry.seat) for entry in expected(movement) if not may_ask_for(by, entry)]:
        message = _(
            "Not yours to ask for: seats %(seats)s. A supervisor asks for everybody.",
            seats=", ".join(shut),
        )
        raise RuleBroken(message, "fund")
    cases = [entry.record.case for entry in expected(movement)]
    if not cases:
        raise RuleBroken(_("Nobody is listed yet."), "fund")
    asked = {name: value for name, value in given.items() if name != "members"}
    return requests.ask(by=by, case=cases[0], others=cases[1:], **asked)


def may_ask_for(by: Actor, entry: ManifestEntry) -> bool:
    """Whether ``by`` may ask money for who has a seat, and learn which fund is for them."""
    return allows(by, Permission.FUND_ASK, entry.record.case)


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


class EscortNeeds(TypedDict):
    """What an escort needs of one person, and no more."""

    name: str
    languages: list[str]
    needs: list[str]
    escorts: list[str]


def for_the_escort(return_: Return) -> EscortNeeds:
    """A name to call, languages, needs, who goes with them. Opens what the handover released.

    Nothing where that has ended: the paper leaves the office like everything that is told.
    """
    stands = return_.own_key and return_.handover and release.of("handover", return_.reference)
    released = return_.released if stands else {}
    journey = return_.journey if stands and return_.journey_sealed else {}
    names = (released.get("given_names"), released.get("family_name"))
    return {
        "name": " ".join(name for name in names if name) or released.get("call_name", ""),
        "languages": released.get("languages", []),
        "needs": journey.get("needs", []),
        "escorts": journey.get("escorts", []),
    }


def _lock(movement: Movement) -> None:
    query = select(Movement.id).where(Movement.id == movement.id).with_for_update()
    db.session.execute(query).all()
    db.session.refresh(movement, ["state", "seats", "travel_on", "carrier"])
    if not movement.is_planned:
        raise NotPossible(_("This movement is over."))
