"""Words for templates: what is late, what is left, what is known of a birth, and money as it is
written.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from models.base import now, today
from models.cases import Case
from web import template_filters


@pytest.fixture(autouse=True)
def page(quick_app: Flask, clock: Any) -> Any:
    with quick_app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1, "time is over"),
        (0, "time is over"),
        (1, "1 hour left"),
        (3600, "1 hour left"),
        (7199, "1 hour left"),
        (7200, "2 hours left"),
        (48 * 3600 - 1, "47 hours left"),
        (48 * 3600, "2 days left"),
        (72 * 3600 - 1, "2 days left"),
        (7 * 24 * 3600, "7 days left"),
    ],
)
def test_what_is_left_is_said_in_hours_for_two_days_and_then_in_days(
    seconds: int, said: str
) -> None:
    assert template_filters.left(now() + timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("days", "said"),
    [(-2, "2 days late"), (-1, "1 day late"), (0, "today"), (1, "by 11 March 2026")],
)
def test_a_task_is_late_from_the_day_after(days: int, said: str) -> None:
    assert template_filters.due(today() + timedelta(days=days)) == said


@pytest.mark.parametrize(
    ("birth", "said"),
    [
        (None, ""),
        ({}, ""),
        ({"year": 2004, "estimated": False}, "2004"),
        ({"year": 2004, "estimated": True}, "about 2004"),
        ({"year": 2004, "month": 5, "estimated": False}, "May 2004"),
        ({"year": 2004, "month": 5, "day": 7, "estimated": False}, "7 May 2004"),
        ({"age": 17, "on": "2026-03-10", "estimated": True}, "about 17 years old on 10 March 2026"),
    ],
)
def test_a_birth_is_said_as_far_as_it_is_known(birth: dict[str, Any] | None, said: str) -> None:
    assert template_filters.birth(birth) == said


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [
        (0, "EUR", "0.00 EUR"),
        (124_050, "EUR", "1,240.50 EUR"),
        (-1, "EUR", "−0.01 EUR"),
        (64_000, "XOF", "64,000 XOF"),
        (12_345, "TND", "12.345 TND"),
        (-124_050, "EUR", "−1,240.50 EUR"),
    ],
)
def test_money_is_written_with_the_places_of_its_currency(
    minor: int, currency: str, said: str
) -> None:
    assert template_filters.money(minor, currency) == said


@given(st.text(max_size=20))
def test_a_cell_is_never_a_formula_and_loses_nothing(text: str) -> None:
    cell = template_filters.defused(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell in {text, "'" + text}


@given(st.text(alphabet=st.sampled_from("a<>&\"'\n\r é"), max_size=30))
def test_lines_are_text_and_never_markup(text: str) -> None:
    assert "<" not in str(template_filters.lines(text)).replace("<br>", "")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, ""),
        ("", ""),
        ("2026-03-10", "10 March 2026"),
        (datetime(2026, 3, 10, tzinfo=UTC).date(), "10 March 2026"),
    ],
)
def test_a_day_is_said_whether_it_came_as_a_day_or_as_text(value: Any, said: str) -> None:
    assert template_filters.day(value) == said


def test_a_person_is_described_in_codes_alone() -> None:
    case = Case(sex="Feminine", age_band="18-34", citizenship="GN")
    assert template_filters.describe(case) == "Woman or girl, 18–34, Guinea"
    assert template_filters.describe(Case(sex="", age_band="", citizenship="")) == ""


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("birth", {"year": 2004}, "2004"),
        ("citizenship", "CI", "Côte d’Ivoire"),
        ("languages", ["fr", "ar"], "French, Arabic"),
        ("needs", "A bed.", "A bed."),
        ("other", ["a", 1], "a, 1"),
        ("age_band", "0-13", "0–13"),
    ],
)
def test_a_released_value_is_said_by_the_field_it_stands_in(
    field: str, value: Any, said: str
) -> None:
    assert template_filters.shown(field, value) == said


def test_an_address_of_a_file_changes_with_its_content() -> None:
    assert template_filters.asset("office.css").startswith("/static/office.css?v=")
    assert template_filters.asset("office.css") != template_filters.asset("icons.svg")
