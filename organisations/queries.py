"""Which organisations and teams there are."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import func, select

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from models.base import db, today
from models.cases import Case
from models.people import Grant, Organisation, Team
from models.states import Sets
from web.errors import NotFound

SOON = timedelta(days=30)
Row = TypeVar("Row")


def organisation(actor: Actor, code: str, **_: Any) -> Organisation:
    """The organisation of the address, where the actor keeps it; others do not exist."""
    found = by_code(code)
    if found is None or not allows(actor, Permission.ORGANISATION_CHANGE, found):
        raise NotFound
    return found


def with_keys(actor: Actor, code: str, **_: Any) -> Organisation:
    """The same for those who may see its public keys, whoever keeps it."""
    found = by_code(code)
    if found is None or not allows(actor, Permission.OFFICE_KEYS_SEE, found):
        raise NotFound
    return found


def by_code(code: str) -> Organisation | None:
    """The organisation with this code."""
    query = select(Organisation).where(Organisation.code == code)
    return db.session.execute(query).scalar_one_or_none()


def team(actor: Actor, team_id: int, **address: Any) -> Team:
    """A team of an organisation that the actor keeps; others do not exist."""
    return row_of(Team, organisation(actor, **address), team_id)


def row_of(model: type[Row], place: Organisation, row_id: int) -> Row:
    """A row of an organisation; others do not exist."""
    found: Any = db.session.get(model, row_id)
    if found is None or found.organisation_id != place.id:
        raise NotFound
    row: Row = found
    return row


def rows_of(model: type[Row], place: Organisation) -> list[Row]:
    """All rows of an organisation, in the order they were made."""
    table: Any = model
    query = select(model).where(table.organisation_id == place.id).order_by(table.id)
    return list(db.session.execute(query).scalars())


def kept_by(actor: Actor, asked: Mapping[str, str]) -> list[Organisation]:
    """Those that the actor keeps, narrowed, by kind and name. There are hundreds at most, and their
    names are sealed.
    """
    every = db.session.execute(select(Organisation)).scalars()
    found = (each for each in every if allows(actor, Permission.ORGANISATION_CHANGE, each))
    return sorted(_narrowed(found, asked), key=attrgetter("kind", "name"))


def _narrowed(found: Iterable[Organisation], asked: Mapping[str, str]) -> Iterable[Organisation]:
    words = asked.get("words", "").casefold()
    kind, state = asked.get("kind", ""), asked.get("state", "")
    for each in found:
        said = " ".join((each.code, each.name, each.city)).casefold()
        if words in said and kind in ("", each.kind) and state in ("", state_of(each)):
            yield each


def state_of(place: Organisation) -> str:
    """``open``, ``ending`` (its agreement ends soon, or has ended) or ``closed``."""
    if place.closed_on is not None:
        return "closed"
    ends = place.agreement_until
    return "ending" if ends is not None and ends < today() + SOON else "open"


def teams_of(place: Organisation) -> Sequence[Team]:
    """The teams of an organisation that have not ended, by name."""
    query = select(Team).where(Team.organisation_id == place.id, Team.ended_on.is_(None))
    return sorted(db.session.execute(query).scalars(), key=attrgetter("name"))


def in_team(place: Organisation, team: Team) -> tuple[list[Grant], list[Grant]]:
    """The roles in force of a mission: those in the team, and the others."""
    query = select(Grant).where(Grant.organisation_id == place.id)
    every = [
        grant
        for grant in db.session.execute(query).unique().scalars()
        if grant.in_force and grant.user.active
    ]
    every.sort(key=lambda grant: (grant.user.name.casefold(), grant.id))
    inside = [grant for grant in every if grant.team_id == team.id]
    return inside, [grant for grant in every if grant.team_id != team.id]


def grant_of(place: Organisation, grant_id: int) -> Grant:
    """A role in an organisation; others do not exist."""
    found = db.session.get(Grant, grant_id)
    if found is None or found.organisation_id != place.id:
        raise NotFound
    return found


def sizes(teams: Sequence[Team]) -> dict[int, tuple[int, int]]:
    """How many people and how many open cases each team has."""
    ids = [team.id for team in teams]
    people = select(Grant.team_id, func.count()).where(
        Grant.team_id.in_(ids), Grant.ends_on.is_(None) | (Grant.ends_on >= today())
    )
    cases = select(Case.team_id, func.count()).where(
        Case.team_id.in_(ids), Case.status.in_(Sets.CASE_ACTIVE)
    )
    of_people = dict(db.session.execute(people.group_by(Grant.team_id)).all())
    of_cases = dict(db.session.execute(cases.group_by(Case.team_id)).all())
    return {each: (of_people.get(each, 0), of_cases.get(each, 0)) for each in ids}
