"""Money: days, ceilings, limits and the last cent, each boundary on both sides."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from access.actors import system
from funds import administration, approvals, figures, ledger, payments, requests
from models.base import db, today
from models.cases import Case
from models.messages import Message
from models.money import Fund, FundRequest
from models.people import Organisation
from models.rules import RuleBroken
from tests import factories
from tests.conftest import Clock
from tests.funds.test_books import approved, asked, pay

DAY = timedelta(days=1)


@pytest.fixture
def house(quick_app: Flask, clock: Clock) -> factories.World:
    return factories.World()


def against(budget: dict[str, int], people: int = 1, on: int = 0, **fund: Any) -> int:
    """How many reasons a fund has against a budget."""
    rules: dict[str, Any] = {
        "code": "F",
        "currency": "EUR",
        "starts_on": today(),
        "ends_on": today() + 10 * DAY,
        "ceiling_minor": 1000,
        "categories": [],
        "hosts": [],
        "sectors": [],
        "line_ceilings": {},
        "last_resort": False,
    }
    cases = [
        Case(number=str(one), categories=["stranded"], office=Organisation(country="TN"))
        for one in range(people)
    ]
    return len(
        requests.reasons_against(Fund(**{**rules, **fund}), cases, budget, today() + on * DAY)
    )


@pytest.mark.parametrize(("on", "reasons"), [(-1, 1), (0, 0), (10, 0), (11, 1)])
def test_a_fund_is_open_on_its_first_and_its_last_day(
    quick_app: Flask, clock: Clock, on: int, reasons: int
) -> None:
    with quick_app.test_request_context():
        assert against({"travel": 1}, on=on) == reasons


@pytest.mark.parametrize(
    ("amount", "people", "reasons"), [(1000, 1, 0), (1001, 1, 1), (2000, 2, 0), (2001, 2, 1)]
)
def test_a_ceiling_is_the_most_for_each_person(
    quick_app: Flask, clock: Clock, amount: int, people: int, reasons: int
) -> None:
    with quick_app.test_request_context():
        assert against({"travel": amount}, people) == reasons
        assert (
            against({"travel": amount}, people, ceiling_minor=10**6, line_ceilings={"travel": 1000})
            == reasons
        )
        assert (
            against(
                {"medical": amount}, people, ceiling_minor=10**6, line_ceilings={"travel": 1000}
            )
            == 0
        )


def test_a_fund_pays_for_its_own_people_countries_and_sectors_and_as_a_last_resort(
    quick_app: Flask, clock: Clock
) -> None:
    with quick_app.test_request_context():
        for rules in (
            {"categories": ["trafficking"]},
            {"hosts": ["LY"]},
            {"sectors": ["07"]},
            {"last_resort": True},
        ):
            assert against({"travel": 1}, **rules) == 1, rules
        for rules in ({"categories": ["trafficking", "stranded"]}, {"hosts": ["TN"]}):
            assert against({"travel": 1}, **rules) == 0, rules


@pytest.mark.parametrize(("amount", "two"), [(500, False), (501, True)])
def test_above_the_limit_of_the_fund_two_approve(amount: int, two: bool) -> None:
    assert (
        approvals.needs_two(FundRequest(fund=Fund(second_above_minor=500), amount_minor=amount))
        is two
    )
    assert not approvals.needs_two(
        FundRequest(fund=Fund(second_above_minor=None), amount_minor=amount)
    )


@pytest.mark.parametrize(("left", "told"), [("900", []), ("900.01", ["fund.low"])])
def test_a_fund_is_low_when_less_than_a_tenth_of_what_was_given_is_left(
    house: factories.World, left: str, told: list[str]
) -> None:
    factories.fund(balance=100_000)
    approved(house, travel=left)
    events = select(Message.event).where(Message.channel == "app", Message.event.like("fund.low"))
    assert list(db.session.execute(events).scalars()) == told


def test_the_last_cent_can_be_set_aside_and_no_more(house: factories.World) -> None:
    factories.fund(balance=10_000)
    request = asked(house, travel="100")
    more = asked(house, travel="0.01")
    with factories.acts(house.supervisor) as by:
        approvals.approve(by=by, request=factories.anew(request))
    with factories.acts(house.supervisor) as by, pytest.raises(ledger.NotEnough):
        approvals.approve(by=by, request=factories.anew(more))
    db.session.rollback()
    fund = db.session.execute(select(Fund)).scalar_one()
    assert (fund.balance_minor, fund.committed_minor) == (0, 10_000)
    assert ledger.balances(fund)


def test_a_line_pays_its_last_cent_and_no_more(house: factories.World) -> None:
    factories.fund()
    request = approved(house, travel="100")
    pay(house, request, amount="99.99")
    with pytest.raises(RuleBroken):
        pay(house, request, amount="0.02")
    db.session.rollback()
    pay(house, request, amount="0.01")
    assert factories.anew(request).lines[0].left_minor == 0


def test_a_payment_was_made_today_or_before(house: factories.World) -> None:
    factories.fund()
    request = approved(house, travel="100")
    with pytest.raises(RuleBroken):
        pay(house, request, on=today() + DAY)
    db.session.rollback()
    assert pay(house, request, on=today()).on == today()


@pytest.mark.parametrize(("rate", "paid"), [("0.006", True), ("0.004", False)])
def test_a_payment_is_worth_the_smallest_coin_at_least(
    house: factories.World, rate: str, paid: bool
) -> None:
    factories.fund()
    request = approved(house, travel="100")
    what: dict[str, Any] = {"amount": "1", "currency": "XOF", "rate": Decimal(rate)}
    if paid:
        assert pay(house, request, **what).amount_minor == 1
        return
    with pytest.raises(RuleBroken):
        pay(house, request, **what)


@pytest.mark.parametrize(("days", "told"), [(31, 0), (30, 1), (0, 1), (-1, 0)])
def test_managers_hear_of_a_fund_that_ends_within_thirty_days_and_holds_money(
    house: factories.World, days: int, told: int
) -> None:
    factories.fund().ends_on = today() + days * DAY
    db.session.commit()
    administration.warn_of_ends()
    events = select(Message.event).where(Message.channel == "app", Message.event == "fund.ends")
    assert len(list(db.session.execute(events).scalars())) == told
    db.session.execute(select(Fund)).scalar_one()


def test_a_fund_without_money_ends_without_a_word(house: factories.World) -> None:
    factories.fund(balance=0).ends_on = today()
    db.session.commit()
    administration.warn_of_ends()
    assert db.session.execute(select(Message).where(Message.event == "fund.ends")).first() is None


@pytest.mark.parametrize(("days", "monthly"), [(91, 3000), (92, 0)])
def test_the_burn_rate_looks_back_three_months(
    house: factories.World, clock: Clock, days: int, monthly: int
) -> None:
    fund = factories.fund()
    pay(house, approved(house, travel="90"), amount="90")
    clock.forward(days=days)
    assert figures.figures(factories.anew(fund)).monthly == monthly


def test_a_fund_opens_with_a_last_day_no_earlier_than_its_first(house: factories.World) -> None:
    given: dict[str, Any] = {
        "code": "N-1",
        "currency": "EUR",
        "programme": "hasm",
        "name": "New",
        "ceiling": "10",
        "starts_on": today(),
    }
    with factories.acts(house.manager) as by:
        with pytest.raises(RuleBroken):
            administration.open_fund(by=by, given={**given, "ends_on": today() - DAY})
        assert (
            administration.open_fund(by=by, given={**given, "ends_on": today()}).ends_on == today()
        )


def test_money_is_paid_after_the_approval_and_before_the_closing(house: factories.World) -> None:
    factories.fund()
    request = asked(house, travel="100")
    with pytest.raises(RuleBroken):
        pay(house, request)
    db.session.rollback()
    with factories.acts(house.supervisor) as by:
        approvals.approve(by=by, request=factories.anew(request))
    pay(house, request, amount="40")
    with factories.acts(house.caseworker) as by:
        payments.close(by=by, request=factories.anew(request))
    with pytest.raises(RuleBroken):
        pay(house, request, amount="1")


@pytest.mark.parametrize(
    ("kind", "amount", "possible"),
    [
        ("commitment", 501, False),
        ("commitment", 500, True),
        ("release", 1, False),
        ("expenditure", 1, False),
    ],
)
def test_no_sum_of_a_fund_falls_below_zero(
    house: factories.World, kind: str, amount: int, possible: bool
) -> None:
    fund = factories.fund(balance=500)
    if possible:
        assert ledger._post(system("demo"), fund, ledger._entry(kind, amount)).balance_minor == 0
        return
    with pytest.raises(ledger.NotEnough):
        ledger._post(system("demo"), fund, ledger._entry(kind, amount))
    assert (fund.balance_minor, fund.committed_minor, fund.spent_minor) == (500, 0, 0)


def test_what_was_spent_cannot_be_taken_back_twice(house: factories.World) -> None:
    factories.fund()
    entry = pay(house, approved(house, travel="100"))
    with factories.acts(house.manager) as by:
        back = payments.correct(by=by, entry=factories.anew(entry))
        for again in (entry, back):
            with pytest.raises(RuleBroken):
                ledger.reverse(by=by, entry=factories.anew(again))
    fund = db.session.execute(select(Fund)).scalar_one()
    assert (fund.committed_minor, fund.spent_minor) == (10_000, 0)
    assert ledger.balances(fund)
