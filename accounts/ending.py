"""What proves who somebody is ends here, all of it, whichever way led to the end.

Passwords that were changed, reset links, accounts that were shut, factors that were taken off and
signing out everywhere all pass :func:`end_access`, so that nothing outlives the rest by being
forgotten.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, delete, func, select

from models.base import Base, db, now
from models.people import ApiToken, Invitation, Passkey, RecoveryCode, User
from models.witnessed import stands
from models.work import CalendarFeed
from web.sessions import end_others


class Way(StrEnum):
    """A way into an account, or a way to its data."""

    SESSIONS = "sessions"
    LINKS = "links"
    TOKENS = "tokens"
    FEEDS = "feeds"
    PASSKEYS = "passkeys"
    RECOVERY_CODES = "recovery_codes"


# What the owner may leave standing when the password changes, by its word.
KEPT: tuple[tuple[str, object], ...] = (
    (Way.PASSKEYS.value, _l("Passkeys")),
    (Way.RECOVERY_CODES.value, _l("Recovery codes")),
    (Way.TOKENS.value, _l("API tokens")),
    (Way.FEEDS.value, _l("The calendar's address")),
)


def end_access(user: User, *, keep: Collection[str] = (), this_session: str = "") -> None:
    """End what opens ``user``'s account or tells of its data, but for the ways in ``keep``.

    ``this_session`` is the token of the session in which its owner acts, and stays. Sessions whose
    second factor is still awaited end with the others.
    """
    if Way.SESSIONS not in keep:
        end_others(user.id, this_session)
    if Way.LINKS not in keep:
        links = (Invitation.user_id == user.id, Invitation.used_at.is_(None))
        for sent in _rows(Invitation, *links):
            sent.used_at = now()
    if Way.TOKENS not in keep:
        tokens = (ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
        for token in _rows(ApiToken, *tokens):
            token.revoked_at = now()
    for way, model in _ROWS.items():
        if way not in keep:
            db.session.execute(delete(model).where(_is_of(model, user)))


def _rows(model: type[Any], *where: ColumnElement[bool]) -> list[Any]:
    """The rows to end, one by one: each bears a MAC. What somebody else wrote goes."""
    found = db.session.execute(select(model).where(*where)).scalars().all()
    for row in found:
        if not stands(row):
            db.session.delete(row)
    return [row for row in found if row not in db.session.deleted]


# What stays when somebody else ends an account's sessions, or a link made beforehand does: what its
# owner proves themselves by afterwards.
_PROOFS = (Way.TOKENS, Way.PASSKEYS, Way.RECOVERY_CODES)


def end_sessions(user: User) -> None:
    """End all sessions, links that wait, and the calendar's address: what a phone may hold."""
    end_access(user, keep=_PROOFS)


_ROWS: dict[Way, type[Base]] = {
    Way.FEEDS: CalendarFeed,
    Way.PASSKEYS: Passkey,
    Way.RECOVERY_CODES: RecoveryCode,
}


def standing(user: User) -> dict[str, int]:
    """How many of each way in ``KEPT`` open the account beside its password; none is left out."""
    tokens = (ApiToken.revoked_at.is_(None), ApiToken.expires_at > now())
    counts = {way: _count(model, _is_of(model, user)) for way, model in _ROWS.items()}
    counts[Way.TOKENS] = _count(ApiToken, ApiToken.user_id == user.id, *tokens)
    return {way.value: count for way, count in counts.items()}


def _is_of(model: type[Base], user: User) -> ColumnElement[bool]:
    mine: ColumnElement[bool] = model.__table__.c.user_id == user.id
    return mine


def _count(model: type[Base], *where: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(model).where(*where)
    return int(db.session.execute(query).scalar() or 0)
