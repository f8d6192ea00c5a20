"""The ledger of a fund: entries are added, never changed.

Each moves an amount from one account to another, so that the books always balance. Accounts:
``cash`` (what the fund holds), ``available`` (what may be promised), ``committed`` (what is
promised). The fund's sums move by one conditional UPDATE, so that of any number of simultaneous
approvals only those go through that the money covers; CHECKs in the database hold the same line.
"""

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, case, func, select, update

from access.actors import Actor
from funds.amounts import OWN, Foreign
from models.base import db, now, today
from models.money import ACCOUNTS, Fund, FundRequest, LedgerEntry
from models.rules import RuleBroken

# What an entry debits and credits.
KINDS = {
    "contribution": ("cash", "available"),
    "commitment": ("available", "committed"),
    "expenditure": ("committed", "cash"),
    "release": ("committed", "available"),
    # Of a fund that lends: the money leaves like a payment and comes back like a contribution; what
    # is out stands in the fund's own sum.
    "loan": ("committed", "cash"),
    "repayment": ("cash", "available"),
}
_LENDING = {"loan": 1, "repayment": -1}


class NotEnough(RuleBroken):
    """The fund does not hold the amount."""


def contribute(
    *,
    by: Actor,
    fund: Fund,
    amount_minor: int,
    donor: str = "",
    foreign: Foreign = OWN,
    on: date | None = None,
    receipt: str = "",
    why: str = "",
) -> LedgerEntry:
    """Money comes in; as it was given where that was another currency, with the rate."""
    entry = _entry("contribution", amount_minor, donor=donor, receipt=receipt, foreign=foreign)
    entry.why = why
    return _post(by, fund, entry, on)


def commit(
    *, by: Actor, fund: Fund, amount_minor: int, request: FundRequest, line: str = ""
) -> LedgerEntry:
    """Money is set aside for a request; raises :class:`NotEnough`."""
    return _post(by, fund, _entry("commitment", amount_minor, request=request, line=line))


def spend(
    *,
    by: Actor,
    request: FundRequest,
    line: str,
    amount_minor: int,
    foreign: Foreign = OWN,
    on: date | None = None,
    receipt: str = "",
    why: str = "",
) -> LedgerEntry:
    """Money that was set aside is paid out; ``why``: on a receipt that was known already."""
    entry = _entry("expenditure", amount_minor, request=request, line=line, foreign=foreign)
    entry.receipt, entry.why = receipt, why
    return _post(by, request.fund, entry, on)


def set_aside(*, by: Actor, fund: Fund, amount_minor: int, advance_id: int) -> LedgerEntry:
    """Money is promised to an operation; raises :class:`NotEnough`."""
    return _post(by, fund, _of_advance("commitment", amount_minor, advance_id))


def let_go(*, by: Actor, fund: Fund, amount_minor: int, advance_id: int) -> LedgerEntry:
    """Money that was promised to an operation and is not drawn goes back."""
    return _post(by, fund, _of_advance("release", amount_minor, advance_id))


def lend(
    *, by: Actor, fund: Fund, amount_minor: int, advance_id: int, on: date, receipt: str
) -> LedgerEntry:
    """Money that was promised goes out to the operation, and is to come back."""
    entry = _of_advance("loan", amount_minor, advance_id)
    entry.receipt = receipt
    return _post(by, fund, entry, on)


def repay(
    *,
    by: Actor,
    fund: Fund,
    amount_minor: int,
    advance_id: int,
    donor: str,
    on: date,
    receipt: str,
    why: str = "",
    foreign: Foreign = OWN,
) -> LedgerEntry:
    """What a donor gave to the operation pays back what it was lent."""
    entry = _entry("repayment", amount_minor, donor=donor, receipt=receipt, foreign=foreign)
    entry.advance_id, entry.why = advance_id, why
    return _post(by, fund, entry, on)


def _of_advance(kind: str, amount_minor: int, advance_id: int) -> LedgerEntry:
    entry = _entry(kind, amount_minor)
    entry.advance_id = advance_id
    return entry


def release(*, by: Actor, request: FundRequest, line: str, amount_minor: int) -> LedgerEntry:
    """Money that was set aside and is not needed goes back."""
    entry = _entry("release", amount_minor, request=request, line=line)
    return _post(by, request.fund, entry)


def reverse(*, by: Actor, entry: LedgerEntry) -> LedgerEntry:
    """Correct an entry by its counter-entry; once, by constraint."""
    if entry.kind == "correction":
        raise RuleBroken(_("This is a counter-entry already. Write the right entry anew."))
    earlier = select(LedgerEntry.id).where(LedgerEntry.reverses_id == entry.id)
    if db.session.execute(earlier).first():
        raise RuleBroken(_("This entry was corrected already."))
    counter_entry = LedgerEntry(
        kind="correction",
        debit=entry.credit,
        credit=entry.debit,
        amount_minor=entry.amount_minor,
        reverses_id=entry.id,
        request=db.session.get(FundRequest, entry.request_id) if entry.request_id else None,
        advance_id=entry.advance_id,
        line=entry.line,
        donor=entry.donor,
        receipt=entry.receipt,
        paid_minor=entry.paid_minor,
        paid_currency=entry.paid_currency,
        rate=entry.rate,
    )
    return _post(by, db.session.get_one(Fund, entry.fund_id), counter_entry, of_kind=entry.kind)


def _entry(
    kind: str,
    amount_minor: int,
    *,
    request: FundRequest | None = None,
    line: str = "",
    donor: str = "",
    receipt: str = "",
    foreign: Foreign = OWN,
) -> LedgerEntry:
    """An entry of a kind, on the accounts of that kind; not written yet."""
    debit, credit = KINDS[kind]
    return LedgerEntry(
        kind=kind,
        debit=debit,
        credit=credit,
        amount_minor=amount_minor,
        request=request,
        line=line,
        donor=donor,
        receipt=receipt,
        paid_minor=foreign.paid_minor,
        paid_currency=foreign.paid_currency,
        rate=foreign.rate,
    )


def _post(
    by: Actor, fund: Fund, entry: LedgerEntry, on: date | None = None, *, of_kind: str = ""
) -> LedgerEntry:
    """Write an entry as the fund's next one, with what is available after it. ``of_kind``: what a
    correction takes back.
    """
    lent = entry.amount_minor * _LENDING.get(of_kind or entry.kind, 0) * (-1 if of_kind else 1)
    entry.balance_minor = _move(fund, entry.debit, entry.credit, entry.amount_minor, lent)
    last = select(func.coalesce(func.max(LedgerEntry.number), 0)).where(
        LedgerEntry.fund_id == fund.id
    )
    entry.number = db.session.execute(last).scalar_one() + 1
    entry.fund_id = fund.id
    entry.by_id = by.id
    entry.at = now()
    entry.on = on or today()
    db.session.add(entry)
    db.session.flush()
    db.session.refresh(fund, ["balance_minor", "committed_minor", "spent_minor", "lent_minor"])
    return entry


def _move(fund: Fund, debit: str, credit: str, amount: int, lent: int) -> int:
    """Move the fund's sums, ``lent`` among them; gives what is available after it.

    The row is locked until the end: entries of one fund are numbered one after another.
    """
    # "available" and "committed" are what the fund owes to its purpose: a credit adds, a debit
    # takes. Spent is what left the cash.
    available = amount * ((credit == "available") - (debit == "available"))
    committed = amount * ((credit == "committed") - (debit == "committed"))
    paid = {debit, credit} == {"committed", "cash"} and not lent
    spent = amount * paid * (1 if credit == "cash" else -1)
    enough = (
        Fund.balance_minor + available >= 0,
        Fund.committed_minor + committed >= 0,
        Fund.spent_minor + spent >= 0,
        Fund.lent_minor + lent >= 0,
    )
    moved = (
        update(Fund)
        .where(Fund.id == fund.id, *enough)
        .values(
            balance_minor=Fund.balance_minor + available,
            committed_minor=Fund.committed_minor + committed,
            spent_minor=Fund.spent_minor + spent,
            lent_minor=Fund.lent_minor + lent,
        )
        .returning(Fund.balance_minor)
    )
    balance: int | None = db.session.execute(moved).scalar_one_or_none()
    if balance is None:
        raise NotEnough(_("The fund %(code)s does not hold this amount.", code=fund.code))
    return balance


def trial_balance(fund: Fund) -> dict[str, tuple[int, int]]:
    """Debits and credits of each account, summed from the entries themselves."""
    sums = {}
    for account in ACCOUNTS:
        query = select(
            _sum_of(LedgerEntry.debit == account), _sum_of(LedgerEntry.credit == account)
        )
        debit, credit = db.session.execute(query.where(LedgerEntry.fund_id == fund.id)).one()
        sums[account] = (int(debit), int(credit))
    return sums


def _sum_of(matches: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((matches, LedgerEntry.amount_minor), else_=0)), 0)


def balances(fund: Fund) -> bool:
    """Whether the books hold.

    Debits equal credits, cash equals what is available and committed, and the fund's own sums are
    the ledger's.
    """
    sums = trial_balance(fund)
    cash, available, committed = (sums[name][0] - sums[name][1] for name in ACCOUNTS)
    debits = sum(debit for debit, _credit in sums.values())
    credits_ = sum(credit for _debit, credit in sums.values())
    return (
        debits == credits_
        and cash == -(available + committed)
        and (-available, -committed) == (fund.balance_minor, fund.committed_minor)
    )
