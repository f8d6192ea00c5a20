"""Every kind of field: what fits is kept as it was meant, what does not is told beside the field,
and nothing breaks.
"""

import re
import unicodedata
from datetime import date
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from tests import factories
from tests.conftest import Clock
from web import field_types, forms, unseen

OPTIONS = (("a", "A"), ("b", "B"))


class Every(forms.FormSchema):
    """One field of each kind."""

    line = forms.text("Line", most=10, unanswerable=True)
    needed = forms.text("Needed", required=True)
    many = forms.textarea("Words", most=20)
    mail = forms.address("Mail")
    one = forms.choice("One", OPTIONS)
    one_of_later = forms.choice("One", lambda: OPTIONS, required=True)
    some = forms.several("Some", OPTIONS)
    on = forms.day("Day")
    count = forms.whole("Count", least=1, most=9)
    yes = forms.tick("Yes")
    birth = field_types.PartialDate()
    revision = forms.revision()
    unanswered = forms.unanswered()


FITS = {"needed": "x", "one_of_later": "a"}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
LENIENT = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def page(quick_app: Flask, clock: Clock) -> Any:
    with quick_app.test_request_context():
        yield


def tried(sent: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is kept of a form, and what is wrong with it by field."""
    try:
        return forms.load(Every, sent), {}
    except ValidationError as wrong:
        return {}, dict(wrong.normalized_messages())


def faults(**given_: Any) -> dict[str, Any]:
    """What is wrong with a form that would fit otherwise, by field."""
    return tried({**FITS, **given_})[1]


@pytest.mark.parametrize("name", sorted(Every().fields))
@LENIENT
@given(value=ANYTHING)
def test_whatever_is_sent_into_a_field_fits_or_is_told_beside_it(
    page: Any, name: str, value: Any
) -> None:
    found = faults(**{name: value})
    assert set(found) <= {name, "_schema"} | ({"line"} if name == "unanswered" else set())


@LENIENT
@given(
    sent=st.dictionaries(
        st.sampled_from(
            [
                *Every().fields,
                "birth__year",
                "birth__month",
                "birth__day",
                "birth__age",
                "line__none",
                "x",
            ]
        ),
        st.text(max_size=30),
    )
)
def test_whatever_a_browser_sends_fits_or_is_told(page: Any, sent: dict[str, str]) -> None:
    typed = forms.typed(Every, MultiDict(sent))
    assert "x" not in typed
    loaded, wrong = tried(typed)
    assert set(wrong) <= set(Every().fields)
    assert all(value not in (None, "", [], {}) for value in loaded.values())


@LENIENT
@given(st.text(max_size=40))
def test_a_text_is_kept_whole_in_normal_form_or_refused(page: Any, value: str) -> None:
    assume(value.strip())
    loaded, wrong = tried({**FITS, "needed": value})
    if wrong:  # what is refused is named, or nothing that anybody sees was left
        assert set(wrong) == {"needed"}
        assert "U+" in wrong["needed"][0] or not unseen.line(value)
        return
    kept = loaded["needed"]
    assert kept == unicodedata.normalize("NFC", kept).strip()
    assert not set(kept) & {
        chr(code) for code in (*range(9), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
    }
    assert not set(kept) & set("\r\n\u2028\u2029"), "one line is one line"


@pytest.mark.parametrize(("length", "fits"), [(10, True), (11, False)])
def test_a_text_may_be_as_long_as_it_says(page: Any, length: int, fits: bool) -> None:
    assert (faults(line="x" * length) == {}) is fits
    assert faults(line="é" * 10) == {}, "characters, not bytes"


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (0, False),
        (1, True),
        (9, True),
        (10, False),
        ("5", True),
        ("x", False),
        (1.5, False),
        ("", False),
    ],
)
def test_a_number_lies_between_the_least_and_the_most(page: Any, value: Any, fits: bool) -> None:
    assert (faults(count=value) == {}) is fits


@pytest.mark.parametrize("name", ["needed", "one_of_later"])
@pytest.mark.parametrize("value", ["", None])
def test_what_is_needed_is_asked_for(page: Any, name: str, value: Any) -> None:
    assert set(faults(**{name: value})) == {name}


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("a@b.org", True),
        ("a.b+c@sub.example.org", True),
        ("", True),
        ("a@b", False),
        ("@b.org", False),
        ("a@@b.org", False),
        ("a b@c.org", False),
        ("a@b.org,c@d.org", False),
        ("<a@b.org>", False),
        ("a@b.o", False),
        ("x" * 65 + "@b.org", False),
        ("a@b..org", True),
    ],
)
def test_a_mail_address_is_one_that_can_be_written_to(page: Any, value: str, fits: bool) -> None:
    assert (faults(mail=value) == {}) is fits


@pytest.mark.parametrize(("value", "fits"), [("a", True), ("", True), ("c", False), ("A", False)])
def test_a_choice_is_one_of_the_list(page: Any, value: str, fits: bool) -> None:
    assert (faults(one=value) == {}) is fits
    assert (faults(some=[value]) == {}) is (fits and value != "")


@LENIENT
@given(st.integers(-5, 3000), st.integers(-1, 14), st.integers(-1, 33))
def test_a_full_birth_is_a_day_of_the_calendar_that_has_come(
    page: Any, year: int, month: int, day: int
) -> None:
    sent = {"year": str(year), "month": str(month), "day": str(day)}
    try:
        real = date(year, month, day)
    except ValueError:
        real = None
    fits = real is not None and year >= 1906 and real <= date(2026, 3, 10)
    assert ("birth" not in faults(birth=sent)) is fits


@pytest.mark.parametrize("digits", ["٢٠٠٤", "۲۰۰۴", "২০০৪", "२००४", "2004", " 2004 "])
def test_a_year_may_be_typed_in_the_digits_of_the_person(page: Any, digits: str) -> None:
    assert forms.load(Every, {**FITS, "birth": {"year": digits}})["birth"] == {
        "year": 2004,
        "estimated": False,
    }


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"age": 5, "year": 2004}, "not both"),
        ({"age": "x"}, "numbers"),
        ({"age": 5, "on": "yesterday"}, "numbers"),
        ({"month": 5}, "numbers"),
        ({"year": 2004, "day": 5}, "numbers"),
        ({"year": 2004, "hour": 5}, "numbers"),
        ("2004", "numbers"),
        ({}, "numbers"),
        ({"year": "20040"}, "numbers"),
    ],
)
def test_what_is_no_birth_is_told_in_words(page: Any, sent: Any, says: str) -> None:
    assert says in str(faults(birth=sent)["birth"])


def test_an_answer_and_a_reason_for_none_are_not_given_both(page: Any) -> None:
    assert set(faults(line="x", unanswered={"line": "prefers_not"})) == {"line"}
    assert faults(unanswered={"line": "prefers_not"}) == {}
    assert set(faults(unanswered={"line": "because"})) == {"unanswered"}
    typed = forms.typed(Every, MultiDict({"line": "x", "line__none": "prefers_not"}))
    assert set(faults(**typed)) == {"line"}, "asked: neither goes without a word"
    assert forms.Form(Every, typed)["line"].value == "x", "and what was typed stands there"
    assert forms.typed(Every, MultiDict({"line__none": "prefers_not"})) == {
        "unanswered": {"line": "prefers_not"}
    }


def test_programs_may_not_send_what_the_schema_does_not_know_and_browsers_may(page: Any) -> None:
    assert set(faults(surplus="x")) == {"surplus"}
    assert forms.load(Every, {**FITS, "surplus": "x"}, lenient=True) == FITS


def test_a_form_shows_what_was_typed_and_what_was_wrong(page: Any) -> None:
    form = forms.Form(
        Every,
        {"line": "x", "unanswered": {"birth": "not_asked"}},
        {"line": ["Wrong."], "_form": ["In general."], "_schema": {"a": ["And."]}},
    )
    assert (form["line"].value, form["line"].errors, form["birth"].reason) == (
        "x",
        ["Wrong."],
        "not_asked",
    )
    assert form.general == ["In general.", "And."]
    names = [field.name for field in form]  # type: ignore[attr-defined]
    assert "unanswered" not in names
    assert form["one_of_later"].options == list(OPTIONS)
    assert form["one_of_later"].required


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("one", "a", "A"),
        ("one", "", ""),
        ("one", "z", "z"),
        ("some", ["a", "b"], "A, B"),
        ("on", "2026-03-10", "10 March 2026"),
        ("on", date(2026, 3, 10), "10 March 2026"),
        ("yes", True, "Yes"),
        ("line", "text", "text"),
        ("some", [], ""),
    ],
)
def test_a_value_is_said_as_a_letter_says_it(page: Any, name: str, value: Any, said: str) -> None:
    assert forms.Form(Every)[name].as_text(value) == said


def test_what_was_put_aside_comes_back_with_a_form_that_was_refused(quick_app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    worker = factories.Browser(quick_app, house.caseworker)
    sent = {"given_names": "", "phone__none": "does_not_know", "phone__aside": "+216 55 000 111"}
    sent |= {"birth__year": "2000", "birth__month": "2", "birth__day": "31"}
    back = worker.post(f"/cases/{number}/identity/change", **sent, follow_redirects=True).text
    assert 'value="+216 55 000 111"' in back
    assert re.search(r'name="phone__none" value="does_not_know" checked', back)
    kept = {"given_names": "Ama", "phone__none": "does_not_know", "phone__aside": "+216 55 000 111"}
    assert worker.post(f"/cases/{number}/identity/change", **kept).status_code == 303
    assert "+216 55 000 111" not in worker.get(f"/cases/{number}/identity").text
