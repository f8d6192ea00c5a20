"""API tokens: shown once, kept as SHA-256, expiring."""

import secrets
from datetime import timedelta

from sqlalchemy import select

from models.base import db, now
from models.people import ApiToken, User
from vault.signing import digest

DAYS = 90


def create(user: User, label: str = "", days: int = DAYS) -> str:
    """A new token of ``user``; the only time it can be seen."""
    text = "sct_" + secrets.token_urlsafe(32)
    db.session.add(ApiToken(user=user, token=digest(text.encode()), label=label, expires_at=now() + timedelta(days=days)))
    return text


def find(text: str) -> ApiToken | None:
    """The token, if it is in force and its owner active."""
    row = db.session.execute(select(ApiToken).where(ApiToken.token == digest(text.encode()))).scalar_one_or_none()
    if row is None or row.revoked_at or row.expires_at <= now() or not row.user.active:
        return None
    return row
