"""N12, N46: what was refused is told in words, to people and to scripts, with a way back."""

from typing import Any

import pytest
from flask import Flask

from models.base import db
from models.people import SignedIn
from tests import factories
from web.links import link

FETCH = {"X-Requested-With": "fetch"}


@pytest.fixture
def house(quick_app: Flask) -> factories.World:
    return factories.World()


def by_script(browser: factories.Browser, path: str, **form: Any) -> Any:
    db.session.rollback()
    data = {"csrf_token": browser.token, **form}
    return browser.client.post(path, data=data, headers=FETCH)


def test_an_upload_is_refused_in_words(quick_app: Flask, house: factories.World) -> None:
    number = factories.case(house).number
    browser = factories.Browser(quick_app, house.caseworker)
    about = {"name": "a.pdf", "compartment": "protection", "shows_person": "no"}
    begin = link("files.begin", number)
    empty = by_script(browser, begin, size="0", **about)
    assert empty.status_code == 422
    assert "nothing in this file" in " ".join(empty.json["words"])
    most = quick_app.config["SETTINGS"].file_limit
    big = by_script(browser, begin, size=str(most + 1), **about)
    assert big.status_code == 422
    assert f"{most // 1024**2} MB" in " ".join(big.json["words"])
    begun = by_script(browser, begin, size="5", **about)
    key = begun.json["key"]
    wrong = browser.client.post(
        f"/files/{key}/parts?start=0",
        data=b"too much of it",
        headers={**FETCH, "X-CSRFToken": browser.token},
    )
    assert wrong.status_code == 422
    assert wrong.json["words"] == ["This is more than was announced. Begin again."]
    state = browser.get(f"/files/{key}/state").json
    assert state["words"], "the state is told in words"
    browser.post("/lock")
    assert by_script(browser, begin, size="5", **about).status_code == 423
    db.session.query(SignedIn).delete()
    db.session.commit()
    assert by_script(browser, begin, size="5", **about).status_code == 401
    gone = browser.get(f"/files/{key}/state", headers=FETCH)
    assert (gone.status_code, gone.json["why"]) == (401, "ended")


def test_pages_of_faults_lead_on(quick_app: Flask, house: factories.World) -> None:
    browser = factories.Browser(quick_app, house.caseworker)
    absent = browser.get("/cases/SC-NOTTHERE").text
    assert 'class="ways"' in absent, "the places of the navigation"
    assert 'href="/referrals"' in absent
    nobody = quick_app.test_client().get("/nothing")
    assert 'class="ways"' not in nobody.text
    signed_out = quick_app.test_client().post("/account/notices", data={"mail_when": ""})
    assert signed_out.status_code == 403
    assert "You are signed out" in signed_out.text
    assert link("accounts.sign_in") in signed_out.text
    db.session.rollback()
    old = browser.client.post("/account/notices", data={"csrf_token": "of another session"})
    assert old.status_code == 403
    assert "This form is too old" in old.text


def test_too_big_says_how_much_may_be_sent(quick_app: Flask, house: factories.World) -> None:
    browser = factories.Browser(quick_app, house.caseworker)
    most = quick_app.config["SETTINGS"].upload_limit
    answer = browser.post("/imports", file="x" * (most + 1))
    assert answer.status_code == 413
    assert f"{most // 1024**2} MB" in answer.text
