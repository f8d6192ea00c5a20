"""Reintegration money and lending from outside, over HTTP and behind the walls of the database."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from access.permissions import Role
from funds import ledger
from models.advances import Advance, CrisisOperation
from models.assistance import Assistance
from models.base import db, today
from models.money import Fund
from tests import factories
from tests.avrr.test_reintegration import arrived


def test_the_mission_at_home_asks_gives_tries_and_ends(app: Flask) -> None:
    house = factories.World()
    record = arrived(house)
    chief = house._person("chief", factories.anew(house.there), Role.SUPERVISOR)
    db.session.commit()
    day, place = str(today()), f"/returns/{record.reference}"
    origin = factories.Browser(app, house.origin)
    item = {"kind": "training", "dimension": "economic", "fund": "HASM-1", "amount": "120.50"}
    assert origin.post(f"{place}/assistance", **item, parts="2", given_on=day).status_code == 303
    number = db.session.execute(select(Assistance.id)).scalar_one()
    boss = factories.Browser(app, chief)
    assert boss.post(f"/assistance/{number}", decision="approve").status_code == 303
    given = {"number": "1", "paid_on": day, "receipt": "R-1"}
    assert origin.post(f"{place}/assistance/{number}/instalments", **given).status_code == 303
    home = {"address": "Zqx street", "ways": ["visit"], "never": "No letters."}
    assert origin.post(f"{place}/at-home", **home).status_code == 303
    tried = {"month": "0", "done_on": day, "manner": "visit", "outcome": "not_reached"}
    step = {"seen": "Zqx door.", "next_step": "Ask again.", "next_on": day}
    assert origin.post(f"{place}/follow-ups", **tried, **step).status_code == 303
    early = {**tried, "month": "12", "outcome": "reached"}
    assert origin.post(f"{place}/follow-ups", **early).status_code == 422
    page = origin.get(place).text
    assert "Zqx street" in page
    assert "Zqx door." in page
    assert "Next steps" in origin.get("/returns").text
    assert origin.post(f"{place}/close", ending="completed").status_code == 422
    assert origin.post(f"{place}/close", ending="completed", why="All said so.").status_code == 303
    assert origin.post(f"{place}/close/answer", decision="approve").status_code == 422
    assert "second person" in origin.get(place).text
    assert origin.post(f"{place}/close", ending="died", ended_on=day).status_code == 303
    fund = db.session.execute(select(Fund)).scalar_one()
    assert ledger.balances(fund)
    assert (fund.committed_minor, fund.spent_minor) == (10_000, 6_025), "100 for the travel stand"


def test_an_operation_is_lent_and_pays_back(app: Flask) -> None:
    house = factories.World()
    fund = factories.fund("MEFM-1", "mefm")
    factories.anew(fund).lends = True
    db.session.commit()
    number = factories.anew(factories.case(house)).number
    day = str(today())
    own, manager = (factories.Browser(app, user) for user in (house.supervisor, house.manager))
    begun = {"crisis": "Libya", "country": "TN", "starts_on": day, "sectors": ["2", "10"]}
    assert own.post("/operations", **begun).status_code == 303
    operation = db.session.execute(select(CrisisOperation)).scalar_one().reference
    place = f"/operations/{operation}"
    people = {"cases": number, "sector": "2", "on": day}
    assert own.post(f"{place}/people", **people).status_code == 303
    later = str(today() + timedelta(days=90))
    asked = {"fund": "MEFM-1", "amount": "500", "repay_by": later}
    assert own.post(f"{place}/advances", **asked).status_code == 303
    advance = f"/advances/{db.session.execute(select(Advance)).unique().scalar_one().reference}"
    assert own.post(advance, decision="approve").status_code == 404
    assert manager.post(advance, decision="approve").status_code == 303
    draws = {"amount": "300", "on": day, "receipt": "W-1"}
    assert own.post(f"{advance}/draw", **draws).status_code == 404
    assert manager.post(f"{advance}/draw", **draws).status_code == 303
    pays = {"donor": "A donor", "amount": "120", "on": day, "receipt": "D-1"}
    assert manager.post(f"{advance}/repay", **pays).status_code == 303
    assert manager.post(f"{advance}/repay", **pays).status_code == 422
    assert "180.00 EUR" in manager.get(place).text
    assert "Libya" in own.get("/operations").text
    assert factories.Browser(app, house.far).get(place).status_code == 404
    fund = db.session.execute(select(Fund)).scalar_one()
    assert ledger.balances(fund)
    assert (fund.lent_minor, fund.committed_minor, fund.spent_minor) == (18_000, 20_000, 0)
