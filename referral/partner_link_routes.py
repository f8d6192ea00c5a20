"""Pages for a partner without accounts: a code for the link, then one card to accept or decline,
and after accepting to log services and to say that the service is done.

Open to everybody, and they show nobody anything else.
"""

from datetime import timedelta
from typing import Any

from flask import render_template, request, session
from marshmallow import ValidationError

from models.base import now
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
    session["link"] = used.id
    until = now() + timedelta(minutes=partner_links.MINUTES)
    session["link_until"] = until.timestamp()
    return redirect_to("partner_links.card")


def _sent(schema: type[FormSchema]) -> tuple[dict[str, Any], Form | None]:
    """What the form gives, or the form again with what is wrong about it."""
    sent = typed(schema, request.form)
    try:
        return load(schema, sent, lenient=True), None
    except ValidationError as wrong:
        return {}, Form(schema, sent, wrong.normalized_messages())


def _referral() -> Referral:
    """The referral this browser's link opened, while it may be read."""
    if "link" not in session:
        raise NotFound
    if session.get("link_until", 0) < now().timestamp():
        raise partner_links.open_no_longer()
    return partner_links.referral_of(session["link"])


@blueprint.open_get("/answer", writes=True)
def card(form: Form | None = None) -> str:
    """The card; after accepting, what was released. To read, nothing more."""
    referral = _referral()
    with partner_links.as_partner(referral) as actor:
        shown = pages.partner_card(actor, referral, form)
        return render_template("referral/partner_link_card.html", **shown)


@blueprint.open_post("/answer/accept")
def accept() -> Any:
    """Take the person."""
    partner_links.accept(_referral())
    return redirect_to("partner_links.card")


@blueprint.open_post("/answer/decline")
def decline() -> Any:
    """Cannot take the person."""
    referral = _referral()
    given, wrong = _sent(schemas.DeclineSchema)
    if wrong:
        return card(form=wrong), 422
    partner_links.decline(referral, given)
    return _done()


@blueprint.open_post("/answer/services")
def log_service() -> Any:
    """Log a service; the link stays open for its half hour."""
    referral = _referral()
    given, wrong = _sent(schemas.ServiceSchema)
    if wrong:
        return card(form=wrong), 422
    broken = partner_links.log_service(referral, given)
    if broken is None:
        return redirect_to("partner_links.card")
    sent = typed(schemas.ServiceSchema, request.form)
    return card(form=Form(schemas.ServiceSchema, sent, broken)), 422


@blueprint.open_post("/answer/complete")
def complete() -> Any:
    """The service is done; what was released ends, and the link with it."""
    referral = _referral()
    given, wrong = _sent(schemas.CompleteSchema)
    if wrong:
        return card(form=wrong), 422
    partner_links.complete(referral, given)
    return _done()


def _done() -> str:
    """The answer is passed on, and this browser opens nothing any more."""
    del session["link"], session["link_until"]
    return render_template("referral/partner_link_done.html")
