"""Commands for accounts say in words what is wrong, and leave a trail."""

from flask import Flask
from sqlalchemy import select

from accounts import signing_in
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


def test_the_verbs_of_the_pages_as_commands(quick_app: Flask) -> None:
    house = factories.World()
    names = ("caseworker", "colleague", "manager")
    emails = {name: house.people[name].email for name in names}
    db.session.rollback()
    runner = quick_app.test_cli_runner()

    def run(*words: str) -> str:
        return runner.invoke(args=["user", *words]).output

    here = ("--organisation", "TUN")
    assert "programme_manager@HQ" in run("list", "--role", "programme_manager")
    assert emails["colleague"] in run("list", *here)
    assert emails["manager"] not in run("list", *here)
    given = run("role", emails["colleague"], *here, "--role", "supervisor")
    assert "waits for the consent" in given
    asked = run("role", emails["colleague"], *here, "--role", "caseworker", "--team", "b")
    assert "waits" in asked, "the second person is asked by commands too"
    assert "no such team" in run(
        "role", emails["colleague"], *here, "--role", "caseworker", "--team", "nowhere"
    )
    assert "done" in run("end-role", emails["colleague"], *here, "--role", "caseworker")
    assert "no such role" in run("end-role", emails["colleague"], *here, "--role", "caseworker")
    assert "done" in run("shut", emails["manager"])
    assert emails["manager"] in run("list", "--show", "shut")
    assert "done" in run("open", emails["manager"])
    assert "done" in run("rename", emails["manager"], "--name", "Another")
    assert "waits" in run("rename", emails["manager"], "--to", "another@example.org")
    assert "name@organisation" in run("rename", emails["manager"], "--to", "another")
    assert "no second factor" in run("second-factor", emails["caseworker"])
    assert "Nothing keeps" in run("unlock", emails["caseworker"])
    assert "no such account" in run("shut", "nobody@example.org")
    deeds = list(db.session.execute(select(AuditRecord.deed)).scalars())
    assert deeds == [
        *("access_asked", "access_asked", "role_ended", "account_disabled"),
        *("account_enabled", "name_changed", "access_asked"),
    ]


def test_the_last_administrator_has_a_way_back_where_nobody_could_agree(quick_app: Flask) -> None:
    house = factories.World()
    owner = factories.anew(house.administrator)
    signing_in.enrol_totp(owner)
    email, officer = owner.email, factories.anew(house.officer)
    db.session.commit()
    runner = quick_app.test_cli_runner()
    there = runner.invoke(args=["user", "second-factor", email]).output
    assert "waits for the consent" in there, "an officer is there to agree"
    factories.anew(officer).active = False
    db.session.commit()
    assert "done" in runner.invoke(args=["user", "second-factor", email]).output
    assert factories.anew(owner).totp_sealed is None
    deeds = list(db.session.execute(select(AuditRecord.deed)).scalars())
    assert deeds == ["access_asked", "factor_reset"]
    caseworker = factories.anew(house.caseworker)
    signing_in.enrol_totp(caseworker)
    factories.anew(house.supervisor).active = False
    mail = caseworker.email
    db.session.commit()
    refused = runner.invoke(args=["user", "second-factor", mail]).output
    assert "nobody can" in refused or "waits" in refused
    assert factories.anew(caseworker).totp_sealed is not None
