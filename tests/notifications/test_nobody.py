"""No message reaches nobody, and none is told once and never again."""

import ast
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from avrr import handover
from casework.core import reminders, tasks
from casework.team import transfers
from config import ROOT
from models.base import db, today
from models.messages import Message
from models.people import User
from models.rules import RuleBroken
from notifications import outbox
from referral import incoming, responses
from standards.notification_events import EVENTS, MAY_REACH_NOBODY, UNHEARD
from tests import factories
from tests.avrr.test_return import ready
from tests.conftest import Clock
from tests.referral.test_referral import send


@pytest.fixture
def house(quick_app: Flask) -> factories.World:
    return factories.World()


def told(event: str) -> set[str]:
    """Who was told of an event, in the app."""
    query = select(User.name).join(Message).where(Message.event == event, Message.channel == "app")
    return set(db.session.execute(query).scalars())


def shut(*users: User) -> None:
    """Their accounts are shut."""
    ids = [factories.anew(user).id for user in users]
    db.session.execute(update(User).where(User.id.in_(ids)).values(active=False))
    db.session.commit()
    db.session.expire_all()


HEARD = [code for code, _words in EVENTS if not code.startswith(UNHEARD)]


@pytest.mark.parametrize("gone", [(), ("supervisor",)])
def test_whatever_finds_nobody_is_told_to_who_can_mend_it(
    house: factories.World, gone: tuple[str, ...]
) -> None:
    shut(*(getattr(house, name) for name in gone))
    office = factories.anew(house.here).id
    for place, event in enumerate(HEARD):
        outbox.post(event, reference=f"X-{place}", path="/work", to=[], office=office)
    wanted = {"Administrator"} if gone else {"Supervisor"}
    for event in HEARD:
        assert told(f"{UNHEARD}{event}") == (set() if event in MAY_REACH_NOBODY else wanted), event
    assert set(HEARD) >= MAY_REACH_NOBODY


def test_whoever_must_not_hear_is_never_told_instead(house: factories.World) -> None:
    boss = factories.anew(house.supervisor)
    office = boss.grants[0].organisation_id
    outbox.post("account.duress", reference="F", path="/", to=[boss], office=office, never=boss.id)
    assert told(f"{UNHEARD}account.duress") == {"Administrator"}
    assert told("account.duress") == set()


def test_no_message_is_written_beside_the_outbox() -> None:
    """Every sender passes by :func:`notifications.outbox.post`, which lets nothing reach nobody."""
    made = {
        path.relative_to(ROOT).as_posix()
        for package in ("access", "accounts", "avrr", "casework", "data_protection", "files",
                        "funds", "notifications", "operations", "referral", "reporting", "web")
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and any(isinstance(name, ast.Name) and name.id == "Message" for name in (node.func, *node.args))
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in {"Message", "insert", "insert_if_new"}
    }  # fmt: skip
    assert made == {"notifications/outbox.py"}


def test_a_return_is_not_handed_over_to_a_mission_with_nobody_in_it(house: factories.World) -> None:
    return_ = ready(house, hand=False)
    shut(house.origin)
    with factories.acts(house.caseworker) as by:
        return_ = factories.anew(return_)
        assert "The ABJ" in handover.keeps_back(return_, by)
        with pytest.raises(RuleBroken):
            handover.hand_over(by=by, return_=return_)


def test_a_person_is_not_told_to_a_mission_where_nobody_answers(house: factories.World) -> None:
    shut(house.caseworker, house.colleague, house.stranger, house.supervisor)
    given: dict[str, Any] = {
        "office": factories.anew(house.here).id,
        "agrees": True,
        "urgency": "urgent",
        "call_name": "Zara",
    }
    with factories.acts(house.helper) as by, pytest.raises(RuleBroken) as refused:
        incoming.send(by=by, given=given)
    assert "Nobody works at The TUN" in str(refused.value.message)


def test_a_case_is_not_offered_to_an_office_without_a_supervisor(house: factories.World) -> None:
    case = factories.case(house)
    there = factories.anew(house.there)
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken) as refused:
        transfers.offer(by=by, case=factories.anew(case), office=there, user=None, note="x")
    assert "no supervisor" in str(refused.value.message)


def test_a_partner_without_accounts_is_reached_by_whoever_sent(house: factories.World) -> None:
    shut(house.helper)
    referral = send(house)
    assert told("referral.sent") == set()
    assert told(f"{UNHEARD}referral.sent") == {"Caseworker"}
    assert referral.state == "sent"


def test_what_concerns_a_shut_owner_goes_to_the_supervisor(house: factories.World) -> None:
    referral = send(house)
    shut(house.caseworker)
    with factories.acts(house.helper) as by:
        responses.accept(by=by, referral=factories.anew(referral))
    assert told("referral.accepted") == {"Supervisor"}


# --- N48


def due(house: factories.World, owner: User | None, day: int) -> Any:
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        task = tasks.add(
            by=by, case=factories.anew(case), kind="call", due_on=today() + timedelta(days=day)
        )
        task.owner_id = factories.anew(owner).id if owner else None
    return task


def reminded() -> int:
    count = len(told_rows())
    reminders.of_tasks()
    db.session.commit()
    return len(told_rows()) - count


def told_rows() -> list[Message]:
    events = ("task.due", f"{UNHEARD}task.due")
    query = select(Message).where(Message.event.in_(events), Message.channel == "app")
    return list(db.session.execute(query).scalars())


def test_who_was_away_on_the_day_is_told_when_the_clock_comes_back(
    house: factories.World, clock: Clock
) -> None:
    task = due(house, house.caseworker, 3)
    assert reminded() == 0
    clock.forward(days=5)  # nothing ran in between: down, or a long weekend
    assert reminded() == 1
    clock.forward(days=1)
    assert reminded() == 0, "told once"
    with factories.acts(house.caseworker):
        tasks.move(task=factories.anew(task), due_on=today() + timedelta(days=2))
    assert reminded() == 0
    clock.forward(days=4)
    assert reminded() == 1, "moved: told when its new day has come"
    factories.anew(task).owner_id = factories.anew(house.colleague).id
    db.session.commit()
    assert reminded() == 1, "and its new owner"
    assert told("task.due") == {"Caseworker", "Colleague"}


def test_tasks_of_nobody_and_of_shut_accounts_go_to_the_supervisors(
    house: factories.World, clock: Clock
) -> None:
    due(house, None, 0)
    due(house, house.colleague, 0)
    shut(house.colleague)
    reminders.of_tasks()
    db.session.commit()
    assert told(f"{UNHEARD}task.due") == {"Supervisor"}
    clock.forward(days=1)
    assert reminded() == 0


def test_a_consent_that_ended_while_nothing_ran_is_told(
    house: factories.World, clock: Clock
) -> None:
    factories.case(house)
    clock.forward(days=181 - 3)
    assert reminders.of_consents_ending() == 1
    assert told("consent.ending") == {"Caseworker", "Supervisor"}
    assert reminders.of_consents_ending() == 0
    clock.forward(days=10)
    assert reminders.of_consents_ending() == 1
    assert told("consent.ended") == {"Caseworker", "Supervisor"}
    assert told("consent.ends_today") == set()
    assert reminders.of_consents_ending() == 0
