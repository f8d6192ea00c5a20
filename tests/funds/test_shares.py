"""The share of one of several: who let it go is paid nothing of it, and who left is left out."""

from typing import Any

import pytest
from flask import Flask

from avrr import preparation
from casework.records import changes
from casework.records.kinds import KINDS
from funds import approvals, payments, queries
from models.base import db, today
from models.cases import Case
from models.money import FundRequest, FundRequestPerson
from models.returns import Return
from models.rules import RuleBroken
from tests.factories import Browser, World, acts, anew, case, fund
from tests.funds.test_what_for import agreed, asked, begun


def two(house: World) -> tuple[list[Case], list[Return], FundRequest]:
    """Two people with a journey each, and 1000 asked for both."""
    cases = [case(house), case(house)]
    return cases, [begun(house, each) for each in cases], asked(house, *cases, travel="1000")


def withdrawn(house: World, record: Return) -> None:
    with acts(house.caseworker) as by:
        preparation.withdraw(by=by, return_=anew(record))


def person_of(request: FundRequest, record: Return) -> FundRequestPerson:
    return db.session.get_one(FundRequestPerson, (request.id, anew(record).case_id))


def test_nothing_is_paid_for_who_let_their_share_go(quick_app: Flask) -> None:
    house, _fund = World(), fund()
    cases, records, request = two(house)
    agreed(house, request)
    withdrawn(house, records[1])
    with acts(house.caseworker) as by:
        person = person_of(request, records[1])
        payments.let_share_go(by=by, request=anew(request), person=person)
    help_: dict[str, Any] = {"kind": "clothes", "on": today(), "currency": "EUR", "amount": "500"}
    help_ |= {"paid_from": "fund", "request": request.reference, "line": "travel", "receipt": "H"}
    with acts(house.caseworker) as by, pytest.raises(RuleBroken) as refused:
        changes.add(by=by, case=anew(cases[1]), kind=KINDS["help"], given=help_)
    assert refused.value.field == "request"
    with acts(house.caseworker):
        offered = [queries.payable(anew(each)) for each in cases]
    assert [len(each) for each in offered] == [1, 0]


def test_the_page_asks_what_was_paid_for_who_does_not_go(quick_app: Flask) -> None:
    house, _fund = World(), fund()
    _cases, records, request = two(house)
    agreed(house, request)
    with acts(house.caseworker) as by:
        given: dict[str, Any] = {"line": "travel", "amount": "400", "receipt": "T-1"}
        payments.spend(by=by, request=anew(request), on=today(), **given)
    withdrawn(house, records[1])
    own, page = Browser(quick_app, house.caseworker), f"/funds/requests/{request.reference}"
    assert f"paid-{anew(records[1]).reference}" in own.get(page).text
    refused = own.post(f"{page}/let-go", reference=anew(records[1]).reference)
    assert (refused.status_code, "0 where nothing was" in refused.text) == (422, True)
    refused = own.post(f"{page}/let-go", reference=anew(records[1]).reference, paid="401")
    assert (refused.status_code, 'value="401"' in refused.text) == (422, True)
    given = {"reference": anew(records[1]).reference, "paid": "400"}
    assert own.post(f"{page}/let-go", **given).status_code == 303
    line = anew(request).lines[0]
    assert (line.left_minor, line.released_minor) == (50_000, 10_000), "the other's is whole"


def test_who_withdrew_while_it_waited_is_not_approved_with_it(quick_app: Flask) -> None:
    house, paying = World(), fund()
    _cases, records, request = two(house)
    withdrawn(house, records[1])
    reference, before = anew(records[1]).reference, anew(paying).balance_minor
    boss, page = Browser(quick_app, house.supervisor), f"/funds/requests/{request.reference}"
    shown = boss.get(page).text
    assert reference in shown
    assert "Their share of what is asked: 500.00" in shown
    refused = boss.post(page, decision="approve")
    assert (refused.status_code, "Approve it without them" in refused.text) == (422, True)
    assert boss.post(page, decision="approve", without="yes").status_code == 303
    line = anew(request).lines[0]
    assert (line.amount_minor, line.left_minor) == (100_000, 50_000)
    assert anew(paying).balance_minor == before - 50_000
    assert anew(paying).committed_minor == 50_000
    with acts(house.caseworker) as by, pytest.raises(RuleBroken):
        person = person_of(request, records[1])
        payments.let_share_go(by=by, request=anew(request), person=person)
    with acts(house.caseworker) as by:
        payments.cancel(by=by, request=anew(request))
    assert (anew(paying).balance_minor, anew(paying).committed_minor) == (before, 0)


def test_where_two_approve_who_withdrew_between_is_left_out_too(quick_app: Flask) -> None:
    house, paying = World(), fund()
    anew(paying).second_above_minor = 1
    db.session.commit()
    _cases, records, request = two(house)
    agreed(house, request)
    withdrawn(house, records[1])
    for without in (False, True):
        with acts(house.manager) as by:
            if not without:
                with pytest.raises(RuleBroken):
                    approvals.approve(by=by, request=anew(request))
                continue
            approvals.approve(by=by, request=anew(request), without=True)
    assert anew(request).is_approved
    assert anew(paying).committed_minor == 50_000
