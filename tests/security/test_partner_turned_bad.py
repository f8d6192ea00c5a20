"""What a partner turned bad tries: a case that is kept from it, answers for others, accounts."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from access.actors import person
from access.permissions import Role
from accounts import access_changes, hashes, invitations, renaming
from avrr import handover, preparation
from casework.core import consent, protection
from casework.people import merging
from casework.records import changes
from casework.records.kinds import KINDS
from casework.shelter import facilities, placing, presence
from data_protection import access_exceptions
from models.base import db, now, today
from models.cases import Case
from models.messages import Message
from models.people import Grant
from models.referrals import IncomingReferral, Referral
from models.releases import CaseRelease
from models.rules import RuleBroken
from models.shelter import Bed
from notifications import webhooks
from referral import incoming, partner_links, queries, responses, sending
from tests import factories
from tests.factories import Api, Browser, World, acts, anew


def _keep_from_partner(house: World, case: Case) -> None:
    place = str(anew(house.partner).id)
    with acts(house.supervisor) as by:
        access_exceptions.block(by=by, case=anew(case), reason="conflict", organisation=place)


def _referred(house: World, case: Case) -> Referral:
    with acts(house.caseworker) as by:
        return factories.refer(by, house, case)


def test_what_is_kept_from_a_partner_is_open_by_no_link(app: Flask) -> None:
    house = World()
    case = factories.case(house)
    referral = _referred(house, case)
    with acts(house.caseworker) as by:
        token, code = partner_links.make(by=by, referral=anew(referral))
    browser = Browser(app)
    browser._learn(browser.get(f"/answer/{token}"))
    card = browser.post(f"/answer/{token}", code=code).location
    browser._learn(browser.get(card))
    _keep_from_partner(house, case)
    assert browser.get(card).status_code == 410
    assert browser.post(f"{card}/accept").status_code == 410
    assert anew(referral).state == "revoked"
    with pytest.raises(RuleBroken):
        _referred(house, case)
    with acts(house.supervisor) as by:
        row = access_exceptions.blocks(anew(case))[0]
        access_exceptions.unblock(by=by, case=anew(case), block=str(row.id))
    assert _referred(house, case).state == "sent", "what ended stays ended; anew it may be asked"


def test_whoever_accepts_everybody_answers_for_nobody_kept_from_them(quick_app: Flask) -> None:
    house = World()
    cases = [factories.case(house), factories.case(house, given_names="Amina")]
    with acts(house.caseworker) as by:
        sent = sending.send_group(
            by=by,
            cases=[anew(case) for case in cases],
            partner=anew(house.partner).id,
            service="shelter",
            urgency="urgent",
            fields_=["needs"],
        )
    first, second = (anew(each) for each in sent)
    mail = anew(house.helper).email
    with acts(house.supervisor) as by:
        kept = db.session.get_one(Case, second.case_id)
        access_exceptions.block(by=by, case=kept, reason="conflict", email=mail)
    path = f"/referrals/{anew(first).reference}/accept"
    assert Browser(quick_app, house.helper).post(path, everybody="1").status_code == 303
    assert [anew(each).state for each in sent] == ["accepted", "sent"]
    assert queries.to_answer(person(anew(house.helper))) == 0, "nor is it counted for them"


def test_what_was_referred_before_somebody_came_is_not_counted_for_them(quick_app: Flask) -> None:
    house = World()
    _referred(house, factories.case(house))
    late = house._person("late", anew(house.partner), Role.PARTNER)
    query = select(Grant).where(Grant.user_id == late.id)
    db.session.execute(query).unique().scalar_one().since = now()
    db.session.commit()
    assert queries.to_answer(person(anew(late))) == 0
    assert queries.to_answer(person(anew(house.helper))) == 1


def test_under_force_nothing_of_what_ended_is_shown(quick_app: Flask) -> None:
    house = World()
    referral = _referred(house, factories.case(house))
    with acts(house.helper) as by:
        responses.accept(by=by, referral=anew(referral))
        responses.complete(by=by, referral=anew(referral))
    anew(house.helper).second_hash = hashes.hashed("another horse battery staple")
    db.session.commit()
    browser = Browser(quick_app)
    browser.sign_in("helper@example.org", "another horse battery staple")
    assert anew(referral).reference not in browser.get("/referrals?group=done").text
    own = Browser(quick_app, house.helper)
    assert anew(referral).reference in own.get("/referrals?group=done").text


def test_whose_money_paid_a_service_is_not_the_partners_to_know(quick_app: Flask) -> None:
    house = World()
    referral = _referred(house, factories.case(house))
    with acts(house.helper) as by:
        responses.accept(by=by, referral=anew(referral))
        gave = {"kind": "shelter", "given_on": today(), "quantity": 1, "outcome": "given"}
        service = responses.log_service(
            by=by, referral=anew(referral), **gave, cost="40", currency="EUR"
        )
    anew(service).not_ours = True
    db.session.commit()
    path = f"/referrals/{anew(referral).reference}"
    assert "Not from our funds" in Browser(quick_app, house.caseworker).get(path).text
    helper = Browser(quick_app, house.helper)
    assert "Not from our funds" not in helper.get(path).text
    assert helper.post(f"{path}/complete").status_code == 303
    assert "Not from our funds" not in helper.get(path.replace("RF-", "ended/RF-")).text


def test_nobody_is_in_or_missing_who_left_a_house(quick_app: Flask) -> None:
    house = World()
    case = factories.case(house)
    referral = _referred(house, case)
    with acts(house.helper) as by:
        responses.accept(by=by, referral=anew(referral))
    with acts(house.shelter) as by:
        made = facilities.add_own(by=by, name="H", sex="any", ages="any")
        facilities.add_room(facility=made, name="R", beds=1)
    bed = db.session.execute(select(Bed)).unique().scalar_one()
    with acts(house.caseworker) as by:
        days = {"from_on": today(), "until_on": today() + timedelta(days=9)}
        stay = placing.place(by=by, case=anew(case), bed=anew(bed), **days)
        placing.leave(by=by, placement=anew(stay), left_on=today(), left_to="family")
    path = f"/shelter/{anew(made).key}/stays/{anew(stay).key}"
    keeper = Browser(quick_app, house.shelter)
    for deed, given in (("presence", {"state": "missing"}), ("handouts", {"kind": "clothes"})):
        assert keeper.post(f"{path}/{deed}", **given).status_code in {409, 422}
    assert anew(stay).presence == "out"
    assert not db.session.execute(select(Message).where(Message.event == "person.missing")).first()
    with acts(house.shelter) as by, pytest.raises(RuleBroken):
        presence.tell(by=by, placement=anew(stay), state="in")


def test_what_the_headquarters_shut_a_partner_does_not_open_alone(quick_app: Flask) -> None:
    house = World()
    own = house._person("padmin", anew(house.partner), Role.ADMINISTRATOR)
    db.session.commit()
    _referred(house, factories.case(house))
    with acts(house.administrator) as by:
        invitations.disable(by=by, user=anew(house.helper))
    with acts(own) as by:
        asked = invitations.enable(by=by, user=anew(house.helper))
    assert not anew(house.helper).active
    with acts(house.officer) as by:
        access_changes.approve(by=by, asked=anew(asked))
    assert anew(house.helper).active
    told = select(Message.user_id).where(Message.event == "access.account_enabled")
    assert anew(house.supervisor).id in set(db.session.execute(told).scalars())
    with acts(own) as by:
        invitations.disable(by=by, user=anew(house.helper))
    with acts(own) as by:
        invitations.enable(by=by, user=anew(house.helper))
    assert anew(house.helper).active, "what they shut themselves they open"


def test_missions_hear_of_a_new_keeper_of_a_house_in_which_theirs_sleep(quick_app: Flask) -> None:
    house = World()
    own = house._person("padmin", anew(house.partner), Role.ADMINISTRATOR)
    db.session.commit()
    _referred(house, factories.case(house))
    new: dict[str, Any] = {"email": "keeper@example.org", "name": "K", "role": "shelter_manager"}
    with acts(own) as by:
        asked = invitations.invite(by=by, **new, organisation=anew(house.partner).id)
    with acts(house.officer) as by:
        access_changes.approve(by=by, asked=anew(asked))
    told = select(Message.user_id).where(Message.event == "access.account_made")
    assert anew(house.supervisor).id in set(db.session.execute(told).scalars())


def test_missions_hear_of_another_name_under_which_a_partner_speaks(quick_app: Flask) -> None:
    house = World()
    own = house._person("padmin", anew(house.partner), Role.ADMINISTRATOR)
    db.session.commit()
    _referred(house, factories.case(house))
    mail = anew(house.helper).email
    with acts(own) as by:
        renaming.rename(by=by, user=anew(house.helper), name="Caseworker (TUN)", email=mail)
    told = select(Message.user_id).where(Message.event == "access.name_changed")
    assert anew(house.supervisor).id in set(db.session.execute(told).scalars())


def test_the_way_to_the_next_page_tells_no_number_of_a_row(quick_app: Flask) -> None:
    house = World()
    case = factories.case(house)
    asked: dict[str, Any] = {"service": "shelter", "urgency": "urgent", "fields_": ["needs"]}
    with acts(house.caseworker) as by:
        for _each in range(27):
            partner = anew(house.partner).id
            referral = sending.send(by=by, case=anew(case), partner=partner, **asked, again=True)
    browser = Browser(quick_app, house.helper)
    page = browser.get("/referrals").text
    cursor = page.partition("after=")[2].partition('"')[0]
    assert cursor
    read = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    with pytest.raises(ValueError, match=r".*"):
        json.loads(read)
    assert anew(referral).reference not in browser.get(f"/referrals?after={cursor}").text
    for made_up in ("WzEsMl0", "WyJ4IiwxXQ", "x", cursor[:-2], "A" * 60):
        assert browser.get(f"/referrals?after={made_up}").status_code == 404


def test_a_number_that_no_column_holds_is_no_fault_of_ours(app: Flask) -> None:
    house = World()
    program = Api(app, house.helper)
    told = {"agrees": True, "urgency": "urgent", "call_name": "A", "needs": "B"}
    assert program.post("/inward", {**told, "office": 10**12}).status_code in {400, 422}
    referral = _referred(house, factories.case(house))
    with acts(house.helper) as by:
        responses.accept(by=by, referral=anew(referral))
    path = f"/referrals/{anew(referral).reference}/services"
    gave = {"kind": "shelter", "given_on": today().isoformat(), "quantity": 1, "outcome": "given"}
    for _twice in range(2):
        answer = program.post(path, {**gave, "token": "x" * 40})
        assert (answer.status_code, len(answer.json["services"])) == (201, 1)


@pytest.mark.parametrize(
    "address",
    [
        *("64:ff9b::10.0.0.1", "64:ff9b:1::10.0.0.1", "::10.0.0.1", "::ffff:0:10.0.0.1"),
        *("fec0::1", "5f00::1", "192.0.0.8", "192.88.99.1", "::ffff:10.0.0.1", "2002:a00:1::1"),
    ],
)
def test_no_webhook_goes_to_an_address_within(address: str) -> None:
    assert not webhooks._is_public(address)


def test_whoever_tries_out_names_within_learns_of_none(quick_app: Flask) -> None:
    house = World()
    said = set()
    for address in ("https://10.0.0.1/", "https://nobody.invalid/"):
        with pytest.raises(RuleBroken) as refused:
            webhooks.keep(organisation_id=anew(house.partner).id, url=address)
        said.add(str(refused.value.message))
    assert len(said) == 1


def test_public_addresses_are_public() -> None:
    assert webhooks._is_public("93.184.216.34")
    assert webhooks._is_public("2606:2800:220:1:248:1893:25c8:1946")


class Twice:
    """A person whose first case says that she seeks protection and is kept from the partner; the
    partner tells of her, and whoever takes her over says that it is the same person.
    """

    def __init__(self, app: Flask) -> None:
        self.house = house = World()
        self.first = factories.case(house)
        helper = Browser(app, house.helper)
        told = {"given_names": "Fatima Zahra", "family_name": "Benali", "needs": "A bed"}
        born = {"birth_year": str(today().year - 24), "sex": "Feminine", "citizenship": "CI"}
        how = {"agrees": "1", "manner": "spoken", "urgency": "urgent", "token": "t"}
        sent = helper.post("/inward", office=str(anew(house.here).id), **told, **born, **how)
        assert sent.status_code == 303
        came = db.session.execute(select(IncomingReferral)).unique().scalar_one()
        with acts(house.caseworker) as by:
            same = {"duplicate": "same", "duplicate_of": anew(self.first).number}
            self.second = incoming.accept(by=by, incoming_referral=anew(came), **same)
            recipients = [anew(house.there).id, anew(house.partner).id]
            given = {"sharing": "agrees", "consulate": "agrees", "recipients": recipients}
            consent.record(by=by, case=anew(self.second), given={**given, "manner": "spoken"})

    def seek_protection(self) -> None:
        given = {"state": "lodged", "on": today()}
        with acts(self.house.legal) as by:
            changes.add(by=by, case=anew(self.first), kind=KINDS["asylum"], given=given)


def test_who_seeks_protection_in_one_case_does_so_in_each(quick_app: Flask) -> None:
    told = Twice(quick_app)
    told.seek_protection()
    assert protection.seeks_protection(anew(told.second))
    with acts(told.house.caseworker) as by, pytest.raises(RuleBroken):
        preparation.start(by=by, case=anew(told.second), country="CI")


def test_what_is_written_in_one_case_ends_what_leaned_on_the_other(quick_app: Flask) -> None:
    told = Twice(quick_app)
    with acts(told.house.caseworker) as by:
        record = preparation.start(by=by, case=anew(told.second), country="CI")
        factories.declared(record, by)
        handover.hand_over(by=by, return_=record)
    told.seek_protection()
    assert anew(record).handover == ""
    assert anew(record).own_key is None


def test_a_case_that_is_kept_from_a_partner_is_so_whichever_of_the_person_it_is(
    quick_app: Flask,
) -> None:
    told = Twice(quick_app)
    referral = _referred(told.house, told.second)
    _keep_from_partner(told.house, told.first)
    assert anew(referral).state == "revoked"
    with pytest.raises(RuleBroken):
        _referred(told.house, told.second)


def test_cases_that_prove_to_be_one_persons_keep_to_it_from_then_on(quick_app: Flask) -> None:
    house = World()
    first, second = factories.case(house), factories.case(house, given_names="Fatoumata")
    with acts(house.legal) as by:
        given = {"state": "lodged", "on": today()}
        changes.add(by=by, case=anew(first), kind=KINDS["asylum"], given=given)
    with acts(house.caseworker) as by:
        record = preparation.start(by=by, case=anew(second), country="CI")
        factories.declared(record, by)
        handover.hand_over(by=by, return_=record)
        number = anew(second).number
        merging.judge(by=by, case=anew(first), other_number=number, answer="same")
    assert anew(record).handover == ""
    query = select(CaseRelease).where(CaseRelease.reference == anew(record).reference)
    assert not db.session.execute(query).unique().scalar_one().stands
