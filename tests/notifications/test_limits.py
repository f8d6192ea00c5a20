"""Minutes of quiet hours, of leases and of tries, each boundary on both sides."""

import time as clocks
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models.base import at, db, now
from models.messages import DoneJob, Hook, HookMessage, Message
from models.people import User
from models.sealed import seal_system
from notifications import channels, jobs, outbox, queue, timing, webhooks
from tests import factories
from tests.conftest import Clock


def leaves(clock: str, start: str, end: str, zone: str = "UTC") -> str:
    """When a mail that is posted at a time of the day leaves, by the same clock."""
    hour, minute, second = (int(part) for part in clock.split(":"))
    user = User(quiet_from=start, quiet_to=end, timezone=zone, mail_when="")
    with at(datetime(2026, 3, 10, hour, minute, second, tzinfo=UTC)):
        due = timing.due(user, urgent=False)
    assert due is not None
    return f"{due.astimezone(UTC):%d %H:%M:%S}"


@pytest.mark.parametrize(
    ("clock", "due"),
    [
        ("21:59:59", "10 21:59:59"),
        ("22:00:00", "11 07:00:00"),
        ("23:59:59", "11 07:00:00"),
        ("00:00:00", "10 07:00:00"),
        ("06:59:00", "10 07:00:00"),
        ("06:59:59", "10 07:00:00"),
        ("07:00:00", "10 07:00:00"),
        ("07:00:01", "10 07:00:01"),
    ],
)
def test_quiet_hours_over_midnight_hold_their_first_minute_and_their_last(
    clock: str, due: str
) -> None:
    assert leaves(clock, "22:00", "07:00") == due


@pytest.mark.parametrize(
    ("clock", "due"),
    [
        ("11:59:59", "10 11:59:59"),
        ("12:00:00", "10 14:00:00"),
        ("13:59:59", "10 14:00:00"),
        ("14:00:00", "10 14:00:00"),
    ],
)
def test_quiet_hours_of_a_day_hold_their_first_minute_and_their_last(clock: str, due: str) -> None:
    assert leaves(clock, "12:00", "14:00") == due
    assert leaves(clock, "12:00", "12:00") == f"10 {clock}", "the same hour twice is none"
    assert leaves(clock, "12:00", "") == f"10 {clock}"


@pytest.mark.parametrize(
    ("clock", "due"),
    [(time(7, 29), (10, 7, 30)), (time(7, 30), (11, 7, 30)), (time(7, 31), (11, 7, 30))],
)
def test_the_mail_of_the_day_leaves_at_half_past_seven(
    clock: time, due: tuple[int, int, int]
) -> None:
    user = User(timezone="UTC", mail_when="digest", quiet_from="", quiet_to="")
    with at(datetime.combine(datetime(2026, 3, 10, tzinfo=UTC), clock, tzinfo=UTC)):
        found = timing.due(user, urgent=False)
        assert timing.due(user, urgent=True) == now()
    assert found is not None
    assert (found.day, found.hour, found.minute) == due


@pytest.mark.parametrize(
    ("when", "urgent", "comes"),
    [
        ("", True, False),
        ("urgent", False, False),
        ("urgent", True, True),
        ("always", False, True),
        ("always", True, True),
    ],
)
def test_an_sms_comes_as_the_person_chose(when: str, urgent: bool, comes: bool) -> None:
    user = User(sms_when=when, phone_sealed=b"x", timezone="UTC", quiet_from="", quiet_to="")
    assert (timing.sms_due(user, urgent=urgent) is not None) is comes
    user.phone_sealed = None
    assert timing.sms_due(user, urgent=urgent) is None


@pytest.fixture
def message(quick_app: Flask, clock: Clock) -> Message:
    house = factories.World()
    outbox.post("task.due", reference="N-1", path="/work", to=[factories.anew(house.caseworker)])
    db.session.commit()
    return db.session.execute(select(Message).where(Message.channel == "mail")).scalar_one()


def test_a_message_is_taken_for_a_minute(message: Message, clock: Clock) -> None:
    number, taken = message.id, now()
    assert jobs._claim(number) is not None
    for seconds in (0, 59, 60):
        clock.set(taken + timedelta(seconds=seconds))
        assert jobs._claim(number) is None, seconds
    clock.set(taken + timedelta(seconds=61))
    assert jobs._claim(number) is not None


def test_a_message_is_not_taken_before_its_time(message: Message, clock: Clock) -> None:
    message.due_at = now() + timedelta(seconds=1)
    db.session.commit()
    assert jobs._claim(message.id) is None
    clock.forward(seconds=1)
    assert jobs._claim(message.id) is not None


@pytest.mark.parametrize(
    ("tries", "least", "most"),
    [(1, 30, 60), (2, 60, 120), (7, 1920, 3840), (8, 3600, 7200), (11, 3600, 7200)],
)
def test_a_mail_that_was_not_taken_waits_longer_each_time_and_two_hours_at_most(
    message: Message, tries: int, least: int, most: int
) -> None:
    message.tries = tries
    jobs._record(message, "SMTPServerDisconnected")
    assert message.state == "waiting"
    assert least <= (message.due_at - now()).total_seconds() < most


@pytest.mark.parametrize(("tries", "state"), [(11, "waiting"), (12, "failed")])
def test_a_mail_is_tried_twelve_times(message: Message, tries: int, state: str) -> None:
    message.tries = tries
    jobs._record(message, "SMTPServerDisconnected")
    assert message.state == state


def test_a_server_that_was_away_costs_no_try_and_half_a_minute(message: Message) -> None:
    message.tries = 12
    jobs._record(message, channels.Away.__name__)
    assert (message.state, message.tries) == ("waiting", 11)
    assert 30 <= (message.due_at - now()).total_seconds() < 60


@pytest.fixture
def hooked(quick_app: Flask, clock: Clock) -> HookMessage:
    house = factories.World()
    hook = Hook(
        organisation_id=factories.anew(house.partner).id,
        url="https://example.org/h",
        failures=0,
        active=True,
    )
    hook.secret_sealed = seal_system("hooks", webhooks.new_secret().encode())
    db.session.add(hook)
    db.session.flush()
    made = HookMessage(
        key="msg_1",
        hook=hook,
        event="referral.sent",
        reference="RF-1",
        path="/x",
        due_at=now(),
        created_at=now(),
    )
    db.session.add(made)
    db.session.commit()
    return made


def test_for_a_day_after_a_new_secret_both_sign(hooked: HookMessage, clock: Clock) -> None:
    rotated = now()
    webhooks.rotate(hooked.hook)
    for after, count in (
        (timedelta(), 2),
        (timedelta(hours=24, seconds=-1), 2),
        (timedelta(hours=24), 1),
    ):
        clock.set(rotated + after)
        signatures = webhooks.signed(hooked, b"{}", now())["webhook-signature"].split(" ")
        assert len(signatures) == count, after


@pytest.mark.parametrize(
    ("status", "state", "failures", "active"),
    [
        (200, "delivered", 0, True),
        (500, "waiting", 1, True),
        (410, "failed", 1, False),
        (0, "waiting", 1, True),
    ],
)
def test_what_a_system_answers_decides_what_becomes_of_the_notice(
    hooked: HookMessage, status: int, state: str, failures: int, active: bool
) -> None:
    hooked.tries = 1
    webhooks._record(hooked, status, "" if status == 200 else f"status {status}")
    assert (hooked.state, hooked.hook.failures, hooked.hook.active) == (state, failures, active)


@pytest.mark.parametrize(("tries", "state"), [(11, "waiting"), (12, "failed")])
def test_a_notice_to_a_system_is_tried_twelve_times_and_waits_twelve_hours_at_most(
    hooked: HookMessage, tries: int, state: str
) -> None:
    hooked.tries = tries
    webhooks._record(hooked, 500, "status 500")
    assert hooked.state == state
    if state == "waiting":
        assert 21_600 <= (hooked.due_at - now()).total_seconds() < 43_200


@pytest.mark.parametrize(("failures", "count"), [(2, 3), (3, 1)])
def test_of_a_system_that_failed_three_times_one_notice_is_tried_at_a_time(
    hooked: HookMessage, failures: int, count: int
) -> None:
    hooked.hook.failures = failures
    for number in (2, 3):
        same: dict[str, Any] = {
            "hook": hooked.hook,
            "event": "referral.sent",
            "path": "/x",
            "due_at": now(),
            "created_at": now(),
        }
        db.session.add(HookMessage(key=f"msg_{number}", reference=f"RF-{number}", **same))
    db.session.flush()
    webhooks.sweep()
    assert len(db.session.info["to_enqueue"]) == count


@pytest.mark.parametrize(("count", "jobs_made"), [(1, 1), (50, 50), (51, 3), (75, 3), (76, 4)])
def test_more_than_fifty_notices_of_one_deed_go_in_jobs_of_twenty_five(
    count: int, jobs_made: int
) -> None:
    told = [("deliver", number, False) for number in range(count)]
    assert len(queue._fewer(told)) == jobs_made
    assert queue._fewer([*told, ("count", 1, False)])[-1] == ("count", 1, False)


@pytest.mark.parametrize(
    ("age", "runs"), [(-299, True), (-301, False), (0, True), (86_390, True), (86_401, False)]
)
def test_a_job_runs_within_a_day_and_not_from_the_future(
    quick_app: Flask, monkeypatch: pytest.MonkeyPatch, age: int, runs: bool
) -> None:
    monkeypatch.setitem(queue.REGISTRY, "nothing", lambda _number: None)
    made = f"{int(clocks.time()) - age}.{'ab' * 8}"
    signature = queue.sign(queue._key(), "nothing", "7", made)
    if runs:
        assert queue.checked("nothing", (7, made, signature))[1] == 7
        with pytest.raises(queue.Forged):
            queue.checked("nothing", (7, made, signature))
        return
    with pytest.raises(queue.Forged):
        queue.checked("nothing", (7, made, signature))


@pytest.mark.parametrize(
    "change",
    [
        ("other", 7, None, None),
        ("nothing", 8, None, None),
        ("nothing", True, None, None),
        ("nothing", 7, "x", None),
        ("nothing", 7, None, "0" * 64),
    ],
)
def test_a_job_that_was_altered_is_forged(
    quick_app: Flask, monkeypatch: pytest.MonkeyPatch, change: tuple[Any, ...]
) -> None:
    for name in ("nothing", "other"):
        monkeypatch.setitem(queue.REGISTRY, name, lambda _number: None)
    made = f"{int(clocks.time())}.{'ab' * 8}"
    right = ("nothing", 7, made, queue.sign(queue._key(), "nothing", "7", made))
    name, number, when, signature = (
        wrong if wrong is not None else as_made
        for wrong, as_made in zip(change, right, strict=True)
    )
    with pytest.raises(queue.Forged):
        queue.checked(name, (number, when, signature))


def test_what_a_job_was_called_is_forgotten_after_two_days(quick_app: Flask, clock: Clock) -> None:
    db.session.add(DoneJob(nonce="n", at=now()))
    db.session.commit()
    clock.forward(days=2)
    queue.forget_done()
    assert db.session.get(DoneJob, "n") is not None
    db.session.expire_all()
    clock.forward(seconds=1)
    queue.forget_done()
    assert db.session.execute(select(DoneJob)).first() is None
