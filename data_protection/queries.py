"""Reading the trail."""

from sqlalchemy import select

from models.audit import AuditRecord, AuditRecordCase
from models.base import db
from models.cases import Case
from web import paging


def of_case(case: Case, cursor: str = "") -> paging.Page:
    """Who looked at or changed a case, newest first."""
    query = (
        select(AuditRecord)
        .join(AuditRecordCase, AuditRecordCase.entry_id == AuditRecord.id)
        .where(AuditRecordCase.case_id == case.id)
    )
    return paging.page(query, (AuditRecord.id,), cursor)


def whole(cursor: str = "", deed: str = "", user: str = "") -> paging.Page:
    """The trail, of all or of one person, newest first."""
    query = select(AuditRecord)
    if user.isdecimal():
        query = query.where(AuditRecord.user_id == int(user))
    if deed:
        query = query.where(AuditRecord.deed == deed)
    return paging.page(query, (AuditRecord.id,), cursor, 50)


def numbers_of(entries: list[AuditRecord]) -> dict[int, str]:
    """The numbers of the cases that entries name."""
    ids = {int(part) for entry in entries for part in entry.cases.split()[:5]}
    return dict(db.session.execute(select(Case.id, Case.number).where(Case.id.in_(ids))).all())
