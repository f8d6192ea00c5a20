"""One map answers "may I?" and "which may I?" alike; nothing is undecided."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from access import policy
from access.actors import person
from access.permissions import Permission
from models.base import db, today
from models.cases import Case
from models.money import FundRequest
from models.referrals import Referral
from models.returns import Return
from referral import sending
from tests import factories

SUBJECTS = {
    "case": Case,
    "identity": Case,
    "protection": Case,
    "medical": Case,
    "legal": Case,
    "referral": Referral,
    "returns": Return,
}


def test_every_permission_is_decided() -> None:
    assert policy.undecided() == []


def test_record_and_list_agree_for_everybody(app: Flask) -> None:
    house = factories.World()
    cases = [
        factories.case(house),
        factories.case(house, owner=house.stranger),
        factories.case(house),
    ]
    cases[2].office_id, cases[2].owner_id, cases[2].team_id = house.there.id, house.far.id, None
    with factories.acts(house.caseworker) as by:
        sent = [
            sending.send(
                by=by,
                case=cases[0],
                partner=house.partner.id,
                service="shelter",
                urgency="urgent",
                fields_=["needs"],
                again=True,
            )
            for _ in range(3)
        ]
        sent[1].state, sent[2].state = "accepted", "completed"
        record = Return(
            case=cases[0],
            sending_id=house.here.id,
            receiving_id=house.there.id,
            country="CI",
            handover="sent",
        )
        db.session.add(record)
    factories.told(factories.anew(record), "handover", house.there)
    compared = 0
    for user in house.people.values():
        actor = person(user)
        for permission in Permission:
            model = SUBJECTS.get(permission.value.split(".")[0])
            if model is None or permission in {
                Permission.CASE_REGISTER,
                Permission.CASE_IMPORT,
                Permission.CASE_LIST,
                Permission.REFERRAL_LIST,
                Permission.REFERRAL_LOG,  # asked of nothing
                Permission.RETURN_LIST,
                Permission.RETURN_APPROVE,  # asked of an item of assistance, not of the return
            }:
                continue
            if permission in {Permission.REFERRAL_SEND, Permission.RETURN_START}:
                model = Case
            listed = set(
                db.session.execute(
                    select(model.id).where(policy.visible(actor, permission, model))
                ).scalars()
            )
            for record_ in db.session.execute(select(model)).unique().scalars():
                assert (record_.id in listed) == policy.allows(actor, permission, record_), (
                    user.name,
                    permission,
                    record_.id,
                )
                compared += 1
    assert compared > 900


def test_a_grant_that_ended_gives_nothing(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    assert policy.allows(person(house.caseworker), Permission.CASE_OPEN, case)
    house.caseworker.grants[0].ends_on = today() - timedelta(days=1)
    assert not policy.allows(person(house.caseworker), Permission.CASE_OPEN, case)


def test_nobody_answers_their_own_request(app: Flask) -> None:
    house = factories.World()
    asked = FundRequest(office_id=house.here.id, asked_by_id=house.supervisor.id)
    assert not policy.allows(person(house.supervisor), Permission.FUND_APPROVE, asked)
    asked.asked_by_id = house.caseworker.id
    assert policy.allows(person(house.supervisor), Permission.FUND_APPROVE, asked)
    assert not policy.allows(person(house.caseworker), Permission.FUND_APPROVE, asked)
