"""A departure that was written down and did not happen: taken back while nobody confirmed an
arrival, with words of why, so that nobody is counted as gone who is still here.
"""

from collections.abc import Hashable

from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from avrr import events, handover, movements
from casework.core import holding, timeline
from models import taking_back
from models.base import db
from models.life_cycles import Someone
from models.movements import ManifestEntry, Movement
from models.returns import Return, ReturnEvent
from models.rules import RuleBroken, some_of
from models.states import CASE, MOVEMENT, RETURN, SEAT
from notifications import outbox
from web.links import link


@RETURN.guard("stay")
def _they_are_still_here(return_: Return, _by: Someone) -> None:
    """A departure is taken back until somebody abroad saw the person: at the border of another
    country they have left.
    """
    if any(event.kind in _SEEN_ON_THE_WAY for event in _since_departure(return_)):
        raise RuleBroken(
            _("They were seen on the way since: they have left. Talk to the mission there."), "why"
        )


_SEEN_ON_THE_WAY = frozenset({"transit_ok", "transit_helped", "transit_stopped"})


def _since_departure(return_: Return) -> list[ReturnEvent]:
    left = [event.id for event in return_.events if event.kind == "departed"]
    return [event for event in return_.events if left and event.id > left[-1]]


def as_it_stands(return_: Return) -> str:
    """The mark of a departure, for the way back."""
    return taking_back.mark(*_stands(return_))


def _stands(return_: Return) -> tuple[Hashable, ...]:
    since = [event.id for event in _since_departure(return_)]
    return return_.id, str(return_.state), return_.departed_on, str(return_.case.status), *since


def stay(*, by: Actor, return_: Return, why: str, as_left: str = "") -> None:
    """The person has not left after all: the return is in preparation again. Who was written down
    as on board of a movement has no seat there any more; of one that has not left they keep it.

    ``as_left``: the mark of the departure. Raises :class:`models.taking_back.ChangedSince`.
    """
    RETURN.check(return_, "stay", by=by)
    CASE.check(return_.case, "stay", by=by)
    taking_back.only_as_left(as_left, *_stands(return_))
    _back(by, return_, why)
    seat = select(ManifestEntry).where(ManifestEntry.return_id == return_.id)
    entry = db.session.execute(seat).scalar_one_or_none()
    if entry is not None and entry.is_on_board:
        movements.was_not_on_board(by=by, entry=entry)


def _back(by: Actor, return_: Return, why: str) -> None:
    RETURN.move(return_, "stay", by=by)
    CASE.move(return_.case, "stay", by=by)
    return_.departed_on = None
    return_.age_band = return_.case.age_band
    timeline.add(
        by=by,
        case=return_.case,
        kind="not_departed",
        note=why,
        reference=return_.reference,
        compartment="return",
    )
    audit.record("not_departed", subject=return_.reference, cases=(return_.case_id,))
    events.add(by=by, return_=return_, kind="not_departed")
    db.session.flush()
    people = {user.id: user for user in handover.missions(return_)}
    people |= {user.id: user for user in holding.told_of(return_.case)}
    outbox.post(
        "return.not_departed",
        reference=handover.reference_of(return_),
        path=link("avrr.show", return_),
        to=people.values(),
        urgent=True,
        office=return_.sending_id,
    )


@MOVEMENT.guard("stay")
def _nobody_of_it_has_arrived(movement: Movement, by: Someone) -> None:
    """It has not left only as a whole: whose arrival was confirmed, or who was seen on the way,
    was on it.
    """
    gone = [each.record for each in _on_board(movement)]
    there = [each.reference for each in gone if not _may_stay(each, by)]
    if there:
        message = _(
            "Already there, or seen on the way: %(who)s. Take back the departure of the others "
            "one by one.",
            who=some_of(there, 10),
        )
        raise RuleBroken(message, "why")


def _may_stay(return_: Return, by: Someone) -> bool:
    try:
        RETURN.check(return_, "stay", by=by)
    except RuleBroken:
        return False
    return True


def _on_board(movement: Movement) -> list[ManifestEntry]:
    return [entry for entry in movements.entries(movement) if entry.is_on_board]


def movement_as_it_stands(movement: Movement) -> str:
    """The mark of a movement that left, for the way back."""
    return taking_back.mark(*_stand(movement))


def _stand(movement: Movement) -> tuple[Hashable, ...]:
    rows = (_stands(entry.record) for entry in _on_board(movement))
    return movement.id, str(movement.state), *(value for row in rows for value in row)


def stay_all(*, by: Actor, movement: Movement, why: str, as_left: str = "") -> int:
    """The movement has not left after all: everybody on board has their seat, and is in preparation
    again; gives how many.

    Raises as :func:`stay`.
    """
    movements.lock(movement)
    MOVEMENT.check(movement, "stay", by=by)
    taking_back.only_as_left(as_left, *_stand(movement))
    on_board = _on_board(movement)
    for entry in on_board:
        _back(by, entry.record, why)
        SEAT.move(entry, "stay", by=by)
    MOVEMENT.move(movement, "stay", by=by)
    return len(on_board)
