"""Whoever works for several offices says for which; nothing goes to the first by itself."""

from flask import Flask
from sqlalchemy import select

from access.actors import person
from models.audit import AuditRecord
from models.base import db
from models.callers import Caller
from models.cases import Case
from models.people import Grant
from models.shelter import Facility
from tests import factories


def of_two(house: factories.World, name: str, role: str, place: str) -> None:
    user = getattr(house, name)
    db.session.add(Grant(user=user, organisation=getattr(house, place), role=role))
    db.session.commit()


def test_who_works_for_one_office_is_asked_nothing(quick_app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app)
    browser._learn(browser.get("/sign-in"))
    email = house.caseworker.email
    came = browser.post("/sign-in", email=email, password=factories.PASSWORD)
    assert "/office" not in came.location
    assert "Office worked for" not in browser.get("/work").text


def test_a_case_is_registered_for_the_office_that_was_chosen(app: Flask) -> None:
    house = factories.World()
    of_two(house, "far", "caseworker", "here")  # the lower number, and the later role
    browser = factories.Browser(app)
    browser._learn(browser.get("/sign-in"))
    email = house.far.email
    came = browser.post("/sign-in", email=email, password=factories.PASSWORD)
    assert came.location.startswith("/office"), "asked when they come in"
    browser._learn(browser.get("/account"))
    assert "choose" in browser.get("/work").text
    asked = browser.get("/registrations/new")
    began = browser.post("/registrations")
    assert "/office" in (asked.location or "") + (began.location or "")
    assert browser.post("/office/HQ").status_code == 404, "not theirs"
    assert browser.post("/office/ABJ").status_code == 303
    page = browser.get("/work").text
    assert "The ABJ" in page
    assert "/office/TUN" in page, "switched in one click"
    assert "Office worked for: The ABJ" in browser.get("/more").text, "on a phone"
    said = {"channel": "walk_in", "said": "Asks for help.", "word": "Harbour"}
    assert browser.post("/callers", **said).status_code == 303
    caller = db.session.execute(select(Caller)).unique().scalar_one()
    assert caller.office_id == factories.anew(house.there).id
    deeds = {
        row.deed: row.organisation_id for row in db.session.execute(select(AuditRecord)).scalars()
    }
    assert deeds["caller_written"] == factories.anew(house.there).id


def test_the_api_takes_the_office(app: Flask) -> None:
    house = factories.World()
    of_two(house, "far", "caseworker", "here")
    api = factories.Api(app, house.far)
    refused = api.post("/cases", factories.registration())
    assert refused.status_code == 422
    assert "ABJ, TUN" in refused.get_data(as_text=True)
    assert api.post("/cases?office=HQ", factories.registration()).status_code == 422
    for code in ("TUN", "ABJ"):
        made = api.post(f"/cases?office={code}", factories.registration())
        assert made.status_code == 201, made.get_data(as_text=True)
    cases = db.session.execute(select(Case).order_by(Case.id)).unique().scalars()
    assert [case.office.code for case in cases] == ["TUN", "ABJ"]
    one = factories.Api(app, house.caseworker)
    assert one.post("/cases?office=ABJ", factories.registration()).status_code == 422, "not theirs"
    assert one.post("/cases?office=TUN", factories.registration()).status_code == 201


def test_the_trail_of_an_office_has_what_was_done_with_its_records(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    far = factories.case(house, owner=house.far, office=house.there)
    of_two(house, "far", "caseworker", "here")
    of_two(house, "far", "supervisor", "here")
    begin = db.session.execute(select(AuditRecord.id).order_by(AuditRecord.id.desc())).scalars()
    last = begin.first() or 0
    db.session.rollback()
    with factories.acts(house.far) as by:
        assert by.office == 0
        assert factories.anew(case).identity
        assert factories.anew(far).identity
    looks = db.session.execute(
        select(AuditRecord).where(AuditRecord.id > last, AuditRecord.deed == "identity.read")
    ).scalars()
    places = {row.cases: row.organisation_id for row in looks}
    assert places == {
        str(case.id): factories.anew(house.here).id,
        str(far.id): factories.anew(house.there).id,
    }


def test_a_house_is_added_to_the_organisation_that_was_chosen(quick_app: Flask) -> None:
    house = factories.World()
    of_two(house, "shelter", "shelter_manager", "other_partner")
    browser = factories.Browser(quick_app, house.shelter)
    page = browser.get("/shelter").text
    assert "for several organisations" in page
    given = {"name": "Garden", "sex": "any", "ages": "any"}
    assert "/office" in browser.post("/shelter", **given).location
    assert not db.session.execute(select(Facility)).first()
    db.session.rollback()
    browser.post("/office/NOUR")
    assert "Add a house of The NOUR" in browser.get("/shelter").text
    assert browser.post("/shelter", **given).status_code == 303
    made = db.session.execute(select(Facility)).unique().scalar_one()
    assert made.organisation.code == "NOUR"


def test_a_role_that_ended_is_no_office_any_more(quick_app: Flask) -> None:
    house = factories.World()
    of_two(house, "far", "caseworker", "here")
    there, here = factories.anew(house.there).id, factories.anew(house.here).id
    user = factories.anew(house.far)
    assert person(user, office=there).office == there
    next(grant for grant in user.grants if grant.organisation_id == there).ends_on = None
    for grant in user.grants:
        if grant.organisation_id == there:
            db.session.delete(grant)
    db.session.commit()
    user = factories.anew(house.far)
    db.session.refresh(user)
    assert person(user, office=there).office == here
