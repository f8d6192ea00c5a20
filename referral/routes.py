"""Pages: referrals of a case, the partner's inbox, one referral."""

import secrets
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from sqlalchemy import select

from access import gate
from access.actors import Actor
from access.fields import NEEDED_BY, gather
from access.permissions import Permission, Role
from access.policy import allows
from casework import consenting
from casework import queries as cases
from casework.heading import head
from models.base import db, now, today
from models.cases import Case
from models.people import Organisation
from models.referrals import Referral
from notifications import hooks
from notifications import queries as notices
from referral import answering, directory, queries, schemas, sending, talking
from web.faults import Absent, RuleBroken
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
    fits = _fits(actor, case, fitting, service)
    return render_template(
        "referral/new.html",
        **head(actor, case, "referrals"),
        form=form,
        partners=[fit.partner for fit in fits],
        fits=[fit for fit in fits if fit.reasons],
        told=told,
        needed=NEEDED_BY.get(service, ()),
        token=secrets.token_hex(8),
        preview=_preview(actor, case, form),
    )


def _fits(actor: Actor, case: Case, partners: list[Organisation], service: str) -> list[directory.Fit]:
    speaks = case.identity.get("languages", []) if allows(actor, Permission.IDENTITY_READ, case) else []
    return directory.suggest(partners, service=service, languages=speaks, city=case.office.city)


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
    also = given.pop("also", [])
    if also:
        partners = [given.pop("partner"), *also]
        sending.send_round(by=actor, case=case, partners=partners, **given)
        return see("referral.of_case", number=case.number)
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
        talks=allows(actor, Permission.REFERRAL_TALK, referral),
        thread=talking.items(referral) if referral.own_key and allows(actor, Permission.REFERRAL_TALK, referral) else [],
        word_form=form if form and isinstance(form.schema, schemas.WordSchema) else Form(schemas.WordSchema),
        messages=[] if partner else notices.about(referral.reference),
        receipt=None if partner else queries.receipt(referral),
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


@room.post("/referrals/<reference>/words", permission=Permission.REFERRAL_TALK, subject=queries.referral, accepts=schemas.WordSchema, page=show)
def talk(actor: Actor, referral: Referral, given: dict[str, str]) -> object:
    """Ask or answer."""
    talking.say(by=actor, referral=referral, words=given["words"])
    return see("referral.show", reference=referral.reference)


@room.get("/partners", permission=Permission.REFERRAL_LIST)
def partners(actor: Actor) -> str:
    """The directory: by service, place, language, open places."""
    asked = {name: request.args.get(name, "")[:60] for name in ("service", "place", "language")}
    found = directory.partners(service=asked["service"], place=asked["place"], language=asked["language"], open_only=bool(request.args.get("open_only")))
    form = Form(schemas.FindSchema, {**asked, "open_only": bool(request.args.get("open_only"))})
    seen = directory.quality([one.id for one in found]) if not actor.holds(Role.PARTNER) else {}
    own = actor.at(Role.PARTNER)
    return render_template("referral/partners.html", found=found, seen=seen, form=form, own=own, stale=now() - directory.STALE, today=today())


def _organisation(_actor: Actor, code: str, **_more: Any) -> Organisation:
    found = db.session.execute(select(Organisation).where(Organisation.code == code, Organisation.kind == "partner")).scalar_one_or_none()
    if found is None:
        raise Absent
    return found


_KEEP: dict[str, Any] = {"permission": Permission.PARTNER_KEEP, "subject": _organisation}


@room.get("/partners/<code>/places", **_KEEP)
def places_form(_actor: Actor, partner: Organisation, form: Form | None = None) -> str:
    """What my organisation says of itself: places open, hours, languages."""
    known = {name: getattr(partner, name) for name in ("languages", "area", "hours", "eligibility", "contact")}
    return render_template("referral/places.html", partner=partner, form=form or Form(schemas.PlacesSchema, known))


@room.post("/partners/<code>/places", **_KEEP, accepts=schemas.PlacesSchema, page=places_form)
def keep_places(actor: Actor, partner: Organisation, given: dict[str, Any]) -> object:
    """Keep it."""
    sent = {name.removeprefix("places__"): value.strip() for name, value in request.form.items() if name.startswith("places__") and value.strip()}
    if not all(value.isascii() and value.isdigit() and len(value) < 6 for value in sent.values()):
        raise RuleBroken(_("Places are whole numbers."), "capacity")
    directory.keep(by=actor, partner=partner, given={**given, "capacity": {code: int(value) for code, value in sent.items()}})
    return see("referral.partners")


@room.get("/partners/<code>/webhook", **_KEEP)
def webhook(_actor: Actor, partner: Organisation, form: Form | None = None, secret: str = "") -> str:
    """Notices to my organisation's own system, and what became of them."""
    hook = hooks.hook_of(partner.id)
    shown = {"partner": partner, "hook": hook, "messages": hooks.messages(hook) if hook else [], "secret": secret}
    return render_template("referral/webhook.html", **shown, form=form or Form(schemas.HookSchema, {"url": hook.url if hook else ""}))


@room.post("/partners/<code>/webhook", **_KEEP, accepts=schemas.HookSchema, page=webhook, fresh=True)
def keep_webhook(actor: Actor, partner: Organisation, given: dict[str, str]) -> str:
    """Set the address; the secret is shown once."""
    secret = hooks.keep(organisation_id=partner.id, url=given["url"])
    gate.note("webhook_set", subject=partner.code)
    db.session.flush()
    return webhook(actor, partner, secret=secret)


@room.post("/partners/<code>/webhook/secret", **_KEEP, fresh=True)
def rotate_webhook(actor: Actor, partner: Organisation) -> str:
    """A new secret, shown once; the one before signs for another day."""
    hook = hooks.hook_of(partner.id)
    if hook is None:
        raise Absent
    gate.note("webhook_rotated", subject=partner.code)
    return webhook(actor, partner, secret=hooks.rotate(hook))


@room.post("/partners/<code>/webhook/<int:number>/again", **_KEEP)
def again(_actor: Actor, partner: Organisation) -> object:
    """Send a message once more."""
    hook = hooks.hook_of(partner.id)
    if hook is None:
        raise Absent
    hooks.again(hook, (request.view_args or {})["number"])
    return see("referral.webhook", code=partner.code)


@room.post("/referrals/<reference>/revoke", permission=Permission.REFERRAL_REVOKE, subject=queries.referral)
def revoke(actor: Actor, referral: Referral) -> object:
    """Take the referral back."""
    sending.revoke(by=actor, referral=referral)
    return see("referral.show", reference=referral.reference)
