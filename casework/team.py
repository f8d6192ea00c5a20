"""The office at a glance: who has how much, what nobody has; filters that people keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import case as either
from sqlalchemy import func, select

from access.actors import Actor
from access.permissions import Role
from casework.queries import FILTERS
from models.base import db, today
from models.cases import Case, Task
from models.people import Grant, User
from models.work import Flag, SavedFilter

OPEN = ("open", "assistance", "follow_up")


@dataclass(frozen=True)
class Load:
    """What one caseworker has."""

    user: User
    cases: int
    high: int
    late: int


def people(offices: Sequence[int]) -> list[tuple[int, User]]:
    """The caseworkers of offices, with the office."""
    query = select(Grant).where(Grant.organisation_id.in_(offices), Grant.role == Role.CASEWORKER).order_by(Grant.organisation_id, Grant.user_id)
    return [(grant.organisation_id, grant.user) for grant in db.session.execute(query).scalars() if grant.in_force and grant.user.active]


def caseload(offices: Sequence[int]) -> list[Load]:
    """Open cases, those of high risk and overdue tasks of each caseworker of the offices, most first."""
    high = func.sum(either((Case.risk.in_(("high", "extreme")), 1), else_=0))
    counted = select(Case.owner_id, func.count(), high).where(Case.office_id.in_(offices), Case.status.in_(OPEN)).group_by(Case.owner_id)
    cases = {owner: (count, int(risky or 0)) for owner, count, risky in db.session.execute(counted).all()}
    users = [user for _office, user in people(offices)]
    ids = [user.id for user in users]
    overdue = select(Task.owner_id, func.count()).where(Task.owner_id.in_(ids), Task.done_at.is_(None), Task.due_on < today()).group_by(Task.owner_id)
    late = dict(db.session.execute(overdue).all())
    rows = [Load(user, *cases.get(user.id, (0, 0)), late.get(user.id, 0)) for user in users]
    return sorted(rows, key=lambda row: (-row.cases, row.user.name))


def unassigned(offices: Sequence[int], size: int = 50) -> list[Case]:
    """Open cases that nobody holds, the oldest first."""
    query = select(Case).where(Case.office_id.in_(offices), Case.status.in_(OPEN), Case.owner_id.is_(None))
    return list(db.session.execute(query.order_by(Case.id).limit(size)).scalars())


def tidy_filter(query: str) -> str:
    """The part of an address that filters by coded fields, in one order; the rest is dropped."""
    found = {name: value[:30] for name, value in parse_qsl(query) if name in FILTERS and value}
    return urlencode(sorted(found.items()))


def filters_of(by: Actor) -> list[SavedFilter]:
    """The filters somebody keeps."""
    return list(db.session.execute(select(SavedFilter).where(SavedFilter.user_id == by.id).order_by(SavedFilter.name)).scalars())


def flagged(by: Actor, ways: Any, size: int = 20) -> list[Case]:
    """The cases somebody keeps an eye on and may still open."""
    query = select(Case).join(Flag, Flag.case_id == Case.id).where(Flag.user_id == by.id, ways).order_by(Flag.at.desc()).limit(size)
    return list(db.session.execute(query).scalars())


def is_flagged(by: Actor, case: Case) -> bool:
    """Whether the one who asks keeps an eye on a case."""
    return by.id is not None and db.session.get(Flag, (by.id, case.id)) is not None
