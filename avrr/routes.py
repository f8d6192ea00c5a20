"""Pages: returns from application to follow-up."""

import secrets
from typing import Any

from flask import render_template, request

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from avrr import checklist, handover, preparing, queries, reintegrating, schemas
from casework import queries as cases
from casework.heading import head
from models.cases import Case
from models.returns import Return
from web.forms import Form
from web.room import Room, see

room = Room("avrr", __name__)
_PREPARE: dict[str, Any] = {"permission": Permission.RETURN_PREPARE, "subject": queries.record}
_RECEIVE: dict[str, Any] = {"permission": Permission.RETURN_RECEIVE, "subject": queries.record}


@room.get("/returns", permission=Permission.RETURN_LIST)
def index(actor: Actor) -> str:
    """Returns of my mission."""
    state = request.args.get("state", "")
    page = queries.returns(actor, state, request.args.get("after", ""))
    return render_template("avrr/index.html", page=page, state=state, arriving=queries.arriving(actor), visits=queries.visits_due(actor))


@room.get("/cases/<number>/return", permission=Permission.RETURN_START, subject=cases.case)
def start(actor: Actor, case: Case, form: Form | None = None) -> str:
    """The returns of a case, and the form to begin one."""
    return render_template(
        "avrr/start.html", **head(actor, case, "return"), returns=queries.of_case(case), form=form or Form(schemas.StartSchema, {"country": case.citizenship})
    )


@room.post("/cases/<number>/return", permission=Permission.RETURN_START, subject=cases.case, accepts=schemas.StartSchema, page=start)
def begin(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Begin a return."""
    made = preparing.start(by=actor, case=case, **given)
    return see("avrr.show", reference=made.reference)


@room.get("/returns/<reference>", permission=Permission.RETURN_OPEN, subject=queries.record)
def show(actor: Actor, record: Return, form: Form | None = None) -> str:
    """One return: checklist for the sending mission, reintegration for the receiving one."""
    lines = preparing.shown(record, own=allows(actor, Permission.RETURN_PREPARE, record))
    receives = allows(actor, Permission.RETURN_RECEIVE, record)
    released = record.released if record.own_key and record.handover and allows(actor, Permission.RETURN_RELEASED, record) else {}
    return render_template(
        "avrr/show.html",
        record=record,
        lines=lines,
        missing=checklist.missing(lines),
        prepares=allows(actor, Permission.RETURN_PREPARE, record),
        receives=receives,
        released=released,
        plan=record.plan if receives and record.own_key else {},
        form=form,
        forms_={name: (form if form and isinstance(form.schema, schema) else Form(schema)) for name, schema in _FORMS.items()},
        token=secrets.token_hex(8),
    )


_FORMS = {
    "step": schemas.StepSchema,
    "depart": schemas.DepartSchema,
    "arrive": schemas.ArriveSchema,
    "plan": schemas.PlanSchema,
    "assist": schemas.AssistSchema,
    "follow_up": schemas.FollowUpSchema,
}


@room.post("/returns/<reference>/steps", **_PREPARE, accepts=schemas.StepSchema, page=show)
def step(actor: Actor, record: Return, given: dict[str, Any]) -> object:
    """A step was done."""
    preparing.do_step(by=actor, record=record, **given)
    return see("avrr.show", reference=record.reference)


@room.post("/returns/<reference>/withdraw", **_PREPARE)
def withdraw(actor: Actor, record: Return) -> object:
    """The person changed their mind."""
    preparing.withdraw(by=actor, record=record)
    return see("avrr.show", reference=record.reference)


@room.post("/returns/<reference>/hand-over", **_PREPARE)
def hand_over(actor: Actor, record: Return) -> object:
    """Release to the mission of the country of return, and tell it."""
    handover.hand_over(by=actor, record=record)
    return see("avrr.show", reference=record.reference)


@room.post("/returns/<reference>/depart", **_PREPARE, accepts=schemas.DepartSchema, page=show)
def depart(actor: Actor, record: Return, given: dict[str, Any]) -> object:
    """The person left."""
    preparing.depart(by=actor, record=record, **given)
    return see("avrr.show", reference=record.reference)


@room.post("/returns/<reference>/accept", **_RECEIVE)
def accept(actor: Actor, record: Return) -> object:
    """Take the person on."""
    handover.accept(by=actor, record=record)
    return see("avrr.show", reference=record.reference)


@room.post("/returns/<reference>/send-back", **_RECEIVE)
def send_back(actor: Actor, record: Return) -> object:
    """Send back with questions."""
    handover.send_back(by=actor, record=record)
    return see("avrr.show", reference=record.reference)


@room.post("/returns/<reference>/arrive", **_RECEIVE, accepts=schemas.ArriveSchema, page=show)
def arrive(actor: Actor, record: Return, given: dict[str, Any]) -> object:
    """The person is here."""
    reintegrating.arrive(by=actor, record=record, **given)
    return see("avrr.show", reference=record.reference)


@room.post("/returns/<reference>/plan", **_RECEIVE, accepts=schemas.PlanSchema, page=show)
def plan(actor: Actor, record: Return, given: dict[str, Any]) -> object:
    """Write the plan."""
    reintegrating.plan(by=actor, record=record, given=given)
    return see("avrr.show", reference=record.reference)


@room.post("/returns/<reference>/assistance", **_RECEIVE, accepts=schemas.AssistSchema, page=show)
def assist(actor: Actor, record: Return, given: dict[str, Any]) -> object:
    """Give one item."""
    reintegrating.assist(by=actor, record=record, **given)
    return see("avrr.show", reference=record.reference)


@room.post("/returns/<reference>/follow-ups", **_RECEIVE, accepts=schemas.FollowUpSchema, page=show)
def follow_up(actor: Actor, record: Return, given: dict[str, Any]) -> object:
    """Write down a follow-up."""
    reintegrating.follow_up(by=actor, record=record, **given)
    return see("avrr.show", reference=record.reference)
