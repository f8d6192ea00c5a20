"""Programme managers keep funds: open one, write down what donors give, change its rules."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Role
from funds import amounts, ledger, receipts
from funds.requests import budget_of
from models.base import db, today
from models.money import Fund, LedgerEntry
from models.rules import RuleBroken
from notifications import outbox
from web.links import link

ENDS_SOON = 30  # days
REVOLVING = frozenset({"mefm"})
LAST_RESORTS = frozenset({"hasm", "gaf"})  # to be verified with IOM; a fund may say otherwise


def open_fund(*, by: Actor, given: dict[str, Any]) -> Fund:
    """A new fund, empty; :class:`funds.schemas.FundSchema`."""
    code = given["code"].upper()
    if db.session.execute(select(Fund.id).where(Fund.code == code)).first():
        raise RuleBroken(_("There is a fund with this code already."), "code")
    amounts.must_be_currency(given["currency"])
    if given["ends_on"] < given["starts_on"]:
        raise RuleBroken(_("The last day comes before the first."), "ends_on")
    fund = Fund(code=code, currency=given["currency"], programme=given["programme"])
    _rules(fund, given)
    db.session.add(fund)
    db.session.flush()
    audit.record("fund_opened", subject=code)
    return fund


def _rules(fund: Fund, given: dict[str, Any]) -> None:
    fund.name = given["name"]
    fund.starts_on = given["starts_on"]
    fund.ends_on = given["ends_on"]
    fund.categories = given.get("categories", [])
    fund.hosts = given.get("hosts", [])
    fund.sectors = given.get("sectors", [])
    fund.last_resort = _is_last_resort(fund.programme, given.get("last_resort"))
    fund.lends = _lends(fund.programme, given.get("lends"))
    fund.ceiling_minor = amounts.minor(given["ceiling"], fund.currency, field="ceiling")
    second_above = given.get("second_above")
    if second_above:
        fund.second_above_minor = amounts.minor(second_above, fund.currency, field="second_above")
    lines = {
        name.removeprefix("line_"): value
        for name, value in given.items()
        if name.startswith("line_")
    }
    fund.line_ceilings = budget_of(fund, lines) if lines else {}


def _lends(programme: str, said: Any) -> bool:
    """As it was said; by itself for the fund that was made to lend."""
    return bool(said == "yes") if said in {"yes", "no"} else programme in REVOLVING


def _is_last_resort(programme: str, said: Any) -> bool:
    """As it was said; by itself for the funds of which the field knows no other use."""
    if said in {"yes", "no"}:
        return bool(said == "yes")
    return bool(said) or programme in LAST_RESORTS


def receive(*, by: Actor, fund: Fund, given: dict[str, Any]) -> LedgerEntry:
    """A donor's contribution; in another currency with the rate that was used."""
    why = str(given.get("same_receipt") or "").strip()
    receipts.ask_about(fund, "contribution", given.get("receipt", ""), why=why)
    currency = given.get("currency") or fund.currency
    value, foreign = amounts.converted(given["amount"], currency, given.get("rate"), fund.currency)
    audit.record("fund_received", subject=fund.code)
    return ledger.contribute(
        by=by,
        fund=fund,
        amount_minor=value,
        donor=given["donor"],
        on=given["on"],
        receipt=given.get("receipt", "").strip(),
        why=why,
        foreign=foreign,
    )


def warn_of_ends() -> None:
    """Periodic: managers are told once of a fund that ends within a month and still holds money."""
    query = select(Fund).where(Fund.balance_minor > 0, Fund.ends_on >= today())
    for fund in db.session.execute(query).scalars():
        if (fund.ends_on - today()).days <= ENDS_SOON:
            outbox.post(
                "fund.ends",
                reference=f"FE-{fund.id}-{fund.ends_on:%y%m%d}",
                path=link("funds.show", fund),
                to=outbox.holders(Role.MANAGER),
            )
