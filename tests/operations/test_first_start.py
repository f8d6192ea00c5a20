"""An empty installation begins in a browser by a code, or on its machine; what it lacks is said."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from config import ROOT
from encryption import providers
from models.base import at, db, now
from models.messages import Message
from models.people import User
from models.states import MessageState
from notifications import channels
from operations import checking, first_questions, first_start
from organisations import administration
from organisations.schemas import OrganisationSchema
from tests import factories

FORM = {
    "name": "Haven",
    "code": "HV",
    "country": "TN",
    "person_name": "Mona",
    "person_email": "mona@example.org",
    "officer_name": "Olga",
    "officer_email": "olga@example.org",
}


def test_the_first_visit_leads_there_and_the_code_alone_begins(app: Flask) -> None:
    code = first_start.code()
    assert re.fullmatch(r"([A-Z2-7]{4}-){3}[A-Z2-7]{4}", code)
    browser = factories.Browser(app)
    assert browser.get("/sign-in").headers["Location"] == "/first-start"
    browser._learn(browser.get("/first-start"))
    wrong = browser.post("/first-start", setup_code="AAAA-AAAA-AAAA-AAAA", **FORM)
    assert wrong.status_code == 422
    assert "not the code" in wrong.text
    assert "Haven" in wrong.text, "nothing typed is lost"
    same = browser.post(
        "/first-start", setup_code=code, **FORM | {"officer_email": "MONA@example.org"}
    )
    assert "your own address" in same.text
    assert db.session.execute(select(User)).first() is None
    db.session.rollback()
    done = browser.post("/first-start", setup_code=code.lower().replace("-", " "), **FORM)
    assert done.status_code in {302, 303}
    assert "/invitation/" in done.headers["Location"]
    people = {user.email: user for user in db.session.execute(select(User)).scalars()}
    assert {grant.role for grant in people["mona@example.org"].grants} == {"administrator"}
    assert {grant.role for grant in people["olga@example.org"].grants} == {
        "data_protection_officer"
    }
    db.session.rollback()
    for answer in (browser.get("/first-start"), browser.post("/first-start", **FORM)):
        assert answer.status_code == 404, "it is worth nothing any more"
    assert browser.get("/sign-in").status_code == 200


def test_what_is_missing_is_said_of_each_part_and_each_organisation(app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(app, house.administrator)
    page = browser.get("/system").text
    assert "The ABJ" in page
    assert "Supervisor 0/2: what one supervisor asks nobody approves." in page
    assert "None was made yet" in page
    assert factories.Browser(app, house.supervisor).get("/system").status_code == 404
    by_part = {str(check.part): check for check in checking.checks()}
    assert by_part["Database"].standing == checking.Standing.FINE
    assert by_part["Keys"].standing == checking.Standing.FINE
    assert by_part["Queue"].standing == checking.Standing.MISSING, "no worker runs in a test"
    assert "No time zone" in by_part["The AMEL"].words


def test_the_day_is_that_of_the_office_and_moments_are_shown_in_ones_own_zone(
    quick_app: Flask,
) -> None:
    house = factories.World()
    factories.anew(house.here).timezone = "Asia/Dhaka"
    db.session.commit()
    late = now().replace(hour=23, minute=30) + timedelta(days=1)
    following = (late + timedelta(days=1)).date()
    with at(late):
        browser = factories.Browser(quick_app, house.caseworker)
        case = factories.case(house)
        form = {"purpose": "assistance", "answer": "agrees", "given_on": following.isoformat()}
        taken = browser.post(
            f"/cases/{case.number}/consent", manner="spoken", witness="W", language="fr", **form
        )
        assert taken.status_code == 303, "it is the following day in Dhaka"
        far = factories.Browser(quick_app, house.far)
        other = factories.case(house, owner=house.far, office=house.there)
        refused = far.post(
            f"/cases/{other.number}/consent", manner="spoken", witness="W", language="fr", **form
        )
        assert refused.status_code == 422, "and not yet where the other mission is"
        factories.anew(house.caseworker).timezone = "America/Lima"
        db.session.commit()
        assert "18:30" in browser.get(f"/cases/{case.number}").text


@pytest.mark.parametrize("kind", ["mission", "partner"])
def test_what_is_made_by_a_page_lacks_no_zone(quick_app: Flask, kind: str) -> None:
    house = factories.World()
    said = {"code": "NEW", "name": "New", "kind": kind, "country": "NE", "services": ["shelter"]}
    with factories.acts(house.administrator) as by:
        place = administration.make(by=by, given=OrganisationSchema().load(said))
        assert place.timezone == "Africa/Niamey"


def answering(folder: Path, *lines: str, **said: str) -> tuple[str, dict[str, str] | None]:
    """What ``./run setup`` shows to whoever types these lines, and what it then has."""
    got: list[dict[str, str]] = []

    @click.command()
    def ask() -> None:
        got.append(first_questions.asked(folder, said))

    shown = CliRunner().invoke(ask, input="".join(f"{line}\n" for line in lines))
    return shown.output, got[0] if got else None


def test_setup_asks_until_an_answer_fits_and_an_interruption_loses_none(
    app: Flask, tmp_path: Path
) -> None:
    typed = ("Haven", "x", "hv", "Ruritania", "?", "dr congo", "Congo - Kinshasa", "Paris")
    shown, got = answering(tmp_path, *typed)
    assert got is None, "it was interrupted at the time zone"
    assert "Two to twenty capital letters" in shown
    assert "Near it: Lithuania (LT), Mauritania (MR)." in shown
    assert "Senegal (SN)" in shown, "all may be seen"
    assert (tmp_path / first_questions.KEPT).stat().st_mode & 0o777 == 0o600
    shown, got = answering(
        tmp_path,
        *("", "", "", "?", "Africa/Kinshasa"),
        *("Mona", "mona", "mona@example.org", "Olga", "MONA@example.org", "olga@example.org"),
    )
    assert "Africa/Lubumbashi" in shown, "the zones of the country are listed"
    assert "Give one mail address" in shown
    assert "This is your own address." in shown
    assert got is not None
    assert (got["name"], got["code"], got["country"]) == ("Haven", "HV", "CD")
    first_start.begin(got)
    first_questions.forget(tmp_path)
    assert not (tmp_path / first_questions.KEPT).exists()


def test_the_mail_of_the_first_account_holds_the_link_that_was_shown(app: Flask) -> None:
    _shown, got = answering(Path("/"), **FORM)
    assert got is not None
    address = first_start.begin(got)
    letters = db.session.execute(select(Message).where(Message.event == "account.link")).scalars()
    texts = {each.user.email: str(channels.compose(each).get_content()) for each in letters}
    assert address in texts["mona@example.org"]
    assert "/invitation/" in texts["olga@example.org"]
    assert not any("/sign-in" in text for text in texts.values())
    db.session.rollback()


def test_check_says_of_an_empty_database_that_it_is_empty(tmp_path: Path) -> None:
    providers.create_file(tmp_path / "master.key")
    given = {"PATH": os.environ["PATH"], "SAFECONDUCT_DATA": str(tmp_path)}
    checked = subprocess.run(
        [sys.executable, "installing.py", "check"],
        cwd=ROOT,
        env=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert checked.returncode == 1
    assert "It is empty: ./run setup" in checked.stdout, checked.stderr
    assert "does not answer. DATABASE_URL" not in checked.stdout
    assert "ok  Keys" in checked.stdout
    assert "Mail: No server" in checked.stdout, "the other parts are looked at all the same"


def test_a_sender_that_servers_refuse_is_named(
    quick_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(quick_app.config["SETTINGS"], env="production", smtp_host="mail.example")
    monkeypatch.setitem(quick_app.config, "SETTINGS", settings)
    monkeypatch.setattr(channels, "knock", lambda: None)
    (mail,) = (check for check in checking.checks() if str(check.part) == "Mail")
    assert mail.standing == checking.Standing.MISSING
    assert "SAFECONDUCT_MAIL_FROM" in mail.words


def test_a_test_message_goes_to_whoever_asks_and_what_became_of_it_is_shown(
    quick_app: Flask,
) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app, house.administrator)
    assert browser.post("/system/test/mail").status_code == 303
    page = browser.get("/system").text
    assert "On its way" in page
    row = db.session.execute(select(Message).where(Message.event == "system.test")).scalar_one()
    assert (row.user.email, row.channel) == (house.administrator.email, "mail")
    row.state = MessageState.FAILED
    row.trouble = "no answer in time"
    db.session.commit()
    assert "It was not taken" in browser.get("/system").text
    assert "SAFECONDUCT_SMS_URL" in browser.post("/system/test/sms").text
    assert browser.post("/system/test/pigeon").status_code == 404
    officer = factories.Browser(quick_app, house.officer)
    assert officer.post("/system/test/mail").status_code == 404
