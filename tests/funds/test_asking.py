"""Each rule of a fund refuses by itself, in words."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from funds import approvals, requests
from models.base import db, today
from models.rules import RuleBroken
from tests import factories


def test_each_rule_refuses(quick_app: Flask) -> None:
    case = factories.case(factories.World())
    fund = factories.fund()

    def against(
        amount: int = 1, on: date | None = None, line: str = "travel", people: int = 1, **more: Any
    ) -> int:
        return len(
            requests.reasons_against(fund, [case] * people, {line: amount}, on or today(), **more)
        )

    assert against(500_000) == 0
    assert against(500_001) == 1
    assert against(1_000_000, people=2) == 0, "the ceiling counts for each person"
    assert against(on=fund.ends_on + timedelta(days=1)) == 1
    assert against(on=fund.starts_on - timedelta(days=1)) == 1
    fund.categories = ["medical"]
    assert against() == 1
    fund.categories, fund.hosts = ["stranded"], ["CI"]
    assert against() == 1
    fund.hosts, fund.line_ceilings = ["TN"], {"medical": 100}
    assert against(100, line="medical") == 0
    assert against(101, line="medical") == 1
    fund.last_resort = True
    assert against() == 1
    tried = [{"programme": "AVRR", "answer": "no_money", "on": today().isoformat()}]
    assert against(evidence=requests.Evidence(tried)) == 1, "nobody assessed the needs"
    assert against(evidence=requests.Evidence(tried, today())) == 0
    assert against(evidence=requests.Evidence(tried, today() + timedelta(days=1))) == 1
    late = [{**tried[0], "on": (today() + timedelta(days=1)).isoformat()}]
    assert against(evidence=requests.Evidence(late, today())) == 1
    fund.last_resort, fund.sectors = False, ["3"]
    assert against() == 1
    assert against(sector="4") == 1
    assert against(sector="3") == 0


def test_asked_by_one_approved_by_another_and_kept_in_the_ledger(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    fund = factories.fund(balance=100_000)
    worker, boss = (
        factories.Browser(app, house.caseworker),
        factories.Browser(app, house.supervisor),
    )
    asked = worker.post(f"/cases/{case.number}/funding", fund="HASM-1", line_travel="940.50")
    assert asked.status_code == 303
    place = asked.headers["Location"]
    assert worker.post(place, decision="approve").status_code == 404
    assert boss.post(place, decision="approve").status_code == 303
    assert boss.post(place, decision="approve").status_code == 404, "once"
    db.session.expire_all()
    assert (fund.balance_minor, fund.committed_minor) == (100_000 - 94_050, 94_050)
    assert "940.50 EUR" in worker.get("/funds/HASM-1").text


def test_nobody_answers_what_they_asked(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    factories.fund()
    with factories.acts(house.supervisor) as by:
        request = requests.ask(by=by, case=case, fund="HASM-1", lines={"travel": "10"})
        with pytest.raises(RuleBroken):
            approvals.approve(by=by, request=request)


@pytest.mark.parametrize("amount", ["0", "-5", "1,5", "1.234", "1e5", "", "١٢١٢٫٣٣٣"])
def test_an_amount_that_is_none_is_told_next_to_the_field(quick_app: Flask, amount: str) -> None:
    house = factories.World()
    case = factories.case(house)
    factories.fund()
    answer = factories.Browser(quick_app, house.caseworker).post(
        f"/cases/{case.number}/funding", fund="HASM-1", line_travel=amount
    )
    assert answer.status_code == 422
    assert "line_travel-fault" in answer.text
