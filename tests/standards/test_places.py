"""Anybody can be recorded: also who has no country, or one that the standard's list lacks."""

from typing import Any

import pytest
from flask import Flask

from casework.core.schemas import IdentitySchema
from models.cases import Case
from standards import ctdc, places
from tests import factories


@pytest.mark.parametrize(
    ("typed", "code", "alpha3"),
    [
        ("Kosovo", "XK", "SRB"),
        ("XK", "XK", "SRB"),
        ("Stateless", "XS", None),
        ("apatride", "XS", None),
        ("Apátrida", "XS", None),
        ("Nationality not established", "XU", None),
        ("Mali", "ML", "MLI"),
    ],
)
def test_a_file_names_any_citizenship(typed: str, code: str, alpha3: str | None) -> None:
    assert places.citizenship_of(typed) == code
    assert ctdc.alpha3(code) == alpha3
    assert places.citizenship_of(places.WORDS.get(code, code)) == code, "and it comes back"


@pytest.mark.parametrize("code", ["XK", "XS", "XU", "ML"])
def test_a_form_takes_it_and_the_page_says_it_in_words(quick_app: Flask, code: str) -> None:
    given: dict[str, Any] = {"given_names": "Zqx", "citizenship": code}
    assert IdentitySchema().validate(given) == {}
    house = factories.World()
    case: Case = factories.case(house, citizenship=code)
    page = factories.Browser(quick_app, house.caseworker).get(f"/cases/{case.number}").text
    assert places.country_name(code) in page
    assert places.country_name(code) != code
