"""N34: reviews of vital interest page by page, a list as a list; who gets the cases of a file."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from access.permissions import Role
from casework.intake import importing, jobs
from casework.team import reviews
from models.base import db, today
from models.cases import Case, Import, Task
from models.people import User
from models.rules import RuleBroken
from models.states import ImportState
from tests import factories
from tests.flows.test_import import run
from web import paging
from web.links import link

BORN = {"adult": "1980-01-01", "child": f"{today().year - 9}-01-01"}
PEOPLE = 28
NAMES = ("Kamara", "Bello", "Diouf", "Traore", "Zongo", "Mbeki", "Haile")


@pytest.fixture
def house(app: Flask) -> factories.World:
    with app.app_context():
        yield factories.World()  # type: ignore[misc]


def rows() -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(["Family name", "First name", "Born"])
    for number in range(PEOPLE):
        born = BORN["child" if number < 2 else "adult"]
        writer.writerow([f"{NAMES[number % 7]}{NAMES[number // 7]}", NAMES[(number + 3) % 7], born])
    return out.getvalue().encode()


def received(by: Any, house: factories.World) -> Import:
    """A list kept in vital interest, its columns named."""
    looked = importing.look(rows())
    job = importing.keep(by=by, looked=looked, office=factories.anew(house.here))
    job.columns = {"0": "prs_SecondName", "1": "prs_FirstName", "2": "prs_Birthdate"}
    job.basis = "Evacuated at night."
    job.state, job.total = ImportState.UPLOADED, PEOPLE
    return job


def a_list(house: factories.World, owners: list[int] | None) -> str:
    """The same, brought in by another supervisor than who reviews it."""
    boss = house._person("boss", factories.anew(house.here), Role.SUPERVISOR)
    db.session.commit()
    with factories.acts(boss) as by:
        job = received(by, house)
        importing.start(job, by=by, owners=owners)
        number, key = job.id, job.key
    run(number)
    done = db.session.get_one(Import, number)
    assert done.made == PEOPLE, [(fault.column, fault.reason) for fault in done.faults]
    return key


def test_n34_a_list_is_reviewed_as_a_list_but_for_those_who_need_a_look(
    app: Flask, house: factories.World
) -> None:
    people = [house.caseworker.id, house.colleague.id]
    key = a_list(house, people)
    owners = [case.owner_id for case in db.session.execute(select(Case)).unique().scalars()]
    assert {owner: owners.count(owner) for owner in people} == dict.fromkeys(people, PEOPLE // 2)
    browser = factories.Browser(app, house.supervisor)
    work = browser.get("/work").text
    assert link("reviews.index") in work
    assert f'<span class="quiet">{PEOPLE}</span>' in work
    page = browser.get(link("reviews.index")).text
    assert f"{PEOPLE} persons" in page
    assert f"1 to {paging.PAGE} of " in page
    assert browser.get(link("reviews.index", after=paging.PAGE)).status_code == 200
    shown = browser.get(link("reviews.of_list", key)).text
    assert "Evacuated at night." in shown
    with factories.acts(house.supervisor) as by:
        waiting = reviews.what_waits(by, reviews.of_list(by, key))
        apart = {case.id for case in waiting.apart}
        children = {case.id for case in waiting.apart if case.age_band == "0-13"}
        alike = {fault.case_number for fault in waiting.job.faults if fault.reason == "duplicate"}
        assert len(children) == 2
        assert {case.number for case in waiting.apart if case.id not in children} <= alike
        together = len(waiting.together)
        assert together + len(apart) == PEOPLE
    answer = browser.post(link("reviews.review_list", key), finding="right")
    assert answer.status_code == 303
    assert f"{together} cases reviewed" in browser.get(answer.location).text
    with factories.acts(house.supervisor) as by:
        left = reviews.waiting(by)
        assert {case.id for case in left.items} == apart
        waiting = reviews.what_waits(by, reviews.of_list(by, key))
        assert (len(waiting.together), len(waiting.apart)) == (0, len(apart))
        with pytest.raises(RuleBroken):
            reviews.review_list(by=by, job=waiting.job, right=True)
    undone = [task for task in factories.of_kind(Task, "vital_review") if task.done_at is None]
    assert len(undone) == len(apart)
    for name in ("caseworker", "far", "officer"):
        other = factories.Browser(app, house.people[name])
        assert other.get(link("reviews.of_list", key)).status_code == 404, name


def test_n34_who_brought_a_list_in_does_not_review_it(app: Flask, house: factories.World) -> None:
    key = a_list(house, [])
    boss = db.session.execute(select(User).where(User.email == "boss@example.org")).scalar_one()
    with factories.acts(boss) as by, pytest.raises(RuleBroken):
        reviews.review_list(by=by, job=reviews.of_list(by, key), right=True)


def test_the_oldest_review_stands_first(app: Flask, house: factories.World) -> None:
    cases = [factories.case(house) for _ in range(3)]
    for days, case in zip((2, 0, 1), cases, strict=True):
        kept = factories.anew(case)
        kept.vital_interest, kept.review_due_at = True, kept.changed_at + timedelta(days=days)
    db.session.commit()
    with factories.acts(house.supervisor) as by:
        first = [case.id for case in reviews.waiting(by, size=2).items]
        assert first == [cases[1].id, cases[2].id]
        assert [case.id for case in reviews.waiting(by, "2", 2).items] == [cases[0].id]


def test_who_sends_a_file_chooses_who_gets_it(app: Flask, house: factories.World) -> None:
    a_list(house, [])
    owners = {case.owner_id for case in db.session.execute(select(Case)).unique().scalars()}
    assert owners == {None}
    with factories.acts(house.caseworker) as by:
        job = received(by, house)
        key = job.key
        with pytest.raises(RuleBroken):
            importing.start(job, by=by, owners=[house.colleague.id])
        assert jobs.stalled_imports() == []
    browser = factories.Browser(app, house.caseworker)
    nobody = browser.post(link("imports.start", key), gives="turn")
    assert nobody.status_code == 422
    assert browser.post(link("imports.start", key), gives="nobody").status_code == 303
    assert db.session.execute(select(Import.owner_ids).where(Import.key == key)).scalar() == []
