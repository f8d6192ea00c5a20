"""Tasks: something to do for a case, by a day."""

from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import func, select

from access.actors import Actor
from models import taking_back
from models.base import db, now
from models.cases import Case, Task
from models.people import User
from models.rules import RuleBroken
from models.states import Sets

# Overdue by danger, not by date: safety, consent, child, promise to a partner, the rest.
# Deadlines of health and legal officers are theirs, whoever holds the case.
# They say nothing but that: which appointment or hearing it is stands in the record.
OFFICERS = {"medical_due", "legal_due"}
DANGER = (
    "danger",
    "doctor",
    "safety",
    "vital_review",
    "assistance_ended",
    "consent_renewal",
    "best_interests",
    "referral_declined",
    "handover_questions",
)


def add(*, by: Actor, case: Case, kind: str, due_on: date, record_key: str = "") -> Task:
    """Set a task: for whoever holds the case, or for the officer whose own record it comes from."""
    owner_id = by.id if kind in OFFICERS else _holder(case, by)
    task = Task(case=case, owner_id=owner_id, kind=kind, due_on=due_on, record_key=record_key)
    return _keep(task)


def _holder(case: Case, by: Actor) -> int | None:
    """Whoever holds the case, else whoever acts; nobody where the holder's account is shut: the
    supervisors find it among what nobody does.
    """
    if case.owner_id is None:
        return by.id
    owner = db.session.get(User, case.owner_id)
    return owner.id if owner is not None and owner.active else None


def add_for(*, user: User, case: Case, kind: str, due_on: date) -> Task:
    """Set a task for one person, whoever holds the case."""
    owner_id = user.id if user.active else None
    return _keep(Task(case=case, owner_id=owner_id, kind=kind, due_on=due_on))


def _keep(task: Task) -> Task:
    db.session.add(task)
    db.session.flush()
    _next_due(task.case)
    return task


def move(*, task: Task, due_on: date) -> None:
    """Another day: when it comes, its owner is told anew."""
    if task.due_on != due_on:
        task.told_id = None
    task.due_on = due_on
    db.session.flush()
    _next_due(task.case)


def finish(*, by: Actor, task: Task) -> None:
    """Done. Doing it twice changes nothing."""
    if task.done_at is None:
        task.done_at = now()
        task.done_by_id = by.id
        db.session.flush()
        _next_due(task.case)


def as_it_stands(task: Task) -> str:
    """The mark of a task, for the way back from :func:`finish`."""
    return taking_back.mark(*_stands(task))


def _stands(task: Task) -> tuple[int, datetime | None]:
    return task.id, task.done_at


def reopen(*, by: Actor, task: Task, as_left: str = "") -> None:
    """Not done after all: the inverse of :func:`finish`, for whoever ticked it or works with it.
    ``as_left``: the mark of what was ticked. Raises :class:`models.taking_back.ChangedSince`, and
    :class:`models.rules.RuleBroken` on a closed case, where nothing is left to do.
    """
    del by  # the trail says who
    if task.case.status in Sets.CASE_ENDED:
        raise RuleBroken(_("The case is closed. Reopen it first."))
    taking_back.only_as_left(as_left, *_stands(task))
    if task.done_at is not None:
        task.done_at = task.done_by_id = task.told_id = None
        db.session.flush()
        _next_due(task.case)


def stands(case: Case, kind: str) -> bool:
    """Whether something of a kind is still to be done for a case."""
    return any(task.kind == kind for task in _undone(case))


def finish_kind(*, by: Actor, case: Case, kind: str) -> None:
    """What of a kind was to be done is done, but for what hangs on a record of its own."""
    for task in _undone(case):
        if task.kind == kind and not task.record_key:
            finish(by=by, task=task)


def reopen_since(
    *, by: Actor, case: Case, kind: str, since: datetime, record_key: str = ""
) -> None:
    """What was done since then for a case, or for a record of it, is to be done again: the last
    task of the kind, unless one stands.
    """
    query = select(Task).where(Task.case_id == case.id, Task.record_key == record_key)
    rows = db.session.execute(query.order_by(Task.id)).unique().scalars()
    known = [task for task in rows if task.kind == kind]
    done = [task for task in known if task.done_at is not None and task.done_at >= since]
    if done and all(task.done_at is not None for task in known):
        reopen(by=by, task=done[-1])


def _undone(case: Case) -> list[Task]:
    query = select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))
    return list(db.session.execute(query).scalars())


def danger(task: Task) -> tuple[int, date]:
    """The order of what is overdue."""
    return (DANGER.index(task.kind) if task.kind in DANGER else len(DANGER), task.due_on)


def _next_due(case: Case) -> None:
    query = select(func.min(Task.due_on)).where(Task.case_id == case.id, Task.done_at.is_(None))
    case.next_due_on = db.session.execute(query).scalar()
