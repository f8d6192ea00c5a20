"""The gate: who stands before a compartment is asked once, each look is noted, and nothing is noted
twice.
"""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from access import audit, audit_seals
from access.actors import person, system
from access.gate import acting
from access.permissions import Permission
from access.policy import Refused
from avrr import handover
from models.audit import AuditRecord, AuditRecordCase
from models.base import db
from models.cases import Case
from models.referrals import Referral
from models.returns import Return
from models.sealed import MARKED, Shut
from referral import responses
from tests import factories
from tests.avrr.test_return import ready
from tests.referral.test_referral import send


@pytest.fixture
def house(quick_app: Flask) -> factories.World:
    return factories.World()


def test_looks_of_one_kind_are_one_entry_with_all_cases(house: factories.World) -> None:
    cases = [factories.case(house) for _ in range(3)]
    with acting(person(house.colleague), purpose="a list") as found:
        for case in cases * 2:
            _ = case.identity
        deeds = found.pending()
    assert [(deed.deed, deed.cases, deed.purpose) for deed in deeds] == [
        ("identity.read", tuple(case.id for case in cases), "a list")
    ]
    assert (deeds[0].user_id, deeds[0].organisation_id) == (house.colleague.id, house.here.id)


def test_what_was_taken_once_is_not_pending_again(house: factories.World) -> None:
    case = factories.case(house)
    with acting(person(house.colleague)) as found:
        _ = case.identity
        assert len(found.pending()) == 1
        assert found.pending() == []
        _ = case.protection
        assert [deed.deed for deed in found.pending()] == ["protection.read"]


def test_a_change_names_the_fields_that_changed_and_no_others(house: factories.World) -> None:
    case = factories.case(house)
    with acting(person(house.caseworker)) as found:
        case.identity = {**case.identity, "call_name": "Zara", "family_name": "Other"}
        written = [deed for deed in found.pending() if deed.deed == "identity.write"]
    (fields,) = [deed.fields for deed in written]
    assert [name for name in fields if not name.startswith(MARKED)] == ["call_name", "family_name"]


def test_more_than_two_hundred_cases_are_several_entries_and_none_is_lost(
    house: factories.World,
) -> None:
    first = factories.case(house)
    more = [
        Case(
            person=first.person,
            office=first.office,
            owner_id=first.owner_id,
            opened_on=first.opened_on,
        )
        for _ in range(400)
    ]
    db.session.add_all(more)
    db.session.flush()
    with acting(person(house.caseworker)) as found:
        for case in more:
            _ = case.identity
        deeds = found.pending()
    assert [len(deed.cases) for deed in deeds] == [200, 200]
    assert {number for deed in deeds for number in deed.cases} == {case.id for case in more}
    audit.append(deeds)
    assert (
        db.session.query(AuditRecordCase)
        .filter(AuditRecordCase.case_id.in_([case.id for case in more]))
        .count()
        == 400
    )
    assert list(audit_seals.verify()) == []


def test_a_refused_look_opens_nothing_and_says_which_permission(house: factories.World) -> None:
    case = factories.case(house)
    with acting(person(house.stranger)) as found:
        with pytest.raises(Refused) as refused:
            _ = case.identity
        assert refused.value.permission == Permission.IDENTITY_READ
        with pytest.raises(Refused) as refused:
            case.identity = {"given_names": "X"}
        assert refused.value.permission == Permission.IDENTITY_WRITE
        assert found.pending() == []


def test_outside_the_block_nobody_acts(house: factories.World) -> None:
    case = factories.case(house)
    with acting(person(house.caseworker)):
        with acting(system("inspection")) as inner:
            _ = case.medical
            audit.record("inspected", cases=(case.id,))
            assert [deed.actor for deed in inner.pending()] == ["system:inspection"] * 2
        with pytest.raises(Refused):
            _ = case.medical
    with pytest.raises(Shut):
        _ = case.identity
    with pytest.raises(RuntimeError, match="nobody is acting"):
        audit.record("something")


def opens(record: Any, name: str, who: Any) -> bool:
    """Whether somebody reads a document of a record."""
    with acting(person(factories.anew(who))):
        try:
            getattr(record, name)
        except (Refused, Shut):
            return False
    return True


@pytest.mark.parametrize(
    ("state", "document", "readers"),
    [
        ("sent", "released", {"caseworker", "colleague", "supervisor"}),
        ("sent", "thread", {"caseworker", "colleague", "supervisor", "helper"}),
        ("accepted", "released", {"caseworker", "colleague", "supervisor", "helper"}),
        ("accepted", "answer", {"caseworker", "colleague", "supervisor", "helper"}),
        ("accepted", "thread", {"caseworker", "colleague", "supervisor", "helper"}),
        ("completed", "released", set()),
        ("completed", "thread", set()),
    ],
)
def test_documents_of_a_referral_open_to_its_two_sides_while_it_lasts(
    house: factories.World, state: str, document: str, readers: set[str]
) -> None:
    referral: Referral = send(house)
    if state != "sent":
        with factories.acts(house.helper) as by:
            responses.accept(by=by, referral=factories.anew(referral))
            if state == "completed":
                responses.complete(by=by, referral=factories.anew(referral))
    record = factories.anew(referral)
    assert {name for name, user in house.people.items() if opens(record, document, user)} == readers


@pytest.mark.parametrize(
    ("handed", "document", "readers"),
    [
        (False, "released", {"caseworker", "colleague", "supervisor"}),
        (False, "thread", set()),
        (True, "released", {"caseworker", "colleague", "supervisor", "origin"}),
        (True, "thread", {"caseworker", "colleague", "supervisor", "origin"}),
        (True, "journey", {"caseworker", "colleague", "supervisor", "origin"}),
        (True, "answers", {"origin"}),
        (True, "plan", {"origin"}),
    ],
)
def test_documents_of_a_return_open_to_its_missions_once_it_was_handed_over(
    house: factories.World, handed: bool, document: str, readers: set[str]
) -> None:
    record: Return = ready(house, fund=False, hand=handed)
    assert {
        name for name, user in house.people.items() if opens(factories.anew(record), document, user)
    } == readers


def test_a_transit_mission_does_not_read_what_the_missions_say_to_each_other(
    house: factories.World,
) -> None:
    record = ready(house, fund=False)
    transit = house._place("CAI", "mission", "EG")
    helper = house._person("transit", transit, "mission_staff")  # type: ignore[arg-type]
    db.session.commit()
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
    factories.anew(record).transit_id = transit.id
    db.session.commit()
    assert not opens(factories.anew(record), "journey", helper), "a column alone tells nobody"
    factories.told(factories.anew(record), "transit", factories.anew(transit))
    readable = {
        name
        for name in ("released", "thread", "journey", "plan", "answers")
        if opens(factories.anew(record), name, helper)
    }
    assert readable == {"journey"}


def test_each_entry_is_of_the_organisation_of_whoever_did_it(house: factories.World) -> None:
    referral = send(house)
    with factories.acts(house.helper) as by:
        responses.accept(by=by, referral=factories.anew(referral))
        _ = factories.anew(referral).released
    query = select(AuditRecord.organisation_id, AuditRecord.subject).where(
        AuditRecord.deed == "released.read"
    )
    assert db.session.execute(query).all() == [
        (factories.anew(house.partner).id, factories.anew(referral).reference)
    ]
