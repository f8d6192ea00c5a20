"""N13: what a form showed can be gone back to; it is asked once."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.audit import AuditRecord
from models.base import db
from models.sent import ShownPage
from tests import factories
from tests.conftest import Clock
from web import shown
from web.guard import ROUTES
from web.links import link


@pytest.fixture
def house(app: Flask) -> factories.World:
    with app.app_context():
        yield factories.World()  # type: ignore[misc]


def searches() -> int:
    """How many looks into the index the trail has."""
    db.session.rollback()
    query = select(func.count()).where(AuditRecord.deed == "search")
    return int(db.session.execute(query).scalar_one())


def sent(browser: factories.Browser, path: str, **form: Any) -> Any:
    db.session.rollback()
    return browser.client.post(path, data={"csrf_token": browser.token, **form})


def test_a_search_is_gone_back_to_and_asked_once(
    app: Flask, house: factories.World, clock: Clock
) -> None:
    case = factories.case(house)
    browser = factories.Browser(app, house.caseworker)
    way = sent(browser, "/cases/search", query="Benali")
    assert way.status_code == 303
    assert re.fullmatch(r"/shown/[\w-]{24}", way.location), "the address says nothing else"
    asked = searches()
    pages = [browser.get(way.location).get_data(as_text=True) for _ in range(3)]
    assert all(case.number in page for page in pages)
    assert searches() == asked, "going back asks nothing"
    tokens = [re.findall(r'name="form_token" value="([^"]+)"', page) for page in pages]
    assert tokens[0][0] != tokens[1][0], "each form may be sent again"
    row = db.session.execute(select(ShownPage)).scalar_one()
    assert b"Benali" not in row.content
    assert way.location.rpartition("/")[2] not in row.key
    db.session.rollback()
    other = factories.Browser(app, house.caseworker)
    assert other.get(way.location).status_code == 410, "of the session that asked alone"
    clock.forward(minutes=shown.MINUTES / 2)
    assert browser.get(way.location).status_code == 200, "nobody is away"
    clock.forward(minutes=shown.MINUTES / 2)
    gone = browser.get(way.location)
    assert gone.status_code == 410
    assert "put away" in gone.text
    shown.forget_old()
    assert db.session.execute(select(ShownPage)).first() is None


def test_it_goes_with_the_session_and_the_oldest_of_many(
    app: Flask, house: factories.World
) -> None:
    browser = factories.Browser(app, house.caseworker)
    ways = [sent(browser, "/cases").location for _ in range(shown.MOST_SHOWN + 2)]
    assert browser.get(ways[0]).status_code == 410
    assert browser.get(ways[-1]).status_code == 200
    assert db.session.execute(select(func.count(ShownPage.id))).scalar_one() == shown.MOST_SHOWN
    db.session.rollback()
    browser.post("/sign-out")
    assert db.session.execute(select(ShownPage)).first() is None


def test_under_force_it_looks_the_same(app: Flask, house: factories.World) -> None:
    from accounts import signing_in  # noqa: PLC0415

    user = house.caseworker
    signing_in.set_second_password(user, current=factories.PASSWORD, new="told under force, long")
    db.session.commit()
    browser = factories.Browser(app)
    browser.sign_in("caseworker@example.org", "told under force, long")
    way = sent(browser, "/cases/search", query="Benali")
    assert way.status_code == 303
    assert browser.get(way.location).status_code == 200


# Answered with a page by themselves, and why going back to them is not wanted or not needed.
ONCE_SEEN = {
    "accounts.keep_second_factor",
    "accounts_security.recovery_codes",
    "accounts_security.make_ending_link",
    "accounts_security.make_token",
}


def test_what_is_seen_once_is_what_is_not_kept() -> None:
    secret = {name for name, route in ROUTES.items() if route.secret and route.method == "POST"}
    assert secret >= ONCE_SEEN


def test_every_form_that_shows_a_page_leads_to_it(app: Flask, house: factories.World) -> None:
    """The pages that forms showed when this was written; the guard does it for every one."""
    case = factories.case(house)
    number = case.number
    browser = factories.Browser(app, house.caseworker)
    asked = {
        "/cases": {},
        "/cases?risk=high": {},
        "/cases/search": {"query": "Nobody"},
        link("persons.elsewhere", number): {"why": "danger"},
        link("casefile.withdraw_consent", number): {"purpose": "sharing"},  # a question
    }
    for path, form in asked.items():
        way = sent(browser, path, **form)
        assert way.status_code == 303, (path, way.text[:300])
        assert way.location.startswith("/shown/"), path
        assert browser.get(way.location).status_code == 200


def test_it_goes_with_the_role_it_was_shown_to(app: Flask, house: factories.World) -> None:
    factories.case(house)
    browser = factories.Browser(app, house.caseworker)
    way = sent(browser, "/cases/search", query="Benali")
    assert browser.get(way.location).status_code == 200
    factories.anew(house.caseworker).grants[0].team_id = None
    db.session.commit()
    assert browser.get(way.location).status_code == 410


def test_what_goes_out_is_sent_from_the_page_that_shows_it(
    app: Flask, house: factories.World
) -> None:
    number = factories.case(house).number
    partner = str(factories.anew(house.partner).id)
    browser = factories.Browser(app, house.caseworker)
    address = link("referral.send", number)
    asked = {"partner": partner, "service": "shelter", "urgency": "urgent", "fields": ["needs"]}
    way = sent(browser, address, **asked)
    page = browser.get(way.location).get_data(as_text=True)
    assert f'action="{address}"' in page, "it stands at another address"
    tokens = re.findall(r'name="form_token" value="([^"]*)"', page)
    again = re.findall(r'name="form_token" value="([^"]*)"', browser.get(way.location).text)
    assert tokens == again, "it is the form that was sent, and counts once"
