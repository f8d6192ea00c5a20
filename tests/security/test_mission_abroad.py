"""What a mission abroad tries that was told of a return: more of the person than was handed over,
and on after the end.
"""

import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from access.permissions import Role
from avrr import handover, preparation, reintegration, steps
from casework.core import consent
from casework.records import changes
from casework.records.kinds import KINDS
from funds import approvals, requests
from models.base import db, today
from models.messages import Message
from models.party_keys import KeyWrap
from models.people import Organisation, User
from models.returns import Return
from tests import factories
from tests.avrr.test_reintegration import arrived
from tests.avrr.test_reintegration_money import plan, purse
from tests.avrr.test_return import ready, stepped
from tests.factories import Api, Browser, World, acts, anew

ITEM = {
    "kind": "micro_business",
    "dimension": "economic",
    "form": "cash",
    "fund": "RE-1",
    "amount": "900",
    "parts": "1",
}


def _path(record: Return) -> str:
    return f"/returns/{anew(record).reference}"


def _agrees_to(house: World, record: Any, *places: Organisation) -> None:
    """The person agrees that these are told, and nobody else."""
    told = [anew(place).id for place in places]
    with acts(house.caseworker) as by:
        given = {"sharing": "agrees", "recipients": told}
        consent.record(by=by, case=anew(record).case, given=given)


def _relocated(house: World, *, depart: bool) -> tuple[Return, User, Organisation]:
    """Handed over to a third country and accepted there; with ``depart``, arrived."""
    niger = house._place("NIA", "mission", "NE")
    staff = house._person("niger", niger, Role.ORIGIN)
    db.session.commit()
    case = factories.case(house)
    with acts(house.caseworker) as by:
        told = {"sharing": "agrees", "recipients": [anew(niger).id]}
        consent.record(by=by, case=anew(case), given=told)
        where = {"country": "NE", "purpose": "relocation", "admission": "visa"}
        record = preparation.start(by=by, case=anew(case), **where)
        stepped(record, by)
        handover.hand_over(by=by, return_=record)
    factories.agreed(house, record)
    with acts(staff) as by:
        handover.accept(by=by, return_=anew(record))
    if depart:
        factories.fund()
        with acts(house.caseworker) as by:
            lines = {"travel": "100"}
            asked = requests.ask(by=by, case=anew(case), fund="HASM-1", lines=lines)
        with acts(house.supervisor) as by:
            approvals.approve(by=by, request=anew(asked))
        with acts(house.caseworker) as by:
            preparation.depart(by=by, return_=anew(record), departed_on=today())
        with acts(staff) as by:
            reintegration.arrive(by=by, return_=anew(record), arrived_on=today())
    return anew(record), staff, niger


def _refer(browser: Browser, record: Return, partner: Organisation) -> Any:
    what = {"service": "shelter", "urgency": "standard", "fields": ["needs"]}
    said = {"agrees": "1", "manner": "spoken", "language": "fr"}
    return browser.post(f"{_path(record)}/refer", partner=str(anew(partner).id), **what, **said)


@pytest.mark.parametrize("status", ["actual", ""])
def test_a_fund_tells_nobody_at_home_who_is_a_victim(quick_app: Flask, status: str) -> None:
    house = World()
    record = arrived(house)
    purse(categories=["identified"])
    anew(record).case.trafficking_status = status
    db.session.commit()
    number = anew(record).case.number
    above = {**ITEM, "given_on": today().isoformat(), "amount": "99999999"}
    page = Browser(quick_app, house.origin).post(f"{_path(record)}/assistance", **above).text
    assert "above the ceiling" in page
    assert "other categories" not in page
    assert number not in page
    told = Api(quick_app, house.origin).post(f"{_path(record)}/assistance", above)
    assert told.status_code == 422
    assert number not in told.text
    assert "categories" not in told.text


def test_a_request_asked_at_home_says_nothing_of_the_case_as_it_stands(quick_app: Flask) -> None:
    house = World()
    record = arrived(house)
    purse(categories=["stranded"])
    reference = anew(plan(house, record)).request.reference
    case = anew(record).case
    case.categories, case.age_band, case.sex = ["trafficking"], "35-64", "Masculine"
    db.session.commit()
    page = Browser(quick_app, house.origin).get(f"/funds/requests/{reference}").text
    assert "other categories" not in page
    assert anew(record).case.number not in page
    assert "Man or boy" not in page
    keeper = Browser(quick_app, house.manager).get(f"/funds/requests/{reference}").text
    assert "other categories" in keeper, "who keeps the fund is told"


def test_a_mission_refers_in_the_country_of_return_alone(quick_app: Flask) -> None:
    house = World()
    record, staff, _niger = _relocated(house, depart=True)
    fled = house._place("HOME", "partner", "CI", ["shelter"])
    there = house._place("NEP", "partner", "NE", ["shelter"])
    db.session.commit()
    browser = Browser(quick_app, staff)
    before = _refer(browser, record, fled)
    assert before.status_code == 422
    with acts(house.legal) as by:
        given = {"state": "lodged", "on": today()}
        changes.add(by=by, case=anew(record).case, kind=KINDS["asylum"], given=given)
    after = _refer(browser, record, fled)
    assert after.status_code == 422
    assert "seeks protection" not in after.text
    assert _refer(browser, record, there).status_code == 303


def test_what_stands_against_a_journey_is_shown_to_nobody_abroad(quick_app: Flask) -> None:
    house = World()
    record, staff, _niger = _relocated(house, depart=False)
    yes = dict.fromkeys(("wants_protection", "at_risk", "trafficking_risk"), "yes")
    with acts(house.caseworker) as by:
        take = factories.returning.take
        take("protection_check", by=by, return_=anew(record), outcome="grounds", **yes)
        take("fit_to_travel", by=by, return_=anew(record), outcome="not_fit")
    page = Browser(quick_app, staff).get(_path(record)).text
    assert "grounds for protection" not in page
    assert "not fit" not in page
    lines = Api(quick_app, staff).get(_path(record)).json["steps"]
    assert {line["step"]: (line["state"], line["why"]) for line in lines}["fit_to_travel"] == (
        "missing",
        "",
    )
    own = Api(quick_app, house.caseworker).get(_path(record)).json["steps"]
    assert {line["why"] for line in own} >= {"grounds", "not_fit"}


def test_the_api_tells_of_a_return_what_the_page_tells(quick_app: Flask) -> None:
    house = World()
    record = arrived(house)
    row = anew(record)
    row.basis, row.admission = "protection", "visa"
    db.session.commit()
    at_home = Api(quick_app, house.origin).get(_path(record)).json
    assert (at_home["basis"], at_home["admission"]) == ("", "")
    assert at_home["follow_ups"]
    sender = Api(quick_app, house.caseworker).get(_path(record)).json
    assert (sender["basis"], sender["admission"]) == ("protection", "visa")
    assert sender["follow_ups"] == [], "what was found at home is not the sender's"


def test_the_second_mission_that_is_asked_reads_nothing_of_the_first(quick_app: Flask) -> None:
    house = World()
    second = house._place("BKE", "mission", "CI")
    staff = house._person("second", second, Role.ORIGIN)
    db.session.commit()
    record = ready(house, fund=False, hand=False)
    _agrees_to(house, record, house.there, second)
    with acts(house.caseworker) as by:
        handover.choose(by=by, return_=anew(record), mission="ABJ")
        handover.hand_over(by=by, return_=anew(record))
    with acts(house.origin) as by:
        handover.send_back(by=by, return_=anew(record), words="Zqx is it her uncle?")
    with acts(house.caseworker) as by:
        handover.say(by=by, return_=anew(record), words="Zqx he sold her.")
        before = anew(record).unwrapped()
        handover.choose(by=by, return_=anew(record), mission="BKE")
        handover.hand_over(by=by, return_=anew(record))
        assert anew(record).unwrapped() != before, "a key that the first may have kept"
    assert "Zqx" not in Browser(quick_app, staff).get(_path(record)).text
    assert Browser(quick_app, house.origin).get(_path(record)).status_code == 404
    assert "Zqx he sold her." in Browser(quick_app, house.caseworker).get(_path(record)).text


def test_a_mission_on_the_way_sees_nothing_after_arrival(quick_app: Flask) -> None:
    house = World()
    niger = house._place("NIA", "mission", "NE")
    staff = house._person("niger", niger, Role.ORIGIN)
    db.session.commit()
    record = ready(house, hand=False)
    _agrees_to(house, record, house.there, niger)
    leg = {"from": "Tunis", "to": "Niamey", "carrier": "", "on": today()}
    with acts(house.caseworker) as by:
        steps.journey(by=by, return_=anew(record), given={"legs": [leg], "via": "NIA"})
        handover.hand_over(by=by, return_=anew(record))
    with acts(house.origin) as by:
        handover.accept(by=by, return_=anew(record))
    with acts(house.caseworker) as by:
        preparation.depart(by=by, return_=anew(record), departed_on=today())
    browser = Browser(quick_app, staff)
    assert browser.get(_path(record)).status_code == 200
    with acts(house.origin) as by:
        reintegration.arrive(by=by, return_=anew(record), arrived_on=today())
    assert browser.get(_path(record)).status_code == 404
    assert anew(record).reference not in browser.get("/returns").text
    assert Api(quick_app, staff).get(_path(record)).status_code == 404


def test_a_mission_reads_by_a_referral_no_longer_than_it_is_told_itself(quick_app: Flask) -> None:
    house = World()
    record = arrived(house)
    partner = house._place("HOME", "partner", "CI", ["shelter"])
    worker = house._person("homeworker", partner, Role.PARTNER)
    chief = house._person("chief", house.there, Role.SUPERVISOR)
    db.session.commit()
    staff = Browser(quick_app, house.origin)
    path = _refer(staff, record, partner).location
    served = Browser(quick_app, worker)
    assert served.post(f"{path}/accept").status_code == 303
    assert "Single room" in staff.get(path).text
    _agrees_to(house, record, partner)
    assert staff.get(_path(record)).status_code == 404
    for reader in (staff, Browser(quick_app, chief)):
        assert "Single room" not in reader.get(path).text
        assert reader.post(f"{path}/link").status_code == 404
        assert reader.post(f"{path}/letter", language="fr").status_code == 404
        assert reader.post(f"{path}/words", words="Where is she?").status_code == 404
    assert "Single room" in served.get(path).text, "the partner has a line of its own"
    holders = set(db.session.execute(select(KeyWrap.holder_id)).scalars())
    assert holders == {anew(partner).id}, "nor is a key left to it"


def test_a_word_at_home_holds_no_longer_than_any_consent_and_is_told(quick_app: Flask) -> None:
    house = World()
    record = arrived(house)
    page = Browser(quick_app, house.origin)
    far = (today() + timedelta(days=40_000)).isoformat()
    asked = page.post(f"{_path(record)}/agreed", manner="spoken", language="fr", valid_until=far)
    assert asked.status_code == 422
    soon = (today() + timedelta(days=30)).isoformat()
    asked = page.post(f"{_path(record)}/agreed", manner="spoken", language="fr", valid_until=soon)
    assert asked.status_code == 303
    told = select(Message.user_id).where(Message.event == "consent.elsewhere")
    assert set(db.session.execute(told).scalars()) == {anew(house.caseworker).id}


def test_a_no_at_home_to_the_mission_itself_ends_what_it_was_told(quick_app: Flask) -> None:
    house = World()
    record = arrived(house)
    page = Browser(quick_app, house.origin)
    own = str(anew(house.there).id)
    assert page.post(f"{_path(record)}/agreed/take-back", partner=own).status_code == 303
    assert page.get(_path(record)).status_code == 404


def test_the_count_in_a_notice_tells_of_no_hidden_event(quick_app: Flask) -> None:
    house = World()
    record = arrived(house)
    row = anew(record)
    before = handover.reference_of(row)
    with acts(house.caseworker) as by:
        handover.events.add(by=by, return_=anew(record), kind="step_taken_back")
    assert handover.reference_of(anew(record)) == before


def test_files_come_once_the_person_is_home(quick_app: Flask) -> None:
    house = World()
    record = ready(house, fund=False)
    sent = {"paper": "receipt", "shows_person": "no", "file": (io.BytesIO(b"Zqx"), "x.txt")}
    at_home = Browser(quick_app, house.origin)
    assert at_home.post(f"{_path(record)}/papers", **sent).status_code in {404, 409, 422}
