"""What nobody sees is taken out of what is pasted where it means nothing, stays where a word needs
it, and is never refused without being named.
"""

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from tests import factories
from tests.conftest import Clock
from web import field_types, forms, unseen

MARKS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u200b\u061c"
JOINERS = "\u200c\u200d"
SPACES = "\u00a0\u202f\u2009\u3000"
ALL = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


class Pasted(forms.FormSchema):
    """A field of each kind that something is pasted into."""

    count = forms.whole("Count", most=10**8)
    on = forms.day("Day")
    mail = forms.address("Mail")
    phone = forms.text("Phone", direction="ltr")
    code = forms.text("Code", direction="ltr")
    name = forms.text("Name")
    words = forms.textarea("Words")
    birth = field_types.PartialDate()


PLAIN = {
    "count": "12345",
    "on": "2026-03-02",
    "mail": "amal@example.org",
    "phone": "+216 20 123 456",
    "code": "SC-QEKQN66D",
    "name": "Amal Ben Ali",
    "birth__year": "2004",
}


@pytest.fixture
def page(quick_app: Flask, clock: Clock) -> Any:
    with quick_app.test_request_context():
        yield


def loaded(**sent: str) -> dict[str, Any]:
    """What is kept of what a browser sent."""
    return forms.load(Pasted, forms.typed(Pasted, MultiDict(sent)))


def faults(**sent: str) -> list[str]:
    """What is wrong with it, in words."""
    try:
        loaded(**sent)
    except ValidationError as wrong:
        return [why for whys in wrong.messages_dict.values() for why in whys]
    return []


@st.composite
def strewn(draw: st.DrawFn, marks: str = MARKS) -> tuple[str, str]:
    """The name of a field, and its value with what nobody sees anywhere in it."""
    name = draw(st.sampled_from(sorted(PLAIN)))
    text = PLAIN[name]
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.sampled_from(marks)) + text[place:]
    return name, text


@ALL
@given(strewn())
def test_what_is_pasted_is_what_it_looks_like(page: Any, pasted: tuple[str, str]) -> None:
    name, value = pasted
    assert loaded(**{name: value}) == loaded(**{name: PLAIN[name]})


@ALL
@given(strewn(MARKS + JOINERS))
def test_a_joiner_means_something_in_a_name_alone(page: Any, pasted: tuple[str, str]) -> None:
    name, value = pasted
    if name == "name":
        kept = loaded(name=value)["name"]
        assert "".join(each for each in kept if each not in JOINERS) == PLAIN["name"]
    else:
        assert loaded(**{name: value}) == loaded(**{name: PLAIN[name]})


@pytest.mark.parametrize("space", SPACES)
def test_a_space_that_does_not_break_is_a_space_and_in_a_number_nothing(
    page: Any, space: str
) -> None:
    assert loaded(name=f"Amal{space}Ben Ali{space}")["name"] == "Amal Ben Ali"
    assert loaded(phone=f"{space}+216{space}20 123 456")["phone"] == PLAIN["phone"]
    assert loaded(count=f"{space}12{space}345")["count"] == 12345
    assert loaded(mail=f"{space}amal@example.org{space}")["mail"] == "amal@example.org"


@pytest.mark.parametrize("word", ["می\u200cخواهم", "क्\u200dष", "👩\u200d⚕️"])
def test_what_a_word_is_written_with_stays(page: Any, word: str) -> None:
    assert loaded(name=f"\u200d{word}\u200c {word}")["name"] == f"{word} {word}"
    assert loaded(words=f"{word}\n{word}")["words"] == f"{word}\n{word}"


def test_words_of_several_lines_keep_what_sets_them_and_turn_nothing(page: Any) -> None:
    assert loaded(words="Elle dit\u00a0: “non”.\x0bTwo \u202elines")["words"] == (
        "Elle dit\u00a0: “non”.\nTwo lines"
    )
    assert loaded(words="مع\u200f (1)")["words"] == "مع\u200f (1)"


@ALL
@given(st.text(max_size=30))
def test_nothing_unseen_is_refused_without_being_named(page: Any, value: str) -> None:
    for name in ("name", "words", "code"):
        assert all("U+" in why for why in faults(**{name: value}))


def test_what_cannot_be_kept_is_named_with_what_stands_before_it(page: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        loaded(words="She said\x00 no.")
    assert "after “She said” (U+0000)" in refused.value.messages_dict["words"][0]
    assert "at the beginning (U+0007)" in unseen.refused("\x07x")


def test_a_pasted_address_signs_in_and_a_pasted_number_finds_the_case(quick_app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    browser = factories.Browser(quick_app)
    browser.sign_in("\u202acaseworker@example.org\u202c\u00a0", factories.PASSWORD)
    assert browser.get("/work").status_code == 200
    found = browser.post("/cases/search", query=f"\u2066{number}\u2069", follow_redirects=True)
    assert number in found.text
