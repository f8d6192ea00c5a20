"""What asks for a second person is not got round: by another rating, by an answer of before, by
doing both oneself; and from whom a case is kept it is not given to.
"""

import pytest
from flask import Flask
from sqlalchemy import select

from access.permissions import Role
from casework.casefile import closure, editing
from casework.core import approvals, consent
from casework.records import changes
from casework.records.kinds import KINDS
from casework.team import transfers
from data_protection import access_exceptions, requests_of_persons
from models.audit import AuditRecord
from models.base import db, today
from models.cases import Case
from models.messages import Message
from models.people import Grant, User
from models.rules import RuleBroken
from tests import factories

DONE = {"reason": "completed", "words": "The plan is done."}


@pytest.fixture
def house(quick_app: Flask) -> factories.World:
    """Everybody, over SQLite."""
    return factories.World()


def rated(house: factories.World, case: Case, risk: str, user: User | None = None) -> None:
    """Somebody, else the caseworker, rates the case by its form."""
    with factories.acts(user or house.caseworker) as by:
        stands = factories.anew(case)
        given = {"risk": risk, "revision": stands.revision}
        editing.change_needs(by=by, case=stands, given=given)


def closes(house: factories.World, case: Case) -> None:
    with factories.acts(house.caseworker) as by:
        closure.close(by=by, case=factories.anew(case), **DONE)


def test_a_rating_lowered_by_who_closes_is_no_way_round_a_second_person(
    house: factories.World,
) -> None:
    case = factories.case(house)
    rated(house, case, "high")
    rated(house, case, "low")
    with pytest.raises(RuleBroken):
        closes(house, case)
    with factories.acts(house.caseworker) as by:
        asked = approvals.ask(by=by, case=factories.anew(case), what="closure")
    with factories.acts(house.supervisor) as by:
        approvals.decide(by=by, approval=factories.anew(asked), yes=True)
    closes(house, case)


def test_an_assessment_taken_out_of_sight_is_no_way_round_either(house: factories.World) -> None:
    case = factories.case(house)
    rated(house, case, "low", house.supervisor)
    with factories.acts(house.caseworker) as by:
        given = {"rating": "extreme", "reason": "He was seen at the door."}
        record = changes.add(by=by, case=factories.anew(case), kind=KINDS["risk"], given=given)
    with factories.acts(house.caseworker) as by:
        changes.remove(by=by, record=factories.anew(record))
    assert factories.anew(case).risk not in {"high", "extreme"}
    with pytest.raises(RuleBroken):
        closes(house, case)


def test_a_supervisor_who_lowers_it_is_the_second_person(house: factories.World) -> None:
    case = factories.case(house)
    rated(house, case, "high")
    rated(house, case, "low", house.supervisor)
    closes(house, case)


def test_a_yes_is_used_up_by_the_closure(house: factories.World) -> None:
    case = factories.case(house)
    rated(house, case, "high")
    with factories.acts(house.caseworker) as by:
        asked = approvals.ask(by=by, case=factories.anew(case), what="closure")
    with factories.acts(house.supervisor) as by:
        approvals.decide(by=by, approval=factories.anew(asked), yes=True)
    closes(house, case)
    with factories.acts(house.caseworker) as by:
        closure.reopen(by=by, case=factories.anew(case), words="They came back.")
    with pytest.raises(RuleBroken):
        closes(house, case)


def test_nobody_reviews_the_vital_interest_that_they_wrote_down(house: factories.World) -> None:
    case = factories.case(house)
    with factories.acts(house.supervisor) as by:
        consent._vital_interest(by, factories.anew(case), "Unconscious.")
    with factories.acts(house.supervisor) as by, pytest.raises(RuleBroken):
        consent.review_vital_interest(by=by, case=factories.anew(case), right=True)
    other = factories.anew(house.manager)
    place = factories.anew(house.here)
    db.session.add(Grant(user=other, organisation=place, role=Role.SUPERVISOR))
    db.session.commit()
    with factories.acts(other) as by:
        consent.review_vital_interest(by=by, case=factories.anew(case), right=True)
    assert factories.anew(case).review_due_at is None


def told(event: str) -> set[int | None]:
    query = select(Message.user_id).where(Message.event == event)
    return set(db.session.execute(query).scalars())


def test_the_end_of_a_block_is_told_as_its_beginning_was(house: factories.World) -> None:
    case = factories.case(house)
    with factories.acts(house.supervisor) as by:
        kept = access_exceptions.block(
            by=by, case=factories.anew(case), reason="conflict", email=house.colleague.email
        )
    with factories.acts(house.supervisor) as by:
        access_exceptions.unblock(
            by=by, case=factories.anew(case), block=str(factories.anew(kept).id)
        )
    assert told("case.unblocked") == {house.officer.id, house.caseworker.id}
    said = select(AuditRecord.subject).where(AuditRecord.deed == "unblocked")
    assert db.session.execute(said).scalar() == f"user {house.colleague.id}"


def test_a_case_is_given_to_nobody_from_whom_it_is_kept(house: factories.World) -> None:
    case = factories.case(house)
    with factories.acts(house.supervisor) as by:
        access_exceptions.block(
            by=by, case=factories.anew(case), reason="conflict", email=house.colleague.email
        )
    number = factories.anew(case).number
    theirs = str(factories.anew(house.colleague).id)
    with factories.acts(house.supervisor) as by, pytest.raises(RuleBroken) as refused:
        closure.assign(by=by, case=factories.anew(case), owner=theirs)
    assert number in str(refused.value.message)
    leaving = str(factories.anew(house.caseworker).id)
    with factories.acts(house.supervisor) as by, pytest.raises(RuleBroken) as refused:
        transfers.hand_all_over(by=by, leaving=leaving, to=theirs, note="")
    assert number in str(refused.value.message)


def test_officers_hear_that_a_person_takes_back_what_they_asked(house: factories.World) -> None:
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        asked = requests_of_persons.receive(
            by=by,
            case=factories.anew(case),
            kind="access",
            identified="known",
            received_on=today(),
            asked="All of it.",
        )
    with factories.acts(house.supervisor) as by:
        requests_of_persons.take_back(by=by, request=factories.anew(asked))
    assert house.officer.id in told("request.taken_back")
