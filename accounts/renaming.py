"""Somebody is called otherwise, or has another mail address: changed by whoever administers them,
or asked for by themselves. Sessions stay; the trail keeps what it was.
"""

from flask import Flask
from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from access.policy import require
from accounts.access_changes import change
from accounts.access_effects import MOVED
from models.access_changes import AccessChange, ChangeKind
from models.base import db
from models.messages import Message
from models.people import User
from models.rules import RuleBroken
from models.states import AccessChangeState
from notifications import channels


def register(_app: Flask) -> None:
    """The mail to an address that somebody has no more is sent there."""
    channels.ADDRESSES[MOVED] = address_before


def address_before(message: Message) -> str:
    """Where the mail goes that tells the owner of an account that it has another address now."""
    number = message.reference.removeprefix("AC-")
    made = db.session.get(AccessChange, int(number)) if number.isdecimal() else None
    return (made.before if made else None) or message.user.email


def rename(*, by: Actor, user: User, name: str, email: str) -> AccessChange:
    """Change name and mail address where they differ; gives the last change.

    A mail address, and whatever somebody asks for themselves, waits for a second person. Raises
    :class:`models.rules.RuleBroken` where nothing differs, or another account has the address.
    """
    if by.id != user.id:
        require(by, Permission.USER_MANAGE, user)
    made: AccessChange | None = None
    if email.lower() != user.email:
        _none_waits(user)
    if name != user.name:
        made = change(ChangeKind.NAME_CHANGED, user, by=by, wanted=name)
    if email.lower() != user.email:
        made = change(ChangeKind.ADDRESS_CHANGED, user, by=by, wanted=email.lower())
    if made is None:
        raise RuleBroken(_("This is the name and the address already."))
    return made


def _none_waits(user: User) -> None:
    """One address after the other: of two that wait nobody knows which the account will have."""
    query = select(AccessChange).where(
        AccessChange.user_id == user.id,
        AccessChange.kind == ChangeKind.ADDRESS_CHANGED,
        AccessChange.state.in_((AccessChangeState.ASKED, AccessChangeState.WAITING)),
    )
    if standing := db.session.execute(query.limit(1)).scalar_one_or_none():
        message = _("Another address waits already (%(reference)s).", reference=standing.reference)
        raise RuleBroken(message, "email")
