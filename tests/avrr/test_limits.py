"""Days of a return: documents, visits, warnings, instalments, each boundary on both sides."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from access.permissions import Role
from avrr import (
    assistance_items,
    checklist,
    early_warnings,
    handover,
    jobs,
    movements,
    queries,
    reintegration,
    steps,
    visits,
)
from models.base import db, now, today
from models.dates import months_after
from models.life_cycles import START
from models.messages import Message
from models.movements import Movement
from models.people import User
from models.returns import FollowUp, Return, ReturnWarning, Survey
from models.rules import RuleBroken
from standards import sustainability
from tests import factories
from tests.avrr.test_movements import accepted, planned
from tests.avrr.test_reintegration import arrived, item
from tests.avrr.test_return import DONE, TODAY, lacking, ready
from tests.conftest import Clock

DAY = timedelta(days=1)


@pytest.mark.parametrize("step", ["travel_documents", "fit_to_travel"])
@pytest.mark.parametrize(("days", "holds"), [(-1, False), (0, True), (1, True)])
def test_a_travel_document_and_a_certificate_that_end_on_the_day_of_travel_are_good_for_it(
    step: str, days: int, holds: bool
) -> None:
    done = {**DONE, step: checklist.Done(TODAY, "", TODAY + days * DAY)}
    assert (lacking(done) == []) is holds
    assert lacking(done, travel_on=None) == [], "without a day of travel nothing has ended"


@given(st.integers(-400, 400), st.integers(-400, 400))
def test_a_declaration_counts_when_it_was_signed_on_the_last_day_to_think_or_later(
    until: int, signed: int
) -> None:
    thinks = checklist.Done(
        TODAY - 500 * DAY, detail={"think_until": (TODAY + until * DAY).isoformat()}
    )
    done = {**DONE, "counselling": thinks, "declaration": checklist.Done(TODAY + signed * DAY)}
    assert (lacking(done) == []) is (signed >= until)


@pytest.mark.parametrize(("days", "seated"), [(-1, 0), (0, 1), (1, 1)])
def test_a_certificate_that_ends_on_the_day_of_a_movement_is_good_for_it(
    quick_app: Flask, clock: Clock, days: int, seated: int
) -> None:
    house = factories.World()
    record = accepted(house, 1)[0]
    movement = planned(house)
    movement.travel_on = today() + 5 * DAY
    factories.anew(record).steps["fit_to_travel"].valid_until = movement.travel_on + days * DAY
    db.session.flush()
    assert len(movements.ready(movement)) == seated


def test_a_movement_is_planned_for_today_or_later(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    what: dict[str, Any] = {"country": "CI", "kind": "flight", "seats": 3}
    with factories.acts(house.caseworker) as by:
        office = factories.anew(house.here)
        with pytest.raises(RuleBroken):
            movements.plan(by=by, office=office, travel_on=today() - DAY, **what)
        made = movements.plan(by=by, office=office, travel_on=today(), **what)
        with pytest.raises(RuleBroken):
            movements.change(by=by, movement=made, travel_on=today() - DAY, seats=3)
        movements.change(by=by, movement=made, travel_on=today(), seats=1)
        assert db.session.get_one(Movement, made.id).seats == 1


def test_seats_are_never_fewer_than_the_highest_one_taken(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    records = accepted(house, 2)
    movement = planned(house, seats=4)
    with factories.acts(house.caseworker) as by:
        movement = factories.anew(movement)
        movements.seat(by=by, movement=movement, returns=[factories.anew(one) for one in records])
        with pytest.raises(RuleBroken):
            movements.change(by=by, movement=movement, travel_on=today(), seats=1)
        movements.change(by=by, movement=movement, travel_on=today(), seats=2)


def survey(**scores: int | None) -> Survey:
    blank = dict.fromkeys((*sustainability.DIMENSIONS, "composite"))
    return Survey(version="v", on=date(2026, 3, 10), **{**blank, **scores})


def falls(before: dict[str, int | None], after: dict[str, int | None], **of_last: Any) -> list[str]:
    last, newest = survey(**before), survey(**after)
    last.id, newest.id = 1, 2
    for name, value in of_last.items():
        setattr(last, name, value)
    record = Return(surveys=[last, newest])
    found = early_warnings._of_survey(record, newest, {}, sustainability.instrument())
    return [figures["score"] for kind, _about, figures in found if kind == "falls"]


@pytest.mark.parametrize(("fall", "warns"), [(149, False), (150, True), (151, True), (-150, False)])
@pytest.mark.parametrize("score", [*sustainability.DIMENSIONS, "composite"])
def test_a_fall_of_exactly_0_15_warns(score: str, fall: int, warns: bool) -> None:
    assert falls({score: 900}, {score: 900 - fall}) == ([score] if warns else [])


def test_a_fall_is_one_from_an_earlier_survey_of_the_same_version() -> None:
    high, low = {"economic": 900}, {"economic": 500}
    assert falls(high, low) == ["economic"]
    assert falls(high, low, version="another") == []
    assert falls(high, low, on=date(2026, 3, 11)) == [], "one of a later day came not before"
    assert falls({"economic": None}, low) == []
    assert falls(high, {"economic": None}) == []


@pytest.mark.parametrize(("under", "warns"), [(1, True), (0, False)])
def test_a_composite_under_the_limit_warns_and_one_at_it_does_not(under: int, warns: bool) -> None:
    used = sustainability.instrument()
    limit = round(used.low_below * 1000)
    newest = survey(composite=limit - under)
    newest.id = 1
    found = [
        kind
        for kind, _a, _f in early_warnings._of_survey(Return(surveys=[newest]), newest, {}, used)
    ]
    assert found == (["low"] if warns else [])


@pytest.fixture
def visit(quick_app: Flask, clock: Clock) -> FollowUp:
    """The first visit of somebody who came back today: due in a month."""
    record = factories.anew(arrived(factories.World()))
    found: FollowUp = record.follow_ups[0]
    return found


def test_visits_are_due_on_the_same_day_months_later(visit: FollowUp) -> None:
    dues = [one.due_on for one in visit.record.follow_ups]
    assert dues == [months_after(today(), months) for months in (1, 3, 6, 12)]


@pytest.mark.parametrize(("days", "count"), [(13, 0), (14, 1), (60, 1), (400, 4)])
def test_a_visit_nobody_made_within_two_weeks_warns_however_late_it_is(
    visit: FollowUp, clock: Clock, days: int, count: int
) -> None:
    clock.set(now() + (months_after(today(), 1) - today()) + days * DAY)
    assert early_warnings.missed() == count
    assert db.session.execute(select(func.count()).select_from(ReturnWarning)).scalar() == count


def test_no_mission_hears_of_a_visit_after_its_handover_ended(
    visit: FollowUp, clock: Clock
) -> None:
    db.session.execute(update(Return).values(handover=START))
    db.session.commit()
    clock.set(now() + (months_after(today(), 1) - today()) + 20 * DAY)
    assert early_warnings.missed() == 0


@pytest.mark.parametrize(
    ("days", "event"),
    [
        (-4, None),
        (-3, "follow_up.due"),
        (0, "follow_up.due"),
        (7, "follow_up.due"),
        (8, "follow_up.missed"),
        (60, "follow_up.missed"),
        (61, "follow_up.missed"),
        (400, "follow_up.missed"),
    ],
)
def test_a_visit_is_told_three_days_before_and_is_missed_after_seven(
    visit: FollowUp, clock: Clock, days: int, event: str | None
) -> None:
    clock.set(now() + (months_after(today(), 1) - today()) + days * DAY)
    jobs.remind()
    told = select(Message.event).where(
        Message.channel == "app", Message.event.like("follow_up.%"), Message.reference.like("1-%")
    )
    assert list(db.session.execute(told).scalars()) == ([event] if event else [])


@pytest.mark.parametrize(("days", "shown"), [(-15, 0), (-14, 1), (40, 1)])
def test_work_shows_visits_that_are_due_within_a_fortnight(
    visit: FollowUp, clock: Clock, days: int, shown: int
) -> None:
    origin = visit.record.receiving_id
    clock.set(now() + (months_after(today(), 1) - today()) + days * DAY)
    mission = next(
        user for user in db.session.execute(select(User)).scalars() if user.name == "Origin"
    )
    with factories.acts(mission) as by:
        assert queries.visits_due(by).total == shown
        assert by.at(Role.ORIGIN) == {origin}


@pytest.mark.parametrize(
    ("amount", "state"), [(999, "approved"), (1000, "approved"), (1001, "planned")]
)
def test_an_item_above_1000_is_approved_by_somebody_else(
    quick_app: Flask, clock: Clock, amount: int, state: str
) -> None:
    house = factories.World()
    assert item(house, arrived(house), amount=amount, parts=1).state == state


@pytest.mark.parametrize(
    ("amount", "parts", "taken"),
    [(100, 0, False), (100, 1, True), (100, 6, True), (100, 7, False), (3, 3, True), (3, 4, True)],
)
def test_an_item_has_one_to_six_instalments_a_month_apart_and_none_of_nothing(
    quick_app: Flask, clock: Clock, amount: int, parts: int, taken: bool
) -> None:
    house = factories.World()
    record = arrived(house)
    if not taken:
        with pytest.raises(RuleBroken):
            item(house, record, amount=amount, parts=parts)
        return
    made = factories.anew(item(house, record, amount=amount, parts=parts))
    assert [part.due_on for part in made.instalments] == [
        months_after(today(), number) for number in range(parts)
    ]
    assert sum(part.amount_minor for part in made.instalments) == amount * 100


@pytest.mark.parametrize(
    ("departed", "came", "taken"),
    [(0, 0, True), (0, 1, False), (-2, -2, True), (-2, -3, False), (-2, 0, True)],
)
def test_arrival_lies_between_departure_and_today(
    quick_app: Flask, clock: Clock, departed: int, came: int, taken: bool
) -> None:
    house = factories.World()
    record = ready(house)
    factories.anew(record).state = "departed"
    factories.anew(record).departed_on = today() + departed * DAY
    with factories.acts(house.origin) as by:
        what: dict[str, Any] = {
            "return_": factories.anew(record),
            "arrived_on": today() + came * DAY,
        }
        if taken:
            reintegration.arrive(by=by, **what)
            return
        with pytest.raises(RuleBroken):
            reintegration.arrive(by=by, **what)


def test_nothing_of_a_return_was_done_tomorrow(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    record, tomorrow = arrived(house), today() + DAY
    made = item(house, record, amount=100, parts=1)
    with factories.acts(house.origin) as by:
        record = factories.anew(record)
        visit: dict[str, Any] = {"month": "0", "manner": "visit", "outcome": "reached"}
        with pytest.raises(RuleBroken):
            visits.follow_up(by=by, return_=record, done_on=tomorrow, **visit)
        visits.follow_up(by=by, return_=record, done_on=today(), **visit)
        paid: dict[str, Any] = {"item": factories.anew(made), "number": 1, "receipt": "R"}
        with pytest.raises(RuleBroken):
            assistance_items.pay(by=by, paid_on=tomorrow, **paid)
        assert assistance_items.pay(by=by, paid_on=today(), **paid).paid_on == today()


def test_a_step_was_done_today_or_before_and_a_leg_begins_no_earlier_than_the_one_before(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    record = ready(house, fund=False, hand=False)
    first = today() + 5 * DAY
    with factories.acts(house.caseworker) as by:
        record = factories.anew(record)
        with pytest.raises(RuleBroken):
            steps.do_step(by=by, return_=record, step="application", done_on=today() + DAY)
        legs = [{"from": "A", "to": "B", "on": first}, {"from": "B", "to": "C", "on": first - DAY}]
        with pytest.raises(RuleBroken):
            steps.journey(by=by, return_=record, given={"legs": legs})
        legs[1]["on"] = first
        steps.journey(by=by, return_=record, given={"legs": legs})
        assert record.travel_on == first


def test_a_thread_between_missions_holds_a_hundred_words(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    record = ready(house)
    with factories.acts(house.caseworker) as by:
        record = factories.anew(record)
        record.thread = {"items": [{"at": now().isoformat(), "name": "x", "words": "x"}] * 99}
        handover.say(by=by, return_=record, words="The hundredth.")
        with pytest.raises(RuleBroken):
            handover.say(by=by, return_=record, words="One too many.")
