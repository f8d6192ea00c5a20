"""Pages: persons whom partners refer to a mission: the partner's form, the mission's answer."""

from typing import Any

from flask import render_template, request, session

from access.actors import Actor
from access.permissions import Permission
from casework.core.schemas import ElsewhereSchema
from models.referrals import IncomingReferral
from referral import incoming, previewing, queries, schemas
from referral import incoming_pages as pages
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("incoming", __name__)
_ANSWER: dict[str, Any] = {
    "permission": Permission.INWARD_ANSWER,
    "subject": queries.incoming_referral,
}


@blueprint.get("/inward", permission=Permission.INWARD_LIST)
def index(actor: Actor) -> str:
    """Who was referred to us, or by us."""
    just_sent = session.pop("told", None) if session.get("told") else None
    shown = pages.listed(actor, request.args.get("after", ""), just_sent)
    return render_template("referral/incoming_list.html", **shown)


@blueprint.get("/inward/new", permission=Permission.INWARD_SEND)
def new(_actor: Actor, form: Form | None = None) -> str:
    """The partner's form: consent first."""
    return render_template("referral/incoming_new.html", **pages.new(form))


@blueprint.post(
    "/inward",
    permission=Permission.INWARD_SEND,
    accepts=schemas.InwardReferralSchema,
    page=new,
    look=previewing.of_person,
)
def send(actor: Actor, given: dict[str, Any]) -> object:
    """Tell a mission of a person."""
    sent = incoming.send(by=actor, given=given)
    session["told"] = sent.reference
    return redirect_to("incoming.index")


@blueprint.get(
    "/inward/<reference>", permission=Permission.INWARD_OPEN, subject=queries.incoming_referral
)
def show(actor: Actor, incoming_referral: IncomingReferral, form: Form | None = None) -> str:
    """What was told and who it may be, for the mission; the state, for the partner."""
    shown = pages.overview(actor, incoming_referral, form)
    return render_template("referral/incoming.html", **shown)


@blueprint.post("/inward/<reference>/elsewhere", **_ANSWER, accepts=ElsewhereSchema, page=show)
def elsewhere(actor: Actor, incoming_referral: IncomingReferral, given: dict[str, str]) -> str:
    """The same, with the offices that may know the person: they hear who asked and why."""
    shown = pages.overview(actor, incoming_referral, None, given["why"])
    return render_template("referral/incoming.html", **shown)


@blueprint.post(
    "/inward/<reference>/accept", **_ANSWER, accepts=schemas.InwardAnswerSchema, page=show
)
def accept(actor: Actor, incoming_referral: IncomingReferral, given: dict[str, str]) -> object:
    """Open a case of it."""
    case = incoming.accept(by=actor, incoming_referral=incoming_referral, **given)
    return redirect_to("casefile.show", case)


@blueprint.post(
    "/inward/<reference>/decline", **_ANSWER, accepts=schemas.InwardDeclineSchema, page=show
)
def decline(actor: Actor, incoming_referral: IncomingReferral, given: dict[str, str]) -> object:
    """Cannot take the person."""
    incoming.decline(by=actor, incoming_referral=incoming_referral, **given)
    return redirect_to("incoming.index")
