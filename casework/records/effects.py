"""What follows in other places from a record that was written, removed or taken back."""

from sqlalchemy import func, select

from access.actors import Actor
from casework.core import ageing, ages, held_ages, identification, release, signals, tasks
from casework.core.protection import newest
from casework.records import interviews
from models.base import db, today
from models.cases import Case, Task
from models.records import Record, kind_token
from models.rules import stated
from web import keeping
from web.links import deed_and_names

# Records of a child's path, and the task that each does.
_DOES = {record: task for task, record in ageing.DONE_BY.items()}
_CLEARS = frozenset(
    (
        "age",
        "guardian",
        "bia",
        "bid",
        "tracing",
        "receives",
        "guardian_consent",
        "asylum",
        "fitness",
    )
)


def follow(by: Actor, case: Case, kind: str) -> None:
    """What a record of a ``kind`` brings about, from what now stands."""
    if kind == "age":
        _decide_age(by, case)
    if kind == "decision":
        identification.settle(by=by, case=case)
    if kind == "interview":
        _who_is_in_danger(by, case)
        _forget_what_was_told(case)
    if kind == "asylum":  # what was told to the country the person fled ends with that word
        release.settle_person(case, by=by)
    if kind in _DOES:
        _do_what_a_child_needs(by, case, kind)
    if kind in _CLEARS:
        signals.clearance_changed.send(case, by=by)


def _do_what_a_child_needs(by: Actor, case: Case, kind: str) -> None:
    """The record does the task; without one that stands, what it did is to be done again."""
    if newest(case, kind) is not None:
        tasks.finish_kind(by=by, case=case, kind=_DOES[kind])
        return
    token = kind_token(case.id, kind)
    written = select(func.min(Record.made_at)).where(
        Record.case_id == case.id, Record.kind_token == token
    )
    since = db.session.execute(written).scalar()
    if since is not None and ages.counts_as_child(case):
        tasks.reopen_since(by=by, case=case, kind=_DOES[kind], since=since)


_INTERVIEWS = ("records.protection_add_record", "records.protection_change_record")


@stated("record: interview")
def _forget_what_was_told(case: Case) -> None:
    """Once it is kept that an interview was refused, no draft of it is left with anybody.

    Source: IOM, Handbook on direct assistance for victims of trafficking (2007), not read; to be
    verified.
    """
    stands = newest(case, "interview")
    if stands is None or interviews.held(dict(stands.says or {})):
        return

    def is_interview(kept: keeping.Typed) -> bool:
        of_a_new_one = deed_and_names(kept.action)[1].get("kind") == "interview"
        return of_a_new_one or ("record_kind", "interview") in kept.fields

    keeping.forget(case.number, _INTERVIEWS, is_interview, by=None)


@stated("record: interview")
def _who_is_in_danger(by: Actor, case: Case) -> None:
    """Where the person is still in the situation, or others are at risk, somebody acts today.

    Source: the United Kingdom's referral form of first responders asks both; to be verified.
    """
    stands = newest(case, "interview")
    said = dict(stands.says or {}) if stands is not None else {}
    if "yes" in {said.get("still_in"), said.get("others")} and not _is_open(case, "danger"):
        tasks.add(by=by, case=case, kind="danger", due_on=today())


def _is_open(case: Case, kind: str) -> bool:
    undone = select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))
    return any(task.kind == kind for task in db.session.execute(undone).unique().scalars())


def _decide_age(by: Actor, case: Case) -> None:
    """An age assessment decides before what was stated, everywhere."""
    before, stands = held_ages.stood(case), newest(case, "age")
    case.age_assessed = dict(stands.says or {}) if stands is not None else None
    held_ages.settle(by=by, case=case, before=before, anew=True)
    ageing.look_at(by=by, case=case)
    if ages.counts_as_child(case) and not before.was_child:
        ageing.set_tasks(by=by, case=case)
