"""Nobody alone makes a child an adult: by a birth, an assessment or a category."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given as drawn
from hypothesis import strategies as st

from avrr import preparation, readiness
from casework.casefile import child_safeguards, editing
from casework.core import ageing, ages, approvals, held_ages
from casework.intake import jobs, registration
from casework.people import families, merging
from casework.records import changes
from casework.records.kinds import KINDS
from models import births
from models.base import db, today
from models.cases import Case
from models.dates import months_after
from models.people import User
from models.rules import RuleBroken
from models.states import ApprovalState
from tests import factories
from tests.casework.test_ages import agree, tasks_of
from tests.conftest import Clock

CHILD = {"year": today().year - 14}
SAID = {"methods": ["documents"], "by": "A panel"}
Way = Callable[[User, Case], None]


def born(year: int) -> Way:
    """Somebody types another year of birth."""

    def change(user: User, case: Case) -> None:
        with factories.acts(user) as by:
            stands = factories.anew(case)
            seen = {"revision": editing.revision_of(stands, "identity")}
            given = {**stands.identity, "birth": {"year": year}, **seen}
            editing.change_identity(by=by, case=stands, given=given)

    return change


def assessed(result: str, **more: Any) -> Way:
    """Somebody writes down an assessment that is done."""

    def change(user: User, case: Case) -> None:
        with factories.acts(user) as by:
            stands = changes.current(factories.anew(case), "age")
            seen = {"revision": stands.revision} if stands else {}
            said = {"status": "done", "result": result, "on": today().isoformat(), **SAID, **more}
            whole = KINDS["age"].schema().load(said) | seen
            changes.add(by=by, case=factories.anew(case), kind=KINDS["age"], given=whole)

    return change


def rated(user: User, case: Case, *categories: str) -> None:
    """Somebody ticks other categories."""
    with factories.acts(user) as by:
        stands = factories.anew(case)
        seen = {"revision": editing.revision_of(stands, "protection")}
        given = {"risk": stands.risk, "categories": list(categories), **seen}
        editing.change_needs(by=by, case=stands, given=given)


WAYS: dict[str, Way] = {
    "another year of birth": born(1990),
    "an assessment": assessed("adult"),
    "an assessment with a least age": assessed("adult", least=19),
}


@pytest.mark.parametrize("way", WAYS)
def test_who_was_a_child_stays_one_until_somebody_else_agrees(quick_app: Flask, way: str) -> None:
    house = factories.World()
    case = factories.case(house, birth=CHILD)
    WAYS[way](house.caseworker, case)
    stands = factories.anew(case)
    assert (stands.childhood, stands.age_band) == ("doubted", ages.UNCERTAIN)
    assert ages.counts_as_child(stands)
    assert ages.counts_as_child(stands, today() + timedelta(days=300)), "nor for a later journey"
    with pytest.raises(RuleBroken):
        agree(house.caseworker, case)
    agree(house.colleague, case)
    assert not ages.counts_as_child(factories.anew(case))
    assert factories.anew(case).age_held is None
    assert not {task.kind for task in tasks_of(case)} & {*ageing.DAYS}


def test_a_word_alone_is_not_taken_back_alone(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, birth=None)
    rated(house.caseworker, case, "child", "stranded")
    assert ages.counts_as_child(factories.anew(case))
    rated(house.caseworker, case, "stranded")
    assert ages.counts_as_child(factories.anew(case))
    assert factories.anew(case).categories == ["stranded"]
    agree(house.colleague, case)
    assert not ages.counts_as_child(factories.anew(case))


def test_steps_one_by_one_are_no_way_around(quick_app: Flask) -> None:
    """An assessment that is taken away again, a child in between: each is asked."""
    house = factories.World()
    case = factories.case(house, birth=CHILD)
    assessed("doubt", least=17, most=19)(house.caseworker, case)
    born(1990)(house.caseworker, case)
    assert ages.counts_as_child(factories.anew(case))
    assessed("adult", least=18)(house.caseworker, case)
    assert ages.counts_as_child(factories.anew(case))
    with factories.acts(house.caseworker) as by:
        case_now = factories.anew(case)
        record = changes.current(case_now, "age")
        assert record is not None
        changes.remove(by=by, record=record)
    assert ages.counts_as_child(factories.anew(case)), "the year says 1990, and nobody agreed"
    born(CHILD["year"])(house.caseworker, case)
    stands = factories.anew(case)
    assert (stands.childhood, stands.age_held, held_ages.waiting(stands)) == ("child", None, None)
    born(1990)(house.caseworker, case)
    assert held_ages.waiting(factories.anew(case)) is not None


def test_who_assessed_is_not_the_second_person(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, birth=CHILD)
    assessed("doubt", least=16)(house.colleague, case)
    assessed("adult")(house.colleague, case)
    with pytest.raises(RuleBroken):
        agree(house.colleague, case)
    agree(house.supervisor, case)
    assert not ages.counts_as_child(factories.anew(case))


def test_not_agreed_to_and_asked_anew_by_another_assessment(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, birth=CHILD)
    assessed("adult")(house.caseworker, case)
    with pytest.raises(RuleBroken):
        agree(house.supervisor, case, agrees=False)
    agree(house.supervisor, case, agrees=False, words="The paper is of a brother.")
    assert ages.counts_as_child(factories.anew(case))
    assert held_ages.waiting(factories.anew(case)) is None
    born(1991)(house.caseworker, case)
    assert held_ages.waiting(factories.anew(case)) is not None, "something else is known"
    agree(house.supervisor, case, agrees=False, words="As before.")
    assessed("adult")(house.caseworker, case)
    assert held_ages.waiting(factories.anew(case)) is not None


def test_it_is_answered_where_it_is_read(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, birth=CHILD)
    born(1990)(house.caseworker, case)
    asked = held_ages.waiting(factories.anew(case))
    assert asked is not None
    with factories.acts(house.supervisor) as by, pytest.raises(RuleBroken):
        approvals.decide(by=by, approval=factories.anew(asked), yes=True)
    browser = factories.Browser(quick_app, house.supervisor)
    page = f"/cases/{case.number}/age/second"
    assert page in browser.get("/approvals").text
    shown = browser.get(page).text
    assert "1990" in shown
    assert "Counts as a child until a second person agrees" in shown
    read = shown.split('name="read" value="')[1].split('"')[0]
    born(1985)(house.colleague, case)
    late = browser.post(page, agrees="yes", read=read)
    assert late.status_code == 422
    assert "Read it again" in late.text
    read = browser.get(page).text.split('name="read" value="')[1].split('"')[0]
    assert browser.post(page, agrees="yes", read=read).status_code == 303
    assert not ages.counts_as_child(factories.anew(case))
    db.session.rollback()
    assert "waits for a second person here" in browser.get(page).text


def test_a_no_stands_before_whoever_is_asked_again(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, birth=CHILD)
    born(1990)(house.caseworker, case)
    browser, page = (
        factories.Browser(quick_app, house.supervisor),
        f"/cases/{case.number}/age/second",
    )
    read = browser.get(page).text.split('name="read" value="')[1].split('"')[0]
    said = {"agrees": "no", "words": "Her school papers say 2012."}
    assert browser.post(page, read=read, **said).status_code == 303
    refused = browser.get(page).text
    assert "Not agreed to. Write down an assessment" in refused
    assert "a second person did not agree" in refused
    assessed("adult")(house.colleague, case)
    again = browser.get(page).text
    assert "Her school papers say 2012." in again, "what was said before"
    assert "An adult." in again, "what the assessment found"
    assert "Keep what you say" in again


@pytest.mark.parametrize(("days", "is_child"), [(-1, True), (0, False)])
def test_what_is_held_ends_on_the_day_that_was_known_before(
    quick_app: Flask, clock: Clock, days: int, is_child: bool
) -> None:
    house = factories.World()
    grown = today() + timedelta(days=40)
    birth = {"year": grown.year - 18, "month": grown.month, "day": grown.day}
    case = factories.case(house, birth=birth)
    born(1990)(house.caseworker, case)
    asked = held_ages.waiting(factories.anew(case))
    assert asked is not None
    clock.forward(days=40 + days)
    jobs.turn_ages()
    stands = factories.anew(case)
    assert ages.counts_as_child(stands) is is_child
    assert (stands.age_held is not None) is is_child
    state = ApprovalState.ASKED if is_child else ApprovalState.WITHDRAWN
    assert factories.anew(asked).state == state


def test_a_return_goes_on_as_a_childs_until_then(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, birth=CHILD)
    with factories.acts(house.caseworker) as by:
        return_ = preparation.start(by=by, case=factories.anew(case), country="CI")
    before = blocked(house, return_)
    assert before, "what a child's journey needs"
    assessed("adult")(house.caseworker, case)
    assert blocked(house, return_) == before
    agree(house.supervisor, case)
    assert not blocked(house, return_)


def blocked(house: factories.World, return_: Any) -> list[str]:
    """What a child's journey waits for."""
    with factories.acts(house.caseworker):
        lines = readiness.missing(factories.anew(return_))
        return sorted(line.step for line in lines if line.is_of_child)


@drawn(st.dates(date(2009, 1, 1), date(2020, 1, 1)), st.integers(-3, 3))
def test_held_or_not_by_the_day(until: date, days: int) -> None:
    known = ages.Known(births.possible({"year": 1980}), {}, date(2026, 1, 1), until)
    on = until + timedelta(days=days)
    assert (ages.childhood(known, on) == "doubted") is (days < 0)
    assert ages.turns(known, until - timedelta(days=1)) == until


def eighteen_in(days: int) -> dict[str, int]:
    """The birth of who turns 18 in so many days."""
    on = months_after(today() + timedelta(days=days), -18 * 12)
    return {"year": on.year, "month": on.month, "day": on.day}


def birth(given: dict[str, int]) -> Way:
    """Somebody types another birth."""

    def change(user: User, case: Case) -> None:
        with factories.acts(user) as by:
            stands = factories.anew(case)
            seen = {"revision": editing.revision_of(stands, "identity")}
            whole = {**stands.identity, "birth": given, **seen}
            editing.change_identity(by=by, case=stands, given=whole)

    return change


A_YEAR_AGO = (months_after(today(), -12) + timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    "way", [birth(eighteen_in(1)), assessed("child", least=17, most=17, on=A_YEAR_AGO)]
)
def test_nor_tomorrow(quick_app: Flask, clock: Clock, way: Way) -> None:
    house = factories.World()
    clock.set(at_real_time())
    case = factories.case(house, birth=CHILD)
    way(house.caseworker, case)
    assert ages.counts_as_child(factories.anew(case), today() + timedelta(days=2))
    assert held_ages.waiting(factories.anew(case)) is not None, "it is near: somebody is asked"
    clock.forward(days=1)
    jobs.turn_ages()
    assert factories.anew(case).childhood == "doubted"
    with pytest.raises(RuleBroken):
        agree(house.caseworker, case)
    agree(house.supervisor, case)
    assert not ages.counts_as_child(factories.anew(case))


def test_what_makes_an_adult_in_years_is_asked_when_they_come(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    clock.set(at_real_time())
    case = factories.case(house, birth=CHILD)
    birth(eighteen_in(400))(house.caseworker, case)
    stands = factories.anew(case)
    assert (stands.childhood, held_ages.waiting(stands)) == ("child", None)
    assert ages.counts_as_child(stands, today() + timedelta(days=500))
    clock.forward(days=401)
    jobs.turn_ages()
    assert factories.anew(case).childhood == "doubted"
    with pytest.raises(RuleBroken):
        agree(house.caseworker, case)
    agree(house.colleague, case)
    assert not ages.counts_as_child(factories.anew(case))


def test_a_refusal_does_not_end_with_another_birth(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    clock.set(at_real_time())
    case = factories.case(house, birth=CHILD)
    born(1990)(house.caseworker, case)
    agree(house.supervisor, case, agrees=False, words="The paper is of a brother.")
    birth(eighteen_in(1))(house.caseworker, case)
    clock.forward(days=1)
    jobs.turn_ages()
    assert ages.counts_as_child(factories.anew(case))
    assert held_ages.waiting(factories.anew(case)) is not None


def test_who_wrote_it_is_not_the_second_person_whoever_asked_last(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, birth=CHILD)
    born(1990)(house.caseworker, case)
    rated(house.colleague, case, "child", "stranded")
    assert held_ages.waiting(factories.anew(case)) is None
    rated(house.colleague, case, "stranded")
    for writer in (house.caseworker, house.colleague):
        with pytest.raises(RuleBroken):
            agree(writer, case)
    agree(house.supervisor, case)
    assert not ages.counts_as_child(factories.anew(case))


def test_a_child_is_one_in_every_case(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, birth=CHILD)
    adult = factories.case(house, birth={"year": 1990})
    assert not ages.counts_as_child(adult)
    with factories.acts(house.caseworker) as by:
        merging.judge(by=by, case=factories.anew(adult), other_number=case.number, answer="same")
    assert ages.counts_as_child(factories.anew(adult))
    whole = factories.registration(birth={"year": 1990})
    with factories.acts(house.caseworker) as by:
        office, person_id = factories.anew(house.here), factories.anew(case).person_id
        third = registration.register(
            by=by, given=whole, office=office, owner_id=by.id, person_id=person_id
        )
    assert ages.counts_as_child(factories.anew(third))
    assert held_ages.waiting(factories.anew(third)) is not None


def test_what_another_case_knows_holds_for_longer(quick_app: Flask) -> None:
    house = factories.World()
    older = factories.case(house, birth={"year": today().year - 16})
    younger = factories.case(house, birth=CHILD)
    born(1990)(house.caseworker, older)
    before = (factories.anew(older).age_held or {})["until"]
    with factories.acts(house.caseworker) as by:
        merging.judge(by=by, case=factories.anew(older), other_number=younger.number, answer="same")
    held = factories.anew(older).age_held or {}
    assert held["until"] > before
    assert held["by"] == [factories.anew(house.caseworker).id]


def test_a_child_goes_along_with_who_leaves_on_the_same_day(quick_app: Flask) -> None:
    house = factories.World()
    case, adult = factories.case(house, birth=CHILD), factories.case(house, birth={"year": 1980})
    with factories.acts(house.caseworker) as by:
        families.join(
            by=by, case=factories.anew(case), other=factories.anew(adult), relation="aunt"
        )
        own = preparation.start(by=by, case=factories.anew(case), country="CI")
        other = preparation.start(by=by, case=factories.anew(adult), country="CI")
        assert child_safeguards.accompanied(factories.anew(case), own)
        other.departed_on = today() - timedelta(days=300)
        db.session.flush()
        assert not child_safeguards.accompanied(factories.anew(case), own), "home since long"
        other.departed_on, other.travel_on = None, today() + timedelta(days=9)
        own.travel_on = today() + timedelta(days=8)
        db.session.flush()
        assert not child_safeguards.accompanied(factories.anew(case), own), "a day later"
        own.travel_on = other.travel_on
        factories.anew(adult).person_id = factories.anew(case).person_id
        db.session.flush()
        assert not child_safeguards.accompanied(factories.anew(case), own), "that is the child"


def at_real_time() -> datetime:
    """Now: the births of this file are counted from it."""
    return datetime.now(UTC).replace(hour=12)
