"""What an office decides for itself holds in its work, between what protects people."""

from datetime import timedelta

from flask import Flask

from access.actors import person
from casework.core import retention
from models import office_settings
from models.base import db, now, today
from models.dates import years_after
from organisations import administration
from tests import factories


def test_an_office_decides_on_its_page_and_the_next_deed_follows(app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(app, house.administrator)
    page = "/organisations/TUN/settings"
    assert "Now: 182" in browser.get(page).text
    too_long = browser.post(page, consent_days="900", emergency_phone="+216 70 000 000")
    assert too_long.status_code == 422
    assert "+216 70 000 000" in too_long.text, "nothing typed is lost"
    decided = {
        "consent_days": "90",
        "answer_urgent": "24",
        "access_days": "30",
        "retention_years": "5",
        "emergency_phone": "+216 70 000 000",
        "emergency_procedure": "Call the duty officer.",
        "search_first": "on",
    }
    assert browser.post(page, **decided).status_code == 303
    assert 'value="90"' in browser.get(page).text
    case = factories.case(house)
    assert {line.valid_until for line in case.consents} == {today() + timedelta(days=90)}
    assert retention.kept_until(case) == years_after(today(), 5)
    with factories.acts(house.caseworker) as by:
        referral = factories.refer(by, house, case)
        assert referral.answer_by - referral.sent_at == timedelta(hours=24)
        assert referral.access_until <= now() + timedelta(days=31)
    far = factories.case(house, owner=house.far, office=house.there)
    assert {line.valid_until for line in far.consents} == {today() + timedelta(days=182)}
    worker = factories.Browser(app, house.caseworker)
    assert "Search for the person first" in worker.post("/registrations").text
    worker.post("/cases/search", query="Nobody At All")
    step = worker.post("/registrations").headers["Location"]
    shown = worker.get(step).text
    assert "+216 70 000 000" in shown
    assert "Call the duty officer." in shown


def test_the_headquarters_decide_for_those_who_leave_it_open(quick_app: Flask) -> None:
    house = factories.World()
    with factories.acts(house.administrator) as by:
        administration.decide(
            by=by, place=factories.anew(house.headquarters), given={"access_days": 60}
        )
        administration.decide(by=by, place=factories.anew(house.there), given={"access_days": 20})
    assert office_settings.of(factories.anew(house.here).id, "access_days") == 60
    assert office_settings.of(factories.anew(house.there).id, "access_days") == 20
    with factories.acts(house.administrator) as by:
        administration.decide(by=by, place=factories.anew(house.there), given={})
    assert office_settings.of(factories.anew(house.there).id, "access_days") == 60


def test_an_office_keeps_its_own_and_nobody_else_s(quick_app: Flask) -> None:
    house = factories.World()
    own = factories.Browser(quick_app, house.supervisor)
    assert own.get("/organisations/TUN/settings").status_code == 404
    assert person(factories.anew(house.supervisor)).administers_all is False
    db.session.rollback()
