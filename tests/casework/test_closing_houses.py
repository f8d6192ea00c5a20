"""Houses, rooms and beds are closed from a night on: nobody is put out, nobody is put in, and they
are no place any more.
"""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from casework.shelter import closing, placing, queries
from models.audit import AuditRecord
from models.base import at, db, now, today
from models.rules import RuleBroken
from organisations import closing as closing_organisations
from reporting.tables.operations.shelter import _beds
from tests import factories
from tests.casework.test_shelter import house_of, put


def in_days(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


def test_nothing_closes_over_somebody_who_sleeps_there(app: Flask) -> None:
    house = factories.World()
    beds = house_of(house, beds=2)
    case = factories.case(house)
    put(house, case, beds[0], days=10)
    facility = factories.anew(beds[0]).room.facility
    key, room, bed = facility.key, beds[0].room_id, beds[0].id
    db.session.rollback()
    browser = factories.Browser(app, house.supervisor)
    refused = browser.post(f"/shelter/{key}/close", closed_from=in_days(3))
    assert refused.status_code == 422
    assert "Ask Caseworker (The TUN)" in refused.text, "who placed them is named"
    for part in (f"rooms/{room}", f"beds/{bed}"):
        assert (
            browser.post(f"/shelter/{key}/{part}/close", closed_from=in_days(9)).status_code == 422
        )
    assert browser.post(f"/shelter/{key}/close", closed_from=in_days(-1)).status_code == 422
    assert browser.post(f"/shelter/{key}/close", closed_from=in_days(10)).status_code == 303
    assert "Closed from the night" in browser.get(f"/shelter/{key}").text
    with pytest.raises(RuleBroken) as late:
        put(house, factories.case(house), beds[1], days=11)
    assert "closed from" in str(late.value.message)
    db.session.rollback()
    put(house, factories.case(house), beds[1], days=10)
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken):
        stay = queries.of_case(factories.anew(case))[0]
        placing.extend(by=by, placement=stay, until_on=today() + timedelta(days=12))
    db.session.rollback()
    assert browser.post(f"/shelter/{key}/open").status_code == 303
    assert factories.anew(beds[1]).closes_on > today() + timedelta(days=1000)
    stranger = factories.Browser(app, house.shelter)
    assert stranger.post(f"/shelter/{key}/close", closed_from=in_days(20)).status_code == 404
    deeds = db.session.execute(select(AuditRecord.deed)).scalars().all()
    assert {"house_closed", "house_opened"} <= set(deeds)


def test_what_is_closed_is_no_place_any_more(quick_app: Flask) -> None:
    house = factories.World()
    beds = house_of(house, beds=3)
    case = factories.case(house)
    facility = factories.anew(beds[0]).room.facility
    place = factories.anew(house.here)
    assert queries.free_tonight([facility])[facility.id] == (3, 3)
    with factories.acts(house.supervisor) as by:
        closing.close(by=by, part=factories.anew(beds[0]), closed_from=today())
    facility = factories.anew(facility)
    assert queries.free_tonight([facility])[facility.id] == (2, 2)
    assert _beds() == {facility.id: 2}
    week = today() + timedelta(days=7)
    assert len(queries.beds_for(factories.anew(case), today(), week)) == 2
    with factories.acts(house.supervisor) as by:
        whole = factories.anew(beds[0]).room.facility
        closing.close(by=by, part=whole, closed_from=today() + timedelta(days=3))
    found = queries.beds_for(factories.anew(case), today(), week)
    assert [is_free for _bed, is_free in found] == [False, False]
    names = {str(each.word) for each in closing_organisations.what_is_left(factories.anew(place))}
    assert "houses" in names
    db.session.rollback()
    with at(now() + timedelta(days=4)):
        assert queries.free_tonight([factories.anew(facility)])[facility.id] == (0, 0)
        assert _beds() == {}
        left = closing_organisations.what_is_left(factories.anew(place))
        assert "houses" not in {str(each.word) for each in left}
        db.session.rollback()
        page = factories.Browser(quick_app, house.supervisor).get("/shelter").text
        assert "Closed" in page


def test_rooms_and_beds_are_called_otherwise_and_closed_on_their_page(quick_app: Flask) -> None:
    house = factories.World()
    beds = house_of(house, beds=2)
    facility = factories.anew(beds[0]).room.facility
    key, room, bed = facility.key, beds[0].room_id, beds[0].id
    db.session.rollback()
    browser = factories.Browser(quick_app, house.supervisor)
    assert f"/shelter/{key}/rooms/{room}" in browser.get(f"/shelter/{key}").text
    assert browser.post(f"/shelter/{key}/rooms/{room}", name="Garden").status_code == 303
    assert "Garden" in browser.get(f"/shelter/{key}/rooms/{room}").text
    here = f"/shelter/{key}/beds/{bed}"
    assert "of this name" in browser.post(here, name="2").text
    assert browser.post(here, name="Window").status_code == 303
    assert browser.post(f"{here}/close", closed_from=in_days(0)).status_code == 303
    assert "closed" in browser.get(f"/shelter/{key}/rooms/{room}").text
    assert browser.post(f"{here}/open").status_code == 303
    assert browser.get(f"/shelter/{key}/beds/99999").status_code == 404
    caseworker = factories.Browser(quick_app, house.caseworker)
    assert caseworker.get(here).status_code == 404
