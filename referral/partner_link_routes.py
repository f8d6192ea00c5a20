"""Pages for a partner without accounts: a code for the link, then one card to accept or decline,
and after accepting to log services and to say that the service is done.

Open to everybody, and they show nobody anything else. A browser may have opened several links: the
address of each card names which, by a word that opens nothing without the session that holds it.
"""

import secrets
from datetime import timedelta
from typing import Any

from flask import g, render_template, request, session
from flask_babel import refresh
from marshmallow import ValidationError

from models.base import live_in, now
from models.referrals import Referral
from referral import pages, partner_links, schemas
from web.errors import NotFound, Over, over
from web.forms import Form, FormSchema, load, typed
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("partner_links", __name__)


@blueprint.open_get("/answer/<token>")
def code(token: str) -> str:
    """Asks for the code; whether there is such a link is not said."""
    return render_template("referral/partner_link_code.html", form=Form(schemas.LinkCodeSchema))


@blueprint.open_post("/answer/<token>")
def enter(token: str) -> Any:
    """Check link and code; used up, it opens one referral for half an hour."""
    used = partner_links.enter(token, request.form.get("code", "")[:20])
    if used is None:
        form = Form(schemas.LinkCodeSchema, {}, {"code": [str(schemas.WRONG_CODE)]})
        return render_template("referral/partner_link_code.html", form=form), 422
    if isinstance(used, Over):
        return over(used)
    session.renew()  # type: ignore[attr-defined]  # another session than the one that guessed
    until = now() + timedelta(minutes=partner_links.MINUTES)
    opened = secrets.token_urlsafe(12)
    of_this = {opened: {"link": used.id, "until": until.timestamp()}}
    session["links"] = session.get("links", {}) | of_this
    return redirect_to("partner_links.card", opened)


def _sent(schema: type[FormSchema]) -> tuple[dict[str, Any], Form | None]:
    """What the form gives, or the form again with what is wrong about it."""
    sent = typed(schema, request.form)
    try:
        return load(schema, sent, lenient=True), None
    except ValidationError as wrong:
        return {}, Form(schema, sent, wrong.normalized_messages())


def _referral(opened: str) -> Referral:
    """The referral that was opened under this name by this browser, while it may be read."""
    held = session.get("links", {}).get(opened)
    if held is None:
        raise NotFound
    if held["until"] < now().timestamp():
        raise partner_links.open_no_longer()
    referral = partner_links.referral_of(held["link"])
    # Nobody is signed in who would have a zone: times and days are those of whoever reads.
    g.timezone = partner_links.zone(referral)
    refresh()
    live_in(g.timezone)
    return referral


@blueprint.open_get("/answer/opened/<opened>", writes=True)
def card(opened: str, form: Form | None = None) -> str:
    """The card; after accepting, what was released. To read, nothing more."""
    referral = _referral(opened)
    with partner_links.as_partner(referral) as actor:
        shown = pages.partner_card(actor, referral, form)
        return render_template("referral/partner_link_card.html", opened=opened, **shown)


@blueprint.open_post("/answer/opened/<opened>/accept")
def accept(opened: str) -> Any:
    """Take the person."""
    partner_links.accept(_referral(opened))
    return redirect_to("partner_links.card", opened)


@blueprint.open_post("/answer/opened/<opened>/decline")
def decline(opened: str) -> Any:
    """Cannot take the person."""
    referral = _referral(opened)
    given, wrong = _sent(schemas.DeclineSchema)
    if wrong:
        return card(opened, form=wrong), 422
    partner_links.decline(referral, given)
    return _done(opened)


@blueprint.open_post("/answer/opened/<opened>/services")
def log_service(opened: str) -> Any:
    """Log a service; the link stays open for its half hour."""
    referral = _referral(opened)
    given, wrong = _sent(schemas.ServiceSchema)
    if wrong:
        return card(opened, form=wrong), 422
    broken = partner_links.log_service(referral, given)
    if broken is None:
        return redirect_to("partner_links.card", opened)
    sent = typed(schemas.ServiceSchema, request.form)
    return card(opened, form=Form(schemas.ServiceSchema, sent, broken)), 422


@blueprint.open_post("/answer/opened/<opened>/complete")
def complete(opened: str) -> Any:
    """The service is done; what was released ends, and the link with it."""
    referral = _referral(opened)
    given, wrong = _sent(schemas.CompleteSchema)
    if wrong:
        return card(opened, form=wrong), 422
    partner_links.complete(referral, given)
    return _done(opened)


def _done(opened: str) -> str:
    """The answer is passed on, and this browser opens it no more; its other links stay open."""
    session["links"] = {name: held for name, held in session["links"].items() if name != opened}
    return render_template("referral/partner_link_done.html")
