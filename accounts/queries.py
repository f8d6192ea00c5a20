"""People, their roles and the organisations in which they hold them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from accounts import links
from models.base import db, now
from models.people import Grant, Organisation, Passkey, Team, User
from web.errors import NotFound

IDLE_DAYS = 90


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


@dataclass(frozen=True)
class Row:
    """One account as the page of people shows it."""

    user: User
    grants: list[Grant]
    has_factor: bool
    has_link: bool

    @property
    def is_idle(self) -> bool:
        """Whether nobody signed in for so long that the account may be shut."""
        seen = self.user.signed_in_at or self.user.created_at
        return seen is None or seen < now() - timedelta(days=IDLE_DAYS)


def people(places: Sequence[Organisation]) -> list[Row]:
    """Who works in ``places``, each once with all roles there; whose role ends comes first."""
    query = (
        select(Grant)
        .join(User)
        .where(Grant.organisation_id.in_([place.id for place in places]))
        .order_by(Grant.ends_on.is_(None), Grant.ends_on, Grant.id)
        .options(contains_eager(Grant.user))
    )
    by_user: dict[int, list[Grant]] = {}
    for grant in db.session.execute(query).unique().scalars():
        by_user.setdefault(grant.user_id, []).append(grant)
    with_passkey = set(db.session.execute(select(Passkey.user_id).distinct()).scalars())
    with_link = links.outstanding()
    return [
        Row(
            user=held[0].user,
            grants=held,
            has_factor=held[0].user.totp_sealed is not None or user_id in with_passkey,
            has_link=user_id in with_link,
        )
        for user_id, held in by_user.items()
    ]


def teams(places: Sequence[Organisation]) -> list[tuple[int, str]]:
    """The teams of ``places`` that have not ended: id and name, with its organisation where there
    are several.
    """
    names = {place.id: place.name for place in places}
    query = select(Team).where(Team.organisation_id.in_(names), Team.ended_on.is_(None))
    found = db.session.execute(query).scalars()
    words = [
        (team.id, f"{names[team.organisation_id]}: {team.name}" if len(places) > 1 else team.name)
        for team in found
    ]
    return sorted(words, key=itemgetter(1))
