"""Amounts of money: whole minor units inside, words outside."""

from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import force_locale

from standards import currencies
from web import template_filters

LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"
NARROW = "\N{NARROW NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (124_050, "EUR", "1,240.50 EUR"),
        (64_000, "XOF", "64,000 XOF"),
        (12_345, "TND", "12.345 TND"),
        (0, "EUR", "0.00 EUR"),
        (5, "EUR", "0.05 EUR"),
        (-124_050, "EUR", "\N{MINUS SIGN}1,240.50 EUR"),
        (-1, "TND", "\N{MINUS SIGN}0.001 TND"),
        (99_999_999_999_999, "EUR", "999,999,999,999.99 EUR"),
    ],
)
def test_amounts_in_english(minor: int, currency: str, text: str) -> None:
    assert currencies.as_text(minor, currency, "en") == text


@pytest.mark.parametrize(
    ("minor", "locale", "text"),
    [
        (124_050, "ar", "1,240.50 EUR"),
        (-124_050, "ar", f"{LEFT_TO_RIGHT}\N{MINUS SIGN}1,240.50 EUR"),
        (124_050, "fr", f"1{NARROW}240,50 EUR"),
        (-124_050, "fr", f"\N{MINUS SIGN}1{NARROW}240,50 EUR"),
        (124_050, "de", "1.240,50 EUR"),
    ],
)
def test_amounts_have_the_separators_of_the_language_and_latin_digits(
    minor: int, locale: str, text: str
) -> None:
    assert currencies.as_text(minor, "EUR", locale) == text


def test_money_on_a_page_is_in_the_readers_language(quick_app: Flask) -> None:
    with quick_app.test_request_context():
        assert template_filters.money(-124_050, "EUR") == "\N{MINUS SIGN}1,240.50 EUR"
        with force_locale("fr"):
            assert template_filters.money(124_050, "EUR") == f"1{NARROW}240,50 EUR"


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("1240.5", "EUR", 124_050), ("64000", "XOF", 64_000), (" 12.345 ", "TND", 12_345)],
)
def test_what_was_typed_is_read_into_minor_units(text: str, currency: str, minor: int) -> None:
    assert currencies.minor(text, currency) == minor
    assert Decimal(currencies.plain(minor, currency)) == Decimal(text.strip())


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("0", "EUR"),
        ("-1", "EUR"),
        ("1.005", "EUR"),
        ("1.5", "XOF"),
        ("1,5", "EUR"),
        ("", "EUR"),
        ("1e3", "EUR"),
    ],
)
def test_what_is_no_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(currencies.NoAmount):
        currencies.minor(text, currency)


def test_conversion_rounds_halves_to_even() -> None:
    assert currencies.converted(100, "EUR", Decimal("0.125"), "EUR") == 12
    assert currencies.converted(100, "EUR", Decimal("0.135"), "EUR") == 14
    assert currencies.converted(64_000, "XOF", Decimal("0.0015"), "EUR") == 9600
