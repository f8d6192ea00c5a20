"""A form sent twice counts once, one after the other and at the same moment; so does a program."""

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.base import db
from models.cases import Event, Import, Task
from models.sent import SentForm
from tests import factories
from tests.conftest import Clock
from tests.web.test_keeping import token_of
from web import once, telling
from web.links import link


@pytest.fixture
def house(app: Flask) -> factories.World:
    with app.app_context():
        yield factories.World()  # type: ignore[misc]


def many(model: Any) -> int:
    db.session.rollback()
    return int(db.session.execute(select(func.count()).select_from(model)).scalar_one())


def tasks_there() -> int:
    """Rows that are tasks: some wait to become one."""
    db.session.rollback()
    return sum(bool(kind) for kind in db.session.execute(select(Task.kind)).scalars())


def contacts() -> int:
    db.session.rollback()
    kinds = db.session.execute(select(Event.kind)).scalars()
    return sum(kind.startswith("contact") for kind in kinds)


def test_a_task_sent_twice_is_one_and_both_are_answered_alike(
    app: Flask, house: factories.World
) -> None:
    number = factories.case(house).number
    browser = factories.Browser(app, house.caseworker)
    action, before = link("casefile.add_task", number), tasks_there()
    token = token_of(browser.get(link("casefile.show", number)), action)
    form = {"kind": "call", "due_on": "2030-01-01", "form_token": token}
    first, second = browser.post(action, **form), browser.post(action, **form)
    assert first.status_code == second.status_code == 303, first.get_data(as_text=True)
    assert first.location == second.location
    assert tasks_there() == before + 1


def test_what_was_refused_may_be_sent_again(app: Flask, house: factories.World) -> None:
    number = factories.case(house).number
    browser = factories.Browser(app, house.caseworker)
    action, before = link("casefile.add_task", number), tasks_there()
    token = token_of(browser.get(link("casefile.show", number)), action)
    assert browser.post(action, kind="call", due_on="nonsense", form_token=token).status_code == 422
    assert (
        browser.post(action, kind="call", due_on="2030-01-01", form_token=token).status_code == 303
    )
    assert tasks_there() == before + 1
    assert many(SentForm) == 1


def test_whoever_missed_the_first_answer_is_told_that_it_was_done(
    app: Flask, house: factories.World
) -> None:
    """The line broke on the way back: the page sends its form again by itself."""
    number = factories.case(house).number
    browser = factories.Browser(app, house.caseworker)
    action = link("casefile.add_task", number)
    token = token_of(browser.get(link("casefile.show", number)), action)
    form = {"kind": "call", "due_on": "2030-01-01", "form_token": token}
    first = browser.post(action, **form)
    browser.client.delete_cookie(telling.COOKIE)  # came with the answer that never came
    again = browser.post(action, **form)
    assert again.location == first.location
    assert "Task set." in browser.get(again.location).text


def test_at_the_same_moment_too(app: Flask, house: factories.World) -> None:
    number = factories.case(house).number
    browser = factories.Browser(app, house.caseworker)
    action = link("casefile.log_contact", number)
    token = token_of(browser.get(link("casefile.contact", number)), action)
    db.session.rollback()
    cookie = browser.client.get_cookie("session")
    assert cookie is not None

    def send(_number: int) -> int:
        client = app.test_client()
        client.set_cookie("session", cookie.value)
        form = {
            "kind": "contact_phone",
            "note": "x",
            "form_token": token,
            "csrf_token": browser.token,
        }
        return int(client.post(action, data=form).status_code)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(send, range(4))) == [303] * 4
    assert many(SentForm) == 1
    assert contacts() == 1


def test_a_token_is_for_one_form_of_one_person(app: Flask, house: factories.World) -> None:
    number = factories.case(house).number
    mine = factories.Browser(app, house.caseworker)
    hers = factories.Browser(app, house.colleague)
    action, before = link("casefile.add_task", number), tasks_there()
    token = token_of(mine.get(link("casefile.show", number)), action)
    form = {"kind": "call", "due_on": "2030-01-01", "form_token": token}
    assert mine.post(action, **form).status_code == 303
    assert hers.post(action, **form).status_code == 409
    assert tasks_there() == before + 1


def test_a_program_says_which_request_it_is(app: Flask, house: factories.World) -> None:
    api = factories.Api(app, house.caseworker)
    number = factories.case(house).number

    def send(key: str, note: str = "She called.") -> Any:
        return factories._apart(
            api.client.post,
            f"/api/v1/cases/{number}/contacts",
            json={"kind": "contact_phone", "note": note},
            headers=api.headers | {"Idempotency-Key": key},
        )

    first, second = send("one"), send("one")
    assert first.status_code == second.status_code == 201, first.json
    assert first.json == second.json
    assert send("two").status_code == 201
    assert contacts() == 2
    assert send("one", note="Something else.").status_code == 422
    long = "k" * 500
    assert (send(f"{long}1").status_code, send(f"{long}2").status_code) == (201, 201)
    assert contacts() == 4, "two keys, however long and alike, are two requests"


def test_a_secret_is_made_once_and_shown_once(app: Flask, house: factories.World) -> None:
    browser = factories.Browser(app, house.caseworker)
    browser.post("/confirm", password=factories.PASSWORD)
    action = "/account/recovery-codes"
    token = token_of(browser.get("/account/security"), action)
    first = browser.post(action, form_token=token)
    second = browser.post(action, form_token=token)
    assert first.status_code == second.status_code == 200
    assert "This was done already" in second.get_data(as_text=True)


def test_a_machine_that_slept_sends_its_form_again_days_later(
    app: Flask, house: factories.World, clock: Clock
) -> None:
    number = factories.case(house).number
    browser = factories.Browser(app, house.caseworker)
    action = link("casefile.log_contact", number)
    token = token_of(browser.get(link("casefile.contact", number)), action)
    form = {"kind": "contact_phone", "note": "Before the lid was shut.", "form_token": token}
    assert browser.post(action, **form).status_code == 303
    clock.forward(hours=60)
    once.forget_old()
    db.session.commit()
    again = factories.Browser(app, house.caseworker)
    assert again.post(action, **form).status_code == 303
    assert contacts() == 1


def test_another_file_in_the_same_form_is_not_taken_for_the_first(
    app: Flask, house: factories.World
) -> None:
    browser = factories.Browser(app, house.caseworker)
    token = token_of(browser.get(link("imports.index")), link("imports.upload"))

    def send(name: str) -> Any:
        rows = f"First Name,Second Name,Consent\n{name},Benali,yes\n".encode()
        file = (io.BytesIO(rows), "list.csv")
        return browser.post(link("imports.upload"), file=file, form_token=token)

    first, again, other = send("Amira"), send("Amira"), send("Fatima")
    assert first.status_code == 303, first.text
    assert again.location == first.location
    assert many(Import) == 1
    assert other.status_code == 409, "it is said that this one did not come in"
    assert "Sent before" in other.text
