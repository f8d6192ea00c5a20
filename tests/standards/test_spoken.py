"""Any language can be recorded: by code, by name, in words; none is guessed, none refuses a person."""

import pytest
from flask import Flask
from sqlalchemy import select

from casework.core.schemas import IdentitySchema, usual_languages
from casework.intake import importing, rows
from casework.intake.file_readers import Row
from models import office_at_hand, office_settings
from models.base import db
from models.cases import Case
from standards import spoken
from tests import factories


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Zarma, Tamasheq; Kanuri / Edo", ["dje", "tmh", "kr", "bin"]),
        ("Mandinka, Soninke, Krio, Twi, Haitian Creole", ["mnk", "snk", "kri", "tw", "ht"]),
        (
            "allemand, italiano, Greek, búlgaro, húngaro, polonais",
            ["de", "it", "el", "bg", "hu", "pl"],
        ),
        ("العربية، French", ["ar", "fr"]),
        ("fr;FR; français", ["fr"]),
        ("Sign language, Tunisian Sign Language", ["sgn", "tse"]),
        ("Gurage of the hills, ar", ["Gurage of the hills", "ar"]),
        (" , ;", []),
    ],
)
def test_languages_by_code_name_or_word(text: str, codes: list[str]) -> None:
    assert spoken.in_text(text) == codes
    loaded = IdentitySchema().load(
        {"call_name": "A", "languages": [text]} if codes else {"call_name": "A"}
    )
    assert loaded.get("languages", []) == codes


def test_every_two_letter_code_and_all_that_stood_before_are_known() -> None:
    assert len(spoken.codes()) > 600
    for code in ("ar", "bm", "dyu", "ff", "sw", "ti", "zh", "az", "ig", "tl"):
        assert code in spoken.codes()
        assert spoken.code_of(spoken.name(code)) == code
    assert spoken.name("Gurage of the hills", "ar") == "Gurage of the hills"


def test_no_language_is_kept_beyond_measure_or_with_what_cannot_be_kept() -> None:
    for wrong in (["abc\x01"], [",".join(f"word {number}" for number in range(31))]):
        assert "languages" in IdentitySchema().validate({"call_name": "A", "languages": wrong})
    turned = IdentitySchema().load({"call_name": "A", "languages": ["\u202eZarma"]})
    assert turned["languages"] == ["dje"], "what nobody sees is taken out"


def test_the_usual_ones_of_the_office_come_first(quick_app: Flask) -> None:
    house = factories.World()
    with office_at_hand.within(house.here.id):
        assert usual_languages()[:2] == ("ar", "fr"), "those of the country"
        office_settings.say(house.here, {"usual_languages": "Zarma, Hausa, nonsense"}, None)
        assert usual_languages() == ("dje", "ha")
    number = factories.case(house).number
    page = factories.Browser(quick_app, house.caseworker).get(f"/cases/{number}/identity/change")
    assert page.text.count('name="languages"') == 3, "two to tick, and one for any other"


def test_the_form_keeps_what_is_ticked_and_what_is_written(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    browser = factories.Browser(quick_app, house.caseworker)
    address = f"/cases/{case.number}/identity/change"
    answer = browser.post(address, call_name="A", languages=["fr", "Zarma, Gurage of the hills"])
    assert answer.status_code == 303, answer.text
    with factories.acts(house.caseworker):
        assert factories.anew(case).identity["languages"] == ["fr", "dje", "Gurage of the hills"]
    page = browser.get(address).text
    assert 'value="Zarma, Gurage of the hills"' in page, "shown again by its name"
    assert "Gurage of the hills" in browser.get(f"/cases/{case.number}").text


def test_a_file_with_a_language_of_no_list_brings_the_person_and_a_line(quick_app: Flask) -> None:
    row = Row(
        1,
        {
            "prs_FirstName": "Langua",
            "con_Consent": "Yes",
            "prs_PrimaryLanguage": "Arabic, Gurage of the hills",
        },
        b"1",
    )
    registration, faults = rows.given(row)
    assert [fault.reason for fault in faults] == ["as_words"]
    assert not rows.stopping(faults)
    assert registration["person"]["languages"] == ["ar", "Gurage of the hills"]
    assert "as_words" in importing.WARNINGS
    assert db.session.execute(select(Case)).first() is None
