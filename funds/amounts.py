"""Amounts as people type them: figures, a currency, and a rate where that is another currency."""

from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _

from models.rules import RuleBroken
from standards import currencies
from web.field_types import in_figures


@dataclass(frozen=True)
class Foreign:
    """An amount as it was given or paid in another currency, with the rate that was used.

    Without one of these fields the money was the fund's own.
    """

    paid_minor: int | None = None
    paid_currency: str = ""
    rate: Decimal | None = None


OWN = Foreign()


def minor(text: str, currency: str, *, field: str = "amount") -> int:
    """What was typed, in minor units; raises a broken rule at ``field`` where it is no amount."""
    try:
        plain = str(in_figures(text)).replace("\u066b", ".").replace("\u066c", "")
        return currencies.minor(plain, currency)
    except currencies.NoAmount:
        raise RuleBroken(_("Give an amount in figures, such as 1240 or 1240.50."), field) from None


def minor_or_nothing(text: str, currency: str, *, field: str = "amount") -> int:
    """As :func:`minor`, where nothing (a zero) is an answer too."""
    if set(str(in_figures(text.strip()))) - {".", "\u066b"} == {"0"}:
        return 0
    return minor(text, currency, field=field)


def must_be_currency(code: str) -> None:
    """Raises where ``code`` is no currency."""
    if code not in currencies.codes():
        raise RuleBroken(_("This is no currency: give its three letters, such as EUR."), "currency")


def converted(text: str, currency: str, rate: Decimal | None, into: str) -> tuple[int, Foreign]:
    """What was typed in ``currency``, in minor units of ``into``, and what to keep of it.

    Raises where it is no amount, no currency, or no rate is given for another currency.
    """
    must_be_currency(currency)
    paid = minor(text, currency)
    if currency == into:
        return paid, OWN
    if not rate:
        raise RuleBroken(
            _("Give the rate: how much of %(one)s is one %(other)s.", one=into, other=currency),
            "rate",
        )
    return currencies.converted(paid, currency, rate, into), Foreign(paid, currency, rate)
