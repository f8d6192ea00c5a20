"""A receipt is booked once: a number that is known already is shown with its entry, and counts
again only with a reason (one invoice may pay two lines).
"""

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_, select

from models.base import db
from models.money import Fund, FundRequest, LedgerEntry
from models.rules import RuleBroken
from standards import currencies
from web.forms import locale_code


def ask_about(
    fund: Fund, kind: str, receipt: str, *, why: str, office_id: int | None = None
) -> None:
    """Raise :class:`RuleBroken` where ``receipt`` stands in the fund's books, or in those of any
    fund for the mission ``office_id``, for an entry of ``kind`` that was not corrected, and nobody
    said ``why`` it counts again.
    """
    if not receipt.strip() or why.strip():
        return
    # Of two who book the same receipt at the same moment the second waits here, and then sees it.
    db.session.execute(select(Fund.id).where(Fund.id == fund.id).with_for_update()).all()
    of_office = FundRequest.office_id == office_id if office_id is not None else None
    entry = known(kind, receipt, LedgerEntry.fund_id == fund.id, of_office)
    if entry is not None:
        raise RuleBroken(in_words(entry), "receipt")


def known(kind: str, receipt: str, *where: ColumnElement[bool] | None) -> LedgerEntry | None:
    """The first entry on a receipt that was not corrected, of any of these places."""
    corrected = select(LedgerEntry.reverses_id).where(LedgerEntry.reverses_id.is_not(None))
    query = (
        select(LedgerEntry)
        .outerjoin(FundRequest, FundRequest.id == LedgerEntry.request_id)
        .where(
            or_(*(each for each in where if each is not None)),
            LedgerEntry.kind == kind,
            LedgerEntry.receipt == receipt.strip(),
            LedgerEntry.id.not_in(corrected),
        )
    )
    return db.session.execute(query.order_by(LedgerEntry.id).limit(1)).scalar_one_or_none()


def in_words(entry: LedgerEntry) -> str:
    """Which entry it is, and what to do."""
    fund = db.session.get_one(Fund, entry.fund_id)
    return _(
        "This number is in the books already: fund %(fund)s, entry %(number)s, %(amount)s on "
        "%(day)s. If it counts for this too, say below why.",
        fund=fund.code,
        number=entry.number,
        amount=currencies.as_text(entry.amount_minor, fund.currency, locale_code()),
        day=format_date(entry.on, "d MMMM y"),
    )
