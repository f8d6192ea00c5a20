"""The ledger of a fund: entries are added, never changed. Each moves an amount from one account to another, so that the books always balance.

Accounts: ``cash`` (what the fund holds), ``available`` (what may be promised), ``committed`` (what is promised). The fund's sums move by one conditional
UPDATE, so that of any number of simultaneous approvals only those go through that the money covers; CHECKs in the database hold the same line.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import case, func, select, update

from access.actors import Actor
from models.base import db, now, today
from models.money import ACCOUNTS, Fund, FundRequest, LedgerEntry
from models.rules import RuleBroken
from standards import currencies

# What an entry debits and credits.
KINDS = {
    "contribution": ("cash", "available"),
    "commitment": ("available", "committed"),
    "expenditure": ("committed", "cash"),
    "release": ("committed", "available"),
}


class NotEnough(RuleBroken):
    """The fund does not hold the amount."""


def contribute(
    *,
    by: Actor,
    fund: Fund,
    amount_minor: int,
    donor: str = "",
    paid_minor: int | None = None,
    paid_currency: str = "",
    rate: Decimal | None = None,
    on: date | None = None,
    receipt: str = "",
) -> LedgerEntry:
    """Money comes in; as it was given where that was another currency, with the rate."""
    more: dict[str, Any] = {
        "donor": donor,
        "paid_minor": paid_minor,
        "paid_currency": paid_currency,
        "rate": rate,
        "on": on,
        "receipt": receipt,
    }
    return _post(by, fund, "contribution", amount_minor, **more)


def commit(
    *, by: Actor, fund: Fund, amount_minor: int, request: FundRequest, line: str = ""
) -> LedgerEntry:
    """Money is set aside for a request; raises :class:`NotEnough`."""
    return _post(by, fund, "commitment", amount_minor, request=request, line=line)


def spend(
    *, by: Actor, request: FundRequest, line: str, amount_minor: int, **paid: Any
) -> LedgerEntry:
    """Money that was set aside is paid out."""
    return _post(by, request.fund, "expenditure", amount_minor, request=request, line=line, **paid)


def release(*, by: Actor, request: FundRequest, line: str, amount_minor: int) -> LedgerEntry:
    """Money that was set aside and is not needed goes back."""
    return _post(by, request.fund, "release", amount_minor, request=request, line=line)


def reverse(*, by: Actor, entry: LedgerEntry) -> LedgerEntry:
    """Correct an entry by its counter-entry; once, by constraint."""
    if entry.kind == "correction":
        raise RuleBroken(_("This is a counter-entry already. Write the right entry anew."))
    if db.session.execute(
        select(LedgerEntry.id).where(LedgerEntry.reverses_id == entry.id)
    ).first():
        raise RuleBroken(_("This entry was corrected already."))
    fund = db.session.get_one(Fund, entry.fund_id)
    request = db.session.get(FundRequest, entry.request_id) if entry.request_id else None
    sides = (entry.credit, entry.debit)
    same: dict[str, Any] = {
        "line": entry.line,
        "donor": entry.donor,
        "paid_minor": entry.paid_minor,
        "paid_currency": entry.paid_currency,
        "rate": entry.rate,
    }
    return _post(
        by,
        fund,
        "correction",
        entry.amount_minor,
        request=request,
        sides=sides,
        reverses_id=entry.id,
        receipt=entry.receipt,
        **same,
    )


def _post(
    by: Actor,
    fund: Fund,
    kind: str,
    amount: int,
    *,
    request: FundRequest | None = None,
    sides: tuple[str, str] | None = None,
    on: date | None = None,
    **more: Any,
) -> LedgerEntry:
    debit, credit = sides or KINDS[kind]
    balance = _move(fund, debit, credit, amount)
    last = db.session.execute(
        select(func.coalesce(func.max(LedgerEntry.number), 0)).where(LedgerEntry.fund_id == fund.id)
    ).scalar_one()
    entry = LedgerEntry(
        fund_id=fund.id,
        number=last + 1,
        kind=kind,
        debit=debit,
        credit=credit,
        amount_minor=amount,
        balance_minor=balance,
        request=request,
        by_id=by.id,
        at=now(),
        on=on or today(),
        **more,
    )
    db.session.add(entry)
    db.session.flush()
    db.session.refresh(fund, ["balance_minor", "committed_minor", "spent_minor"])
    return entry


def _move(fund: Fund, debit: str, credit: str, amount: int) -> int:
    """Move the fund's sums; gives what is available after it. The row is locked until the end: entries of one fund are numbered one after another."""
    # "available" and "committed" are what the fund owes to its purpose: a credit adds, a debit takes. Spent is what left the cash.
    available = amount * ((credit == "available") - (debit == "available"))
    committed = amount * ((credit == "committed") - (debit == "committed"))
    spent = amount * ({debit, credit} == {"committed", "cash"}) * (1 if credit == "cash" else -1)
    enough = (
        Fund.balance_minor + available >= 0,
        Fund.committed_minor + committed >= 0,
        Fund.spent_minor + spent >= 0,
    )
    moved = update(Fund).where(Fund.id == fund.id, *enough)
    moved = moved.values(
        balance_minor=Fund.balance_minor + available,
        committed_minor=Fund.committed_minor + committed,
        spent_minor=Fund.spent_minor + spent,
    )
    balance: int | None = db.session.execute(
        moved.returning(Fund.balance_minor)
    ).scalar_one_or_none()
    if balance is None:
        raise NotEnough(_("The fund %(code)s does not hold this amount.", code=fund.code))
    return balance


def trial_balance(fund: Fund) -> dict[str, tuple[int, int]]:
    """Debits and credits of each account, summed from the entries themselves."""
    found = {}
    for account in ACCOUNTS:
        sums = select(
            func.coalesce(
                func.sum(case((LedgerEntry.debit == account, LedgerEntry.amount_minor), else_=0)), 0
            ),
            func.coalesce(
                func.sum(case((LedgerEntry.credit == account, LedgerEntry.amount_minor), else_=0)),
                0,
            ),
        )
        debit, credit = db.session.execute(sums.where(LedgerEntry.fund_id == fund.id)).one()
        found[account] = (int(debit), int(credit))
    return found


def balances(fund: Fund) -> bool:
    """Whether the books hold: debits equal credits, cash equals what is available and committed, and the fund's own sums are the ledger's."""
    sums = trial_balance(fund)
    cash, available, committed = (sums[name][0] - sums[name][1] for name in ACCOUNTS)
    total = sum(debit for debit, _credit in sums.values()) == sum(
        credit for _debit, credit in sums.values()
    )
    return (
        total
        and cash == -(available + committed)
        and (-available, -committed) == (fund.balance_minor, fund.committed_minor)
    )


def table(fund: Fund) -> list[list[str]]:
    """The whole ledger for accountants, as rows of text."""
    rows = [
        [
            "number",
            "on",
            "kind",
            "debit",
            "credit",
            "amount",
            "currency",
            "line",
            "request",
            "donor",
            "paid",
            "paid_currency",
            "rate",
            "receipt",
            "corrects",
        ]
    ]
    numbers = dict(
        db.session.execute(
            select(LedgerEntry.id, LedgerEntry.number).where(LedgerEntry.fund_id == fund.id)
        ).all()
    )
    query = select(LedgerEntry, FundRequest.reference).outerjoin(
        FundRequest, FundRequest.id == LedgerEntry.request_id
    )
    for entry, reference in db.session.execute(
        query.where(LedgerEntry.fund_id == fund.id).order_by(LedgerEntry.number)
    ).all():
        paid = (
            currencies.plain(entry.paid_minor, entry.paid_currency)
            if entry.paid_minor is not None
            else ""
        )
        rows.append(
            [
                str(entry.number),
                entry.on.isoformat(),
                entry.kind,
                entry.debit,
                entry.credit,
                currencies.plain(entry.amount_minor, fund.currency),
                fund.currency,
                entry.line,
                reference or "",
                entry.donor,
                paid,
                entry.paid_currency,
                str(entry.rate or ""),
                entry.receipt,
                str(numbers.get(entry.reverses_id or 0, "")),
            ]
        )
    return rows
