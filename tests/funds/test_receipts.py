"""N16: a receipt is booked once, unless somebody says that it is for several payments."""

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from funds import administration, receipts
from models.base import today
from models.rules import RuleBroken
from tests import factories


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
    receive(house, fund, same_receipt=True)
    receive(house, fund, receipt="RCP-2")
    receive(house, fund, receipt="")
    receive(house, fund, receipt="")
    with factories.acts(house.manager):
        standing = factories.anew(fund)
        assert standing.balance_minor == 5000
        receipts.ask_about(standing, "expenditure", "RCP-1", again=False)
        assert Decimal(standing.balance_minor) == 5000
