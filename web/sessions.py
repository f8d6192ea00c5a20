"""Sessions on the server.

The cookie holds a random token; the database its SHA-256 and the sealed content.
"""

import json
import logging
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Request, Response, g, request
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from encryption.signing import digest
from models import scope
from models.base import begin_writing, db, now, writing
from models.people import SignedIn
from models.sealed import Unreadable, open_system, seal_system
from web.links import link

log = logging.getLogger("safeconduct.sessions")
BY_ITSELF = frozenset({"notifications.count"})  # what a page asks for without anybody's doing
# Sessions are opened before the page is known: by the address alone.
WITHOUT = ("/static/", "/api/", "/healthz", "/readyz")
BROKEN = 500
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Whoever only comes by has no row: what a form needs stands in a signed cookie.
OF_PASSERS_BY = frozenset({"csrf_token"})
DAYS = "_days"  # when it was made, and last used: within what is sealed
MOST_WRONG = 5  # tries to prove who one is, within a session
PASSING = "passing."
PASSING_LIFE = timedelta(hours=12)
MOST_PASSERS_BY = 50_000  # those of partners who opened a link are among them


class Session(SessionMixin):
    """A session as Flask wants it, with the token it was opened by."""

    accessed = True

    def __init__(self, content: dict[str, Any], token: str = "") -> None:
        self._content, self.token, self.modified, self.ended = content, token, False, False
        self.stale = False
        self.locked = False
        self.made_at = now()
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
    """Opens and saves :class:`Session`; ends those left idle, and those that lasted too long."""

    def __init__(
        self, *, secure: bool, idle_minutes: int, lock_minutes: int, life_hours: int
    ) -> None:
        self.cookie = "__Host-session" if secure else "session"
        self.secure, self.idle, self.lock, self.life = (
            secure,
            timedelta(minutes=idle_minutes),
            timedelta(minutes=lock_minutes),
            timedelta(hours=life_hours),
        )

    def open_session(self, app: Flask, request: Request) -> Session:
        """The session of the cookie, or a new one.

        First database access of a request. Each begins as a reader; the guard makes it a writer,
        once all is done that takes long.
        """
        writing.set(False)
        g.scope_before = scope.standing()
        scope.enter(scope.NOBODY)
        token = request.cookies.get(self.cookie, "")
        if not token or request.path.startswith(WITHOUT):
            return Session({})
        if token.startswith(PASSING):
            return Session(_opened(app, token))
        with scope.opened("accounts"):
            row = db.session.get(SignedIn, digest(token.encode()))
        return Session({}) if row is None else self._standing(row, token, request)

    def _standing(self, row: SignedIn, token: str, request: Request) -> Session:
        """The session of a row that is not over: by the days within what is sealed, whatever the
        row says beside it. One of a version before, which says none, is over.
        """
        try:
            content = _content(row)
            made, seen = (datetime.fromisoformat(each) for each in content.pop(DAYS))
        except (Unreadable, KeyError, ValueError):
            return Session({})
        if seen < now() - self.idle or made < now() - self.life:
            return Session({})
        session = Session(content, token)
        session.made_at = made
        # Whoever was away too long is asked again, by the server; the lock stays until it is
        # opened. So is a cookie that turns up in another kind of browser.
        session.locked = seen < now() - self.lock or bool(session.get("locked"))
        session.locked |= session.get("browser", "") != kind_of(request) and "browser" in session
        # A page that asks by itself for news is no sign that somebody is there.
        session.stale = (
            seen < now() - timedelta(minutes=1)
            and not session.locked
            and request.path not in map(link, BY_ITSELF)
        )
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep what changed, in a transaction of its own after the request's."""
        if not isinstance(session, Session):
            return  # it could not be opened: the database was away
        if not session.modified and not session.stale:
            return
        if not session.token and session.keys() <= OF_PASSERS_BY and session:
            self._set_cookie(response, PASSING + _signer(app).dumps(session.snapshot()))
            return
        try:
            with scope.opened("accounts"):
                self._keep(session, response)
        except SQLAlchemyError as wrong:
            db.session.rollback()
            deed = session.modified and request.method not in SAFE_METHODS
            is_told = response.status_code >= BROKEN  # the page says already that it was not done
            if (session.ended or session.get("locked") or deed) and not is_told:
                raise  # nobody may believe they signed out or locked the screen when they did not
            # A page that was only looked at stands, and so does a deed that was done and changed
            # nothing of the session; what the session would have remembered of it does not.
            log.warning("session not kept: %s", type(wrong).__name__)

    def _keep(self, session: Session, response: Response) -> None:
        """Update the row that came in, or make one for whoever had none.

        A row that ended while the request ran stays ended: its cookie goes, and no other comes in
        its place. Otherwise a copied cookie would outlive signing out.
        """
        begin_writing()
        came_in = session.token
        if came_in and session.ended:
            stood = self._changed(delete(SignedIn).where(SignedIn.token == session.row))
            session.token = ""
        else:
            stood = not came_in or self._changed(_kept(session))
        if session and stood and not session.token:
            self._make(session, response)
        elif not (session and stood):
            response.delete_cookie(self.cookie, secure=self.secure, httponly=True, samesite="Lax")
        db.session.commit()

    def _changed(self, statement: Any) -> bool:
        """Whether there was a row to change."""
        return bool(getattr(db.session.execute(statement), "rowcount", 0))

    def _make(self, session: Session, response: Response) -> None:
        session.token = secrets.token_urlsafe(32)
        session.row = digest(session.token.encode())
        session.made_at = now()
        row = SignedIn(token=session.row, **_values(session))
        db.session.add(row)
        self._set_cookie(response, session.token)

    def _set_cookie(self, response: Response, value: str) -> None:
        response.set_cookie(
            self.cookie, value, secure=self.secure, httponly=True, samesite="Lax", path="/"
        )


def _content(row: SignedIn) -> dict[str, Any]:
    """What a session holds. Bound to its token: put beside another, it does not open.

    Raises :class:`Unreadable` or ``ValueError``.
    """
    found: dict[str, Any] = json.loads(open_system("session", row.content, row.token.hex()))
    return found


def _kept(session: Session) -> Any:
    return update(SignedIn).where(SignedIn.token == session.row).values(**_values(session))


def _values(session: Session) -> dict[str, Any]:
    """What the row of a session holds.

    A session whose second factor is awaited belongs to its account too, so that it ends with the
    others.
    """
    user = session.get("_user_id") or session.get("half_in")
    # What changes behind a locked screen (a challenge for its passkey) does not open it.
    held = session.snapshot() | ({"locked": True} if session.locked else {})
    held[DAYS] = [moment.isoformat() for moment in (session.made_at, now())]
    content = seal_system("session", json.dumps(held).encode(), session.row.hex())
    return {"content": content, "seen_at": now(), "user_id": int(user) if user else None}


def _signer(app: Flask) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(app.secret_key or "", salt="passer-by")


def _opened(app: Flask, cookie: str) -> dict[str, Any]:
    """What the cookie of a passer-by holds, if it is ours."""
    try:
        most = int(PASSING_LIFE.total_seconds())
        found = _signer(app).loads(cookie.removeprefix(PASSING), max_age=most)
    except BadData:
        return {}
    return {name: value for name, value in dict(found).items() if name in OF_PASSERS_BY}


def kind_of(request: Request) -> str:
    """The kind of browser, coarse on purpose: enough to recognise one's own."""
    text = request.user_agent.string
    name = next((word for word in ("Firefox", "Edg", "Chrome", "Safari") if word in text), "")
    system = next(
        (word for word in ("Android", "iPhone", "iPad", "Windows", "Mac", "Linux") if word in text),
        "",
    )
    return f"{name.replace('Edg', 'Edge')} {system}".strip()


def wrong_tries(session: Session, *, more: int = 1) -> int:
    """Count a wrong try of this session and give how many there were in a row; ``more`` of 0 only
    asks.

    One statement, so that tries at once count each.
    """
    mine = update(SignedIn).where(SignedIn.token == session.row)
    counted = mine.values(wrong=SignedIn.wrong + more).returning(SignedIn.wrong)
    return int(db.session.execute(counted).scalar() or 0)


def wrong_proof(session: Session) -> None:
    """Count a wrong try of this session, in a transaction of its own; the last one ends it."""
    begin_writing()
    with scope.opened("accounts"):
        is_last = wrong_tries(session) >= MOST_WRONG
        db.session.commit()
    if is_last:
        session.clear()
        session.renew()


def right_try(session: Session) -> None:
    """The tries of this session count anew."""
    db.session.execute(update(SignedIn).where(SignedIn.token == session.row).values(wrong=0))


def forget_old() -> None:
    """Periodic: remove sessions nobody used for a day, and those of passers-by after an hour, or
    sooner where there are more than :data:`MOST_PASSERS_BY`.
    """
    db.session.execute(delete(SignedIn).where(SignedIn.seen_at < now() - timedelta(days=1)))
    nobody = SignedIn.user_id.is_(None)
    newest = (
        select(SignedIn.seen_at)
        .where(nobody)
        .order_by(SignedIn.seen_at.desc())
        .offset(MOST_PASSERS_BY)
        .limit(1)
    )
    since = max(
        now() - timedelta(hours=1),
        db.session.execute(newest).scalar() or now() - timedelta(hours=1),
    )
    db.session.execute(delete(SignedIn).where(nobody, SignedIn.seen_at < since))


def of_person(user_id: int) -> list[SignedIn]:
    """The sessions of a person that are not left for good, newest use first."""
    query = select(SignedIn).where(SignedIn.user_id == user_id).order_by(SignedIn.seen_at.desc())
    return list(db.session.execute(query).scalars())


def browser_of(row: SignedIn) -> str:
    """The kind of browser a session was opened with, in few words."""
    try:
        content = _content(row)
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
