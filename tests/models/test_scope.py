"""The second wall: what the database itself shows follows from who acts, in the transaction that is
open and in the next.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from access.actors import person
from config import Settings
from models import scope
from models.base import db
from models.cases import Case
from models.scope import NOBODY, WHOLE, Scope
from models.sealed import CaseDocument, CaseKey
from tests import factories
from tests.conftest import create_app


@pytest.fixture
def walled(postgres_settings: Settings, valkey: Any) -> Iterator[Flask]:
    """An application over PostgreSQL, whose rows the database guards."""
    valkey.client().flushall()
    made = create_app(postgres_settings)
    with made.app_context():
        yield made
        scope.put_back(WHOLE)
        db.session.remove()
        db.engine.dispose()


def setting(name: str) -> str:
    return str(
        db.session.execute(text("SELECT current_setting(:name, true)"), {"name": name}).scalar()
        or ""
    )


def keys() -> set[int]:
    """Of which cases keys of compartments are seen; those of the index are everybody's, as search
    compares all names.
    """
    return set(
        db.session.execute(select(CaseKey.case_id).where(CaseKey.compartment != "index")).scalars()
    )


def documents() -> set[int]:
    return set(db.session.execute(select(CaseDocument.case_id)).scalars())


def test_the_database_shows_keys_and_contents_of_ones_missions_and_single_cases_alone(
    walled: Flask,
) -> None:
    house = factories.World()
    case, other = factories.case(house), factories.case(house)
    other.office_id = factories.anew(house.there).id
    db.session.commit()
    both, here, there = (
        {case.id, other.id},
        factories.anew(house.here).id,
        factories.anew(house.there).id,
    )
    for seen, expected in (
        (WHOLE, both),
        (NOBODY, set()),
        (Scope("x", frozenset({here})), {case.id}),
        (Scope("x", frozenset({there})), {other.id}),
        (Scope("x", frozenset({here, there})), both),
        (Scope("x", frozenset(), frozenset({other.id})), {other.id}),
        (Scope("x", frozenset({here}), frozenset({other.id})), both),
    ):
        scope.enter(seen)
        assert (keys(), documents()) == (expected, expected), seen
        assert scope.standing() == seen


def test_a_scope_is_told_to_the_open_transaction_and_to_the_next(walled: Flask) -> None:
    factories.World()
    db.session.execute(text("SELECT 1"))
    scope.enter(Scope("somebody", frozenset({3, 1}), frozenset({7})))
    for _ in range(2):
        assert (
            setting("sc.who"),
            setting("sc.offices"),
            setting("sc.cases"),
            setting("sc.whole"),
        ) == ("somebody", "{1,3}", "{7}", "")
        assert setting("role") == scope.ROLE
        db.session.rollback()
    scope.put_back(WHOLE)
    assert (setting("sc.who"), setting("sc.offices"), setting("sc.whole")) == ("system", "{}", "on")


def test_what_an_actor_may_see_is_their_missions_and_what_opened_for_hours(walled: Flask) -> None:
    house = factories.World()
    assert person(house.caseworker).scope == Scope(
        "caseworker@example.org", frozenset({house.here.id}), user=house.caseworker.id
    )
    assert person(house.helper).scope.offices == {house.partner.id}
    assert not person(house.administrator).scope.whole
    assert db.session.execute(select(Case.id)).first() is None


def test_what_broke_a_transaction_is_told_as_it_was(walled: Flask) -> None:
    """Within an opening too: a lock that was waited for too long is no fault of ours."""
    scope.enter(NOBODY)
    with pytest.raises(DBAPIError) as told, scope.opened("trail"):
        db.session.execute(text("SELECT 1 / 0"))
    assert "division by zero" in str(told.value)
    db.session.rollback()
    assert scope.standing() == NOBODY
