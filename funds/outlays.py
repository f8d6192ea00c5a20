"""Money that is written down elsewhere: help given in a case, what a partner's service cost.

Paid by a fund of ours it is a payment on an approved request, in the same books by the same verb;
else it is said that it is not from our funds.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from access.policy import visible
from casework.records import changes
from funds import payments
from funds.schemas import Rate
from models import numbers
from models.base import db
from models.cases import Case
from models.money import Fund, FundRequest, FundRequestPerson, LedgerEntry
from models.referrals import Service
from models.rules import NotPossible, RuleBroken
from standards import currencies

Values = dict[str, Any]
_MONEY = ("amount", "currency", "paid_from", "request", "line", "receipt", "rate")


@changes.rule("help")
def of_help(by: Actor, case: Case, given: Values, stands: Values) -> Values:
    """Help with an amount from a fund of ours is a payment; what is in the books is put right there
    first.
    """
    entry = _standing(stands)
    if entry is not None:
        if any(str(given.get(name) or "") != str(stands.get(name) or "") for name in _MONEY):
            raise RuleBroken(_in_the_books(stands), "amount")
        return {**given, "entry": stands["entry"]}
    if not given.get("amount") or given.get("paid_from") != "fund":
        return given
    request = _request(by, given["request"], case.id)
    paid = payments.spend(
        by=by,
        request=request,
        line=given["line"],
        amount=given["amount"],
        currency=given["currency"],
        rate=_rate(given.get("rate")),
        on=given["on"],
        receipt=given["receipt"],
        same_receipt=given.get("same_receipt") or "",
    )
    return {**given, "entry": f"{request.fund.code}/{paid.number}"}


@changes.stays("help")
def stays(stands: Values) -> str:
    """Help is not taken out of sight while its payment stands in the books."""
    return _in_the_books(stands) if _standing(stands) is not None else ""


def _in_the_books(stands: Values) -> str:
    return str(
        _(
            "This is in the books: entry %(entry)s. Have it corrected there first.",
            entry=stands["entry"],
        )
    )


def _standing(stands: Mapping[str, Any]) -> LedgerEntry | None:
    """The entry that a record names, unless it was corrected since."""
    code, _slash, number = str(stands.get("entry") or "").rpartition("/")
    if not code or not number.isdigit():
        return None
    corrected = select(LedgerEntry.reverses_id).where(LedgerEntry.reverses_id.is_not(None))
    query = (
        select(LedgerEntry)
        .join(Fund, Fund.id == LedgerEntry.fund_id)
        .where(
            Fund.code == code,
            LedgerEntry.number == int(number),
            LedgerEntry.id.not_in(corrected),
        )
    )
    return db.session.execute(query).scalar_one_or_none()


def _request(by: Actor, reference: str, case_id: int) -> FundRequest:
    """The request of that name, of this person, that who acts may pay on. Who let their share of
    it go has none there: what is left is the others'.
    """
    query = (
        select(FundRequest)
        .join(FundRequestPerson, FundRequestPerson.request_id == FundRequest.id)
        .where(
            FundRequest.reference == numbers.tidy(reference),
            FundRequestPerson.case_id == case_id,
            FundRequestPerson.let_go_at.is_(None),
            visible(by, Permission.FUND_SPEND, FundRequest),
        )
    )
    found = db.session.execute(query).unique().scalar_one_or_none()
    if found is None:
        raise RuleBroken(_("There is no request of this number for this person."), "request")
    return found


def _rate(text: Any) -> Decimal | None:
    if not text:
        return None
    try:
        return Rate().deserialize(text)
    except ValidationError as wrong:
        raise RuleBroken(str(wrong.messages[0]), "rate") from None


def of_service(
    *,
    by: Actor,
    service: Service,
    paid_from: str,
    request: str = "",
    line: str = "",
    on: date | None = None,
    receipt: str = "",
    rate: Decimal | None = None,
    same_receipt: str = "",
) -> None:
    """The mission says from whose money the cost of a partner's service was paid, once."""
    if not service.asks_whose_money:
        raise NotPossible(_("It is said already from whose money this was paid."))
    if paid_from != "fund":
        service.not_ours = True
        return
    given = {"request": request, "line": line, "receipt": receipt}
    for name, value in given.items():
        if not value:
            raise RuleBroken(_("A payment of a fund needs its request, line and receipt."), name)
    entry = payments.spend(
        by=by,
        request=_request(by, request, service.referral.case_id),
        line=line,
        amount=currencies.plain(service.cost_minor or 0, service.currency),
        currency=service.currency,
        rate=rate,
        on=on or service.given_on,
        receipt=receipt,
        same_receipt=same_receipt,
    )
    service.entry_id = entry.id
    db.session.flush()


def corrected(entry: LedgerEntry, by: Actor) -> None:
    """A payment that was taken back in the books leaves it open again who paid."""
    del by  # the books say who
    query = select(Service).where(Service.entry_id == entry.id)
    for service in db.session.execute(query).scalars():
        service.entry_id = None
