"""What happens a second time is told a second time: no reference of a notice is used up by the first.

The outbox tells the same event about the same reference once to each person. So a reference names
the occurrence (a row of its own, a count, a moment, a day with its year), or what it names can
happen once alone, as its life cycle shows.
"""

import ast
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from avrr import handover, jobs
from casework.core import reminders, tasks
from config import ROOT
from data_protection import requests_of_persons
from models import states
from models.base import db, end_of_day, now, today
from models.life_cycles import LifeCycle
from models.messages import Message
from models.returns import Return
from notifications import outbox
from referral import partner_links
from tests import factories
from tests.avrr.test_return import ready
from tests.conftest import Clock
from tests.referral.test_referral import send
from tests.security.test_requests import received

PACKAGES = ("access", "accounts", "avrr", "casework", "data_protection", "files", "funds",
            "notifications", "operations", "organisations", "referral", "reporting", "web")  # fmt: skip
OWN_ROW = "a row of its own is made each time"
COUNTED = "a number that grows each time"
MOMENT = "the moment, or the hour or the day where more would be noise"
POSTS = frozenset({"outbox.post", "outbox.post_letter"})
Once = tuple[LifeCycle, tuple[str, ...]]
WHY: dict[str, str | Once] = {
    "accounts/access_changes.py:_tell": OWN_ROW,
    "accounts/access_effects.py:_move": OWN_ROW,
    "accounts/alarms.py:tell_of_force": MOMENT,
    "accounts/ending_links.py:_tell": MOMENT,
    "accounts/links.py:send": OWN_ROW,
    "accounts/locked_out.py:_tell": MOMENT,
    "accounts/proofs.py:_tell_owner": MOMENT,
    "accounts/roles_ending.py:_tell": MOMENT,
    "operations/trials.py:send": MOMENT,
    "avrr/assistance_items.py:_ask_for_approval": OWN_ROW,
    "avrr/early_warnings.py:_raise": OWN_ROW,
    "avrr/clearing.py:_tell": COUNTED,
    "avrr/handover.py:_leave_transit_out": COUNTED,
    "avrr/handover.py:_notify": COUNTED,
    "avrr/handover.py:end": COUNTED,
    "avrr/jobs.py:_tell": "one visit of a month; its day is never moved",
    "avrr/endings.py:_ask_a_second": COUNTED,
    "avrr/endings.py:_end": (states.RETURN, ("close",)),
    "avrr/jobs.py:_tell_weekly": MOMENT,
    "avrr/jobs.py:_tell_of_next_steps": "a step of an attempt and its day; another day is told anew",
    "avrr/jobs.py:warn_of_ending_consent": MOMENT,
    "avrr/not_left.py:_back": COUNTED,
    "avrr/preparation.py:depart": COUNTED,
    "avrr/preparation.py:_give_up": (states.RETURN, ("withdraw", "undo")),
    "avrr/reintegration.py:_note_arrival": (states.RETURN, ("arrive",)),
    "casework/casefile/contacts.py:_tell_supervisors": OWN_ROW,
    "casework/core/approvals.py:ask": OWN_ROW,
    "casework/core/approvals.py:decide": (states.APPROVAL, ("approve", "refuse")),
    "casework/core/consent.py:_tell_of_an_answer_elsewhere": OWN_ROW,
    "casework/core/consent.py:_tell_of_the_end": OWN_ROW,
    "casework/core/reminders.py:_tell": MOMENT,
    "casework/core/reminders.py:of_consents_ending": MOMENT,
    "casework/core/reminders.py:of_overdue": MOMENT,
    "casework/core/search_trail.py:_tell": MOMENT,
    "casework/shelter/presence.py:_report_missing": MOMENT,
    "casework/team/transfers.py:_tell_asker": (states.TRANSFER, ("accept", "decline")),
    "casework/team/transfers.py:offer": OWN_ROW,
    "casework/team/transfers.py:tell_of_unheard": OWN_ROW,
    "data_protection/access_alerts.py:_raise": OWN_ROW,
    "data_protection/access_exceptions.py:_tell": OWN_ROW,
    "data_protection/access_exceptions.py:_tell_of_block": MOMENT,
    "data_protection/access_exceptions.py:_tell_supervisors": "an emergency is reviewed once",
    "data_protection/access_exceptions.py:allow": "an emergency is allowed once",
    "data_protection/erasure.py:tell_officers": MOMENT,
    "data_protection/jobs.py:mail_heads": "the seal itself; the same one says nothing new",
    "data_protection/reading_on.py:go_on": OWN_ROW,
    "data_protection/requests_of_persons.py:_tell": "the day to answer by, which moves once",
    "data_protection/retention.py:tell_given": MOMENT,
    "funds/administration.py:warn_of_ends": MOMENT,
    "funds/advances.py:_tell": COUNTED,
    "funds/approvals.py:_ask_a_second": (states.FUND_REQUEST, ("approve_first",)),
    "funds/approvals.py:_settle": (
        states.FUND_REQUEST,
        ("approve", "approve_second", "refuse", "refuse_second"),
    ),
    "funds/approvals.py:_warn": "once after each contribution",
    "funds/payments.py:_tell_asker": (states.FUND_REQUEST, ("cancel", "close")),
    "funds/requests.py:_notify_approvers": (states.FUND_REQUEST, ("ask",)),
    "organisations/extra_fields.py:_tell": MOMENT,
    "organisations/key_pairs.py:ask": MOMENT,
    "organisations/teams.py:end": "a team ends once",
    "referral/agreements.py:_tell": MOMENT,
    "referral/cutting_off.py:_tell": MOMENT,
    "referral/incoming.py:_answer": (states.INCOMING_REFERRAL, ("accept", "decline")),
    "referral/incoming.py:escalate_late": (states.INCOMING_REFERRAL, ("tell",)),
    "referral/incoming.py:send": (states.INCOMING_REFERRAL, ("tell",)),
    "referral/overdue.py:expire_late": (states.REFERRAL, ("expire",)),
    "referral/partner_links.py:_tell_sender": COUNTED,
    "referral/partner_staff.py:tell_missions": OWN_ROW,
    "referral/responses.py:_keep": OWN_ROW,
    "referral/responses.py:_written_for_the_partner": "a service of its own; the answer and the end come once",
    "referral/responses.py:_tell": (states.REFERRAL, ("accept", "decline", "complete")),
    "referral/sending.py:tell_workers": (states.REFERRAL, ("send", "revoke")),
    "referral/thread.py:say": COUNTED,
    "reporting/exports/export_jobs.py:_finish": (states.DELIVERY, ("finish", "fail")),
    "reporting/publishing/open_data.py:ask": (states.RELEASE, ("ask",)),
    "reporting/publishing/open_data.py:tell": (states.RELEASE, ("finish_making", "refuse")),
}


def _posts() -> Iterator[str]:
    """Each place that promises a notice."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            yield from _in(ast.parse(path.read_text("utf-8")), place, "")


def _in(tree: ast.AST, place: str, inside: str) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        name = node.name if isinstance(node, ast.FunctionDef) else inside
        if isinstance(node, ast.Call) and ast.unparse(node.func) in POSTS:
            yield f"{place}:{name}"
        yield from _in(node, place, name)


def test_each_notice_says_why_its_second_time_is_told() -> None:
    posts = set(_posts())
    assert posts - WHY.keys() == set(), "say what makes the reference another one each time"
    assert WHY.keys() - posts == set(), "no notice is posted there any more"


def _again(cycle: LifeCycle, verb: str) -> bool:
    """Whether a record that took a verb can ever take it again."""
    reached: set[str] = set()
    waiting = [str(after) for (_state, name), after in cycle.steps.items() if name == verb]
    while waiting:
        state = waiting.pop()
        steps = [
            (name, str(after)) for (at, name), after in cycle.steps.items() if str(at) == state
        ]
        if any(name == verb for name, _after in steps):
            return True
        waiting += [after for _name, after in steps if after not in reached]
        reached.add(state)
    return False


ONCE = [
    (place, cycle, verb)
    for place, why in WHY.items()
    if isinstance(why, tuple)
    for cycle, verbs in [why]
    for verb in verbs
]


@pytest.mark.parametrize(("place", "cycle", "verb"), ONCE)
def test_what_is_told_once_can_happen_once(place: str, cycle: LifeCycle, verb: str) -> None:
    assert verb in cycle.verbs
    assert not _again(cycle, verb), place


def _specs(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            yield ast.unparse(node.format_spec)


def test_no_day_in_a_reference_lacks_its_year() -> None:
    posting = {place.partition(":")[0] for place in WHY}
    lacking = {
        (place, spec)
        for place in posting
        for spec in _specs(ROOT / place)
        if "%d" in spec and "%y" not in spec.lower()
    }
    assert lacking == set()


# --- met


@pytest.fixture
def house(quick_app: Flask) -> factories.World:
    return factories.World()


def told(event: str) -> int:
    """How many notices in the app there are of an event."""
    query = select(func.count()).select_from(Message)
    rows = query.where(Message.event == event, Message.channel == "app")
    return int(db.session.execute(rows).scalar_one())


def test_a_consent_that_ends_on_the_same_day_of_another_year_is_told(
    house: factories.World, clock: Clock
) -> None:
    case = factories.case(house)
    until = factories.anew(case).consents[0].valid_until
    assert until is not None
    clock.forward(days=(until - today()).days - 3)
    assert reminders.of_consents_ending() == 1
    first = told("consent.ending")
    for line in factories.anew(case).consents:
        line.valid_until = until.replace(year=until.year + 1)
    db.session.commit()
    clock.forward(days=365)
    assert reminders.of_consents_ending() == 1
    assert told("consent.ending") == 2 * first
    assert reminders.of_consents_ending() == 0


def test_what_a_version_before_told_is_not_told_again(house: factories.World, clock: Clock) -> None:
    case = factories.case(house)
    until = factories.anew(case).consents[0].valid_until
    assert until is not None
    clock.forward(days=(until - today()).days - 3)
    assert reminders.of_consents_ending() == 1
    before = f"CE-{factories.anew(case).id}-{until:%m}{until:%d}"
    db.session.execute(update(Message).values(reference=before))
    db.session.commit()
    assert reminders.of_consents_ending() == 0


def test_a_return_whose_consent_ends_another_year_is_told(
    house: factories.World, clock: Clock
) -> None:
    record = ready(house)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
    number = factories.anew(record).id

    def ends_soon() -> int:
        ends = end_of_day(today() + timedelta(days=3))
        shown = {"state": states.ReturnState.ARRIVED, "access_until": ends}
        db.session.execute(update(Return).where(Return.id == number).values(**shown))
        db.session.commit()
        return jobs.warn_of_ending_consent()

    assert ends_soon() == 1
    assert ends_soon() == 0
    clock.set(now().replace(year=now().year + 1))
    assert ends_soon() == 1


def test_a_handover_that_ends_a_second_time_is_told(house: factories.World) -> None:
    record = ready(house)
    for turn in (1, 2):
        with factories.acts(house.origin) as by:
            handover.say(by=by, return_=factories.anew(record), words="When does she arrive?")
        assert told("handover.words") == turn
        with factories.acts(house.caseworker) as by:
            handover.end(by=by, return_=factories.anew(record), because="withdrawn")
        assert told("handover.ended") == turn
        if turn == 1:
            with factories.acts(house.caseworker) as by:
                handover.hand_over(by=by, return_=factories.anew(record))
            assert told("handover.sent") == 2


def test_a_wrong_code_at_another_link_is_told(house: factories.World) -> None:
    referral = send(house)
    for turn in (1, 2):
        with factories.acts(house.caseworker) as by:
            token, _code = partner_links.make(by=by, referral=factories.anew(referral))
        db.session.commit()
        assert partner_links.enter(token, "WRONGCOD") is None
        db.session.commit()
        assert told("referral.link_failed") == 2 * turn, "sender and supervisor"


def test_a_request_with_another_day_to_answer_is_told_when_that_day_is_near(
    house: factories.World, clock: Clock
) -> None:
    request = received(house, factories.case(house))
    for turn in (1, 2):
        clock.set(at_noon(factories.anew(request).due_on - timedelta(days=5)))
        requests_of_persons.remind()
        requests_of_persons.remind()
        db.session.commit()
        assert told("request.due") == 2 * turn, "officer and supervisor, once each time"
        if turn == 1:
            with factories.acts(house.officer) as by:
                requests_of_persons.extend(
                    by=by, request=factories.anew(request), longer="Many files."
                )


def at_noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def test_a_task_that_comes_due_after_the_notice_of_the_day_is_told_on_the_next(
    house: factories.World, clock: Clock
) -> None:
    def another() -> None:
        case = factories.case(house)
        with factories.acts(house.caseworker) as by:
            made = tasks.add(by=by, case=factories.anew(case), kind="call", due_on=today())
            made.owner_id = factories.anew(house.caseworker).id

    def reminded() -> int:
        reminders.of_tasks()
        db.session.commit()
        return told("task.due")

    another()
    assert reminded() == 1
    another()
    assert reminded() == 1, "one a day"
    clock.forward(days=1)
    assert reminded() == 2
    clock.forward(days=1)
    assert reminded() == 2


def test_a_reference_has_room_for_millions() -> None:
    most = 10_000_000
    day = date(2031, 12, 31)
    assert len(outbox.until("CE", most, day)) <= 16
    assert len(outbox.occurrence("X", most)) <= 16
    assert len(outbox.occurrence("FO-", most, outbox.HOURLY)) <= 16
    assert outbox.until("CE", 1, day) != outbox.until("CE", 1, date(2032, 12, 31))
