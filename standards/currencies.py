"""Currencies (ISO 4217) as CLDR knows them: their codes, and how many digits their amounts have
after the point.
"""

import re
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import (
    NumberPattern,
    format_currency,
    get_currency_precision,
    get_minus_sign_symbol,
    parse_pattern,
)

MINUS = "\N{MINUS SIGN}"
# The code stands behind the amount in every language: a table of several currencies lines up, and a
# symbol such as $ or £ would not say whose.
_PATTERN: NumberPattern = parse_pattern("#,##0.00 \N{CURRENCY SIGN}\N{CURRENCY SIGN}")
_AMOUNT = re.compile(r"\d{1,12}(?:\.(\d{1,3}))?", re.ASCII)


class NoAmount(ValueError):
    """This is no amount of this currency."""


@lru_cache
def codes() -> frozenset[str]:
    """All codes."""
    return frozenset(Locale("en").currencies)


@lru_cache(maxsize=512)
def digits(currency: str) -> int:
    """Digits after the point: 2 for EUR, 0 for XOF, 3 for TND."""
    return int(get_currency_precision(currency))


def minor(text: str, currency: str) -> int:
    """``"1240.5"`` as whole minor units; raises :class:`NoAmount` for anything that is no positive
    amount of this currency.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or len(found[1] or "") > digits(currency):
        raise NoAmount(text)
    amount = int(Decimal(text.strip()).scaleb(digits(currency)))
    if amount <= 0:
        raise NoAmount(text)
    return amount


def converted(amount_minor: int, currency: str, rate: Decimal, into: str) -> int:
    """An amount at ``rate`` (units of ``into`` for one unit of ``currency``), rounded to whole
    minor units, halves to even.
    """
    exact = Decimal(amount_minor).scaleb(-digits(currency)) * rate
    return int(exact.scaleb(digits(into)).quantize(Decimal(1), ROUND_HALF_EVEN))


def plain(amount_minor: int, currency: str) -> str:
    """``1240.50``: for tables that machines read."""
    return f"{Decimal(amount_minor).scaleb(-digits(currency)):.{digits(currency)}f}"


def as_text(amount_minor: int, currency: str, locale: str) -> str:
    """``−1,240.50 EUR``: for people, with the separators and the minus of ``locale`` and Latin
    digits, as all our numbers have.
    """
    amount = Decimal(abs(amount_minor)).scaleb(-digits(currency))
    return _minus(locale) * (amount_minor < 0) + format_currency(
        amount, currency, format=_PATTERN, locale=locale
    )


@lru_cache(maxsize=32)
def _minus(locale: str) -> str:
    """The sign of ``locale``, with the mark of direction that it has; a true minus, not the hyphen
    that CLDR writes for most.
    """
    return get_minus_sign_symbol(locale).replace("-", MINUS)
