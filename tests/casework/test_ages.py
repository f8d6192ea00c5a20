"""How old somebody is: sixty lives, each by what is known, on the day of the deed."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from access import fields
from avrr import preparation, readiness
from casework.casefile import editing
from casework.core import ageing, ages, coded_fields, consent, ratings, tasks
from casework.intake import jobs
from casework.records import changes
from casework.records.kinds import KINDS
from models import births
from models.base import db, today
from models.cases import Case, Event, Task
from models.people import User
from reporting.facts import extracting
from tests import factories
from tests.conftest import Clock
from web import template_filters

DAY = timedelta(days=1)
ON = date(2026, 11, 26)

# what is known of the birth, the day, then: band of the youngest possible age, and childhood
KNOWN: tuple[tuple[dict[str, Any] | None, date, str, str], ...] = (
    ({"year": 2008, "month": 11, "day": 26}, ON, "18-34", "grown"),
    ({"year": 2008, "month": 11, "day": 27}, ON, "14-17", "child"),
    ({"year": 2008, "month": 11, "day": 27}, ON + DAY, "18-34", "grown"),
    ({"year": 2008, "month": 2, "day": 29}, date(2026, 2, 28), "14-17", "child"),
    ({"year": 2008, "month": 2, "day": 29}, date(2026, 3, 1), "18-34", "grown"),
    ({"year": 2012, "month": 11, "day": 26}, ON - DAY, "0-13", "child"),
    ({"year": 2012, "month": 11, "day": 26}, ON, "14-17", "child"),
    ({"year": 1991, "month": 11, "day": 26}, ON - DAY, "18-34", "stated"),
    ({"year": 1991, "month": 11, "day": 26}, ON, "35-64", "stated"),
    ({"year": 1961, "month": 11, "day": 26}, ON - DAY, "35-64", "stated"),
    ({"year": 1961, "month": 11, "day": 26}, ON, "65+", "stated"),
    ({"year": 2008, "month": 11}, date(2026, 10, 31), "14-17", "child"),
    ({"year": 2008, "month": 11}, date(2026, 11, 1), "14-17", "maybe"),
    ({"year": 2008, "month": 11}, date(2026, 11, 29), "14-17", "maybe"),
    ({"year": 2008, "month": 11}, date(2026, 11, 30), "18-34", "grown"),
    ({"year": 2008}, date(2025, 12, 31), "14-17", "child"),
    ({"year": 2008}, date(2026, 1, 1), "14-17", "maybe"),
    ({"year": 2008}, ON, "14-17", "maybe"),
    ({"year": 2008}, date(2026, 12, 30), "14-17", "maybe"),
    ({"year": 2008}, date(2026, 12, 31), "18-34", "grown"),
    ({"year": 2007}, ON, "18-34", "grown"),
    ({"year": 2007, "estimated": True}, date(2025, 12, 30), "14-17", "maybe"),
    ({"age": 18, "on": "2026-11-26"}, ON, "18-34", "grown"),
    ({"age": 18, "on": "2026-11-26"}, ON - DAY, "14-17", "maybe"),
    ({"age": 17, "on": "2026-11-26"}, ON, "14-17", "child"),
    ({"age": 17, "on": "2026-11-26"}, ON + DAY, "14-17", "maybe"),
    ({"age": 17, "on": "2026-11-26"}, date(2027, 11, 25), "14-17", "maybe"),
    ({"age": 17, "on": "2026-11-26"}, date(2027, 11, 26), "18-34", "grown"),
    ({"age": 14, "on": "2022-11-27"}, ON, "14-17", "maybe"),
    ({"age": 14, "on": "2022-11-27"}, ON + DAY, "18-34", "grown"),
    ({"age": 35, "on": "2026-11-26"}, date(2026, 10, 1), "18-34", "stated"),
    ({"age": 0, "on": "2026-11-26"}, ON, "0-13", "child"),
    (None, ON, "", ""),
    ({}, ON, "", ""),
)
OPENED = date(2024, 1, 10)


@pytest.mark.parametrize(("birth", "on", "band", "childhood"), KNOWN)
def test_the_youngest_possible_age_decides(
    birth: dict[str, Any] | None, on: date, band: str, childhood: str
) -> None:
    known = ages.Known(births.possible(birth), {}, OPENED)
    assert (ages.band(known, on), ages.childhood(known, on)) == (band, childhood)


def done(result: str, **more: Any) -> dict[str, Any]:
    return {"status": "done", "result": result, "on": "2026-01-10", **more}


CHILD, ADULT = {"year": 2012, "month": 5, "day": 1}, {"year": 2000, "month": 5, "day": 1}
ASSESSED: tuple[tuple[dict[str, Any] | None, dict[str, Any], date, str], ...] = (
    (ADULT, {"status": "not_doubted"}, ON, "stated"),
    (ADULT, {"status": "needed"}, ON, "doubted"),
    (ADULT, {"status": "ongoing"}, ON, "doubted"),
    (None, {"status": "needed"}, ON, "doubted"),
    (CHILD, {"status": "ongoing"}, ON, "doubted"),
    (ADULT, done("child"), ON, "child"),
    (ADULT, done("child"), date(2036, 1, 1), "child"),
    (ADULT, done("doubt"), ON, "doubted"),
    (ADULT, done("adult"), ON, "grown"),
    (CHILD, done("adult"), ON, "grown"),
    (None, done("adult"), ON, "grown"),
    (None, done("child"), ON, "child"),
    (None, done("doubt"), ON, "doubted"),
    (CHILD, done("child"), ON, "child"),
    (CHILD, done("child"), date(2030, 4, 30), "child"),
    (CHILD, done("child"), date(2030, 5, 1), "grown"),
    (ADULT, done("child", least=16, most=16), ON, "child"),
    (ADULT, done("child", least=16, most=17), date(2027, 1, 11), "maybe"),
    (ADULT, done("child", least=16, most=16), date(2028, 1, 9), "maybe"),
    (ADULT, done("child", least=16, most=16), date(2028, 1, 10), "grown"),
    (ADULT, done("doubt", least=16, most=19), ON, "maybe"),
    (ADULT, done("doubt", least=17, most=19), date(2027, 1, 9), "maybe"),
    (ADULT, done("doubt", least=17, most=19), date(2027, 1, 10), "grown"),
    (CHILD, done("adult", least=18, most=20), ON, "grown"),
)


@pytest.mark.parametrize(("birth", "assessed", "on", "childhood"), ASSESSED)
def test_an_assessment_stands_above_what_was_stated(
    birth: dict[str, Any] | None, assessed: dict[str, Any], on: date, childhood: str
) -> None:
    known = ages.Known(births.possible(birth), assessed, OPENED)
    assert ages.childhood(known, on) == childhood


@given(
    st.dates(date(1950, 1, 1), date(2020, 12, 31)),
    st.sampled_from(("day", "month", "year", "age")),
    st.integers(0, 20_000),
)
def test_who_is_under_18_is_a_child_however_little_is_known(
    born: date, known_by: str, days: int
) -> None:
    """Whatever part of a birth is known: the true age lies between, and a child is never missed."""
    on = born + timedelta(days=days)
    told = max(on - timedelta(days=400), born)
    birth: dict[str, Any] = {
        "day": {"year": born.year, "month": born.month, "day": born.day},
        "month": {"year": born.year, "month": born.month},
        "year": {"year": born.year},
        "age": {"age": births.Days(born, born).youngest(told), "on": told.isoformat()},
    }[known_by]
    found = births.possible(birth)
    assert found is not None
    true = births.Days(born, born).youngest(on)
    assert found.youngest(on) <= true <= found.oldest(on)
    known = ages.Known(found, {}, date(1990, 1, 1))
    if true < births.ADULT:
        assert ages.childhood(known, on) in {"child", "maybe"}


@given(st.dates(date(1950, 1, 1), date(2020, 12, 31)), st.booleans(), st.integers(0, 30_000))
def test_nothing_changes_between_two_turns(born: date, is_year: bool, days: int) -> None:
    """What is written down today is right until the day on which it is looked at again."""
    birth = {"year": born.year} if is_year else {"year": born.year, "month": 3, "day": 7}
    known, on = ages.Known(births.possible(birth), {}, OPENED), born + timedelta(days=days)
    until = ages.turns(known, on)
    assert until > on
    last = min(until - DAY, on + timedelta(days=4000))
    assert ages.band(known, on) == ages.band(known, last)
    assert ages.childhood(known, on) == ages.childhood(known, last)


@pytest.mark.parametrize(
    ("on", "age"), [(ON, 18), (ON - DAY, 18), (date(2026, 10, 1), 18), (date(2025, 11, 26), 17)]
)
def test_an_age_told_later_than_the_day_is_lower_by_whole_years_only(on: date, age: int) -> None:
    assert coded_fields.age_of({"age": 18, "on": ON.isoformat()}, on) == age


def test_the_head_of_a_case_grows_with_the_person(quick_app: Flask, clock: Clock) -> None:
    """A child of 17: the review is set before the birthday; on it what is for children ends."""
    house = factories.World()
    born = today().replace(year=today().year - 18) + timedelta(days=70)
    birth = {"year": born.year, "month": born.month, "day": born.day}
    case = factories.case(house, birth=birth)
    with factories.acts(house.caseworker) as by:
        asked = {"assistance": "agrees", "manner": "guardian", "witness": "A guardian"}
        consent.record(by=by, case=factories.anew(case), given=asked)
        return_ = preparation.start(by=by, case=factories.anew(case), country="CI")
        ratings.rate(factories.anew(case), categories=["child"])
        ageing.set_tasks(by=by, case=factories.anew(case))
        case = factories.anew(case)
    assert (case.age_band, case.childhood) == ("14-17", "child")
    assert {task.kind for task in tasks_of(case)} >= {"guardian", "best_interests", "tracing"}
    clock.forward(days=12)
    jobs.turn_ages()
    review = next(task for task in tasks_of(case) if task.kind == "ageing_out")
    assert review.due_on < births.birthday(born, 18) <= review.due_on + timedelta(days=31)
    clock.forward(days=58)
    jobs.turn_ages()
    grown = db.session.execute(select(Case).where(Case.id == case.id)).unique().scalar_one()
    assert (grown.age_band, grown.childhood, grown.categories) == ("18-34", "grown", [])
    assert not ages.counts_as_child(grown)
    assert not {task.kind for task in tasks_of(case)} & {*ageing.DAYS, "ageing_out"}
    kinds = db.session.execute(select(Event.kind).where(Event.case_id == case.id)).scalars()
    assert "grown_up" in list(kinds)
    needed = {each.step for each in readiness.shown(factories.anew(return_)) if each.is_needed}
    assert not needed & {"best_interests", "escort"}, "an adult travels"
    assert factories.anew(return_).age_band == "18-34"
    assert tasks.stands(grown, "consent_renewal"), "what a guardian said is asked of the adult"
    with factories.acts(house.caseworker) as by:
        own = {"assistance": "agrees", "manner": "signed"}
        consent.record(by=by, case=factories.anew(case), given=own)
        assert not tasks.stands(factories.anew(case), "consent_renewal")


def agree(reader: User, case: Case, *, agrees: bool = True, words: str = "") -> None:
    """A second person says whether the person is an adult."""
    with factories.acts(reader) as by:
        ageing.answer(by=by, case=factories.anew(case), agrees=agrees, words=words)


def tasks_of(case: Case) -> list[Task]:
    query = select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))
    return list(db.session.execute(query).scalars())


def test_a_case_of_an_older_version_is_looked_at(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, birth={"year": today().year - 18})
    stands = factories.anew(case)
    stands.age_band, stands.childhood, stands.age_turns = "18-34", None, None
    db.session.commit()
    assert not ages.counts_as_child(factories.anew(case)), "as it was told before"
    jobs.turn_ages()
    seen = factories.anew(case)
    assert (seen.age_band, seen.childhood) == ("maybe", "maybe")
    assert ages.counts_as_child(seen)


def test_an_age_typed_after_the_case_was_opened(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    case = factories.case(house, birth=None)
    clock.forward(days=1)
    with factories.acts(house.caseworker) as by:
        stands = factories.anew(case)
        told = {**stands.identity, "birth": {"age": 18, "on": today().isoformat()}, "revision": 1}
        editing.change_identity(by=by, case=stands, given=told)
        assert (stands.age_band, stands.profile["age"]) == ("18-34", 18)


def test_an_assessment_makes_a_child_and_unmakes_one(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, birth={"year": today().year - 19})
    assert not ages.counts_as_child(case)
    said = {"methods": ["interview"], "on": today().isoformat(), "by": "A panel"}
    for status, result, is_child in (
        ("needed", "", True),
        ("done", "adult", False),
        ("done", "doubt", True),
    ):
        given = {"status": status, **({"result": result, **said} if result else {})}
        with factories.acts(house.caseworker) as by:
            standing = changes.current(factories.anew(case), "age")
            seen = {"revision": standing.revision} if standing else {}
            whole = KINDS["age"].schema().load(given) | seen
            changes.add(by=by, case=factories.anew(case), kind=KINDS["age"], given=whole)
        if result == "adult":
            agree(house.colleague, case)
        assert ages.counts_as_child(factories.anew(case)) is is_child, (status, result)
    with factories.acts(house.caseworker) as by:
        record = preparation.start(by=by, case=factories.anew(case), country="CI")
        needed = {each.step: each.is_needed for each in readiness.shown(record, own=True)}
        assert needed["escort"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"result": "child"}, "methods"),
        ({"result": "child", "methods": ["medical"], "on": "2026-01-01", "by": "Dr"}, "methods"),
        ({"methods": ["interview"], "on": "2026-01-01", "by": "x"}, "result"),
        ({"result": "adult", "least": 17}, "least"),
        ({"result": "child", "most": 18}, "most"),
        ({"result": "doubt", "least": 18}, "least"),
        ({"result": "doubt", "least": 17, "most": 16}, "most"),
    ],
)
def test_what_an_assessment_must_say(quick_app: Flask, given: dict[str, Any], field: str) -> None:
    whole = {"status": "done", "methods": ["interview"], "on": "2026-01-01", "by": "x"}
    said = whole | given if field in {"least", "most"} else {"status": "done", **given}
    assert field in KINDS["age"].schema().validate(said)


def test_a_birthday_moves_no_case_in_lists_and_breaks_no_open_form(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    case = factories.case(house, birth={"year": today().year - 34, "month": 1, "day": 1})
    before = (factories.anew(case).changed_at, factories.anew(case).revision)
    clock.forward(days=366)
    jobs.turn_ages()
    after = factories.anew(case)
    assert after.age_band == "35-64"
    assert (after.changed_at, after.revision) == before


def test_what_is_held_elsewhere_keeps_the_age_that_stands(
    quick_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = factories.World()
    case = factories.case(house, birth={"year": today().year - 12, "month": 1, "day": 1})
    factories.anew(case).age_turns = None
    db.session.commit()
    monkeypatch.setattr(ages.name_cards, "opened", lambda _ids: {})
    jobs.turn_ages()
    stands = factories.anew(case)
    assert (stands.age_band, stands.childhood, stands.age_turns) == ("0-13", "child", None)


def test_an_assessment_that_finds_an_adult_takes_the_child_off(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, birth={"year": today().year - 16})
    with factories.acts(house.caseworker) as by:
        ratings.rate(factories.anew(case), categories=["child", "stranded"])
    said = {"methods": ["documents"], "on": today().isoformat(), "by": "A panel"}
    with factories.acts(house.caseworker) as by:
        whole = KINDS["age"].schema().load({"status": "done", "result": "adult", **said})
        changes.add(by=by, case=factories.anew(case), kind=KINDS["age"], given=whole)
    agree(house.colleague, case)
    stands = factories.anew(case)
    assert stands.categories == ["stranded"]
    assert not {task.kind for task in tasks_of(case)} & {*ageing.DAYS}


def test_a_release_says_that_somebody_may_be_a_child(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, birth={"year": today().year - 18})
    with factories.acts(house.caseworker):
        told = fields.gather(factories.anew(case), ["age_band"])
    assert told == {"age_band": ages.UNCERTAIN}
    assert "under 18" in str(template_filters.shown("age_band", told["age_band"]))


def test_figures_count_the_age_of_the_day_a_case_was_opened(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    case = factories.case(house, birth={"year": today().year - 17, "month": 1, "day": 1})
    clock.forward(days=366)
    jobs.turn_ages()
    assert factories.anew(case).age_band == "18-34"
    (facts,) = extracting.extract([case.id])
    assert (facts["age"], facts["age_band"]) == (17, "14-17")


def test_who_turns_out_to_be_a_child_has_a_childs_tasks(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, birth={"year": today().year - 30})
    with factories.acts(house.caseworker) as by:
        stands = factories.anew(case)
        given = {**stands.identity, "birth": {"year": today().year - 15}, "revision": 1}
        editing.change_identity(by=by, case=stands, given=given)
    assert {"guardian", "best_interests"} <= {task.kind for task in tasks_of(case)}
