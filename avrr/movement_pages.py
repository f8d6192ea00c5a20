"""What stands on the pages of a movement."""

from collections.abc import Sequence

from access.actors import Actor
from access.kept_from import is_blocked
from avrr import movement_money, movements, not_left, queries, schemas, travellers
from casework.core import histories
from casework.core import queries as cases
from funds import pages as funds
from funds.schemas import AskSchema
from models import taking_back
from models.base import today
from models.movements import ManifestEntry, Movement
from models.states import ReturnState, SeatState
from web import paging
from web.forms import Form, chosen


def listed(actor: Actor, after: str, form: Form | None) -> dict[str, object]:
    """Movements of the actor's missions, and the form for a new one."""
    return {
        "page": queries.movements(actor, after),
        "form": form or Form(schemas.MovementSchema, {"kind": "flight"}),
    }


def overview(
    actor: Actor, movement: Movement, form: Form | None, after: str = ""
) -> dict[str, object]:
    """A movement: its manifest, who is ready without a seat, the forms to change it."""
    entries = movements.entries(movement)
    ready = movements.ready(movement) if movement.is_planned else ()
    theirs = [return_ for return_ in ready if not is_blocked(actor, return_)]
    history = movements.history_of(movement).versions()
    stands = {
        "travel_on": movement.travel_on,
        "seats": movement.seats,
        "carrier": movement.carrier,
        "revision": histories.revision_after(history),
    }
    return {
        "movement": movement,
        "entries": entries,
        "kept_away": _kept_away(actor, entries),
        "families": travellers.families(entries),
        "names": None,
        "missed": travellers.missed(movement),
        "ready": paging.part_of(theirs, after),
        "as_planned": sum(not movements.goes_another_day(movement, each) for each in theirs),
        "goes_another_day": movements.goes_another_day,
        "seat_form": chosen(form, schemas.SeatSchema),
        "free": movement.seats - len(entries),
        "on_board": sum(entry.state == SeatState.BOARDED for entry in entries),
        "change_form": chosen(form, schemas.MovementChangeSchema, stands),
        "history": history,
        "writers": cases.names(version.by_id for version in history),
        "not_left_form": _not_left(movement, entries, form),
        "depart_form": chosen(form, schemas.DepartSchema, {"departed_on": today()}),
    }


def _not_left(
    movement: Movement, entries: Sequence[ManifestEntry], form: Form | None
) -> Form | None:
    """The form to say that it has not left after all, while nobody of it has arrived."""
    gone = [entry.record.state for entry in entries if entry.is_on_board]
    if not movement.has_left or set(gone) != {ReturnState.DEPARTED}:
        return None
    stands = {taking_back.FIELD: not_left.movement_as_it_stands(movement)}
    return chosen(form, schemas.NotLeftSchema, stands)


def _kept_away(actor: Actor, entries: Sequence[ManifestEntry]) -> frozenset[int]:
    """The seats of people whose case is kept from the actor: taken, and no more is said."""
    return frozenset(entry.seat for entry in entries if is_blocked(actor, entry.record))


def with_names(actor: Actor, movement: Movement) -> dict[str, object]:
    """The movement with the names that the actor may open."""
    shown = overview(actor, movement, None)
    entries = movements.entries(movement)
    return {**shown, "names": travellers.names(actor, movement, entries)}


def carrier_list(actor: Actor, movement: Movement, form: Form | None) -> dict[str, object]:
    """Who is expected on board, and whom of them the actor may open."""
    expected = movements.expected(movement)
    theirs = [entry.seat for entry in expected if travellers.may_open(actor, entry.record)]
    return {
        "movement": movement,
        "entries": expected,
        "theirs": theirs,
        "kept_away": _kept_away(actor, expected),
        "form": form or Form(schemas.CarrierListSchema, {"seats": theirs}),
    }


def escort_list(movement: Movement) -> dict[str, object]:
    """Whom the escort goes with and what they need, and no more."""
    expected = movements.expected(movement)
    entries = [(entry, travellers.for_the_escort(entry.record)) for entry in expected]
    return {"movement": movement, "entries": entries}


def funding(actor: Actor, movement: Movement, form: Form | None) -> dict[str, object]:
    """The form to ask money for everybody listed; which fund is for them is said of those for whom
    the actor may ask.
    """
    theirs = [
        each for each in movements.expected(movement) if movement_money.may_ask_for(actor, each)
    ]
    return {
        "movement": movement,
        "count": len(movements.entries(movement)),
        "form": form or Form(AskSchema),
        "options": funds.choices(),
        "payers": funds.payers([entry.record.case for entry in theirs]),
    }
