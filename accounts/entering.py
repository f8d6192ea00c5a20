"""Sessions of people: the step between password and second factor, the beginning, the end."""

from datetime import timedelta

from flask import current_app, request, session
from flask_login import login_user, logout_user

from access import audit
from access.actors import person
from accounts import alarms, signing_in, throttle
from accounts.ending import Way, end_access
from models.base import db, now
from models.people import User
from web import sessions
from web.links import path_of_ours
from web.sessions import Session, kind_of, wrong_tries

HALFWAY = timedelta(minutes=5)
FRESH = timedelta(minutes=10)  # for so long a second factor counts as given just now


def needs_second_step(user: User) -> bool:
    """Whether a password alone does not let this account in."""
    required = bool(current_app.config["SETTINGS"].totp_required)
    return required or signing_in.has_second_factor(user)


def begin_halfway(user: User, target: str, *, forced: bool = False) -> None:
    """Remember whose password was right, and where they wanted to go, until the second step.

    For some minutes, and no longer than password and factor stay what they were.
    """
    session["half_in"] = user.id
    session["half_in_by"] = signing_in.fingerprint(user)
    session["half_in_until"] = (now() + HALFWAY).timestamp()
    session["next"] = target
    session["half_forced"] = forced
    renew()


def is_halfway() -> bool:
    """Whether a password was right in this session, and the second step is awaited."""
    return halfway() is not None


def halfway() -> User | None:
    """Whose password was right a moment ago, and still is."""
    user = db.session.get(User, session.get("half_in", 0))
    if user is None or not user.active or session["half_in_until"] < now().timestamp():
        return None
    return user if session["half_in_by"] == signing_in.fingerprint(user) else None


def target() -> str:
    """Where whoever is half in wanted to go; it is asked once."""
    return str(session.pop("next", ""))


def enter_by_force(user: User) -> None:
    """Whoever stands beside the owner sees an empty list; everybody else is told.

    All other sessions end, and nothing that this one remembered is left in it.
    """
    fresh_until = session.get("fresh_until", 0)
    session.clear()
    login_user(user)
    session["forced"] = True
    session["fresh_until"] = fresh_until
    session["browser"] = kind_of(request)
    end_access(user, keep=[way for way in Way if way != Way.SESSIONS], this_session=token())
    renew()
    alarms.tell_of_force(user)


def begin(user: User, *, fresh: bool = False, forced: bool = False) -> None:
    """Begin the session of ``user`` under a new token.

    ``fresh``: a second factor was given, so that deeds which ask for one go through at once.
    """
    forced = forced or bool(session.pop("half_forced", False))
    _forget_others(user)
    for name in ("half_in", "half_in_by", "half_in_until"):
        session.pop(name, None)
    session.pop("office", None)
    login_user(user)
    user.signed_in_at = now()
    throttle.right_try(user.email)
    if fresh:
        keep_fresh()
    session["browser"] = kind_of(request)
    renew()
    actor = person(user)
    audit.append([audit.AuditEntry(actor.name, "signed_in", actor.home, user.id)])
    if forced:
        enter_by_force(user)


def _forget_others(user: User) -> None:
    """Of whoever was signed in here before nothing goes on: neither what they opened last nor what
    they proved. What a partner's link opened in this browser stays.
    """
    before = session.get("_user_id")
    if before and str(before) != str(user.id):
        opened = session.get("links")
        session.clear()
        if opened:
            session["links"] = opened


def keep_fresh() -> None:
    """A second factor was given just now."""
    session["fresh_until"] = (now() + FRESH).timestamp()


def end() -> None:
    """End the session, on the server too."""
    logout_user()
    session.clear()
    renew()


def lock() -> None:
    """Lock the screen, on the server too."""
    session["locked"] = True


def is_locked() -> bool:
    """Whether this session waits behind its locked screen."""
    return bool(getattr(session, "locked", False) or session.get("locked"))


def unlock() -> None:
    """Open the locked screen."""
    session.pop("locked", None)
    if isinstance(session, Session):
        session.locked = False
    session["unlocked_at"] = now().timestamp()


def token() -> str:
    """The token of this session; empty where it has none yet."""
    return str(getattr(session, "token", ""))


def renew() -> None:
    """The session goes on under another token; the one before is worth nothing."""
    if isinstance(session, Session):
        session.renew()


def wrong_try(most: int) -> bool:
    """Count a wrong try of this session and of nobody else's; whether it ends by it.

    What was typed behind a locked screen stays with the browser.
    """
    if not isinstance(session, Session) or wrong_tries(session) < most:
        return False
    end()
    return True


def right_try() -> None:
    """The tries of this session count anew."""
    if isinstance(session, Session):
        sessions.right_try(session)


def has_ended() -> bool:
    """Whether the session ended in this request."""
    return isinstance(session, Session) and session.ended and "_user_id" not in session


def next_path() -> str:
    """Where the form or the address says to go afterwards, if it is a path of ours."""
    return path_of_ours(request.values.get("next", ""))
