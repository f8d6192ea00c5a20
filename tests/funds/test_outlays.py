"""Help given and what partners' services cost: a payment of a fund, or not from our funds."""

from typing import Any

import pytest
from flask import Flask
from marshmallow import ValidationError
from sqlalchemy import select

from casework.records import changes, giving
from casework.records.kinds import KINDS
from funds import approvals, ledger, payments, requests
from models.base import db, today
from models.money import Fund, LedgerEntry
from models.records import Record
from models.referrals import Service
from models.rules import RuleBroken
from models.states import RecordState
from referral import responses
from tests import factories
from web.links import link


@pytest.fixture
def house(quick_app: Flask) -> factories.World:
    return factories.World()


def granted(house: factories.World) -> tuple[Any, str]:
    """A case with an approved request, and its number."""
    factories.fund()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        lines = {"medical": "200", "other": "50"}
        request = requests.ask(by=by, case=factories.anew(case), fund="HASM-1", lines=lines)
    with factories.acts(house.supervisor) as by:
        approvals.approve(by=by, request=factories.anew(request))
    return case, factories.anew(request).reference


def give(house: factories.World, case: Any, **more: Any) -> Any:
    given = {"kind": "clothes", "on": today(), "currency": "EUR", **more}
    with factories.acts(house.caseworker) as by:
        return changes.add(by=by, case=factories.anew(case), kind=KINDS["help"], given=given)


def spent() -> int:
    fund = db.session.execute(select(Fund)).scalar_one()
    assert ledger.balances(fund)
    return fund.spent_minor


def test_help_from_a_fund_is_a_payment_in_its_books(house: factories.World) -> None:
    case, reference = granted(house)
    money = {"amount": "40", "paid_from": "fund", "request": reference, "line": "other"}
    record = give(house, case, **money, receipt="H-1")
    assert spent() == 4_000
    with pytest.raises(RuleBroken) as known:
        give(house, case, **(money | {"amount": "5"}), receipt="H-1")
    assert known.value.field == "receipt"
    with factories.acts(house.caseworker) as by:
        found = factories.anew(record)
        assert found.content["entry"].startswith("HASM-1/")
        stands = {name: found.content.get(name) for name in KINDS["help"].fields()}
        stands |= {"on": today(), "revision": found.revision}
        changes.change(by=by, record=found, given={**stands, "words": "Two coats."})
        with pytest.raises(RuleBroken):
            more = {**stands, "amount": "41", "revision": found.revision}
            changes.change(by=by, record=found, given=more)
    assert spent() == 4_000
    entry = db.session.execute(
        select(LedgerEntry).where(LedgerEntry.kind == "expenditure")
    ).scalar_one()
    with factories.acts(house.manager) as by:
        payments.correct(by=by, entry=entry)
    assert spent() == 0


def test_help_says_whose_money_it_was(house: factories.World) -> None:
    case, reference = granted(house)
    shape = {"kind": "clothes", "on": str(today()), "amount": "40", "currency": "EUR"}
    for wrong in ({}, {"paid_from": "fund"}, {"paid_from": "fund", "request": reference}):
        with pytest.raises(ValidationError):
            giving.HelpSchema().load({**shape, **wrong})
    giving.HelpSchema().load({**shape, "paid_from": "none"})
    give(house, case, amount="40", paid_from="none")
    assert spent() == 0


def test_nobody_pays_for_one_person_on_the_request_of_another(house: factories.World) -> None:
    _case, reference = granted(house)
    other = factories.case(house)
    with pytest.raises(RuleBroken) as refused:
        money = {"amount": "40", "paid_from": "fund", "request": reference, "line": "other"}
        give(house, other, **money, receipt="H-1")
    assert refused.value.field == "request"


@pytest.mark.parametrize("paid_from", ["fund", "none"])
def test_what_a_partners_service_cost_is_said_once_by_the_mission(
    house: factories.World, quick_app: Flask, paid_from: str
) -> None:
    case, reference = granted(house)
    with factories.acts(house.caseworker) as by:
        sent = factories.refer(by, house, factories.anew(case))
    with factories.acts(house.helper) as by:
        referral = factories.anew(sent)
        responses.accept(by=by, referral=referral)
        made = responses.log_service(
            by=by,
            referral=referral,
            kind="shelter",
            given_on=today(),
            quantity=1,
            outcome="given",
            cost="60.50",
            currency="EUR",
        )
    path = f"/referrals/{factories.anew(sent).reference}/services/{made.id}/cost"
    assert factories.Browser(quick_app, house.helper).get(path).status_code == 404
    own = factories.Browser(quick_app, house.caseworker)
    assert reference in own.get(path).text
    form = {"paid_from": paid_from, "request": reference, "line": "medical", "receipt": "S-1"}
    assert own.post(path, **form).status_code == 303
    assert spent() == (6_050 if paid_from == "fund" else 0)
    found = db.session.execute(select(Service)).scalar_one()
    assert (found.not_ours, found.entry_id is None) == (paid_from == "none", paid_from == "none")
    assert own.post(path, **form).status_code == 422


def test_help_is_not_taken_out_of_sight_while_its_payment_stands(
    house: factories.World, quick_app: Flask
) -> None:
    case, reference = granted(house)
    money = {"amount": "40", "paid_from": "fund", "request": reference, "line": "other"}
    form = {"on": str(today()), "kind": "clothes", "currency": "EUR", "receipt": "H-1", **money}
    browser = factories.Browser(quick_app, house.caseworker)
    address = link("records.protection_new_record", case, "help")
    saved = browser.post(address, **form)
    assert saved.status_code == 303
    record = db.session.execute(select(Record)).scalar_one()
    removing = link("records.protection_remove_record", case, record)
    told = browser.get(saved.location).text.partition("data-told")[2].partition("</div>")[0]
    assert "Saved." in told
    assert removing not in told
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken) as kept:
        changes.remove(by=by, record=factories.anew(record))
    assert "in the books" in kept.value.message
    assert factories.anew(record).state != RecordState.REMOVED
    with factories.acts(house.manager) as by:
        entries = select(LedgerEntry).where(LedgerEntry.kind == "expenditure")
        payments.correct(by=by, entry=db.session.execute(entries).scalar_one())
    with factories.acts(house.caseworker) as by:
        changes.remove(by=by, record=factories.anew(record))
    assert spent() == 0
