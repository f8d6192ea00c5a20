"""Pages for a partner without accounts: a code for the link, then one card to accept or decline. Open to everybody, and they show nobody anything else."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import render_template, request, session
from marshmallow import ValidationError

from access import audit
from access.gate import acting
from access.permissions import Permission
from access.policy import allows, require
from models import scope
from models.base import db, now
from models.referrals import Referral
from models.rules import RuleBroken
from referral import partner_links, responses, schemas, sending
from web.errors import NotFound, page_for
from web.forms import Form, load, typed
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("partner_links", __name__)


@blueprint.open_get("/answer/<token>")
def code(token: str) -> str:
    """Asks for the code; whether there is such a link is not said."""
    return render_template("referral/partner_link_code.html", form=Form(schemas.LinkCodeSchema))


@blueprint.open_post("/answer/<token>")
def enter(token: str) -> Any:
    """Check link and code; used up, it opens one referral for half an hour."""
    link = partner_links.use(token, request.form.get("code", "")[:20])
    if link is None:
        audit.append([audit.AuditEntry("nobody", "link_failed")])
        form = Form(schemas.LinkCodeSchema, {}, {"code": [str(schemas.WRONG_CODE)]})
        return render_template("referral/partner_link_code.html", form=form), 422
    session.renew()  # type: ignore[attr-defined]  # another session than the one that guessed
    session["link"], session["link_until"] = (
        link.id,
        (now() + timedelta(minutes=partner_links.MINUTES)).timestamp(),
    )
    audit.append(
        [
            audit.AuditEntry(
                f"link:{link.referral.reference}",
                "link_opened",
                link.referral.partner_id,
                subject=link.referral.reference,
            )
        ]
    )
    return redirect_to("partner_links.card")


def _referral() -> Referral:
    """The referral this browser's link opened, while it may be read."""
    if session.get("link_until", 0) < now().timestamp():
        raise NotFound
    return partner_links.referral_of(session["link"])


@contextmanager
def _as_partner(referral: Referral) -> Iterator[Any]:
    scope.enter(partner_links.actor(referral).scope)
    with acting(partner_links.actor(referral), purpose="link") as gate:
        yield gate.actor
        db.session.flush()
        audit.append(gate.pending())


@blueprint.open_get("/answer", writes=True)
def card(form: Form | None = None) -> str:
    """The card; after accepting, what was released. To read, nothing more."""
    referral = _referral()
    with _as_partner(referral) as actor:
        released = (
            sending.shown(dict(referral.released))
            if allows(actor, Permission.REFERRAL_RELEASED, referral) and referral.own_key
            else {}
        )
        answers = allows(actor, Permission.REFERRAL_ANSWER, referral)
        return render_template(
            "referral/partner_link_card.html",
            referral=referral,
            released=released,
            answers=answers,
            form=form or Form(schemas.DeclineSchema),
        )


@blueprint.open_post("/answer/accept")
def accept() -> Any:
    """Take the person."""
    referral = _referral()
    try:
        with _as_partner(referral) as actor:
            require(actor, Permission.REFERRAL_ANSWER, referral)
            responses.accept(by=actor, referral=referral)
    except RuleBroken:
        db.session.rollback()
        return page_for(404)
    return redirect_to("partner_links.card")


@blueprint.open_post("/answer/decline")
def decline() -> Any:
    """Cannot take the person."""
    referral = _referral()
    sent = typed(schemas.DeclineSchema, request.form)
    try:
        given = load(schemas.DeclineSchema, sent, lenient=True)
    except ValidationError as wrong:
        return card(form=Form(schemas.DeclineSchema, sent, wrong.normalized_messages())), 422
    with _as_partner(referral) as actor:
        require(actor, Permission.REFERRAL_ANSWER, referral)
        responses.decline(by=actor, referral=referral, **given)
    del session["link"], session["link_until"]
    return render_template("referral/partner_link_done.html")
