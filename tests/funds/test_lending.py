"""A fund that lends: to an operation, approved, drawn, paid back by donors; never below zero, and
people are counted by operation, crisis and sector.
"""

import html
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from avrr import handover, preparation
from funds import administration, advances, approvals, figures, ledger, payments, requests
from funds.schemas import AskSchema
from models.advances import Advance, CrisisOperation
from models.base import db, today
from models.facts import FactChange
from models.money import Fund, LedgerEntry
from models.returns import Return
from models.rules import RuleBroken
from reporting.facts import helps, raw_rows
from standards import crises
from tests import factories
from tests.avrr.test_return import ready

DAY = timedelta(days=1)
LATER = 400 * DAY


@pytest.fixture
def house(quick_app: Flask) -> factories.World:
    return factories.World()


def lender(balance: int = 1_000_000, **more: Any) -> Fund:
    made = factories.fund("MEFM-1", "mefm", balance)
    for name, value in {"lends": True, **more}.items():
        setattr(factories.anew(made), name, value)
    db.session.commit()
    return made


def operation(house: factories.World, crisis: str = "Libya") -> CrisisOperation:
    with factories.acts(house.supervisor) as by:
        office = factories.anew(house.here)
        return advances.begin(
            by=by,
            office=office,
            crisis=crisis,
            country="TN",
            starts_on=today(),
            sectors=["10", "2"],
        )


def asked(house: factories.World, made: CrisisOperation, amount: str = "5000") -> Advance:
    with factories.acts(house.supervisor) as by:
        return advances.ask(
            by=by,
            operation=factories.anew(made),
            fund="MEFM-1",
            amount=amount,
            repay_by=today() + LATER,
        )


def by_manager(house: factories.World, verb: Any, advance: Advance, **given_: Any) -> Any:
    with factories.acts(house.manager) as by:
        return verb(by=by, advance=factories.anew(advance), **given_)


def lent(house: factories.World, amount: str = "5000") -> Advance:
    advance = asked(house, operation(house), amount)
    by_manager(house, advances.answer, advance, decision="approve")
    by_manager(house, advances.draw, advance, amount=amount, on=today(), receipt="W-1")
    return advance


def sums(fund: Fund) -> tuple[int, int, int, int]:
    found = factories.anew(fund)
    assert ledger.balances(found)
    return found.balance_minor, found.committed_minor, found.spent_minor, found.lent_minor


def test_an_advance_is_approved_drawn_and_paid_back_by_donors(house: factories.World) -> None:
    fund = lender()
    advance = asked(house, operation(house))
    assert sums(fund) == (1_000_000, 0, 0, 0)
    by_manager(house, advances.answer, advance, decision="approve")
    assert sums(fund) == (500_000, 500_000, 0, 0)
    by_manager(house, advances.draw, advance, amount="4000", on=today(), receipt="W-1")
    assert sums(fund) == (500_000, 100_000, 0, 400_000)
    donor = {"donor": "A donor", "on": today(), "receipt": "D-1"}
    by_manager(house, advances.repay, advance, amount="1500", **donor)
    assert sums(fund) == (650_000, 100_000, 0, 250_000)
    with pytest.raises(RuleBroken) as known:
        by_manager(house, advances.repay, advance, amount="1500", **donor)
    assert known.value.field == "receipt"
    with pytest.raises(RuleBroken):
        by_manager(house, advances.repay, advance, amount="2500.01", **(donor | {"receipt": "D"}))
    by_manager(house, advances.cancel, advance)
    assert sums(fund) == (750_000, 0, 0, 250_000)
    other = {"currency": "USD", "rate": Decimal("0.5"), "donor": "B", "receipt": "D-2"}
    by_manager(house, advances.repay, advance, amount="5000", on=today(), **other)
    assert sums(fund) == (1_000_000, 0, 0, 0)
    assert factories.anew(advance).state == "repaid"
    kinds = db.session.execute(select(LedgerEntry.kind).order_by(LedgerEntry.number)).scalars()
    assert list(kinds) == [
        "contribution",
        "commitment",
        "loan",
        "repayment",
        "release",
        "repayment",
    ]


def test_nobody_answers_what_they_asked_and_above_the_limit_two_answer(
    house: factories.World, quick_app: Flask
) -> None:
    lender(second_above_minor=100_000)
    made = operation(house)
    advance = asked(house, made)
    path = f"/advances/{advance.reference}"
    for user in (house.caseworker, house.supervisor, house.origin):
        assert factories.Browser(quick_app, user).post(path, decision="approve").status_code == 404
    by_manager(house, advances.answer, advance, decision="approve")
    assert factories.anew(advance).state == "second"
    with pytest.raises(RuleBroken):
        by_manager(house, advances.answer, advance, decision="approve")
    page = f"/operations/{made.reference}"
    assert "MEFM-1" in factories.Browser(quick_app, house.manager).get(page).text
    assert factories.Browser(quick_app, house.far).get(page).status_code == 404
    assert "Libya" in factories.Browser(quick_app, house.supervisor).get("/operations").text


def test_the_fund_lends_no_more_than_it_holds(house: factories.World) -> None:
    fund = lender(balance=600_000)
    first, second = (asked(house, operation(house)) for _ in range(2))
    by_manager(house, advances.answer, first, decision="approve")
    with pytest.raises(ledger.NotEnough):
        by_manager(house, advances.answer, second, decision="approve")
    db.session.rollback()
    assert sums(fund) == (100_000, 500_000, 0, 0)


def test_a_fund_that_lends_pays_for_nobody_and_one_that_pays_lends_to_nobody(
    house: factories.World,
) -> None:
    lender()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken):
        requests.ask(by=by, case=factories.anew(case), fund="MEFM-1", lines={"travel": "1"})
    factories.fund()
    made = operation(house)
    with factories.acts(house.supervisor) as by, pytest.raises(RuleBroken):
        what = {"fund": "HASM-1", "amount": "1", "repay_by": today() + DAY}
        advances.ask(by=by, operation=factories.anew(made), **what)


def test_a_repayment_taken_back_is_out_again(house: factories.World) -> None:
    fund = lender()
    advance = lent(house)
    entry = by_manager(
        house, advances.repay, advance, donor="A", amount="5000", on=today(), receipt="D-1"
    )
    assert factories.anew(advance).state == "repaid"
    with factories.acts(house.manager) as by:
        payments.correct(by=by, entry=factories.anew(entry))
    assert (factories.anew(advance).state, factories.anew(advance).repaid_minor) == ("drawn", 0)
    assert sums(fund) == (500_000, 0, 0, 500_000)


@pytest.mark.parametrize(("days", "taken"), [(0, False), (1, True)])
def test_it_is_paid_back_later_than_today(house: factories.World, days: int, taken: bool) -> None:
    lender()
    made = operation(house)
    what = {"fund": "MEFM-1", "amount": "1", "repay_by": today() + days * DAY}
    with factories.acts(house.supervisor) as by:
        if taken:
            assert advances.ask(by=by, operation=factories.anew(made), **what).state == "asked"
            return
        with pytest.raises(RuleBroken):
            advances.ask(by=by, operation=factories.anew(made), **what)


def test_people_are_counted_by_operation_crisis_and_sector(
    house: factories.World, quick_app: Flask
) -> None:
    first, second = operation(house), operation(house)
    cases = [factories.case(house, given_names=f"N{number}") for number in range(3)]
    numbers = [factories.anew(case).number for case in cases]
    browser = factories.Browser(quick_app, house.supervisor)
    path = f"/operations/{first.reference}/people"
    form = {"cases": " ".join(numbers), "sector": "10", "on": str(today())}
    assert browser.post(path, **form).status_code == 303
    assert browser.post(path, **form).status_code == 303, "nobody twice"
    assert browser.post(path, **{**form, "cases": numbers[0], "sector": "2"}).status_code == 303
    assert browser.post(path, **{**form, "sector": "7"}).status_code == 422
    strangers = " ".join(f"SC-NOBODY{number}" for number in range(7))
    refused = browser.post(path, **{**form, "cases": strangers})
    assert refused.status_code == 422
    assert "SC-NOBODY4 and 2 more." in refused.text, "what is not named is counted"
    other = f"/operations/{second.reference}/people"
    assert browser.post(other, **{**form, "cases": numbers[0]}).status_code == 303
    with factories.acts(house.supervisor):
        total, by_sector = advances.people(factories.anew(first))
        assert (total, by_sector) == (3, [("2", 1), ("10", 3)])
        both = [factories.anew(first), factories.anew(second)]
        assert advances.by_crisis(both) == [("Libya", 3)]


def test_the_funds_of_last_resort_and_the_one_that_lends_are_so_by_themselves(
    house: factories.World,
) -> None:
    given_: dict[str, Any] = {
        "currency": "EUR",
        "name": "New",
        "ceiling": "10",
        "starts_on": today(),
        "ends_on": today() + DAY,
    }
    found = {}
    with factories.acts(house.manager) as by:
        for programme, said in (
            ("hasm", ""),
            ("gaf", ""),
            ("avrr", ""),
            ("hasm", "no"),
            ("mefm", ""),
        ):
            what = {**given_, "programme": programme, "last_resort": said}
            code = f"{programme}-{said}".upper()
            fund = administration.open_fund(by=by, given={**what, "code": code})
            found[code] = (fund.last_resort, fund.lends)
    assert found == {
        "HASM-": (True, False),
        "GAF-": (True, False),
        "AVRR-": (False, False),
        "HASM-NO": (False, False),
        "MEFM-": (False, True),
    }


def test_a_fund_of_last_resort_hears_what_was_tried_and_the_approver_sees_it(
    house: factories.World, quick_app: Flask
) -> None:
    fund = factories.fund("GAF-1", "gaf")
    factories.anew(fund).last_resort = True
    db.session.commit()
    number = factories.anew(factories.case(house)).number
    own = factories.Browser(quick_app, house.caseworker)
    path, day = f"/cases/{number}/funding", str(today())
    form = {"fund": "GAF-1", "line_travel": "100"}
    assert "name each other programme" in own.post(path, **form).text
    begun = own.post(path, **form, tried_1="Zqx national fund", assessed_on=day)
    assert begun.status_code == 422
    form |= {"tried_1": "Zqx national fund", "answered_1": "no_money", "answered_on_1": day}
    assert "needs were assessed" in own.post(path, **form).text
    answer = own.post(path, **form, assessed_on=day)
    assert answer.status_code == 303
    page = factories.Browser(quick_app, house.supervisor).get(answer.headers["Location"]).text
    assert "Zqx national fund" in page
    assert "No money left" in page


def test_rows_of_what_was_tried_are_loaded_as_one_list() -> None:
    loaded = AskSchema().load(
        {
            "fund": "X",
            "line_travel": "1",
            "tried_2": "P",
            "answered_2": "no_money",
            "answered_on_2": "2026-01-02",
        }
    )
    assert loaded["tried"] == [{"programme": "P", "answer": "no_money", "on": "2026-01-02"}]
    assert loaded["lines"] == {"travel": "1"}


_DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "approve", "refuse", "draw", "repay", "cancel", "correct"]),
        st.integers(0, 2),
        st.integers(1, 60),
    ),
    max_size=16,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_DEEDS)
def test_whatever_is_done_the_fund_holds_and_what_is_out_is_its_advances(
    house: factories.World, deeds: list[tuple[str, int, int]]
) -> None:
    fund = db.session.execute(select(Fund).where(Fund.code == "MEFM-1")).scalar_one_or_none()
    fund = fund or lender(balance=10_000)
    made = operation(house)
    mine: list[Advance] = []
    for place, (verb, which, amount) in enumerate(deeds):
        try:
            _do(house, made, mine, verb, which, f"{amount}", place)
        except RuleBroken:
            db.session.rollback()
    every = db.session.execute(select(Advance)).unique().scalars().all()
    assert sums(fund)[3] == sum(advance.outstanding_minor for advance in every)
    for advance in map(factories.anew, mine):
        assert 0 <= advance.outstanding_minor <= advance.amount_minor
        if advance.state == "repaid":
            assert not advance.outstanding_minor
            assert not advance.undrawn_minor


def _do(
    house: factories.World,
    made: CrisisOperation,
    mine: list[Advance],
    verb: str,
    which: int,
    amount: str,
    place: int,
) -> None:
    if verb == "ask":
        mine.append(asked(house, made, amount))
        return
    if not mine:
        return
    advance = mine[which % len(mine)]
    if verb in {"approve", "refuse"}:
        by_manager(house, advances.answer, advance, decision=verb)
    elif verb == "draw":
        by_manager(house, advances.draw, advance, amount=amount, on=today(), receipt="W")
    elif verb == "repay":
        number = f"D-{advance.reference}-{place}"
        what = {"donor": "A", "amount": amount, "on": today(), "receipt": number}
        by_manager(house, advances.repay, advance, **what)
    elif verb == "cancel":
        by_manager(house, advances.cancel, advance)
    else:
        entry = db.session.execute(
            select(LedgerEntry)
            .where(LedgerEntry.advance_id == advance.id, LedgerEntry.kind == "repayment")
            .order_by(LedgerEntry.id.desc())
        ).scalars()
        if (found := entry.first()) is not None:
            with factories.acts(house.manager) as by:
                payments.correct(by=by, entry=found)


def test_two_operations_of_one_crisis_count_and_owe_apart(
    house: factories.World, quick_app: Flask
) -> None:
    fund = lender()
    first, second = operation(house), operation(house)
    for made, amount in ((first, "3000"), (second, "2000")):
        advance = asked(house, made, amount)
        by_manager(house, advances.answer, advance, decision="approve")
        by_manager(house, advances.draw, advance, amount=amount, on=today(), receipt=f"W-{amount}")
        if made is first:
            more = {"donor": "A donor", "on": today(), "receipt": "D-1"}
            with pytest.raises(RuleBroken) as refused:
                by_manager(house, advances.repay, advance, amount="3000.01", **more)
            assert "Only 3000.00 is out" in refused.value.message
            by_manager(house, advances.repay, advance, amount="3000", **more)
    owed = [
        sum(each.outstanding_minor for each in factories.anew(made).advances)
        for made in (first, second)
    ]
    assert owed == [0, 200_000]
    assert factories.anew(fund).lent_minor == 200_000
    case = factories.case(house)
    for made, sector in ((first, "10"), (second, "2")):
        with factories.acts(house.supervisor) as by:
            advances.count_people(
                by=by,
                operation=factories.anew(made),
                cases=[factories.anew(case)],
                sector=sector,
                on=today(),
            )
    with factories.acts(house.supervisor):
        both = [factories.anew(first), factories.anew(second)]
        assert [advances.people(each)[0] for each in both] == [1, 1]
        assert advances.by_crisis(both) == [("Libya", 1)], "a person once for a crisis"
        _case, rows = raw_rows.cases_with_rows([factories.anew(case).id])[0]
        found = [each for each in helps.helps(_case, rows) if each["measure"] == "mefm"]
    assert [(each["kind"], each["given_on"]) for each in found] == [
        ("10", today().isoformat()),
        ("2", today().isoformat()),
    ]
    changed = select(func.count()).select_from(FactChange).where(FactChange.case_id == case.id)
    assert db.session.execute(changed).scalar(), "the database itself marks the case as changed"


def test_the_page_that_asks_says_which_fund_can_pay_and_why_another_cannot(
    house: factories.World, quick_app: Flask
) -> None:
    lender()
    factories.fund()
    other = factories.fund("GAF-1", "gaf")
    factories.anew(other).categories = ["smuggled"]
    closed = factories.fund("OLD-1", "hasm")
    factories.anew(closed).starts_on = today() + DAY
    db.session.commit()
    case = factories.case(house)
    page = factories.Browser(quick_app, house.caseworker).get(
        f"/cases/{factories.anew(case).number}/funding"
    )
    shown = page.text[page.text.index('id="payers"') :]
    rows = shown[: shown.index("</section>")].split('class="row"')[1:]
    said = {re.search(r"[A-Z]+-1", row)[0]: row for row in rows}  # type: ignore[index]
    assert next(iter(said)) == "HASM-1", "who can pay comes first"
    assert "can pay" in said["HASM-1"]
    assert "cannot pay" not in said["HASM-1"]
    for code, why in (
        ("MEFM-1", "lends to operations in a crisis"),
        ("GAF-1", "other categories of people"),
        ("OLD-1", "not open on this day"),
    ):
        assert "cannot pay" in said[code]
        assert why in said[code]
    assert "/operations" in said["MEFM-1"]
    assert 'value="MEFM-1"' not in page.text, "it is no choice of the form"
    assert 'value="HASM-1"' in page.text


def test_sectors_stand_with_their_titles(house: factories.World, quick_app: Flask) -> None:
    fund = lender(sectors=["10", "2"])
    titles = dict(crises.sector_options())
    made = operation(house)
    manager = factories.Browser(quick_app, house.manager)
    pages = (f"/funds/{factories.anew(fund).code}", f"/operations/{factories.anew(made).reference}")
    for path in pages:
        text = html.unescape(manager.get(path).text)
        assert str(titles["10"]) in text
        assert str(titles["2"]) in text


def test_of_a_journey_in_a_crisis_who_left_counts_in_figures_and_fund(quick_app: Flask) -> None:
    house = factories.World()
    made = factories.fund("OP-TUN", "mefm")
    made.lends = False
    db.session.commit()
    left, stayed = (ready(house, given_names=f"Zqx{each}", fund=False) for each in range(2))
    with factories.acts(house.caseworker) as by:
        first, other = (factories.anew(factories.anew(each).case) for each in (left, stayed))
        asked = requests.ask(
            by=by, case=first, others=[other], fund="OP-TUN", lines={"travel": "900"}
        )
    with factories.acts(house.manager) as by:
        approvals.approve(by=by, request=factories.anew(asked))

    def counted(record: Return) -> list[str]:
        case, rows = raw_rows.cases_with_rows([factories.anew(record).case_id])[0]
        found = [each for each in helps.helps(case, rows) if each["measure"] == "mefm"]
        return [each["given_on"] for each in found]

    with factories.acts(house.manager):
        assert figures.figures(factories.anew(made)).people == 0, "nobody has left yet"
        assert (counted(left), counted(stayed)) == ([], [])
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(left))
    with factories.acts(house.caseworker) as by:
        preparation.depart(by=by, return_=factories.anew(left), departed_on=today())
    with factories.acts(house.manager):
        assert figures.figures(factories.anew(made)).people == 1
        assert counted(left) == [today().isoformat()]
        assert counted(stayed) == []
