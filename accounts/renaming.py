"""Somebody is called otherwise, or has another mail address: changed by whoever administers them,
or asked for by themselves. Sessions stay; the trail keeps what it was.
"""

from flask_babel import gettext as _

from access.actors import Actor
from access.permissions import Permission
from access.policy import require
from accounts.access_changes import change
from models.access_changes import AccessChange, ChangeKind
from models.people import User
from models.rules import RuleBroken


def rename(*, by: Actor, user: User, name: str, email: str) -> AccessChange:
    """Change name and mail address where they differ; gives the last change.

    A mail address, and whatever somebody asks for themselves, waits for a second person. Raises
    :class:`models.rules.RuleBroken` where nothing differs, or another account has the address.
    """
    if by.id != user.id:
        require(by, Permission.USER_MANAGE, user)
    made: AccessChange | None = None
    if name != user.name:
        made = change(ChangeKind.NAME_CHANGED, user, by=by, wanted=name)
    if email.lower() != user.email:
        made = change(ChangeKind.ADDRESS_CHANGED, user, by=by, wanted=email.lower())
    if made is None:
        raise RuleBroken(_("This is the name and the address already."))
    return made
