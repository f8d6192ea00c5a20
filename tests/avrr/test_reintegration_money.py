"""Reintegration money is fund money: asked by the mission at home, approved by the fund's rules,
an instalment is a payment in the books, and what is not given goes back.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from access.permissions import Role
from avrr import assistance_items, endings
from funds import approvals, figures, ledger, payments
from models.assistance import Assistance
from models.base import db, today
from models.messages import Message
from models.money import Fund, FundRequest, LedgerEntry
from models.people import User
from models.returns import Return
from models.rules import RuleBroken
from reporting.facts.raw_rows import _payments
from tests import factories
from tests.avrr.test_reintegration import arrived

WHAT = {"kind": "micro_business", "dimension": "economic", "form": "cash"}


@pytest.fixture
def house(quick_app: Flask) -> factories.World:
    return factories.World()


@pytest.fixture
def record(house: factories.World) -> Return:
    return arrived(house)


def boss(house: factories.World, name: str = "chief") -> Any:
    """A supervisor of the mission at home."""
    made = house._person(name, factories.anew(house.there), Role.SUPERVISOR)
    db.session.commit()
    return made


def purse(balance: int = 1_000_000, **more: Any) -> Fund:
    made = factories.fund("RE-1", "avrr", balance)
    for name, value in more.items():
        setattr(factories.anew(made), name, value)
    db.session.commit()
    return made


def plan(house: factories.World, record: Return, amount: str = "900", **more: Any) -> Assistance:
    what = {**WHAT, "given_on": today(), "fund": "RE-1", "parts": 3, **more}
    with factories.acts(house.origin) as by:
        row = factories.anew(record)
        return assistance_items.assist(by=by, return_=row, amount=amount, **what)


def decide(by_whom: Any, item: Assistance, decision: str = "approve") -> None:
    with factories.acts(by_whom) as by:
        assistance_items.decide(by=by, item=factories.anew(item), decision=decision)


def give(house: factories.World, item: Assistance, number: int, **more: Any) -> None:
    what = {"number": number, "paid_on": today(), "receipt": f"R-{number}", **more}
    with factories.acts(house.origin) as by:
        assistance_items.pay(by=by, item=factories.anew(item), **what)


def sums(fund: Fund) -> tuple[int, int, int]:
    found = factories.anew(fund)
    assert ledger.balances(found)
    return found.balance_minor, found.committed_minor, found.spent_minor


def test_an_item_is_asked_approved_given_and_what_is_left_goes_back(
    house: factories.World, record: Return, quick_app: Flask
) -> None:
    fund = purse()
    item = plan(house, record)
    request = factories.anew(item).request
    assert (request.office_id, request.at_home, request.state) == (
        factories.anew(house.there).id,
        True,
        "asked",
    )
    assert [(line.line, line.amount_minor) for line in request.lines] == [("reintegration", 90_000)]
    assert sums(fund) == (1_000_000, 0, 0)
    with pytest.raises(RuleBroken):
        give(house, item, 1)
    decide(boss(house), item)
    assert factories.anew(item).state == "approved"
    assert sums(fund) == (910_000, 90_000, 0)
    give(house, item, 1)
    give(house, item, 2, amount="250")
    assert sums(fund) == (910_000, 35_000, 55_000)
    with factories.acts(house.origin) as by:
        assert not endings.lacks(factories.anew(record), "died")
        endings.close(by=by, return_=factories.anew(record), outcome="died")
    assert sums(fund) == (945_000, 0, 55_000)
    found = factories.anew(item)
    assert (found.state, found.request.state) == ("partly", "closed")
    with factories.acts(house.manager):
        shown = figures.figures(factories.anew(fund))
        assert (shown.by_line, shown.by_person) == ((("reintegration", 55_000),), 55_000)
    paid = db.session.execute(_payments([factories.anew(record).case_id])).mappings().all()
    assert sum(row["amount_minor"] for row in paid if row["line"] == "reintegration") == 55_000
    page = factories.Browser(quick_app, house.origin).get(f"/returns/{record.reference}").text
    assert "RE-1" in page
    assert found.request.reference in page


def test_who_plans_does_not_approve_nor_does_a_colleague_but_its_supervisor_or_a_manager(
    house: factories.World, record: Return, quick_app: Flask
) -> None:
    purse()
    colleague = house._person("teammate", factories.anew(house.there), Role.ORIGIN)
    chief = boss(house)
    item = plan(house, record)
    with factories.acts(house.origin) as by, pytest.raises(RuleBroken):
        assistance_items.decide(by=by, item=factories.anew(item), decision="approve")
    place, page = (
        f"/assistance/{item.id}",
        f"/funds/requests/{factories.anew(item).request.reference}",
    )
    for user in (house.origin, colleague, house.supervisor):
        answer = factories.Browser(quick_app, user).post(place, decision="approve")
        assert answer.status_code == 404, user.name
    assert factories.Browser(quick_app, house.origin).get(page).status_code == 200
    assert factories.Browser(quick_app, house.caseworker).get(page).status_code == 404
    browser = factories.Browser(quick_app, chief)
    assert "RE-1" in browser.get("/returns/approvals").text
    assert browser.post(place, decision="approve").status_code == 303
    second = plan(house, record, amount="50", parts=1)
    reference = factories.anew(second).request.reference
    manager = factories.Browser(quick_app, house.manager)
    assert manager.post(f"/funds/requests/{reference}", decision="refuse").status_code == 303
    assert factories.anew(second).state == "refused"
    told = select(Message.event).where(Message.user_id == factories.anew(chief).id)
    assert "fund.asked" in set(db.session.execute(told).scalars())


def test_above_the_limit_of_the_fund_two_approve(house: factories.World, record: Return) -> None:
    fund = purse(second_above_minor=50_000)
    chief = boss(house)
    item = plan(house, record, amount="500.01", parts=1)
    decide(chief, item)
    assert factories.anew(item).state == "planned"
    with pytest.raises(RuleBroken):
        decide(chief, item)
    decide(house.manager, item)
    assert factories.anew(item).state == "approved"
    small = plan(house, record, amount="500", parts=1)
    decide(chief, small)
    assert factories.anew(small).state == "approved"
    assert sums(fund)[1] == 100_001


def test_another_currency_is_kept_with_its_rate(house: factories.World, record: Return) -> None:
    fund = purse()
    rate = Decimal("0.00152")
    item = plan(house, record, amount="200000", currency="XOF", rate=rate, parts=1)
    found = factories.anew(item)
    assert (found.amount_minor, found.currency) == (30_400, "EUR")
    with pytest.raises(RuleBroken):
        plan(house, record, amount="200000", currency="XOF")
    decide(boss(house), item)
    give(house, item, 1, amount="190000", currency="XOF", rate=rate)
    entry = db.session.execute(
        select(LedgerEntry).where(LedgerEntry.kind == "expenditure")
    ).scalar_one()
    assert (entry.amount_minor, entry.paid_minor, entry.paid_currency) == (28_880, 190_000, "XOF")
    assert sums(fund) == (1_000_000 - 30_400, 1_520, 28_880)


def test_a_refusal_and_an_end_before_the_answer_leave_the_fund_as_it_was(
    house: factories.World, record: Return
) -> None:
    fund = purse()
    refused, stopped, kept = (plan(house, record, parts=1) for _ in range(3))
    decide(boss(house), refused, "refuse")
    with factories.acts(house.origin) as by:
        assistance_items.stop(by=by, item=factories.anew(stopped))
    assert factories.anew(refused).state == "refused"
    assert (factories.anew(stopped).state, factories.anew(stopped).request.state) == (
        "ended",
        "cancelled",
    )
    with factories.acts(house.origin) as by, pytest.raises(RuleBroken):
        assistance_items.stop(by=by, item=factories.anew(stopped))
    with factories.acts(house.origin) as by:
        endings.close(by=by, return_=factories.anew(record), outcome="died")
    assert factories.anew(kept).request.state == "cancelled"
    assert sums(fund) == (1_000_000, 0, 0)


def test_a_payment_taken_back_is_an_instalment_not_given_and_a_closed_request_ends_its_item(
    house: factories.World, record: Return
) -> None:
    fund = purse()
    item = plan(house, record)
    decide(boss(house), item)
    give(house, item, 1)
    entry = db.session.execute(
        select(LedgerEntry).where(LedgerEntry.kind == "expenditure")
    ).scalar_one()
    with factories.acts(house.manager) as by:
        payments.correct(by=by, entry=factories.anew(entry))
    assert factories.anew(item).instalments[0].paid_on is None
    assert sums(fund) == (910_000, 90_000, 0)
    give(house, item, 1, receipt="R-9")
    with factories.acts(house.manager) as by:
        payments.close(by=by, request=factories.anew(item).request)
    assert factories.anew(item).state == "partly"
    with pytest.raises(RuleBroken):
        give(house, item, 2)


def test_money_asked_at_home_is_paid_at_the_return_and_nowhere_else(
    house: factories.World, record: Return
) -> None:
    purse()
    item = plan(house, record)
    chief = boss(house)
    decide(chief, item)
    with factories.acts(chief) as by, pytest.raises(RuleBroken):
        what = {"line": "reintegration", "amount": "10", "on": today(), "receipt": "X"}
        payments.spend(by=by, request=factories.anew(item).request, **what)


def test_a_proof_known_in_the_mission_is_shown_and_counts_again_with_a_reason(
    house: factories.World, record: Return
) -> None:
    purse()
    other = arrived(house)
    chief = boss(house)
    first, second = plan(house, record), plan(house, other)
    for item in (first, second):
        decide(chief, item)
    give(house, first, 1)
    outside = plan(house, other, fund="none", parts=1)
    for item, number in ((first, 2), (second, 1), (outside, 1)):
        with pytest.raises(RuleBroken) as asked:
            give(house, item, number, receipt=" R-1 ")
        assert asked.value.field == "receipt"
        assert "300.00" in asked.value.message
        db.session.rollback()
    give(house, second, 1, receipt="R-1", same_receipt="One invoice for two families.")
    assert factories.anew(second).instalments[0].why == "One invoice for two families."
    entry = (
        db.session.execute(select(LedgerEntry).order_by(LedgerEntry.id.desc())).scalars().first()
    )
    assert entry is not None
    assert entry.why == "One invoice for two families."


def test_what_is_not_from_our_funds_says_so_and_touches_no_book(
    house: factories.World, record: Return, quick_app: Flask
) -> None:
    purse()
    item = plan(house, record, fund="none", parts=1)
    give(house, item, 1)
    assert db.session.execute(select(FundRequest).where(FundRequest.at_home)).first() is None
    page = factories.Browser(quick_app, house.origin).get(f"/returns/{record.reference}").text
    assert "Not from our funds" in page
    with pytest.raises(RuleBroken):
        plan(house, record, fund="NOWHERE")


def test_a_fund_that_is_not_for_this_person_says_why(
    house: factories.World, record: Return
) -> None:
    purse(ceiling_minor=10_000)
    with pytest.raises(RuleBroken) as refused:
        plan(house, record)
    assert "ceiling" in refused.value.message


_DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["plan", "approve", "refuse", "give", "stop", "correct", "close"]),
        st.integers(0, 3),
        st.integers(1, 400),
    ),
    max_size=14,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_DEEDS)
def test_whatever_is_done_the_books_hold_and_say_what_the_items_say(
    house: factories.World, deeds: list[tuple[str, int, int]]
) -> None:
    record = arrived(house)
    if (fund := db.session.execute(select(Fund).where(Fund.code == "RE-1")).scalar()) is None:
        fund = purse(balance=100_000)
        boss(house)
    items: list[Assistance] = []
    for verb, place, amount in deeds:
        try:
            _do(house, record, items, verb, place, amount)
        except RuleBroken:
            db.session.rollback()
    sums(fund)
    for item in map(factories.anew, items):
        spent = sum(line.spent_minor for line in item.request.lines)
        given_ = [each for each in item.instalments if each.paid_on]
        entries = [db.session.get_one(LedgerEntry, each.entry_id) for each in given_]
        assert spent == sum(entry.amount_minor for entry in entries)
        if item.state in {"refused", "ended", "partly"}:
            assert item.request.state in {"refused", "cancelled", "closed"}
            assert not any(
                line.left_minor for line in item.request.lines if item.request.was_granted
            )


def _do(
    house: factories.World,
    record: Return,
    items: list[Assistance],
    verb: str,
    place: int,
    amount: int,
) -> None:
    chief = _chief()
    if verb == "plan":
        items.append(plan(house, record, amount=str(amount), parts=min(3, amount)))
        return
    if verb == "close":
        with factories.acts(house.origin) as by:
            endings.close(by=by, return_=factories.anew(record), outcome="died")
        return
    if not items:
        return
    item = factories.anew(items[place % len(items)])
    deeds: dict[str, Callable[[], None]] = {
        "approve": lambda: decide(chief, item),
        "refuse": lambda: decide(chief, item, "refuse"),
        "give": lambda: give(house, item, place, receipt=f"{item.id}-{place}-{amount}"),
        "stop": lambda: _stop(house, item),
        "correct": lambda: _correct(house, item),
    }
    deeds[verb]()


def _chief() -> Any:
    users = db.session.execute(select(User)).unique().scalars()
    return next(user for user in users if user.name == "Chief")


def _stop(house: factories.World, item: Assistance) -> None:
    with factories.acts(house.origin) as by:
        assistance_items.stop(by=by, item=factories.anew(item))


def _correct(house: factories.World, item: Assistance) -> None:
    given_ = [each.entry_id for each in factories.anew(item).instalments if each.entry_id]
    if given_:
        with factories.acts(house.manager) as by:
            payments.correct(by=by, entry=db.session.get_one(LedgerEntry, given_[0]))


def test_answering_the_request_on_the_page_of_funds_answers_the_item(
    house: factories.World, record: Return
) -> None:
    purse()
    item = plan(house, record)
    with factories.acts(boss(house)) as by:
        approvals.approve(by=by, request=factories.anew(item).request)
    assert factories.anew(item).state == "approved"
