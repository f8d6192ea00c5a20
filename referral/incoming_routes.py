"""Pages: persons whom partners refer to a mission: the partner's short form, the mission's answer."""

import secrets
from typing import Any

from flask import render_template, request, session
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import allows
from models.base import db
from models.people import Organisation
from models.referrals import IncomingReferral
from referral import incoming as verbs
from referral import queries, schemas
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("incoming", __name__)
_ANSWER: dict[str, Any] = {"permission": Permission.INWARD_ANSWER, "subject": queries.inward}


@blueprint.get("/inward", permission=Permission.INWARD_LIST)
def index(actor: Actor) -> str:
    """Who was referred to us, or by us."""
    page = queries.inwards(actor, request.args.get("after", ""))
    return render_template(
        "referral/incoming_list.html", page=page, partner=actor.holds(Role.PARTNER)
    )


@blueprint.get("/inward/new", permission=Permission.INWARD_SEND)
def new(_actor: Actor, form: Form | None = None) -> str:
    """The partner's form: consent first."""
    offices = (
        db.session.execute(
            select(Organisation).where(Organisation.kind == "mission").order_by(Organisation.name)
        )
        .scalars()
        .all()
    )
    return render_template(
        "referral/incoming_new.html",
        form=form or Form(schemas.InwardReferralSchema),
        offices=offices,
        token=secrets.token_hex(8),
    )


@blueprint.post(
    "/inward", permission=Permission.INWARD_SEND, accepts=schemas.InwardReferralSchema, page=new
)
def send(actor: Actor, given: dict[str, Any]) -> object:
    """Tell a mission of a person."""
    made = verbs.send(by=actor, given=given)
    session["told"] = made.reference
    return redirect_to("incoming.index")


@blueprint.get("/inward/<reference>", permission=Permission.INWARD_OPEN, subject=queries.inward)
def show(actor: Actor, inward: IncomingReferral, form: Form | None = None) -> str:
    """What was told and who it may be, for the mission; the state, for the partner."""
    opened = allows(actor, Permission.INWARD_TOLD, inward) and inward.own_key is not None
    declining = form is not None and isinstance(form.schema, schemas.InwardDeclineSchema)
    return render_template(
        "referral/incoming.html",
        inward=inward,
        told=verbs.shown(dict(inward.told)) if opened else [],
        found=verbs.known(actor, inward) if opened else [],
        answers=allows(actor, Permission.INWARD_ANSWER, inward),
        form=form if form is not None and not declining else Form(schemas.InwardAnswerSchema),
        decline_form=form if declining else Form(schemas.InwardDeclineSchema),
        partner=inward.partner_id in actor.at(Role.PARTNER),
    )


@blueprint.post(
    "/inward/<reference>/accept", **_ANSWER, accepts=schemas.InwardAnswerSchema, page=show
)
def accept(actor: Actor, inward: IncomingReferral, given: dict[str, str]) -> object:
    """Open a case of it."""
    case = verbs.accept(by=actor, inward=inward, **given)
    return redirect_to("casefile.show", number=case.number)


@blueprint.post(
    "/inward/<reference>/decline", **_ANSWER, accepts=schemas.InwardDeclineSchema, page=show
)
def decline(actor: Actor, inward: IncomingReferral, given: dict[str, str]) -> object:
    """Cannot take the person."""
    verbs.decline(by=actor, inward=inward, **given)
    return redirect_to("incoming.index")
