"""After a deed its words, once; before what cannot be taken back a question."""

import re

import pytest
from flask import Flask

from standards.deeds import ASKS, SAID
from tests import factories
from tests.web.test_keeping import token_of
from web.guard import ROUTES
from web.links import link


@pytest.fixture
def house(app: Flask) -> factories.World:
    with app.app_context():
        yield factories.World()  # type: ignore[misc]


def test_each_sentence_belongs_to_a_deed() -> None:
    deeds = {route.endpoint for route in ROUTES.values() if route.method == "POST"}
    assert set(SAID) | set(ASKS) <= deeds


def test_a_deed_is_told_once_and_a_ticked_task_can_be_taken_back(
    app: Flask, house: factories.World
) -> None:
    number = factories.case(house).number
    browser = factories.Browser(app, house.caseworker)
    page = link("casefile.show", number)
    browser.post(link("casefile.add_task", number), kind="call", due_on="2030-01-01")
    told = browser.get(page).get_data(as_text=True)
    assert "data-told" in told
    assert "Task set." in told
    assert "data-told" not in browser.get(page).get_data(as_text=True)
    done = browser.get(page).get_data(as_text=True).split("/done")[0].rsplit('"', 1)[1] + "/done"
    browser.post(done)
    told = browser.get(page).get_data(as_text=True)
    undo = done.replace("/done", "/reopen")
    assert "Task done" in told
    assert f'action="{undo}"' in told
    assert f'action="{done}"' not in told
    browser.post(undo)
    again = browser.get(page).get_data(as_text=True)
    assert "The task is open again." in again
    assert f'action="{done}"' in again


def test_what_cannot_be_taken_back_is_asked_about_first(app: Flask, house: factories.World) -> None:
    number = factories.case(house).number
    browser = factories.Browser(app, house.caseworker)
    form_page = link("casefile.consent", number)
    action = link("casefile.withdraw_consent", number)
    token = token_of(browser.get(form_page), action)
    form = {"purpose": "sharing", "form_token": token, "csrf_token": browser.token}
    asked = browser.client.post(action, data=form)
    assert asked.location.startswith("/shown/"), "one can go back to the question"
    text = browser.get(asked.location).get_data(as_text=True)
    assert f'action="{action}"' in text
    assert "Everything that leans on this consent" in text
    assert f'href="{form_page}"' in text, "no leads back to where one was"
    assert re.search(r"<dt>Purpose</dt>\s*<dd><bdi>(?!sharing)", text), "in words, not in codes"
    page = browser.get(link("data_protection.guard", number)).get_data(as_text=True)
    assert page
    done = browser.client.post(action, data=form | {"asked_and_sure": "yes"})
    assert done.status_code == 303
    told = browser.get(done.location).get_data(as_text=True)
    assert "Withdrawn." in told
