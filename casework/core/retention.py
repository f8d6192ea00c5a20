"""The end of work on a case, whichever way it came: its tasks end, and the day is set until which
it is kept; then ``data_protection.retention`` proposes its erasure.
"""

from datetime import date

from sqlalchemy import select

from access.actors import Actor
from casework.core import tasks, timeline
from models import office_settings
from models.base import db, today
from models.cases import Case, Task
from models.dates import years_after
from models.states import CASE


def kept_until(case: Case, closed_on: date | None = None) -> date:
    """The day until which a case that was closed on a day (today) is kept: its office decides."""
    return years_after(closed_on or today(), office_settings.of(case.office_id, "retention_years"))


def end_work(*, by: Actor, case: Case, reason: str, outcome: str = "") -> None:
    """A case that was closed: why, its open tasks end, and it is kept until a day."""
    case.closure_reason = reason
    case.outcome = outcome
    for task in db.session.execute(
        select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))
    ).scalars():
        tasks.finish(by=by, task=task)
    case.retain_until = kept_until(case, case.closed_on)


def was_closed(*, by: Actor, case: Case, on: date | None, reason: str) -> None:
    """A case that was closed elsewhere before it came here, on a day or on one not known: then its
    time begins today, as no later day can be shown.
    """
    CASE.move(case, "close", by=by)
    if on is not None and on <= today():
        case.closed_on = max(on, case.opened_on)
    timeline.add(by=by, case=case, kind="closed", reference=reason)
    end_work(by=by, case=case, reason=reason)
