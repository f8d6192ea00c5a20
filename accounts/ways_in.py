"""What opens an account beside its password, as whoever administers it sees it: sessions, links,
tokens, the calendar's address, passkeys, recovery codes. Each is ended by itself; its owner and
those who oversee are told.

Never what a token or a link says: the database holds none of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from access.policy import require
from accounts import passkeys, recovery_codes, throttle, tokens
from accounts.access_changes import change
from accounts.ending import Way, end_access
from models.access_changes import AccessChange, ChangeKind
from models.base import db, now
from models.people import Invitation, User
from models.rules import RuleBroken
from models.work import CalendarFeed
from web.errors import NotFound
from web.sessions import browser_of, end_one, of_person, public_name


@dataclass(frozen=True)
class WayIn:
    """One thing that opens an account: ``name`` is what ends it."""

    way: Way
    name: str
    words: str
    since: datetime | None = None
    used_at: datetime | None = None
    until: datetime | None = None
    more: str = ""


def of(user: User) -> list[WayIn]:
    """All that opens the account of ``user`` today, kind by kind."""
    return [each for listed in _LISTED for each in listed(user)]


def end(*, by: Actor, user: User, way: str, name: str) -> AccessChange:
    """End one of them. Raises :class:`web.errors.NotFound` for one that is not there, and
    :class:`models.rules.RuleBroken` for a passkey that is the only second factor: to take that off
    two are needed.
    """
    require(by, Permission.USER_MANAGE, user)
    found = next((each for each in of(user) if (each.way.value, each.name) == (way, name)), None)
    if found is None:
        raise NotFound
    kind, ends = _ENDS[found.way]
    ends(user, found.name)
    db.session.flush()
    return change(kind, user, by=by)


def is_slowed(user: User) -> bool:
    """Whether the owner may be kept waiting for what somebody tried wrong."""
    return throttle.is_slowed(user.email)


def forgive(*, by: Actor, user: User) -> AccessChange:
    """Forget the wrong tries of an account, so that its owner comes in at once."""
    require(by, Permission.USER_MANAGE, user)
    if not is_slowed(user):
        raise RuleBroken(_("Nothing keeps this account waiting."))
    throttle.right_try(user.email)
    return change(ChangeKind.GUESSES_FORGIVEN, user, by=by)


def _sessions(user: User) -> list[WayIn]:
    return [
        WayIn(
            Way.SESSIONS,
            public_name(row),
            browser_of(row) or _("A browser"),
            since=row.created_at,
            used_at=row.seen_at,
        )
        for row in of_person(user.id)
    ]


def _links(user: User) -> list[WayIn]:
    query = select(Invitation).where(
        Invitation.user_id == user.id,
        Invitation.used_at.is_(None),
        Invitation.expires_at > now(),
    )
    rows = db.session.execute(query.order_by(Invitation.id)).scalars()
    words = _("Link for choosing a password")
    return [
        WayIn(Way.LINKS, str(row.id), words, since=row.created_at, until=row.expires_at)
        for row in rows
    ]


def _tokens(user: User) -> list[WayIn]:
    return [
        WayIn(
            Way.TOKENS,
            str(row.id),
            row.label or _("Token"),
            since=row.created_at,
            used_at=row.used_at,
            until=row.expires_at,
            more=row.used_from,
        )
        for row in tokens.of(user)
        if row.expires_at > now()
    ]


def _feeds(user: User) -> list[WayIn]:
    feed = db.session.get(CalendarFeed, user.id)
    words = _("Private address of the calendar")
    return [WayIn(Way.FEEDS, "calendar", words, since=feed.made_at)] if feed else []


def _passkeys(user: User) -> list[WayIn]:
    return [
        WayIn(
            Way.PASSKEYS,
            str(row.id),
            row.label or _("Passkey"),
            since=row.created_at,
            used_at=row.used_at,
        )
        for row in passkeys.of(user)
    ]


def _codes(user: User) -> list[WayIn]:
    left = recovery_codes.left(user)
    words = _("Recovery codes: %(many)s left", many=left)
    return [WayIn(Way.RECOVERY_CODES, "codes", words)] if left else []


_LISTED: tuple[Callable[[User], list[WayIn]], ...] = (
    _sessions,
    _links,
    _tokens,
    _feeds,
    _passkeys,
    _codes,
)


def _end_all(way: Way) -> Callable[[User, str], None]:
    """All of one kind, of which an account has one."""

    def ends(user: User, _name: str) -> None:
        end_access(user, keep=[each for each in Way if each != way])

    return ends


def _end_link(user: User, name: str) -> None:
    db.session.get_one(Invitation, int(name)).used_at = now()


def _end_token(user: User, name: str) -> None:
    tokens.revoke(user=user, token_id=int(name))


def _end_passkey(user: User, name: str) -> None:
    is_last = user.totp_sealed is None and len(passkeys.of(user)) == 1
    if is_last and current_app.config["SETTINGS"].totp_required:
        raise RuleBroken(
            _("This is the only second factor of the account. Take off the second factor instead.")
        )
    passkeys.remove(user=user, passkey_id=int(name))


_ENDS: dict[Way, tuple[ChangeKind, Callable[[User, str], None]]] = {
    Way.SESSIONS: (ChangeKind.SESSION_ENDED, lambda user, name: end_one(user.id, name)),
    Way.LINKS: (ChangeKind.LINK_ENDED, _end_link),
    Way.TOKENS: (ChangeKind.TOKEN_ENDED, _end_token),
    Way.FEEDS: (ChangeKind.FEED_ENDED, _end_all(Way.FEEDS)),
    Way.PASSKEYS: (ChangeKind.PASSKEY_ENDED, _end_passkey),
    Way.RECOVERY_CODES: (ChangeKind.CODES_ENDED, _end_all(Way.RECOVERY_CODES)),
}
