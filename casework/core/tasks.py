"""Tasks: something to do for a case, by a day."""

import secrets
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, bindparam, select, update

from access.actors import Actor
from models import months, taking_back
from models.base import db, now, today
from models.cases import Case, Task
from models.people import User
from models.rules import RuleBroken
from models.states import Sets

chance = secrets.SystemRandom()
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


# A row that waits to become a task: each case begins with as many rows, so that their number does
# not tell whose case it is. Nobody sees it; :func:`add` takes it, or it ends some days late.
SPARE = ""
_SPARE_DAYS = (7, 14, 30)  # those of what a child needs, and one of any day
_ANY_DAY = (30, 400)
_A_TURN = 72  # one of so many ends in an hour, once its day came


def add(*, by: Actor, case: Case, kind: str, due_on: date, record_key: str = "") -> Task:
    """Set a task: for whoever holds the case, or for the officer whose own record it comes from."""
    owner_id = by.id if kind in OFFICERS else _holder(case, by)
    return _keep(case, owner_id=owner_id, kind=kind, due_on=due_on, record_key=record_key)


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
    return _keep(case, owner_id=owner_id, kind=kind, due_on=due_on)


def _keep(case: Case, **given: Any) -> Task:
    spare = [task for task in _rows(case) if task.kind == SPARE]
    if spare:
        task = min(spare, key=lambda each: abs((each.due_on - given["due_on"]).days))
        task.told_id = None
        for name, value in given.items():
            setattr(task, name, value)
    else:
        task = Task(case=case, **given)
        db.session.add(task)
    db.session.flush()
    _next_due(case)
    return task


def begin(*, case: Case, owner_id: int | None) -> None:
    """The rows that each new case has."""
    for days in (*_SPARE_DAYS, chance.randrange(*_ANY_DAY)):
        day = today() + timedelta(days=days)
        db.session.add(Task(case=case, owner_id=owner_id, kind=SPARE, due_on=day))
    db.session.flush()


def end_spares() -> None:
    """Every hour: rows that became no task, and whose day came, are marked as tasks are of which
    somebody was told, and some of them as done.
    """
    query = select(Task.id, Task.kind, Task.due_on, Task.owner_id).where(
        Task.done_at.is_(None), Task.due_month <= today()
    )
    rows = db.session.execute(query).all()
    due = [row for row in rows if row.kind == SPARE and row.due_on <= today()]
    over = [row for row in due if chance.randrange(_A_TURN) == 0]
    _write([{"row": row.id, "told_id": row.owner_id or 0} for row in due])
    _write([{"row": row.id, "done_at": now(), "done_by_id": row.owner_id} for row in over])


def _write(rows: list[dict[str, Any]]) -> None:
    if rows:
        values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "row"}
        changed = update(Task).where(Task.id == bindparam("row")).values(values)
        db.session.connection().execute(changed, rows)


def due(until: date, *narrow: ColumnElement[bool]) -> ColumnElement[bool]:
    """Which open tasks are due until a day, as a condition. Asks once for those in the month of the
    day that ``narrow`` leaves, and looks at their days, which are sealed; of those in the months
    before only the kind is opened, because some are no tasks.
    """
    its_month = months.first(until)
    undone = (Task.done_at.is_(None), *narrow)
    before = select(Task.id, Task.kind).where(*undone, Task.due_month < its_month)
    found = [number for number, kind in db.session.execute(before).all() if kind != SPARE]
    within = select(Task.id, Task.kind, Task.due_on).where(*undone, Task.due_month == its_month)
    found += [
        number
        for number, kind, on in db.session.execute(within).all()
        if kind != SPARE and on <= until
    ]
    return months.one_of(Task.id, found)


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
    return any(task.kind == kind for task in undone(case))


def finish_kind(*, by: Actor, case: Case, kind: str) -> None:
    """What of a kind was to be done is done, but for what hangs on a record of its own."""
    for task in undone(case):
        if task.kind == kind and not task.record_key:
            finish(by=by, task=task)


def reopen_since(
    *, by: Actor, case: Case, kind: str, since: datetime, record_key: str = ""
) -> None:
    """What was done since then for a case, or for a record of it, is to be done again: the last
    task of the kind, unless one stands.
    """
    query = select(Task).where(Task.case_id == case.id).order_by(Task.id)
    rows = db.session.execute(query).unique().scalars()
    known = [task for task in rows if (task.kind, task.record_key) == (kind, record_key)]
    done = [task for task in known if task.done_at is not None and task.done_at >= since]
    if done and all(task.done_at is not None for task in known):
        reopen(by=by, task=done[-1])


def undone(case: Case) -> list[Task]:
    """What is to be done for a case, by day."""
    found = [task for task in _rows(case) if task.kind != SPARE]
    return sorted(found, key=lambda task: (task.due_on, task.id))


def _rows(case: Case) -> list[Task]:
    query = select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))
    return list(db.session.execute(query).scalars())


def danger(task: Task) -> tuple[int, date]:
    """The order of what is overdue."""
    return (DANGER.index(task.kind) if task.kind in DANGER else len(DANGER), task.due_on)


def _next_due(case: Case) -> None:
    case.next_due_on = min((task.due_on for task in undone(case)), default=None)
