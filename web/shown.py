"""What a form showed (a search, names, the desk of a house) can be gone back to: the page is kept
sealed for some minutes, and shown at an address of its own.

The address holds a random key and nothing else; it opens in the session that asked, and goes with
it. Going back, or loading it again, asks nothing anew: the look stands in the trail once, as it was
made. A page that shows what is seen once (a code, a token) is not kept.
"""

import json
import logging
import secrets
from datetime import timedelta
from typing import cast

from flask import Response, g, request, session
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.utils import redirect

from access.actors import Actor
from encryption.signing import digest
from models import scope
from models.base import begin_writing, db, now
from models.sealed import Unreadable
from models.sent import ShownPage
from web import form_tokens, once, remembered
from web.links import link
from web.sessions import Session

log = logging.getLogger("safeconduct.shown")
MINUTES = 15
DEED = "deed "  # before the key of a deed, in the place of the tokens of a page
MOST_SHOWN = 20  # of one session; the oldest go


def instead(response: Response, by: Actor, *, anew: bool = True) -> Response:
    """The way to the page that a form is answered with, where it is one; else the response.

    In a transaction of its own, after that of the form. Where it cannot be kept now, the page is
    answered as it is: it was asked for, and is in the trail. ``anew``: the forms on it may be sent
    each time that it is shown; else they are the one that was sent, and count once.
    """
    if not _is_page(response) or not isinstance(session, Session) or session.ended:
        return response
    try:
        begin_writing()
        tokens = form_tokens.on_page() if anew else _deed()
        key = _keep(session, by, response.get_data(as_text=True), tokens)
        db.session.commit()
    except SQLAlchemyError as wrong:
        db.session.rollback()
        log.warning("page not kept: %s", type(wrong).__name__)
        return response
    way = cast("Response", redirect(link("shown.show", key), 303))
    for cookie in response.headers.getlist("Set-Cookie"):
        way.headers.add("Set-Cookie", cookie)
    return way


def _deed() -> str:
    """The deed that stands on a page which shows or asks about it before it is done."""
    token = form_tokens.sent()
    return DEED + form_tokens.sent_key(token.text, request.path) if token else ""


def _is_page(response: Response) -> bool:
    """Whether a browser shows it in the place of the page that the form stood on."""
    by_script = request.headers.get("X-Requested-With") == "fetch"
    to_browser = request.method == "POST" and not (by_script or request.path.startswith("/api/"))
    is_html = response.mimetype == "text/html" and not response.is_streamed
    return to_browser and is_html and response.status_code == 200


def _keep(of: Session, by: Actor, page: str, tokens: str) -> str:
    key = secrets.token_urlsafe(18)
    with scope.opened("kept"):
        _make_room(of)
        assert by.user is not None  # of a page; its account, by force too
        row = ShownPage(key=_name(key), session=of.row, user_id=by.user.id)
        row.expires_at = now() + timedelta(minutes=MINUTES)
        about = sorted(remembered.openable(by, remembered.named_in(page)))
        row.shown = json.dumps([page, tokens, _standing(by), about]).encode()
        db.session.add(row)
        db.session.flush()
    return key


def _standing(by: Actor) -> str:
    """What somebody may open, as one name: a role that ended or a case that is kept from them since
    takes the page away too.
    """
    roles = sorted((role, sorted(places)) for role, places in by.by_role.items())
    rest = (by.teams, by.blocked, by.emergency, by.sheltered, by.headquarters)
    return repr((roles, *(sorted(each) for each in rest)))


def _make_room(of: Session) -> None:
    newest = (
        select(ShownPage.id)
        .where(ShownPage.session == of.row)
        .order_by(ShownPage.id.desc())
        .offset(MOST_SHOWN - 1)
        .limit(1)
    )
    last = db.session.execute(newest).scalar()
    if last is not None:
        mine = delete(ShownPage).where(ShownPage.session == of.row)
        db.session.execute(mine.where(ShownPage.id <= last))


def take(key: str) -> str | Response | None:
    """A page of this session, while it is kept. One that asked about a deed, or showed what would
    go, says nothing true once that was done: it leads to what became of it.
    """
    if not isinstance(session, Session):
        return None
    query = select(ShownPage).where(
        ShownPage.key == _name(key), ShownPage.session == session.row, ShownPage.expires_at > now()
    )
    with scope.opened("kept"):
        row = db.session.execute(query).scalar_one_or_none()
        try:
            page, tokens, standing, about = json.loads(row.shown) if row else ("", "", "", [])
        except Unreadable:
            return None
    if standing != _standing(g.actor) or not remembered.may_still(g.actor, about):
        return None
    return _now(str(page), tokens)


def _now(page: str, tokens: str) -> str | Response:
    if tokens.startswith(DEED):
        done = once.led_to(tokens.removeprefix(DEED))
        return cast("Response", redirect(done, 303, Response)) if done else page
    return page.replace(tokens, form_tokens.of_page(g.actor.id)) if tokens else page


def forget_old() -> None:
    """Periodic: after some minutes nobody goes back."""
    db.session.execute(delete(ShownPage).where(ShownPage.expires_at <= now()))


def _name(key: str) -> str:
    """How the row is called: who reads the database goes to no page by it."""
    return digest(b"shown", key.encode()).hex()
