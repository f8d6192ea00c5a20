"""For a partner without accounts: a link to one referral, good once, for days, and only with a code that travels another way.

Whoever opens it has half an hour to read the card, accept or decline, and, after accepting, to read what was released. Nothing else.
"""

import secrets
from datetime import timedelta

from sqlalchemy import select, update

from access import audit
from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import allows
from encryption.signing import digest
from models.base import db, now
from models.referrals import Referral, ReferralLink
from web.errors import NotFound

DAYS = 3
MINUTES = 30
MOST_TRIES = 5
LETTERS = "34679ACDEFGHJKMNPQRTWXY"


def make(*, by: Actor, referral: Referral) -> tuple[str, str]:
    """A link's token and its code, shown this once; a link made before ends."""
    ended = update(ReferralLink).where(
        ReferralLink.referral_id == referral.id, ReferralLink.used_at.is_(None)
    )
    db.session.execute(ended.values(used_at=now()))
    token, code = secrets.token_urlsafe(24), "".join(secrets.choice(LETTERS) for _ in range(8))
    db.session.add(
        ReferralLink(
            referral_id=referral.id,
            token=digest(token.encode()),
            code=_code(token, code),
            made_by_id=by.id,
            expires_at=_until(),
        )
    )
    audit.record("referral_link", subject=referral.reference, cases=(referral.case_id,))
    return token, code


def _until() -> object:
    return now() + timedelta(days=DAYS)


def _code(token: str, code: str) -> bytes:
    return digest(
        b"referral link", token.encode(), code.upper().replace(" ", "").replace("-", "").encode()
    )


def use(token: str, code: str) -> ReferralLink | None:
    """The link, used up, where the code fits; None where not. Each call counts as a try, in one statement, so that guesses in parallel count too."""
    mine = (
        ReferralLink.token == digest(token.encode()),
        ReferralLink.used_at.is_(None),
        ReferralLink.expires_at > now(),
    )
    tried = (
        update(ReferralLink)
        .where(*mine, ReferralLink.tries < MOST_TRIES)
        .values(tries=ReferralLink.tries + 1)
        .returning(ReferralLink.id)
    )
    number = db.session.execute(tried).scalar()
    if number is None:
        return None
    once = (
        update(ReferralLink)
        .where(*mine, ReferralLink.code == _code(token, code))
        .values(used_at=now())
        .returning(ReferralLink.id)
    )
    number = db.session.execute(once).scalar()
    return db.session.get(ReferralLink, number) if number else None


def referral_of(link_id: int) -> Referral:
    """The referral an opened link leads to, while its card or its content may be read by the link; else it does not exist."""
    query = (
        select(Referral)
        .join(ReferralLink, ReferralLink.referral_id == Referral.id)
        .where(ReferralLink.id == link_id)
    )
    referral = db.session.execute(query).unique().scalar_one_or_none()
    if referral is None or not allows(actor(referral), Permission.REFERRAL_OPEN, referral):
        raise NotFound
    return referral


def actor(referral: Referral) -> Actor:
    """Whoever holds the link: the partner of this referral, allowed to read and to answer, nothing more."""
    may = frozenset(
        {Permission.REFERRAL_OPEN, Permission.REFERRAL_ANSWER, Permission.REFERRAL_RELEASED}
    )
    return Actor(
        f"link:{referral.reference}",
        by_role={Role.PARTNER: frozenset({referral.partner_id})},
        only=may,
    )
