"""What is recorded again replaces nothing: what stood is kept with who and when, and the second of
two writers is asked for what both changed.
"""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from avrr import handover, journeys, movements, preparation, reintegration, steps, visits
from casework.core import histories
from casework.shelter import facilities
from models.base import at, db, now, today
from models.dates import months_after
from models.people import Organisation
from models.referrals import Referral
from models.returns import FollowUp, Return
from models.rules import RuleBroken
from referral import directory
from tests import factories
from tests.avrr.test_return import ready
from web.errors import StaleEdit


@pytest.fixture
def house(quick_app: Flask) -> factories.World:
    return factories.World()


def home(house: factories.World) -> Return:
    """A person who arrived."""
    return_ = ready(house)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(return_))
    with factories.acts(house.caseworker) as by:
        preparation.depart(by=by, return_=factories.anew(return_), departed_on=today())
    with factories.acts(house.origin) as by:
        reintegration.arrive(by=by, return_=factories.anew(return_), arrived_on=today())
    return return_


def before(history: histories.History) -> list[dict[str, Any]]:
    """What stood, oldest first, without what was empty."""
    return [
        {name: value for name, value in each.before.items() if value}
        for each in reversed(history.versions())
    ]


def test_a_plan_keeps_what_stood_and_joins_two_writers(
    house: factories.World, quick_app: Flask
) -> None:
    return_ = home(house)

    def plan(**given: Any) -> None:
        with factories.acts(house.origin) as by:
            reintegration.plan(by=by, return_=factories.anew(return_), given=given)

    plan(economic="A stall.", revision=1)
    plan(economic="A bakery.", social="School.", revision=2)
    plan(economic="A stall.", community="The elders.", revision=2)  # opened before the bakery
    with factories.acts(house.origin) as by:
        row = factories.anew(return_)
        assert dict(row.plan) == {
            "economic": "A bakery.",
            "social": "School.",
            "community": "The elders.",
        }, "what only one changed is taken over"
        assert before(histories.OfReturn(row, "plan")) == [{}, {"economic": "A stall."}, {}]
        with pytest.raises(StaleEdit) as both:
            reintegration.plan(by=by, return_=row, given={"economic": "A farm.", "revision": 2})
        assert both.value.differences == {"economic": ("A bakery.", "A farm.")}
        assert both.value.by[0] == "Origin"
        db.session.rollback()
    reference = factories.anew(return_).reference
    page = factories.Browser(quick_app, house.origin).get(f"/returns/{reference}").text
    assert "What stood here before" in page
    assert "A stall." in page
    conflict = factories.Browser(quick_app, house.origin).post(
        f"/returns/{reference}/plan", economic="A farm.", revision="2"
    )
    assert conflict.status_code == 409
    assert "A bakery." in conflict.text


def test_a_follow_up_is_corrected_only_where_it_is_meant(
    house: factories.World, quick_app: Flask
) -> None:
    return_ = home(house)
    with at(now() + (months_after(today(), 1) - today())), factories.acts(house.origin) as by:
        visit = {"month": "1", "done_on": today(), "manner": "visit", "outcome": "reached"}
        row = factories.anew(return_)
        made = visits.follow_up(by=by, return_=row, **visit, social=40)
        assert visits.follow_up(by=by, return_=row, **visit, social=40) is made, "the same is one"
        with pytest.raises(RuleBroken) as asked:
            visits.follow_up(by=by, return_=row, **visit, social=60)
        assert asked.value.field == "corrects"
        visits.follow_up(by=by, return_=row, **visit, social=60, corrects=str(made.id))
        assert len(row.attempts) == 1
        first = next(each for each in row.follow_ups if each.month == 1)
        assert first.social == 60
        kept = before(histories.OfReturn(row, f"tries/{made.id}"))
        assert kept == [{"social": 40}]
        told = {**visit, "social": 60, "corrects": str(made.id)}
        visits.follow_up(by=by, return_=row, **told, seen="A stall.")
        visits.follow_up(by=by, return_=row, **told, seen="A shop.")
        visits.follow_up(by=by, return_=row, **(told | {"done_on": today()}))
        assert row.seen[str(made.id)]["words"] == "A shop.", "what is left empty stays"
        kept = before(histories.OfReturn(row, f"tries/{made.id}"))
        assert kept == [{"social": 40}, {"seen": "A stall."}]
    reference = factories.anew(return_).reference
    page = factories.Browser(quick_app, house.origin).get(f"/returns/{reference}").text
    assert "What stood here before" in page
    assert "Social, 0 to 100 40" in " ".join(page.split())
    assert "A stall." in page


def test_a_journey_is_joined_leg_by_leg_and_every_step_stays_on_the_page(
    house: factories.World, quick_app: Flask
) -> None:
    return_ = ready(house, hand=False)

    def go(revision: int, **changes: Any) -> None:
        leg = {"from": "Tunis", "to": "Abidjan", "carrier": "TU 1", "on": today()}
        others = {name: changes.pop(name) for name in ("airline",) if name in changes}
        given = {"legs": [leg | changes], "revision": revision, **others}
        with factories.acts(house.caseworker) as by:
            steps.journey(by=by, return_=factories.anew(return_), given=given)

    go(1)
    go(2, carrier="TU 9")
    go(2, airline="Needs a wheelchair.")
    with factories.acts(house.caseworker) as by:
        row = factories.anew(return_)
        assert row.journey["legs"][0]["carrier"] == "TU 9"
        assert row.journey["airline"] == "Needs a wheelchair."
        factories.returning.take("counselling", by=by, return_=row, language="ar")
    with pytest.raises(StaleEdit):
        go(2, carrier="TU 5")
    reference = factories.anew(return_).reference
    page = factories.Browser(quick_app, house.caseworker).get(f"/returns/{reference}").text
    assert "TU 1" in page, "what stood before"
    words = " ".join(page.split())
    assert words.count("Counselling") >= 2
    assert "Arabic" in words.partition("All that was recorded")[2]
    assert "French" in words.partition("All that was recorded")[2]


def test_legs_are_the_same_typed_and_kept() -> None:
    leg = {"from": "A", "to": "B", "carrier": "", "on": "2026-03-10"}
    kept = {"legs": [leg], "needs": ["wheelchair"]}
    assert journeys.kept(journeys.as_typed(kept, "NIA")) == kept


def test_a_movement_a_house_and_places_keep_what_stood(
    house: factories.World, quick_app: Flask
) -> None:
    with factories.acts(house.caseworker) as by:
        office = factories.anew(house.here)
        movement = movements.plan(
            by=by, office=office, country="CI", kind="flight", travel_on=today(), seats=5
        )
        movements.change(by=by, movement=movement, travel_on=today(), seats=9, revision=1)
        stands = {"travel_on": today(), "carrier": "TU 3"}
        movements.change(by=by, movement=movement, seats=5, revision=1, **stands)
        assert (movement.seats, movement.carrier) == (9, "TU 3")
        with pytest.raises(StaleEdit):
            movements.change(by=by, movement=movement, travel_on=today(), seats=7, revision=1)
        assert before(movements.history_of(movement)) == [{"seats": 5}, {}]
        page = f"/movements/{movement.reference}"
    text = factories.Browser(quick_app, house.caseworker).get(page).text
    assert "What stood here before" in text
    with factories.acts(house.shelter) as by:
        made = facilities.add_own(by=by, name="Jasmine", sex="women", ages="any", address="Zqx 1")
        given = {"name": "Jasmine", "sex": "women", "ages": "any"}
        facilities.change(by=by, facility=made, **given, address="Zqx 2", revision=1)
        with pytest.raises(StaleEdit):
            facilities.change(by=by, facility=made, **given, address="Zqx 3", revision=1)
        assert before(facilities.history_of(made)) == [{"address": "Zqx 1"}]
        page = f"/shelter/{made.key}/change"
    assert "Zqx 1" in factories.Browser(quick_app, house.shelter).get(page).text


def test_two_who_say_how_many_places_are_open_are_joined(
    house: factories.World, quick_app: Flask
) -> None:
    partner = factories.anew(house.partner)
    code = partner.code
    helper = factories.Browser(quick_app, house.helper)
    path = f"/partners/{code}/places"
    say = {"area": "Tunis", "revision": "1"}
    assert helper.post(path, **say, places__shelter="3").status_code == 303
    late = helper.post(path, **say, places__shelter="5", places__counselling="2")
    assert late.status_code == 409
    assert "Shelter" in late.text
    fields = {"area": "Tunis", "revision": "2", "places__counselling": "2"}
    assert helper.post(path, **fields, places__shelter="5").status_code == 303
    partner = factories.anew(house.partner)
    assert partner.capacity == {"shelter": 5, "counselling": 2}
    with factories.acts(house.helper):
        kept = before(directory.history_of(factories.anew(house.partner)))
        assert {"places__shelter": 3} in kept
    assert "What stood here before" in helper.get(path).text


# --- lists with more than fit


def test_a_list_says_how_many_there_are_and_leads_to_all(
    house: factories.World, quick_app: Flask
) -> None:
    return_ = home(house)
    with factories.acts(house.origin):
        record = factories.anew(return_)
        standing = len(record.follow_ups)
        for place in range(40):
            record.follow_ups.append(FollowUp(month=100 + place, due_on=today()))
        assert standing < 40
    origin = factories.Browser(quick_app, house.origin)
    assert "All 40" in origin.get("/returns").text
    first = origin.get("/returns/work?what=visits").text
    assert "1 to 25 of 40" in first
    rest = origin.get("/returns/work?what=visits&after=25").text
    assert "26 to 40 of 40" in rest
    months = re.findall(r"Month (1\d\d)", first + rest)
    assert sorted(map(int, months)) == list(range(100, 140)), "each once"
    assert origin.get("/returns/work?what=nothing").status_code == 200, "the first of them"
    assert origin.get("/returns/work?what=visits&after=x").status_code == 404


def test_referrals_of_a_case_the_board_and_the_directory_have_a_next_page(
    house: factories.World, quick_app: Flask
) -> None:
    case = factories.case(house)
    case_id, number = case.id, case.number
    sent = {
        "office_id": factories.anew(house.here).id,
        "partner_id": factories.anew(house.partner).id,
    }
    for place in range(60):
        made = Referral(
            case_id=case_id, service="shelter", answer_by=now() + timedelta(days=1), **sent
        )
        made.reference = f"RF-{place:08}"
        db.session.add(made)
    db.session.add_all(
        Organisation(code=f"P{place}", kind="partner", name=f"Partner {place:03}", country="TN")
        for place in range(60)
    )
    db.session.commit()
    own = factories.Browser(quick_app, house.caseworker)
    seen: set[str] = set()
    address = f"/cases/{number}/referrals"
    while address:
        text = own.get(address).text
        seen |= set(re.findall(r"RF-\d{8}", text))
        following = re.search(r'\?&amp;after=([^"]+)" rel="next"', text)
        address = f"/cases/{number}/referrals?after={following[1]}" if following else ""
    assert len(seen) == 60
    board = own.get("/referrals/board").text
    assert "All 60" in board
    assert "31 to 60 of 60" in own.get("/referrals/board?state=sent&after=30").text
    assert "51 to 62 of 62" in own.get("/partners?after=50").text
