"""Programme managers keep funds: open one, write down what donors give, change its rules."""

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Role
from funds import ledger
from funds.requests import budget_of
from models.base import db, today
from models.money import Fund, LedgerEntry
from models.rules import RuleBroken
from notifications import outbox
from standards import currencies

ENDS_SOON = 30  # days


def open_fund(*, by: Actor, given: dict[str, Any]) -> Fund:
    """A new fund, empty; :class:`funds.schemas.FundSchema`."""
    code = given["code"].upper()
    if db.session.execute(select(Fund.id).where(Fund.code == code)).first():
        raise RuleBroken(_("There is a fund with this code already."), "code")
    if given["currency"] not in currencies.codes():
        raise RuleBroken(_("This is no currency: give its three letters, such as EUR."), "currency")
    if given["ends_on"] < given["starts_on"]:
        raise RuleBroken(_("The last day comes before the first."), "ends_on")
    fund = Fund(
        code=code,
        currency=given["currency"],
        programme=given["programme"],
        ceiling_minor=0,
        name="",
        starts_on=today(),
        ends_on=today(),
    )
    _rules(fund, given)
    db.session.add(fund)
    db.session.flush()
    audit.record("fund_opened", subject=code)
    return fund


def _rules(fund: Fund, given: dict[str, Any]) -> None:
    fund.name, fund.starts_on, fund.ends_on = given["name"], given["starts_on"], given["ends_on"]
    fund.categories, fund.hosts, fund.sectors = (
        given.get("categories", []),
        given.get("hosts", []),
        given.get("sectors", []),
    )
    fund.last_resort = bool(given.get("last_resort"))
    fund.ceiling_minor = _amount(fund, given["ceiling"], "ceiling")
    fund.second_above_minor = (
        _amount(fund, given["second_above"], "second_above") if given.get("second_above") else None
    )
    lines = {
        name.removeprefix("line_"): value
        for name, value in given.items()
        if name.startswith("line_")
    }
    fund.line_ceilings = budget_of(fund, lines) if lines else {}


def _amount(fund: Fund, text: str, field: str) -> int:
    try:
        return currencies.minor(text, fund.currency)
    except currencies.NoAmount:
        raise RuleBroken(_("Give an amount in figures, such as 1240 or 1240.50."), field) from None


def receive(*, by: Actor, fund: Fund, given: dict[str, Any]) -> LedgerEntry:
    """A donor's contribution; in another currency with the rate that was used."""
    currency, rate = given.get("currency") or fund.currency, Decimal(given.get("rate") or 0)
    if currency not in currencies.codes():
        raise RuleBroken(_("This is no currency: give its three letters, such as EUR."), "currency")
    try:
        paid = currencies.minor(given["amount"], currency)
    except currencies.NoAmount:
        raise RuleBroken(
            _("Give an amount in figures, such as 1240 or 1240.50."), "amount"
        ) from None
    if currency != fund.currency and not rate:
        raise RuleBroken(
            _(
                "Give the rate: how much of %(one)s is one %(other)s.",
                one=fund.currency,
                other=currency,
            ),
            "rate",
        )
    same = currency == fund.currency
    value = paid if same else currencies.converted(paid, currency, rate, fund.currency)
    foreign: dict[str, Any] = (
        {} if same else {"paid_minor": paid, "paid_currency": currency, "rate": rate}
    )
    audit.record("fund_received", subject=fund.code)
    return ledger.contribute(
        by=by,
        fund=fund,
        amount_minor=value,
        donor=given["donor"],
        on=given["on"],
        receipt=given.get("receipt", ""),
        **foreign,
    )


def warn_of_ends() -> None:
    """Periodic: managers are told once of a fund that ends within a month and still holds money."""
    query = select(Fund).where(Fund.balance_minor > 0, Fund.ends_on >= today())
    for fund in db.session.execute(query).scalars():
        if (fund.ends_on - today()).days <= ENDS_SOON:
            outbox.post(
                "fund.ends",
                reference=f"FE-{fund.id}-{fund.ends_on:%y%m%d}",
                path=f"/funds/{fund.code}",
                to=outbox.holders(Role.MANAGER),
            )
