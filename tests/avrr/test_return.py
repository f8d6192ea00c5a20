"""Return is voluntary and complete, or it does not happen."""

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from avrr import checklist, handover, preparing, reintegrating
from casework import consenting
from models.base import db, today
from models.money import FundRequest, FundRequestPerson
from models.returns import Return
from tests import factories
from web.faults import RuleBroken

DONE = {step: checklist.Done(today()) for step in checklist.STEPS if step not in {"funding", "best_interests"}}
READY = {"child": False, "funded": True, "travel_on": today(), "asked_protection": False, "handed_over": True}


def test_with_everything_done_nothing_is_missing() -> None:
    assert checklist.missing(checklist.lines(DONE, **READY)) == []


@given(st.sampled_from(sorted(DONE)))
def test_every_single_step_holds_departure_back(step: str) -> None:
    less = {name: done for name, done in DONE.items() if name != step}
    assert [line.step for line in checklist.missing(checklist.lines(less, **READY))] == [step]


@pytest.mark.parametrize(
    ("change", "step"),
    [({"child": True}, "best_interests"), ({"funded": False}, "funding"), ({"handed_over": False}, "handover")],
)
def test_each_condition_holds_departure_back(change: dict[str, bool], step: str) -> None:
    assert [line.step for line in checklist.missing(checklist.lines(DONE, **{**READY, **change}))] == [step]


def test_grounds_for_protection_and_an_ended_certificate_block() -> None:
    grounds = {**DONE, "protection_check": checklist.Done(today(), "grounds")}
    ended = {**DONE, "fit_to_travel": checklist.Done(today(), valid_until=today() - timedelta(days=1))}
    assert [line.why for line in checklist.missing(checklist.lines(grounds, **READY))] == ["grounds"]
    assert [line.why for line in checklist.missing(checklist.lines(ended, **READY))] == ["fit_ended"]


def ready(house: factories.House) -> Return:
    """A return with everything done but the receiving mission's answer."""
    case = factories.case(house)
    fund = factories.fund()
    request = FundRequest(
        fund=fund,
        case=case,
        office_id=house.here.id,
        amount_minor=100,
        currency="EUR",
        state="approved",
        asked_by_id=house.caseworker.id,
        answered_by_id=house.supervisor.id,
    )
    request.persons = [FundRequestPerson(case_id=case.id)]
    db.session.add(request)
    with factories.acts(house.caseworker) as by:
        record = preparing.start(by=by, case=case, country="CI")
        for step in DONE:
            preparing.do_step(by=by, record=record, step=step, done_on=today(), valid_until=today() + timedelta(days=9), travel_on=today())
        handover.hand_over(by=by, record=record)
    return record


def test_the_whole_way_between_two_missions(app: Flask) -> None:
    house = factories.House()
    record = ready(house)
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken):
        preparing.depart(by=by, record=record, departed_on=today())
    with factories.acts(house.origin) as by:
        assert record.released["family_name"] == "Benali"
        assert "account" not in record.released
        handover.accept(by=by, record=record)
    with factories.acts(house.caseworker) as by:
        preparing.depart(by=by, record=record, departed_on=today())
    with factories.acts(house.origin) as by:
        reintegrating.arrive(by=by, record=record, arrived_on=today())
        reintegrating.plan(by=by, record=record, given={"economic": "A stall."})
        for _ in range(2):
            reintegrating.assist(by=by, record=record, kind="micro_business", dimension="economic", amount=450, given_on=today(), token="same")
        reintegrating.follow_up(by=by, record=record, month="1", done_on=today(), manner="visit", outcome="reached")
    assert [item.amount_minor for item in record.assistance] == [45_000]
    assert [visit.month for visit in record.follow_ups if visit.done_on] == [1]


def test_a_change_of_mind_stops_it_until_boarding(app: Flask) -> None:
    house = factories.House()
    record = ready(house)
    with factories.acts(house.caseworker) as by:
        preparing.withdraw(by=by, record=record)
    assert (record.state, record.own_key) == ("withdrawn", None)
    with factories.acts(house.origin) as by, pytest.raises(RuleBroken):
        preparing.depart(by=by, record=record, departed_on=today())


def test_no_travel_document_without_consent_to_contact_the_consulate(quick_app: Flask) -> None:
    house = factories.House()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        consenting.withdraw(by=by, case=case, purpose="consulate")
        record = preparing.start(by=by, case=case, country="CI")
        with pytest.raises(RuleBroken):
            preparing.do_step(by=by, record=record, step="travel_documents", done_on=today())
    assert {line.step: line.state for line in preparing.shown(record)}["travel_documents"] == "blocked"


def test_the_other_mission_sees_the_return_and_not_the_case(app: Flask) -> None:
    house = factories.House()
    record = ready(house)
    origin = factories.Browser(app, house.origin)
    page = origin.get(f"/returns/{record.reference}")
    assert page.status_code == 200
    assert record.case.number not in page.text
    assert origin.get(f"/cases/{record.case.number}").status_code == 404
    assert factories.Browser(app, house.far).get(f"/returns/{record.reference}").status_code == 404
