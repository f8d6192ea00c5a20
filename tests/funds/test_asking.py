"""Each rule of a fund refuses by itself, in words."""

from datetime import timedelta

import pytest
from flask import Flask

from funds import answering, asking
from models.base import db, today
from tests import factories
from web.faults import RuleBroken


def test_each_rule_refuses(quick_app: Flask) -> None:
    case = factories.case(factories.House())
    fund = factories.fund()
    assert asking.reasons_against(fund, case, 500_000, today()) == []
    assert len(asking.reasons_against(fund, case, 500_001, today())) == 1
    assert len(asking.reasons_against(fund, case, 1, fund.ends_on + timedelta(days=1))) == 1
    fund.categories = ["medical"]
    assert len(asking.reasons_against(fund, case, 1, today())) == 1


def test_asked_by_one_approved_by_another_and_kept_in_the_ledger(app: Flask) -> None:
    house = factories.House()
    case = factories.case(house)
    fund = factories.fund(balance=100_000)
    worker, boss = factories.Browser(app, house.caseworker), factories.Browser(app, house.supervisor)
    asked = worker.post(f"/cases/{case.number}/funding", fund="HASM-1", line="travel", amount="940.50")
    assert asked.status_code == 303
    place = asked.headers["Location"]
    assert worker.post(place, decision="approve").status_code == 404
    assert boss.post(place, decision="approve").status_code == 303
    assert boss.post(place, decision="approve").status_code == 422, "once"
    db.session.expire_all()
    assert fund.balance_minor == 100_000 - 94_050
    assert "−940.50 EUR" in worker.get("/funds/HASM-1").text


def test_nobody_answers_what_they_asked(quick_app: Flask) -> None:
    house = factories.House()
    case = factories.case(house)
    factories.fund()
    with factories.acts(house.supervisor) as by:
        request = asking.ask(by=by, case=case, fund="HASM-1", line="travel", amount="10")
        with pytest.raises(RuleBroken):
            answering.approve(by=by, request=request)


@pytest.mark.parametrize("amount", ["0", "-5", "1,5", "1.234", "1e5", "", "١٢"])
def test_an_amount_that_is_none_is_told_next_to_the_field(quick_app: Flask, amount: str) -> None:
    house = factories.House()
    case = factories.case(house)
    factories.fund()
    answer = factories.Browser(quick_app, house.caseworker).post(f"/cases/{case.number}/funding", fund="HASM-1", line="travel", amount=amount)
    assert answer.status_code == 422
    assert "amount-fault" in answer.text
