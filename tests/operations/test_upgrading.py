"""The start seals what a version before wrote in the clear."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from access import audit_seals
from encryption import codes
from models import coded
from models.audit import AuditRecord
from models.base import Base, db
from models.cases import Case
from operations import upgrading
from tests import factories


def plain_left() -> set[str]:
    """Columns in which some value is in the clear."""
    left = set()
    for column in coded.columns():
        name = f'"{column.name}"'
        query = f"SELECT {name} FROM {column.table.name} WHERE {name} IS NOT NULL"
        values = db.session.execute(text(query)).scalars()
        if not all(codes.is_sealed(value) for value in values):
            left.add(str(column))
    return left


def put_in_the_clear() -> None:
    """As a version before left it."""
    db.session.rollback()
    wanted: dict[str, list[str]] = {}
    for column in coded.columns():
        wanted.setdefault(column.table.name, []).append(column.name)
    with db.engine.begin() as connection:
        coded.open_all(connection, wanted)


def test_everything_is_sealed_and_says_the_same_and_the_trail_holds(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.id
    said = (case.sex, case.categories, case.opened_on, case.created_at)
    trail = db.session.execute(select(AuditRecord.fields, AuditRecord.purpose)).all()
    assert plain_left() == set()
    put_in_the_clear()
    assert {"cases.sex", "trail.fields", "users.email", "events.kind"} <= plain_left()
    assert upgrading.seal_codes() > 20
    assert plain_left() == set()
    read = db.session.get_one(Case, number)
    assert (read.sex, read.categories, read.opened_on, read.created_at) == said
    assert db.session.execute(select(AuditRecord.fields, AuditRecord.purpose)).all() == trail
    assert list(audit_seals.verify()) == []
    assert upgrading.seal_codes() == 0


def test_after_a_kill_the_next_start_goes_on(app: Flask, monkeypatch: Any) -> None:
    house = factories.World()
    for _number in range(3):
        factories.case(house)
    put_in_the_clear()
    whole, calls = coded.seal_all, []

    def killed(connection: Any, name: str) -> int:
        calls.append(name)
        if name == "cases" and calls.count("cases") == 2:
            raise KeyboardInterrupt
        return whole(connection, name, 2)

    monkeypatch.setattr(coded, "seal_all", killed)
    with pytest.raises(KeyboardInterrupt):
        upgrading.seal_codes()
    monkeypatch.undo()
    assert "cases.sex" in plain_left()
    upgrading.seal_codes()
    assert plain_left() == set()


def test_the_trail_only_grows_afterwards_too(app: Flask) -> None:
    factories.case(factories.World())
    put_in_the_clear()
    upgrading.seal_codes()
    for statement in ("UPDATE trail SET purpose = 'x'", "DELETE FROM trail"):
        with pytest.raises(DBAPIError, match="only grows"), db.engine.begin() as connection:
            connection.execute(text(statement))
    assert "trail" in Base.metadata.tables
