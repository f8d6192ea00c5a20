"""A list says how many there are and leads to all of them; what goes elsewhere (a paper, an answer of
the API) has every line.
"""

import re
from datetime import timedelta

import pytest
from flask import Flask

from access.actors import person
from casework.casefile import closure, record_pages
from casework.core import queries, tasks
from casework.intake import columns
from casework.records import changes
from casework.records import queries as records
from casework.records.kinds import KINDS
from casework.team import calendar_feed, pages
from models.base import db, now, today
from models.cases import Case, Import
from models.rules import RuleBroken
from models.work import Flag, Transfer
from tests import factories
from tests.conftest import Clock
from web import keeping, paging
from web.links import link

MANY = record_pages.SHOWN + 3


@pytest.fixture
def house(quick_app: Flask) -> factories.World:
    return factories.World()


def noted(house: factories.World, case: Case, many: int) -> None:
    """A case with so many needs in words."""
    with factories.acts(house.caseworker) as by:
        for number in range(many):
            given = {"area": "health", "words": f"Need-{number:03}"}
            changes.add(by=by, case=factories.anew(case), kind=KINDS["need"], given=given)


def test_records_beyond_those_of_the_list_are_counted_read_and_given_out(
    house: factories.World, quick_app: Flask
) -> None:
    case = factories.case(house)
    noted(house, case, MANY)
    number = case.number
    section = KINDS["need"].section
    browser = factories.Browser(quick_app, house.caseworker)
    text = browser.get(link("records.protection_records", number, section=section)).text
    assert f"1 to {record_pages.SHOWN} of {MANY}" in text
    assert "Need-000" not in text
    whole = link("records.protection_read", number, kind="need")
    assert whole.replace("&", "&amp;") in text
    parts = [browser.get(f"{whole}&after={begin}").text for begin in range(0, MANY, paging.PAGE)]
    seen = set(re.findall(r"Need-\d{3}", "".join(parts)))
    assert len(seen) == MANY
    answer = factories.Api(quick_app, house.caseworker).get(
        f"/cases/{number}/protection/records?section={section}"
    )
    assert len(answer.json["items"]) == MANY
    with factories.acts(house.caseworker):
        assert len(records.of_case(factories.anew(case), section)["need"]) == MANY


def test_my_work_counts_all_that_is_overdue_and_pages_on(
    house: factories.World, quick_app: Flask, clock: Clock
) -> None:
    case = factories.case(house)
    many = pages.MOST_LATE + 5
    with factories.acts(house.caseworker) as by:
        for day in range(many):
            due_on = today() - timedelta(days=day + 1)
            tasks.add(by=by, case=factories.anew(case), kind="call", due_on=due_on)
    browser = factories.Browser(quick_app, house.caseworker)
    first = browser.get(link("work.index")).text
    assert re.search(rf"<b>{many}</b>\s*<span>Overdue", first)
    ticks = r'action="(/cases/[^"]+/tasks/\d+)'
    after = re.search(r"after=(\d+)", first)
    assert after
    rest = browser.get(link("work.index", after=after[1])).text
    shown = set(re.findall(ticks, first)) | set(re.findall(ticks, rest))
    with factories.acts(house.caseworker) as by:
        assert len(shown) == len(queries.due_tasks(by, today())) >= many


def test_offers_imports_and_what_is_waited_for_are_counted(house: factories.World) -> None:
    with factories.acts(house.caseworker) as by:
        for number in range(12):
            db.session.add(Import(key=f"k{number}", by_id=by.id, office_id=house.here.id))
    with factories.acts(house.caseworker) as by:
        page = queries.imports(by)
        assert (page.total, len(page.items)) == (12, 10)
        assert len(queries.imports(by, page.next).items) == 2
    cases = [factories.case(house) for _ in range(3)]
    for case in cases:
        with factories.acts(house.caseworker) as by:
            offer = Transfer(case_id=factories.anew(case).id, to_user_id=house.colleague.id)
            offer.from_office_id = offer.to_office_id = factories.anew(house.here).id
            offer.note, offer.state, offer.asked_at = "Take it.", "asked", now()
            db.session.add(offer)
    with factories.acts(house.colleague) as by:
        page = queries.offers_to(by, size=2)
        assert (page.total, len(page.items)) == (3, 2)
        assert len(queries.offers_to(by, page.next, 2).items) == 1
    with factories.acts(house.caseworker) as by:
        for case in cases:
            factories.refer(by, house, factories.anew(case))
    with factories.acts(house.caseworker) as by:
        assert queries.waiting_on(by, size=2).total == 3


def test_a_day_of_the_calendar_shows_every_task(
    house: factories.World, quick_app: Flask, clock: Clock
) -> None:
    cases = [factories.case(house) for _ in range(6)]
    for case in cases:
        with factories.acts(house.caseworker) as by:
            tasks.add(by=by, case=factories.anew(case), kind="call", due_on=today())
    with factories.acts(house.caseworker) as by:
        weeks = calendar_feed.month(by, today().replace(day=1))
        assert max(len(due) for week in weeks for _day, due in week) >= 6
    text = factories.Browser(quick_app, house.caseworker).get(link("team.calendar")).text
    assert all(case.number in text for case in map(factories.anew, cases))


def test_every_case_somebody_keeps_an_eye_on_stands_on_my_work(
    house: factories.World, quick_app: Flask
) -> None:
    cases = [factories.case(house) for _ in range(12)]
    for case in cases:
        db.session.add(Flag(user_id=house.colleague.id, case_id=factories.anew(case).id))
        db.session.commit()
    text = factories.Browser(quick_app, house.colleague).get(link("work.index")).text
    part = text[text.index("You keep an eye on") :]
    assert all(factories.anew(case).number in part for case in cases)
    assert "2 more" in part


def test_my_work_counts_the_forms_that_the_list_of_them_shows(
    house: factories.World, quick_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_UNFINISHED", 1)
    monkeypatch.setattr(keeping, "_still_theirs", lambda _by, query: _two_of(query))
    browser = factories.Browser(quick_app, house.caseworker)
    assert "All 2" in browser.get(link("work.index")).text
    with quick_app.test_request_context():
        kept = keeping.unfinished(person(factories.anew(house.caseworker)))
    assert paging.part_of(kept, size=1).total == 2


def _two_of(_query: object) -> list[keeping.Typed]:
    one = keeping.Typed("k", "typing", now(), now(), "/work", "/work", "A form", "t", [])
    return [one, one]


def test_a_deed_on_many_says_how_many_and_refuses_more_than_it_does(
    house: factories.World, quick_app: Flask
) -> None:
    mine = factories.case(house)
    elsewhere = factories.case(house, owner=house.far, office=house.there)
    ids = [str(factories.anew(case).id) for case in (mine, elsewhere)]
    browser = factories.Browser(quick_app, house.supervisor)
    owner = str(factories.anew(house.colleague).id)
    browser.post("/cases/assign", case=ids, owner=owner)
    assert "1 of 2 cases were given on" in browser.get("/cases").text
    many = [str(number) for number in range(1, closure.MOST + 2)]
    for deed, more in (
        ("assign", {"owner": owner}),
        ("letters", {"kind": "assistance", "language": "en"}),
    ):
        refused = browser.post(f"/cases/{deed}", case=many, **more)
        assert refused.status_code == 422
        assert f"At most {closure.MOST} cases at once; {len(many)} are chosen." in refused.text


def test_a_list_of_more_columns_than_are_read_is_refused_with_the_number(
    house: factories.World,
) -> None:
    names = ",".join(f"Column {number}" for number in range(70))
    with factories.acts(house.caseworker) as by:
        job = Import(key="wide", by_id=by.id, office_id=factories.anew(house.here).id)
        db.session.add(job)
        db.session.flush()
        job.file = f"{names}\n{names}\n".encode()
        with pytest.raises(RuleBroken) as refused:
            columns.header(job)
    assert "70 columns; at most 60" in str(refused.value.message)
