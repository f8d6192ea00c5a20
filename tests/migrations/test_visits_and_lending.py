"""Attempts, items of a fund and what is lent go down and up again with data, beside what a version
before wrote.
"""

from datetime import timedelta

from alembic import command
from flask import Flask
from sqlalchemy import select, text

from access.permissions import Role
from avrr import assistance_items, endings, visits
from funds import advances, ledger
from models import marks, migrating, scope
from models.assistance import Assistance
from models.base import at, db, now, today
from models.dates import months_after
from models.money import Fund
from models.returns import FollowUp, Return
from operations import upgrading
from tests import factories
from tests.avrr.test_reintegration import arrived


def _lived(house: factories.World) -> tuple[int, int]:
    """A return with an attempt in vain, one beside the plan and an item from a fund."""
    record = arrived(house)
    chief = house._person("chief", factories.anew(house.there), Role.SUPERVISOR)
    db.session.commit()
    with at(now() + (months_after(today(), 1) - today())), factories.acts(house.origin) as by:
        said = {"done_on": today(), "manner": "phone"}
        row = factories.anew(record)
        visits.follow_up(by=by, return_=row, month="1", outcome="not_reached", **said)
        visits.follow_up(by=by, return_=row, month="0", outcome="reached", seen="Well.", **said)
    with factories.acts(house.origin) as by:
        scope.touch(factories.anew(record).case_id)  # as the page of the return does
        what = {"kind": "training", "dimension": "economic", "given_on": today(), "fund": "HASM-1"}
        row = factories.anew(record)
        item = assistance_items.assist(by=by, return_=row, amount="100", **what)
        item_id = item.id
    with factories.acts(chief) as by:
        item = db.session.get_one(Assistance, item_id)
        assistance_items.decide(by=by, item=item, decision="approve")
    with factories.acts(house.origin) as by:
        item = db.session.get_one(Assistance, item_id)
        assistance_items.pay(by=by, item=item, number=1, paid_on=today(), receipt="R-1")
    return factories.anew(record).id, item_id


def _lent(house: factories.World) -> None:
    fund = factories.fund("MEFM-1", "mefm")
    factories.anew(fund).lends = True
    db.session.commit()
    with factories.acts(house.supervisor) as by:
        what = {"crisis": "Libya", "country": "TN", "starts_on": today(), "sectors": ["2"]}
        operation = advances.begin(by=by, office=factories.anew(house.here), **what)
        later = today() + timedelta(days=90)
        advance = advances.ask(
            by=by, operation=operation, fund="MEFM-1", amount="500", repay_by=later
        )
    with factories.acts(house.manager) as by:
        advances.answer(by=by, advance=factories.anew(advance), decision="approve")
        lends = {"amount": "300", "on": today(), "receipt": "W-1"}
        advances.draw(by=by, advance=factories.anew(advance), **lends)


def test_attempts_items_and_loans_go_down_and_up_with_data(app: Flask) -> None:
    house = factories.World()
    return_id, item_id = _lived(house)
    _lent(house)
    db.session.remove()
    command.downgrade(migrating.config(), "0032")
    done = "SELECT count(*) FROM follow_ups WHERE done_on IS NOT NULL"
    assert db.session.execute(text(done)).scalar() == 1, "the attempt is a visit again"
    sums = "SELECT balance_minor, committed_minor, spent_minor FROM funds WHERE code = 'MEFM-1'"
    assert tuple(db.session.execute(text(sums)).one()) == (950_000, 20_000, 30_000)
    db.session.remove()
    command.upgrade(migrating.config(), "head")
    marks.forget()
    assert upgrading.visits_apart() == 1
    assert upgrading.visits_apart() == 0
    db.session.commit()
    record = db.session.get_one(Return, return_id)
    assert [(each.month, each.outcome) for each in record.attempts] == [(1, "not_reached")]
    assert not [each for each in record.follow_ups if each.done_on]
    item = db.session.get_one(Assistance, item_id)
    assert (item.state, item.is_ours, item.instalments[0].receipt) == ("approved", False, "R-1")
    for fund in db.session.execute(select(Fund)).scalars():
        assert ledger.balances(fund), fund.code


def test_of_a_return_that_had_ended_nothing_is_due_any_more(app: Flask) -> None:
    house = factories.World()
    record = arrived(house)
    with factories.acts(house.origin) as by:
        endings.close(by=by, return_=factories.anew(record), outcome="died")
    return_id = factories.anew(record).id
    db.session.remove()
    command.downgrade(migrating.config(), "0032")
    command.upgrade(migrating.config(), "head")
    marks.forget()
    upgrading.visits_apart()
    db.session.commit()
    query = select(FollowUp).where(FollowUp.return_id == return_id)
    assert {each.not_needed_on for each in db.session.execute(query).scalars()} == {today()}
