"""What the start does after the migrations, with keys that these do not have."""

from functools import partial
from typing import Any

from sqlalchemy import exists, literal, select, update
from sqlalchemy.orm import joinedload

from models import coded
from models.base import db
from models.cases import Case
from models.key_wraps import keyring
from models.records import Record
from models.returns import FollowUp, Return
from models.states import CaseStatus, ReturnState
from models.visits import VisitAttempt
from standards import lists

LOT = 500


def seal_codes() -> int:
    """Seal what a version before wrote in the clear; gives how many rows.

    In small transactions: after a kill the next start goes on. Nothing serves meanwhile, and where
    another node does, it reads both.
    """
    db.session.rollback()
    tables = dict.fromkeys(column.table.name for column in coded.columns())
    return sum(count for table in tables for count in iter(partial(_some, table), 0))


def _some(table: str) -> int:
    with db.engine.begin() as connection:
        return coded.seal_all(connection, table)


def some_says(most: int = LOT) -> int:
    """What some records say to rules, under the key of their case where a version before kept it
    under the installation's. Gives how many.
    """
    here = keyring().offices
    query = (
        select(Record)
        .where(Record.says_before.is_not(None), Record.case.has(Case.status != CaseStatus.ERASED))
        .where(literal(value=True) if here is None else Record.case.has(Case.office_id.in_(here)))
        .order_by(Record.id)
        .limit(most)
        .options(joinedload(Record.case))
    )
    found = db.session.execute(query).unique().scalars().all()
    for record in found:
        table: Any = Record.__table__
        content = Record.says.sealed(record, record.says_before or {})
        same = update(table).where(table.c.id == record.id)  # no change of the record
        db.session.execute(same.values(says_sealed=content, says=None))
    db.session.flush()
    return len(found)


def visits_apart() -> int:
    """What a version before wrote as a visit becomes an attempt, and a follow-up is done only where
    somebody was reached; of a return that has ended, what was not done is not needed from that day.
    Gives how many follow-ups; once, and again for what an older node writes meanwhile.
    """
    found = sum(iter(partial(_some_visits, LOT), 0)) + _ended()
    db.session.flush()
    return found


def _some_visits(most: int) -> int:
    tried = exists().where(VisitAttempt.follow_up_id == FollowUp.id)
    query = select(FollowUp).where(FollowUp.done_on.is_not(None), ~tried).limit(most)
    found = db.session.execute(query).scalars().all()
    for visit in found:
        said = {name: getattr(visit, name) for name in _OF_A_VISIT}
        db.session.add(
            VisitAttempt(return_id=visit.return_id, follow_up_id=visit.id, on=visit.done_on, **said)
        )
        if visit.outcome not in lists.FOLLOW_UP_REACHED:
            visit.done_on = None
    db.session.flush()
    return len(found)


def _ended() -> int:
    query = (
        select(FollowUp)
        .join(Return)
        .where(
            FollowUp.done_on.is_(None),
            FollowUp.not_needed_on.is_(None),
            Return.state == ReturnState.CLOSED,
        )
        .options(joinedload(FollowUp.record))
    )
    count = 0
    for visit in db.session.execute(query).unique().scalars().all():
        ended_on = visit.record.closed_on
        if ended_on and visit.due_on >= ended_on:
            visit.not_needed_on = ended_on
            count += 1
    db.session.flush()
    return count


_OF_A_VISIT = ("manner", "outcome", "business", "economic", "social", "psychosocial")
