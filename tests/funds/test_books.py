"""The books: payments with receipts and rates, what is left goes back, counter-entries, two
approvers, nothing below zero, nothing changed.
"""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from access.actors import person
from access.gate import acting
from funds import administration, approvals, figures, ledger, requests
from funds import payments as paying
from models.base import at, db, now, today
from models.messages import Message
from models.money import Fund, FundRequest, FundRequestLine, LedgerEntry
from models.people import Grant, User
from models.rules import RuleBroken
from standards import crises, currencies
from tests import factories
from tests.casework.test_work import at_once


def asked(house: factories.World, fund: str = "HASM-1", **lines: str) -> FundRequest:
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        return requests.ask(
            by=by,
            case=factories.anew(case),
            fund=fund,
            lines=lines or {"travel": "900", "medical": "100.50"},
        )


def approved(house: factories.World, **lines: str) -> FundRequest:
    request = asked(house, **lines)
    with factories.acts(house.supervisor) as by:
        approvals.approve(by=by, request=factories.anew(request))
    return request


def pay(house: factories.World, request: FundRequest, **what: Any) -> LedgerEntry:
    with factories.acts(house.caseworker) as by:
        return paying.spend(
            by=by,
            request=factories.anew(request),
            **{
                "line": "travel",
                "amount": "100",
                "on": today(),
                "receipt": "R-1",
                "same_receipt": "One invoice for both.",
                **what,
            },
        )


def test_a_request_from_asking_to_closing_accounts_for_each_cent(app: Flask) -> None:
    house = factories.World()
    fund = factories.fund(balance=200_000)
    request = approved(house)
    pay(house, request, amount="850.25", receipt="R-7")
    with factories.acts(house.caseworker) as by:
        paying.close(by=by, request=factories.anew(request))
    fund = factories.anew(fund)
    assert (fund.balance_minor, fund.committed_minor, fund.spent_minor) == (
        200_000 - 85_025,
        0,
        85_025,
    )
    assert ledger.balances(fund)
    kinds = list(
        db.session.execute(select(LedgerEntry.kind).order_by(LedgerEntry.number)).scalars()
    )
    assert kinds == [
        "contribution",
        "commitment",
        "commitment",
        "expenditure",
        "release",
        "release",
    ]
    assert factories.anew(request).state == "closed"
    with pytest.raises(RuleBroken):
        pay(house, request)


def test_no_line_pays_more_than_it_holds(app: Flask) -> None:
    house = factories.World()
    factories.fund(balance=200_000)
    request = approved(house)
    for wrong in (
        {"line": "medical", "amount": "100.51"},
        {"line": "escort"},
        {"on": today() + timedelta(days=1)},
        {"amount": "0"},
        {"amount": "1.999"},
        {"currency": "XXQ"},
    ):
        with pytest.raises(RuleBroken):
            pay(house, request, **wrong)
        db.session.rollback()
    assert db.session.execute(select(func.sum(FundRequestLine.spent_minor))).scalar() == 0


def test_a_payment_in_another_currency_keeps_its_rate(app: Flask) -> None:
    house = factories.World()
    factories.fund(balance=200_000)
    request = approved(house)
    with pytest.raises(RuleBroken):
        pay(house, request, amount="335.000", currency="TND")
    db.session.rollback()
    entry = pay(house, request, amount="335.000", currency="TND", rate=Decimal("0.29850746"))
    assert (entry.paid_minor, entry.paid_currency, entry.rate) == (
        335_000,
        "TND",
        Decimal("0.29850746"),
    )
    assert entry.amount_minor == 10_000
    entry = pay(house, request, amount="65596", currency="XOF", rate=Decimal("0.00152449"))
    assert entry.amount_minor == 10_000
    assert ledger.balances(factories.anew(entry.request).fund)


def test_a_wrong_payment_is_taken_back_by_its_counter_entry_once_and_by_another(app: Flask) -> None:
    house = factories.World()
    fund = factories.fund(balance=200_000)
    request = approved(house)
    entry = pay(house, request, amount="400")
    boss, worker = factories.Browser(app, house.manager), factories.Browser(app, house.caseworker)
    place = f"/funds/HASM-1/entries/{factories.anew(entry).number}/correct"
    assert worker.post(place).status_code == 404
    assert boss.post(place).status_code == 303
    assert boss.post(place).status_code == 422
    fund = factories.anew(fund)
    assert (fund.committed_minor, fund.spent_minor) == (100_050, 0)
    assert ledger.balances(fund)
    pay(house, request, amount="900")
    assert ledger.balances(factories.anew(fund))


def test_a_payment_corrected_after_the_closing_goes_back_to_the_fund(app: Flask) -> None:
    house = factories.World()
    fund = factories.fund(balance=200_000)
    request = approved(house)
    entry = pay(house, request, amount="400")
    with factories.acts(house.caseworker) as by:
        paying.close(by=by, request=factories.anew(request))
    with factories.acts(house.manager) as by:
        paying.correct(by=by, entry=factories.anew(entry))
    fund = factories.anew(fund)
    assert (fund.balance_minor, fund.committed_minor, fund.spent_minor) == (200_000, 0, 0), (
        "nothing stays set aside for a request that is over"
    )
    assert ledger.balances(fund)
    assert all(
        line.left_minor == 0 and line.spent_minor == 0 for line in factories.anew(request).lines
    )


def test_payments_and_a_closing_at_one_moment_lose_nothing(app: Flask) -> None:
    house = factories.World()
    factories.fund(balance=200_000)
    request = approved(house, travel="100")
    number, worker = request.id, factories.anew(house.caseworker).id

    def one(verb: Any, **what: Any) -> str:
        with acting(person(db.session.get_one(User, worker))) as gate:
            verb(by=gate.actor, request=db.session.get_one(FundRequest, number), **what)
            db.session.commit()
            return "done"

    pays = [
        lambda: one(
            paying.spend,
            line="travel",
            amount="10",
            on=today(),
            receipt="R",
            same_receipt="One invoice for both.",
        )
        for _ in range(5)
    ]
    results = at_once(app, [*pays[:3], lambda: one(paying.close), *pays[3:]])
    assert all(result == "done" or isinstance(result, RuleBroken) for result in results), results
    assert results[3] == "done", results
    fund = db.session.execute(select(Fund)).scalar_one()
    paid = (results.count("done") - 1) * 1_000
    assert (fund.committed_minor, fund.spent_minor, fund.balance_minor) == (0, paid, 200_000 - paid)
    assert ledger.balances(fund)


def test_the_ledger_cannot_be_changed_or_removed_in_the_database(app: Flask) -> None:
    factories.World()
    factories.fund(balance=100)
    for statement in (update(LedgerEntry).values(amount_minor=7), delete(LedgerEntry)):
        with pytest.raises(DatabaseError, match="append-only"):
            db.session.execute(statement)
        db.session.rollback()
    for column in ("balance_minor", "committed_minor", "spent_minor"):
        with pytest.raises(IntegrityError):
            db.session.execute(update(Fund).values({column: -1}))
        db.session.rollback()


def test_above_the_limit_two_others_approve(app: Flask) -> None:
    house = factories.World()
    fund = factories.fund(balance=500_000)
    fund.second_above_minor = 50_000
    db.session.add(
        Grant(
            user=factories.anew(house.supervisor),
            organisation=factories.anew(house.headquarters),
            role="programme_manager",
        )
    )
    db.session.commit()
    request = asked(house)
    place = f"/funds/requests/{request.reference}"
    boss, manager = factories.Browser(app, house.supervisor), factories.Browser(app, house.manager)
    assert boss.post(place, decision="approve").status_code == 303
    assert factories.anew(request).state == "second"
    assert boss.post(place, decision="approve").status_code == 404, (
        "not twice by the same, not even in another role"
    )
    assert factories.anew(fund).committed_minor == 0
    with factories.acts(house.supervisor) as by, pytest.raises(RuleBroken):
        approvals.approve(by=by, request=factories.anew(request))
    assert manager.post(place, decision="approve").status_code == 303
    assert (factories.anew(request).state, factories.anew(fund).committed_minor) == (
        "approved",
        100_050,
    )
    with pytest.raises(IntegrityError):
        db.session.execute(update(FundRequest).values(second_by_id=FundRequest.answered_by_id))
    db.session.rollback()
    assert asked(house, travel="500").fund.second_above_minor == 50_000
    assert not approvals.needs_two(
        db.session.execute(select(FundRequest).order_by(FundRequest.id.desc())).scalars().first()
    )  # type: ignore[arg-type]


def test_what_is_not_needed_goes_back_whole_unless_something_was_paid(app: Flask) -> None:
    house = factories.World()
    fund = factories.fund(balance=300_000)
    first, second, third = asked(house), approved(house), approved(house, travel="10")
    pay(house, third, amount="5")
    with factories.acts(house.caseworker) as by:
        paying.cancel(by=by, request=factories.anew(first))
        paying.cancel(by=by, request=factories.anew(second))
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken):
        paying.cancel(by=by, request=factories.anew(third))
    fund = factories.anew(fund)
    assert (fund.balance_minor, fund.committed_minor, fund.spent_minor) == (299_000, 500, 500)
    assert ledger.balances(fund)


def test_parallel_payments_never_pass_the_line_and_parallel_ends_end_once(app: Flask) -> None:
    house = factories.World()
    factories.fund(balance=200_000)
    request = approved(house, travel="100")
    number, worker = request.id, factories.anew(house.caseworker).id

    def one(verb: Any, **what: Any) -> str:
        with acting(person(db.session.get_one(User, worker))) as gate:
            verb(by=gate.actor, request=db.session.get_one(FundRequest, number), **what)
            db.session.commit()
            return "done"

    payments = [
        lambda: one(
            paying.spend,
            line="travel",
            amount="30",
            on=today(),
            receipt="R",
            same_receipt="One invoice for both.",
        )
        for _ in range(10)
    ]
    results = at_once(app, payments)
    assert results.count("done") == 3, results
    results = at_once(app, [lambda: one(paying.close) for _ in range(5)])
    assert results.count("done") == 1, results
    fund = db.session.execute(select(Fund)).scalar_one()
    assert (fund.committed_minor, fund.spent_minor, fund.balance_minor) == (0, 9_000, 191_000)
    assert ledger.balances(fund)


def test_managers_open_funds_take_contributions_and_export_the_ledger(app: Flask) -> None:
    house = factories.World()
    manager = factories.Browser(app, house.manager)
    form = {
        "code": "mefm-1",
        "name": "Crisis",
        "programme": "mefm",
        "currency": "CHF",
        "starts_on": str(today()),
        "ends_on": str(today() + timedelta(days=90)),
        "ceiling": "1000",
        "second_above": "20000",
        "sectors": ["3", "6"],
        "line_travel": "800",
    }
    assert manager.post("/funds", **{**form, "currency": "ZZZ"}).status_code == 422
    assert manager.post("/funds", **{**form, "ceiling": "much"}).status_code == 422
    assert manager.post("/funds", **{**form, "ends_on": "2020-01-01"}).status_code == 422
    assert manager.post("/funds", **form).status_code == 303
    assert manager.post("/funds", **form).status_code == 422, "one code, one fund"
    assert factories.Browser(app, house.supervisor).post("/funds", **form).status_code == 404
    given_ = {"donor": "=A government", "amount": "10000", "currency": "EUR", "on": str(today())}
    assert manager.post("/funds/MEFM-1/contributions", **given_).status_code == 422, (
        "another currency needs its rate"
    )
    assert manager.post("/funds/MEFM-1/contributions", **given_, rate="many").status_code == 422
    assert manager.post("/funds/MEFM-1/contributions", **given_, rate="0.94").status_code == 303
    fund = db.session.execute(select(Fund)).scalar_one()
    assert (fund.balance_minor, fund.line_ceilings, fund.sectors) == (
        940_000,
        {"travel": 80_000},
        ["3", "6"],
    )
    assert "9,400.00 CHF" in manager.get("/funds/MEFM-1").text
    rows = list(
        csv.DictReader(
            io.StringIO(
                manager.get("/funds/MEFM-1/ledger.csv").get_data(as_text=True).lstrip("\ufeff")
            )
        )
    )
    assert [
        (row["debit"], row["credit"], row["amount"], row["paid"], row["rate"][:4], row["donor"])
        for row in rows
    ] == [("cash", "available", "9400.00", "10000.00", "0.94", "'=A government")]
    assert (
        factories.Browser(app, house.caseworker).get("/funds/MEFM-1/ledger.csv").status_code == 404
    )


def test_figures_are_what_a_recount_by_hand_gives(app: Flask) -> None:
    house = factories.World()
    fund = factories.fund(balance=1_000_000)
    for amount in ("300", "600"):
        request = approved(house, travel=amount)
        pay(house, request, amount=str(int(amount) - 100))
    wrong = pay(house, request, amount="50")
    with factories.acts(house.manager) as by:
        paying.correct(by=by, entry=factories.anew(wrong))
    seen = figures.figures(factories.anew(fund))
    assert (seen.people, seen.spent, seen.by_line) == (2, 70_000, (("travel", 70_000),))
    assert seen.by_person == 90_000 // 2
    assert seen.remaining == (1_000_000 - 90_000) // 45_000
    assert seen.monthly == 70_000 * 30 // 90
    assert seen.by_country == (("CI", 2, 70_000),)
    with at(now() + timedelta(days=200)):
        assert figures.figures(factories.anew(fund)).monthly == 0


def test_managers_are_told_when_a_fund_runs_low_and_when_it_ends(app: Flask) -> None:
    house = factories.World()
    fund = factories.fund(balance=100_000)
    approved(house, travel="910")
    for _ in range(2):
        with at(now() + timedelta(days=280)):
            administration.warn_of_ends()
            db.session.commit()
    told = list(
        db.session.execute(
            select(Message.event).where(
                Message.channel == "app", Message.user_id == factories.anew(house.manager).id
            )
        ).scalars()
    )
    assert sorted(told) == ["fund.ends", "fund.low"]
    assert fund.code == "HASM-1"


def test_a_family_is_asked_for_together_from_the_page(app: Flask) -> None:
    from casework.people import families  # noqa: PLC0415 -- only here

    house = factories.World()
    factories.fund(balance=5_000_000)
    cases = [factories.case(house, given_names=f"Z{number}") for number in range(3)]
    with factories.acts(house.caseworker) as by:
        for other in cases[1:]:
            families.join(
                by=by, case=factories.anew(cases[0]), other=factories.anew(other), relation="child"
            )
    numbers = [factories.anew(case).number for case in cases]
    worker = factories.Browser(app, house.caseworker)
    assert numbers[2] in worker.get(f"/cases/{numbers[0]}/funding").text
    assert (
        worker.post(f"/cases/{numbers[0]}/funding", fund="HASM-1", line_travel="15000").status_code
        == 422
    ), "above the ceiling for one"
    answer = worker.post(
        f"/cases/{numbers[0]}/funding", fund="HASM-1", line_travel="15000", members=numbers[1:]
    )
    assert answer.status_code == 303
    request = db.session.execute(select(FundRequest)).unique().scalar_one()
    assert (request.people, {one.case_id for one in request.persons}) == (
        3,
        {factories.anew(case).id for case in cases},
    )
    assert all(number in worker.get(answer.headers["Location"]).text for number in numbers)


@settings(max_examples=60, deadline=None)
@given(amount=st.integers(1, 10**11), currency=st.sampled_from(["EUR", "XOF", "TND", "JPY", "USD"]))
def test_an_amount_is_read_as_it_was_written(amount: int, currency: str) -> None:
    assert currencies.minor(currencies.plain(amount, currency), currency) == amount
    assert currencies.converted(amount, currency, Decimal(1), currency) == amount


def test_the_fifteen_sectors_are_there_and_say_they_are_not_verified() -> None:
    assert len(crises.sectors()) == 15
    assert crises.framework()["verified"] is False
