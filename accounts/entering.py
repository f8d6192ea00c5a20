"""Sessions of people: the step between password and second factor, the beginning, the end."""

from datetime import timedelta
from urllib.parse import urlsplit

from flask import current_app, request, session
from flask_login import login_user, logout_user

from access import audit
from access.actors import person
from accounts import signing_in
from models.base import db, now
from models.people import User
from web.sessions import Session

FRESH = timedelta(minutes=10)  # for so long a second factor counts as given just now


def needs_second_step(user: User) -> bool:
    """Whether a password alone does not let this account in."""
    required = bool(current_app.config["SETTINGS"].totp_required)
    return required or signing_in.has_second_factor(user)


def begin_halfway(user: User, target: str) -> None:
    """Remember whose password was right, and where they wanted to go, until the second step."""
    session["half_in"] = user.id
    session["next"] = target


def is_halfway() -> bool:
    """Whether a password was right in this session, and the second step is awaited."""
    return "half_in" in session


def halfway() -> User | None:
    """Whose password was right."""
    return db.session.get(User, session.get("half_in", 0))


def target() -> str:
    """Where whoever is half in wanted to go; it is asked once."""
    return str(session.pop("next", ""))


def begin(user: User, *, fresh: bool = False) -> None:
    """Begin the session of ``user`` under a new token.

    ``fresh``: a second factor was given, so that deeds which ask for one go through at once.
    """
    session.pop("half_in", None)
    login_user(user)
    if fresh:
        keep_fresh()
    session["browser"] = _browser()
    _renew()
    actor = person(user)
    audit.append([audit.AuditEntry(actor.name, "signed_in", actor.home, user.id)])


def keep_fresh() -> None:
    """A second factor was given just now."""
    session["fresh_until"] = (now() + FRESH).timestamp()


def end() -> None:
    """End the session, on the server too."""
    logout_user()
    session.clear()
    _renew()


def lock() -> None:
    """Lock the screen, on the server too."""
    session["locked"] = True


def unlock() -> None:
    """Open the locked screen."""
    session.pop("locked", None)
    session["unlocked_at"] = now().timestamp()


def token() -> str:
    """The token of this session; empty where it has none yet."""
    return str(getattr(session, "token", ""))


def _renew() -> None:
    if isinstance(session, Session):
        session.renew()


def _browser() -> str:
    """The kind of browser, coarse on purpose: enough to recognise one's own."""
    text = request.user_agent.string
    name = next((word for word in ("Firefox", "Edg", "Chrome", "Safari") if word in text), "")
    system = next(
        (word for word in ("Android", "iPhone", "iPad", "Windows", "Mac", "Linux") if word in text),
        "",
    )
    return f"{name.replace('Edg', 'Edge')} {system}".strip()


def safe_path(target: str) -> str:
    """A path of ours, or nothing: never another site."""
    parts = urlsplit(target)
    inside = (
        target.startswith("/")
        and not target.startswith(("//", "/\\"))
        and not parts.netloc
        and not parts.scheme
    )
    return target if inside and target.isprintable() and "\\" not in target else ""


def next_path() -> str:
    """Where the form or the address says to go afterwards, if it is a path of ours."""
    return safe_path(request.values.get("next", ""))
