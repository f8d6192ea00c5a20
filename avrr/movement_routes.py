"""Pages: movements: a flight or bus, its manifest, its departure."""

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _

from access.actors import Actor
from access.permissions import Permission
from avrr import movements, queries, schemas
from casework.intake import registration
from funds import queries as funds
from funds import requests
from funds.schemas import AskSchema
from models.base import today
from models.returns import ManifestEntry, Movement
from models.rules import RuleBroken
from models.states import MovementState, SeatState
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("movements", __name__)
_RUN: dict[str, Any] = {"permission": Permission.MOVEMENT_RUN, "subject": queries.movement}
_SEAT: dict[str, Any] = {
    "permission": Permission.MOVEMENT_RUN,
    "subject": lambda actor, **given: queries.seat(actor, **given).movement,
}


@blueprint.get("/movements", permission=Permission.MOVEMENT_LIST)
def index(actor: Actor, form: Form | None = None) -> str:
    """Movements of my mission, and the form for a new one."""
    page = queries.movements(actor, request.args.get("after", ""))
    return render_template(
        "avrr/movements.html",
        page=page,
        form=form or Form(schemas.MovementSchema, {"kind": "flight"}),
    )


@blueprint.post(
    "/movements", permission=Permission.MOVEMENT_LIST, accepts=schemas.MovementSchema, page=index
)
def plan(actor: Actor, given: dict[str, Any]) -> object:
    """Plan one."""
    office, _team = registration.place_of_work(actor)
    made = movements.plan(by=actor, office=office, **given)
    return redirect_to("movements.show", reference=made.reference)


@blueprint.get("/movements/<reference>", **_RUN)
def show(_actor: Actor, movement: Movement, form: Form | None = None) -> str:
    """Its manifest, who is ready, what can be done."""
    entries = movements.entries(movement)
    known = {"travel_on": movement.travel_on, "seats": movement.seats, "carrier": movement.carrier}
    change = (
        form
        if form is not None and isinstance(form.schema, schemas.MovementChangeSchema)
        else Form(schemas.MovementChangeSchema, known)
    )
    depart = (
        form
        if form is not None and isinstance(form.schema, schemas.DepartSchema)
        else Form(schemas.DepartSchema, {"departed_on": today()})
    )
    ready = movements.ready(movement) if movement.state == MovementState.PLANNED else []
    free = movement.seats - len(entries)
    return render_template(
        "avrr/movement.html",
        movement=movement,
        entries=entries,
        ready=ready,
        free=free,
        change=change,
        depart=depart,
    )


@blueprint.get("/movements/<reference>/list", **_RUN)
def escort_list(_actor: Actor, movement: Movement) -> str:
    """The list for the escort: what they need, and no more. It is made to be printed, and each look is noted."""
    entries = [
        (entry, movements.for_the_escort(entry.record))
        for entry in movements.entries(movement)
        if entry.state != SeatState.NO_SHOW
    ]
    return render_template("avrr/escort_list.html", movement=movement, entries=entries)


@blueprint.post("/movements/<reference>/fill", **_RUN)
def fill(actor: Actor, movement: Movement) -> object:
    """Give the free seats to those who are ready, the longest prepared first."""
    movements.seat(by=actor, movement=movement, records=movements.ready(movement))
    return redirect_to("movements.show", reference=movement.reference)


@blueprint.post("/movements/<reference>/seats", **_RUN, accepts=schemas.SeatSchema, page=show)
def seat(actor: Actor, movement: Movement, given: dict[str, str]) -> object:
    """Give one person a seat."""
    record = queries.record(actor, given["reference"])
    if record.sending_id != movement.office_id or record.country != movement.country:
        raise RuleBroken(_("This return goes elsewhere, or is of another office."), "reference")
    movements.seat(by=actor, movement=movement, records=[record])
    return redirect_to("movements.show", reference=movement.reference)


@blueprint.post("/movements/<reference>/seats/<int:seat>/free", **_SEAT)
def take_off(actor: Actor, movement: Movement) -> object:
    """Free a seat."""
    movements.take_off(by=actor, entry=_entry(actor, movement))
    return redirect_to("movements.show", reference=movement.reference)


@blueprint.post("/movements/<reference>/seats/<int:seat>/no-show", **_SEAT)
def no_show(actor: Actor, movement: Movement) -> object:
    """The person did not come."""
    movements.no_show(by=actor, entry=_entry(actor, movement))
    return redirect_to("movements.show", reference=movement.reference)


def _entry(actor: Actor, movement: Movement) -> ManifestEntry:
    return queries.seat(actor, movement.reference, (request.view_args or {})["seat"])


@blueprint.get("/movements/<reference>/funding", **_RUN)
def funding(_actor: Actor, movement: Movement, form: Form | None = None) -> str:
    """Ask money for everybody listed, as one request."""
    options = [
        (fund.code, f"{fund.code} {fund.name} ({fund.currency})") for fund in funds.open_funds()
    ]
    return render_template(
        "avrr/movement_funding.html",
        movement=movement,
        count=len(movements.entries(movement)),
        form=form or Form(AskSchema),
        options=options,
    )


@blueprint.post("/movements/<reference>/funding", **_RUN, accepts=AskSchema, page=funding)
def ask(actor: Actor, movement: Movement, given: dict[str, Any]) -> object:
    """Send the request."""
    cases = [
        entry.record.case
        for entry in movements.entries(movement)
        if entry.state != SeatState.NO_SHOW
    ]
    if not cases:
        raise RuleBroken(_("Nobody is listed yet."), "fund")
    given.pop("members", None)
    made = requests.ask(by=actor, case=cases[0], others=cases[1:], **given)
    return redirect_to("funds.request_page", reference=made.reference)


@blueprint.post(
    "/movements/<reference>/change", **_RUN, accepts=schemas.MovementChangeSchema, page=show
)
def change(actor: Actor, movement: Movement, given: dict[str, Any]) -> object:
    """Another day, other seats."""
    movements.change(by=actor, movement=movement, **given)
    return redirect_to("movements.show", reference=movement.reference)


@blueprint.post("/movements/<reference>/depart", **_RUN, accepts=schemas.DepartSchema, page=show)
def depart(actor: Actor, movement: Movement, given: dict[str, Any]) -> object:
    """Everybody on board departs."""
    movements.depart(by=actor, movement=movement, **given)
    return redirect_to("movements.show", reference=movement.reference)


@blueprint.post("/movements/<reference>/cancel", **_RUN)
def cancel(actor: Actor, movement: Movement) -> object:
    """It does not take place."""
    movements.cancel(by=actor, movement=movement)
    return redirect_to("movements.show", reference=movement.reference)
