"""Shelter: the rules of a house, one bed for one person whoever asks at the same moment, presence
and handouts by card.
"""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from access import audit
from access.actors import person
from access.gate import acting
from access.permissions import Role
from casework.people import families
from casework.records import changes
from casework.records.kinds import KINDS
from casework.shelter import facilities, placing, presence, queries
from models.audit import AuditRecord
from models.base import db, today
from models.cases import Case, Task
from models.people import Grant, User
from models.rules import RuleBroken
from models.shelter import Bed, BedNight, Facility, Handout, HouseNote, Placement
from referral import responses
from tests import factories
from tests.casework.test_work import at_once


def house_of(
    house: factories.World,
    *,
    sex: str = "any",
    ages: str = "any",
    beds: int = 2,
    organisation: Any = None,
    **room: bool,
) -> list[Bed]:
    with factories.acts(house.supervisor) as by:
        made = facilities.add(
            by=by,
            organisation=factories.anew(organisation or house.here),
            name=f"House {sex} {ages}",
            sex=sex,
            ages=ages,
            address="12 Zqxstreet",
        )
        return facilities.add_room(facility=made, name="Room 1", beds=beds, **room).beds


def put(house: factories.World, case: Case, bed: Bed, days: int = 10, start: int = 0) -> Placement:
    with factories.acts(house.caseworker) as by:
        first = today() + timedelta(days=start)
        return placing.place(
            by=by,
            case=factories.anew(case),
            bed=factories.anew(bed),
            from_on=first,
            until_on=first + timedelta(days=days),
        )


def test_a_bed_is_given_once_and_a_person_has_one_bed(app: Flask) -> None:
    house = factories.World()
    beds = house_of(house)
    one, other = factories.case(house), factories.case(house)
    put(house, one, beds[0])
    for case, bed, start in ((other, beds[0], 5), (one, beds[1], 9)):
        with pytest.raises(RuleBroken):
            put(house, case, bed, start=start)
        db.session.rollback()
    put(house, other, beds[0], start=10)
    assert db.session.execute(select(func.count()).select_from(BedNight)).scalar() == 20


def test_68_fifty_placements_on_one_bed_at_once_are_one(app: Flask) -> None:
    house = factories.World()
    bed = house_of(house, beds=1)[0]
    cases = [factories.case(house).id for _ in range(10)]
    bed_id, user_id = bed.id, factories.anew(house.supervisor).id

    def take(case_id: int) -> str:
        with acting(person(db.session.get_one(User, user_id))) as gate:
            case = db.session.get_one(Case, case_id)
            placing.place(
                by=gate.actor,
                case=case,
                bed=db.session.get_one(Bed, bed_id),
                from_on=today(),
                until_on=today() + timedelta(days=7),
            )
            audit.append(gate.pending())
            db.session.commit()
            return "placed"

    results = at_once(app, [lambda case_id=case_id: take(case_id) for case_id in cases * 5])
    assert results.count("placed") == 1, results
    assert all(isinstance(result, RuleBroken) for result in results if result != "placed"), results
    assert db.session.execute(select(func.count()).select_from(Placement)).scalar() == 1


@pytest.mark.parametrize(
    ("sex", "ages", "person_", "fits"),
    [
        ("women", "any", {"sex": "Feminine"}, True),
        ("women", "any", {"sex": "Masculine"}, False),
        ("men", "any", {"sex": "Masculine"}, True),
        ("men", "any", {"sex": "Feminine"}, False),
        ("any", "adults", {"birth": {"year": 2015}}, False),
        ("any", "children", {"birth": {"year": 2015}}, True),
        ("any", "children", {"birth": {"year": 1990}}, False),
        ("any", "families", {}, False),
    ],
)
def test_a_house_takes_whom_it_is_for(
    quick_app: Flask, sex: str, ages: str, person_: dict[str, Any], fits: bool
) -> None:
    house = factories.World()
    bed = house_of(house, sex=sex, ages=ages)[0]
    case = factories.case(house, **person_)
    if fits:
        put(house, case, bed)
    else:
        with pytest.raises(RuleBroken):
            put(house, case, bed)


@pytest.mark.parametrize(("ages", "fits"), [("adults", False), ("children", True)])
def test_a_child_by_the_caseworkers_word_is_a_child_for_a_house(
    quick_app: Flask, ages: str, fits: bool
) -> None:
    house = factories.World()
    bed = house_of(house, ages=ages)[0]
    case = factories.case(house, birth=None)
    case.categories = ["child"]
    db.session.commit()
    if fits:
        put(house, case, bed)
    else:
        with pytest.raises(RuleBroken):
            put(house, case, bed)


def test_who_needs_a_room_without_stairs_gets_one(quick_app: Flask) -> None:
    house = factories.World()
    steep, flat = house_of(house)[0], house_of(house, sex="women", step_free=True)[0]
    case = factories.case(house)
    with factories.acts(house.health) as by:
        changes.add(
            by=by,
            case=factories.anew(case),
            kind=KINDS["care"],
            given={"kind": "mobility", "words": "Ground floor", "step_free": True},
        )
    with pytest.raises(RuleBroken):
        put(house, case, steep)
    db.session.rollback()
    assert put(house, case, flat).until_on == today() + timedelta(days=10)


def test_a_room_for_one_family_is_for_one_family(quick_app: Flask) -> None:
    house = factories.World()
    beds = house_of(house, beds=3, one_household=True)
    mother, child, stranger = (
        factories.case(house),
        factories.case(house, birth={"year": 2018}),
        factories.case(house),
    )
    with factories.acts(house.caseworker) as by:
        families.join(
            by=by, case=factories.anew(mother), other=factories.anew(child), relation="child"
        )
    put(house, mother, beds[0])
    with pytest.raises(RuleBroken):
        put(house, stranger, beds[1])
    db.session.rollback()
    put(house, child, beds[1])


def test_a_partners_house_opens_with_an_accepted_referral(quick_app: Flask) -> None:
    house = factories.World()
    bed = house_of(house, organisation=house.partner)[0]
    case = factories.case(house)
    with pytest.raises(RuleBroken):
        put(house, case, bed)
    db.session.rollback()
    with factories.acts(house.caseworker) as by:
        sent = factories.refer(by, house, case)
    with factories.acts(house.helper) as by:
        responses.accept(by=by, referral=factories.anew(sent))
    put(house, case, bed)


def test_leaving_frees_the_nights_and_leaving_without_a_word_alarms(app: Flask) -> None:
    house = factories.World()
    bed = house_of(house)[0]
    case = factories.case(house)
    stay = put(house, case, bed)
    with factories.acts(house.caseworker) as by:
        placing.leave(by=by, placement=factories.anew(stay), left_on=today(), left_to="unknown")
        assert len(factories.of_kind(Task, "safety", Task.done_at.is_(None))) == 1
        with pytest.raises(RuleBroken):
            placing.leave(by=by, placement=factories.anew(stay), left_on=today(), left_to="family")
    put(house, factories.case(house), bed)


def test_a_stay_grows_only_into_free_nights(app: Flask) -> None:
    house = factories.World()
    bed = house_of(house)[0]
    stay = put(house, factories.case(house), bed, days=5)
    put(house, factories.case(house), bed, days=5, start=7)
    with factories.acts(house.caseworker) as by:
        placing.extend(by=by, placement=factories.anew(stay), until_on=today() + timedelta(days=7))
    with pytest.raises(RuleBroken), factories.acts(house.caseworker) as by:
        placing.extend(by=by, placement=factories.anew(stay), until_on=today() + timedelta(days=8))
    db.session.rollback()
    with factories.acts(house.caseworker) as by:
        placing.extend(by=by, placement=factories.anew(stay), until_on=today() + timedelta(days=2))
    assert (
        db.session.execute(select(func.count()).where(BedNight.placement_id == stay.id)).scalar()
        == 2
    )


def test_the_shelter_manager_sees_care_and_name_to_use_and_nothing_else(app: Flask) -> None:
    house = factories.World()
    bed = house_of(house, organisation=house.here)[0]
    case = factories.case(house, call_name="Zara")
    number = case.number
    with factories.acts(house.health) as by:
        changes.add(
            by=by,
            case=factories.anew(case),
            kind=KINDS["care"],
            given={"kind": "diet", "words": "No nuts"},
        )
        changes.add(
            by=by,
            case=factories.anew(case),
            kind=KINDS["condition"],
            given={"name": "Zqxallergy", "state": "active"},
        )
    factories.anew(house.shelter)
    db.session.add(
        Grant(user_id=house.shelter.id, organisation_id=house.here.id, role=Role.SHELTER)
    )
    db.session.commit()
    stay = put(house, case, bed)
    browser = factories.Browser(app, house.shelter)
    key, card, stay_key = factories.anew(bed).room.facility.key, stay.card, stay.key
    page = browser.get(f"/shelter/{key}")
    assert page.status_code == 200
    assert "Z." in page.text
    assert "Zara" not in page.text
    assert "Zara" in browser.post(f"/shelter/{key}/names").text
    desk = browser.post(f"/shelter/{key}/scan", card=card.upper())
    assert "No nuts" in desk.text
    for answer in (page, desk):
        for word in ("Benali", "Zqxallergy", "It was a house", "Single room"):
            assert word not in answer.text
    assert browser.get(f"/cases/{number}").status_code == 404
    assert browser.get(f"/cases/{number}/identity").status_code == 404
    with factories.acts(house.caseworker) as by:
        placing.leave(by=by, placement=queries.stay(stay_key), left_on=today(), left_to="family")
    assert "Zara" not in browser.get(f"/shelter/{key}").text
    assert browser.post(f"/shelter/{key}/scan", card=card).status_code == 422


def test_a_house_of_another_organisation_does_not_exist(app: Flask) -> None:
    house = factories.World()
    key = house_of(house)[0].room.facility.key
    for user in (house.far, house.helper, house.shelter, house.manager, house.administrator):
        browser = factories.Browser(app, user)
        assert browser.get(f"/shelter/{key}").status_code == 404
        assert browser.post(f"/shelter/{key}/rooms", name="x", beds="1").status_code == 404
    caseworker = factories.Browser(app, house.caseworker)
    assert caseworker.get(f"/shelter/{key}").status_code == 200
    assert caseworker.get(f"/shelter/{key}/change").status_code == 404


def test_the_address_opens_for_those_who_need_it_and_is_noted(app: Flask) -> None:
    house = factories.World()
    bed = house_of(house)[0]
    case = factories.case(house)
    number, key = case.number, put(house, case, bed).key
    facility = factories.anew(bed).room.facility
    assert b"Zqxstreet" not in facility.address_sealed
    browser = factories.Browser(app, house.caseworker)
    for path in ("/shelter", f"/shelter/{facility.key}", f"/cases/{number}/shelter"):
        assert "Zqxstreet" not in browser.get(path).text
    assert "Zqxstreet" in browser.get(f"/cases/{number}/shelter/{key}/address").text
    assert (
        factories.Browser(app, house.stranger)
        .get(f"/cases/{number}/shelter/{key}/address")
        .status_code
        == 404
    )
    assert (
        db.session.execute(select(func.count()).where(AuditRecord.deed == "address_read")).scalar()
        == 1
    )


def test_a_card_holds_a_random_reference_and_a_lost_one_is_worth_nothing(app: Flask) -> None:
    house = factories.World()
    bed = house_of(house)[0]
    case = factories.case(house)
    number, stay = case.number, put(house, case, bed)
    key, old = stay.key, stay.card
    browser = factories.Browser(app, house.caseworker)
    page = browser.get(f"/cases/{number}/shelter/{key}/card").text
    assert "<svg" in page
    assert number not in re.sub(
        r'href="[^"]*"|action="[^"]*"', "", page.partition('class="qr-card"')[2]
    )
    assert re.fullmatch(r"[0-9a-f]{20}", old)
    browser.post(f"/cases/{number}/shelter/{key}/card")
    house_key = factories.anew(bed).room.facility.key
    assert browser.post(f"/shelter/{house_key}/scan", card=old).status_code == 422
    assert (
        browser.post(f"/shelter/{house_key}/scan", card=factories.anew(stay).card).status_code
        == 200
    )


def test_a_meal_is_handed_out_once_also_by_two_at_once(app: Flask) -> None:
    house = factories.World()
    bed = house_of(house)[0]
    stay = put(house, factories.case(house), bed)
    stay_id, user_id = stay.id, factories.anew(house.caseworker).id

    def give() -> str:
        with acting(person(db.session.get_one(User, user_id))) as gate:
            presence.hand_out(
                by=gate.actor,
                placement=db.session.get_one(Placement, stay_id),
                kind="meal",
                meal="lunch",
            )
            db.session.commit()
            return "given"

    results = at_once(app, [give] * 12)
    assert results.count("given") == 1, results
    house_key, stay_key = factories.anew(bed).room.facility.key, factories.anew(stay).key
    browser = factories.Browser(app, house.caseworker)
    again = browser.post(
        f"/shelter/{house_key}/stays/{stay_key}/handouts", kind="meal", meal="lunch"
    )
    assert again.status_code == 422
    assert "Given already" in again.text
    assert (
        browser.post(
            f"/shelter/{house_key}/stays/{stay_key}/handouts", kind="meal", meal="dinner"
        ).status_code
        == 200
    )
    assert db.session.execute(select(func.count()).select_from(Handout)).scalar() == 2


@given(st.dates(), st.dates())
def test_things_are_given_once_a_period(one: Any, other: Any) -> None:
    assert presence.period_of("bedding", one) == presence.period_of("bedding", other)
    same_month = (one.year, one.month) == (other.year, other.month)
    assert (
        presence.period_of("hygiene", one) == presence.period_of("hygiene", other)
    ) == same_month
    assert (
        presence.period_of("meal", one, "lunch") == presence.period_of("meal", other, "lunch")
    ) == (one == other)
    assert presence.period_of("meal", one, "lunch") != presence.period_of("meal", one, "dinner")
    assert (presence.period_of("allowance", one) == presence.period_of("allowance", other)) == (
        one.isocalendar()[:2] == other.isocalendar()[:2]
    )


def test_somebody_missing_is_told_at_once(app: Flask) -> None:
    house = factories.World()
    bed = house_of(house)[0]
    stay = put(house, factories.case(house), bed)
    with factories.acts(house.caseworker) as by:
        presence.tell(by=by, placement=factories.anew(stay), state="missing")
        presence.tell(by=by, placement=factories.anew(stay), state="missing")
    assert len(factories.of_kind(Task, "safety", Task.done_at.is_(None))) == 1
    assert factories.anew(stay).presence == "missing"


def test_incidents_and_inspections_are_kept_sealed(app: Flask) -> None:
    house = factories.World()
    key = house_of(house)[0].room.facility.key
    browser = factories.Browser(app, house.supervisor)
    assert (
        browser.post(
            f"/shelter/{key}/notes", what="incident", kind="threat", words="A car waited. Zqxnote"
        ).status_code
        == 303
    )
    assert (
        browser.post(
            f"/shelter/{key}/notes",
            what="inspection",
            words="All in order.",
            next_on=(today() + timedelta(days=90)).isoformat(),
        ).status_code
        == 303
    )
    assert "Zqxnote" in browser.get(f"/shelter/{key}").text
    assert "Zqxnote" not in factories.Browser(app, house.caseworker).get(f"/shelter/{key}").text
    assert not any(
        b"Zqxnote" in (row.words_sealed or b"")
        for row in db.session.execute(select(HouseNote)).scalars()
    )
    assert db.session.execute(select(Facility.inspect_next_on)).scalar() == today() + timedelta(
        days=90
    )


def test_beds_are_given_and_ended_in_pages_and_wrong_input_is_told(quick_app: Flask) -> None:
    house = factories.World()
    bed = house_of(house)[0]
    number, bed_id = factories.case(house).number, bed.id
    browser = factories.Browser(quick_app, house.caseworker)
    assert browser.get(f"/cases/{number}/shelter").status_code == 200
    path = f"/cases/{number}/shelter"
    day = today().isoformat()
    for wrong in (
        {"bed": "", "from_on": day, "until_on": day},
        {"bed": str(bed_id), "from_on": day, "until_on": day},
        {"bed": "999", "from_on": day, "until_on": "2027-01-01"},
    ):
        assert browser.post(path, **wrong).status_code == 422
    assert (
        browser.post(
            path, bed=str(bed_id), from_on=day, until_on=(today() + timedelta(days=3)).isoformat()
        ).status_code
        == 303
    )
    key = db.session.execute(select(Placement.key)).scalar()
    assert (
        browser.post(
            f"{path}/{key}/extend", until_on=(today() + timedelta(days=9)).isoformat()
        ).status_code
        == 303
    )
    assert browser.post(f"{path}/{key}/leave", left_on=day, left_to="").status_code == 422
    assert browser.post(f"{path}/{key}/leave", left_on=day, left_to="family").status_code == 303
    assert browser.get("/shelter").status_code == 200
