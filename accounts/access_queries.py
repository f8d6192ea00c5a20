"""Changes of who may act, as those see them who oversee them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows, visible
from models.access_changes import AccessChange
from models.base import db
from models.people import User
from models.states import AccessChangeState
from web import paging
from web.errors import NotFound


def seen_by(actor: Actor, cursor: str = "") -> paging.Page:
    """What the actor oversees, newest first."""
    query = select(AccessChange).where(visible(actor, Permission.ACCESS_SEE, AccessChange))
    return paging.page(query, (AccessChange.id,), cursor)


def to_decide(actor: Actor) -> Sequence[AccessChange]:
    """What waits for the actor's answer."""
    query = select(AccessChange).where(
        AccessChange.state == AccessChangeState.ASKED,
        visible(actor, Permission.ACCESS_DECIDE, AccessChange),
    )
    return db.session.execute(query.order_by(AccessChange.id)).scalars().all()


def about(user: User) -> Sequence[AccessChange]:
    """What changed of one account lately, newest first."""
    query = select(AccessChange).where(AccessChange.user_id == user.id)
    return db.session.execute(query.order_by(AccessChange.id.desc()).limit(10)).scalars().all()


def change(actor: Actor, change_id: int, **_: Any) -> AccessChange:
    """One that the actor may see, locked while it is decided; others do not exist."""
    query = select(AccessChange).where(AccessChange.id == change_id)
    found = db.session.execute(query.with_for_update(of=AccessChange)).scalar_one_or_none()
    if found is None or not allows(actor, Permission.ACCESS_SEE, found):
        raise NotFound
    return found
