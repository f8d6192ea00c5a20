"""Cases 61 and 69: nothing slips into a mail's head; a database that stops, or takes no writing,
leaves clear words and nothing half-written.
"""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text
from sqlalchemy.orm import Session

from config import Settings
from models.audit import AuditRecord
from models.base import db
from models.cases import Case, Draft, Event
from models.messages import Message
from notifications import channels, outbox
from tests import factories


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org\nBcc: x@example.org",
        "a@example.org\r\nSubject: x",
        "a@exa mple.org",
        "a@example.org,b@example.org",
    ],
)
def test_61_no_second_line_and_no_second_address_in_a_mail(quick_app: Flask, address: str) -> None:
    house = factories.World()
    boss = factories.Browser(quick_app, house.administrator)
    boss.post("/confirm", password=factories.PASSWORD)
    place = str(factories.anew(house.partner).id)
    answer = boss.post(
        "/people/invite", email=address, name="New", role="partner_worker", organisation=place
    )
    assert answer.status_code == 422, address


def test_61_a_head_with_a_line_break_is_never_composed(quick_app: Flask) -> None:
    house = factories.World()
    outbox.post(
        "referral.sent", reference="RF-1\nBcc: x", path="/", to=[factories.anew(house.helper)]
    )
    message = db.session.execute(select(Message).where(Message.channel == "mail")).scalar_one()
    assert channels.compose(message)["Bcc"] is None
    message.user.email = "a@example.org\nBcc: x"
    with pytest.raises(ValueError, match=r"(?i)header|linefeed|newline"):
        channels.compose(message)


@pytest.fixture
def settings(postgres_settings: Settings) -> Settings:
    """A database server that can be told to stop."""
    return postgres_settings


@pytest.fixture
def live(app: Flask) -> Any:
    """The application as in production: a fault of ours is a page, not an exception."""
    app.testing = False
    yield app
    app.testing = True


def ready_to_open(app: Flask, house: factories.World) -> tuple[factories.Browser, str]:
    """A registration before its last step."""
    browser = factories.Browser(app, house.caseworker)
    base = browser.post("/registrations").headers["Location"].rsplit("/", 1)[0]
    browser.post(f"{base}/1", channel="walk_in")
    browser.post(f"{base}/2", assistance="agrees", manner="signed")
    browser.post(f"{base}/3", given_names="Zqxamina", family_name="Zqxdiallo")
    browser.post(f"{base}/4")
    browser.post(f"{base}/5")
    return browser, base


def counts() -> tuple[int, int, int, int]:
    db.session.rollback()
    found = tuple(
        int(db.session.execute(select(func.count()).select_from(model)).scalar() or 0)
        for model in (Case, Event, Draft, AuditRecord)
    )
    db.session.rollback()
    return found  # type: ignore[return-value]


def test_69_a_database_killed_in_a_commit_leaves_nothing_half_written(live: Flask) -> None:
    house = factories.World()
    browser, base = ready_to_open(live, house)
    before = counts()
    killed: list[int] = []

    def seen(session: Session, _flush: Any) -> None:
        if any(isinstance(row, Case) for row in session.new):
            session.info["opens_a_case"] = True

    def kill(session: Session) -> None:
        if session.info.pop("opens_a_case", False) and not killed:
            number = session.connection().connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
            killed.append(number)
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": number})

    event.listen(Session, "after_flush", seen)
    event.listen(Session, "before_commit", kill)
    try:
        answer = browser.post(f"{base}/6")
    finally:
        event.remove(Session, "before_commit", kill)
        event.remove(Session, "after_flush", seen)
    assert killed, "the server was killed where it hurts"
    assert answer.status_code in {500, 503}
    assert "Everything saved before is kept" in answer.text
    assert "Zqx" not in answer.text
    assert "Traceback" not in answer.text
    assert counts() == before
    assert browser.post(f"{base}/6").status_code == 303, "the next try works, with what was typed"
    assert counts()[0] == before[0] + 1


def test_69_a_database_that_takes_no_writing_says_so_and_reading_goes_on(live: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    browser, base = ready_to_open(live, house)
    before = counts()
    name = db.engine.url.database
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
        other.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    db.session.remove()
    db.engine.dispose()
    answer = browser.post(f"{base}/6")
    assert answer.status_code in {500, 503}
    assert "Zqx" not in answer.text
    assert live.test_client().get("/healthz").status_code == 200
    assert browser.get("/cases").status_code == 200
    page = browser.get(f"/cases/{number}")
    assert page.status_code in {500, 503}, "a look that cannot be noted is not given"
    assert "Benali" not in page.text
    left = browser.post("/sign-out")
    assert left.status_code in {500, 503}, "nobody is told they left when their session stands"
    assert "Traceback" not in left.text
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
        other.execute(text("SET default_transaction_read_only = off"))
        other.execute(text(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'))
    db.session.remove()
    db.engine.dispose()
    assert counts() == before
    assert browser.post(f"{base}/6").status_code == 303
