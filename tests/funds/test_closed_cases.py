"""No money for a case that is closed; and who let their share go can be erased."""

from typing import Any

import pytest
from flask import Flask

from avrr import movement_money, movements
from casework.casefile import closure
from data_protection import queries as protection
from funds import approvals, payments
from models.base import db, today
from models.cases import Case
from models.rules import RuleBroken
from tests.avrr.test_return import ready
from tests.factories import Browser, World, acts, anew, case, fund
from tests.funds.test_shares import person_of, two, withdrawn
from tests.funds.test_what_for import agreed, asked


def closed(house: World, one: Case) -> None:
    with acts(house.supervisor) as by:
        closure.close(by=by, case=anew(one), reason="assisted", words="Done.")


def test_nobody_asks_for_a_closed_case(quick_app: Flask) -> None:
    house, _fund = World(), fund()
    gone, here = case(house), case(house)
    closed(house, gone)
    for people in ((gone,), (here, gone)):
        with pytest.raises(RuleBroken) as refused:
            asked(house, *people)
        assert anew(gone).number in str(refused.value.message)
    path = f"/cases/{anew(gone).number}/funding"
    given = {"fund": "HASM-1", "line_travel": "100"}
    answer = Browser(quick_app, house.caseworker).post(path, **given)
    assert (answer.status_code, "Open a case again" in answer.text) == (422, True)


def test_a_movement_asks_for_no_closed_case(quick_app: Flask) -> None:
    house, _fund = World(), fund()
    record = ready(house, fund=False)
    given: dict[str, Any] = {"kind": "flight", "travel_on": today(), "seats": 3}
    with acts(house.caseworker) as by:
        country = anew(record).country
        movement = movements.plan(by=by, office=anew(house.here), country=country, **given)
        movements.seat(by=by, movement=movement, returns=[anew(record)])
    anew(record).case.status = "closed"
    db.session.commit()
    with acts(house.caseworker) as by, pytest.raises(RuleBroken) as refused:
        asked_for = {"fund": "HASM-1", "lines": {"travel": "100"}}
        movement_money.ask_for_money(by=by, movement=anew(movement), given=asked_for)
    assert "Open a case again" in str(refused.value.message)


def test_what_waited_while_a_case_was_closed_is_not_approved(quick_app: Flask) -> None:
    house, _fund = World(), fund()
    here, gone = case(house), case(house)
    request = asked(house, here, gone)
    anew(gone).status = "closed"  # as an older version let it
    db.session.commit()
    with pytest.raises(RuleBroken) as refused:
        agreed(house, request)
    assert anew(gone).number in str(refused.value.message)
    with acts(house.supervisor) as by:
        approvals.refuse(by=by, request=anew(request))


def test_who_let_their_share_go_has_no_money_of_it(quick_app: Flask) -> None:
    house, _fund = World(), fund()
    cases, records, request = two(house)
    agreed(house, request)
    withdrawn(house, records[1])
    assert protection.live_money(anew(cases[1])) == [request.reference]
    with acts(house.caseworker) as by:
        person = person_of(request, records[1])
        payments.let_share_go(by=by, request=anew(request), person=person)
    assert protection.live_money(anew(cases[1])) == []
    assert protection.live_money(anew(cases[0])) == [request.reference]
