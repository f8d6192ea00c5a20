"""Reviews of vital interest: what was kept without consent, one by one or a list as a list.

The people of a list stand there for one reason; those who need a look of their own (children, high
risk, who may be known already) are never reviewed with the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload, selectinload

from access.actors import Actor
from access.permissions import Permission
from access.policy import visible
from casework.core import ages, consent
from models.base import db
from models.cases import Case, Import, ImportedRow, ImportFault
from models.rules import RuleBroken
from web import paging
from web.errors import NotFound


@dataclass(frozen=True)
class OfList:
    """What waits of one list: those that may be reviewed as a whole, those that may not."""

    job: Import
    together: list[Case]
    apart: list[Case]


def _waits(actor: Actor) -> ColumnElement[bool]:
    mine = visible(actor, Permission.CASE_REVIEW, Case)
    return mine & Case.review_due_at.is_not(None)


def waiting(actor: Actor, after: str = "", size: int = paging.PAGE) -> paging.Page:
    """What waits for the actor's review, the oldest first, and how many there are."""
    query = select(Case).where(_waits(actor)).order_by(Case.review_due_at, Case.id)
    return paging.counted(query, after, size)


def lists(actor: Actor) -> list[tuple[Import, int]]:
    """The lists of which cases wait, with how many; the oldest first."""
    query = (
        select(ImportedRow.import_id, func.count())
        .join(Case, Case.id == ImportedRow.case_id)
        .where(_waits(actor), ImportedRow.import_id.is_not(None))
        .group_by(ImportedRow.import_id)
    )
    counts: dict[int, int] = dict(db.session.execute(query).all())  # type: ignore[arg-type]
    found = select(Import).where(Import.id.in_(counts)).options(joinedload(Import.office))
    jobs = db.session.execute(found.order_by(Import.id)).scalars()
    return [(job, counts[job.id]) for job in jobs]


def of_list(actor: Actor, key: str, **_: Any) -> Import:
    """A list of an office whose cases the actor reviews; others do not exist."""
    mine = visible(actor, Permission.CASE_REVIEW, Import)
    job = db.session.execute(select(Import).where(Import.key == key, mine)).scalar_one_or_none()
    if job is None:
        raise NotFound
    return job


def what_waits(actor: Actor, job: Import) -> OfList:
    """What waits of a list."""
    query = (
        select(Case)
        .join(ImportedRow, ImportedRow.case_id == Case.id)
        .where(ImportedRow.import_id == job.id, _waits(actor))
        .options(joinedload(Case.owner), selectinload(Case.consents))
        .order_by(Case.id)
    )
    cases = list(db.session.execute(query).unique().scalars())
    doubtful = _doubtful(job)
    apart = [case for case in cases if _needs_a_look(case, doubtful)]
    ids = {case.id for case in apart}
    return OfList(job, [case for case in cases if case.id not in ids], apart)


def _doubtful(job: Import) -> set[str]:
    """The numbers of cases that may be of somebody who is known already."""
    query = select(ImportFault.case_number).where(
        ImportFault.import_id == job.id, ImportFault.reason == "duplicate"
    )
    return set(db.session.execute(query).scalars())


def _needs_a_look(case: Case, doubtful: Iterable[str]) -> bool:
    """Whether somebody must look at this case by itself before it is said to be right."""
    is_child = ages.counts_as_child(case)
    is_risky = case.risk in {"high", "extreme"} or bool(case.trafficking_status)
    return is_child or is_risky or case.number in doubtful


def review_list(*, by: Actor, job: Import, right: bool) -> int:
    """Review a list as a whole, but for those that need a look of their own; gives how many.

    Raises :class:`models.rules.RuleBroken` where nothing of it waits.
    """
    together = what_waits(by, job).together
    if not together:
        raise RuleBroken(consent.NOTHING_TO_REVIEW)
    for case in together:
        consent.review_vital_interest(by=by, case=case, right=right)
    return len(together)
