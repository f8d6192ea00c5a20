"""The data protection officer reads the trail and no contents; commands say whether it holds."""

from flask import Flask
from sqlalchemy import update

from models.audit import AuditRecord
from models.base import db
from tests import factories
from tests.factories import tampering


def test_the_officer_sees_who_looked_and_nothing_of_the_person(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    factories.Browser(app, house.colleague).get(f"/cases/{case.number}/identity")
    factories.Browser(app, house.stranger).post(f"/cases/{case.number}/close", reason="completed")
    officer = factories.Browser(app, house.officer)
    page = officer.get(f"/cases/{case.number}/history").text
    assert "colleague@example.org" in page
    assert "Read: Identity" in page
    assert "Benali" not in page
    assert "Looked for somebody" in officer.get("/trail").text
    assert officer.get(f"/cases/{case.number}").status_code == 404


def test_verify_says_whether_the_trail_holds(quick_app: Flask) -> None:
    factories.case(factories.World())
    runner = quick_app.test_cli_runner()
    assert "The trail holds." in runner.invoke(args=["audit", "verify"]).output
    tampering.unguarded()
    db.session.execute(update(AuditRecord).where(AuditRecord.number == 2).values(deed="nothing"))
    db.session.commit()
    result = runner.invoke(args=["audit", "verify"])
    assert result.exit_code != 0
    assert "entry 2: changed" in result.output


def test_keys_can_be_counted_and_opened(quick_app: Flask) -> None:
    factories.case(factories.World())
    runner = quick_app.test_cli_runner()
    assert "case keys under wrap/3 of TUN: 3" in runner.invoke(args=["keys", "status"]).output
    assert "2 compartments opened." in runner.invoke(args=["keys", "verify"]).output
