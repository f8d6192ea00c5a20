"""Many people at the same moment, on a real PostgreSQL: one winner, the others told, nothing below
zero.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from access.actors import person
from access.gate import acting
from casework.casefile import editing
from config import Settings
from funds import approvals, requests
from models.base import db
from models.cases import Case
from models.money import Fund, FundRequest, LedgerEntry
from models.people import User
from models.referrals import Referral
from models.rules import RuleBroken
from referral import sending
from tests import factories
from web.errors import StaleEdit


@pytest.fixture
def settings(postgres_settings: Settings) -> Settings:
    """PostgreSQL alone: SQLite has one writer at a time anyway."""
    return postgres_settings


def at_once(app: Flask, count: int, deed: Any) -> list[str]:
    """Run ``deed(number)`` in so many threads; what became of each."""

    def run(number: int) -> str:
        with app.app_context():
            try:
                deed(number)
                db.session.commit()
            except Exception as error:
                db.session.rollback()
                return type(error).__name__
            finally:
                db.session.remove()
            return "done"

    with ThreadPoolExecutor(12) as pool:
        return list(pool.map(run, range(count)))


def test_fifty_approvals_never_take_a_fund_below_zero(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    factories.fund(balance=1_000_00)
    with factories.acts(house.caseworker) as by:
        asked = [
            requests.ask(by=by, case=case, fund="HASM-1", lines={"travel": "90.00"})
            for _ in range(50)
        ]
        for request in asked:
            request.twice = "One ticket a week."
        numbers = [request.id for request in asked]
    boss = house.supervisor.id
    db.session.rollback()

    def approve(number: int) -> None:
        approvals.approve(
            by=person(db.session.get_one(User, boss)),
            request=db.session.get_one(FundRequest, numbers[number]),
        )

    outcome = at_once(app, 50, approve)
    assert outcome.count("done") == 11
    assert set(outcome) == {"done", "NotEnough"}
    fund = db.session.execute(select(Fund)).scalar_one()
    assert fund.balance_minor == 1_000_00 - 11 * 90_00
    assert db.session.execute(select(func.count(LedgerEntry.number.distinct()))).scalar() == 12


def test_one_request_is_answered_once(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    factories.fund(balance=1_000_00)
    with factories.acts(house.caseworker) as by:
        number = requests.ask(by=by, case=case, fund="HASM-1", lines={"travel": "90.00"}).id
    boss = house.supervisor.id
    db.session.rollback()
    outcome = at_once(
        app,
        12,
        lambda _n: approvals.approve(
            by=person(db.session.get_one(User, boss)),
            request=db.session.get_one(FundRequest, number),
        ),
    )
    assert outcome.count("done") == 1
    assert db.session.execute(select(Fund.balance_minor)).scalar() == 1_000_00 - 90_00


def test_twenty_edits_of_one_section_have_one_winner(app: Flask) -> None:
    house = factories.World()
    case_id, worker = factories.case(house).id, house.caseworker.id
    db.session.rollback()

    def edit(number: int) -> None:
        with acting(person(db.session.get_one(User, worker))) as gate:
            editing.change_identity(
                by=gate.actor,
                case=db.session.get_one(Case, case_id),
                given={"given_names": f"Name {number}", "revision": 1},
            )
            db.session.commit()

    outcome = at_once(app, 20, edit)
    assert outcome.count("done") == 1
    assert set(outcome) <= {"done", "StaleEdit", "StaleDataError", "OperationalError"}
    assert StaleEdit.__name__ in outcome or "StaleDataError" in outcome


def test_many_accepts_of_one_referral_have_one_winner(app: Flask) -> None:
    from referral import responses as partner  # noqa: PLC0415 -- two modules of that name

    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        number = sending.send(
            by=by,
            case=case,
            partner=house.partner.id,
            service="shelter",
            urgency="urgent",
            fields_=["needs"],
        ).id
    helper = house.helper.id
    db.session.rollback()
    outcome = at_once(
        app,
        20,
        lambda _n: partner.accept(
            by=person(db.session.get_one(User, helper)),
            referral=db.session.get_one(Referral, number),
        ),
    )
    assert outcome.count("done") == 1, outcome
    assert RuleBroken.__name__ in outcome or "StaleDataError" in outcome
