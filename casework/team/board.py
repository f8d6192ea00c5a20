"""The office at a glance: who has how much, what nobody has; filters that people keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy import case as either
from sqlalchemy.orm import joinedload

from access.actors import Actor
from access.permissions import Permission
from access.policy import visible
from casework.core import queries, tasks
from models.base import db, today
from models.cases import Case, Task
from models.people import User
from models.states import Sets
from web import paging

SIZE = 50  # cases that nobody holds, on a page
_RISKY = func.sum(either((Case.risk.in_(("high", "extreme")), 1), else_=0))


@dataclass(frozen=True)
class Load:
    """What one caseworker has; ``user`` is nobody for what nobody has."""

    user: User | None
    cases: int
    high: int
    late: int


def caseload(offices: Sequence[int]) -> list[Load]:
    """Open cases, those of high risk, overdue tasks of each caseworker of offices; most first."""
    users = [user for _office, user in queries.colleagues(offices)]
    counted = (
        select(Case.owner_id, func.count(), _RISKY)
        .where(Case.office_id.in_(offices), Case.status.in_(Sets.CASE_ACTIVE))
        .group_by(Case.owner_id)
    )
    cases = {
        owner: (count, int(risky or 0)) for owner, count, risky in db.session.execute(counted).all()
    }
    overdue = (
        select(Task.owner_id, func.count())
        .where(_overdue(Task.owner_id.in_([user.id for user in users])))
        .group_by(Task.owner_id)
    )
    late = dict(db.session.execute(overdue).all())
    rows = [Load(user, *cases.get(user.id, (0, 0)), late.get(user.id, 0)) for user in users]
    return sorted(rows, key=lambda row: (-row.cases, row.user.name if row.user else ""))


def _overdue(whose: ColumnElement[bool]) -> ColumnElement[bool]:
    return tasks.due(today() - timedelta(days=1), whose)


def of_nobody(offices: Sequence[int]) -> Load:
    """The same of what nobody works on: no holder, or one whose account is shut or who left."""
    unheld = queries.held_by_nobody(offices)
    counted = select(func.count(), _RISKY).where(unheld, Case.status.in_(Sets.CASE_ACTIVE))
    count, risky = db.session.execute(counted).one()
    shut = select(User.id).where(User.active.is_(False))
    undone = or_(Task.owner_id.is_(None), Task.owner_id.in_(shut), unheld)
    theirs = Task.case_id.in_(select(Case.id).where(Case.office_id.in_(offices)))
    overdue = (
        select(func.count())
        .select_from(Task)
        .join(Case, Case.id == Task.case_id)
        .where(_overdue(theirs), undone)
    )
    late = db.session.execute(overdue).scalar_one()
    return Load(None, count, int(risky or 0), late)


def unassigned(by: Actor, offices: Sequence[int], after: str = "") -> paging.Page:
    """The open cases that nobody holds and the actor may give to somebody, the oldest first, and
    how many there are.
    """
    query = select(Case).where(
        queries.held_by_nobody(offices),
        Case.status.in_(Sets.CASE_ACTIVE),
        visible(by, Permission.CASE_ASSIGN, Case),
    )
    ordered = query.order_by(Case.id).options(joinedload(Case.owner))
    return paging.counted(ordered, after, SIZE)
