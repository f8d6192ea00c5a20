"""What persons ask about their data: a register with a clock, answered by deeds (P33)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from data_protection import erasure as erasing
from data_protection import jobs, requests_of_persons
from models.base import db
from models.cases import Case
from models.data_protection import Erasure, PersonRequest
from models.messages import Message
from models.rules import NotPossible, RuleBroken
from models.states import CASE, PersonRequestState
from tests import factories
from tests.conftest import Clock

ASKED = "I want to know who wrote that I was sold."


def received(house: factories.World, case: Case, kind: str = "access") -> PersonRequest:
    with factories.acts(house.caseworker) as by:
        return requests_of_persons.receive(
            by=by,
            case=factories.anew(case),
            kind=kind,
            identified="known",
            received_on=date(2026, 3, 9),
            asked=ASKED,
        )


def notices(event: str) -> set[str]:
    query = select(Message.user_id).where(Message.event == event, Message.channel == "app")
    found = db.session.execute(query).scalars().all()
    assert len(found) == len(set(found)), "each is told once"
    return {str(user_id) for user_id in found}


@contextmanager
def refused(words: str) -> Iterator[None]:
    with pytest.raises(RuleBroken) as broken:
        yield
    assert words in str(broken.value.message)


def ids(*people: object) -> set[str]:
    return {str(factories.anew(one).id) for one in people}


@pytest.mark.parametrize(
    ("asked_on", "due"),
    [(date(2026, 1, 31), date(2026, 2, 28)), (date(2026, 3, 9), date(2026, 4, 9))],
)
def test_p33_an_answer_is_due_in_a_calendar_month(
    quick_app: Flask, clock: Clock, asked_on: date, due: date
) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        request = requests_of_persons.receive(
            by=by,
            case=factories.anew(case),
            kind="access",
            identified="document",
            received_on=asked_on,
            asked=ASKED,
        )
    assert (request.due_on, request.state) == (due, PersonRequestState.RECEIVED)
    assert notices("request.received") == ids(house.officer, house.supervisor)
    with refused("not come yet"), factories.acts(house.caseworker) as by:
        requests_of_persons.receive(
            by=by,
            case=factories.anew(case),
            kind="access",
            identified="known",
            received_on=date(2026, 3, 11),
            asked=ASKED,
        )


def test_p33_it_takes_longer_once_and_within_the_month(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    first, second = (received(house, factories.case(house)) for _ in range(2))
    with factories.acts(house.officer) as by:
        requests_of_persons.extend(by=by, request=factories.anew(first), longer="Many files.")
    assert factories.anew(first).due_on == date(2026, 6, 9)
    with pytest.raises(NotPossible), factories.acts(house.officer) as by:
        requests_of_persons.extend(by=by, request=factories.anew(first), longer="Again.")
    clock.forward(days=31)
    with refused("month is over"), factories.acts(house.officer) as by:
        requests_of_persons.extend(by=by, request=factories.anew(second), longer="Late.")


def test_p33_who_must_answer_hears_of_it_a_week_before_and_when_it_is_late(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    received(house, factories.case(house))
    clock.forward(days=22)  # 1 April, due on the 9th
    jobs.remind_of_requests(0)
    assert notices("request.due") == set()
    clock.forward(days=1)
    jobs.remind_of_requests(0)
    jobs.remind_of_requests(0)
    assert notices("request.due") == ids(house.officer, house.supervisor)
    clock.forward(days=7)
    jobs.remind_of_requests(0)
    assert notices("request.overdue") == set(), "on its last day it is in time"
    clock.forward(days=1)
    jobs.remind_of_requests(0)
    jobs.remind_of_requests(0)
    assert notices("request.overdue") == ids(house.officer, house.supervisor)


def test_p33_less_than_asked_needs_a_ground_and_an_answer_is_given_once(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    request = received(house, factories.case(house))
    given = {"answer": "It names others.", "letter": "handed"}
    with refused("ground"), factories.acts(house.officer) as by:
        requests_of_persons.answer(
            by=by, request=factories.anew(request), outcome="refused", **given
        )
    with factories.acts(house.officer) as by:
        requests_of_persons.answer(
            by=by, request=factories.anew(request), outcome="in_part", ground="others", **given
        )
    answered = factories.anew(request)
    assert (answered.state, answered.answered_on) == (PersonRequestState.IN_PART, date(2026, 3, 10))
    with pytest.raises(NotPossible), factories.acts(house.officer) as by:
        requests_of_persons.answer(by=by, request=answered, outcome="granted", **given)


def test_p33_an_erasure_is_granted_when_it_is_done_and_its_answer_outlives_the_case(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    case = factories.case(house)
    request = received(house, case, "erasure")
    given = {"outcome": "granted", "answer": "All is gone.", "letter": "read_out"}
    with refused("not erased yet"), factories.acts(house.officer) as by:
        requests_of_persons.answer(by=by, request=factories.anew(request), **given)
    with factories.acts(house.supervisor) as by:
        CASE.move(factories.anew(case), "close", by=by)
        erasing.ask(by=by, case=factories.anew(case), reason="asked_by_person")
    with factories.acts(house.officer) as by:
        erasing.approve(by=by, erasure=db.session.execute(select(Erasure)).scalar_one())
    left = factories.anew(request)
    assert (left.asked, left.identified, left.kind) == ("", "", "erasure")
    page = factories.Browser(app, house.officer).get(f"/requests/{left.reference}").text
    assert "Erased" in page, "the deeds that answer it"
    with factories.acts(house.officer) as by:
        requests_of_persons.answer(by=by, request=factories.anew(request), **given)
    assert factories.anew(request).state == PersonRequestState.GRANTED


def test_p33_the_register_shows_to_each_what_is_theirs_and_the_deeds_that_answer(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    case = factories.case(house)
    request = received(house, case)
    reference, number = request.reference, case.number
    worker = factories.Browser(app, house.caseworker)
    assert ASKED in worker.get(f"/requests/{reference}").text
    assert worker.get("/requests").status_code == 404, "the register is for who answers"
    assert reference in worker.get(f"/cases/{number}/requests").text
    for nobody in (house.stranger, house.far, house.helper, house.manager):
        browser = factories.Browser(app, nobody)
        assert browser.get(f"/requests/{reference}").status_code == 404
        assert browser.get(f"/cases/{number}/requests").status_code == 404
    officer = factories.Browser(app, house.officer)
    found = officer.get("/requests?state=overdue").text
    assert reference not in found
    clock.forward(days=40)
    officer = factories.Browser(app, house.officer)
    assert reference in officer.get(f"/requests?state=overdue&kind=access&case={number}").text
    assert reference not in officer.get("/requests?kind=erasure").text
    assert "Nothing was done since" in officer.get(f"/requests/{reference}").text
    keeper = factories.Browser(app, house.caseworker)
    keeper.post("/confirm", password=factories.PASSWORD)
    made = keeper.post(f"/cases/{number}/copy", password="a long enough password", language="en")
    assert made.status_code == 200
    page = officer.get(f"/requests/{reference}").text
    assert "Made a copy for the person" in page
    assert "Benali" not in page
    paper = officer.post(f"/requests/{reference}/letter", language="ar")
    assert paper.data.startswith(b"%PDF")


def test_p33_a_correction_that_the_person_asked_for_answers_their_request(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    case = factories.case(house)
    request = received(house, case, "correction")
    browser = factories.Browser(app, house.caseworker)
    form = {
        "given_names": "Fatima",
        "family_name": "Benali",
        "sex": "Feminine",
        "citizenship": "CI",
        "corrected": "on",
    }
    answer = browser.post(f"/cases/{case.number}/identity/change", **form, revision="1")
    assert answer.status_code == 303
    page = browser.get(f"/requests/{request.reference}").text
    assert "Corrected it because the person asked" in page


def test_p33_the_register_is_the_same_over_the_api(app: Flask, clock: Clock) -> None:
    house = factories.World()
    case = factories.case(house)
    worker = factories.Api(app, house.caseworker)
    body = {
        "kind": "objection",
        "received_on": "2026-03-10",
        "identified": "known",
        "asked": ASKED,
    }
    made = worker.post(f"/cases/{case.number}/requests", body)
    assert made.status_code == 201, made.text
    assert made.json["due_on"] == "2026-04-10"
    reference = made.json["reference"]
    given = {"outcome": "refused", "answer": "A court asks for it.", "letter": "handed"}
    assert worker.post(f"/requests/{reference}/answer", given).status_code == 404
    boss = factories.Api(app, house.supervisor)
    listed = boss.get("/requests?state=received").json["items"]
    assert [one["reference"] for one in listed] == [reference]
    assert boss.post(f"/requests/{reference}/answer", given).status_code == 422
    given["ground"] = "law"
    answered = boss.post(f"/requests/{reference}/answer", given)
    assert (answered.status_code, answered.json["state"]) == (200, "refused")
    far = factories.Api(app, house.far)
    assert far.get(f"/requests/{reference}").status_code == 404


def test_p33_a_copy_of_the_database_tells_no_words_of_it(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    received(house, factories.case(house))
    row = db.session.execute(select(PersonRequest.__table__)).one()
    assert ASKED.encode() not in repr(tuple(row)).encode()
    assert db.session.execute(select(func.count()).select_from(PersonRequest)).scalar() == 1
