"""Pages: movements: a flight or bus, its manifest, its departure."""

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _

from access.actors import Actor
from access.permissions import Permission
from avrr import movement_money, movements, not_left, queries, schemas, travellers
from avrr import movement_pages as pages
from casework.intake import registration
from funds.schemas import AskSchema
from models import taking_back
from models.movements import ManifestEntry, Movement
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to
from web.links import link
from web.telling import as_left, tell

blueprint = GuardedBlueprint("movements", __name__)
_RUN: dict[str, Any] = {"permission": Permission.MOVEMENT_RUN, "subject": queries.movement}
_SEAT: dict[str, Any] = {
    "permission": Permission.MOVEMENT_RUN,
    "subject": lambda actor, **given: queries.seat(actor, **given).movement,
}


@blueprint.get("/movements", permission=Permission.MOVEMENT_LIST)
def index(actor: Actor, form: Form | None = None) -> str:
    """Movements of my mission, and the form for a new one."""
    shown = pages.listed(actor, request.args.get("after", ""), form)
    return render_template("avrr/movements.html", **shown)


@blueprint.post(
    "/movements", permission=Permission.MOVEMENT_LIST, accepts=schemas.MovementSchema, page=index
)
def plan(actor: Actor, given: dict[str, Any]) -> object:
    """Plan one."""
    office, _team = registration.place_of_work(actor)
    return redirect_to("movements.show", movements.plan(by=actor, office=office, **given))


@blueprint.get("/movements/<reference>", **_RUN)
def show(actor: Actor, movement: Movement, form: Form | None = None) -> str:
    """Its manifest, who is ready, what can be done."""
    shown = pages.overview(actor, movement, form, request.args.get("after", ""))
    return render_template("avrr/movement.html", **shown)


@blueprint.get("/movements/<reference>/list", **_RUN)
def escort_list(_actor: Actor, movement: Movement) -> str:
    """The list for the escort, made to be printed; each look is noted."""
    return render_template("avrr/escort_list.html", **pages.escort_list(movement))


@blueprint.post("/movements/<reference>/names", **_RUN)
def with_names(actor: Actor, movement: Movement) -> str:
    """The same page with names; that they were shown is in the trail."""
    return render_template("avrr/movement.html", **pages.with_names(actor, movement))


@blueprint.get("/movements/<reference>/carrier", **_RUN)
def carrier_list(actor: Actor, movement: Movement, form: Form | None = None) -> str:
    """Whom to print for the carrier: nobody is opened yet."""
    return render_template("avrr/carrier_list.html", **pages.carrier_list(actor, movement, form))


@blueprint.post(
    "/movements/<reference>/carrier",
    **_RUN,
    accepts=schemas.CarrierListSchema,
    page=carrier_list,
    secret=True,
)
def print_for_carrier(actor: Actor, movement: Movement, given: dict[str, Any]) -> str:
    """The list for the carrier, made to be printed: each name is noted, and nothing is kept."""
    lines = travellers.list_for_carrier(by=actor, movement=movement, seats=given.get("seats", []))
    return render_template("avrr/carrier_printed.html", movement=movement, lines=lines)


@blueprint.post("/movements/<reference>/fill", **_RUN)
def fill(actor: Actor, movement: Movement) -> object:
    """Give the free seats to those who are ready, the longest prepared first."""
    movements.fill(by=actor, movement=movement)
    return redirect_to("movements.show", movement)


@blueprint.post("/movements/<reference>/seats", **_RUN, accepts=schemas.SeatSchema, page=show)
def seat(actor: Actor, movement: Movement, given: dict[str, Any]) -> object:
    """Give one person a seat."""
    movements.seat(
        by=actor,
        movement=movement,
        returns=[queries.return_(actor, given["reference"])],
        as_left=as_left(),
        instead_of=given.get("instead_of"),
    )
    return redirect_to("movements.show", movement)


@blueprint.post("/movements/<reference>/seats/<int:seat>/free", **_SEAT)
def take_off(actor: Actor, movement: Movement) -> object:
    """Free a seat."""
    entry = _entry(actor, movement)
    return_ = entry.record
    movements.take_off(by=actor, entry=entry)
    given = {taking_back.FIELD: movements.as_it_stands(movement, return_)}
    given["reference"] = return_.reference
    tell(_("The seat is free."), undo=link("movements.seat", movement), given=given)
    return redirect_to("movements.show", movement)


@blueprint.post("/movements/<reference>/seats/<int:seat>/no-show", **_SEAT)
def no_show(actor: Actor, movement: Movement) -> object:
    """The person did not come."""
    movements.no_show(by=actor, entry=_entry(actor, movement))
    return redirect_to("movements.show", movement)


def _entry(actor: Actor, movement: Movement) -> ManifestEntry:
    return queries.seat(actor, movement.reference, (request.view_args or {})["seat"])


@blueprint.get("/movements/<reference>/funding", **_RUN)
def funding(actor: Actor, movement: Movement, form: Form | None = None) -> str:
    """Ask money for everybody listed, as one request."""
    return render_template("avrr/movement_funding.html", **pages.funding(actor, movement, form))


@blueprint.post("/movements/<reference>/funding", **_RUN, accepts=AskSchema, page=funding)
def ask(actor: Actor, movement: Movement, given: dict[str, Any]) -> object:
    """Send the request."""
    request_ = movement_money.ask_for_money(by=actor, movement=movement, given=given)
    return redirect_to("funds.request_page", request_)


@blueprint.post(
    "/movements/<reference>/change", **_RUN, accepts=schemas.MovementChangeSchema, page=show
)
def change(actor: Actor, movement: Movement, given: dict[str, Any]) -> object:
    """Another day, other seats."""
    movements.change(by=actor, movement=movement, **given)
    return redirect_to("movements.show", movement)


@blueprint.post("/movements/<reference>/depart", **_RUN, accepts=schemas.DepartSchema, page=show)
def depart(actor: Actor, movement: Movement, given: dict[str, Any]) -> object:
    """Everybody on board departs."""
    movements.depart(by=actor, movement=movement, **given)
    return redirect_to("movements.show", movement)


@blueprint.post("/movements/<reference>/not-left", **_RUN, accepts=schemas.NotLeftSchema, page=show)
def stay(actor: Actor, movement: Movement, given: dict[str, str]) -> object:
    """It has not left after all."""
    not_left.stay_all(by=actor, movement=movement, **given)
    return redirect_to("movements.show", movement)


@blueprint.post("/movements/<reference>/cancel", **_RUN)
def cancel(actor: Actor, movement: Movement) -> object:
    """It does not take place."""
    movements.cancel(by=actor, movement=movement)
    return redirect_to("movements.show", movement)
