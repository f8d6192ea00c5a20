"""The office at a glance: who has how much, what nobody has; filters that people keep."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case as either
from sqlalchemy import func, select

from casework.core import queries
from models.base import db, today
from models.cases import Case, Task
from models.people import User
from models.states import Sets


@dataclass(frozen=True)
class Load:
    """What one caseworker has."""

    user: User
    cases: int
    high: int
    late: int


def caseload(offices: Sequence[int]) -> list[Load]:
    """Open cases, those of high risk, overdue tasks of each caseworker of offices; most first."""
    high = func.sum(either((Case.risk.in_(("high", "extreme")), 1), else_=0))
    counted = (
        select(Case.owner_id, func.count(), high)
        .where(Case.office_id.in_(offices), Case.status.in_(Sets.CASE_ACTIVE))
        .group_by(Case.owner_id)
    )
    cases = {
        owner: (count, int(risky or 0)) for owner, count, risky in db.session.execute(counted).all()
    }
    users = [user for _office, user in queries.colleagues(offices)]
    ids = [user.id for user in users]
    overdue = (
        select(Task.owner_id, func.count())
        .where(Task.owner_id.in_(ids), Task.done_at.is_(None), Task.due_on < today())
        .group_by(Task.owner_id)
    )
    late = dict(db.session.execute(overdue).all())
    rows = [Load(user, *cases.get(user.id, (0, 0)), late.get(user.id, 0)) for user in users]
    return sorted(rows, key=lambda row: (-row.cases, row.user.name))


def unassigned(offices: Sequence[int], size: int = 50) -> list[Case]:
    """Open cases that nobody holds, the oldest first."""
    query = select(Case).where(
        Case.office_id.in_(offices), Case.status.in_(Sets.CASE_ACTIVE), Case.owner_id.is_(None)
    )
    return list(db.session.execute(query.order_by(Case.id).limit(size)).scalars())
