"""The ledger of a fund: entries are added, never changed. The balance moves by one conditional UPDATE, so that of any number
of simultaneous approvals only those go through that the money covers; a CHECK in the database holds the same line.
"""

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from access.actors import Actor
from models.base import db, now
from models.money import Fund, FundRequest, LedgerEntry
from web.faults import RuleBroken


class NotEnough(RuleBroken):
    """The fund does not hold the amount."""


def contribute(*, by: Actor, fund: Fund, amount_minor: int) -> LedgerEntry:
    """Money comes in."""
    return _move(by, fund, "contribution", amount_minor)


def commit(*, by: Actor, fund: Fund, amount_minor: int, request: FundRequest) -> LedgerEntry:
    """Money is set aside for a request; raises :class:`NotEnough`."""
    return _move(by, fund, "commitment", -amount_minor, request)


def _move(by: Actor, fund: Fund, kind: str, amount: int, request: FundRequest | None = None) -> LedgerEntry:
    # The UPDATE locks the fund's row until the end of the transaction: entries of one fund are numbered one after another.
    moved = update(Fund).where(Fund.id == fund.id, Fund.balance_minor + amount >= 0).values(balance_minor=Fund.balance_minor + amount)
    balance = db.session.execute(moved.returning(Fund.balance_minor)).scalar_one_or_none()
    if balance is None:
        raise NotEnough(_("The fund %(code)s does not hold this amount.", code=fund.code))
    last = db.session.execute(select(func.coalesce(func.max(LedgerEntry.number), 0)).where(LedgerEntry.fund_id == fund.id)).scalar_one()
    entry = LedgerEntry(fund_id=fund.id, number=last + 1, kind=kind, amount_minor=amount, balance_minor=balance, request=request, by_id=by.id, at=now())
    db.session.add(entry)
    db.session.flush()
    db.session.refresh(fund, ["balance_minor"])
    return entry
