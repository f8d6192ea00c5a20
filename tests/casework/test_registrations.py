"""Registrations that are not finished: all are found, and two tabs lose nothing of each other."""

import html
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from casework.intake import drafts
from models.base import db
from models.cases import Case, Draft
from tests import factories
from tests.web.test_keeping import token_of
from web import paging
from web.links import link

BEGAN = {"given_names": "Fatima", "family_name": "Benali", "phone": "1"}


@pytest.fixture
def house(app: Flask) -> factories.World:
    with app.app_context():
        yield factories.World()  # type: ignore[misc]


class Tab:
    """One tab with step 3 of a registration open in it."""

    def __init__(self, browser: factories.Browser, key: str) -> None:
        self.browser = browser
        self.address = link("registrations.step", key, 3)
        page = browser.get(self.address).text
        self.hidden = hidden_of(page)
        self.hidden["form_token"] = token_of(browser.get(self.address), self.address)
        self.hidden["shown"] = hidden_of(page)["shown"]

    def sends(self, path: str = "", **form: str) -> Any:
        own = {name: self.hidden[name] for name in ("shown", "form_token")}
        return self.browser.post(self.address + path, **form, **own)


def hidden_of(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: html.unescape(value) for name, value in found}


def person(key: str) -> dict[str, Any]:
    draft = db.session.execute(select(Draft).where(Draft.key == key)).scalar_one()
    db.session.refresh(draft)
    return dict(drafts.contents(draft)["person"])


def begun(app: Flask, house: factories.World) -> tuple[factories.Browser, str]:
    with factories.acts(house.caseworker) as by:
        draft = drafts.begin(by=by, has_searched=True)
        draft.step = 3
        drafts.keep(by=by, draft=draft, step=3, typed=BEGAN)
        key = draft.key
    return factories.Browser(app, house.caseworker), key


def test_n14_two_tabs_lose_nothing_of_each_other(app: Flask, house: factories.World) -> None:
    browser, key = begun(app, house)
    one, two = Tab(browser, key), Tab(browser, key)
    assert one.sends(**BEGAN | {"phone": "2"}, stay="1").status_code == 303
    assert two.sends("/autosave", **BEGAN, city="Sfax").status_code == 204
    assert two.sends("/autosave", **BEGAN, city="Sfax", email="a@example.org").status_code == 204
    assert person(key) == {**BEGAN, "phone": "2", "city": "Sfax", "email": "a@example.org"}
    asked = two.sends(**BEGAN | {"phone": "3"}, city="Sousse", email="a@example.org")
    page = asked.text
    assert asked.status_code == 409
    assert "You changed this twice" in page, "both tabs are one person's"
    assert "by the other" not in page
    assert 'id="phone"' in page
    assert 'id="city"' not in page, "a tab is not its own second writer"
    assert person(key)["phone"] == "2"
    sent = {name: value for name, value in hidden_of(page).items() if name != "csrf_token"}
    saved = browser.post(two.address, **sent, phone="2 or 3", stay="1")
    assert saved.status_code == 303, saved.text
    assert person(key) == {**BEGAN, "phone": "2 or 3", "city": "Sousse", "email": "a@example.org"}


def test_what_both_tabs_typed_is_never_taken_while_typing(
    app: Flask, house: factories.World
) -> None:
    browser, key = begun(app, house)
    one, two = Tab(browser, key), Tab(browser, key)
    one.sends("/autosave", **BEGAN | {"phone": "2"})
    two.sends("/autosave", **BEGAN | {"phone": "3"}, city="Sfax")
    assert person(key) == {**BEGAN, "phone": "2", "city": "Sfax"}
    assert two.sends(**BEGAN | {"phone": "3"}, city="Sfax").status_code == 409
    assert one.sends(**BEGAN | {"phone": "2"}, stay="1").status_code == 303
    assert person(key)["city"] == "Sfax"
    forged = browser.post(one.address, **BEGAN, shown="bm90IG91cnM=", stay="1")
    assert forged.status_code == 303, "without what it showed a form says all there is to say"


def test_n30_all_unfinished_registrations_are_found_and_stopped_there(
    app: Flask, house: factories.World
) -> None:
    with factories.acts(house.caseworker) as by:
        for number in range(paging.PAGE + 2):
            draft = drafts.begin(by=by, has_searched=True)
            draft.step = 6
            drafts.keep(by=by, draft=draft, step=3, typed={"given_names": f"Zqx{number}"})
        first = db.session.execute(select(Draft).order_by(Draft.id)).scalars().first()
        key = first.key if first else ""
    browser = factories.Browser(app, house.caseworker)
    work = browser.get("/work").text
    assert f"Zqx{paging.PAGE + 1}" in work
    assert f"All {paging.PAGE + 2} registrations" in work
    assert "Zqx0<" not in browser.get(link("registrations.unfinished")).text
    last = browser.get(link("registrations.unfinished", after=paging.PAGE)).text
    assert "Zqx0<" in last
    assert f"{paging.PAGE + 1} to {paging.PAGE + 2} of {paging.PAGE + 2}" in last
    assert link("registrations.stop", key) in last
    answer = browser.post(link("registrations.stop", key), back="unfinished")
    assert answer.location.endswith(link("registrations.unfinished"))
    count = db.session.execute(select(func.count()).select_from(Draft)).scalar()
    assert count == paging.PAGE + 1
    other = factories.Browser(app, house.colleague).get(link("registrations.unfinished")).text
    assert "All are finished." in other


def at_the_end(house: factories.World) -> str:
    """The key of a registration whose last step is open."""
    whole = factories.registration()
    with factories.acts(house.caseworker) as by:
        draft = drafts.begin(by=by, has_searched=True)
        draft.step = drafts.LAST_STEP
        drafts.keep(by=by, draft=draft, step=2, typed=whole["consent"])
        drafts.keep(by=by, draft=draft, step=3, typed=whole["person"] | BEGAN)
        return draft.key


def test_the_address_of_a_registration_that_became_a_case_leads_to_the_case(
    app: Flask, house: factories.World
) -> None:
    key = at_the_end(house)
    browser = factories.Browser(app, house.caseworker)
    address = link("registrations.step", key, drafts.LAST_STEP)
    token = token_of(browser.get(address), address)
    other = Tab(browser, key)
    opened = browser.post(address, form_token=token)
    assert opened.status_code == 303, opened.text
    case = opened.location
    assert case.startswith("/cases/SC-")
    assert browser.post(address, form_token=token).location == case, "sent twice on a bad line"
    for number in (1, 3, drafts.LAST_STEP):
        assert browser.get(link("registrations.step", key, number)).location == case
    assert key not in browser.get(link("registrations.unfinished")).text
    assert other.sends("/autosave", city="Sfax").status_code == 422
    late = other.sends(city="Sfax typed late")
    assert late.status_code == 422
    assert case.rsplit("/", 1)[1] in late.text
    kept = re.search(r'href="(/unfinished/[^"]+)"', late.text)
    assert kept
    assert "Sfax typed late" in browser.get(kept[1], follow_redirects=True).text
    colleague = factories.Browser(app, house.colleague)
    assert colleague.get(address).status_code == 404


def test_a_registration_whose_case_went_elsewhere_says_that_it_became_one(
    app: Flask, house: factories.World
) -> None:
    key = at_the_end(house)
    browser = factories.Browser(app, house.caseworker)
    address = link("registrations.step", key, drafts.LAST_STEP)
    opened = browser.post(address, form_token=token_of(browser.get(address), address))
    number = opened.location.rsplit("/", 1)[1]
    with factories.acts(house.caseworker):
        case = db.session.execute(select(Case).where(Case.number == number)).scalar_one()
        case.owner_id = case.team_id = None
        case.office_id = factories.anew(house.there).id
    for page in (browser.get(address), browser.post(address, words="late")):
        assert page.status_code == 410
        assert "has become a case" in page.text
        assert number not in page.text


def test_of_a_registration_that_became_a_case_nothing_is_left_but_which(
    app: Flask, house: factories.World
) -> None:
    key = at_the_end(house)
    browser = factories.Browser(app, house.caseworker)
    address = link("registrations.step", key, drafts.LAST_STEP)
    browser.post(address, form_token=token_of(browser.get(address), address))
    draft = db.session.execute(select(Draft).where(Draft.key == key)).scalar_one()
    assert list(drafts.contents(draft)) == ["case"]
