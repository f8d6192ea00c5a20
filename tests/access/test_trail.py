"""The trail holds, and shows where it does not."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from access import audit, audit_seals
from models.audit import AuditHead, AuditRecord, AuditRecordCase
from models.base import db
from tests import factories
from tests.factories import tampering


def _entries(count: int) -> None:
    audit.append(
        audit.AuditEntry("somebody", "identity.read", 1, subject=str(number))
        for number in range(count)
    )
    db.session.commit()


def test_looks_and_changes_are_in_it_without_contents(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.colleague):
        _ = case.identity["given_names"]
    rows = list(db.session.execute(select(AuditRecord).order_by(AuditRecord.number)).scalars())
    deeds = [row.deed for row in rows if not row.deed.startswith("search")]
    assert sorted(deeds[:2]) == ["identity.write", "protection.write"]
    assert deeds[2:] == ["identity.read"]
    assert any("given_names" in row.fields for row in rows)
    assert not any("Benali" in str(vars(row)) for row in rows)
    assert (
        db.session.execute(
            select(func.count())
            .select_from(AuditRecordCase)
            .where(AuditRecordCase.case_id == case.id)
        ).scalar()
        == 3
    )
    assert list(audit_seals.verify()) == []


@pytest.mark.parametrize(
    ("tamper", "what", "number"),
    [
        (
            lambda: update(AuditRecord).where(AuditRecord.number == 4).values(actor="another"),
            "changed",
            4,
        ),
        (lambda: delete(AuditRecord).where(AuditRecord.number == 4), "missing", 4),
        (lambda: delete(AuditRecord).where(AuditRecord.number == 10), "cut at the end", 10),
        (lambda: update(AuditHead).values(hash=bytes(32)), "cut at the end", 11),
    ],
)
def test_what_was_done_to_it_is_found_with_its_place(
    app: Flask, tamper: object, what: str, number: int
) -> None:
    _entries(10)
    assert list(audit_seals.verify()) == []
    tampering.unguarded()
    db.session.execute(tamper())  # type: ignore[operator]
    db.session.commit()
    found = list(audit_seals.verify())
    assert (found[0].what, found[0].number) == (what, number)


def test_writers_at_the_same_time_make_one_chain(app: Flask) -> None:
    def write(_: int) -> None:
        with app.app_context():
            _entries(5)
            db.session.remove()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(16)))
    assert db.session.execute(select(func.count()).select_from(AuditRecord)).scalar() == 80
    assert list(audit_seals.verify()) == []
