"""The same money for the same person is noticed: journeys by their return, the rest by person."""

from flask import Flask

from avrr import preparation
from funds import approvals, payments
from models.base import today
from models.money import FundRequest
from models.returns import Return
from tests.factories import World, acts, anew, case, fund
from tests.funds.test_what_for import agreed, asked, begun


def seen(request: FundRequest) -> list[str]:
    return [other.reference for other in approvals.same(anew(request))]


def paid(house: World, request: FundRequest, amount: str, line: str = "travel") -> None:
    given = {"line": line, "amount": amount, "on": today(), "receipt": f"R-{request.id}"}
    with acts(house.caseworker) as by:
        payments.spend(by=by, request=anew(request), **given)


def withdrawn(house: World, record: Return) -> None:
    with acts(house.caseworker) as by:
        preparation.withdraw(by=by, return_=anew(record))


def test_a_doctor_is_the_same_whatever_the_return(quick_app: Flask) -> None:
    house, _fund = World(), fund()
    person = case(house)
    begun(house, person)
    both = asked(house, person, travel="100", medical="50")
    agreed(house, both)
    assert seen(asked(house, person, medical="50")) == [both.reference]


def test_money_for_arrival_asked_before_the_return_is_seen_after_it(quick_app: Flask) -> None:
    house, _fund = World(), fund()
    person = case(house)
    before = asked(house, person, reception="100")
    agreed(house, before)
    paid(house, before, "20", "reception")  # so that it does not go along with the return
    begun(house, person)
    assert seen(asked(house, person, reception="100")) == [before.reference]


def test_a_share_that_is_still_set_aside_is_seen_by_who_begins_anew(quick_app: Flask) -> None:
    house, _fund = World(), fund()
    one, two = case(house), case(house)
    begun(house, one)
    first = begun(house, two)
    group = asked(house, one, two, travel="1000")
    agreed(house, group)
    paid(house, group, "500")
    withdrawn(house, first)
    begun(house, two)
    again = asked(house, two, travel="500")
    assert seen(again) == [group.reference]
    with acts(house.caseworker) as by:
        payments.close(by=by, request=anew(group))
    assert seen(again) == [], "nothing is set aside any more: it is another journey"


def test_money_for_one_journey_is_not_that_of_the_next(quick_app: Flask) -> None:
    house, _fund = World(), fund()
    person = case(house)
    first = begun(house, person)
    settled = asked(house, person, travel="100")
    agreed(house, settled)
    paid(house, settled, "100")
    withdrawn(house, first)
    begun(house, person)
    assert seen(asked(house, person, travel="100")) == []
