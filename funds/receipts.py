"""A receipt is booked once: a number that the books know already is asked about."""

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import select

from models.base import db
from models.money import Fund, LedgerEntry
from models.rules import RuleBroken
from standards import currencies
from web.forms import locale_code


def ask_about(fund: Fund, kind: str, receipt: str, *, again: bool) -> None:
    """Raise :class:`RuleBroken` where ``receipt`` stands in the fund's books for an entry of
    ``kind`` that was not corrected, and nobody said that this is ``again`` another payment on it.
    """
    if not receipt.strip() or again:
        return
    # Of two who book the same receipt at the same moment the second waits here, and then sees it.
    db.session.execute(select(Fund.id).where(Fund.id == fund.id).with_for_update()).all()
    corrected = select(LedgerEntry.reverses_id).where(LedgerEntry.reverses_id.is_not(None))
    query = select(LedgerEntry).where(
        LedgerEntry.fund_id == fund.id,
        LedgerEntry.kind == kind,
        LedgerEntry.receipt == receipt.strip(),
        LedgerEntry.id.not_in(corrected),
    )
    entry = db.session.execute(query.order_by(LedgerEntry.id).limit(1)).scalar_one_or_none()
    if entry is not None:
        message = _(
            "This number is in the books already: entry %(number)s, %(amount)s on %(day)s. If this "
            "is another payment on the same receipt, say so below.",
            number=entry.number,
            amount=currencies.as_text(entry.amount_minor, fund.currency, locale_code()),
            day=format_date(entry.on, "d MMMM y"),
        )
        raise RuleBroken(message, "receipt")
