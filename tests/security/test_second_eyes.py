"""What an insider tried to do alone, or unseen: reviews of their own word, approvals used twice,
proofs taken away, money for others, blocks that end without a word.
"""

import pytest
from flask import Flask
from sqlalchemy import select

from access.permissions import Role
from avrr import movements
from casework.casefile import closure
from casework.core import approvals, consent
from casework.intake import registration
from casework.team import transfers
from data_protection import access_exceptions, erasure, requests_of_persons
from files import receiving
from funds import requests
from models.audit import AuditRecord
from models.base import db, today
from models.cases import Case
from models.data_protection import Block
from models.files import Attachment
from models.messages import Message
from models.people import User
from models.rules import RuleBroken
from tests import factories
from tests.conftest import Clock
from tests.security.test_insiders import another_supervisor, kept_from, seated


def without_a_yes(house: factories.World, by: User) -> Case:
    """Registered in a vital interest, by somebody who writes so."""
    whole = factories.registration()
    whole["consent"] = {"vital_interest": True, "vital_reason": "She was unconscious."}
    with factories.acts(by) as actor:
        return registration.register(
            by=actor, given=whole, office=factories.anew(house.here), owner_id=actor.id
        )


def test_23_nobody_reviews_the_vital_interest_that_they_wrote(quick_app: Flask) -> None:
    house = factories.World()
    boss = another_supervisor(house)
    case = without_a_yes(house, house.supervisor)
    with factories.acts(house.supervisor) as by, pytest.raises(RuleBroken) as refused:
        consent.review_vital_interest(by=by, case=factories.anew(case), right=True)
    assert "another supervisor" in str(refused.value.message)
    with factories.acts(boss) as by:
        consent.review_vital_interest(by=by, case=factories.anew(case), right=True)
    assert factories.anew(case).review_due_at is None


def test_23_what_was_agreed_to_closes_a_case_once(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)

    def asked_and_agreed() -> None:
        with factories.acts(house.caseworker) as by:
            asked = approvals.ask(by=by, case=factories.anew(case), what="closure")
        with factories.acts(house.supervisor) as by:
            approvals.decide(by=by, approval=factories.anew(asked), yes=True)

    def closed() -> None:
        with factories.acts(house.caseworker) as by:
            closure.close(by=by, case=factories.anew(case), reason="completed", words="Done.")

    asked_and_agreed()
    closed()
    with factories.acts(house.caseworker) as by:
        closure.reopen(by=by, case=factories.anew(case), words="She called.")
    with pytest.raises(RuleBroken):
        closed()
    db.session.rollback()
    asked_and_agreed()
    closed()
    assert factories.anew(case).is_closed


def test_what_shows_a_consent_is_taken_away_by_nobody(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        papers = [
            receiving.take_whole(
                by=by,
                case=factories.anew(case),
                name=f"{name}.txt",
                content=b"I agree.",
                compartment="protection",
            ).key
            for name in ("signed", "other")
        ]
        said = {"assistance": "agrees", "manner": "signed", "proof": papers[0]}
        consent.record(by=by, case=factories.anew(case), given=said)
    browser = factories.Browser(quick_app, house.colleague)
    assert browser.post(f"/files/{papers[0]}/remove").status_code == 422
    assert browser.post(f"/files/{papers[1]}/remove").status_code == 303
    assert db.session.execute(select(Attachment.key)).scalars().all() == papers[:1]


def test_money_for_a_movement_is_asked_by_whoever_may_ask_for_each(quick_app: Flask) -> None:
    house = factories.World()
    record, movement = seated(house)
    meant = factories.fund("CHILD-1")
    factories.anew(meant).categories = ["child"]
    db.session.commit()
    number, place = record.case.number, f"/movements/{movement.reference}/funding"
    stranger = factories.Browser(quick_app, house.stranger)
    assert number not in stranger.get(place).text
    for fund in ("CHILD-1", "HASM-1"):
        refused = stranger.post(place, fund=fund, line_reception="10")
        assert refused.status_code == 422
        assert number not in refused.text
        assert "seats 1" in refused.text
    own = factories.Browser(quick_app, house.caseworker)
    assert number in own.get(place).text
    assert own.post(place, fund="HASM-1", line_reception="10").status_code == 303
    assert movements.expected(factories.anew(movement))


def test_that_a_case_is_kept_no_longer_is_told_and_says_from_whom(quick_app: Flask) -> None:
    house = factories.World()
    boss, case = another_supervisor(house), factories.case(house)
    kept_from(house, case, house.colleague)
    block = db.session.execute(select(Block.id)).scalar_one()
    with factories.acts(boss) as by:
        access_exceptions.unblock(by=by, case=factories.anew(case), block=str(block))
    told = select(Message.user_id).where(Message.event == "case.unblocked")
    people = (house.officer, house.caseworker)
    assert set(db.session.execute(told).scalars()) == {factories.anew(one).id for one in people}
    noted = select(AuditRecord.subject).where(AuditRecord.deed == "unblocked")
    colleague = factories.anew(house.colleague).id
    assert db.session.execute(noted).scalars().all() == [f"user {colleague}"]
    with factories.acts(boss) as by:
        access_exceptions.unblock(by=by, case=factories.anew(case), block=str(block))
    assert len(db.session.execute(noted).scalars().all()) == 1, "what is not there ends nothing"


def test_a_case_is_given_to_nobody_it_is_kept_from(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    kept_from(house, case, house.stranger)
    stranger = str(factories.anew(house.stranger).id)
    with factories.acts(house.supervisor) as by, pytest.raises(RuleBroken):
        closure.assign(by=by, case=factories.anew(case), owner=stranger)
    db.session.rollback()
    leaving = str(factories.anew(house.caseworker).id)
    with factories.acts(house.supervisor) as by, pytest.raises(RuleBroken):
        transfers.hand_all_over(by=by, leaving=leaving, to=stranger, note="Yours now.")
    db.session.rollback()
    assert factories.anew(case).owner_id == int(leaving)


def test_emergencies_and_erasures_stand_before_those_who_oversee_them(quick_app: Flask) -> None:
    house = factories.World()
    third = house._place("CAI", "mission", "EG")
    elsewhere = house._person("elsewhere", third, Role.SUPERVISOR)
    theirs = house._person("theirs", factories.anew(house.there), Role.SUPERVISOR)
    db.session.commit()
    case, gone = factories.case(house), factories.case(house)
    number, gone_number = case.number, factories.anew(gone).number
    with factories.acts(house.far) as by:
        access_exceptions.open_in_emergency(
            by=by, number=number, reason="medical", words="She bleeds and nobody answers."
        )
    with factories.acts(house.supervisor) as by:
        closure.close(by=by, case=factories.anew(gone), reason="completed", words="Done.")
        erasure.ask(by=by, case=factories.anew(gone), reason="asked_by_person")
    sees = {
        user: (
            number in (page := factories.Browser(quick_app, user)).get("/emergencies").text,
            gone_number in page.get("/erasures").text,
        )
        for user in (house.supervisor, house.officer, theirs, elsewhere)
    }
    assert list(sees.values()) == [(True, True), (True, True), (True, False), (False, False)]


def test_23_nobody_lowers_a_risk_and_closes_alone(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    case = factories.case(house)
    place = f"/cases/{case.number}"
    browser = factories.Browser(quick_app, house.caseworker)
    form = browser.get(f"{place}/protection/needs").text
    revision = form.partition('name="revision" value="')[2].partition('"')[0]
    said = {"needs": "Single room.", "risk": "low", "categories": "stranded"}
    lower = browser.post(f"{place}/protection/needs", revision=revision, **said)
    assert lower.status_code == 303
    assert factories.anew(case).risk == "low"
    assert browser.post(f"{place}/close", reason="completed", words="Done.").status_code == 422
    clock.forward(days=31)
    later = factories.Browser(quick_app, house.caseworker)
    assert later.post(f"{place}/close", reason="completed", words="Done.").status_code == 303


def test_what_others_asked_is_not_let_go_or_taken_back_unheard(quick_app: Flask) -> None:
    house = factories.World()
    factories.fund()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        money = requests.ask(
            by=by, case=factories.anew(case), fund="HASM-1", lines={"reception": "100"}
        )
        asked = requests_of_persons.receive(
            by=by,
            case=factories.anew(case),
            kind="erasure",
            identified="known",
            received_on=today(),
            asked="Erase it.",
        )
    places = f"/funds/requests/{factories.anew(money).reference}/cancel", "/requests"
    assert factories.Browser(quick_app, house.stranger).post(places[0]).status_code == 303
    reference = factories.anew(asked).reference
    boss = factories.Browser(quick_app, house.supervisor)
    assert boss.post(f"{places[1]}/{reference}/take-back").status_code == 303
    told = {
        event: set(
            db.session.execute(select(Message.user_id).where(Message.event == event)).scalars()
        )
        for event in ("fund.let_go", "request.taken_back")
    }
    assert told["fund.let_go"] == {factories.anew(house.caseworker).id}
    assert told["request.taken_back"] == {factories.anew(house.officer).id}
