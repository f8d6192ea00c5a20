"""What somebody within an office tried with a case that is not theirs, and a supervisor with the
eyes of those who oversee.
"""

import pytest
from flask import Flask
from sqlalchemy import select, update

from access.actors import person
from casework.core import release
from casework.team import transfers
from data_protection import access_exceptions
from models.audit import AuditRecord, AuditRecordCase
from models.base import db, now
from models.cases import Case
from models.messages import Message
from models.people import Grant, Organisation, User
from models.returns import Return
from models.rules import RuleBroken
from referral import sending
from tests import factories
from tests.avrr.test_return import ready


def _moved(house: factories.World, case: Case, to: Organisation) -> User:
    """The case is taken over by another office; gives who has it then."""
    taker = house._person("taker", to, "caseworker")  # type: ignore[arg-type]
    with factories.acts(house.caseworker) as by:
        offered = transfers.offer(
            by=by,
            case=factories.anew(case),
            office=factories.anew(to),
            user=factories.anew(taker),
            note="Hers now.",
        )
    with factories.acts(taker) as by:
        transfers.accept(by=by, transfer=factories.anew(offered))
    return taker


def test_a_return_opens_to_those_who_work_on_its_case_alone(app: Flask) -> None:
    house = factories.World()
    record = ready(house, fund=False)
    address = f"/returns/{record.reference}"
    assert factories.Browser(app, house.caseworker).get(address).status_code == 200
    assert factories.Browser(app, house.supervisor).get(address).status_code == 200
    stranger = factories.Browser(app, house.stranger)
    assert stranger.get(address).status_code == 404
    assert record.reference not in stranger.get("/returns").text
    assert stranger.post(f"{address}/withdraw").status_code == 404


def test_a_running_return_goes_with_its_case_to_another_office(quick_app: Flask) -> None:
    house = factories.World()
    record = ready(house, fund=False, hand=False)
    third = house._place("CAI", "mission", "EG")
    db.session.commit()
    case = factories.anew(record).case
    with factories.acts(house.caseworker) as by:
        from_ledger = {"sharing": "agrees", "recipients": [third.id], "manner": "signed"}
        sending.consent.record(by=by, case=factories.anew(case), given=from_ledger)
    taker = _moved(house, case, third)
    assert db.session.execute(select(Return.sending_id)).scalar() == third.id
    address = f"/returns/{factories.anew(record).reference}"
    assert factories.Browser(quick_app, house.supervisor).get(address).status_code == 404
    assert factories.Browser(quick_app, taker).get(address).status_code == 200


def test_whoever_sent_a_referral_reads_it_no_longer_than_they_work_on_the_case(
    quick_app: Flask,
) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        made = factories.refer(by, house, case)
    stranger = factories.anew(house.stranger)
    team = db.session.execute(select(Grant.team_id).where(Grant.user_id == stranger.id)).scalar()
    db.session.execute(update(Case).values(owner_id=stranger.id, team_id=team))
    db.session.commit()
    reference = factories.anew(made).reference
    page = factories.Browser(quick_app, house.caseworker).get(f"/referrals/{reference}/letter")
    assert page.status_code in {404, 405}
    assert sending.holders(factories.anew(made)) == [factories.anew(house.stranger)]


def test_nobody_who_oversees_is_kept_from_a_case(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.supervisor) as by:
        for named in (
            {"organisation": str(house.headquarters.id)},
            {"email": house.officer.email},
        ):
            with pytest.raises(RuleBroken):
                access_exceptions.block(
                    by=by, case=factories.anew(case), reason="conflict", **named
                )
        access_exceptions.block(
            by=by, case=factories.anew(case), reason="conflict", email=house.colleague.email
        )
    told = select(Message.user_id).where(Message.event == "case.blocked")
    assert set(db.session.execute(told).scalars()) == {house.officer.id, house.caseworker.id}


def test_an_emergency_ends_with_the_role(quick_app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    with factories.acts(house.far) as by:
        access_exceptions.open_in_emergency(
            by=by, number=number, reason="medical", words="She bleeds and nobody answers."
        )
    assert person(factories.anew(house.far)).emergency
    db.session.execute(Grant.__table__.delete().where(Grant.user_id == house.far.id))  # type: ignore[attr-defined]
    db.session.commit()
    db.session.expire_all()
    assert not person(factories.anew(house.far)).emergency


def test_a_supervisor_of_another_office_lets_nobody_open_another_case(quick_app: Flask) -> None:
    house = factories.World()
    first, second = (factories.case(house).number for _ in range(2))
    said = {"reason": "medical", "words": "She bleeds and nobody answers."}
    theirs = house._person("theirs", house.there, "supervisor")  # type: ignore[arg-type]
    db.session.commit()
    with factories.acts(house.far) as by:
        access_exceptions.open_in_emergency(by=by, number=first, **said)
        access_exceptions.open_in_emergency(by=by, number=second, **said)
    assert factories.Browser(quick_app, theirs).post("/emergencies/2/allow").status_code == 404
    here = factories.Browser(quick_app, house.supervisor)
    assert here.post("/emergencies/2/allow").status_code == 303


def test_nothing_is_told_to_a_partner_that_was_cut_off(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    partner = factories.anew(house.partner)
    assert release.why_not(case, partner) == ""
    partner.cut_off_at = now()
    assert release.why_not(case, partner) == "cut_off"


def test_a_case_of_the_same_person_elsewhere_is_named_for_a_reason_alone(
    quick_app: Flask,
) -> None:
    house = factories.World()
    mine, theirs = factories.case(house), factories.case(house)
    theirs.office_id, theirs.owner_id, theirs.team_id = house.there.id, house.far.id, None
    theirs.person_id = mine.person_id
    db.session.commit()
    browser = factories.Browser(quick_app, house.caseworker)
    page = browser.get(f"/cases/{mine.number}/person").text
    assert "A case of another office" in page
    assert "A case of The ABJ" not in page
    named = browser.post(f"/cases/{mine.number}/person/elsewhere", why="danger").text
    assert "A case of The ABJ" in named
    met = (
        select(AuditRecord.subject)
        .join(AuditRecordCase)
        .where(AuditRecordCase.case_id == theirs.id, AuditRecord.deed == "search_elsewhere")
    )
    assert list(db.session.execute(met).scalars()) == ["", "danger"]
