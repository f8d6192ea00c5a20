"""Lists grow by what offices add: chosen, shown, counted as one of ours."""

import pytest
from flask import Flask
from marshmallow import ValidationError

from casework.records.plan import NeedSchema
from models import office_at_hand
from models.base import db
from models.cases import Case
from models.code_entries import CodeEntry
from models.rules import RuleBroken
from organisations import code_lists
from reporting.facts import raw_rows
from standards import assistance, lists
from tests import factories
from web.forms import Form

BOAT = {"counted_as": "channels/border", "label_en": "From a boat", "label_ar": "من قارب"}
CHILDCARE = {"counted_as": "services/education", "label_en": "Child care"}


def added(house: factories.World, office: object, **given: str) -> str:
    with factories.acts(house.administrator) as by:
        return code_lists.add(by=by, place=factories.anew(office), given=given).code


def test_an_office_adds_a_channel_and_statistics_know_it_as_ours(app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(app, house.administrator)
    missing = browser.post("/organisations/TUN/lists", label_en="From a boat")
    assert missing.status_code == 422
    assert "From a boat" in missing.text
    assert browser.post("/organisations/TUN/lists", **BOAT).status_code == 303
    (entry,) = db.session.query(CodeEntry)
    code, entry_id = entry.code, entry.id
    assert "Counted as: Border" in browser.get("/organisations/TUN/lists").text
    worker = factories.Browser(app, house.caseworker)
    page = worker.post("/registrations").headers["Location"]
    assert "From a boat" in worker.get(page).text
    assert worker.post(page, channel=code).status_code == 303
    far = factories.Browser(app, house.far)
    elsewhere = far.post("/registrations").headers["Location"]
    assert "From a boat" not in far.get(elsewhere).text
    case_id = factories.case(house).id
    db.session.get_one(Case, case_id).channel = code
    db.session.commit()
    (row, _rows), *_ = raw_rows.cases_with_rows([case_id])
    assert row["channel"] == "border"
    assert browser.post(f"/organisations/TUN/lists/{entry_id}/end").status_code == 303
    another = worker.post("/registrations").headers["Location"]
    assert "From a boat" not in worker.get(another).text
    assert lists.label(lists.CHANNELS, code) == "From a boat"


def test_services_are_the_headquarters_and_a_partner_can_be_asked_for_them(app: Flask) -> None:
    house = factories.World()
    with factories.acts(house.administrator) as by, pytest.raises(RuleBroken):
        code_lists.add(by=by, place=factories.anew(house.here), given=CHILDCARE)
    code = added(house, house.headquarters, **CHILDCARE)
    browser = factories.Browser(app, house.administrator)
    offers = {"name": "The AMEL", "city": "Tunis", "services": ["shelter", code]}
    assert browser.post("/organisations/AMEL", **offers).status_code == 303
    case = factories.case(house)
    number, case_id = case.number, case.id
    worker = factories.Browser(app, house.caseworker)
    form = worker.get(f"/cases/{number}/referrals/new?service={code}").text
    assert "Child care" in form
    assert "The AMEL" in form
    with factories.acts(house.caseworker) as by:
        referral = factories.refer(by, house, db.session.get_one(Case, case_id))
        referral.service = code
    ((_row, rows),) = raw_rows.cases_with_rows([case_id])
    assert [each["service"] for each in rows["referrals"]] == ["education"]
    helper = factories.Browser(app, house.helper)
    assert "Child care" in helper.get("/referrals").text


def test_an_ended_one_stays_where_it_was_chosen(quick_app: Flask) -> None:
    house = factories.World()
    code = added(house, house.here, counted_as="needs/safety", label_en="Safe from the village")
    with factories.acts(house.administrator) as by:
        entry = db.session.get_one(CodeEntry, int(code.removeprefix("own")))
        code_lists.offer(by=by, entry=entry, offered=False)
    with office_at_hand.within(house.here.id):
        assert code not in dict(Form(NeedSchema)["area"].options)
        drawn = Form(NeedSchema, {"area": code})["area"]
        assert drawn.as_text(code) == "Safe from the village"
        assert code in dict(drawn.options)
        assert NeedSchema().load({"area": code, "words": "x"})["area"] == code
        with pytest.raises(ValidationError):
            NeedSchema().load({"area": "own99", "words": "x"})
    assert code not in dict(assistance.NEEDS)


def test_the_same_twice_and_what_is_ours_alone_are_refused(quick_app: Flask) -> None:
    house = factories.World()
    added(house, house.here, **BOAT)
    with factories.acts(house.administrator) as by, pytest.raises(RuleBroken):
        code_lists.add(by=by, place=factories.anew(house.here), given=BOAT)
    with factories.acts(house.administrator) as by:
        offered = {code for code, _label in code_lists.options()}
        assert not {"channels/import", "closure/died"} & offered
        with pytest.raises(RuleBroken):
            code_lists.add(by=by, place=factories.anew(house.partner), given=BOAT)
