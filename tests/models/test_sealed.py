"""Compartments are shut until somebody acts; what moves to another place does not open."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from access.actors import person, system
from access.gate import acting
from access.policy import Refused
from encryption.providers import KeyTrouble
from models.base import Base, db
from models.cases import Case
from models.sealed import CaseDocument, CaseKey, Shut, Unreadable
from models.sealed_records import OwnDocument, SealedText, bound_name
from tests import factories


def test_nobody_acting_opens_nothing(app: Flask) -> None:
    case = factories.case(factories.World())
    with pytest.raises(Shut):
        _ = case.identity
    with pytest.raises(Shut):
        case.identity = {"given_names": "X"}


def test_roles_open_their_compartments_alone(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    opens = {
        "caseworker": {"identity", "protection"},
        "colleague": {"identity", "protection"},
        "stranger": set(),
        "supervisor": {"identity", "protection"},
        "health": {"identity", "medical"},
        "legal": {"identity", "legal"},
        "far": set(),
        "origin": set(),
        "helper": set(),
        "other_helper": set(),
        "shelter": set(),
        "manager": set(),
        "officer": set(),
        "administrator": set(),
    }
    for name, user in house.people.items():
        found = set()
        for compartment in ("identity", "protection", "medical", "legal"):
            with acting(person(user)):
                try:
                    getattr(case, compartment)
                    found.add(compartment)
                except Refused:
                    pass
        assert found == opens[name], name
    with acting(system("delivery")), pytest.raises(Refused):
        _ = case.identity


def test_a_document_moved_to_another_case_or_compartment_is_refused(app: Flask) -> None:
    house = factories.World()
    one, two = factories.case(house), factories.case(house, given_names="Luz")
    content = db.session.execute(
        select(CaseDocument.content).where(
            CaseDocument.case_id == one.id, CaseDocument.compartment == "identity"
        )
    ).scalar_one()
    db.session.execute(
        update(CaseDocument)
        .where(CaseDocument.case_id == two.id, CaseDocument.compartment == "identity")
        .values(content=content)
    )
    db.session.commit()
    db.session.expire_all()
    with acting(person(house.caseworker)):
        with pytest.raises(Unreadable):
            _ = two.identity
        assert two.protection["needs"] == "Single room.", "the rest of the case stays readable"
    key = db.session.execute(
        select(CaseKey.content).where(CaseKey.case_id == one.id, CaseKey.compartment == "identity")
    ).scalar_one()
    db.session.execute(
        update(CaseKey)
        .where(CaseKey.case_id == two.id, CaseKey.compartment == "identity")
        .values(content=key)
    )
    db.session.commit()
    db.session.expire_all()
    with acting(person(house.caseworker)), pytest.raises(KeyTrouble):
        _ = db.session.get_one(Case, two.id).identity


def test_what_is_sealed_stays_bound_to_the_names_it_was_sealed_under() -> None:
    """A class may be renamed; what was sealed before must open all the same."""
    bound = {
        mapper.class_.__name__: bound_name(mapper.class_)
        for mapper in Base.registry.mappers
        if any(
            isinstance(value, OwnDocument | SealedText) for value in vars(mapper.class_).values()
        )
    }
    assert bound == {
        "Attachment": "Attachment",
        "Consent": "Consent",
        "Event": "Event",
        "IncomingReferral": "Inward",
        "Referral": "Referral",
        "Return": "Return",
    }


def test_saving_the_same_in_another_order_changes_nothing_and_opens_again(quick_app: Flask) -> None:
    """As two processes do it: the order of what a form brought differs from one to the next."""
    house = factories.World()
    case = factories.case(house)
    given = {"conditions": "A scar.", "medication": "None.", "for_others": "Nothing."}
    for order in (given, dict(reversed(given.items())), dict(sorted(given.items()))):
        with factories.acts(house.health):
            factories.anew(case).medical = order
        db.session.expire_all()
        with factories.acts(house.health):
            assert dict(factories.anew(case).medical) == given
