"""N16: a receipt is booked once, unless somebody says that it is for several payments."""

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from avrr import assistance_items
from funds import administration, receipts
from models.base import db, today
from models.rules import RuleBroken
from tests import factories
from tests.avrr.test_kept import home
from tests.casework.test_work import at_once


@pytest.fixture
def house(app: Flask) -> factories.World:
    with app.app_context():
        yield factories.World()  # type: ignore[misc]


def receive(house: factories.World, fund: Any, **more: Any) -> None:
    given = {"donor": "A donor", "amount": "10", "on": today(), "receipt": "RCP-1", **more}
    with factories.acts(house.manager) as by:
        administration.receive(by=by, fund=factories.anew(fund), given=given)


def test_the_same_reference_is_asked_about_with_the_entry(house: factories.World) -> None:
    fund = factories.fund(balance=0)
    receive(house, fund)
    with pytest.raises(RuleBroken) as asked:
        receive(house, fund)
    assert asked.value.field == "receipt"
    assert "entry 1" in str(asked.value.message)
    assert "10.00" in str(asked.value.message)
    receive(house, fund, same_receipt="One invoice for both.")
    receive(house, fund, receipt="RCP-2")
    receive(house, fund, receipt="")
    receive(house, fund, receipt="")
    with factories.acts(house.manager):
        standing = factories.anew(fund)
        assert standing.balance_minor == 5000
        receipts.ask_about(standing, "expenditure", "RCP-1", why="")
        assert Decimal(standing.balance_minor) == 5000


def test_of_two_who_book_one_receipt_at_the_same_moment_one_is_asked(
    app: Flask, house: factories.World
) -> None:
    fund = factories.fund(balance=0)
    answers = at_once(app, [lambda: receive(house, fund)] * 4)
    assert [type(each) for each in answers if each is not None] == [RuleBroken] * 3
    db.session.rollback()
    assert factories.anew(fund).balance_minor == 1000


def test_of_two_who_give_an_instalment_on_one_proof_at_the_same_moment_one_is_asked(
    app: Flask, house: factories.World
) -> None:
    return_ = home(house)
    kind = {"kind": "micro_business", "dimension": "economic", "amount": "100", "fund": "none"}
    kind["given_on"] = today()  # type: ignore[assignment]
    with factories.acts(house.origin) as by:
        items = [
            assistance_items.assist(by=by, return_=factories.anew(return_), token=token, **kind)
            for token in ("one", "two")
        ]

    def pay(item: Any) -> None:
        with factories.acts(house.origin) as by:
            assistance_items.pay(
                by=by, item=factories.anew(item), number=1, paid_on=today(), receipt="P-1"
            )

    answers = at_once(app, [lambda item=item: pay(item) for item in items])
    assert sorted(type(each).__name__ for each in answers) == ["NoneType", "RuleBroken"]
