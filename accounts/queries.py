"""People, their roles and the organisations in which they hold them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from models.base import db
from models.people import Grant, Organisation, Team, User
from web.errors import NotFound

MOST = 500


def person(actor: Actor, user_id: int, **_: Any) -> User:
    """The actor's own account, or one that the actor manages; others do not exist."""
    user = db.session.get(User, user_id)
    if user is None or (user.id != actor.id and not allows(actor, Permission.USER_MANAGE, user)):
        raise NotFound
    return user


def grant(user: User, grant_id: int) -> Grant:
    """A role of ``user``; those of others do not exist."""
    role = db.session.get(Grant, grant_id)
    if role is None or role.user_id != user.id:
        raise NotFound
    return role


def grants(places: Sequence[Organisation]) -> Sequence[Grant]:
    """Who holds which role in ``places``; those that end come first."""
    query = (
        select(Grant)
        .join(User)
        .where(Grant.organisation_id.in_([place.id for place in places]))
        .order_by(Grant.ends_on.is_(None), Grant.ends_on, User.name)
        .limit(MOST)
    )
    return db.session.execute(query).scalars().all()


def teams() -> Sequence[Team]:
    """All teams, by name."""
    return db.session.execute(select(Team).order_by(Team.name)).scalars().all()
