"""Unusual searches, read from the trail: many without a case opened, many people of other offices,
one person looked for by several.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import case, distinct, func, select

from casework.core.search_trail import ELSEWHERE, SEARCH
from data_protection.unusual import Unusual
from models.audit import AuditRecord, AuditRecordCase
from models.base import db, now

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
    searches = func.count(case((AuditRecord.deed == SEARCH, 1)))
    opened = func.count(case((AuditRecord.deed.like("%.read"), 1)))
    query = (
        select(AuditRecord.user_id, searches)
        .where(AuditRecord.at >= now() - timedelta(hours=1), AuditRecord.user_id.is_not(None))
        .group_by(AuditRecord.user_id)
        .having((searches >= MANY) & (opened * FEW_OPENED < searches))
    )
    for user_id, count in db.session.execute(query):
        yield Unusual("many_searches", f"user {user_id}", f"{hour:%Y-%m-%dT%H}", user_id, count)


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
