"""Who runs a charter: names and families, the carrier's list that ends with the flight, a seat of
somebody who did not come, and their share of the money.
"""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from avrr import movements, preparation, readiness
from casework.people import families
from funds import approvals, payments, requests
from models.audit import AuditRecord, AuditRecordCase
from models.base import db, today
from models.money import FundRequest, FundRequestPerson
from models.movements import ManifestEntry, MissedSeat, Movement
from models.returns import Return
from models.rules import NotPossible, RuleBroken
from tests.avrr.test_movements import accepted, planned
from tests.avrr.test_return import ready
from tests.factories import Browser, World, acts, anew, fund, returning


def charter(house: World, count: int = 2, seats: int = 2) -> tuple[Movement, list[Return]]:
    """A movement with ``count`` people on it."""
    records = accepted(house, count)
    movement = planned(house, seats=seats)
    with acts(house.caseworker) as by:
        movements.seat(by=by, movement=anew(movement), returns=[anew(each) for each in records])
    return movement, records


def deeds(deed: str) -> list[tuple[str, list[int]]]:
    """Entries of the trail: about what, and of which cases."""
    rows = db.session.execute(select(AuditRecord).where(AuditRecord.deed == deed)).scalars()
    found = []
    for row in rows:
        query = select(AuditRecordCase.case_id).where(AuditRecordCase.entry_id == row.id)
        found.append((row.subject, sorted(db.session.execute(query).scalars())))
    return found


def test_names_and_families_are_shown_when_they_are_asked_for(app: Flask) -> None:
    house = World()
    movement, records = charter(house)
    left = ready(house, given_names="Zqxleft", hand=False)
    with acts(house.caseworker) as by:
        head = anew(records[0]).case
        for record, relation in ((records[1], "child"), (left, "spouse")):
            families.join(by=by, case=head, other=anew(record).case, relation=relation)
    own = Browser(app, house.caseworker)
    place = f"/movements/{movement.reference}"
    page = own.get(place).text
    assert "Zqx0" not in page, "nobody is opened by looking at the page"
    assert page.count("Family or group: seats 1, 2") == 2
    assert page.count("1 of them has no seat here") == 2
    page = own.post(f"{place}/names").text
    assert "Zqx0 Benali" in page
    assert "Zqx1 Benali" in page
    cases = sorted(anew(each).case_id for each in records)
    assert deeds("travellers_shown") == [(movement.reference, cases)]
    page = Browser(app, house.stranger).post(f"{place}/names").text
    assert "Zqx" not in page, "of another team: the policy of each case decides"
    assert page.count("Not yours to open") == 2
    assert "Zqx0 Benali" in Browser(app, house.supervisor).post(f"{place}/names").text
    for other in (house.far, house.origin, house.manager, house.helper):
        assert Browser(app, other).post(f"{place}/names").status_code == 404


def test_the_carriers_list_is_opened_name_by_name_and_ends_with_the_flight(app: Flask) -> None:
    house = World()
    movement, records = charter(house)
    with acts(house.caseworker) as by:
        case = anew(records[1]).case
        case.identity = {**case.identity, "document_number": "ZQ 77 123", "account": "no"}
        assert by
    own = Browser(app, house.caseworker)
    place = f"/movements/{movement.reference}/carrier"
    assert "Zqx" not in own.get(place).text
    assert own.post(place).status_code == 422, "nobody ticked"
    page = own.post(place, seats="2").text
    for word in ("Zqx1", "Benali", "P 1234567", "Woman or girl", "Côte d’Ivoire"):
        assert word in page, word
    for word in ("Zqx0", "It was a house", "Single room", "SC-"):
        assert word not in page.partition("<main")[2], word
    own.post(place, seats=["1", "2"])
    first, second = (anew(each).case_id for each in records)
    reference = movement.reference
    assert deeds("carrier_line") == [
        (reference, [second]),
        (reference, [first]),
        (reference, [second]),
    ]
    refused = Browser(app, house.stranger).post(place, seats=["1", "2"])
    assert refused.status_code == 422
    assert "Not yours to open: seats 1, 2" in refused.text
    assert Browser(app, house.far).post(place, seats="1").status_code == 404
    with acts(house.caseworker) as by:
        movements.depart(by=by, movement=anew(movement), departed_on=today())
    assert own.post(place, seats="1").status_code == 422
    page = own.get(place).text
    assert "ended with the movement" in page
    assert len(deeds("carrier_line")) == 3


def test_a_seat_of_somebody_who_did_not_come_is_given_on_the_spot(app: Flask) -> None:
    house = World()
    movement, (first, second) = charter(house)
    third = accepted(house, 1)[0]
    own = Browser(app, house.caseworker)
    place = f"/movements/{movement.reference}"
    assert own.post(f"{place}/seats", reference=third.reference).status_code == 422, "full"
    assert own.post(f"{place}/seats/1/no-show").status_code == 303
    missed = anew(first)
    assert (missed.state, missed.travel_on, "itinerary" in missed.steps) == (
        "preparing",
        None,
        False,
    )
    with acts(house.caseworker):
        here = [each.id for each in movements.ready(anew(movement))]
        assert here == [third.id], "filling gives no seat to who did not come"
    assert own.post(f"{place}/seats", reference=third.reference).status_code == 303
    page = own.get(place).text
    assert "Had seat 1" in page
    assert first.reference in page
    rows = db.session.execute(select(ManifestEntry.seat, ManifestEntry.return_id)).all()
    assert sorted(tuple(row) for row in rows) == [(1, third.id), (2, second.id)]
    assert own.post(f"{place}/depart", departed_on=str(today())).status_code == 303
    states = [anew(each).state for each in (first, second, third)]
    assert states == ["preparing", "departed", "departed"]
    later = planned(house)
    with acts(house.caseworker) as by:
        assert [each.id for each in movements.ready(anew(later))] == [first.id], "another day"
        movements.seat(by=by, movement=anew(later), returns=[anew(first)])


def test_who_came_after_all_has_a_seat_again_and_is_not_missed(quick_app: Flask) -> None:
    house = World()
    movement, (first, _second) = charter(house)
    own = Browser(quick_app, house.caseworker)
    place = f"/movements/{movement.reference}"
    own.post(f"{place}/seats/1/no-show")
    assert own.post(f"{place}/seats", reference=first.reference).status_code == 303
    assert db.session.execute(select(MissedSeat)).first() is None
    assert "Did not come <span" not in own.get(place).text


def money_for(house: World, records: list[Return], amount: str = "900") -> FundRequest:
    """One approved request for all of them, and 200 of it for health care."""
    with acts(house.caseworker) as by:
        cases = [anew(each).case for each in records]
        request = requests.ask(
            by=by,
            case=cases[0],
            others=cases[1:],
            fund="HASM-1",
            lines={"travel": amount, "medical": "200"},
        )
    with acts(house.supervisor) as by:
        approvals.approve(by=by, request=anew(request), twice="the rest of the charter")
    return request


def left(request: FundRequest) -> dict[str, int]:
    return {line.line: line.left_minor for line in anew(request).lines}


def test_the_share_of_who_did_not_come_or_withdrew_goes_back_once(app: Flask) -> None:
    house = World()
    movement, records = charter(house, 3, 3)
    request = money_for(house, records)
    money = anew(request).fund
    own = Browser(app, house.caseworker)
    page = f"/funds/requests/{request.reference}"
    assert "Do not go" not in own.get(page).text
    refused = own.post(f"{page}/let-go", reference=records[0].reference)
    assert (refused.status_code, "still goes" in refused.text) == (422, True)
    own.post(f"/movements/{movement.reference}/seats/1/no-show")
    with acts(house.caseworker) as by:
        preparation.withdraw(by=by, return_=anew(records[1]))
    assert left(request) == {"travel": 90_000, "medical": 20_000}, "one still goes"
    before = anew(money).balance_minor
    shown = own.get(page).text
    assert records[0].reference in shown
    assert records[1].reference in shown
    assert records[2].reference not in shown[shown.index("Do not go") :]
    for record in records[:2]:
        assert own.post(f"{page}/let-go", reference=record.reference).status_code == 303
    assert left(request) == {"travel": 30_000, "medical": 20_000}, "other assistance stays"
    assert anew(money).balance_minor == before + 60_000
    again = own.post(f"{page}/let-go", reference=records[0].reference)
    assert (again.status_code, "went back already" in again.text) == (422, True)
    assert "Do not go" not in own.get(page).text
    assert own.post(f"{page}/let-go", reference="RT-22222222").status_code == 404
    for other in (house.far, house.helper, house.origin):
        path = f"{page}/let-go"
        assert Browser(app, other).post(path, reference=records[0].reference).status_code == 404


def test_money_that_went_back_is_no_funding_of_another_day(quick_app: Flask) -> None:
    house = World()
    fund()
    records = [ready(house, fund=False, hand=False) for _ in range(2)]
    request = money_for(house, records)
    movement = planned(house)
    with acts(house.caseworker) as by:
        movements.seat(by=by, movement=anew(movement), returns=[anew(each) for each in records])
        entry = movements.entries(anew(movement))[0]
        who = entry.return_id
        assert readiness.is_funded(anew(records[0]))
        movements.no_show(by=by, entry=entry)
    gone = next(each for each in records if each.id == who)
    with acts(house.caseworker) as by:
        person = of(request, gone)
        payments.let_share_go(by=by, request=anew(request), person=person)
    assert not readiness.is_funded(anew(gone))
    assert readiness.is_funded(anew(next(each for each in records if each.id != who)))


def of(request: FundRequest, record: Return) -> FundRequestPerson:
    return db.session.get_one(FundRequestPerson, (request.id, anew(record).case_id))


@pytest.mark.parametrize(
    ("paid", "theirs", "goes_back"),
    [
        ("0", "", 45_000),
        ("300", "0", 45_000),
        ("700", "0.00", 20_000),
        ("450", "450", 0),
        ("500", "400", 5_000),
        ("600", "500", 0),
    ],
)
def test_no_more_of_a_share_goes_back_than_is_left(
    quick_app: Flask, paid: str, theirs: str, goes_back: int
) -> None:
    house = World()
    fund()
    records = [ready(house, fund=False, hand=False) for _ in range(2)]
    request = money_for(house, records)
    with acts(house.caseworker) as by:
        if paid != "0":
            given: dict[str, Any] = {"line": "travel", "amount": paid, "receipt": "R 1"}
            payments.spend(by=by, request=anew(request), on=today(), **given)
        preparation.withdraw(by=by, return_=anew(records[0]))
        person = of(request, records[0])
        let_go: dict[str, Any] = {"by": by, "request": anew(request), "person": person}
        if theirs:
            for said in ("", "701"):
                with pytest.raises(RuleBroken) as asked:
                    payments.let_share_go(**let_go, paid=said)
                assert asked.value.field == "paid"
        assert payments.let_share_go(**let_go, paid=theirs) == goes_back
    with acts(house.caseworker) as by, pytest.raises(RuleBroken):
        payments.let_share_go(by=by, request=anew(request), person=of(request, records[1]))


def test_a_movement_that_is_over_gives_no_list(quick_app: Flask) -> None:
    house = World()
    movement, _records = charter(house)
    with acts(house.caseworker) as by:
        movements.cancel(by=by, movement=anew(movement))
    from_page = Browser(quick_app, house.caseworker)
    answer = from_page.post(f"/movements/{movement.reference}/carrier", seats="1")
    assert answer.status_code == 422
    with acts(house.caseworker) as by, pytest.raises(NotPossible):
        movements.change(by=by, movement=anew(movement), seats=3, travel_on=today())


def test_handing_over_says_how_many_steps_are_missing(app: Flask) -> None:
    house = World()
    record = ready(house, fund=False, hand=False)
    own = Browser(app, house.caseworker)
    look = own.post(f"/returns/{record.reference}/hand-over", seen_before_it_goes="")
    text = look.text
    assert "to departure" in text
    assert "Funding" in text
    assert anew(record).travel_on is None or anew(record).travel_on >= today() - timedelta(days=1)


def test_a_journey_with_needs_and_escort_is_seen_before_it_is_handed_over(quick_app: Flask) -> None:
    house = World()
    record = ready(house, fund=False, hand=False)
    own = Browser(quick_app, house.caseworker)
    at = f"/returns/{record.reference}"
    legs = {"from_1": "Tunis", "to_1": "Niamey", "on_1": today().isoformat()}
    goes_with = {"escort_needed": "1", "needs": ["infant", "quiet"]}
    assert own.post(f"{at}/journey", **legs, **goes_with).status_code == 303
    page = own.get(at).text
    assert '<details class="panel__body" open>' in page, "“Name the escort” leads to an open form"
    look = own.post(f"{at}/hand-over", seen_before_it_goes="")
    assert look.status_code == 200
    assert "With an infant, A quiet seat" in look.text
    assert own.post(f"{at}/hand-over").status_code == 303
    there = Browser(quick_app, house.origin)
    assert "With an infant, A quiet seat" in there.get(at).text, "the same to who received it"


def test_the_carriers_list_has_document_and_number_from_the_step(quick_app: Flask) -> None:
    house = World()
    movement, records = charter(house)
    with acts(house.caseworker):
        older = anew(records[1]).steps["travel_documents"]
        older.detail = {key: older.detail[key] for key in older.detail if key != "document_number"}
    own = Browser(quick_app, house.caseworker)
    page = own.post(f"/movements/{movement.reference}/carrier", seats=["1", "2"]).text
    assert "P 1234567" in page
    assert page.count("Number is missing") == 1, "of a step from before it was asked for"
    assert f'href="/returns/{records[1].reference}">Write it down' in page
    assert f'href="/returns/{records[0].reference}">Write it down' not in page


def test_a_step_has_only_its_own_outcomes(quick_app: Flask) -> None:
    house = World()
    record = ready(house, hand=False)
    for step, outcome in (
        ("itinerary", "fit"),
        ("travel_documents", "fit"),
        ("eligibility", "ok"),
        ("fit_to_travel", "eligible"),
    ):
        with acts(house.caseworker) as by, pytest.raises(RuleBroken) as broken:
            returning.take(step, by=by, return_=anew(record), outcome=outcome)
        assert broken.value.field == "outcome", step
    with acts(house.caseworker) as by, pytest.raises(RuleBroken) as unnumbered:
        returning.take("travel_documents", by=by, return_=anew(record), document_number="")
    assert unnumbered.value.field == "document_number"
    page = Browser(quick_app, house.caseworker).get(f"/returns/{record.reference}").text
    assert 'value="not_fit" data-of="fit_to_travel"' in page
