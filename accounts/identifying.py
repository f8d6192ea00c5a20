"""Who acts in a request, with the grants of this moment; in which language and time zone."""

from dataclasses import replace
from typing import Any

from flask import Flask, Response, current_app, g, request, session
from flask_babel import Babel
from flask_login import LoginManager, current_user
from sqlalchemy.orm import joinedload

from access import actors, forged
from accounts import preferences, tokens
from accounts import queries as people
from models import base, scope
from models.base import db
from models.people import User
from models.witnessed import stands
from notifications import queries
from standards import languages


class WithoutCookies(LoginManager):  # type: ignore[misc]
    """Nobody is remembered beyond a session: nothing is asked of one that could not be opened."""

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


def register(app: Flask) -> None:
    """Find out at the beginning of each request; tell templates, and the database."""
    forged.register(app)
    Babel(app, locale_selector=_locale, timezone_selector=_timezone)
    login = WithoutCookies(app)
    # It marks every session by address and browser, so that whoever comes by would get a row; what
    # it says nobody asks (web.sessions looks at the browser itself).
    login.session_protection = None
    login.user_loader(_account)
    app.before_request(_enter)
    app.teardown_request(_leave)
    app.context_processor(_badges)


def _account(user_id: str) -> User | None:
    return db.session.get(User, int(user_id), options=[joinedload(User.grants)])


def _enter() -> None:
    """The database is told whose request this is, before anything is read for them."""
    if request.endpoint == "static":
        return
    with scope.opened("accounts"):
        g.actor = _of_token() if request.path.startswith("/api/") else _of_session()
    # Read now: an error message is made when the database may answer nothing any more.
    g.locale, g.timezone = _locale(), _timezone()
    g.who = None if g.actor is None else g.actor.id
    base.live_in(_zone_of_office())
    found = scope.standing() if g.actor is None else g.actor.scope
    if _changes_accounts(request.endpoint):
        found = replace(found, openings=found.openings | {"accounts"})
    scope.enter(found)


def _changes_accounts(endpoint: str | None) -> bool:
    """Whether a page belongs to this package: no other one may write who somebody is."""
    view = current_app.view_functions.get(endpoint or "")
    return view is not None and view.__module__.startswith(f"{__package__}.")


def _leave(_error: BaseException | None) -> None:
    """What comes next in this thread begins as it did before the request."""
    base.live_in("")
    if "scope_before" in g:
        scope.put_back(g.scope_before)


def _of_token() -> actors.Actor | None:
    header = request.headers.get("Authorization", "")
    if not header.startswith("Bearer "):
        return None
    token = tokens.find(header.removeprefix("Bearer "), request.remote_addr or "")
    if token is None:
        return None
    return actors.person(token.user, tokens.may(token), _office_asked(token.user))


def _office_asked(user: User) -> int:
    """The office that a program names by ``?office=CODE``, of those of the token's owner; one that
    is none of theirs is no choice, and where one must be made the answer says so.
    """
    code = request.args.get("office", "")
    held = (grant.organisation for grant in user.grants if grant.in_force)
    return next(
        (place.id for place in held if code and place.code == code), actors.NOWHERE if code else 0
    )


def _of_session() -> actors.Actor | None:
    if not current_user.is_authenticated:
        return None
    user: User = current_user._get_current_object()  # noqa: SLF001 -- Flask-Login's proxy
    if not user.active or not stands(user):
        return None
    if not session.get("forced"):
        return actors.person(user, office=session.get("office", 0))
    preferences.show_forced_look(user)
    return actors.under_force(user)


def _badges() -> dict[str, Any]:
    actor = g.get("actor")
    if actor is None or not actor.user or request.path.startswith("/api/"):
        return {}
    return {"unread": queries.unread(actor), "offices_of": people.offices_of}


def _locale() -> str:
    """The language of whoever acts, else the one their browser asks for."""
    if "locale" in g:
        return str(g.locale)
    actor = g.get("actor")
    if actor and actor.user:
        return languages.known(actor.user.locale)
    if not request:
        return languages.SOURCE
    return languages.known(request.accept_languages.best_match(languages.LANGUAGES) or "")


def _timezone() -> str:
    """What moments are shown in: the person's own choice, else that of their organisation."""
    if "timezone" in g:
        return str(g.timezone)
    actor = g.get("actor")
    own = actor.user.timezone if actor and actor.user else ""
    return own or _zone_of_office() or "UTC"


def _zone_of_office() -> str:
    """What days and deadlines are counted in; empty for nobody."""
    actor = g.get("actor")
    if actor is None or actor.user is None:
        return ""
    return actor.works_for.timezone if actor.works_for else actor.user.zone_of_work
