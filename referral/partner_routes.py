"""Pages: the network of partners: the directory, what a partner says of itself, its own system, the pathways, its own log."""

import csv
import io
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Permission, Role
from models.base import db, now, today
from models.people import Organisation
from models.rules import RuleBroken
from notifications import webhooks
from referral import directory, pathways, queries, schemas
from standards import currencies, lists
from web import template_filters
from web.errors import NotFound
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("partners", __name__)


@blueprint.get("/partners", permission=Permission.REFERRAL_LIST)
def partners(actor: Actor) -> str:
    """The directory: by service, place, language, open places."""
    asked = {name: request.args.get(name, "")[:60] for name in ("service", "place", "language")}
    found = directory.partners(
        service=asked["service"],
        place=asked["place"],
        language=asked["language"],
        open_only=bool(request.args.get("open_only")),
    )
    form = Form(schemas.FindSchema, {**asked, "open_only": bool(request.args.get("open_only"))})
    seen = directory.quality([one.id for one in found]) if not actor.holds(Role.PARTNER) else {}
    own = actor.at(Role.PARTNER)
    return render_template(
        "referral/partners.html",
        found=found,
        seen=seen,
        form=form,
        own=own,
        stale=now() - directory.STALE,
        today=today(),
    )


def _organisation(_actor: Actor, code: str, **_more: Any) -> Organisation:
    found = db.session.execute(
        select(Organisation).where(Organisation.code == code, Organisation.kind == "partner")
    ).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


_KEEP: dict[str, Any] = {"permission": Permission.PARTNER_KEEP, "subject": _organisation}


@blueprint.get("/partners/<code>/places", **_KEEP)
def places_form(_actor: Actor, partner: Organisation, form: Form | None = None) -> str:
    """What my organisation says of itself: places open, hours, languages."""
    known = {
        name: getattr(partner, name)
        for name in ("languages", "area", "hours", "eligibility", "contact")
    }
    return render_template(
        "referral/places.html", partner=partner, form=form or Form(schemas.PlacesSchema, known)
    )


@blueprint.post("/partners/<code>/places", **_KEEP, accepts=schemas.PlacesSchema, page=places_form)
def keep_places(actor: Actor, partner: Organisation, given: dict[str, Any]) -> object:
    """Keep it."""
    sent = {
        name.removeprefix("places__"): value.strip()
        for name, value in request.form.items()
        if name.startswith("places__") and value.strip()
    }
    if not all(value.isascii() and value.isdigit() and len(value) < 6 for value in sent.values()):
        raise RuleBroken(_("Places are whole numbers."), "capacity")
    directory.keep(
        by=actor,
        partner=partner,
        given={**given, "capacity": {code: int(value) for code, value in sent.items()}},
    )
    return redirect_to("partners.partners")


@blueprint.get("/partners/<code>/webhook", **_KEEP)
def webhook(
    _actor: Actor, partner: Organisation, form: Form | None = None, secret: str = ""
) -> str:
    """Notices to my organisation's own system, and what became of them."""
    hook = webhooks.hook_of(partner.id)
    shown = {
        "partner": partner,
        "hook": hook,
        "messages": webhooks.messages(hook) if hook else [],
        "secret": secret,
    }
    return render_template(
        "referral/webhook.html",
        **shown,
        form=form or Form(schemas.HookSchema, {"url": hook.url if hook else ""}),
    )


@blueprint.post(
    "/partners/<code>/webhook", **_KEEP, accepts=schemas.HookSchema, page=webhook, fresh=True
)
def keep_webhook(actor: Actor, partner: Organisation, given: dict[str, str]) -> str:
    """Set the address; the secret is shown once."""
    secret = webhooks.keep(organisation_id=partner.id, url=given["url"])
    audit.record("webhook_set", subject=partner.code)
    db.session.flush()
    return webhook(actor, partner, secret=secret)


@blueprint.post("/partners/<code>/webhook/secret", **_KEEP, fresh=True)
def rotate_webhook(actor: Actor, partner: Organisation) -> str:
    """A new secret, shown once; the one before signs for another day."""
    hook = webhooks.hook_of(partner.id)
    if hook is None:
        raise NotFound
    audit.record("webhook_rotated", subject=partner.code)
    return webhook(actor, partner, secret=webhooks.rotate(hook))


@blueprint.post("/partners/<code>/webhook/<int:number>/again", **_KEEP)
def again(_actor: Actor, partner: Organisation) -> object:
    """Send a message once more."""
    hook = webhooks.hook_of(partner.id)
    if hook is None:
        raise NotFound
    webhooks.again(hook, (request.view_args or {})["number"])
    return redirect_to("partners.webhook", code=partner.code)


@blueprint.get("/pathways", permission=Permission.PATHWAY_SEE)
def pathway(actor: Actor) -> str:
    """Who helps with what, in which order, for a kind of case and an area."""
    offices = (
        [grant.organisation for grant in actor.user.grants if grant.in_force] if actor.user else []
    )
    category = request.args.get("category", "trafficking")
    category = category if category in pathways.STEPS else "trafficking"
    place = request.args.get("place", offices[0].country if offices else "")[:60]
    stops = pathways.pathway(category, place)
    form = Form(schemas.PathwaySchema, {"category": category, "place": place})
    return render_template(
        "referral/pathway.html",
        stops=stops,
        drawn=pathways.drawn(stops),
        form=form,
        category=category,
        place=place,
    )


@blueprint.get("/referrals/log.csv", permission=Permission.REFERRAL_LOG)
def log(actor: Actor) -> Response:
    """A partner's own log of services as a table: references and coded facts, no name."""
    text = io.StringIO()
    heads = (
        _("Referral"),
        _("From"),
        _("Service"),
        _("Day"),
        _("Quantity"),
        _("Outcome"),
        _("What it cost"),
        _("Currency"),
    )
    lines = [
        (
            service.referral.reference,
            service.referral.office.name,
            lists.label(lists.SERVICES, service.kind),
            service.given_on.isoformat(),
            service.quantity,
            lists.label(lists.SERVICE_OUTCOMES, service.outcome),
            currencies.plain(service.cost_minor, service.currency) if service.cost_minor else "",
            service.currency,
        )
        for service in queries.log(actor)
    ]
    csv.writer(text).writerows(
        [[template_filters.defused(str(cell)) for cell in line] for line in (heads, *lines)]
    )
    audit.record("exported", subject="service log")
    headers = {"Content-Disposition": f"attachment; filename=services-{today()}.csv"}
    return Response("\ufeff" + text.getvalue(), mimetype="text/csv", headers=headers)
