"""Keeping records: add, change, undo, finish.

Deadlines become tasks and go with the record; the second of two writers sees both versions.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from casework.core import ratings, revisions, tasks, timeline
from casework.records import effects, given_back
from casework.records.completed import Values
from casework.records.kind import Kind
from casework.records.kinds import KINDS, code_of
from models import taking_back
from models.base import db, now, today
from models.cases import Case, Task
from models.records import Record, kind_token
from models.rules import RuleBroken, stated
from models.sealed import asked_by_person
from models.states import RECORD, RecordState, Sets

SOON = 7  # days before something ends that its task is due
# What a kind asks before it is kept: who acts, the case, the form, what stands (empty: new). Gives
# the form with what it left open.
Rule = Callable[[Actor, Case, Values, Values], Values]
_rules: dict[str, Rule] = {}
# Why a record of a kind stays as long as what it did stands elsewhere, in words; empty: it may go.
Stay = Callable[[Values], str]
_stays: dict[str, Stay] = {}


def rule(kind: str) -> Callable[[Rule], Rule]:
    """Add the rule of a kind, so that page, API and import meet the same one. It raises
    :class:`models.rules.RuleBroken`.
    """

    def add_rule(ask: Rule) -> Rule:
        _rules[kind] = ask
        return stated(f"record: {kind}")(ask)

    return add_rule


def stays(kind: str) -> Callable[[Stay], Stay]:
    """Add what keeps a record of a kind from being removed, given what it says."""

    def add_stay(why: Stay) -> Stay:
        _stays[kind] = why
        return stated(f"record removed: {kind}")(why)

    return add_stay


def why_it_stays(record: Record) -> str:
    """In words why a record cannot be taken out of sight as things stand; empty where it can."""
    kind = code_of(record)
    return _stays[kind](dict(record.content)) if kind in _stays else ""


def _by_the_rule(by: Actor, case: Case, kind: Kind, given: Values, stands: Values) -> Values:
    return _rules[kind.code](by, case, given, stands) if kind.code in _rules else given


def add(*, by: Actor, case: Case, kind: Kind, given: Values) -> Record:
    """Keep a new record of ``kind``; where there is one at a time, that one is changed.

    Whoever does not say which revision they saw, saw none: what somebody saved meanwhile is asked
    about (:class:`web.errors.StaleEdit`), never written over.
    """
    _open_case(case)
    if kind.once and (standing := current(case, kind.code)):
        change(
            by=by,
            record=standing,
            given={"revision": 0, **given},
        )
        return standing
    given = _by_the_rule(by, case, kind, given, {})
    record = Record(
        case=case,
        kind_token=kind_token(case.id, kind.code),
        compartment=kind.compartment,
        made_by_id=by.id,
        changed_by_id=by.id,
    )
    db.session.add(record)
    db.session.flush()
    if kind.renews and not (kind.leaves and kind.leaves(given)):
        _retire(by, case, kind, record)
    _write(by, record, kind, given)
    timeline.add(
        by=by,
        case=case,
        kind=given[kind.event] if kind.event else f"record_{kind.section}",
        compartment=kind.compartment,
        reference=record.key,
    )
    return record


def _retire(by: Actor, case: Case, kind: Kind, newest: Record) -> None:
    """The days of earlier records of a kind are over; what they say stays."""
    earlier = select(Record).where(
        Record.case_id == case.id,
        Record.kind_token == newest.kind_token,
        Record.id < newest.id,
    )
    days = [each for each in db.session.execute(earlier).unique().scalars() if each.due_on]
    for record in days:
        record.due_on = None
        _schedule(by, record, kind, None)


def current(case: Case, kind: str) -> Record | None:
    """The newest record of a kind that was not removed."""
    query = select(Record).where(
        Record.case_id == case.id,
        Record.kind_token == kind_token(case.id, kind),
        Record.removed.is_(False),
    )
    return (
        db.session.execute(query.order_by(Record.id.desc()).limit(1)).unique().scalar_one_or_none()
    )


def change(*, by: Actor, record: Record, given: Values, corrected: bool = False) -> None:
    """Replace what a record says.

    Raises :class:`web.errors.StaleEdit` where somebody saved it after the form was opened.
    """
    kind = KINDS[code_of(record)]
    if record.state == RecordState.REMOVED:
        raise RuleBroken(_("This was removed. Take it back first."))
    given = _merged(record, kind, given)
    given = _by_the_rule(by, record.case, kind, given, dict(record.content))
    token = asked_by_person.set(corrected)
    try:
        _write(by, record, kind, given)
        if corrected:
            audit.record("corrected", cases=(record.case_id,))
    finally:
        asked_by_person.reset(token)
    record.changed_at = now()
    record.changed_by_id = by.id
    db.session.flush()


def _merged(record: Record, kind: Kind, given: Values) -> Values:
    """The form, with what others changed of the record after it was opened."""
    of_the_form = kind.schema().fields

    def revive(name: str, value: Any) -> Any:
        return of_the_form[name].deserialize(value) if name in of_the_form else value

    return revisions.merged(
        record.case,
        (record.compartment, record.key),
        given,
        kind.fields(),
        record.content,
        revision=record.revision,
        revive=revive,
    )


def _write(by: Actor, record: Record, kind: Kind, given: Values) -> None:
    content = kind.complete(given) if kind.complete else given
    is_new = record.content_sealed is None
    record.content = {
        name: revisions.plain(value) for name, value in content.items() if name != "revision"
    }
    due = content.get(kind.due) if kind.due else None
    record.due_on = due
    RECORD.move(record, "settle" if kind.settled and kind.settled(content) else "open", by=by)
    if kind.code == "risk":
        with ratings.noted(by=by, case=record.case):
            given_back.rate(record, content["rating"], is_new=is_new)
    else:
        record.says = kind.says(content) if kind.says else {}
    _schedule(by, record, kind, due)
    db.session.flush()
    effects.follow(by, record.case, kind.code)


_ENDS = {"guardian", "status", "paper", "fitness", "medication", "decision", "bid", "receives"}


def _schedule(by: Actor, record: Record, kind: Kind, due: date | None) -> None:
    """One open task for the day of a record: made, moved, or closed with it.

    What ends is due some days before.
    """
    open_ = db.session.execute(
        select(Task).where(Task.record_key == record.key, Task.done_at.is_(None))
    ).scalar_one_or_none()
    if due is None or due < today():
        if open_ is not None:
            tasks.finish(by=by, task=open_)
        return
    day = max(today(), date.fromordinal(due.toordinal() - SOON)) if kind.code in _ENDS else due
    if open_ is not None:
        tasks.move(task=open_, due_on=day)
    else:
        tasks.add(by=by, case=record.case, kind=kind.task, due_on=day, record_key=record.key)


def as_it_stands(record: Record) -> str:
    """The mark of a record, for the way back from what was just done to it."""
    db.session.flush()
    return taking_back.mark(*_stands(record))


def _stands(record: Record) -> tuple[str, str, int]:
    return record.key, str(record.state), record.revision


def remove(*, by: Actor, record: Record, as_left: str = "") -> None:
    """Take a record out of sight; it can be taken back. ``as_left``: the mark of one that was just
    made, or brought back. Raises :class:`models.taking_back.ChangedSince`, and
    :class:`models.rules.RuleBroken` where what it did stands elsewhere, or the case is closed.
    """
    _open_case(record.case)
    taking_back.only_as_left(as_left, *_stands(record))
    _ = record.content  # who removes it must be able to read it; the look is in the trail
    if why := why_it_stays(record):
        raise RuleBroken(why)
    RECORD.move(record, "remove", by=by)
    kind = KINDS[code_of(record)]
    _schedule(by, record, kind, None)
    db.session.flush()
    if kind.code == "risk":
        with ratings.noted(by=by, case=record.case):
            given_back.rate_without(record)
    if kind.renews:
        given_back.days_without(by, record, kind)
    effects.follow(by, record.case, kind.code)
    timeline.add(
        by=by,
        case=record.case,
        kind="record_removed",
        compartment=record.compartment,
        reference=record.key,
    )


def restore(*, by: Actor, record: Record, as_left: str = "") -> None:
    """Undo a removal; ``as_left``, and what it raises, as with :func:`remove`."""
    _open_case(record.case)
    taking_back.only_as_left(as_left, *_stands(record))
    if record.state == RecordState.REMOVED:
        kind = KINDS[code_of(record)]
        settled = bool(kind.settled and kind.settled(dict(record.content)))
        RECORD.move(record, "restore_settled" if settled else "restore", by=by)
        if kind.code == "risk":
            with ratings.noted(by=by, case=record.case):
                given_back.rate_again(record)
        if kind.renews:
            given_back.day_again(record, kind)
            if not (kind.leaves and kind.leaves(dict(record.content))):
                _retire(by, record.case, kind, record)
        _schedule(by, record, kind, record.due_on)
        db.session.flush()
        effects.follow(by, record.case, kind.code)


def _open_case(case: Case) -> None:
    if case.status in Sets.CASE_ENDED:
        raise RuleBroken(_("The case is closed. Reopen it first."))
