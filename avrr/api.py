"""The same verbs as JSON."""

from typing import Any

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from avrr import (
    assistance_items,
    coming_home,
    endings,
    handover,
    home_schemas,
    preparation,
    queries,
    readiness,
    reintegration,
    schemas,
    steps,
    visits,
)
from casework.core import queries as cases
from models.cases import Case
from models.returns import Return
from web.forms import EmptySchema
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("avrr_api", __name__, api=True)
_PREPARE: dict[str, Any] = {
    "permission": Permission.RETURN_PREPARE,
    "subject": queries.return_,
    "returns": schemas.ReturnOut,
}
_RECEIVE: dict[str, Any] = {
    "permission": Permission.RETURN_RECEIVE,
    "subject": queries.return_,
    "returns": schemas.ReturnOut,
}


def _out(actor: Actor, return_: Return) -> Return:
    """As the page shows it to each mission: of each step what its own file says, why this country
    and what lets in to the sending mission alone, follow-ups to the one that makes them.
    """
    own = allows(actor, Permission.RETURN_PREPARE, return_)
    receives = allows(actor, Permission.RETURN_RECEIVE, return_)
    shown: Any = return_
    shown.shown_steps = readiness.shown(return_, own=own)
    shown.shown_basis = return_.basis if own else ""
    shown.shown_admission = return_.admission if own else ""
    shown.shown_follow_ups = return_.follow_ups if receives else []
    return return_


@blueprint.post(
    "/cases/<number>/returns",
    permission=Permission.RETURN_START,
    subject=cases.case,
    accepts=schemas.StartSchema,
    returns=schemas.ReturnOut,
    status=201,
)
def start(actor: Actor, case: Case, given: dict[str, Any]) -> Return:
    """Begin a return."""
    return _out(actor, preparation.start(by=actor, case=case, **given))


@blueprint.post(
    "/cases/<number>/came-home",
    permission=Permission.RETURN_START,
    subject=cases.case,
    accepts=schemas.CameHomeSchema,
    returns=schemas.ReturnOut,
    status=201,
)
def came_home(actor: Actor, case: Case, given: dict[str, Any]) -> Return:
    """Begin reintegration of who came home by another way."""
    return _out(actor, coming_home.begin(by=actor, case=case, **given))


@blueprint.get(
    "/returns/<reference>",
    permission=Permission.RETURN_OPEN,
    subject=queries.return_,
    returns=schemas.ReturnOut,
)
def show(actor: Actor, return_: Return) -> Return:
    """One return with its checklist and follow-ups."""
    return _out(actor, return_)


@blueprint.post("/returns/<reference>/steps", **_PREPARE, accepts=schemas.StepSchema)
def step(actor: Actor, return_: Return, given: dict[str, Any]) -> Return:
    """A step was done."""
    steps.do_step(by=actor, return_=return_, **given)
    return _out(actor, return_)


@blueprint.post("/returns/<reference>/hand-over", **_PREPARE, accepts=EmptySchema)
def hand_over(actor: Actor, return_: Return, _given: dict[str, Any]) -> Return:
    """Release to the mission of the country of return, and tell it."""
    handover.hand_over(by=actor, return_=return_)
    return _out(actor, return_)


@blueprint.post("/returns/<reference>/receiver", **_PREPARE, accepts=schemas.ReceiverSchema)
def choose_receiver(actor: Actor, return_: Return, given: dict[str, str]) -> Return:
    """Which mission receives."""
    handover.choose(by=actor, return_=return_, **given)
    return _out(actor, return_)


@blueprint.post("/returns/<reference>/nobody", **_PREPARE, accepts=schemas.NobodySchema)
def nobody_receives(actor: Actor, return_: Return, given: dict[str, str]) -> Return:
    """Nobody in the country of return receives."""
    handover.keep(by=actor, return_=return_, **given)
    return _out(actor, return_)


@blueprint.post("/returns/<reference>/depart", **_PREPARE, accepts=schemas.DepartSchema)
def depart(actor: Actor, return_: Return, given: dict[str, Any]) -> Return:
    """The person left."""
    preparation.depart(by=actor, return_=return_, **given)
    return _out(actor, return_)


@blueprint.post("/returns/<reference>/journey", **_PREPARE, accepts=schemas.JourneySchema)
def journey(actor: Actor, return_: Return, given: dict[str, Any]) -> Return:
    """Legs, escorts, needs; the first leg gives the day of travel."""
    steps.journey(by=actor, return_=return_, given=given)
    return _out(actor, return_)


@blueprint.post("/returns/<reference>/withdraw", **_PREPARE, accepts=EmptySchema)
def withdraw(actor: Actor, return_: Return, _given: dict[str, Any]) -> Return:
    """The person changed their mind."""
    preparation.withdraw(by=actor, return_=return_)
    return _out(actor, return_)


@blueprint.post("/returns/<reference>/accept", **_RECEIVE, accepts=EmptySchema)
def accept(actor: Actor, return_: Return, _given: dict[str, Any]) -> Return:
    """Take the person on."""
    handover.accept(by=actor, return_=return_)
    return _out(actor, return_)


@blueprint.post("/returns/<reference>/arrive", **_RECEIVE, accepts=schemas.ArriveSchema)
def arrive(actor: Actor, return_: Return, given: dict[str, Any]) -> Return:
    """The person is here."""
    given = {"together": False, "but": "", **given}
    others = queries.companions(actor, return_)
    reintegration.arrive_together(by=actor, return_=return_, others=others, **given)
    return _out(actor, return_)


@blueprint.post("/returns/<reference>/assistance", **_RECEIVE, accepts=home_schemas.AssistSchema)
def assist(actor: Actor, return_: Return, given: dict[str, Any]) -> Return:
    """Give one item."""
    assistance_items.assist(by=actor, return_=return_, **given)
    return _out(actor, return_)


@blueprint.post("/returns/<reference>/follow-ups", **_RECEIVE, accepts=home_schemas.FollowUpSchema)
def follow_up(actor: Actor, return_: Return, given: dict[str, Any]) -> Return:
    """Write down a follow-up."""
    visits.follow_up(by=actor, return_=return_, **given)
    return _out(actor, return_)


@blueprint.post("/returns/<reference>/close", **_RECEIVE, accepts=home_schemas.CloseSchema)
def close(actor: Actor, return_: Return, given: dict[str, Any]) -> Return:
    """The end of a return; where it waits for a second person its state does not change."""
    endings.close(by=actor, return_=return_, outcome=given.pop("ending"), **given)
    return _out(actor, return_)
