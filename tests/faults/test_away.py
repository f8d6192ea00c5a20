"""N41, N42: with the database away at any step of a request the page of the house comes, with what
was typed.
"""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from models.base import db
from tests import factories
from tests.web.test_keeping import AtContact
from web.links import link

SAID = "She was at the bus station and waited for somebody who never came, for three whole days."


class Breaking:
    """The database answers so many statements, and no more."""

    def __init__(self, engine: Any) -> None:
        self.engine, self.left, self.asked = engine, -1, 0

    def __call__(self, *_: Any) -> None:
        self.asked += 1
        if self.left == 0:
            raise OperationalError("SELECT", {}, Exception("server closed the connection"))
        self.left -= 1


@pytest.fixture
def breaking(quick_app: Flask) -> Any:
    found = Breaking(db.engine)
    event.listen(db.engine, "before_cursor_execute", found)
    quick_app.testing = False
    yield found
    event.remove(db.engine, "before_cursor_execute", found)
    quick_app.testing = True


def test_at_every_step_of_a_deed_what_was_typed_is_given_back_or_kept(
    quick_app: Flask, breaking: Breaking
) -> None:
    contact = AtContact(quick_app, factories.World())
    for step in range(0, 60, 3):
        breaking.left = step
        answer = contact.send(note=SAID)
        breaking.left = -1
        if answer.status_code == 303:
            break
        assert answer.status_code == 503, step
        assert answer.headers["Retry-After"] == "10"
        assert SAID in answer.text, step
        assert "Internal Server Error" not in answer.text
    assert step > 9, "it was broken at many steps"
    assert contact.notes() == 1


def test_pages_and_the_api_say_so_too(quick_app: Flask, breaking: Breaking) -> None:
    house = factories.World()
    number = factories.case(house).number
    browser, api = (
        factories.Browser(quick_app, house.caseworker),
        factories.Api(quick_app, house.caseworker),
    )
    for step in range(0, 40, 4):
        breaking.left = step
        answer = browser.get(link("casefile.show", number))
        breaking.left = step
        program = api.get(f"/cases/{number}")
        breaking.left = -1
        assert answer.status_code in {200, 503}
        assert program.status_code in {200, 503}
        if step < 3:
            assert (answer.status_code, program.status_code) == (503, 503)
            assert program.json["status"] == 503
            assert "One moment" in answer.text


def test_the_log_has_a_line_a_minute_and_kind(
    quick_app: Flask, breaking: Breaking, caplog: pytest.LogCaptureFixture
) -> None:
    browser = factories.Browser(quick_app, factories.World().caseworker)
    caplog.clear()
    for _ in range(10):
        breaking.left = 0
        assert browser.get(link("work.index")).status_code == 503
        breaking.left = -1
    faults = [line for line in caplog.records if line.levelname == "ERROR"]
    assert len(faults) <= 1, [line.getMessage() for line in faults]
    assert not any(line.exc_info for line in faults)


def test_a_session_that_cannot_be_kept_is_told_and_fills_no_log(
    quick_app: Flask, breaking: Breaking, caplog: pytest.LogCaptureFixture
) -> None:
    browser = factories.Browser(quick_app, factories.World().caseworker)
    caplog.clear()
    answers = []
    for step in range(60):
        breaking.left = step
        answers.append(browser.post("/lock").status_code)
        breaking.left = -1
        if answers[-1] == 204:
            break
    assert set(answers[:-1]) == {503}, "nobody believes that it was locked"
    assert answers[-1] == 204
    assert not any(line.exc_info for line in caplog.records), "no fault while a fault is answered"
