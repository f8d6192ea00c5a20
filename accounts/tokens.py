"""API tokens: shown once, kept as SHA-256, narrowed to scopes, expiring, revocable.

When and from where one was used last is shown.
"""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import TypedDict

from sqlalchemy import select, update

from access.by_token import SCOPES, TOKEN_MAY
from access.permissions import Permission
from encryption.signing import digest
from models.base import db, now, writing
from models.people import ApiToken, User
from models.witnessed import stands

DAYS = 90
_SHOWN_EVERY = timedelta(minutes=5)


class Wanted(TypedDict, total=False):
    """What the form of a new token gives."""

    label: str
    scopes: list[str]
    days: int


def create(user: User, label: str = "", days: int = DAYS, scopes: Sequence[str] = ()) -> str:
    """A new token of ``user``; the only time it can be seen. Without scopes it does nothing."""
    text = "sct_" + secrets.token_urlsafe(32)
    db.session.add(
        ApiToken(
            user=user,
            token=digest(text.encode()),
            label=label,
            expires_at=now() + timedelta(days=days),
            scopes=list(scopes),
        )
    )
    return text


def find(text: str, address: str = "") -> ApiToken | None:
    """The token, if it is in force and its owner active; its use from ``address`` is shown."""
    query = select(ApiToken).where(ApiToken.token == digest(text.encode()))
    row = db.session.execute(query).scalar_one_or_none()
    if row is None or not _is_in_force(row):
        return None
    if row.used_at is None or row.used_at < now() - _SHOWN_EVERY or row.used_from != address:
        _note_use(row.id, address)
        row = db.session.execute(query).scalar_one()
    return row


def _is_in_force(row: ApiToken) -> bool:
    if row.revoked_at or row.expires_at <= now():
        return False
    is_open = row.user.active and not row.user.must_change
    return is_open and stands(row) and stands(row.user)


def _note_use(token_id: int, address: str) -> None:
    """Now and then, in a transaction of its own, so that reading requests stay readers."""
    before = writing.get()
    db.session.rollback()
    writing.set(True)
    used = {"used_at": now(), "used_from": address[:45]}
    change = update(ApiToken).where(ApiToken.id == token_id).values(used)
    db.session.execute(change, execution_options={"synchronize_session": False})
    db.session.expire_all()
    db.session.commit()
    writing.set(before)


def may(token: ApiToken) -> frozenset[Permission]:
    """What a token may do: what tokens may, of that its scopes; without scopes nothing."""
    chosen = [SCOPES[scope] for scope in token.scopes if scope in SCOPES]
    return TOKEN_MAY & frozenset().union(*chosen)


def of(user: User) -> list[ApiToken]:
    """The tokens of an account that were not revoked."""
    query = (
        select(ApiToken)
        .where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.id.desc())
    )
    return list(db.session.execute(query).scalars())


def revoke(*, user: User, token_id: int) -> None:
    """End a token of the account."""
    row = db.session.get(ApiToken, token_id)
    if row is not None and row.user_id == user.id:
        row.revoked_at = now()
