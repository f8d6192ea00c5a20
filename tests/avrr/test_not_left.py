"""A departure that did not happen is taken back; what has ended is not ticked; nobody is seated for
another day without a question.
"""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from avrr import events, movements, not_left, preparation, readiness, reintegration, steps
from models.audit import AuditRecord
from models.base import db, today
from models.messages import Message
from models.movements import ManifestEntry, MissedSeat, Movement
from models.returns import Return
from models.rules import NotPossible, RuleBroken
from models.taking_back import ChangedSince
from tests import factories
from tests.avrr.test_movements import accepted, planned
from tests.conftest import Clock

WHY = "The airline turned everybody back at the gate."


def left(house: factories.World, count: int = 1) -> tuple[Movement, list[Return]]:
    records, movement = accepted(house, count), planned(house, count)
    with factories.acts(house.caseworker) as by:
        movements.fill(by=by, movement=factories.anew(movement))
    with factories.acts(house.caseworker) as by:
        movements.depart(by=by, movement=factories.anew(movement), departed_on=today())
    return movement, records


def test_who_did_not_leave_is_in_preparation_again(quick_app: Flask) -> None:
    house = factories.World()
    movement, (record, other) = left(house, 2)
    own = factories.Browser(quick_app, house.caseworker)
    place = f"/returns/{record.reference}"
    assert "They have not left after all" in own.get(place).text
    assert own.post(f"{place}/not-left", why="").status_code == 422, "not without words"
    as_left = not_left.as_it_stands(factories.anew(record))
    assert own.post(f"{place}/not-left", why=WHY, as_left="other").status_code == 422
    assert own.post(f"{place}/not-left", why=WHY, as_left=as_left).status_code == 303
    back = factories.anew(record)
    assert (back.state, back.departed_on, back.travel_on) == ("preparing", None, None)
    assert factories.anew(back.case).status == "assistance"
    assert factories.anew(other).state == "departed"
    assert [row.return_id for row in db.session.execute(select(MissedSeat)).scalars()] == [back.id]
    assert [row.return_id for row in db.session.execute(select(ManifestEntry)).scalars()] == [
        other.id
    ]
    assert WHY in own.get(f"/cases/{factories.anew(back.case).number}").text
    told = select(Message.user_id).where(Message.event == "return.not_departed")
    names = {house.origin.id, house.caseworker.id}
    assert set(db.session.execute(told).scalars()) == names, "both sides"
    trail = select(AuditRecord.subject).where(AuditRecord.deed == "not_departed")
    assert db.session.execute(trail).scalars().all() == [back.reference]
    assert own.post(f"{place}/not-left", why=WHY).status_code == 422, "once"
    assert movement.id


def test_a_second_departure_is_told_a_second_time(quick_app: Flask) -> None:
    house = factories.World()
    record = accepted(house, 1)[0]
    for _time in range(2):
        with factories.acts(house.caseworker) as by:
            factories.returning.take("itinerary", by=by, return_=factories.anew(record))
            preparation.depart(by=by, return_=factories.anew(record), departed_on=today())
        with factories.acts(house.caseworker) as by:
            not_left.stay(by=by, return_=factories.anew(record), why=WHY)
    for event in ("return.departed", "return.not_departed"):
        query = select(Message.id).where(
            Message.event == event, Message.channel == "app", Message.user_id == house.origin.id
        )
        assert len(db.session.execute(query).scalars().all()) == 2, event


def test_a_movement_that_did_not_leave_has_its_people_and_seats(quick_app: Flask) -> None:
    house = factories.World()
    movement, records = left(house, 2)
    own = factories.Browser(quick_app, house.caseworker)
    place = f"/movements/{movement.reference}"
    assert "They have not left after all" in own.get(place).text
    assert own.post(f"{place}/not-left", why=WHY).status_code == 303
    assert factories.anew(movement).is_planned
    assert {factories.anew(each).state for each in records} == {"preparing"}
    seats = db.session.execute(select(ManifestEntry.state)).scalars().all()
    assert seats == ["listed", "listed"]
    assert own.post(f"{place}/depart", departed_on=str(today())).status_code == 303, "another time"


def test_who_arrived_or_was_seen_on_the_way_has_left(quick_app: Flask) -> None:
    house = factories.World()
    movement, (there, seen) = left(house, 2)
    with factories.acts(house.origin) as by:
        reintegration.arrive(by=by, return_=factories.anew(there), arrived_on=today())
    with factories.acts(house.caseworker) as by:
        events.add(by=by, return_=factories.anew(seen), kind="transit_ok")
    with factories.acts(house.caseworker) as by:
        with pytest.raises(NotPossible):
            not_left.stay(by=by, return_=factories.anew(there), why=WHY)
        with pytest.raises(RuleBroken) as on_the_way:
            not_left.stay(by=by, return_=factories.anew(seen), why=WHY)
        assert "seen on the way" in str(on_the_way.value.message)
        with pytest.raises(RuleBroken) as arrived:
            not_left.stay_all(by=by, movement=factories.anew(movement), why=WHY)
        assert "Already there" in str(arrived.value.message)


def test_only_what_stands_as_the_departure_left_it_is_taken_back(quick_app: Flask) -> None:
    house = factories.World()
    movement, (record,) = left(house)
    with factories.acts(house.caseworker) as by:
        gone = factories.anew(record)
        mark, all_ = not_left.as_it_stands(gone), not_left.movement_as_it_stands(movement)
        gone.departed_on = today() - timedelta(days=1)
        with pytest.raises(ChangedSince):
            not_left.stay(by=by, return_=gone, why=WHY, as_left=mark)
        with pytest.raises(ChangedSince):
            not_left.stay_all(by=by, movement=factories.anew(movement), why=WHY, as_left=all_)


def test_nobody_planned_for_another_day_is_seated_without_a_question(quick_app: Flask) -> None:
    house = factories.World()
    record, movement = accepted(house, 1)[0], planned(house)
    other = today() + timedelta(days=4)
    with factories.acts(house.caseworker) as by:
        factories.returning.take(
            "itinerary", by=by, return_=factories.anew(record), travel_on=other
        )
    own = factories.Browser(quick_app, house.caseworker)
    place = f"/movements/{movement.reference}"
    page = own.get(place).text
    assert "Give a seat instead of that day" in page
    assert "Fill with" not in page, "nobody of them is seated with the others"
    own.post(f"{place}/fill")
    assert db.session.execute(select(ManifestEntry)).scalars().all() == []
    given: dict[str, Any] = {"reference": record.reference}
    asked = own.post(f"{place}/seats", **given)
    assert asked.status_code == 422
    assert "planned for another day" in asked.text
    another = str(other - timedelta(days=1))
    assert own.post(f"{place}/seats", **given, instead_of=another).status_code == 422
    assert own.post(f"{place}/seats", **given, instead_of=str(other)).status_code == 303
    assert factories.anew(record).travel_on == today()


def test_what_has_ended_is_to_be_done_again(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    record = accepted(house, 1)[0]
    with factories.acts(house.caseworker) as by:
        leg = {"from": "Tunis", "to": "Abidjan", "carrier": "", "on": today()}
        steps.journey(by=by, return_=factories.anew(record), given={"legs": [leg]})
    ends = factories.anew(record).steps["travel_documents"].valid_until
    clock.forward(days=(ends - today()).days + 1)
    why = {line.step: line.why for line in readiness.missing(factories.anew(record))}
    assert why["travel_documents"] == "document_ended_already"
    assert why["fit_to_travel"] == "fit_ended_already"
    assert why["itinerary"] == "journey_past"
    page = factories.Browser(quick_app, house.caseworker).get(f"/returns/{record.reference}").text
    assert page.count(": do it again.") == 2
    assert 'name="departed_on"' in page, "that they left on their day may still be written down"
    with factories.acts(house.caseworker) as by:
        with pytest.raises(RuleBroken) as late:
            preparation.depart(by=by, return_=factories.anew(record), departed_on=today())
        assert "journey begins on" in str(late.value.message)
        gone = factories.anew(record)
        preparation.depart(by=by, return_=gone, departed_on=gone.travel_on)
    assert readiness.missing(factories.anew(record)) == [], "as it stood on the day they left"


def test_who_has_a_seat_of_a_movement_that_is_planned_keeps_it(quick_app: Flask) -> None:
    """Somebody wrote their departure down by itself: no movement left without them."""
    house = factories.World()
    (record,), movement = accepted(house, 1), planned(house)
    with factories.acts(house.caseworker) as by:
        movements.fill(by=by, movement=factories.anew(movement))
    with factories.acts(house.caseworker) as by:
        preparation.depart(by=by, return_=factories.anew(record), departed_on=today())
    with factories.acts(house.caseworker) as by:
        not_left.stay(by=by, return_=factories.anew(record), why=WHY)
    assert db.session.execute(select(ManifestEntry.state)).scalars().all() == ["listed"]
    assert db.session.execute(select(MissedSeat)).scalars().all() == []
    with factories.acts(house.caseworker) as by:
        assert movements.depart(by=by, movement=factories.anew(movement), departed_on=today()) == 1


def test_an_arrival_from_a_page_of_before_is_refused_in_words(quick_app: Flask) -> None:
    """The form is no more on the page: the refusal would be lost with it."""
    house = factories.World()
    _movement, (record,) = left(house, 1)
    own = factories.Browser(quick_app, house.caseworker)
    there = factories.Browser(quick_app, house.origin)
    place = f"/returns/{record.reference}"
    assert "The person is here" in there.get(place).text
    as_left = not_left.as_it_stands(factories.anew(record))
    assert own.post(f"{place}/not-left", why=WHY, as_left=as_left).status_code == 303
    refused = there.post(f"{place}/arrive", arrived_on=today().isoformat())
    assert refused.status_code == 422
    assert "This cannot be done" in refused.text
    assert "Nothing was changed" in refused.text
    assert factories.anew(record).state == "preparing"
