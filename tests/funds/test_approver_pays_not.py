"""Nobody approves money and writes down alone that it was paid."""

import pytest
from flask import Flask

from funds import payments
from models.base import db, today
from models.rules import RuleBroken
from tests import factories
from tests.funds.test_books import approved


def test_who_approved_money_does_not_write_down_that_it_was_paid(quick_app: Flask) -> None:
    house = factories.World()
    factories.fund()
    request = approved(house)
    paid = {"line": "travel", "amount": "10", "on": today(), "receipt": "R-9"}
    with factories.acts(house.supervisor) as by, pytest.raises(RuleBroken):
        payments.spend(by=by, request=factories.anew(request), **paid)
    db.session.rollback()
    with factories.acts(house.caseworker) as by:
        payments.spend(by=by, request=factories.anew(request), **paid)
    lines = {line.line: line.spent_minor for line in factories.anew(request).lines}
    assert lines["travel"] == 1000
