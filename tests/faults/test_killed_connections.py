"""PostgreSQL ends a connection (stopped, killed, failed over) at any step of a request: the answer is
503 with our page, for whoever asks, and what was typed is given back or kept.
"""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event

from config import Settings
from models.base import db, writing
from tests import factories
from tests.web.test_keeping import AtContact
from web.links import link

SAID = "She was at the bus station and waited for somebody who never came, for three whole days."
MOST_STEPS = 150


class Ending:
    """Ends every connection of the database before a statement, or before the commit, of a request;
    ``shut``: and lets nobody in again until the request is over.
    """

    def __init__(self, app: Flask, admin: str, name: str, *, shut: bool) -> None:
        self.admin, self.name, self.shut = admin, name, shut
        self.left, self.passed, self.on = -1, 0, False
        self.app = app

    def __call__(self, *_: Any) -> None:
        if not self.on:
            return
        self.passed += 1
        if self.left == 0:
            self.end()
        self.left -= 1

    def end(self) -> None:
        with psycopg.connect(self.admin, autocommit=True) as connection:
            if self.shut:
                connection.execute(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false")
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
                [self.name],
            )

    def open(self) -> None:
        if self.shut:
            with psycopg.connect(self.admin, autocommit=True) as connection:
                connection.execute(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true")

    def at(self, step: int, ask: Callable[[], Any]) -> Any:
        """The answer of a request whose connections end at ``step``."""
        db.session.remove()
        self.left, self.passed, self.on = step, 0, True
        try:
            return ask()
        finally:
            self.on = False
            self.open()
            db.session.remove()


@pytest.fixture(params=["stopped", "shut"])
def ending(
    request: pytest.FixtureRequest, app: Flask, postgres: Any, postgres_settings: Settings
) -> Iterator[Ending]:
    name = postgres_settings.database_url.rpartition("/")[2].partition("?")[0]
    found = Ending(app, postgres.get_uri(), name, shut=request.param == "shut")
    event.listen(db.engine, "before_cursor_execute", found)
    event.listen(db.engine, "commit", found)
    event.listen(db.engine, "rollback", found)
    app.testing = False
    writing.set(True)
    yield found
    app.testing = True
    event.remove(db.engine, "before_cursor_execute", found)
    event.remove(db.engine, "commit", found)
    event.remove(db.engine, "rollback", found)


@pytest.fixture
def settings(postgres_settings: Settings) -> Settings:
    """PostgreSQL alone: SQLite has no connections to end."""
    return postgres_settings


def steps_of(ending: Ending, ask: Callable[[], Any]) -> int:
    """How many statements and ends of transactions a request has."""
    ending.at(-1, ask)
    return ending.passed


def fits(answer: Any, well: set[int]) -> bool:
    """503 of ours; or the request was done with when the connection ended."""
    if answer.status_code == 503:
        assert answer.headers["Retry-After"] == "10"
    assert "Internal Server Error" not in answer.text
    return answer.status_code in {503, *well}


def test_a_page_at_every_step(app: Flask, ending: Ending) -> None:
    house = factories.World()
    number = factories.case(house).number
    browser = factories.Browser(app, house.caseworker)

    def ask() -> Any:
        return browser.get(link("casefile.show", number))

    assert ask().status_code == 200
    many, wrong = steps_of(ending, ask), {}
    for step in range(many):
        answer = ending.at(step, ask)
        if not fits(answer, {200}):
            wrong[step] = answer.status_code
    assert not wrong, (many, wrong)


def test_a_deed_at_every_step_is_kept_or_given_back(app: Flask, ending: Ending) -> None:
    contact = AtContact(app, factories.World())
    asked = 0

    def ask() -> Any:
        nonlocal asked
        asked += 1
        return contact.browser.client.post(
            contact.action,
            data={
                "csrf_token": contact.browser.token,
                "form_token": contact.token,
                "kind": "contact_phone",
                "note": f"{SAID} {asked}",
            },
        )

    wrong, lost = {}, []
    for step in range(MOST_STEPS):
        answer = ending.at(step, ask)
        if ending.passed <= step:
            break
        if not fits(answer, {303, 409}):
            wrong[step] = answer.status_code
        elif answer.status_code == 503 and f"{SAID} {asked}" not in answer.text:
            lost.append(step)
    assert not wrong
    assert not lost
    assert step > 20, "it was broken at many steps"
    assert contact.notes() == 1


def test_the_api_and_passers_by_at_every_step(app: Flask, ending: Ending) -> None:
    house = factories.World()
    number = factories.case(house).number
    api = factories.Api(app, house.caseworker)
    somebody = factories.Browser(app)
    somebody._learn(somebody.get("/sign-in"))
    email = str(factories.anew(house.caseworker).email)
    ways: tuple[Callable[[], Any], ...] = (
        lambda: api.get(f"/cases/{number}"),
        lambda: somebody.get("/sign-in"),
        lambda: somebody.post("/sign-in", email=email, password="wrong"),
    )
    for ask in ways:
        wrong = {}
        for step in range(steps_of(ending, ask)):
            answer = ending.at(step, ask)
            if not fits(answer, {200, 422, 429}):
                wrong[step] = answer.status_code
        assert not wrong
