"""Links by which the owner of an account chooses a password: sent to the owner's address, shown to
nobody else.

The secret stands nowhere: it is made of the row's number under a derived key when the mail is
written, so that neither the outbox nor the queue nor a log holds it, and a mail that is sent twice
holds the same link. The row keeps its hash.
"""

import secrets
from datetime import timedelta

from flask import Flask, current_app
from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import select

from accounts.ending import Way, end_access
from encryption.signing import digest, sign
from models.base import db, now
from models.messages import Message
from models.people import Invitation, User
from models.sealed import keyring
from models.witnessed import stands
from notifications import channels, outbox
from web.errors import NotFound, Over
from web.links import link

DAYS = 3
WRONG_CODES = 5  # tries of the second factor, after which a link is worth nothing
EVENT = "account.link"


def register(_app: Flask) -> None:
    """The mail of a link is written here."""
    channels.SECRET_PATHS[EVENT] = path_of


def make(user: User, by_id: int | None) -> Invitation:
    """A new link for choosing a password; older ones of the account end."""
    end_access(user, keep=[way for way in Way if way != Way.LINKS])
    row = Invitation(
        user_id=user.id,
        token=secrets.token_bytes(32),  # until it has the number that the secret is made of
        by_id=by_id,
        expires_at=now() + timedelta(days=DAYS),
    )
    db.session.add(row)
    db.session.flush()
    row.token = digest(_secret(row).encode())
    return row


def send(user: User, by_id: int | None) -> None:
    """A new link, by mail to the owner of the account and to nobody else."""
    row = make(user, by_id)
    reference = f"IN-{row.id}"
    outbox.post_letter(EVENT, reference=reference, path=link("accounts.sign_in"), to=user)


def newest(user: User) -> Invitation:
    """The link that the last mail to somebody holds."""
    query = select(Invitation).where(Invitation.user_id == user.id).order_by(Invitation.id.desc())
    return db.session.execute(query.limit(1)).scalar_one()


def address(row: Invitation) -> str:
    """The whole address of a link: for the command line of the machine, which has the keys."""
    base: str = current_app.config["SETTINGS"].base_url
    return base + link("accounts_security.invitation", _secret(row))


def path_of(message: Message) -> str:
    """Where the mail of a link leads; the page of one that is over says what became of it."""
    row = db.session.get(Invitation, int(message.reference.removeprefix("IN-")))
    if row is None:
        return link("accounts.sign_in")
    return link("accounts_security.invitation", _secret(row))


def find(token: str) -> Invitation:
    """The row of a link that may still be used; raises :class:`web.errors.NotFound`, or to whoever
    holds one that was good :class:`web.errors.Over`.
    """
    query = select(Invitation).where(Invitation.token == digest(token.encode())).with_for_update()
    row = db.session.execute(query).scalar_one_or_none()
    if row is None or not (stands(row) and stands(row.user)):
        raise NotFound
    if is_over(row):
        raise _over(row)
    return row


def _over(row: Invitation) -> Over:
    what = _("It was for choosing a password. It is good no longer.")
    if row.used_at is not None:
        day = format_date(row.used_at, "long")
        what = _(
            "It was for choosing a password. It was used on %(day)s, or ended that day: a newer "
            "one took its place, or too many codes were wrong.",
            day=day,
        )
    elif row.expires_at <= now():
        day = format_date(row.expires_at, "long")
        what = _("It was for choosing a password. Its days ended on %(day)s.", day=day)
    advice = _(
        "Look for a newer mail, sign in with the password you chose, or ask for another link. If "
        "somebody else used it, tell your administrator at once."
    )
    ways = (
        (link("accounts.sign_in"), _("Sign in")),
        (link("accounts.locked_out"), _("I cannot sign in")),
    )
    return Over(what, advice, ways)


def is_good(token: str) -> bool:
    """Whether a link may still be used: none that never was, none that is over."""
    try:
        find(token)
    except NotFound:
        return False
    return True


def is_over(row: Invitation) -> bool:
    """Whether a link was used, replaced or left too long, or its account is shut."""
    return row.used_at is not None or row.expires_at <= now() or not row.user.active


def outstanding() -> set[int]:
    """The accounts that have a link which may still be used."""
    query = select(Invitation.user_id).where(
        Invitation.used_at.is_(None), Invitation.expires_at > now()
    )
    return set(db.session.execute(query).scalars())


def count_wrong_code(row_id: int) -> None:
    """A wrong code of the second factor was typed with a link; the last one ends it."""
    query = select(Invitation).where(Invitation.id == row_id).with_for_update()
    row = db.session.execute(query.execution_options(populate_existing=True)).scalar_one()
    row.wrong += 1
    if row.wrong >= WRONG_CODES and row.used_at is None:
        row.used_at = now()
    db.session.flush()


def _secret(row: Invitation) -> str:
    key = keyring().derive("accounts/link")
    return sign(key, str(row.id), str(row.user_id), str(int(row.created_at.timestamp())))
