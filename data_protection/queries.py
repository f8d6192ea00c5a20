"""Reading the trail."""

from sqlalchemy import select

from models.base import db
from models.cases import Case
from models.trail import TrailCase, TrailEntry
from web import paging


def of_case(case: Case, cursor: str = "") -> paging.Page:
    """Who looked at or changed a case, newest first."""
    query = select(TrailEntry).join(TrailCase, TrailCase.entry_id == TrailEntry.id).where(TrailCase.case_id == case.id)
    return paging.page(query, (TrailEntry.id,), cursor)


def whole(cursor: str = "", deed: str = "", user: str = "") -> paging.Page:
    """The trail, of all or of one person, newest first."""
    query = select(TrailEntry)
    if user.isdecimal():
        query = query.where(TrailEntry.user_id == int(user))
    if deed:
        query = query.where(TrailEntry.deed == deed)
    return paging.page(query, (TrailEntry.id,), cursor, 50)


def numbers_of(entries: list[TrailEntry]) -> dict[int, str]:
    """The numbers of the cases that entries name."""
    ids = {int(part) for entry in entries for part in entry.cases.split()[:5]}
    return dict(db.session.execute(select(Case.id, Case.number).where(Case.id.in_(ids))).all())
