"""Work between people: offers, approvals, the board, calendar, flags, filters; also several at
once.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from access import audit
from access.actors import person
from access.gate import acting
from avrr import preparation
from casework.casefile import closure, contacts
from casework.core import approvals, queries, reminders, tasks
from casework.records import changes
from casework.records.kinds import KINDS
from casework.team import board, calendar_feed, transfers
from data_protection import access_exceptions
from funds import approvals as answers
from funds import payments, requests
from models.base import at, db, now, today
from models.cases import Case, Event, Task
from models.messages import Message
from models.people import User
from models.records import Record
from models.rules import RuleBroken
from models.work import Approval, Transfer
from tests import factories


def offered(
    house: factories.World, case: Case, *, user: User | None = None, office: Any = None
) -> Transfer:
    with factories.acts(house.caseworker) as by:
        target = factories.anew(office or house.here)
        return transfers.offer(
            by=by,
            case=factories.anew(case),
            office=target,
            user=factories.anew(user) if user else None,
            note="She is afraid of the dark.",
        )


def test_until_the_other_accepts_whoever_had_the_case_has_it(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    made = offered(house, case, user=house.far, office=house.there)
    far, own = factories.Browser(app, house.far), factories.Browser(app, house.caseworker)
    assert own.get(f"/cases/{number}").status_code == 200
    assert far.get(f"/cases/{number}").status_code == 404
    page = far.get("/transfers").text
    assert number in page
    assert "Benali" not in page
    assert "afraid of the dark" not in page
    assert far.post(f"/transfers/{made.id}/accept").status_code == 303
    assert far.get(f"/cases/{number}").status_code == 200
    assert own.get(f"/cases/{number}").status_code == 404
    assert "afraid of the dark" in far.get(f"/cases/{number}/protection/records?section=story").text
    moved = factories.anew(case)
    assert (moved.owner_id, moved.office_id) == (
        factories.anew(house.far).id,
        factories.anew(house.there).id,
    )
    kinds = db.session.execute(
        select(Task.kind).where(
            Task.case_id == moved.id, Task.owner_id == moved.owner_id, Task.done_at.is_(None)
        )
    ).scalars()
    assert {"screening", "takeover"} <= set(kinds)


def test_open_referrals_go_along(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        sent = factories.refer(by, house, case)
    made = offered(house, case, user=house.far, office=house.there)
    with factories.acts(house.far) as by:
        transfers.accept(by=by, transfer=factories.anew(made))
    assert factories.anew(sent).office_id == factories.anew(house.there).id


def test_only_the_one_it_is_offered_to_or_their_supervisor_answers(app: Flask) -> None:
    house = factories.World()
    made = offered(house, factories.case(house), user=house.colleague)
    for name in ("stranger", "far", "helper", "manager", "administrator"):
        browser = factories.Browser(app, getattr(house, name))
        assert browser.post(f"/transfers/{made.id}/accept").status_code == 404
    assert (
        factories.Browser(app, house.colleague).post(f"/transfers/{made.id}/decline").status_code
        == 303
    )
    assert factories.anew(made).state == "declined"
    assert (
        factories.Browser(app, house.colleague).post(f"/transfers/{made.id}/accept").status_code
        == 422
    )


def test_a_case_is_not_offered_to_somebody_it_is_kept_from(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.supervisor) as by:
        access_exceptions.block(
            by=by, case=factories.anew(case), reason="relative", email="colleague@example.org"
        )
    with pytest.raises(RuleBroken):
        offered(house, case, user=house.colleague)


def test_one_offer_at_a_time(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    offered(house, case, user=house.colleague)
    with pytest.raises(RuleBroken, match=r"RuleBroken"):
        offered(house, case, user=house.stranger)
    db.session.rollback()
    assert db.session.execute(select(func.count()).select_from(Transfer)).scalar() == 1


def at_once(app: Flask, jobs: list[Any]) -> list[Any]:
    """Run each in a thread and an application context of its own; gives what each returned or
    raised.
    """

    def run(job: Any) -> Any:
        with app.app_context():
            try:
                return job()
            except Exception as wrong:
                db.session.rollback()
                return wrong

    db.session.commit()
    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_68_of_many_who_accept_at_once_one_has_it(app: Flask) -> None:
    house = factories.World()
    made = offered(house, factories.case(house), office=house.here)
    ids = [
        factories.anew(user).id
        for user in (house.supervisor, house.supervisor, house.supervisor, house.supervisor)
    ]
    transfer_id = made.id

    def take(user_id: int) -> Any:
        with acting(person(db.session.get_one(User, user_id))) as gate:
            transfers.accept(by=gate.actor, transfer=db.session.get_one(Transfer, transfer_id))
            audit.append(gate.pending())
            db.session.commit()
            return "taken"

    results = at_once(app, [lambda user_id=user_id: take(user_id) for user_id in ids])
    assert results.count("taken") == 1, results


def test_68_twenty_edits_of_one_record_one_wins_and_the_others_are_told(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        record = changes.add(
            by=by,
            case=factories.anew(case),
            kind=KINDS["need"],
            given={"area": "health", "words": "Glasses"},
        )
    record_id, revision, user_id = record.id, record.revision, factories.anew(house.caseworker).id

    def edit(text: str) -> Any:
        with acting(person(db.session.get_one(User, user_id))) as gate:
            found = db.session.get_one(Record, record_id)
            changes.change(
                by=gate.actor,
                record=found,
                given={"area": "health", "words": text, "revision": revision},
            )
            audit.append(gate.pending())
            db.session.commit()
            return text

    results = at_once(app, [lambda text=f"Words {number}": edit(text) for number in range(20)])
    won = [result for result in results if isinstance(result, str)]
    assert len(won) == 1, results
    assert all(
        type(result).__name__ in {"StaleEdit", "StaleDataError"}
        for result in results
        if not isinstance(result, str)
    )
    with factories.acts(house.caseworker):
        assert factories.anew(record).content["words"] == won[0]


def test_nobody_decides_what_they_asked_for(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.supervisor) as by:
        own = approvals.ask(by=by, case=factories.anew(case), what="plan")
    with factories.acts(house.caseworker) as by:
        asked = approvals.ask(by=by, case=factories.anew(case), what="closure")
    with pytest.raises(RuleBroken), factories.acts(house.caseworker) as by:
        approvals.ask(by=by, case=factories.anew(case), what="closure")
    db.session.rollback()
    with factories.acts(house.supervisor) as by:
        assert db.session.get(Approval, own.id) not in approvals.to_decide(by).items
    browser = factories.Browser(app, house.supervisor)
    assert browser.post(f"/approvals/{own.id}/approve").status_code == 404
    assert (
        factories.Browser(app, house.caseworker).post(f"/approvals/{asked.id}/approve").status_code
        == 404
    )


def test_of_what_waits_who_is_most_in_danger_stands_first(quick_app: Flask) -> None:
    house = factories.World()
    asked = {}
    for risk in ("low", "", "extreme", "medium", "high"):
        case = factories.case(house)
        with factories.acts(house.caseworker) as by:
            found = factories.anew(case)
            found.risk = risk
            asked[approvals.ask(by=by, case=found, what="plan").id] = risk
    with factories.acts(house.supervisor) as by:
        waiting = [asked[each.id] for each in approvals.to_decide(by).items]
    assert waiting == ["extreme", "high", "", "medium", "low"]


def test_a_case_of_high_risk_is_closed_only_after_somebody_else_agreed(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    own = factories.Browser(app, house.caseworker)
    answer = own.post(
        f"/cases/{number}/close", reason="completed", outcome="better", words="All is well."
    )
    assert answer.status_code == 422
    assert "approve the closure" in answer.text
    own.post(f"/cases/{number}/approvals", what="closure")
    asked = db.session.execute(select(Approval)).unique().scalar_one()
    assert (
        factories.Browser(app, house.supervisor).post(f"/approvals/{asked.id}/approve").status_code
        == 303
    )
    assert (
        own.post(
            f"/cases/{number}/close", reason="completed", outcome="better", words="All is well."
        ).status_code
        == 303
    )
    closed = factories.anew(case)
    assert (closed.status, closed.outcome) == ("closed", "better")
    assert closed.retain_until is not None
    assert (
        db.session.execute(
            select(func.count()).where(Task.case_id == closed.id, Task.done_at.is_(None))
        ).scalar()
        == 0
    )


def test_what_is_open_with_others_keeps_a_case_open(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.supervisor) as by:
        factories.refer(by, house, case)
        names = {line.what: line.blocks for line in closure.checklist(factories.anew(case))}
        assert names["Referrals in service or waiting"]
        assert not names["Open tasks"]
        with pytest.raises(RuleBroken):
            closure.close(
                by=by, case=factories.anew(case), reason="completed", words="All is well."
            )


def test_money_that_is_asked_for_or_set_aside_keeps_a_case_open(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    factories.fund(balance=1_000_00)
    with factories.acts(house.caseworker) as by:
        head = factories.case(house)
        asked = requests.ask(
            by=by, case=head, others=[case], fund="HASM-1", lines={"travel": "90.00"}
        )
    for answer in (None, "approve"):
        with factories.acts(house.supervisor) as by:
            if answer:
                answers.approve(by=by, request=factories.anew(asked))
            with pytest.raises(RuleBroken) as refused:
                closure.close(by=by, case=factories.anew(case), reason="completed", words="Well.")
        assert asked.reference in str(refused.value.message)
    with factories.acts(house.manager) as by:
        payments.cancel(by=by, request=factories.anew(asked))
    with factories.acts(house.supervisor) as by:
        closure.close(
            by=by, case=factories.anew(case), reason="completed", words="Well.", outcome="better"
        )
    assert factories.anew(case).status == "closed"


def test_a_return_that_is_prepared_keeps_a_case_open(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        record = preparation.start(by=by, case=factories.anew(case), country="CI")
    with factories.acts(house.supervisor) as by, pytest.raises(RuleBroken) as refused:
        closure.close(by=by, case=factories.anew(case), reason="completed", words="Well.")
    assert record.reference in str(refused.value.message)


def test_the_board_counts_what_each_has_and_gives_what_nobody_has(app: Flask) -> None:
    house = factories.World()
    cases = [factories.case(house) for _ in range(3)]
    with factories.acts(house.supervisor):
        for case in cases[:2]:
            factories.anew(case).owner_id = None
    ids, owner = [str(case.id) for case in cases[:2]], factories.anew(house.colleague).id
    browser = factories.Browser(app, house.supervisor)
    assert browser.get("/team").status_code == 200
    loads = {row.user.name: row.cases for row in board.caseload([factories.anew(house.here).id])}
    assert loads == {"Caseworker": 1, "Colleague": 0, "Stranger": 0}
    assert browser.post("/cases/assign", case=ids, owner=str(owner)).status_code == 303
    loads = {row.user.name: row.cases for row in board.caseload([factories.anew(house.here).id])}
    assert loads == {"Caseworker": 1, "Colleague": 2, "Stranger": 0}
    far = factories.Browser(app, house.far)
    far.post("/cases/assign", case=ids, owner=str(factories.anew(house.far).id))
    assert factories.anew(cases[0]).owner_id == owner
    assert far.get("/team").status_code == 404


def test_somebody_leaves_and_nothing_is_left_behind(app: Flask) -> None:
    house = factories.World()
    cases = [factories.case(house) for _ in range(3)]
    leaving, to = factories.anew(house.caseworker).id, factories.anew(house.stranger).id
    browser = factories.Browser(app, house.supervisor)
    assert (
        browser.post(
            "/team/hand-over", leaving=str(leaving), to=str(to), note="Call them by phone only."
        ).status_code
        == 303
    )
    for case in cases:
        assert factories.anew(case).owner_id == to
    assert (
        db.session.execute(
            select(func.count()).where(Task.owner_id == leaving, Task.done_at.is_(None))
        ).scalar()
        == 0
    )
    assert browser.post("/team/hand-over", leaving=str(to), to=str(to), note="x").status_code == 422


def test_the_calendar_and_its_private_feed_name_nobody(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    browser = factories.Browser(app, house.caseworker)
    assert number in browser.get("/calendar").text
    page = browser.post("/calendar/feed").text
    token = re.search(r"calendar/([\w-]{20,})\.ics", page)[1]  # type: ignore[index]
    assert "http://127.0.0.1:8000/calendar/" in page, "as people reach it, not as the proxy does"
    outside = app.test_client()
    db.session.rollback()
    found = outside.get(f"/calendar/{token}.ics")
    assert found.status_code == 200
    assert "SUMMARY:Office notes" in found.text
    for word in (number, "Screening", "Safeconduct", "Benali", "Fatima", "house", "Single room"):
        assert word not in found.text
    browser.post("/calendar/feed/end")
    assert outside.get(f"/calendar/{token}.ics").status_code == 404
    assert outside.get("/calendar/none.ics").status_code == 404


def test_a_feed_ends_with_the_account_and_forgets_cases_that_went_away(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        token = calendar_feed.new_feed(by=by)
    assert b"BEGIN:VEVENT" in (calendar_feed.feed(token) or b"")
    with factories.acts(house.supervisor):
        moved = factories.anew(case)
        moved.office_id, moved.owner_id, moved.team_id = factories.anew(house.there).id, None, None
    assert b"BEGIN:VEVENT" not in (calendar_feed.feed(token) or b"")
    with factories.acts(house.supervisor):
        factories.anew(house.caseworker).active = False
    assert calendar_feed.feed(token) is None


def test_contact_against_the_persons_rule_needs_a_reason_that_a_supervisor_reads(
    app: Flask,
) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    with factories.acts(house.caseworker) as by:
        changes.add(
            by=by,
            case=factories.anew(case),
            kind=KINDS["safe_contact"],
            given={"ways": ["call"], "never": "Never leave a message."},
        )
    browser = factories.Browser(app, house.caseworker)
    assert "Never leave a message." in browser.get(f"/cases/{number}").text
    assert (
        browser.post(
            f"/cases/{number}/contacts", kind="contact_phone", note="All well."
        ).status_code
        == 303
    )
    answer = browser.post(f"/cases/{number}/contacts", kind="contact_message", note="Kept words.")
    assert answer.status_code == 422
    assert "Not in this way." in answer.text
    assert "Kept words." in answer.text
    assert (
        browser.post(
            f"/cases/{number}/contacts", kind="contact_message", note="They wrote.", own_call="on"
        ).status_code
        == 303
    )
    assert (
        browser.post(
            f"/cases/{number}/contacts",
            kind="contact_message",
            note="x",
            all_the_same="Fire in the house.",
        ).status_code
        == 303
    )
    assert len(factories.of_kind(Event, "contact_forced")) == 1
    assert (
        db.session.execute(select(Message.event).where(Message.event == "contact.forced")).first()
        is not None
    )


def test_hours_are_those_of_the_office(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        factories.anew(house.here).timezone = "Asia/Tokyo"
        changes.add(
            by=by,
            case=factories.anew(case),
            kind=KINDS["safe_contact"],
            given={"after": "09:00", "before": "17:00"},
        )
    with factories.acts(house.caseworker):
        with at(now().replace(hour=3, minute=0)):
            assert contacts.objections(factories.anew(case), "contact_phone") == []
        with at(now().replace(hour=12, minute=0)):
            assert contacts.objections(factories.anew(case), "contact_phone") == [
                "Not at this hour."
            ]


def test_flags_filters_and_the_last_cases_are_one_step_away(app: Flask) -> None:
    house = factories.World()
    cases = [factories.case(house) for _ in range(3)]
    numbers = [case.number for case in cases]
    browser = factories.Browser(app, house.caseworker)
    for number in numbers:
        browser.get(f"/cases/{number}")
    page = browser.get("/work").text
    assert all(f'href="/cases/{number}"' in page for number in numbers)
    browser.post(f"/cases/{numbers[0]}/flag")
    assert "You keep an eye on" in browser.get("/work").text
    browser.post("/filters", name="High in Tunis", query="risk=high&owner_id=9&mine=1")
    page = browser.get("/cases").text
    assert "High in Tunis" in page
    assert "mine=1&amp;risk=high" in page
    assert "owner_id" not in page
    assert "High in Tunis" not in factories.Browser(app, house.colleague).get("/cases").text


def test_officers_see_their_own_deadlines_at_work(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.health) as by:
        given = {"kind": "doctor", "on": today(), "at": "10:00"}
        changes.add(by=by, case=factories.anew(case), kind=KINDS["appointment"], given=given)
    browser = factories.Browser(app, house.health)
    assert "Appointment" in browser.get("/work").text
    with factories.acts(house.caseworker) as by:
        tasks.add(by=by, case=factories.anew(case), kind="call", due_on=today() + timedelta(days=1))
    assert "Appointment" not in factories.Browser(app, house.caseworker).get("/work").text


def test_who_has_something_due_today_is_told_once_a_day(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        tasks.add(by=by, case=factories.anew(case), kind="call", due_on=today())
        tasks.add(by=by, case=factories.anew(case), kind="documents", due_on=today())
    for _ in range(3):
        reminders.of_tasks()
    found = list(
        db.session.execute(
            select(Message).where(Message.event == "task.due", Message.channel == "app")
        ).scalars()
    )
    assert len(found) == 1
    assert case.number not in found[0].reference + found[0].path


def test_r37_each_figure_of_the_board_leads_to_its_cases(quick_app: Flask) -> None:
    house = factories.World()
    cases = [factories.case(house) for _ in range(3)]
    other = factories.case(house, owner=house.colleague)
    for case, risk in zip(cases, ("high", "low", "medium"), strict=True):
        case.risk = risk
    for case, day in ((cases[1], -2), (cases[2], 2), (other, -2)):
        due = today() + timedelta(days=day)
        db.session.add(Task(case_id=case.id, owner_id=case.owner_id, kind="contact", due_on=due))
    db.session.commit()
    numbers = [case.number for case in (*cases, other)]
    holder = house.caseworker.id
    browser = factories.Browser(quick_app, house.supervisor)
    page = browser.get("/team").text
    for asked, wanted in (
        (f"owner={holder}&amp;open=1", numbers[:3]),
        (f"owner={holder}&amp;open=1&amp;risky=1", numbers[:1]),
        (f"owner={holder}&amp;late=1", numbers[1:2]),
    ):
        assert f'href="/cases?{asked}"' in page, asked
        found = browser.get("/cases?" + asked.replace("&amp;", "&")).text
        assert [number for number in numbers if number in found] == wanted, asked
    stranger = factories.Browser(quick_app, house.far).get(f"/cases?owner={holder}").text
    assert not any(number in stranger for number in numbers), "a filter opens nothing"
    assert browser.get("/cases?owner=nobody&late=%C2%B2").status_code == 200


def test_r37_consent_offers_what_is_near_first_and_what_was_named(quick_app: Flask) -> None:
    house = factories.World()
    far, ended = factories.anew(house.other_partner), factories.anew(house.partner)
    far.country, ended.agreement_until = "NE", today() - timedelta(days=1)
    near = factories.anew(house.here)
    db.session.commit()
    offered, elsewhere = queries.may_be_told(near)
    assert far in elsewhere
    assert ended not in [*offered, *elsewhere], "nothing is sent to it"
    assert near not in [*offered, *elsewhere]
    offered, elsewhere = queries.may_be_told(near, {far.id, ended.id})
    assert {far, ended} <= set(offered), "who was named can be named again, or taken out"
    case = factories.case(house)
    page = factories.Browser(quick_app, house.caseworker).get(f"/cases/{case.number}/consent").text
    assert "In other countries" in page
