"""Sessions on the server.

The cookie holds a random token; the database its SHA-256 and the sealed content.
"""

import json
import logging
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response, g, request
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from encryption.signing import digest
from models import scope
from models.base import db, now, writing
from models.people import SignedIn
from models.sealed import Unreadable, open_system, seal_system
from web.links import link

log = logging.getLogger("safeconduct.sessions")
BY_ITSELF = frozenset({"notifications.count"})  # what a page asks for without anybody's doing
# Sessions are opened before the page is known: by the address alone.
WITHOUT = ("/static/", "/api/", "/healthz", "/readyz")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Session(SessionMixin):
    """A session as Flask wants it, with the token it was opened by."""

    accessed = True

    def __init__(self, content: dict[str, Any], token: str = "") -> None:
        self._content, self.token, self.modified, self.ended = content, token, False, False
        self.stale = False
        self.locked = False
        self.row = digest(token.encode()) if token else b""

    @property
    def new(self) -> bool:  # type: ignore[override]
        """Whether the browser has no cookie for it yet."""
        return not self.token

    def __getitem__(self, key: str) -> Any:
        return self._content[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._content[key] = value
        self.modified = True

    def __delitem__(self, key: str) -> None:
        del self._content[key]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def renew(self) -> None:
        """Give the session another token (after sign-in, against fixation).

        The old one ends with this response.
        """
        self.ended, self.modified = True, True

    def snapshot(self) -> dict[str, Any]:
        """The content as plain mapping."""
        return dict(self._content)


class ServerSessions(SessionInterface):
    """Opens and saves :class:`Session`; ends those left idle."""

    def __init__(self, *, secure: bool, idle_minutes: int, lock_minutes: int) -> None:
        self.cookie = "__Host-session" if secure else "session"
        self.secure, self.idle, self.lock = (
            secure,
            timedelta(minutes=idle_minutes),
            timedelta(minutes=lock_minutes),
        )

    def open_session(self, app: Flask, request: Request) -> Session:
        """The session of the cookie, or a new one.

        First database access of a request, so it says whether the request writes.
        """
        writing.set(request.method not in SAFE_METHODS)
        g.scope_before = scope.standing()
        scope.enter(scope.NOBODY)
        token = request.cookies.get(self.cookie, "")
        if not token or request.path.startswith(WITHOUT):
            return Session({})
        with scope.opened("accounts"):
            row = db.session.get(SignedIn, digest(token.encode()))
        if row is None or row.seen_at < now() - self.idle:
            return Session({})
        try:
            session = Session(json.loads(open_system("session", row.content)), token)
        except (Unreadable, ValueError):
            return Session({})
        # Whoever was away too long is asked again, by the server; the lock stays until it is
        # opened.
        session.locked = row.seen_at < now() - self.lock or bool(session.get("locked"))
        # A page that asks by itself for news is no sign that somebody is there.
        session.stale = (
            row.seen_at < now() - timedelta(minutes=1)
            and not session.locked
            and request.path not in map(link, BY_ITSELF)
        )
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep what changed, in a transaction of its own after the request's."""
        assert isinstance(session, Session)
        if not session.modified and not session.stale:
            return
        try:
            with scope.opened("accounts"):
                self._keep(session, response)
        except SQLAlchemyError as wrong:
            db.session.rollback()
            if session.ended or request.method not in SAFE_METHODS:
                raise  # nobody may believe they signed out or locked the screen when they did not
            # A page that was only looked at stands; what the session would have remembered of it
            # does not.
            log.warning("session not kept: %s", type(wrong).__name__)

    def _keep(self, session: Session, response: Response) -> None:
        db.session.rollback()
        writing.set(True)
        if session.ended and session.token:
            db.session.execute(
                delete(SignedIn).where(SignedIn.token == digest(session.token.encode()))
            )
            session.token = ""
        if session:
            self._store(session, response)
        else:
            response.delete_cookie(self.cookie, secure=self.secure, httponly=True, samesite="Lax")
        db.session.commit()

    def _store(self, session: Session, response: Response) -> None:
        user = session.get("_user_id")
        content = seal_system("session", json.dumps(session.snapshot()).encode())
        row = db.session.get(SignedIn, digest(session.token.encode())) if session.token else None
        if row is None:
            session.token = secrets.token_urlsafe(32)
            row = SignedIn(token=digest(session.token.encode()), content=content)
            db.session.add(row)
            response.set_cookie(
                self.cookie,
                session.token,
                secure=self.secure,
                httponly=True,
                samesite="Lax",
                path="/",
            )
        row.content, row.seen_at, row.user_id = content, now(), int(user) if user else None


def forget_old() -> None:
    """Periodic: remove sessions nobody used for a day, those of passers-by at the sign-in page
    among them.
    """
    db.session.execute(delete(SignedIn).where(SignedIn.seen_at < now() - timedelta(days=1)))


def of_person(user_id: int) -> list[SignedIn]:
    """The sessions of a person that are not left for good, newest use first."""
    query = (
        select(SignedIn)
        .where(SignedIn.user_id == user_id)
        .order_by(SignedIn.seen_at.desc())
        .limit(50)
    )
    return list(db.session.execute(query).scalars())


def browser_of(row: SignedIn) -> str:
    """The kind of browser a session was opened with, in few words."""
    try:
        content: dict[str, Any] = json.loads(open_system("session", row.content))
    except (Unreadable, ValueError):
        return ""
    return str(content.get("browser", ""))


def end_one(user_id: int, name: str) -> None:
    """End the session of a person whose public name (see :func:`public_name`) is ``name``."""
    for row in of_person(user_id):
        if public_name(row) == name:
            db.session.delete(row)


def public_name(row: SignedIn) -> str:
    """A name for a session that tells nothing of its token."""
    return digest(b"session name", row.token).hex()[:16]


def end_others(user_id: int, keep: str = "") -> None:
    """End every session of a person but the one with token ``keep``."""
    db.session.execute(
        delete(SignedIn).where(SignedIn.user_id == user_id, SignedIn.token != digest(keep.encode()))
    )
