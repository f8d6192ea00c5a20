"""What stands before every page of somebody signed in: a locked screen, a password that somebody
else chose, a second factor that is not fresh. What they sent is kept for them.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from flask import Response, g, redirect, request, session

from access.actors import Actor
from models.base import now
from models.people import User
from web import form_tokens, keeping
from web.errors import is_script, stopped
from web.links import link
from web.sessions import Session

View = Callable[..., Any]


def barred(guarded: View, *, fresh: bool) -> View:
    """Before everything else: a locked screen, a password that somebody else chose, a second factor
    that is not fresh.
    """

    @wraps(guarded)
    def run(**arguments: Any) -> Any:
        actor: Actor | None = g.get("actor")
        on_a_page = actor is not None and not request.path.startswith("/api/")
        stop = _stop(actor.user, fresh=fresh) if actor and actor.user and on_a_page else None
        return stop or guarded(**arguments)

    return run


def _stop(user: User, *, fresh: bool) -> Response | None:
    """Where somebody is sent who may not go on yet. What they sent is kept for them."""
    if isinstance(session, Session) and session.locked:
        return stop_at("accounts_security.unlock", "locked")
    if user.must_change:
        return _to("accounts_security.first_password")
    if fresh and not is_fresh():
        return stop_at("accounts_security.confirm", "factor")
    return None


def is_fresh() -> bool:
    """Whether this session proved itself by a second factor within the last minutes."""
    return bool(session.get("fresh_until", 0) > now().timestamp())


def stop_at(endpoint: str, why: str) -> Response:
    """Send to a page that asks for more, and from there back to where one was, or to the form that
    was sent. A script is told why instead.
    """
    if is_script():
        return stopped(423, why)
    if request.method == "GET":
        return _to(endpoint, next=request.full_path.rstrip("?"))
    kept = keeping.keep_sent(why)
    token = form_tokens.sent()
    at_once = "1" if kept and why == "factor" else ""
    back = link("unfinished.take_up", kept, now=at_once) if kept else token and token.page
    return _to(endpoint, next=back or None)


def _to(page: str, **arguments: Any) -> Response:
    return cast("Response", redirect(link(page, **arguments), 303))
