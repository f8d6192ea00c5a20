"""Pages: referrals of a case, the partner's inbox, one referral."""

import secrets
from typing import Any

from flask import render_template, request

from access.actors import Actor
from access.fields import NEEDED_BY, gather
from access.permissions import Permission, Role
from access.policy import allows
from casework import consenting
from casework import queries as cases
from casework.routes import head
from models.base import today
from models.cases import Case
from models.people import Organisation
from models.referrals import Referral
from notifications import queries as notices
from referral import answering, queries, schemas, sending
from web.forms import Form
from web.room import Room, see

room = Room("referral", __name__)


@room.get("/referrals", permission=Permission.REFERRAL_LIST)
def index(actor: Actor) -> str:
    """A partner's inbox, or what a mission sent."""
    group = request.args.get("group", "waiting")
    group = group if group in queries.GROUPS else "waiting"
    page = queries.referrals(actor, group, request.args.get("after", ""))
    partner = actor.holds(Role.PARTNER)
    return render_template("referral/index.html", page=page, group=group, counts=queries.counts(actor), partner=partner)


@room.get("/cases/<number>/referrals", permission=Permission.REFERRAL_SEND, subject=cases.case)
def of_case(actor: Actor, case: Case) -> str:
    """The referrals of a case."""
    return render_template("referral/of_case.html", **head(actor, case, "referrals"), referrals=queries.of_case(case))


@room.get("/cases/<number>/referrals/new", permission=Permission.REFERRAL_SEND, subject=cases.case)
def new(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Choose service, partner and fields; see what the partner will see."""
    form = form or Form(schemas.ReferralSchema, {"service": request.args.get("service", ""), "urgency": "standard"})
    service = str(form.data.get("service") or "")
    told = [partner for partner in cases.partners() if consenting.may_tell(case, partner.id)]
    fitting = [partner for partner in told if not service or service in partner.services]
    return render_template(
        "referral/new.html",
        **head(actor, case, "referrals"),
        form=form,
        partners=_ranked(fitting),
        told=told,
        needed=NEEDED_BY.get(service, ()),
        token=secrets.token_hex(8),
        preview=_preview(actor, case, form),
    )


def _ranked(partners: list[Organisation]) -> list[Organisation]:
    return sorted(partners, key=lambda partner: partner.name)


def _preview(actor: Actor, case: Case, form: Form) -> dict[str, Any] | None:
    """What the partner will see, from the fields ticked; none before a service and fields are chosen."""
    service, ticked = form.data.get("service"), form.data.get("fields") or []
    if service not in NEEDED_BY or not ticked or not request.form.get("preview"):
        return None
    chosen = sending.release(actor, case, str(service), list(ticked))
    return {"values": sending.shown(gather(case, chosen.fields)), "kept": chosen.kept}


@room.post("/cases/<number>/referrals/preview", permission=Permission.REFERRAL_SEND, subject=cases.case)
def preview(actor: Actor, case: Case) -> str:
    """The same form with the partner's view beside it. Nothing is sent."""
    from_form = {
        "partner": request.form.get("partner", ""),
        "service": request.form.get("service", ""),
        "urgency": request.form.get("urgency", "standard"),
        "language": request.form.get("language", ""),
        "fields": request.form.getlist("fields"),
    }
    return new(actor, case, form=Form(schemas.ReferralSchema, from_form))


@room.post("/cases/<number>/referrals", permission=Permission.REFERRAL_SEND, subject=cases.case, accepts=schemas.ReferralSchema, page=new)
def send(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Send part of this case to a partner."""
    referral = sending.send(by=actor, case=case, **given)
    return see("referral.show", reference=referral.reference)


@room.get("/referrals/<reference>", permission=Permission.REFERRAL_OPEN, subject=queries.referral)
def show(actor: Actor, referral: Referral, form: Form | None = None) -> str:
    """One referral: the partner's page, or the sender's."""
    may = {
        name: allows(actor, permission, referral)
        for name, permission in {
            "answer": Permission.REFERRAL_ANSWER,
            "serve": Permission.REFERRAL_SERVE,
            "revoke": Permission.REFERRAL_REVOKE,
            "released": Permission.REFERRAL_RELEASED,
        }.items()
    }
    opened = may["released"] and referral.own_key is not None
    partner = referral.partner_id in actor.at(Role.PARTNER)
    return render_template(
        "referral/show.html",
        referral=referral,
        can=may,
        partner=partner,
        released=sending.shown(dict(referral.released)) if opened else {},
        notes=dict(referral.answer) if opened else {},
        messages=[] if partner else notices.about(referral.reference),
        service_form=form
        if form and isinstance(form.schema, schemas.ServiceSchema)
        else Form(schemas.ServiceSchema, {"kind": referral.service, "given_on": today(), "quantity": 1}),
        decline_form=form if form and isinstance(form.schema, schemas.DeclineSchema) else Form(schemas.DeclineSchema),
        token=secrets.token_hex(8),
    )


_PARTNER: dict[str, Any] = {"permission": Permission.REFERRAL_SERVE, "subject": queries.referral}


@room.post("/referrals/<reference>/accept", permission=Permission.REFERRAL_ANSWER, subject=queries.referral)
def accept(actor: Actor, referral: Referral) -> object:
    """Take the person."""
    answering.accept(by=actor, referral=referral)
    return see("referral.show", reference=referral.reference)


@room.post("/referrals/<reference>/decline", permission=Permission.REFERRAL_ANSWER, subject=queries.referral, accepts=schemas.DeclineSchema, page=show)
def decline(actor: Actor, referral: Referral, given: dict[str, str]) -> object:
    """Cannot take the person."""
    answering.decline(by=actor, referral=referral, **given)
    return see("referral.index")


@room.post("/referrals/<reference>/services", **_PARTNER, accepts=schemas.ServiceSchema, page=show)
def log_service(actor: Actor, referral: Referral, given: dict[str, Any]) -> object:
    """Log a service."""
    answering.log_service(by=actor, referral=referral, **given)
    return see("referral.show", reference=referral.reference)


@room.post("/referrals/<reference>/complete", **_PARTNER)
def complete(actor: Actor, referral: Referral) -> object:
    """The service is done; access ends."""
    answering.complete(by=actor, referral=referral)
    return see("referral.index", group="done")


@room.post("/referrals/<reference>/revoke", permission=Permission.REFERRAL_REVOKE, subject=queries.referral)
def revoke(actor: Actor, referral: Referral) -> object:
    """Take the referral back."""
    sending.revoke(by=actor, referral=referral)
    return see("referral.show", reference=referral.reference)
