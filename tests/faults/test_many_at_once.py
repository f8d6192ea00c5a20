"""N40 and N44: many people at the same moment, and somebody who holds a lock, before a real server."""

import html
import re
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select

from accounts import hashes, signing_in
from benchmarks.visitor import Answer, Visitor
from casework.intake import file_readers
from casework.letters import pdf
from casework.letters.schemas import LEAVES
from config import Settings
from files import inspecting, receiving
from models.base import db
from models.cases import Task
from models.people import User
from standards import lists
from tests import factories
from tests.faults.served import served
from web.links import link

SIGN_IN, SAVE = 30, 20
WAIT = 60.0  # seconds for an answer on a machine that does much else besides


def tasks_there() -> int:
    """Rows that are tasks: some wait to become one."""
    return sum(bool(kind) for kind in db.session.execute(select(Task.kind)).scalars())


def at_once(deeds: list[Callable[[], Answer]]) -> list[Answer]:
    """All at the same moment; what each was answered."""
    gate = threading.Barrier(len(deeds))

    def run(deed: Callable[[], Answer]) -> Answer:
        gate.wait()
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def entered(url: str, user: str) -> Visitor:
    """Somebody who is signed in."""
    visitor = Visitor(url)
    assert visitor.sign_in(user, factories.PASSWORD).status == 303
    return visitor


def test_people_who_sign_in_and_save_at_once_are_all_served(
    sqlite_settings: Settings, quick_app: Flask, tmp_path: Path
) -> None:
    house = factories.World()
    number = factories.case(house).number
    email = house.caseworker.email
    # As dear to prove as in an installation: the tests' own hashes cost nothing.
    house.caseworker.password_hash = PasswordHasher().hash(factories.PASSWORD)
    db.session.commit()
    before = tasks_there()
    db.session.remove()
    with served(sqlite_settings, tmp_path / "log") as url:
        savers = [entered(url, email)] * SAVE
        coming = [Visitor(url) for _ in range(SIGN_IN)]
        for visitor in coming:
            visitor.get("/sign-in")
        given = {"kind": "screening", "due_on": "2030-01-01"}
        action = link("casefile.add_task", number)
        form = {"email": email, "password": factories.PASSWORD}
        answers = at_once(
            [lambda v=visitor: v.post("/sign-in", **form) for visitor in coming]  # type: ignore[misc]
            + [lambda v=visitor: v.post(action, **given) for visitor in savers]  # type: ignore[misc]
        )
        assert [answer.status for answer in answers] == [303] * (SIGN_IN + SAVE)
        assert all("/sign-in" not in answer.location for answer in answers)
        assert max(answer.seconds for answer in answers) < WAIT
        assert all(visitor.get("/account").status == 200 for visitor in coming)
    assert tasks_there() - before == SAVE


class Free:
    """Whether somebody else may write while something is done; counts how often it was asked."""

    def __init__(self, file: str, house: factories.World) -> None:
        self.file, self.house, self.asked = file, house, 0

    def around(self, work: Any) -> Any:
        """``work``, with the look before it."""

        def run(*given: Any, **named: Any) -> Any:
            other = sqlite3.connect(self.file, timeout=0, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")  # raises where the lock is held
            other.execute("ROLLBACK")
            other.close()
            self.asked += 1
            return work(*given, **named)

        return run


@pytest.fixture
def free(quick_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Free:
    """Everything that takes long looks first whether the lock is free."""
    found = Free(str(db.engine.url.database), factories.World())
    real = hashes._HASHER

    class Looking:
        verify = staticmethod(found.around(real.verify))
        hash = staticmethod(found.around(real.hash))
        check_needs_rehash = staticmethod(real.check_needs_rehash)

    hashes._nobodys()
    monkeypatch.setattr(hashes, "_HASHER", Looking)
    for module, name in (
        (pdf, "_set"),
        (pdf, "_locked"),
        (file_readers, "_csv"),
        (receiving, "_put"),
        (inspecting, "_look"),
    ):
        monkeypatch.setattr(module, name, found.around(getattr(module, name)))
    return found


def test_what_takes_long_is_done_while_others_can_write(quick_app: Flask, free: Free) -> None:
    house = free.house
    number = factories.case(house).number
    new, third = "quite another long password", "and yet one more password"
    browser = factories.Browser(quick_app, house.caseworker)

    def counts(answer: Any, status: int = 303) -> None:
        assert answer.status_code == status, re.findall(r"(?s)<h1.*?(?=<nav)", answer.text)
        assert free.asked, "it was not done, or elsewhere"
        free.asked = 0

    counts(browser.post("/sign-in", email=house.caseworker.email, password="wrong"), 422)
    browser.post("/lock")
    counts(browser.post("/unlock", password=factories.PASSWORD))
    counts(browser.post("/confirm", password=factories.PASSWORD))
    second = {"current": factories.PASSWORD, "second": "told under force, quite long"}
    counts(browser.post(link("accounts_security.second_password"), **second))
    counts(browser.post("/account/password", current=factories.PASSWORD, new=new))
    inside = next(code for code in lists.codes(lists.PRINT_REASONS) if code not in LEAVES)
    summary = {"sections": "identity", "reason": inside}
    counts(browser.post(link("letters.summary", number), **summary), 200)
    counts(browser.post(link("letters.consent_form", number), language="en"), 200)
    copy = {"password": "opens this file and no other", "language": "en"}
    counts(browser.post(link("letters.copy", number), **copy), 200)
    lines = (b"Name;Born\nAmina Diallo;1990\n", "list.csv")
    counts(_upload(browser, "/imports", lines))
    counts(browser.post(link("accounts.password"), current=new, new=third))
    assert not db.session.execute(select(User).where(User.must_change)).first()


def _upload(browser: factories.Browser, path: str, file: tuple[bytes, str]) -> Any:
    import io  # noqa: PLC0415

    content, name = file
    db.session.rollback()
    data = {"csrf_token": browser.token, "file": (io.BytesIO(content), name)}
    return browser.client.post(path, data=data, content_type="multipart/form-data")


def test_a_part_of_a_file_is_stored_and_looked_into_while_others_can_write(
    quick_app: Flask, free: Free
) -> None:
    house = free.house
    number = factories.case(house).number
    browser = factories.Browser(quick_app, house.caseworker)
    asked = {"name": "note.txt", "size": "11", "compartment": "protection", "shows_person": "no"}
    begun = browser.post(link("files.begin", number), **asked)
    assert begun.status_code == 200, begun.text
    key = begun.json["key"]
    db.session.rollback()
    free.asked = 0
    sent = browser.client.post(
        f"/files/{key}/parts?start=0",
        data=b"Hello world",
        headers={"X-CSRFToken": browser.token},
    )
    assert sent.status_code == 200, sent.text
    assert free.asked == 1
    from files import jobs  # noqa: PLC0415

    row = db.session.execute(select(receiving.Attachment)).scalar_one()
    number = row.id
    db.session.rollback()
    jobs.inspect_file(number)
    assert free.asked == 2
    assert browser.get(f"/files/{key}/state").json["state"] == "kept"


def test_a_lock_that_somebody_holds_stops_no_node(
    postgres_settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("valkey")
    from application import create_app  # noqa: PLC0415

    app = create_app(postgres_settings)
    with app.app_context():
        house = factories.World()
        number, email = factories.case(house).number, house.caseworker.email
        action = link("casefile.add_task", number)
        db.session.remove()
        db.engine.dispose()
    with served(postgres_settings, tmp_path / "log", SAFECONDUCT_LOCK_SECONDS="2") as url:
        saver = entered(url, email)
        form = {"kind": "screening", "due_on": "2030-01-17"}
        text = saver.get(action.rpartition("/")[0]).text
        token = html.unescape(re.findall(r'name="form_token" value="([^"]+)~', text)[0])
        address = postgres_settings.database_url.replace("+psycopg", "")
        with psycopg.connect(address) as other:
            other.execute("LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE")
            alive: list[Answer] = []

            def ask() -> Answer:
                time.sleep(0.7)
                alive.extend(Visitor(url).get("/healthz") for _ in range(5))
                return alive[-1]

            deeds: list[Callable[[], Answer]] = [
                lambda n=n: saver.post(action, **form, form_token=f"{token}~{n}")  # type: ignore[misc]
                for n in range(12)
            ]
            answers = at_once([*deeds, ask])[:-1]
            other.rollback()
        assert {answer.status for answer in answers} == {503}, answers[0].text[:500]
        assert all("2030-01-17" in answer.text for answer in answers), "it is given back"
        assert max(answer.seconds for answer in answers) < WAIT
        assert {answer.status for answer in alive} == {200}
        assert max(answer.seconds for answer in alive) < 2, "it waits for no page"
        assert saver.post(action, **form).status == 303


def test_prove_ahead_answers_what_is_asked_once(quick_app: Flask) -> None:
    house = factories.World()
    email = house.caseworker.email
    signing_in.prove_ahead(email, factories.PASSWORD)
    assert signing_in.check_password(email, factories.PASSWORD) is not None
    signing_in.prove_ahead(email, factories.PASSWORD)
    house.caseworker.password_hash = hashes.hashed("changed by somebody meanwhile")
    db.session.flush()
    assert signing_in.check_password(email, factories.PASSWORD) is None
