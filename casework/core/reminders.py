"""Who is told what comes due: what is due and was not told yet, whatever day it is by now."""

from collections.abc import Iterable
from datetime import date, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, func, select, update

from access.permissions import Role
from casework.core import consent, tasks
from models.base import db, today
from models.cases import Case, Consent, Task
from models.messages import Message
from models.people import User
from models.states import Sets
from notifications import outbox
from web.links import link

AHEAD = timedelta(days=7)
BEHIND = timedelta(days=60)  # a consent that ended longer ago is no news, told or not
NOBODY = 0
WEEK = timedelta(days=7)


def of_consents_ending() -> int:
    """Every hour: tell whoever answers for a case that a consent ends: seven days before, and on
    the day, or later where nobody was told in time; each once. Gives how many cases.

    A line that a newer one replaced has ended already and is no news.
    """
    query = (
        select(Case, Consent.valid_until, Consent.answer)
        .join(Consent, Consent.case_id == Case.id)
        .where(
            Consent.withdrawn_at.is_(None),
            Consent.valid_until.between(today() - BEHIND, today() + AHEAD),
            Case.status.in_(Sets.CASE_ACTIVE),
        )
    )
    rows = db.session.execute(query).unique().all()
    found: dict[tuple[Case, date], None] = dict.fromkeys(
        (case, until) for case, until, answer in rows if until and answer == "agrees"
    )
    told = outbox.told_already(
        ("consent.ending", "consent.ends_today", "consent.ended"),
        {_reference(case, until) for case, until in found},
    )
    new = [
        (case, until, event)
        for case, until in found
        for event in [_event(until)]
        if not told & {(event, _reference(case, until)), *_instead(event, case, until)}
    ]
    for case, until, event in new:
        outbox.post(
            event,
            reference=_reference(case, until),
            path=link("casefile.consent", case),
            to=consent.holders(case),
            urgent=event != "consent.ending",
            office=case.office_id,
        )
    return len({case.id for case, _until, _event in new})


def _reference(case: Case, until: date) -> str:
    return outbox.until("CE", case.id, until)


def _event(until: date) -> str:
    if until > today():
        return "consent.ending"
    return "consent.ends_today" if until == today() else "consent.ended"


def _instead(event: str, case: Case, until: date) -> set[tuple[str, str]]:
    """Who heard on the day that it ends need not hear later that it has."""
    is_late = event == "consent.ended"
    return {("consent.ends_today", _reference(case, until))} if is_late else set()


def of_tasks() -> int:
    """Every hour: who has something due, or overdue, that they were not told of since its day was
    last moved, gets a notice, one a day; gives how many people. What comes due after the notice of
    a day is told on the next.

    It says how to get there, not what it is. Tasks of nobody, or of somebody whose account is shut,
    go to the supervisors of the office.
    """
    tasks.end_spares()
    holder = func.coalesce(Task.owner_id, NOBODY)
    untold: ColumnElement[bool] = Task.told_id.is_(None) | (Task.told_id != holder)
    due = tasks.due(today(), untold)
    owners = db.session.execute(select(Task.owner_id).where(due).distinct()).scalars().all()
    at_work = _open_accounts(owners)
    heard = _heard("task.due", _of_today())
    users = [user for user in at_work if user.id not in heard]
    if users:
        _tell(users)
    _mark(holder, due, Task.owner_id.in_([user.id for user in users]))
    of_nobody = Task.owner_id.is_(None) | Task.owner_id.not_in([user.id for user in at_work])
    offices = select(Case.office_id).join(Task, Task.case_id == Case.id).where(due, of_nobody)
    for office_id in db.session.execute(offices.distinct()).scalars().all():
        if not outbox.told_already(["task.due"], [_of_today(office_id)]):
            _tell([], office_id)
            there = Task.case_id.in_(select(Case.id).where(Case.office_id == office_id))
            _mark(holder, due, of_nobody, there)
    return len(users)


def of_overdue() -> int:
    """Every hour: once a week, on whichever day of it work is done, who has tasks that have been
    overdue for a week hears so; supervisors hear of what has been for as long as a setting says.
    Gives how many were told.
    """
    owners = select(Task.owner_id).where(tasks.due(today() - WEEK)).distinct()
    week = f"{today():%G-%V}"
    heard = _heard("task.overdue", f"TW-{week}")
    at_work = _open_accounts(db.session.execute(owners).scalars().all())
    users = [user for user in at_work if user.id not in heard]
    if users:
        outbox.post("task.overdue", reference=f"TW-{week}", path=link("work.index"), to=users)
    longer = timedelta(days=current_app.config["SETTINGS"].overdue_supervisor)
    offices = select(Case.office_id).join(Task, Task.case_id == Case.id)
    late = offices.where(tasks.due(today() - longer)).distinct()
    references = {each: f"TS{each}-{week}" for each in db.session.execute(late).scalars()}
    told = outbox.told_already(["task.overdue"], references.values())
    for office_id, reference in references.items():
        if ("task.overdue", reference) not in told:
            outbox.post(
                "task.overdue",
                reference=reference,
                path=link("team.board"),
                to=outbox.people_of(office_id, Role.SUPERVISOR),
                office=office_id,
            )
    return len(users)


def _mark(holder: ColumnElement[int], *which: ColumnElement[bool]) -> None:
    """Whoever has these tasks now was told of them."""
    marked = update(Task).where(*which).values(told_id=holder)
    db.session.execute(marked, execution_options={"synchronize_session": False})


def _heard(event: str, reference: str) -> set[int]:
    """Who has the notice of this day, or of this week."""
    query = select(Message.user_id).where(Message.event == event, Message.reference == reference)
    return set(db.session.execute(query.distinct()).scalars())


def _of_today(office_id: int | None = None) -> str:
    return f"TO-{office_id}-{today():%y%m%d}" if office_id else f"TD-{today():%Y%m%d}"


def _open_accounts(ids: Iterable[int | None]) -> list[User]:
    query = select(User).where(User.id.in_([each for each in ids if each]), User.active)
    return list(db.session.execute(query).unique().scalars())


def _tell(users: list[User], office_id: int | None = None) -> None:
    path = link("work.index") if users else link("team.board")
    outbox.post("task.due", reference=_of_today(office_id), path=path, to=users, office=office_id)
