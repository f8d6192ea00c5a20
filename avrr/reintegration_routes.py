"""Pages: reintegration: plan, items and instalments, follow-up, the survey, warnings, closure."""

import secrets
from typing import Any

from flask import render_template, request

from access.actors import Actor
from access.permissions import Permission
from avrr import early_warnings, local_referral, queries, reintegration, schemas, surveys
from avrr.routes import show
from models.returns import Assistance, Return, ReturnWarning
from referral import directory
from standards import lists
from web.errors import NotFound
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("reintegration", __name__)
_RECEIVE: dict[str, Any] = {"permission": Permission.RETURN_RECEIVE, "subject": queries.record}


@blueprint.post("/returns/<reference>/plan", **_RECEIVE, accepts=schemas.PlanSchema, page=show)
def plan(actor: Actor, record: Return, given: dict[str, Any]) -> object:
    """Write the plan."""
    reintegration.plan(by=actor, record=record, given=given)
    return redirect_to("avrr.show", reference=record.reference)


@blueprint.post(
    "/returns/<reference>/assistance", **_RECEIVE, accepts=schemas.AssistSchema, page=show
)
def assist(actor: Actor, record: Return, given: dict[str, Any]) -> object:
    """Plan one item."""
    reintegration.assist(by=actor, record=record, **given)
    return redirect_to("avrr.show", reference=record.reference)


@blueprint.post(
    "/returns/<reference>/assistance/<int:number>/instalments",
    **_RECEIVE,
    accepts=schemas.InstalmentSchema,
    page=show,
)
def pay(actor: Actor, record: Return, given: dict[str, Any]) -> object:
    """An instalment was given."""
    item = queries.own_item(actor, record.reference, (request.view_args or {})["number"])
    reintegration.pay(by=actor, item=item, **given)
    return redirect_to("avrr.show", reference=record.reference)


@blueprint.get("/returns/approvals", permission=Permission.APPROVAL_LIST)
def approvals(actor: Actor) -> str:
    """Items of assistance that wait for somebody else's approval."""
    return render_template("avrr/approvals.html", items=queries.to_approve(actor))


@blueprint.post(
    "/assistance/<int:number>",
    permission=Permission.RETURN_APPROVE,
    subject=queries.item,
    accepts=schemas.DecideSchema,
)
def decide(actor: Actor, item: Assistance, given: dict[str, str]) -> object:
    """Approve an item, or not."""
    reintegration.decide(by=actor, item=item, **given)
    return redirect_to("reintegration.approvals")


@blueprint.post(
    "/returns/<reference>/follow-ups", **_RECEIVE, accepts=schemas.FollowUpSchema, page=show
)
def follow_up(actor: Actor, record: Return, given: dict[str, Any]) -> object:
    """Write down a follow-up."""
    reintegration.follow_up(by=actor, record=record, **given)
    return redirect_to("avrr.show", reference=record.reference)


@blueprint.get("/returns/<reference>/refer", **_RECEIVE)
def referring_form(_actor: Actor, record: Return, form: Form | None = None) -> str:
    """Choose a local partner and what it may be told."""
    released = dict(record.released) if record.own_key else {}
    partners = directory.partners(place=record.country)
    form = form or Form(schemas.ReferSchema, {"urgency": "standard"})
    fields = [(code, word) for code, word in lists.RELEASABLE if code in released]
    return render_template(
        "avrr/refer.html", record=record, form=form, partners=partners, fields=fields
    )


@blueprint.post(
    "/returns/<reference>/refer", **_RECEIVE, accepts=schemas.ReferSchema, page=referring_form
)
def refer(actor: Actor, record: Return, given: dict[str, Any]) -> object:
    """Send the referral."""
    made = local_referral.refer(by=actor, record=record, given=given)
    return redirect_to("referral.show", reference=made.reference)


@blueprint.get("/returns/<reference>/survey", **_RECEIVE)
def survey(_actor: Actor, record: Return, form: Form | None = None) -> str:
    """The survey, as a form that works on a phone."""
    used = surveys.instrument()
    form = form or Form(schemas.survey_schema())
    return render_template(
        "avrr/survey.html",
        record=record,
        form=form,
        used=used,
        dimensions=schemas.DIMENSIONS,
        token=secrets.token_hex(8),
    )


@blueprint.post(
    "/returns/<reference>/survey", **_RECEIVE, accepts=schemas.survey_schema, page=survey
)
def take_survey(actor: Actor, record: Return, given: dict[str, Any]) -> object:
    """Keep the survey and its scores."""
    made = surveys.take(
        by=actor,
        record=record,
        on=given["on"],
        answers=given.get("answers", {}),
        token=given.get("token") or secrets.token_hex(8),
    )
    return redirect_to("reintegration.scores", reference=record.reference, number=made.id)


@blueprint.get("/returns/<reference>/surveys/<int:number>", **_RECEIVE)
def scores(_actor: Actor, record: Return) -> str:
    """One survey: its scores beside the others', its answers, and what the scores rest on."""
    found = next(
        (one for one in record.surveys if one.id == (request.view_args or {})["number"]), None
    )
    if found is None:
        raise NotFound
    told = surveys.told(record, found)
    return render_template(
        "avrr/scores.html", record=record, survey=found, told=told, used=surveys.instrument()
    )


@blueprint.post(
    "/returns/<reference>/warnings/<int:number>",
    permission=Permission.RETURN_RECEIVE,
    subject=queries.record,
)
def looked_into(actor: Actor, record: Return) -> object:
    """Somebody looked into a warning."""
    warning: ReturnWarning = queries.warning(
        actor, record.reference, (request.view_args or {})["number"]
    )
    early_warnings.done(by=actor, warning=warning)
    return redirect_to("avrr.show", reference=record.reference)


@blueprint.post("/returns/<reference>/close", **_RECEIVE, accepts=schemas.CloseSchema, page=show)
def close(actor: Actor, record: Return, given: dict[str, str]) -> object:
    """The end."""
    reintegration.close(by=actor, record=record, outcome=given["ending"])
    return redirect_to("avrr.show", reference=record.reference)
