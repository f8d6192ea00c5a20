"""Unusual searches, read from the trail: many without a case opened, many people of other offices,
one person looked for by several.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, distinct, func, or_, select

from casework.core.search_trail import ELSEWHERE, SEARCH
from data_protection.unusual import Unusual
from models.audit import AuditRecord, AuditRecordCase
from models.base import db, now
from models.cases import Case

MANY = 40  # searches in an hour
FEW_OPENED = 5  # fewer than one look at a case for so many searches
MANY_ELSEWHERE = 10  # people of other offices in a day
SEVERAL = 3  # people who look for the same one within a week


def found(hour: datetime) -> Iterator[Unusual]:
    """All of it, looking back from now; ``hour`` is the window by which an alert is raised once."""
    yield from _without_opening(hour)
    yield from _elsewhere(hour)
    yield from _sought_by_several(hour)


def _without_opening(hour: datetime) -> Iterator[Unusual]:
    """Searches that led to no case: what one reads beside, and cases in one's own hands, excuse
    nothing.
    """
    within = (AuditRecord.at >= now() - timedelta(hours=1)) & AuditRecord.user_id.is_not(None)
    query = (
        select(AuditRecord.user_id, func.count())
        .where(within, AuditRecord.deed == SEARCH)
        .group_by(AuditRecord.user_id)
        .having(func.count() >= MANY)
    )
    for user_id, count in db.session.execute(query).all():
        met = _cases(user_id, AuditRecord.deed == SEARCH)
        if len(met & _cases(user_id, AuditRecord.deed.like("%.read"))) * FEW_OPENED < count:
            yield Unusual("many_searches", f"user {user_id}", f"{hour:%Y-%m-%dT%H}", user_id, count)


def _cases(user_id: int | None, deed: ColumnElement[bool]) -> set[int]:
    """The cases of others that a deed of somebody named within the hour."""
    query = (
        select(AuditRecordCase.case_id)
        .join(AuditRecord, AuditRecordCase.entry_id == AuditRecord.id)
        .join(Case, Case.id == AuditRecordCase.case_id)
        .where(
            AuditRecord.user_id == user_id,
            AuditRecord.at >= now() - timedelta(hours=1),
            or_(Case.owner_id.is_(None), Case.owner_id != user_id),
            deed,
        )
    )
    return set(db.session.execute(query.distinct()).scalars())


def _elsewhere(hour: datetime) -> Iterator[Unusual]:
    people = func.count(distinct(AuditRecordCase.case_id))
    query = (
        select(AuditRecord.user_id, people)
        .join(AuditRecordCase, AuditRecordCase.entry_id == AuditRecord.id)
        .where(
            AuditRecord.at >= now() - timedelta(hours=24),
            AuditRecord.deed == ELSEWHERE,
            AuditRecord.user_id.is_not(None),
        )
        .group_by(AuditRecord.user_id)
        .having(people >= MANY_ELSEWHERE)
    )
    for user_id, count in db.session.execute(query):
        yield Unusual("many_elsewhere", f"user {user_id}", f"{hour:%Y-%m-%d}", user_id, count)


def _sought_by_several(hour: datetime) -> Iterator[Unusual]:
    who = func.count(distinct(AuditRecord.user_id))
    query = (
        select(AuditRecordCase.case_id, who)
        .join(AuditRecord, AuditRecordCase.entry_id == AuditRecord.id)
        .where(AuditRecord.at >= now() - timedelta(days=7), AuditRecord.deed == ELSEWHERE)
        .group_by(AuditRecordCase.case_id)
        .having(who >= SEVERAL)
    )
    for case_id, count in db.session.execute(query):
        yield Unusual("sought_by_several", f"case {case_id}", f"{hour:%Y-%W}", None, count)
