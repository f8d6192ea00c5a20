"""Nights of a shelter: who may come on which day, until which morning, and what is given out once
in which time.
"""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from access.actors import person
from casework.people import families
from casework.shelter import placing, presence, queries, schemas
from models.base import db, now, today
from models.people import Grant
from models.rules import RuleBroken
from models.shelter import Bed, BedNight, Facility
from tests import factories
from tests.casework.test_shelter import house_of, put
from tests.conftest import Clock

DAY = timedelta(days=1)


@pytest.fixture
def house(quick_app: Flask, clock: Clock) -> factories.World:
    return factories.World()


def nights(bed: Bed) -> list[int]:
    query = select(BedNight.night).where(BedNight.bed_id == bed.id).order_by(BedNight.night)
    return [(night - today()).days for night in db.session.execute(query).scalars()]


def test_a_stay_takes_the_first_night_and_not_that_of_the_morning_of_leaving(
    house: factories.World,
) -> None:
    bed = house_of(house)[0]
    put(house, factories.case(house), bed, days=3)
    assert nights(bed) == [0, 1, 2]


def test_a_bed_is_free_for_the_next_on_the_day_somebody_leaves(house: factories.World) -> None:
    bed = house_of(house)[0]
    put(house, factories.case(house), bed, days=3)
    case = factories.case(house)
    with pytest.raises(RuleBroken):
        put(house, case, bed, days=2, start=2)
    db.session.rollback()
    put(house, case, bed, days=2, start=3)
    assert nights(bed) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("start", "fits"), [(4, False), (5, True), (-3, False)])
def test_a_family_has_a_room_to_itself_and_may_arrive_the_day_another_leaves(
    house: factories.World, start: int, fits: bool
) -> None:
    beds = house_of(house, beds=4, one_household=True)
    pairs = [(factories.case(house), factories.case(house)) for _ in range(2)]
    with factories.acts(house.caseworker) as by:
        for head, other in pairs:
            families.join(
                by=by, case=factories.anew(head), other=factories.anew(other), relation="child"
            )
    put(house, pairs[0][0], beds[0], days=5)
    if fits:
        put(house, pairs[1][0], beds[1], days=4, start=start)
        return
    with pytest.raises(RuleBroken) as refused:
        put(house, pairs[1][0], beds[1], days=4, start=start)
    assert "Somebody else has this room." in str(refused.value.message)


def test_a_family_may_leave_on_the_day_another_arrives(house: factories.World) -> None:
    beds = house_of(house, beds=4, one_household=True)
    pairs = [(factories.case(house), factories.case(house)) for _ in range(2)]
    with factories.acts(house.caseworker) as by:
        for head, other in pairs:
            families.join(
                by=by, case=factories.anew(head), other=factories.anew(other), relation="child"
            )
    put(house, pairs[0][0], beds[0], days=5, start=4)
    put(house, pairs[1][0], beds[1], days=4)


def test_who_stays_until_a_day_is_told_a_bed_taken_in_these_nights_from_a_free_one(
    house: factories.World,
) -> None:
    bed, other = house_of(house)
    put(house, factories.case(house), bed, days=3, start=2)
    case = factories.case(house)

    def free(start: int, end: int) -> bool:
        found = queries.beds_for(case, today() + start * DAY, today() + end * DAY)
        assert {one.id for one, _free in found} == {bed.id, other.id}
        return {one.id: is_free for one, is_free in found}[bed.id]

    assert free(0, 2), "leaves on the morning before"
    assert not free(0, 3)
    assert not free(4, 5)
    assert free(5, 6), "comes on the day the other leaves"


def test_a_board_shows_fourteen_nights(house: factories.World) -> None:
    bed = house_of(house)[0]
    put(house, factories.case(house), bed, days=20)
    shown, taken = queries.board(factories.anew(bed).room.facility, today())
    assert len(shown) == 14
    assert {night for _bed, night in taken} == set(shown)
    assert shown[-1] == today() + 13 * DAY


@pytest.mark.parametrize(
    ("until", "allowed"), [(-2, False), (-1, False), (0, True), (1, True), (30, True)]
)
def test_a_stay_is_not_made_to_have_ended_before_today(
    house: factories.World, clock: Clock, until: int, allowed: bool
) -> None:
    stay = put(house, factories.case(house), house_of(house)[0], days=10)
    clock.forward(days=5)
    with factories.acts(house.caseworker) as by:
        if allowed:
            placing.extend(by=by, placement=factories.anew(stay), until_on=today() + until * DAY)
            assert factories.anew(stay).until_on == today() + until * DAY
            return
        with pytest.raises(RuleBroken):
            placing.extend(by=by, placement=factories.anew(stay), until_on=today() + until * DAY)


def test_a_stay_has_one_night_at_least(house: factories.World) -> None:
    stay = put(house, factories.case(house), house_of(house)[0], days=10, start=3)
    with factories.acts(house.caseworker) as by:
        with pytest.raises(RuleBroken):
            placing.extend(by=by, placement=factories.anew(stay), until_on=stay.from_on)
        placing.extend(by=by, placement=factories.anew(stay), until_on=stay.from_on + DAY)


@pytest.mark.parametrize(("left", "allowed"), [(-1, False), (0, True), (5, True), (6, False)])
def test_somebody_left_between_the_first_night_and_today(
    house: factories.World, clock: Clock, left: int, allowed: bool
) -> None:
    bed = house_of(house)[0]
    stay = put(house, factories.case(house), bed, days=10)
    clock.forward(days=5)
    day = stay.from_on + left * DAY
    with factories.acts(house.caseworker) as by:
        if not allowed:
            with pytest.raises(RuleBroken):
                placing.leave(by=by, placement=factories.anew(stay), left_on=day, left_to="family")
            return
        placing.leave(by=by, placement=factories.anew(stay), left_on=day, left_to="family")
    assert len(nights(bed)) == left, "the night of the day they left is free again"


def test_the_shelter_knows_a_person_from_their_first_night_until_they_left(
    house: factories.World, clock: Clock
) -> None:
    factories.anew(house.shelter)
    db.session.add(
        Grant(user_id=house.shelter.id, organisation_id=house.here.id, role="shelter_manager")
    )
    db.session.commit()
    case = factories.case(house)
    stay = put(house, case, house_of(house)[0], days=3, start=2)
    sheltered: Callable[[], bool] = lambda: (
        case.id in person(factories.anew(house.shelter)).sheltered
    )
    clock.forward(days=1)
    assert not sheltered()
    assert queries.figures([stay]).total() == 0
    clock.forward(days=1)
    assert sheltered()
    assert queries.figures([stay]).total() == 1
    with factories.acts(house.caseworker) as by:
        placing.leave(by=by, placement=factories.anew(stay), left_on=today(), left_to="family")
    db.session.expire_all()
    assert not sheltered()


def test_beds_free_tonight_are_those_without_somebody_tonight(house: factories.World) -> None:
    beds = house_of(house, beds=3)
    put(house, factories.case(house), beds[0], days=1)
    put(house, factories.case(house), beds[1], days=1, start=1)
    facility: Facility = factories.anew(beds[0]).room.facility
    assert queries.free_tonight([facility]) == {facility.id: (2, 3)}


@pytest.mark.parametrize(
    ("first", "last", "wrong"),
    [
        (-30, 1, None),
        (-31, 1, "from_on"),
        (365, 366, None),
        (366, 367, "from_on"),
        (0, 0, "until_on"),
        (0, 1, None),
        (0, 366, None),
        (0, 367, "until_on"),
    ],
)
def test_a_stay_begins_within_a_month_back_and_a_year_ahead_and_lasts_a_year_at_most(
    house: factories.World, quick_app: Flask, first: int, last: int, wrong: str | None
) -> None:
    given = {
        "bed": "1",
        "from_on": str(today() + first * DAY),
        "until_on": str(today() + last * DAY),
    }
    with quick_app.test_request_context():
        found = schemas.PlaceSchema().validate(given)
    assert set(found) == ({wrong} if wrong else set())


@pytest.mark.parametrize(
    ("kind", "on", "meal", "period"),
    [
        ("meal", date(2026, 3, 10), "lunch", "2026-03-10/lunch"),
        ("hygiene", date(2026, 3, 31), "", "2026-03"),
        ("hygiene", date(2026, 4, 1), "", "2026-04"),
    ],
)
def test_things_are_given_once_for_their_time(kind: str, on: date, meal: str, period: str) -> None:
    if presence.ISSUED_EVERY[kind] in {"meal", "month"}:
        assert presence.period_of(kind, on, meal) == period


@pytest.mark.parametrize(
    ("every", "day", "same", "other"),
    [
        ("week", date(2026, 1, 4), date(2025, 12, 29), date(2026, 1, 5)),
        ("month", date(2026, 3, 31), date(2026, 3, 1), date(2026, 4, 1)),
    ],
)
def test_a_week_ends_on_sunday_and_a_month_on_its_last_day(
    every: str, day: date, same: date, other: date
) -> None:
    kinds = [kind for kind, how in presence.ISSUED_EVERY.items() if how == every]
    for kind in kinds:
        assert presence.period_of(kind, day) == presence.period_of(kind, same)
        assert presence.period_of(kind, day) != presence.period_of(kind, other)


def test_what_was_given_in_the_last_31_days_is_shown(house: factories.World, clock: Clock) -> None:
    stay = put(house, factories.case(house), house_of(house)[0], days=60)
    with factories.acts(house.caseworker) as by:
        given = presence.hand_out(by=by, placement=factories.anew(stay), kind="meal", meal="lunch")
    at = now()
    clock.set(at + timedelta(days=31))
    assert presence.given_since(factories.anew(stay)) == [factories.anew(given)]
    clock.forward(seconds=1)
    assert presence.given_since(factories.anew(stay)) == []
    assert db.session.execute(select(func.count()).select_from(BedNight)).scalar() == 60
