"""For a partner without accounts: a link to one referral, good once, for days.

And only with a code that travels another way. Whoever opens it has half an hour to read the card,
accept or decline, and, after accepting, to read what was released, to log services and to say that
the service is done. Nothing else. For each further time the office makes a new link.
"""

import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from access import audit
from access.actors import Actor, person
from access.gate import acting
from access.permissions import Permission, Role
from access.policy import Refused, allows, require
from accounts import strangers
from casework.core import release
from encryption.signing import keyed_digest
from models import scope
from models.base import db, now
from models.people import User
from models.referrals import Referral, ReferralLink
from models.rules import RuleBroken, stated
from models.sealed import keyring
from models.witnessed import change_all
from notifications import outbox
from referral import responses
from web.errors import Over
from web.links import link

_MAY = frozenset(
    {
        Permission.REFERRAL_OPEN,
        Permission.REFERRAL_ANSWER,
        Permission.REFERRAL_RELEASED,
        Permission.REFERRAL_SERVE,
        Permission.REFERRAL_NOTE,
    }
)
PURPOSE = "referral/links"
DAYS = 3
MINUTES = 30
MOST_TRIES = 5
LETTERS = "34679ACDEFGHJKMNPQRTWXY"


def make(*, by: Actor, referral: Referral) -> tuple[str, str]:
    """A link's token and its code, shown this once; a link made before ends, also where it is open
    (:func:`referral_of`).

    Raises where what it would open has ended.
    """
    release.must_stand("referral", referral.reference)
    unused = (ReferralLink.referral_id == referral.id, ReferralLink.used_at.is_(None))
    change_all(ReferralLink, *unused, used_at=now())
    token = secrets.token_urlsafe(24)
    code = "".join(secrets.choice(LETTERS) for _ in range(8))
    db.session.add(
        ReferralLink(
            referral_id=referral.id,
            token=_token(token),
            code=_code(token, code),
            made_by_id=by.id,
            expires_at=_until(),
        )
    )
    audit.record("referral_link", subject=referral.reference, cases=(referral.case_id,))
    return token, code


def address(token: str) -> str:
    """What is sent to the partner."""
    base: str = current_app.config["BASE_URL"]
    return base + link("partner_links.code", token)


def _until() -> datetime:
    return now() + timedelta(days=DAYS)


def _token(token: str) -> bytes:
    """Under a key: whoever writes the database makes no link. What a version before made, a plain
    hash, is found no more.
    """
    return keyed_digest(keyring().derive(PURPOSE), b"token", token.encode())


def _code(token: str, code: str) -> bytes:
    typed = code.upper().replace(" ", "").replace("-", "")
    return keyed_digest(keyring().derive(PURPOSE), b"code", token.encode(), typed.encode())


@scope.opened("links")
def enter(token: str, code: str) -> ReferralLink | Over | None:
    """As :func:`use`, and both a way in and a failed try stand in the trail. Gives what became of
    it to whoever has link and code of one that was good.
    """
    used = use(token, code)
    if used is None:
        strangers.note("link_failed")
        if was := _that_was_good(token, code):
            return _over(was)
        _tell_sender(token)
        return None
    referral = used.referral
    who = f"link:{referral.reference}"
    opened = audit.AuditEntry(who, "link_opened", referral.partner_id, subject=referral.reference)
    audit.append([opened])
    return used


def _that_was_good(token: str, code: str) -> ReferralLink | None:
    """The link that is over, where the code is its own. Tries count here as well: nobody learns by
    guessing that there was one.
    """
    found = _tried(token, ReferralLink.used_at.is_not(None) | (ReferralLink.expires_at <= now()))
    return found if found is not None and _fits(found, token, code) else None


def _tried(token: str, which: ColumnElement[bool]) -> ReferralLink | None:
    """The link of a token, with one try more, while there are any left. Locked before it is read,
    so that guesses in parallel count too.
    """
    query = select(ReferralLink).where(
        ReferralLink.token == _token(token), ReferralLink.tries < MOST_TRIES, which
    )
    found = db.session.execute(query.with_for_update(of=ReferralLink)).scalar_one_or_none()
    if found is not None:
        found.tries += 1
        db.session.flush()
    return found


def _fits(found: ReferralLink, token: str, code: str) -> bool:
    return hmac.compare_digest(found.code, _code(token, code))


def _over(row: ReferralLink) -> Over:
    if row.used_at is not None:
        day = format_date(row.used_at, "long")
        what = _("It showed one message, once: it was opened, or replaced, on %(day)s.", day=day)
    else:
        day = format_date(row.expires_at, "long")
        what = _("It showed one message, once. Its days ended on %(day)s.", day=day)
    advice = _(
        "Ask whoever sent it for a new link and code. If it was not you who opened it, tell them "
        "at once."
    )
    return Over(what, advice)


def _tell_sender(token: str) -> None:
    """At once: somebody has the link and not the code. Whoever typed it learns nothing of it."""
    query = select(ReferralLink).where(ReferralLink.token == _token(token))
    tried = db.session.execute(query).unique().scalar_one_or_none()
    if tried is None:
        return
    referral = tried.referral
    sender = [referral.sent_by] if referral.sent_by else []
    outbox.post(
        "referral.link_failed",
        reference=f"{referral.reference[3:]}.{tried.id:x}.{tried.tries}",
        path=link("referral.show", referral),
        to=[*sender, *outbox.people_of(referral.office_id, Role.SUPERVISOR)],
        office=referral.office_id,
        urgent=True,
    )


def use(token: str, code: str) -> ReferralLink | None:
    """The link, used up, where the code fits; None where not.

    Each call counts as a try.
    """
    unused = _tried(token, ReferralLink.used_at.is_(None) & (ReferralLink.expires_at > now()))
    if unused is None or not _fits(unused, token, code):
        return None
    unused.used_at = now()
    db.session.flush()
    return unused if _is_vouched_for(unused) else None


@stated("referral: link")
def _is_vouched_for(link_: ReferralLink) -> bool:
    """A link leads anywhere only while whoever made it may make one: whose account is shut, who
    left the case, or whom it is kept from, has address and code still, and opens nothing by them.

    Source: ours.
    Set aside: by a new link of somebody who works on the case.
    """
    with scope.opened("accounts", who="links"):
        maker = db.session.get(User, link_.made_by_id) if link_.made_by_id else None
        if maker is None or not maker.active:
            return False
        by = person(maker)
    with scope.within(by.scope):
        return allows(by, Permission.REFERRAL_LINK, link_.referral)


@scope.opened("links")
def referral_of(link_id: int) -> Referral:
    """The referral an opened link leads to, while it may be read by the link.

    Its card, or its content; else it is over. Only the newest link of a referral leads to it:
    where the wrong one opened it, a new link is how the office shuts them out.
    """
    newer = aliased(ReferralLink)
    replaced = exists().where(
        newer.referral_id == ReferralLink.referral_id, newer.id > ReferralLink.id
    )
    query = (
        select(ReferralLink)
        .join(Referral, ReferralLink.referral_id == Referral.id)
        .where(ReferralLink.id == link_id, ~replaced)
    )
    opened = db.session.execute(query).unique().scalar_one_or_none()
    if opened is None or not _is_vouched_for(opened):
        raise open_no_longer()
    if not allows(actor(opened.referral), Permission.REFERRAL_OPEN, opened.referral):
        raise open_no_longer()
    return opened.referral


def zone(referral: Referral) -> str:
    """The zone in which whoever holds a link reads times: the partner's, else the office's."""
    theirs, ours = referral.partner.timezone, referral.office.timezone
    return theirs if theirs and theirs != "UTC" else ours or "UTC"


def open_no_longer() -> Over:
    """For whoever had it open: the half hour has passed, it was taken back, somebody else was
    first, or the office made a new link.
    """
    what = _(
        "The message is open no longer: half an hour has passed, what it asked is settled, or a "
        "new link replaced this one."
    )
    advice = _("An answer that you sent stands. For anything else ask whoever sent you the link.")
    return Over(what, advice)


def actor(referral: Referral) -> Actor:
    """Whoever holds the link: the partner of this referral, and what it may do with it; no more."""
    return Actor(
        f"link:{referral.reference}",
        by_role={Role.PARTNER: frozenset({referral.partner_id})},
        only=_MAY,
    )


@contextmanager
def as_partner(referral: Referral) -> Iterator[Actor]:
    """Act as whoever holds the link; what they look at and do stands in the trail."""
    partner = actor(referral)
    scope.enter(partner.scope)
    scope.touch(referral.case_id)
    with acting(partner, purpose="link") as gate:
        yield gate.actor
        db.session.flush()
        audit.append(gate.pending())


def accept(referral: Referral) -> None:
    """Take the person; nothing more where the office wrote down meanwhile that they do. Raises
    :class:`web.errors.Over` where somebody else was first.
    """
    if allows(actor(referral), Permission.REFERRAL_SERVE, referral):
        return
    with _as_long_as_it_is_asked(referral) as by:
        responses.accept(by=by, referral=referral)


@contextmanager
def _as_long_as_it_is_asked(referral: Referral) -> Iterator[Actor]:
    """Answer as the partner. Raises :class:`web.errors.Over` where there is nothing to answer any
    more: somebody else was first, or the office wrote the answer down that it was told.
    """
    try:
        with as_partner(referral) as by:
            require(by, Permission.REFERRAL_ANSWER, referral)
            yield by
    except (RuleBroken, Refused):
        db.session.rollback()
        raise open_no_longer() from None


def log_service(referral: Referral, given: dict[str, Any]) -> dict[str, list[str]] | None:
    """Write down a service (:class:`referral.schemas.ServiceSchema`); gives what is wrong, by
    field, where it was not written down.
    """
    try:
        with as_partner(referral) as by:
            require(by, Permission.REFERRAL_SERVE, referral)
            responses.log_service(by=by, referral=referral, **given)
    except RuleBroken as broken:
        db.session.rollback()
        return {broken.field: [broken.message]}
    return None


def complete(referral: Referral, given: dict[str, Any]) -> None:
    """Say that the service is done (:class:`referral.schemas.CompleteSchema`)."""
    with as_partner(referral) as by:
        require(by, Permission.REFERRAL_SERVE, referral)
        responses.complete(by=by, referral=referral, **given)


def decline(referral: Referral, given: dict[str, Any]) -> None:
    """Say that the partner cannot take the person (:class:`referral.schemas.DeclineSchema`). Raises
    as :func:`accept`.
    """
    with _as_long_as_it_is_asked(referral) as by:
        responses.decline(by=by, referral=referral, **given)
