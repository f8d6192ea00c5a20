"""Pages: a return from application to arrival, for the missions that share it."""

import secrets
from datetime import date
from typing import Any

from flask import Response, render_template, request

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from avrr import checklist, early_warnings, handover, preparation, queries, reintegration, schemas
from avrr import declaration as declaring
from casework.casefile.case_header import head
from casework.core import queries as cases
from models.cases import Case
from models.returns import Return
from standards import languages
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("avrr", __name__)
_PREPARE: dict[str, Any] = {"permission": Permission.RETURN_PREPARE, "subject": queries.record}
_RECEIVE: dict[str, Any] = {"permission": Permission.RETURN_RECEIVE, "subject": queries.record}


@blueprint.get("/returns", permission=Permission.RETURN_LIST)
def index(actor: Actor) -> str:
    """Returns of my mission, who is coming, visits due, early warnings."""
    state = request.args.get("state", "")
    page = queries.returns(actor, state, request.args.get("after", ""))
    warnings = [(warning, early_warnings.explained(warning)) for warning in queries.warnings(actor)]
    return render_template(
        "avrr/index.html",
        page=page,
        state=state,
        arriving=queries.arriving(actor),
        visits=queries.visits_due(actor),
        warnings=warnings,
    )


@blueprint.get("/cases/<number>/return", permission=Permission.RETURN_START, subject=cases.case)
def start(actor: Actor, case: Case, form: Form | None = None) -> str:
    """The returns of a case, and the form to begin one."""
    form = form or Form(
        schemas.StartSchema, {"country": case.citizenship, "purpose": "return", "programme": "avrr"}
    )
    return render_template(
        "avrr/start.html", **head(actor, case, "return"), returns=queries.of_case(case), form=form
    )


@blueprint.post(
    "/cases/<number>/return",
    permission=Permission.RETURN_START,
    subject=cases.case,
    accepts=schemas.StartSchema,
    page=start,
)
def begin(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Begin a return."""
    made = preparation.start(by=actor, case=case, **given)
    return redirect_to("avrr.show", reference=made.reference)


def _shown(form: Form | None, name: str, data: dict[str, Any] | None = None) -> Form:
    schema = _FORMS[name]
    return form if form is not None and isinstance(form.schema, schema) else Form(schema, data)


def _journey_data(kept: dict[str, Any], record: Return) -> dict[str, Any]:
    """The journey as its form takes it: legs under numbered names."""
    legs = {
        f"{name}_{number}": leg.get(name)
        for number, leg in enumerate(kept.get("legs", []), 1)
        for name in ("from", "to", "carrier", "on")
    }
    return {
        **{name: value for name, value in kept.items() if name != "legs"},
        **legs,
        "via": record.transit.code if record.transit else "",
    }


@blueprint.get("/returns/<reference>", permission=Permission.RETURN_OPEN, subject=queries.record)
def show(actor: Actor, record: Return, form: Form | None = None) -> str:
    """One return: checklist and journey for the sending mission, reintegration for the receiving one, the same timeline for both."""
    prepares, receives = (
        allows(actor, permission, record)
        for permission in (Permission.RETURN_PREPARE, Permission.RETURN_RECEIVE)
    )
    alive = record.own_key is not None
    lines = preparation.shown(record, own=prepares)
    journey = (
        dict(record.journey)
        if alive and record.journey_sealed and allows(actor, Permission.RETURN_JOURNEY, record)
        else {}
    )
    talks = allows(actor, Permission.RETURN_TALK, record)
    return render_template(
        "avrr/show.html",
        record=record,
        lines=lines,
        missing=checklist.missing(lines),
        prepares=prepares,
        receives=receives,
        transits=allows(actor, Permission.RETURN_TRANSIT, record),
        talks=talks,
        released=record.released
        if alive and record.handover and allows(actor, Permission.RETURN_RELEASED, record)
        else {},
        plan=record.plan if receives and alive else {},
        journey=journey,
        thread=handover.items(record) if talks and alive and record.thread_sealed else [],
        warnings=[(one, early_warnings.explained(one)) for one in record.warnings]
        if receives
        else [],
        seat=queries.seat_of(record) if prepares else None,
        missions=queries.missions(record.sending_id) if prepares else [],
        languages=languages.options(),
        months=[(visit.month, visit.month) for visit in record.follow_ups],
        form=form,
        forms_={
            **{name: _shown(form, name) for name in _FORMS},
            "journey": _shown(form, "journey", _journey_data(journey, record)),
        },
        approve_above=reintegration.APPROVE_ABOVE,
        token=secrets.token_hex(8),
        date=date,
    )


_FORMS = {
    "step": schemas.StepSchema,
    "journey": schemas.JourneySchema,
    "depart": schemas.DepartSchema,
    "arrive": schemas.ArriveSchema,
    "word": schemas.WordSchema,
    "transit": schemas.TransitSchema,
    "plan": schemas.PlanSchema,
    "assist": schemas.AssistSchema,
    "instalment": schemas.InstalmentSchema,
    "follow_up": schemas.FollowUpSchema,
    "close": schemas.CloseSchema,
}


@blueprint.post("/returns/<reference>/steps", **_PREPARE, accepts=schemas.StepSchema, page=show)
def step(actor: Actor, record: Return, given: dict[str, Any]) -> object:
    """A step was done."""
    preparation.do_step(by=actor, record=record, **given)
    return redirect_to("avrr.show", reference=record.reference)


@blueprint.post(
    "/returns/<reference>/journey", **_PREPARE, accepts=schemas.JourneySchema, page=show
)
def journey(actor: Actor, record: Return, given: dict[str, Any]) -> object:
    """Legs, escorts, needs."""
    preparation.journey(by=actor, record=record, given=given)
    return redirect_to("avrr.show", reference=record.reference)


@blueprint.post(
    "/returns/<reference>/declaration", **_PREPARE, accepts=schemas.LanguageSchema, page=show
)
def declaration(actor: Actor, record: Return, given: dict[str, str]) -> Response:
    """The declaration to sign, in the person's language."""
    content = declaring.declaration(by=actor, record=record, **given)
    return Response(
        content,
        mimetype="application/pdf",
        headers={"Content-Disposition": f"attachment; filename={record.reference}.pdf"},
    )


@blueprint.post("/returns/<reference>/withdraw", **_PREPARE)
def withdraw(actor: Actor, record: Return) -> object:
    """The person changed their mind."""
    preparation.withdraw(by=actor, record=record)
    return redirect_to("avrr.show", reference=record.reference)


@blueprint.post("/returns/<reference>/hand-over", **_PREPARE)
def hand_over(actor: Actor, record: Return) -> object:
    """Release to the mission of the country of return, and tell it."""
    handover.hand_over(by=actor, record=record)
    return redirect_to("avrr.show", reference=record.reference)


@blueprint.post("/returns/<reference>/depart", **_PREPARE, accepts=schemas.DepartSchema, page=show)
def depart(actor: Actor, record: Return, given: dict[str, Any]) -> object:
    """The person left."""
    preparation.depart(by=actor, record=record, **given)
    return redirect_to("avrr.show", reference=record.reference)


@blueprint.post("/returns/<reference>/accept", **_RECEIVE)
def accept(actor: Actor, record: Return) -> object:
    """Take the person on."""
    handover.accept(by=actor, record=record)
    return redirect_to("avrr.show", reference=record.reference)


@blueprint.post("/returns/<reference>/send-back", **_RECEIVE, accepts=schemas.WordSchema, page=show)
def send_back(actor: Actor, record: Return, given: dict[str, str]) -> object:
    """Send back with questions."""
    handover.send_back(by=actor, record=record, **given)
    return redirect_to("avrr.show", reference=record.reference)


@blueprint.post(
    "/returns/<reference>/words",
    permission=Permission.RETURN_TALK,
    subject=queries.record,
    accepts=schemas.WordSchema,
    page=show,
)
def talk(actor: Actor, record: Return, given: dict[str, str]) -> object:
    """Ask or answer the other mission."""
    handover.say(by=actor, record=record, **given)
    return redirect_to("avrr.show", reference=record.reference)


@blueprint.post(
    "/returns/<reference>/transit",
    permission=Permission.RETURN_TRANSIT,
    subject=queries.record,
    accepts=schemas.TransitSchema,
    page=show,
)
def transit(actor: Actor, record: Return, given: dict[str, str]) -> object:
    """How it went on the way."""
    handover.passed(by=actor, record=record, outcome=given["went"])
    return redirect_to("avrr.show", reference=record.reference)


@blueprint.post("/returns/<reference>/arrive", **_RECEIVE, accepts=schemas.ArriveSchema, page=show)
def arrive(actor: Actor, record: Return, given: dict[str, Any]) -> object:
    """The person is here."""
    reintegration.arrive(by=actor, record=record, **given)
    return redirect_to("avrr.show", reference=record.reference)
