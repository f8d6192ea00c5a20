"""The whole ledger of a fund as a table, for accountants."""

import csv
import io

from sqlalchemy import select

from access import audit
from models.base import db
from models.money import Fund, FundRequest, LedgerEntry
from standards import currencies
from web import template_filters

_BYTE_ORDER_MARK = "\ufeff"  # spreadsheets read the table as UTF-8 by it
_HEAD = (
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
)


def as_csv(fund: Fund) -> str:
    """The ledger as CSV that no spreadsheet computes with; the export is in the trail."""
    text = io.StringIO()
    csv.writer(text).writerows(
        [template_filters.defused(cell) for cell in row] for row in table(fund)
    )
    audit.record("exported", subject=f"ledger {fund.code}")
    return _BYTE_ORDER_MARK + text.getvalue()


def table(fund: Fund) -> list[list[str]]:
    """Its rows as text, under their heads."""
    numbers = dict(
        db.session.execute(
            select(LedgerEntry.id, LedgerEntry.number).where(LedgerEntry.fund_id == fund.id)
        ).all()
    )
    query = select(LedgerEntry, FundRequest.reference).outerjoin(
        FundRequest, FundRequest.id == LedgerEntry.request_id
    )
    query = query.where(LedgerEntry.fund_id == fund.id).order_by(LedgerEntry.number)
    rows = [list(_HEAD)]
    for entry, reference in db.session.execute(query).all():
        corrects = numbers.get(entry.reverses_id or 0, "")
        rows.append(_row(fund, entry, reference or "", str(corrects)))
    return rows


def _row(fund: Fund, entry: LedgerEntry, reference: str, corrects: str) -> list[str]:
    paid = entry.paid_minor
    return [
        str(entry.number),
        entry.on.isoformat(),
        entry.kind,
        entry.debit,
        entry.credit,
        currencies.plain(entry.amount_minor, fund.currency),
        fund.currency,
        entry.line,
        reference,
        entry.donor,
        currencies.plain(paid, entry.paid_currency) if paid is not None else "",
        entry.paid_currency,
        str(entry.rate or ""),
        entry.receipt,
        corrects,
    ]
