"""Movements: seats are never oversold, those who are not ready stay, the escort reads no more than
it needs.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, insert, select
from sqlalchemy.exc import IntegrityError

from access.actors import person
from access.gate import acting
from avrr import handover, movements, preparation, queries, steps
from models.audit import AuditRecord
from models.base import db, today
from models.movements import ManifestEntry, Movement
from models.people import User
from models.returns import Return
from models.rules import RuleBroken
from tests import factories
from tests.avrr.test_return import ready
from tests.casework.test_work import at_once
from web.links import link


def planned(house: factories.World, seats: int = 2) -> Movement:
    with factories.acts(house.caseworker) as by:
        return movements.plan(
            by=by,
            office=factories.anew(house.here),
            country="CI",
            kind="flight",
            travel_on=today(),
            seats=seats,
        )


def accepted(house: factories.World, count: int) -> list[Return]:
    found = [ready(house, given_names=f"Zqx{number}") for number in range(count)]
    with factories.acts(house.origin) as by:
        for record in found:
            handover.accept(by=by, return_=factories.anew(record))
    return found


def test_seats_go_to_who_is_ready_and_end_with_the_last(app: Flask) -> None:
    house = factories.World()
    records = accepted(house, 3)
    ready(house, fund=False, hand=False)
    movement = planned(house)
    own = factories.Browser(app, house.caseworker)
    place = f"/movements/{movement.reference}"
    assert own.post(f"{place}/fill").status_code == 303
    rows = db.session.execute(
        select(ManifestEntry.seat, ManifestEntry.return_id).order_by(ManifestEntry.seat)
    ).all()
    assert [tuple(row) for row in rows] == [(1, records[0].id), (2, records[1].id)]
    assert own.post(f"{place}/seats", reference=records[2].reference).status_code == 422, "full"
    assert own.post(f"{place}/seats/1/free").status_code == 303
    assert factories.anew(records[0]).travel_on is None
    assert own.post(f"{place}/seats", reference=records[2].reference).status_code == 303
    assert own.post(f"{place}/seats", reference=records[1].reference).status_code == 422, (
        "one seat for one person"
    )
    for user in (house.far, house.origin, house.manager, house.helper):
        assert factories.Browser(app, user).get(place).status_code == 404
        assert factories.Browser(app, user).post(f"{place}/fill").status_code == 404


def test_the_database_itself_oversells_no_seat(app: Flask) -> None:
    house = factories.World()
    records = accepted(house, 2)
    movement = planned(house, seats=1)
    row = {"movement_id": movement.id, "of_seats": 1, "state": "listed"}
    db.session.execute(insert(ManifestEntry).values(**row, seat=1, return_id=records[0].id))
    db.session.commit()
    for wrong in (
        {"seat": 1, "return_id": records[1].id},
        {"seat": 2, "return_id": records[1].id},
        {"seat": 2, "of_seats": 9, "return_id": records[1].id},
    ):
        with pytest.raises(IntegrityError):
            db.session.execute(insert(ManifestEntry).values(**{**row, **wrong}))
        db.session.rollback()


def test_of_many_who_fill_at_once_no_seat_is_given_twice(app: Flask) -> None:
    house = factories.World()
    ids = [record.id for record in accepted(house, 5)]
    number = planned(house, seats=3).id
    worker = factories.anew(house.caseworker).id

    def fill(return_id: int) -> str:
        with acting(person(db.session.get_one(User, worker))) as gate:
            movements.seat(
                by=gate.actor,
                movement=db.session.get_one(Movement, number),
                returns=[db.session.get_one(Return, return_id)],
            )
            db.session.commit()
            return "seated"

    results = at_once(app, [lambda return_id=return_id: fill(return_id) for return_id in ids * 2])
    assert results.count("seated") == 3, results
    assert db.session.execute(select(func.count(ManifestEntry.seat.distinct()))).scalar() == 3


def test_departure_takes_those_on_board_and_names_who_is_not_ready(app: Flask) -> None:
    house = factories.World()
    records = accepted(house, 3)
    late = ready(house)  # handed over, not accepted yet
    movement = planned(house, seats=5)
    own = factories.Browser(app, house.caseworker)
    place = f"/movements/{movement.reference}"
    own.post(f"{place}/fill")
    assert late.reference not in own.get(place).text, "whoever is not accepted there is not offered"
    assert own.post(f"{place}/seats", reference=late.reference).status_code == 303, (
        "but may be listed by hand"
    )
    answer = own.post(f"{place}/depart", departed_on=str(today()))
    assert answer.status_code == 422
    assert late.reference in answer.text
    assert set(db.session.execute(select(Return.state)).scalars()) == {"preparing"}, "all or none"
    assert own.post(f"{place}/seats/4/free").status_code == 303
    assert own.post(f"{place}/seats/2/no-show").status_code == 303
    assert own.post(f"{place}/depart", departed_on=str(today())).status_code == 303
    states = [factories.anew(record).state for record in records]
    assert states == ["departed", "preparing", "departed"]
    assert own.post(f"{place}/fill").status_code == 422, "it is over"


def test_a_change_of_mind_frees_the_seat(app: Flask) -> None:
    house = factories.World()
    record = accepted(house, 1)[0]
    movement = planned(house, seats=1)
    with factories.acts(house.caseworker) as by:
        movements.seat(by=by, movement=factories.anew(movement), returns=[factories.anew(record)])
    with factories.acts(house.caseworker) as by:
        preparation.withdraw(by=by, return_=factories.anew(record))
    assert db.session.execute(select(func.count()).select_from(ManifestEntry)).scalar() == 0
    assert movements.ready(factories.anew(movement)) == []


def test_another_day_moves_everybody_and_fewer_seats_than_taken_are_refused(app: Flask) -> None:
    house = factories.World()
    records = accepted(house, 2)
    movement = planned(house, seats=5)
    with factories.acts(house.caseworker) as by:
        movements.seat(
            by=by,
            movement=factories.anew(movement),
            returns=[factories.anew(record) for record in records],
        )
    own = factories.Browser(app, house.caseworker)
    place = f"/movements/{movement.reference}/change"
    later = today() + timedelta(days=3)
    assert own.post(place, travel_on=str(later), seats="1").status_code == 422
    assert own.post(place, travel_on=str(today() - timedelta(days=1)), seats="5").status_code == 422
    assert own.post(place, travel_on=str(later), seats="2").status_code == 303
    assert {factories.anew(record).travel_on for record in records} == {later}
    assert set(db.session.execute(select(ManifestEntry.of_seats)).scalars()) == {2}


def test_the_escorts_list_holds_what_they_need_and_each_look_is_noted(app: Flask) -> None:

    house = factories.World()
    record = accepted(house, 1)[0]
    with factories.acts(house.caseworker) as by:
        leg = {"from": "Tunis", "to": "Abidjan", "carrier": "", "on": today()}
        steps.journey(
            by=by,
            return_=factories.anew(record),
            given={"legs": [leg], "needs": ["wheelchair"], "airline": "Zqxairline"},
        )
    movement = planned(house)
    with factories.acts(house.caseworker) as by:
        movements.seat(by=by, movement=factories.anew(movement), returns=[factories.anew(record)])
    page = (
        factories.Browser(app, house.caseworker).get(f"/movements/{movement.reference}/list").text
    )
    assert "Zqx0 Benali" in page
    assert "Wheelchair" in page
    for word in ("It was a house", "Single room", "Zqxairline", "SC-"):
        assert word not in page.partition("<main")[2], word
    subjects = set(
        db.session.execute(
            select(AuditRecord.subject).where(AuditRecord.deed == "released.read")
        ).scalars()
    )
    assert record.reference in subjects


def test_rules_of_planning(quick_app: Flask) -> None:
    house = factories.World()
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken):
        movements.plan(
            by=by,
            office=factories.anew(house.here),
            country="CI",
            kind="bus",
            travel_on=today() - timedelta(days=1),
            seats=2,
        )
    movement = planned(house)
    own: Any = factories.Browser(quick_app, house.caseworker)
    assert (
        own.post(f"/movements/{movement.reference}/depart", departed_on=str(today())).status_code
        == 422
    ), "nobody on board"
    assert own.post(f"/movements/{movement.reference}/cancel").status_code == 303
    assert (
        own.post(
            "/movements", kind="flight", country="CI", travel_on=str(today()), seats="0"
        ).status_code
        == 422
    )
    assert (
        own.post(
            "/movements", kind="bus", country="CI", travel_on=str(today()), seats="50"
        ).status_code
        == 303
    )


def test_a_movement_that_left_on_another_day_is_everybodys_journey(app: Flask) -> None:
    house = factories.World()
    (record,) = accepted(house, 1)
    movement = planned(house)
    with factories.acts(house.caseworker) as by:
        plan = factories.anew(movement)
        movements.seat(by=by, movement=plan, returns=[factories.anew(record)])
        plan.travel_on = factories.anew(record).travel_on = today() + timedelta(days=3)
        assert movements.depart(by=by, movement=plan, departed_on=today()) == 1
    assert factories.anew(record).travel_on == factories.anew(record).departed_on == today()


def statements(app: Flask, ask: Callable[[], Any]) -> int:
    """How many ``ask`` sends to the database."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(found)


def test_who_is_ready_is_asked_at_once_however_many_they_are(quick_app: Flask) -> None:
    house = factories.World()
    movement = planned(house, seats=9)
    counts = []
    for more in (2, 4):
        accepted(house, more)
        ready(
            house, birth={"year": today().year - 13}, fund=False, hand=False
        )  # a child, not ready
        db.session.expire_all()
        with factories.acts(house.caseworker):
            there = factories.anew(movement)
            counts.append(statements(quick_app, partial(movements.ready, there)))
            assert len(movements.ready(there)) == (2 if more == 2 else 6)
    assert counts[0] == counts[1], counts


def test_who_came_with_the_same_movement_arrives_together(app: Flask) -> None:
    house = factories.World()
    records = accepted(house, 4)
    movement = planned(house, seats=4)
    own = factories.Browser(app, house.caseworker)
    place = f"/movements/{movement.reference}"
    assert own.post(f"{place}/fill").status_code == 303
    assert own.post(f"{place}/seats/4/no-show").status_code == 303
    assert own.post(f"{place}/depart", departed_on=today().isoformat()).status_code == 303
    page = " ".join(own.get(place).text.split())
    assert "<b>3</b><span>on board</span>" in page
    assert "<b>1</b><span>did not come</span>" in page
    first, second, away, behind = (factories.anew(each).reference for each in records)
    origin = factories.Browser(app, house.origin)
    assert "2 other people left with the same movement" in origin.get(f"/returns/{first}").text
    given = {"arrived_on": today().isoformat(), "met": "1", "together": "1"}
    for wrong in (behind, first, "RT-222222YY"):
        refused = origin.post(f"/returns/{first}/arrive", **given, but=wrong)
        assert (refused.status_code, wrong in refused.text) == (422, True)
    assert origin.post(f"/returns/{first}/arrive", **given, but=f"{away}, ").status_code == 303
    states = [factories.anew(each).state for each in records]
    assert states == ["arrived", "arrived", "departed", "preparing"]
    assert len(factories.anew(records[1]).follow_ups) == 4
    assert "other pe" not in origin.get(f"/returns/{away}").text
    assert factories.Browser(app, house.origin).get(f"/returns/{second}").status_code == 200


def test_notes_for_the_airline_are_read_where_the_journey_is(quick_app: Flask) -> None:
    house = factories.World()
    record = accepted(house, 1)[0]
    with factories.acts(house.caseworker) as by:
        leg = {"from": "Tunis", "to": "Abidjan", "carrier": "", "on": today()}
        given = {"legs": [leg], "airline": "Seat by the aisle, please."}
        steps.journey(by=by, return_=factories.anew(record), given=given)
    page = factories.Browser(quick_app, house.caseworker).get(link("avrr.show", record)).text
    assert "Seat by the aisle, please." in page


def test_why_an_outcome_does_not_hold_any_more_is_read_with_the_case(quick_app: Flask) -> None:
    house = factories.World()
    record = ready(house, hand=False)
    why = "The clinic looked again and found them fit."
    with factories.acts(house.caseworker) as by:
        unfit = factories.anew(record)
        factories.returning.take("fit_to_travel", by=by, return_=unfit, outcome="not_fit")
    with factories.acts(house.colleague) as by:
        again = factories.anew(record)
        factories.returning.take("fit_to_travel", by=by, return_=again, outcome="fit", why=why)
    number = factories.anew(factories.anew(record).case).number
    page = factories.Browser(quick_app, house.caseworker).get(link("casefile.show", number)).text
    assert why in page


def test_movements_of_a_month_stand_in_the_order_of_their_days(quick_app: Flask) -> None:
    """Whichever was planned first: their days are sealed, and asked for by month."""
    house = factories.World()
    with factories.acts(house.caseworker) as by:
        for days in (2, 3, 1):
            movements.plan(
                by=by,
                office=factories.anew(house.here),
                country="CI",
                kind="flight",
                travel_on=today() + timedelta(days=days),
                seats=2,
            )
    with factories.acts(house.caseworker) as by:
        days_ = [each.travel_on - today() for each in queries.movements(by).items]
    assert [each.days for each in days_] == [3, 2, 1]
