"""The same verbs as JSON."""

from typing import Any

from access.actors import Actor
from access.permissions import Permission
from avrr import handover, preparation, queries, reintegration, schemas
from casework.core import queries as cases
from models.cases import Case
from models.returns import Return
from web.forms import EmptySchema
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("avrr_api", __name__, api=True)
_PREPARE: dict[str, Any] = {
    "permission": Permission.RETURN_PREPARE,
    "subject": queries.record,
    "returns": schemas.ReturnOut,
}
_RECEIVE: dict[str, Any] = {
    "permission": Permission.RETURN_RECEIVE,
    "subject": queries.record,
    "returns": schemas.ReturnOut,
}


def _out(record: Return) -> Return:
    record.shown_steps = preparation.shown(record)  # type: ignore[attr-defined]
    return record


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
    return _out(preparation.start(by=actor, case=case, **given))


@blueprint.get(
    "/returns/<reference>",
    permission=Permission.RETURN_OPEN,
    subject=queries.record,
    returns=schemas.ReturnOut,
)
def show(_actor: Actor, record: Return) -> Return:
    """One return with its checklist and follow-ups."""
    return _out(record)


@blueprint.post("/returns/<reference>/steps", **_PREPARE, accepts=schemas.StepSchema)
def step(actor: Actor, record: Return, given: dict[str, Any]) -> Return:
    """A step was done."""
    preparation.do_step(by=actor, record=record, **given)
    return _out(record)


@blueprint.post("/returns/<reference>/hand-over", **_PREPARE, accepts=EmptySchema)
def hand_over(actor: Actor, record: Return, _given: dict[str, Any]) -> Return:
    """Release to the mission of the country of return, and tell it."""
    handover.hand_over(by=actor, record=record)
    return _out(record)


@blueprint.post("/returns/<reference>/depart", **_PREPARE, accepts=schemas.DepartSchema)
def depart(actor: Actor, record: Return, given: dict[str, Any]) -> Return:
    """The person left."""
    preparation.depart(by=actor, record=record, **given)
    return _out(record)


@blueprint.post("/returns/<reference>/journey", **_PREPARE, accepts=schemas.JourneySchema)
def journey(actor: Actor, record: Return, given: dict[str, Any]) -> Return:
    """Legs, escorts, needs; the first leg gives the day of travel."""
    preparation.journey(by=actor, record=record, given=given)
    return _out(record)


@blueprint.post("/returns/<reference>/withdraw", **_PREPARE, accepts=EmptySchema)
def withdraw(actor: Actor, record: Return, _given: dict[str, Any]) -> Return:
    """The person changed their mind."""
    preparation.withdraw(by=actor, record=record)
    return _out(record)


@blueprint.post("/returns/<reference>/accept", **_RECEIVE, accepts=EmptySchema)
def accept(actor: Actor, record: Return, _given: dict[str, Any]) -> Return:
    """Take the person on."""
    handover.accept(by=actor, record=record)
    return _out(record)


@blueprint.post("/returns/<reference>/arrive", **_RECEIVE, accepts=schemas.ArriveSchema)
def arrive(actor: Actor, record: Return, given: dict[str, Any]) -> Return:
    """The person is here."""
    reintegration.arrive(by=actor, record=record, **given)
    return _out(record)


@blueprint.post("/returns/<reference>/assistance", **_RECEIVE, accepts=schemas.AssistSchema)
def assist(actor: Actor, record: Return, given: dict[str, Any]) -> Return:
    """Give one item."""
    reintegration.assist(by=actor, record=record, **given)
    return _out(record)


@blueprint.post("/returns/<reference>/follow-ups", **_RECEIVE, accepts=schemas.FollowUpSchema)
def follow_up(actor: Actor, record: Return, given: dict[str, Any]) -> Return:
    """Write down a follow-up."""
    reintegration.follow_up(by=actor, record=record, **given)
    return _out(record)


@blueprint.post("/returns/<reference>/close", **_RECEIVE, accepts=schemas.CloseSchema)
def close(actor: Actor, record: Return, given: dict[str, str]) -> Return:
    """The end of a return."""
    reintegration.close(by=actor, record=record, outcome=given["ending"])
    return _out(record)
