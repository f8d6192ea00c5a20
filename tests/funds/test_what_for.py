"""What money is asked for: this return, or other assistance; and the same is not paid twice."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from avrr import preparation, readiness
from casework.people import merging
from funds import amounts, approvals, payments, requests
from models.base import db, today
from models.cases import Case
from models.money import FundRequest, FundRequestPerson
from models.returns import Return
from models.rules import RuleBroken
from models.states import FundRequestState
from tests import factories


def asked(house: factories.World, case: Case, *others: Case, **lines: str) -> FundRequest:
    with factories.acts(house.caseworker) as by:
        return requests.ask(
            by=by,
            case=factories.anew(case),
            others=[factories.anew(other) for other in others],
            fund="HASM-1",
            lines=lines or {"travel": "100"},
        )


def agreed(house: factories.World, request: FundRequest, twice: str = "") -> None:
    with factories.acts(house.supervisor) as by:
        approvals.approve(by=by, request=factories.anew(request), twice=twice)


def begun(house: factories.World, case: Case) -> Return:
    with factories.acts(house.caseworker) as by:
        return preparation.start(by=by, case=factories.anew(case), country="CI")


def test_what_was_paid_for_one_journey_pays_no_other(quick_app: Flask) -> None:
    house = factories.World()
    factories.fund()
    case = factories.case(house)
    first = begun(house, case)
    request = asked(house, case)
    agreed(house, request)
    assert readiness.is_funded(factories.anew(first))
    with factories.acts(house.caseworker) as by:
        payments.spend(
            by=by,
            request=factories.anew(request),
            line="travel",
            amount="40",
            on=today(),
            receipt="T-1",
        )
        preparation.withdraw(by=by, return_=factories.anew(first))
    assert factories.anew(request).state == FundRequestState.CLOSED
    second = begun(house, case)
    assert not readiness.is_funded(factories.anew(second))
    agreed(house, asked(house, case))
    assert readiness.is_funded(factories.anew(second)), "and nobody asks why: it is another journey"


def test_a_line_that_was_let_go_pays_no_journey(quick_app: Flask) -> None:
    house = factories.World()
    factories.fund()
    case = factories.case(house)
    record = begun(house, case)
    request = asked(house, case, travel="100", medical="50")
    agreed(house, request)
    with factories.acts(house.caseworker) as by:
        paid = {"line": "medical", "amount": "50", "on": today(), "receipt": "M-1"}
        payments.spend(by=by, request=factories.anew(request), **paid)
        assert readiness.is_funded(factories.anew(record))
        payments.close(by=by, request=factories.anew(request))
    assert not readiness.is_funded(factories.anew(record)), "only the doctor was paid"


@pytest.mark.parametrize(("line", "goes_along"), [("travel", True), ("medical", False)])
def test_money_for_a_journey_asked_before_it_was_begun_goes_along(
    quick_app: Flask, line: str, goes_along: bool
) -> None:
    house = factories.World()
    factories.fund()
    case = factories.case(house)
    request = asked(house, case, **{line: "100"})
    record = begun(house, case)
    query = select(FundRequestPerson.return_id).where(FundRequestPerson.request_id == request.id)
    assert db.session.execute(query).scalar_one() == (record.id if goes_along else None)


def test_a_change_of_mind_lets_the_journeys_money_go_and_no_other(quick_app: Flask) -> None:
    house = factories.World()
    factories.fund()
    case = factories.case(house)
    doctor = asked(house, case, medical="50")
    agreed(house, doctor)
    record = begun(house, case)
    ticket = asked(house, case)
    agreed(house, ticket)
    with factories.acts(house.caseworker) as by:
        preparation.withdraw(by=by, return_=factories.anew(record))
    assert factories.anew(doctor).state == FundRequestState.APPROVED
    assert factories.anew(ticket).state == FundRequestState.CANCELLED


@pytest.mark.parametrize(
    ("lines", "of_other", "is_same"),
    [
        ({"travel": "20"}, False, True),
        ({"medical": "20"}, False, False),
        ({"travel": "20", "medical": "20"}, False, True),
        ({"travel": "20"}, True, False),
    ],
)
def test_the_same_for_the_same_person_needs_a_reason(
    quick_app: Flask, lines: dict[str, str], of_other: bool, is_same: bool
) -> None:
    house = factories.World()
    factories.fund()
    case = factories.case(house)
    first = asked(house, case)
    other = asked(house, factories.case(house) if of_other else case, **lines)
    assert [each.id for each in approvals.same(factories.anew(other))] == [first.id] * is_same
    if not is_same:
        agreed(house, other)
        return
    with pytest.raises(RuleBroken) as refused:
        agreed(house, other)
    assert refused.value.field == "twice"
    assert first.reference in str(refused.value.message)
    agreed(house, other, twice="The first was for the bus, this is for the ferry.")
    assert factories.anew(other).state == FundRequestState.APPROVED


def test_of_a_family_each_person_counts(quick_app: Flask) -> None:
    house = factories.World()
    factories.fund()
    mother, child = factories.case(house), factories.case(house)
    asked(house, mother, child, travel="200")
    again = asked(house, child)
    with pytest.raises(RuleBroken):
        agreed(house, again)


def test_what_was_refused_or_let_go_stands_in_nobodys_way(quick_app: Flask) -> None:
    house = factories.World()
    factories.fund()
    case = factories.case(house)
    refused, dropped = asked(house, case), asked(house, case)
    with factories.acts(house.supervisor) as by:
        approvals.refuse(by=by, request=factories.anew(refused))
    with factories.acts(house.caseworker) as by:
        payments.cancel(by=by, request=factories.anew(dropped))
    agreed(house, asked(house, case))


def test_the_page_shows_what_there_is_and_takes_the_reason(quick_app: Flask) -> None:
    house = factories.World()
    factories.fund()
    case = factories.case(house)
    begun(house, case)
    first, second = asked(house, case), asked(house, case)
    address = f"/funds/requests/{second.reference}"
    boss = factories.Browser(quick_app, house.supervisor)
    page = boss.get(address).text
    assert first.reference in page
    assert "1 journey to" in page
    bare: dict[str, Any] = {"decision": "approve"}
    answer = boss.post(address, **bare)
    assert answer.status_code == 422
    assert "say below why" in answer.text
    assert boss.post(address, **bare, twice="Two legs.").status_code == 303
    assert "Two legs." in boss.get(address).text


def family(house: factories.World, size: int) -> tuple[list[Case], list[Return], FundRequest]:
    cases = [factories.case(house) for _ in range(size)]
    records = [begun(house, case) for case in cases]
    request = asked(house, *cases, travel="300")
    return cases, records, request


def withdrawn(house: factories.World, record: Return) -> None:
    with factories.acts(house.caseworker) as by:
        preparation.withdraw(by=by, return_=factories.anew(record))


def test_a_familys_money_stays_while_somebody_of_it_goes_and_goes_with_the_last(
    quick_app: Flask,
) -> None:
    house = factories.World()
    factories.fund()
    _cases, records, request = family(house, 3)
    agreed(house, request)
    request = factories.anew(request)
    request.people = 1  # as after the erasure of who was the head of it
    db.session.commit()
    for record in records[:2]:
        withdrawn(house, record)
        assert factories.anew(request).state == FundRequestState.APPROVED
    assert readiness.is_funded(factories.anew(records[2]))
    withdrawn(house, records[2])
    assert factories.anew(request).state == FundRequestState.CANCELLED


def test_nothing_is_approved_for_journeys_that_ended(quick_app: Flask) -> None:
    house = factories.World()
    factories.fund()
    case = factories.case(house)
    record, request = begun(house, case), asked(house, case)
    factories.anew(record).state = "withdrawn"  # as where both happen at the same moment
    db.session.commit()
    with pytest.raises(RuleBroken) as refused:
        agreed(house, request)
    assert "any more" in str(refused.value.message)


def test_who_begins_anew_takes_the_familys_money_along(quick_app: Flask) -> None:
    house = factories.World()
    factories.fund()
    cases, records, request = family(house, 2)
    agreed(house, request)
    withdrawn(house, records[0])
    second = begun(house, cases[0])
    assert readiness.is_funded(factories.anew(second))


def test_a_change_of_mind_lets_go_what_the_journey_needs_and_keeps_the_doctor(
    quick_app: Flask,
) -> None:
    house = factories.World()
    factories.fund()
    case = factories.case(house)
    record = begun(house, case)
    both, doctor = asked(house, case, travel="100", medical="20"), asked(house, case, medical="50")
    for request in (both, doctor):
        agreed(house, request, twice="These are two doctors.")
    withdrawn(house, record)
    stands = factories.anew(both)
    assert {line.line: line.released_minor for line in stands.lines} == {
        "travel": 10_000,
        "medical": 0,
    }
    assert (stands.state, factories.anew(doctor).state) == ("approved", "approved")


def test_two_cases_of_one_person_see_each_others_money(quick_app: Flask) -> None:
    house = factories.World()
    factories.fund()
    one, two = factories.case(house), factories.case(house)
    first, second = asked(house, one), asked(house, two)
    agreed(house, first)
    with factories.acts(house.caseworker) as by:
        merging.judge(by=by, case=factories.anew(one), other_number=two.number, answer="same")
    with pytest.raises(RuleBroken) as refused:
        agreed(house, second)
    assert refused.value.field == "twice"
    assert first.reference in str(refused.value.message)


@pytest.mark.parametrize(
    "typed", ["٥٠", "۵۰", "५०", "၅၀", "1\u00a0250.5", "٥٠٫٥", "\u200f50", "١٬٢٥٠"]
)
def test_an_amount_is_taken_in_any_digits(typed: str) -> None:
    assert amounts.minor(typed, "EUR") in {5_000, 5_050, 125_000, 125_050}
