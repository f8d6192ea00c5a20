"""Reading on stops past so many cases of others, until somebody says why (P36)."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from access import audit
from casework.core import search
from config import Settings
from data_protection import access_alerts, search_alerts
from models.audit import AuditRecord
from models.base import db, now
from models.data_protection import Alert, ReadingOn
from models.messages import Message
from models.people import User
from tests import factories
from tests.avrr.test_movements import accepted, planned
from tests.conftest import Clock

WORDS = "A boat came in and we look for the families"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Few are many here."""
    return replace(
        settings,
        reading_most={"": 3, "supervisor": 4, "token": 2, "elsewhere": 2},
    )


def cases_of(house: factories.World, count: int, owner: User) -> list[str]:
    return [factories.case(house, owner=owner).number for _ in range(count)]


def opened(browser: factories.Browser, numbers: list[str]) -> list[int]:
    return [browser.get(f"/cases/{number}").status_code for number in numbers]


def test_p36_past_so_many_cases_the_next_one_asks_for_a_proof_and_words(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    numbers = cases_of(house, 6, house.caseworker)
    reader = factories.Browser(app, house.colleague)
    reader.post("/confirm", password=factories.PASSWORD)
    assert opened(reader, numbers[:3] + numbers[:3]) == [200] * 6, "each counts once"
    stopped = reader.get(f"/cases/{numbers[3]}")
    assert stopped.status_code == 303
    assert stopped.headers["Location"].startswith("/reading-on?next=")
    assert opened(reader, numbers[:3]) == [200] * 3, "what was open stays open"
    asked = reader.get("/reading-on")
    assert "/confirm" in asked.headers["Location"], "a proof of before does not count"
    reader.post("/confirm", password=factories.PASSWORD)
    assert reader.get(f"/cases/{numbers[3]}").status_code == 303
    reader.post("/confirm", password=factories.PASSWORD)
    assert reader.post("/reading-on", words="Work").status_code == 422
    on = reader.post("/reading-on", words=WORDS, next=f"/cases/{numbers[3]}")
    assert on.headers["Location"] == f"/cases/{numbers[3]}"
    assert opened(reader, numbers[3:]) == [200] * 3
    told = select(Message.user_id).where(Message.event == "reading.on", Message.channel == "app")
    assert set(db.session.execute(told).scalars()) == {
        factories.anew(house.officer).id,
        factories.anew(house.supervisor).id,
    }
    for overseer in (house.officer, house.supervisor):
        assert WORDS in factories.Browser(app, overseer).get("/readings").text
    assert factories.Browser(app, house.colleague).get("/readings").status_code == 404
    row = db.session.execute(select(ReadingOn.words_sealed)).scalar_one()
    assert b"families" not in row


def test_p36_nothing_of_the_next_case_is_shown_and_the_officer_has_an_alert(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    numbers = cases_of(house, 4, house.caseworker)
    reader = factories.Browser(app, house.colleague)
    opened(reader, numbers[:3])
    for page in ("", "/identity", "/protection", "/consent"):
        answer = reader.get(f"/cases/{numbers[3]}{page}")
        assert answer.status_code == 303, page
        assert b"Benali" not in answer.data
    access_alerts.watch(60)
    access_alerts.watch(60)
    kinds = db.session.execute(select(Alert.kind, Alert.count)).all()
    assert [tuple(kind) for kind in kinds if kind[0] == "reading_stopped"] == [
        ("reading_stopped", 4)
    ]


def test_p36_ones_own_cases_and_another_hour_do_not_count(app: Flask, clock: Clock) -> None:
    house = factories.World()
    own = cases_of(house, 6, house.colleague)
    others = cases_of(house, 4, house.caseworker)
    reader = factories.Browser(app, house.colleague)
    assert opened(reader, own + others[:3]) == [200] * 9
    assert opened(reader, others[3:]) == [303]
    clock.forward(minutes=61)
    reader = factories.Browser(app, house.colleague)
    assert opened(reader, others[3:]) == [200]


def test_p36_a_list_of_very_many_is_stopped_before_once_and_that_of_ones_own_never(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    accepted(house, 5)
    place = f"/movements/{planned(house, seats=5).reference}"
    owner = factories.Browser(app, house.caseworker)
    assert owner.post(f"{place}/fill").status_code == 303
    assert owner.get(f"{place}/list").status_code == 200
    reader = factories.Browser(app, house.colleague)
    assert reader.get(f"{place}/list").headers["Location"].startswith("/reading-on?next=")
    reader.post("/confirm", password=factories.PASSWORD)
    said = reader.post("/reading-on", words=WORDS, next=f"{place}/list")
    clock.forward(seconds=1)
    listed = reader.get(said.headers["Location"])
    assert listed.status_code == 200
    assert "Zqx4" in listed.text
    assert opened(reader, cases_of(house, 1, house.caseworker)) == [303], "all of them count"


def test_p36_overseers_and_programs_have_bounds_of_their_own(app: Flask, clock: Clock) -> None:
    house = factories.World()
    numbers = cases_of(house, 5, house.caseworker)
    boss = factories.Browser(app, house.supervisor)
    assert opened(boss, numbers) == [200, 200, 200, 200, 303]
    program = factories.Api(app, house.colleague)
    answers: list[Any] = [program.get(f"/cases/{number}") for number in numbers[:3]]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json["page"] == "/reading-on"
    assert "Benali" not in answers[2].text


def test_p36_very_many_people_of_other_offices_met_stop_the_search(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    for name in ("Amina Toure", "Luz Ortega", "Mariam Keita"):
        given, family = name.split()
        factories.case(house, given_names=given, family_name=family)
    far = factories.Browser(app, house.far)
    found = [
        far.post("/cases/search", query=name).status_code
        for name in ("Amina Toure", "Luz Ortega", "Amina Toure", "Mariam Keita")
    ]
    assert found == [200, 200, 200, 303]
    met = select(AuditRecord.cases).where(AuditRecord.deed == "search_elsewhere")
    shown = {int(part) for one in db.session.execute(met).scalars() for part in one.split()}
    assert len(shown) == 2, "the third was not shown"


@pytest.mark.parametrize(("own", "raised"), [(True, True), (False, False)])
def test_p36_reading_ones_own_cases_excuses_no_searches(
    quick_app: Flask, clock: Clock, own: bool, raised: bool
) -> None:
    house = factories.World()
    owner = house.colleague if own else house.caseworker
    cases = [factories.case(house, owner=owner).id for _ in range(8)]
    who, place = factories.anew(house.colleague).id, factories.anew(house.here).id
    entries = [
        audit.AuditEntry("colleague", "search", place, who, cases=(cases[number % 8],))
        for number in range(40)
    ]
    reads = [
        audit.AuditEntry("colleague", "identity.read", place, who, cases=(case,)) for case in cases
    ]
    audit.append([*entries, *reads, *reads])
    db.session.commit()
    kinds = {found.kind for found in search_alerts.found(now())}
    assert ("many_searches" in kinds) is raised


def test_a_second_who_asks_for_a_person_on_one_day_is_announced(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    factories.case(house)
    told = []
    for user in (house.far, house.origin, house.far):
        with factories.acts(user) as by:
            (hit,) = search.search(by=by, query="Fatima Benali", why="danger")
            assert hit.office is not None
        query = select(Message).where(Message.event == "search.elsewhere", Message.channel == "app")
        told.append(len(db.session.execute(query).scalars().all()))
    owner_and_boss = 2
    assert told == [owner_and_boss, 2 * owner_and_boss, 2 * owner_and_boss]
