"""Commands for accounts say in words what is wrong, and leave a trail."""

from flask import Flask
from sqlalchemy import select

from models.audit import AuditRecord
from models.base import db
from tests import factories


def test_accounts_organisations_and_tokens_by_command(quick_app: Flask) -> None:
    house = factories.World()
    email = house.caseworker.email
    db.session.rollback()
    runner = quick_app.test_cli_runner()
    add = [
        "user",
        "add",
        "new@example.org",
        "--name",
        "New",
        "--role",
        "caseworker",
        "--organisation",
    ]
    assert "no such organisation" in runner.invoke(args=[*add, "NOWHERE"]).output
    assert "waits for the consent" in runner.invoke(args=[*add, "TUN"]).output
    assert "already" in runner.invoke(args=[*add, "TUN"]).output
    place = ["organisation", "add", "NEW", "--name", "New", "--kind", "mission", "--country", "TN"]
    assert "NEW: New" in runner.invoke(args=place).output
    assert "already" in runner.invoke(args=place).output
    listed = runner.invoke(args=["organisation", "list"]).output.splitlines()
    assert [line.split()[0] for line in listed] == ["HQ", "ABJ", "NEW", "TUN", "AMEL", "NOUR"]
    create = ["token", "create", "--scope", "read"]
    assert runner.invoke(args=[*create, email]).output.startswith("sct_")
    assert "no such account" in runner.invoke(args=[*create, "nobody@example.org"]).output
    assert "--scope" in runner.invoke(args=["token", "create", email]).output, "none is nothing"
    assert list(db.session.execute(select(AuditRecord.deed)).scalars()) == [
        "access_asked",
        "organisation_made",
        "token_made",
    ]
