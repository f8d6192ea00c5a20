"""Organisations and teams are made, changed and closed by pages and commands alone, and what leans
on them follows.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from accounts import access_changes, invitations
from funds import requests
from models.access_changes import AccessChange
from models.audit import AuditRecord
from models.base import db, today
from models.messages import Message
from models.people import Grant, Team
from models.rules import RuleBroken
from organisations import closing, queries
from referral import directory
from tests import factories
from tests.conftest import Clock

HOPE = {"code": "HOPE", "name": "House of Hope", "kind": "partner", "country": "TN"}


def test_a_partner_made_on_a_page_can_be_referred_to(quick_app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app, house.administrator)
    assert "The TUN" in browser.get("/organisations").text
    refused = browser.post("/organisations", **HOPE)
    assert refused.status_code == 422
    assert "nobody can refer to it" in refused.text
    assert "House of Hope" in refused.text, "nothing typed is lost"
    made = browser.post("/organisations", **(HOPE | {"services": ["shelter"]}))
    assert made.status_code == 303
    again = browser.post("/organisations", **(HOPE | {"services": ["shelter"]}))
    assert "this code already" in again.text
    partner = queries.by_code("HOPE")
    assert partner is not None
    assert partner.timezone == "Africa/Tunis", "its country has one"
    directory.must_offer(partner, "shelter")
    assert partner in directory.partners(service="shelter")
    ended = {"name": "House of Hope", "agreement_until": (today() - timedelta(days=1)).isoformat()}
    browser.post("/organisations/HOPE", **(ended | {"services": ["shelter"]}))
    with pytest.raises(RuleBroken):
        directory.must_offer(factories.anew(partner), "shelter")


def test_a_country_of_many_zones_asks_which(quick_app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app, house.administrator)
    far = {"code": "MOW", "name": "Moscow", "kind": "mission", "country": "RU"}
    assert "several time zones" in browser.post("/organisations", **far).text
    assert (
        browser.post("/organisations", **(far | {"timezone": "Europe/Moscow"})).status_code == 303
    )


def test_its_own_administrator_changes_its_own_and_not_how_long_it_is_agreed(
    quick_app: Flask,
) -> None:
    house = factories.World()
    partner = factories.anew(house.partner)
    partner.agreement_until = date(2027, 12, 31)
    helper = factories.anew(house.helper)
    db.session.add(Grant(user=helper, organisation=partner, role="administrator"))
    db.session.commit()
    browser = factories.Browser(quick_app, helper)
    assert browser.get("/organisations/TUN").status_code == 404
    assert browser.get("/organisations/new").status_code == 404
    said = {"city": "Sousse", "name": "The NOUR", "services": ["shelter", "medical"]}
    said |= {"agreement_until": "2035-01-01"}
    assert "agreement_until" not in browser.get("/organisations/AMEL").text
    assert browser.post("/organisations/AMEL", **said).status_code == 303
    kept = factories.anew(partner)
    assert (kept.city, kept.agreement_until) == ("Sousse", date(2027, 12, 31))
    assert (kept.name, kept.services) == ("The AMEL", ["shelter", "counselling"])
    root = factories.Browser(quick_app, house.administrator)
    same = root.post("/organisations/AMEL", name="the nour", services=["shelter"])
    assert "of this name already" in same.text, "nobody becomes somebody else"
    browser.post("/confirm", password=factories.PASSWORD)
    assert browser.post("/organisations/AMEL/close").status_code == 404


def test_who_was_told_something_is_shown_by_the_name_of_that_day(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        reference = factories.refer(by, house, case).reference
    number = case.number
    clock.forward(days=2)
    root = factories.Browser(quick_app, house.administrator)
    said = {"name": "Dar & Salam → East", "services": ["shelter", "counselling"]}
    assert root.post("/organisations/AMEL", **said).status_code == 303
    assert "The AMEL" in root.get("/organisations/AMEL").text
    clock.forward(days=2)
    root = factories.Browser(quick_app, house.administrator)
    taken = root.post("/organisations/NOUR", name="the amel", services=["shelter"])
    assert "of this name already" in taken.text, "nobody takes over what another was told"
    browser = factories.Browser(quick_app, house.caseworker)
    both = "The AMEL (now Dar &amp; Salam → East)"
    for path in (f"/cases/{number}/told", f"/cases/{number}/consent", f"/referrals/{reference}"):
        assert both in browser.get(path).text, path
    place = factories.anew(house.partner)
    assert place.name_at(today()) == "Dar & Salam → East"
    assert place.name_at(today() - timedelta(days=3)) == "The AMEL"
    officer = factories.Browser(quick_app, house.officer)
    seen = officer.get("/trail?deed=organisation_changed").text
    assert "was: The AMEL, is now: Dar &amp; Salam → East" in seen


def test_it_closes_when_nothing_hangs_on_it_and_then_nobody_comes_in(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        factories.refer(by, house, case)
    browser = factories.Browser(quick_app, house.administrator)
    assert "must be ended or handed over" in browser.get("/organisations/AMEL").text
    browser.post("/confirm", password=factories.PASSWORD)
    refused = browser.post("/organisations/AMEL/close")
    assert "1 referrals under way" in refused.text
    assert factories.anew(house.partner).closed_on is None
    assert browser.post("/organisations/NOUR/close").status_code == 303
    closed = factories.anew(house.other_partner)
    assert closed.closed_on == today()
    assert not any(grant.in_force for grant in factories.anew(house.other_helper).grants)
    assert closed not in directory.partners()
    with pytest.raises(RuleBroken):
        directory.must_offer(closed, "shelter")
    invite = {"email": "late@example.org", "name": "Late", "role": "partner_worker"}
    late = browser.post("/people/invite", **(invite | {"organisation": str(closed.id)}))
    assert "was closed" in late.text
    assert browser.post("/organisations/NOUR/open").status_code == 303
    assert factories.anew(closed).works


def test_a_team_is_made_renamed_and_ended_and_opens_nothing_by_it(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    browser = factories.Browser(quick_app, house.administrator)
    assert browser.post("/organisations/TUN/teams", team_name="a").status_code == 422
    assert browser.post("/organisations/TUN/teams", team_name="Coast").status_code == 303
    assert browser.post("/organisations/AMEL/teams", team_name="Coast").status_code == 422
    rows = {team.name: team for team in db.session.execute(select(Team)).scalars()}
    here = f"/organisations/TUN/teams/{rows['A'].id}"
    assert "3 people" not in browser.get(here).text
    assert "2 people, 1 open case" in browser.get(here).text
    assert browser.get(here.replace("TUN", "ABJ")).status_code == 404
    assert browser.post(here, team_name="B").status_code == 422
    assert browser.post(here, team_name="Pierside").status_code == 303
    browser.post("/confirm", password=factories.PASSWORD)
    assert browser.post(f"{here}/end").status_code == 303
    assert factories.anew(case).team_id is None
    assert factories.anew(house.colleague).grants[0].team_id is None
    told = select(Message.user_id, Message.path).where(Message.event == "team.ended")
    assert set(db.session.execute(told).all()) == {(house.supervisor.id, "/team")}
    assert browser.post(f"{here}/end").status_code == 422
    assert "Pierside" not in browser.get("/organisations/TUN").text
    browser.post("/confirm", password=factories.PASSWORD)
    invite = browser.get("/people/invite").text
    assert "The TUN: Coast" in invite
    assert "Pierside" not in invite


def test_roles_that_make_no_sense_are_given_by_nobody(quick_app: Flask) -> None:
    house = factories.World()
    with factories.acts(house.administrator) as by:
        for role, place in (
            ("partner_worker", house.here),
            ("caseworker", house.partner),
            ("programme_manager", house.partner),
            ("mission_staff", house.headquarters),
        ):
            with pytest.raises(RuleBroken) as refused:
                invitations.invite(
                    by=by, email="x@example.org", name="X", role=role, organisation=place.id
                )
            assert "of this kind" in refused.value.message


def test_commands_do_what_pages_do(quick_app: Flask, tmp_path: Path) -> None:
    factories.World()
    db.session.rollback()
    runner = quick_app.test_cli_runner()

    def run(*words: str) -> Any:
        return runner.invoke(args=["organisation", *words])

    add = ["add", "HOPE", "--name", "Hope", "--kind", "partner", "--country", "tn"]
    assert "nobody can refer to it" in run(*add).output
    assert "HOPE: Hope, Africa/Tunis" in run(*add, "--service", "shelter").output
    assert "already" in run(*add, "--service", "shelter").output
    assert "Changed: city." in run("change", "HOPE", "--city", "Sousse").output
    assert "Nothing to change" in run("change", "HOPE", "--city", "Sousse").output
    assert "Give a date" in run("change", "HOPE", "--agreement-until", "soon").output
    assert "is closed" in run("close", "HOPE").output
    assert "closed already" in run("close", "HOPE").output
    assert "closed" in run("list").output
    assert "is open" in run("open", "HOPE").output
    assert "no such" in run("close", "NOWHERE").output
    table = tmp_path / "partners.csv"
    table.write_text(
        "code;name;kind;country;services\nONE;One;partner;TN;shelter legal_aid\n"
        "two;Two;partner;TN;shelter\nTHREE;Three;partner;TN;dancing\n",
        "utf-8",
    )
    wrong = run("import", str(table))
    assert wrong.exit_code == 1
    assert "3: code" in wrong.output
    assert "4: services" in wrong.output
    db.session.rollback()
    assert queries.by_code("ONE") is None, "all or none"
    table.write_text(
        "code,name,kind,country,services\nONE,One,partner,TN,shelter legal_aid\n", "utf-8"
    )
    assert "1 organisations added" in run("import", str(table)).output
    table.write_text("code,colour\nX,red\n", "utf-8")
    assert "no such column: colour" in run("import", str(table)).output
    deeds = set(db.session.execute(select(AuditRecord.deed)).scalars())
    assert {"organisation_made", "organisation_changed", "organisation_closed"} <= deeds


def test_people_come_into_a_team_with_a_second_person_and_are_taken_out(app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(app, house.administrator)
    browser.post("/confirm", password=factories.PASSWORD)
    teams = {team.name: team.id for team in db.session.execute(select(Team)).scalars()}
    grant = factories.anew(house.stranger).grants[0].id
    far = factories.anew(house.far).grants[0].id
    db.session.rollback()
    here = f"/organisations/TUN/teams/{teams['A']}"
    assert "Stranger, " in browser.get(here).text
    assert browser.post(f"{here}/members", grant=str(far)).status_code == 404
    assert browser.post(f"{here}/members", grant=str(grant)).status_code == 303
    assert factories.anew(house.stranger).grants[0].team_id == teams["B"], "somebody agrees first"
    with factories.acts(house.supervisor) as by:
        asked = db.session.execute(select(AccessChange)).scalar_one()
        access_changes.approve(by=by, asked=asked)
    assert factories.anew(house.stranger).grants[0].team_id == teams["A"]
    db.session.rollback()
    assert "3 people" in browser.get(here).text
    assert browser.post(f"{here}/members/{grant}/end").status_code == 303
    assert factories.anew(house.stranger).grants[0].team_id is None
    db.session.rollback()
    assert "not in the team" in browser.post(f"{here}/members/{grant}/end").text
    deeds = set(db.session.execute(select(AuditRecord.deed)).scalars())
    assert {"access_asked", "team_joined", "team_left"} <= deeds


def test_a_new_one_is_told_all_that_is_wrong_at_once_next_to_its_fields(quick_app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app, house.administrator)
    said = {
        "code": "AMEL",
        "name": "The AMEL",
        "kind": "partner",
        "country": "CD",
        "agreement_until": (today() - timedelta(days=1)).isoformat(),
        "email": "no address",
    }
    page = browser.post("/organisations", **said)
    assert page.status_code == 422
    for words in (
        "There is an organisation with this code already.",
        "There is an organisation of this name already.",
        "This country has several time zones. Choose one.",
        "Choose at least one: without it nobody can refer to it.",
        "This day is over: nothing could be sent to it.",
        "Give one mail address",
    ):
        assert page.text.count(words) == 2, (words, "above, and at the field")
    mended = said | {
        "timezone": "Africa/Kinshasa",
        "services": ["shelter"],
        "agreement_until": today().isoformat(),
        "email": "hope@example.org",
    }
    both = browser.post("/organisations", **mended)
    assert both.text.count("already.") == 4, "code and name, not one after the other"
    done = browser.post("/organisations", **mended | {"code": "HOPE", "name": "House of Hope"})
    assert done.status_code == 303


def test_no_office_closes_over_money_that_is_not_ended(quick_app: Flask) -> None:
    house = factories.World()
    factories.fund()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        requests.ask(by=by, case=case, fund="HASM-1", lines={"travel": "90.00"})
    case = factories.anew(case)
    case.status = "closed"  # as an older version let it
    db.session.commit()
    left = {str(each.word): each.many for each in closing.what_is_left(factories.anew(house.here))}
    assert left == {"requests for money that are not ended": 1}


def test_closing_asks_first_and_says_what_will_follow(quick_app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app, house.administrator)
    browser.post("/confirm", password=factories.PASSWORD)
    form = {"csrf_token": browser.token}
    asked = factories._apart(browser.client.post, "/organisations/NOUR/close", data=form)
    assert "The roles of everybody who works there end today" in browser.get(asked.location).text
    assert factories.anew(house.other_partner).closed_on is None
