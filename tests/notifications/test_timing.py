"""When people are told: quiet hours in their own zone, one mail a day, never, and urgent things at
once.
"""

import email
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from models.base import at, db, now
from models.messages import Message
from models.people import User
from notifications import jobs, outbox, timing
from tests import factories

CLOCKS = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
MOMENTS = st.integers(0, 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(
    MOMENTS,
    CLOCKS,
    CLOCKS,
    st.sampled_from(["UTC", "Africa/Tunis", "Asia/Dhaka", "America/New_York"]),
)
def test_no_mail_leaves_in_quiet_hours_and_none_is_lost(
    moment: datetime, start: str, end: str, zone: str
) -> None:
    user = User(quiet_from=start, quiet_to=end, timezone=zone, mail_when="")
    with at(moment):
        due = timing.due(user, urgent=False)
        assert timing.due(user, urgent=True) == moment
    assert due is not None
    assert moment <= due <= moment + timedelta(days=1, hours=1)
    clock = due.astimezone(ZoneInfo(zone)).strftime("%H:%M")
    if due > moment:
        assert clock == end, "it leaves when the quiet hours end"
    elif start != end:
        inside = start <= clock < end if start <= end else clock >= start or clock < end
        assert not inside


def tell(user: User, count: int = 1, *, urgent: bool = False, start: int = 0) -> None:
    for number in range(start, start + count):
        outbox.post(
            "task.due",
            reference=f"N-{number}",
            path="/work",
            to=[factories.anew(user)],
            urgent=urgent,
        )
    db.session.commit()


@pytest.fixture
def mails(quick_app: Flask, tmp_path: Path) -> Any:
    """The folder in which mails land."""
    quick_app.config["MAIL_FOLDER"] = tmp_path / "mail"
    return lambda: [
        email.message_from_bytes(path.read_bytes())
        for path in sorted((tmp_path / "mail").glob("*.eml"))
    ]


def test_one_mail_a_day_holds_all_of_the_day(quick_app: Flask, mails: Any) -> None:
    house = factories.World()
    factories.anew(house.caseworker).mail_when = "digest"
    db.session.commit()
    tell(house.caseworker, 5)
    waiting = list(
        db.session.execute(select(Message.id).where(Message.channel == "mail")).scalars()
    )
    for number in waiting:
        jobs.deliver(number)
    assert mails() == []
    with at(now() + timedelta(days=1, hours=1)):
        for number in waiting:
            jobs.deliver(number)
    found = mails()
    assert len(found) == 1
    text = found[0].get_payload(decode=True).decode()
    assert all(f"N-{number}" in text for number in range(5))
    states = set(
        db.session.execute(select(Message.state).where(Message.channel == "mail")).scalars()
    )
    assert states == {"delivered"}


def test_never_is_never_but_for_what_is_urgent(quick_app: Flask, mails: Any) -> None:
    house = factories.World()
    factories.anew(house.caseworker).mail_when = "never"
    db.session.commit()
    tell(house.caseworker, 2)
    assert db.session.execute(select(func.count()).where(Message.channel == "mail")).scalar() == 0
    tell(house.caseworker, 1, urgent=True, start=9)
    assert db.session.execute(select(func.count()).where(Message.channel == "mail")).scalar() == 1
    assert db.session.execute(select(func.count()).where(Message.channel == "app")).scalar() == 3


def test_choices_are_kept_and_wrong_times_told(quick_app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app, house.caseworker)
    assert (
        browser.post(
            "/account/notices",
            mail_when="digest",
            quiet_from="19:00",
            quiet_to="07:00",
            timezone="Africa/Tunis",
        ).status_code
        == 303
    )
    user = factories.anew(house.caseworker)
    assert (user.mail_when, user.quiet_from, user.timezone) == ("digest", "19:00", "Africa/Tunis")
    for wrong in (
        {"quiet_from": "25:00", "quiet_to": "07:00"},
        {"quiet_from": "19:00"},
        {"timezone": "Mars/Olympus"},
    ):
        assert browser.post("/account/notices", **wrong).status_code == 422, wrong


def test_what_failed_is_listed_and_can_be_sent_again(quick_app: Flask, mails: Any) -> None:
    house = factories.World()
    tell(house.caseworker)
    message = db.session.execute(select(Message).where(Message.channel == "mail")).scalar_one()
    message.state, message.tries, message.trouble = "failed", 12, "SMTPServerDisconnected"
    db.session.commit()
    number = message.id
    browser = factories.Browser(quick_app, house.administrator)
    page = browser.get("/undelivered").text
    assert "SMTPServerDisconnected" in page
    assert browser.post(f"/undelivered/{number}/again").status_code == 303
    jobs.deliver(number)
    assert len(mails()) == 1
    assert "Everything was delivered." in browser.get("/undelivered").text
    assert factories.Browser(quick_app, house.caseworker).get("/undelivered").status_code == 404
