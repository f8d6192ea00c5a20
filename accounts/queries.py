"""People, their roles and the organisations in which they hold them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import itemgetter
from typing import Any, TypedDict

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from accounts import links
from accounts.invitations import NEVER
from models.access_changes import AccessChange, ChangeKind
from models.base import db, now, today
from models.people import Grant, Organisation, Passkey, Team, User
from models.states import AccessChangeState
from web.errors import NotFound

IDLE_DAYS = 90
SOON = timedelta(days=30)


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


def offices_of(actor: Actor) -> list[Organisation]:
    """The organisations for which somebody works, by name."""
    held = [grant for grant in actor.user.grants if grant.in_force] if actor.user else []
    places = {grant.organisation_id: grant.organisation for grant in held}
    return sorted(
        (place for number, place in places.items() if number in actor.places),
        key=lambda place: place.name,
    )


@dataclass(frozen=True)
class Row:
    """One account as the page of people shows it."""

    user: User
    grants: list[Grant]
    has_factor: bool
    has_link: bool
    asked: list[AccessChange]  # roles to which somebody else must agree

    @property
    def is_asked(self) -> bool:
        """Whether nobody agreed to the invitation yet: there is no role to open the account by."""
        return bool(self.asked) and not self.grants

    @property
    def in_force(self) -> list[Grant]:
        """The roles that count today."""
        return [grant for grant in self.grants if grant.in_force]

    @property
    def ends_on(self) -> date:
        """When the first of these roles ends; a day beyond all where none does, or none counts."""
        return min((grant.ends_on for grant in self.in_force if grant.ends_on), default=date.max)

    @property
    def ends_soon(self) -> bool:
        """Whether a role ends within a month."""
        return self.ends_on <= today() + SOON

    @property
    def is_invited(self) -> bool:
        """Whether its owner has not used the invitation yet."""
        return self.user.active and self.user.password_hash == NEVER

    @property
    def is_idle(self) -> bool:
        """Whether nobody signed in for so long that the account may be shut."""
        seen = self.user.signed_in_at or self.user.created_at
        return seen is None or seen < now() - timedelta(days=IDLE_DAYS)


# What there may be to do about an account: its name, its words, whom it fits.
STATES: dict[str, tuple[Any, Callable[[Row], bool]]] = {
    "ending": (_l("Role ends within 30 days"), lambda row: row.ends_soon),
    "invited": (_l("Invited, not here yet"), lambda row: row.is_invited or row.is_asked),
    "asked": (_l("Somebody must agree"), lambda row: bool(row.asked)),
    "link": (_l("Link outstanding"), lambda row: row.has_link),
    "no_factor": (_l("Without second factor"), lambda row: not row.has_factor),
    "idle": (_l("Not signed in for 90 days"), lambda row: row.is_idle),
    "no_role": (_l("Without a role"), lambda row: not (row.in_force or row.is_asked)),
    "shut": (_l("Shut"), lambda row: not (row.user.active or row.is_asked)),
}


class Asked(TypedDict, total=False):
    """What narrows the list of people."""

    words: str
    organisation: int | None
    role: str
    show: str


def people(places: Sequence[Organisation], asked: Asked) -> list[Row]:
    """Who works in ``places``, each once with all roles there; whose role ends comes first.

    Names are sealed: all are read, then looked at. There are some thousands at most.
    """
    rows = [row for row in _everybody(places) if _fits(row, asked)]
    return sorted(rows, key=lambda row: (row.ends_on, row.user.name.casefold(), row.user.id))


def _everybody(places: Sequence[Organisation]) -> list[Row]:
    query = (
        select(Grant)
        .join(User)
        .where(Grant.organisation_id.in_([place.id for place in places]))
        .order_by(Grant.id)
        .options(contains_eager(Grant.user))
    )
    by_user: dict[int, list[Grant]] = {}
    for grant in db.session.execute(query).unique().scalars():
        by_user.setdefault(grant.user_id, []).append(grant)
    users = {user_id: held[0].user for user_id, held in by_user.items()}
    asked = _asked(places)
    users |= {user_id: waiting[0].user for user_id, waiting in asked.items()}
    with_passkey = set(db.session.execute(select(Passkey.user_id).distinct()).scalars())
    with_link = links.outstanding()
    return [
        Row(
            user=user,
            grants=by_user.get(user_id, []),
            has_factor=user.totp_sealed is not None or user_id in with_passkey,
            has_link=user_id in with_link,
            asked=asked.get(user_id, []),
        )
        for user_id, user in users.items()
    ]


def _asked(places: Sequence[Organisation]) -> dict[int, list[AccessChange]]:
    """Roles in ``places`` to which somebody else must agree, by whose they would be."""
    query = (
        select(AccessChange)
        .join(AccessChange.user)
        .where(
            AccessChange.state == AccessChangeState.ASKED,
            AccessChange.kind.in_((ChangeKind.INVITED, ChangeKind.ROLE_GIVEN)),
            AccessChange.office_id.in_([place.id for place in places]),
        )
        .order_by(AccessChange.id)
        .options(contains_eager(AccessChange.user))
    )
    by_user: dict[int, list[AccessChange]] = {}
    for asked in db.session.execute(query).unique().scalars():
        by_user.setdefault(asked.user_id, []).append(asked)
    return by_user


def _fits(row: Row, asked: Asked) -> bool:
    words = asked.get("words", "").casefold().split()
    said = f"{row.user.name} {row.user.email}".casefold()
    place, role = asked.get("organisation"), asked.get("role", "")
    held: list[tuple[int | None, str]] = [
        *((grant.organisation_id, grant.role) for grant in row.in_force or row.grants),
        *((asked.office_id, asked.role) for asked in row.asked),
    ]
    held = [each for each in held if place in (None, each[0]) and role in ("", each[1])]
    _label, is_so = STATES.get(asked.get("show", ""), ("", lambda _row: True))
    return bool(held) and all(word in said for word in words) and is_so(row)


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
