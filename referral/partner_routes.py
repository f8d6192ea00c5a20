"""Pages: the network of partners: the directory, what a partner says of itself, the pathways."""

from typing import Any

from flask import Response, render_template, request

from access.actors import Actor
from access.permissions import Permission
from models.base import today
from models.people import Organisation
from models.referrals import Referral
from referral import directory, own_system, queries, schemas, service_log
from referral import network_pages as pages
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("partners", __name__)
_KEEP: dict[str, Any] = {"permission": Permission.PARTNER_KEEP, "subject": queries.partner}


@blueprint.get("/partners", permission=Permission.REFERRAL_LIST)
def partners(actor: Actor) -> str:
    """The directory: by service, place, language, open places."""
    asked = {name: request.args.get(name, "")[:60] for name in ("service", "place", "language")}
    open_only = bool(request.args.get("open_only"))
    after = request.args.get("after", "")
    shown = pages.partners(actor, asked, open_only=open_only, after=after)
    return render_template("referral/partners.html", **shown)


@blueprint.get("/partners/<code>/places", **_KEEP)
def places_form(_actor: Actor, partner: Organisation, form: Form | None = None) -> str:
    """What my organisation says of itself: places open, hours, languages."""
    return render_template("referral/places.html", **pages.places(partner, form))


@blueprint.post("/partners/<code>/places", **_KEEP, accepts=schemas.PlacesSchema, page=places_form)
def keep_places(actor: Actor, partner: Organisation, given: dict[str, Any]) -> object:
    """Keep it. The form has a field of its own for the places of each service."""
    capacity = {
        name.removeprefix("places__"): count
        for name, count in request.form.items()
        if name.startswith("places__")
    }
    directory.keep(by=actor, partner=partner, given={**given, "capacity": capacity})
    return redirect_to("partners.partners")


@blueprint.get("/partners/<code>/webhook", **_KEEP)
def webhook(
    _actor: Actor, partner: Organisation, form: Form | None = None, secret: str = ""
) -> str:
    """Notices to my organisation's own system, and what became of them."""
    shown = pages.webhook(partner, form, secret, request.args.get("after", ""))
    return render_template("referral/webhook.html", **shown)


@blueprint.post(
    "/partners/<code>/webhook",
    **_KEEP,
    accepts=schemas.HookSchema,
    page=webhook,
    fresh=True,
    secret=True,
)
def keep_webhook(actor: Actor, partner: Organisation, given: dict[str, str]) -> str:
    """Set the address; the secret is shown once."""
    secret = own_system.set_address(partner=partner, url=given["url"])
    return webhook(actor, partner, secret=secret)


@blueprint.post("/partners/<code>/webhook/secret", **_KEEP, fresh=True, secret=True)
def rotate_webhook(actor: Actor, partner: Organisation) -> str:
    """A new secret, shown once; the one before signs for another day."""
    return webhook(actor, partner, secret=own_system.new_secret(partner=partner))


@blueprint.post("/partners/<code>/webhook/<int:message_id>/again", **_KEEP)
def again(_actor: Actor, partner: Organisation) -> object:
    """Send a message once more."""
    message_id = (request.view_args or {})["message_id"]
    own_system.send_again(partner=partner, message_id=message_id)
    return redirect_to("partners.webhook", partner)


@blueprint.get("/pathways", permission=Permission.PATHWAY_SEE)
def pathway(actor: Actor) -> str:
    """Who helps with what, in which order, for a kind of case and an area."""
    category = request.args.get("category", "trafficking")
    shown = pages.pathway(actor, category, request.args.get("place"))
    return render_template("referral/pathway.html", **shown)


@blueprint.get("/referrals/log.csv", permission=Permission.REFERRAL_LOG)
def log(actor: Actor) -> Response:
    """A partner's own log of services as a table: references and coded facts, no name."""
    headers = {"Content-Disposition": f"attachment; filename=services-{today()}.csv"}
    return Response(service_log.table(actor), mimetype="text/csv", headers=headers)


@blueprint.get(
    "/referrals/ended/<reference>", permission=Permission.REFERRAL_LOG, subject=queries.ended
)
def ended(_actor: Actor, referral: Referral) -> str:
    """What my organisation did for a referral that ended, without the person."""
    return render_template("referral/ended.html", referral=referral)
