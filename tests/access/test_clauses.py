"""Clauses of the map that must stand together: what one condition alone would open."""

import pytest
from flask import Flask

from access.actors import Actor, person
from access.permissions import Permission as P  # noqa: N817 -- as in the map itself
from access.permissions import Role
from access.policy import allows
from models.assistance import Assistance
from models.base import db
from models.cases import Case
from models.data_protection import Erasure
from models.people import Grant
from models.returns import Return
from models.work import Approval
from tests import factories


@pytest.fixture
def house(quick_app: Flask) -> factories.World:
    return factories.World()


def as_(house: factories.World, name: str) -> Actor:
    return person(factories.anew(getattr(house, name)))


def moved(house: factories.World) -> Case:
    """A case of this mission that now lies with the other one; holder and team were not cleared."""
    case = factories.case(house)
    case.office_id = factories.anew(house.there).id
    db.session.commit()
    return case


@pytest.mark.parametrize("name", ["caseworker", "colleague"])
@pytest.mark.parametrize("permission", [P.CASE_OPEN, P.CASE_EDIT, P.IDENTITY_READ, P.REFERRAL_SEND])
def test_holder_and_team_open_a_case_while_their_mission_has_it(
    house: factories.World, name: str, permission: P
) -> None:
    assert allows(as_(house, name), permission, factories.case(house))
    assert not allows(as_(house, name), permission, moved(house))


@pytest.mark.parametrize(
    ("permission", "closes"),
    [
        (P.CASE_CLOSE, {"caseworker", "supervisor"}),
        (P.CASE_TRANSFER, {"caseworker", "supervisor"}),
        (P.CASE_ASSIGN, {"supervisor"}),
        (P.CASE_REVIEW, {"supervisor"}),
        (P.ERASURE_ASK, {"supervisor"}),
        (P.BLOCK_SET, {"supervisor"}),
        (P.CASE_OPEN, {"caseworker", "colleague", "supervisor", "health", "legal"}),
        (P.CASE_EDIT, {"caseworker", "colleague", "supervisor"}),
        (P.IDENTITY_READ, {"caseworker", "colleague", "supervisor", "health", "legal"}),
        (P.PROTECTION_READ, {"caseworker", "colleague", "supervisor"}),
        (P.MEDICAL_READ, {"health"}),
        (P.MEDICAL_WRITE, {"health"}),
        (P.LEGAL_READ, {"legal"}),
        (P.LEGAL_WRITE, {"legal"}),
        (P.CARE_READ, {"caseworker", "colleague", "supervisor", "health", "legal"}),
        (P.TRAIL_OF_CASE, {"caseworker", "supervisor", "officer"}),
        (P.FUND_ASK, {"caseworker", "colleague", "supervisor"}),
    ],
)
def test_each_deed_on_a_case_is_for_those_the_field_gave_it_to(
    house: factories.World, permission: P, closes: set[str]
) -> None:
    case = factories.case(house)
    assert {
        name for name, user in house.people.items() if allows(person(user), permission, case)
    } == closes


@pytest.mark.parametrize(
    ("permission", "opens"),
    [
        (P.CASE_OPEN, True),
        (P.IDENTITY_READ, True),
        (P.PROTECTION_READ, True),
        (P.CARE_READ, True),
        (P.MEDICAL_READ, False),
        (P.LEGAL_READ, False),
        (P.CASE_EDIT, False),
        (P.IDENTITY_WRITE, False),
        (P.CASE_CLOSE, False),
        (P.REFERRAL_SEND, False),
    ],
)
def test_an_emergency_opens_what_saves_a_life_and_nothing_else(
    house: factories.World, permission: P, opens: bool
) -> None:
    case = factories.case(house)
    far = factories.anew(house.far)
    assert not allows(Actor("far", far), permission, case)
    assert allows(Actor("far", far, emergency=frozenset({case.id})), permission, case) is opens
    assert not allows(Actor("far", far, emergency=frozenset({case.id + 1})), permission, case)


@pytest.mark.parametrize("permission", [P.CASE_OPEN, P.IDENTITY_READ, P.CASE_CLOSE])
def test_a_block_stands_before_every_role_and_every_emergency(
    house: factories.World, permission: P
) -> None:
    case = factories.case(house)
    actor = as_(house, "caseworker")
    kept = Actor(
        actor.name,
        actor.user,
        actor.by_role,
        actor.teams,
        blocked=frozenset({case.id}),
        emergency=frozenset({case.id}),
    )
    assert allows(actor, permission, case)
    assert not allows(kept, permission, case)
    assert allows(kept, permission, factories.case(house)), "other cases stay open"


def test_nobody_decides_what_they_asked_or_planned_themselves(house: factories.World) -> None:
    case = factories.case(house)
    here, boss, officer = factories.anew(house.here).id, house.supervisor.id, house.officer.id
    asked = Approval(case=case, office_id=here, asked_by_id=boss)
    erasure = Erasure(case=case, reason="asked_by_person", asked_by_id=officer)
    item = Assistance(
        planned_by_id=house.manager.id, record=Return(sending_id=here, receiving_id=here)
    )
    assert not allows(as_(house, "supervisor"), P.APPROVAL_DECIDE, asked)
    assert not allows(as_(house, "officer"), P.ERASURE_DECIDE, erasure)
    assert not allows(as_(house, "manager"), P.RETURN_APPROVE, item)
    asked.asked_by_id, erasure.asked_by_id, item.planned_by_id = (
        house.caseworker.id,
        boss,
        house.origin.id,
    )
    assert allows(as_(house, "supervisor"), P.APPROVAL_DECIDE, asked)
    assert allows(as_(house, "officer"), P.ERASURE_DECIDE, erasure)
    assert allows(as_(house, "manager"), P.RETURN_APPROVE, item)
    erasure.asked_by_id = None
    assert allows(as_(house, "officer"), P.ERASURE_DECIDE, erasure), "what retention proposed"
    db.session.rollback()


def test_an_administrator_keeps_people_of_their_own_places_alone(house: factories.World) -> None:
    db.session.add(
        Grant(
            user=factories.anew(house.far),
            organisation=factories.anew(house.here),
            role=Role.ADMINISTRATOR,
        )
    )
    db.session.commit()
    far, colleague = as_(house, "far"), factories.anew(house.colleague)
    assert allows(far, P.USER_MANAGE, colleague)
    assert not allows(far, P.USER_MANAGE, factories.anew(house.far)), "not themselves"
    assert not allows(far, P.USER_MANAGE, factories.anew(house.helper)), "not those of others"
    db.session.add(
        Grant(user=colleague, organisation=factories.anew(house.partner), role=Role.PARTNER)
    )
    db.session.commit()
    assert not allows(far, P.USER_MANAGE, factories.anew(house.colleague)), (
        "who works elsewhere too is not theirs alone"
    )
    assert allows(as_(house, "administrator"), P.USER_MANAGE, factories.anew(house.colleague)), (
        "the headquarters keep everybody"
    )


@pytest.mark.parametrize(
    ("task", "permission", "may"),
    [
        ("import", P.CASE_EDIT, True),
        ("demo", P.CASE_EDIT, True),
        ("expiry", P.CASE_EDIT, False),
        ("inspection", P.CASE_EDIT, False),
        ("inspection", P.MEDICAL_READ, True),
        ("import", P.MEDICAL_READ, False),
        ("import", P.IDENTITY_READ, False),
        ("import", P.IDENTITY_WRITE, True),
    ],
)
def test_a_task_of_the_system_does_its_own_work_alone(
    house: factories.World, task: str, permission: P, may: bool
) -> None:
    case = factories.case(house)
    assert allows(Actor(f"system:{task}", system=True), permission, case) is may
    assert not allows(Actor(f"system:{task}"), permission, case), "a name alone is no task"
