"""N27: who has not agreed yet has a place: found again, read by the team, gone after its days."""

import html
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from casework.intake import callers
from models.base import db, now
from models.callers import Caller
from models.cases import Draft
from models.records import Record
from tests import factories
from tests.conftest import Clock
from tests.web.test_keeping import token_of
from web.errors import NotFound
from web.links import link

SAID = "Zqxhouse by the sea, they took her papers."
TALK = {"channel": "hotline", "said": SAID, "advised": "Go to the clinic on Rue 9.", "word": "Lune"}


@pytest.fixture
def house(app: Flask) -> factories.World:
    with app.app_context():
        yield factories.World()  # type: ignore[misc]


def first_call(app: Flask, house: factories.World) -> str:
    browser = factories.Browser(app, house.caseworker)
    answer = browser.post(link("callers.write_down"), **TALK)
    assert answer.status_code == 303, answer.text
    return db.session.execute(select(Caller.key)).scalar_one()


def test_the_team_finds_a_caller_again_and_nobody_else_does(
    app: Flask, house: factories.World
) -> None:
    key = first_call(app, house)
    page = link("callers.show", key)
    team = factories.Browser(app, house.stranger)
    found = team.post(link("callers.find"), words="lúne SEA").text
    assert page in found
    assert page not in team.post(link("callers.find"), words="Lune mountain").text
    assert page in team.post(link("casefile.search"), query="Lune").text
    assert SAID in team.get(page).text
    again = {
        "channel": "hotline",
        "said": "She calls again.",
        "call_back": "After 20:00, her aunt.",
    }
    assert team.post(link("callers.write_on", key), **again).status_code == 303
    read = factories.Browser(app, house.supervisor).get(page).text
    assert SAID in read
    assert "After 20:00, her aunt." in read
    assert "Caseworker" in read
    assert "Stranger" in read, "who talked stands with each talk"
    for name in ("far", "origin", "helper", "shelter", "health", "officer", "administrator"):
        browser = factories.Browser(app, house.people[name])
        assert browser.get(page).status_code == 404, name
        assert browser.post(link("callers.write_on", key), **again).status_code == 404, name
        index = browser.get(link("callers.index"))
        assert "Lune" not in index.text, name
    row = db.session.execute(select(Caller)).unique().scalar_one()
    assert b"Zqxhouse" not in row.content


def test_when_the_person_agrees_what_was_said_goes_into_the_case(
    app: Flask, house: factories.World
) -> None:
    key = first_call(app, house)
    browser = factories.Browser(app, house.colleague)
    open_meanwhile = token_of(browser.get(link("callers.show", key)), link("callers.write_on", key))
    begun = browser.post(link("callers.register", key))
    draft = db.session.execute(select(Draft)).scalar_one()
    assert begun.location.endswith(link("registrations.step", draft, 1))
    steps: list[dict[str, Any]] = [
        {"channel": "hotline"},
        {"assistance": "agrees", "manner": "spoken", "witness": "A. Witness"},
        {"call_name": "Lune"},
        {},
        {},
    ]
    where = draft.key
    for number, form in enumerate(steps, 1):
        answer = browser.post(link("registrations.keep", where, number), **form)
        assert answer.status_code == 303, answer.text
        if number == 2:
            assert SAID in browser.get(link("registrations.step", where, 3)).text
    opened = browser.post(link("registrations.keep", where, 6))
    assert opened.status_code == 303, opened.text
    page = browser.get(opened.location).text
    assert SAID in page
    assert "Advised: Go to the clinic on Rue 9." in page
    assert "Phone call" in page
    left = db.session.execute(select(Caller)).unique().scalar_one()
    assert list(json.loads(left.said)) == ["case"], "nothing is left but which case"
    number = opened.location.rsplit("/", 1)[1]
    leads_to_the_case_or_says_so(app, house, key, number, open_meanwhile)
    record = db.session.execute(select(Record)).unique().scalar_one()
    with factories.acts(house.colleague):
        content = dict(factories.anew(record).content)
    assert content["spoke"] == "Caseworker"


def leads_to_the_case_or_says_so(
    app: Flask, house: factories.World, key: str, number: str, token: str
) -> None:
    """The old address, for who may see the case, for the team, for anybody else."""
    address = link("callers.show", key)
    owner = factories.Browser(app, house.colleague)
    there = owner.get(address)
    assert there.status_code == 410
    assert link("casefile.show", number) in there.text
    assert key not in owner.get(link("callers.index")).text
    assert key not in owner.post(link("callers.find"), words="Lune").text
    late = "She called while a colleague registered her."
    sent = owner.post(link("callers.write_on", key), said=late, form_token=token)
    assert sent.status_code == 410
    kept = re.search(r'href="(/unfinished/[^"]+)"', sent.text)
    assert kept, "what was typed meanwhile is kept"
    assert late in html.unescape(owner.get(kept[1], follow_redirects=True).text)
    team = factories.Browser(app, house.stranger).get(address)
    assert (team.status_code, number in team.text) == (410, False)
    assert "has become a case" in team.text
    assert factories.Browser(app, house.far).get(address).status_code == 404


def test_a_caller_is_kept_for_its_days_after_the_last_talk(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    given = {name: text for name, text in TALK.items() if name != "word"}
    with factories.acts(house.caseworker) as by:
        key = callers.write_down(by=by, given=TALK).key
        clock.set(now() + timedelta(days=20))
        callers.write_on(by=by, caller=callers.of(by, key), given=given)
        last = now()
    with factories.acts(house.caseworker) as by:
        clock.set(last + timedelta(days=30, seconds=-1))
        assert len(callers.read(callers.of(by, key)).talks) == 2
        assert callers.erase_old() == 0
        clock.set(last + timedelta(days=30))
        with pytest.raises(NotFound):
            callers.of(by, key)
        assert callers.listed(by).total == 0
        assert callers.erase_old() == 1
    assert db.session.execute(select(Caller)).unique().all() == []


def test_a_caller_who_refuses_is_erased_after_a_question(
    app: Flask, house: factories.World
) -> None:
    key = first_call(app, house)
    browser = factories.Browser(app, house.caseworker)
    deed = link("callers.erase", key)
    data = {"csrf_token": browser.token}
    asked = browser.client.post(deed, data=data, follow_redirects=True)
    assert "erased for good" in asked.get_data(as_text=True)
    assert browser.post(deed).status_code == 303
    assert db.session.execute(select(Caller)).unique().all() == []
