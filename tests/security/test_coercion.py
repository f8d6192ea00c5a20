"""A bystander, a coerced worker, a seized phone, a bad partner: each finding from outside, as
whoever looks over a shoulder, takes a phone or forces a password meets it.
"""

import re
from email.utils import parseaddr
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from models.base import db
from models.messages import Message
from models.people import User
from notifications import channels, outbox
from standards.lists import EVENTS_TOLD, codes
from tests import factories
from tests.conftest import Clock

ROOT = Path(__file__).resolve().parents[2]
TITLE = re.compile(r"<title>(.*?)</title>", re.S)


@pytest.fixture
def house(quick_app: Flask, clock: Clock) -> factories.World:
    return factories.World()


def title(page: str) -> str:
    found = TITLE.search(page)
    assert found
    return found[1]


def told(event: str) -> set[str]:
    """Who was told of something, in the app."""
    query = select(User.email).join(Message, Message.user_id == User.id)
    return set(
        db.session.execute(query.where(Message.event == event, Message.channel == "app")).scalars()
    )


# P50. Titles and mails name the work.


def test_p50_every_title_is_the_neutral_name(quick_app: Flask, house: factories.World) -> None:
    number = factories.case(house).number
    browser = factories.Browser(quick_app, house.caseworker)
    pages = ("/work", f"/cases/{number}", f"/cases/{number}/identity", "/referrals", "/nowhere")
    assert {title(browser.get(page).text) for page in pages} == {"Office notes"}
    stranger = factories.Browser(quick_app).get("/sign-in").text
    assert title(stranger) == "Office notes"
    assert "Safeconduct" not in stranger


def test_p50_no_page_has_a_title_of_its_own() -> None:
    named = [
        str(path)
        for path in (ROOT / "templates").rglob("*.html")
        if "<title" in path.read_text() and path.name not in {"_title.html"}
    ]
    assert [name for name in named if "macros" not in name] == []


def test_p50_a_form_with_faults_says_so_in_its_title_and_nothing_else(
    quick_app: Flask, house: factories.World
) -> None:
    browser = factories.Browser(quick_app, house.caseworker)
    answer = browser.post("/account/password", current="x", new="y")
    assert answer.status_code == 422
    assert title(answer.text) == "Error: Office notes"


def test_p50_a_hidden_screen_has_no_name_at_all(quick_app: Flask, house: factories.World) -> None:
    browser = factories.Browser(quick_app, house.caseworker)
    browser.post("/lock")
    assert title(browser.get("/unlock").text) == "…"


def test_p50_subject_and_sender_of_every_mail_are_neutral(
    quick_app: Flask, house: factories.World
) -> None:
    for event in codes(EVENTS_TOLD):
        outbox.post(event, reference="IN-7", path="/", to=[factories.anew(house.helper)])
    mails = db.session.execute(select(Message).where(Message.channel == "mail")).scalars().all()
    heads = {(channels.compose(each)["Subject"], channels.compose(each)["From"]) for each in mails}
    assert len(mails) >= 20
    ((subject, sender),) = heads
    assert subject == "Office notes"
    assert parseaddr(str(sender))[0] == "Office notes"
    assert "safeconduct" not in str(sender).lower()
