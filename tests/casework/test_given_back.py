"""A record that is taken back takes what it did along; one that is back does it again."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from avrr import preparation, steps
from casework.casefile import closure
from casework.core import ratings, tasks
from casework.records import changes
from casework.records.kinds import KINDS
from models.base import db, today
from models.cases import Case, Task
from models.people import User
from models.records import Record
from models.returns import Return
from models.rules import RuleBroken
from models.states import RecordState
from tests import factories

DAY = timedelta(days=1)
RISK = {"on": today(), "reason": "Words."}
FIT = {"result": "fit", "examined_on": today(), "valid_until": today() + 20 * DAY}


@pytest.fixture
def house(quick_app: Flask) -> factories.World:
    return factories.World()


def wrote(user: User, case: Case, kind: str, /, **given: Any) -> Record:
    with factories.acts(user) as by:
        return changes.add(by=by, case=factories.anew(case), kind=KINDS[kind], given=given)


def undone(user: User, record: Record) -> None:
    with factories.acts(user) as by:
        mark = changes.as_it_stands(factories.anew(record))
        changes.remove(by=by, record=factories.anew(record), as_left=mark)


def back(user: User, record: Record) -> None:
    with factories.acts(user) as by:
        changes.restore(by=by, record=factories.anew(record))


def to_do(case: Case, record: Record | None = None) -> list[str]:
    db.session.rollback()
    key = record.key if record is not None else ""
    query = select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))
    rows = db.session.execute(query).unique().scalars()
    return sorted(task.kind for task in rows if task.record_key == key)


def test_a_case_is_rated_as_before_an_assessment_that_is_taken_back(
    house: factories.World,
) -> None:
    case, by = factories.case(house), house.caseworker
    before = factories.anew(case).risk
    first = wrote(by, case, "risk", rating="low", **RISK)
    second = wrote(by, case, "risk", rating="extreme", **RISK)
    undone(by, second)
    assert factories.anew(case).risk == "low"
    undone(by, first)
    assert factories.anew(case).risk == before != "low"
    back(by, second)
    assert factories.anew(case).risk == "extreme"
    back(by, first)
    assert factories.anew(case).risk == "extreme", "a later one rates the case"
    undone(by, first)
    undone(by, second)
    assert factories.anew(case).risk == before


def test_a_rating_that_somebody_gave_since_stays(house: factories.World) -> None:
    case, by = factories.case(house), house.caseworker
    record = wrote(by, case, "risk", rating="low", **RISK)
    with factories.acts(by):
        ratings.rate(factories.anew(case), risk="medium")
    undone(by, record)
    assert factories.anew(case).risk == "medium"


def test_the_day_before_counts_again_where_its_successor_is_taken_back(
    house: factories.World,
) -> None:
    case, by = factories.case(house), house.caseworker
    first = wrote(by, case, "review", on=today(), next_on=today() + 30 * DAY)
    second = wrote(by, case, "review", on=today(), next_on=today() + 60 * DAY)
    assert (factories.anew(first).due_on, to_do(case, first)) == (None, [])
    undone(by, second)
    assert factories.anew(first).due_on == today() + 30 * DAY
    assert (to_do(case, first), to_do(case, second)) == (["plan_review"], [])
    back(by, second)
    assert (factories.anew(first).due_on, to_do(case, first)) == (None, [])
    assert to_do(case, second) == ["plan_review"]
    undone(by, first)
    back(by, first)
    assert (factories.anew(first).due_on, to_do(case, first)) == (None, [])


def test_what_was_ticked_before_a_successor_came_stays_done(house: factories.World) -> None:
    case, by = factories.case(house), house.caseworker
    first = wrote(by, case, "review", on=today(), next_on=today() + 30 * DAY)
    with factories.acts(by) as actor:
        task = db.session.execute(select(Task).where(Task.record_key == first.key)).scalar_one()
        tasks.finish(by=actor, task=task)
    undone(by, wrote(by, case, "review", on=today(), next_on=today() + 60 * DAY))
    assert to_do(case, first) == []


def test_what_a_child_needs_is_to_be_done_again(house: factories.World) -> None:
    case = factories.case(house, birth={"year": today().year - 14})
    by = house.caseworker
    assert "guardian" in to_do(case)
    first, second = (wrote(by, case, "guardian", name="G", kind="appointed") for _ in range(2))
    assert "guardian" not in to_do(case)
    undone(by, first)
    assert "guardian" not in to_do(case), "another record stands"
    undone(by, second)
    assert "guardian" in to_do(case)
    back(by, first)
    assert "guardian" not in to_do(case)


def fit_to_travel(record: Return) -> str:
    db.session.rollback()
    step = factories.anew(record).steps.get("fit_to_travel")
    return step.outcome if step is not None else ""


@pytest.mark.parametrize("result", ["fit", "fit_with", "unfit"])
def test_a_step_goes_with_the_examination_that_was_it(house: factories.World, result: str) -> None:
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        return_ = preparation.start(by=by, case=factories.anew(case), country="CI")
    record = wrote(house.health, case, "fitness", **{**FIT, "result": result})
    stood = fit_to_travel(return_)
    assert stood
    undone(house.health, record)
    assert fit_to_travel(return_) == ""
    assert not factories.anew(return_).escort_needed
    back(house.health, record)
    assert fit_to_travel(return_) == stood


def test_a_certificate_that_stood_before_an_examination_stands_again(
    house: factories.World,
) -> None:
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        return_ = preparation.start(by=by, case=factories.anew(case), country="CI")
        day = {"done_on": today() - DAY, "valid_until": today() + 9 * DAY}
        given = {"outcome": "fit", "proof": "paper", **day}
        steps.do_step(by=by, return_=return_, step="fit_to_travel", **given)
    first = wrote(house.health, case, "fitness", **{**FIT, "result": "fit_with"})
    second = wrote(house.health, case, "fitness", **{**FIT, "result": "unfit"})
    undone(house.health, second)
    assert fit_to_travel(return_) == "fit_escort"
    undone(house.health, first)
    assert fit_to_travel(return_) == "fit"
    stands = factories.anew(return_).steps["fit_to_travel"]
    assert (stands.valid_until, stands.by_id) == (today() + 9 * DAY, house.caseworker.id)


def test_nothing_is_taken_back_on_a_closed_case(house: factories.World) -> None:
    case, by = factories.case(house), house.caseworker
    gone, kept = (wrote(by, case, "note", words="Words.") for _ in range(2))
    with factories.acts(by) as actor:
        task = tasks.add(by=actor, case=factories.anew(case), kind="call", due_on=today())
        tasks.finish(by=actor, task=task)
        changes.remove(by=actor, record=factories.anew(gone))
    with factories.acts(house.supervisor) as actor:
        closure.close(by=actor, case=factories.anew(case), reason="assisted", words="Done.")
    with factories.acts(by) as actor:
        with pytest.raises(RuleBroken):
            tasks.reopen(by=actor, task=factories.anew(task))
        with pytest.raises(RuleBroken):
            changes.restore(by=actor, record=factories.anew(gone))
        with pytest.raises(RuleBroken):
            changes.remove(by=actor, record=factories.anew(kept))
    assert factories.anew(task).done_at is not None
    assert factories.anew(gone).state == RecordState.REMOVED
    assert factories.anew(kept).state != RecordState.REMOVED
