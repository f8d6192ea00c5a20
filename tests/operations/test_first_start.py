"""An empty installation begins in a browser by a code, or on its machine; what it lacks is said."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from models.base import at, db, now
from models.people import User
from operations import checking, first_start
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
