"""Letters in the words of an office: made by its administrator, filled in for each person."""

import io
from typing import Any

import pypdf
import pytest
from flask import Flask

from casework.letters import documents
from models.base import db
from models.cases import Case
from models.letter_templates import LetterTemplate
from models.rules import RuleBroken
from organisations import administration, letters
from standards.letters import PLACES, filled, unknown
from tests import factories

BODY = "Cher {name}, dossier {number}, suivi depuis {since}. {words}\nVenez {day}. {office}"
WRITTEN = {
    "name": "Convocation",
    "language": "fr",
    "title": "Invitation pour {name}",
    "body": BODY,
    "signatory": "{caseworker}",
}


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def made(house: factories.World, place: Any = None) -> str:
    with factories.acts(house.administrator) as by:
        return letters.make(by=by, place=factories.anew(place or house.here), given=WRITTEN).code


def test_an_office_words_a_letter_and_the_next_one_says_it(app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(app, house.administrator)
    wrong = browser.post("/organisations/TUN/letters", **{**WRITTEN, "body": "For {nmae}."})
    assert wrong.status_code == 422
    assert "{nmae}" in wrong.text
    assert browser.post("/organisations/TUN/letters", **WRITTEN).status_code == 303
    (template,) = db.session.query(LetterTemplate)
    code, letter_id = template.code, template.id
    seen = browser.post(f"/organisations/TUN/letters/{letter_id}/preview")
    assert "Amina Example" in text_of(seen.data)
    case = factories.case(house).number
    with factories.acts(house.administrator) as by:
        administration.change(
            by=by, place=factories.anew(house.here), given={"name": "The TUN", "address": "1 Quay"}
        )
    worker = factories.Browser(app, house.caseworker)
    assert "Convocation (French)" in worker.get(f"/cases/{case}/print").text
    asked = {"kind": code, "language": "en", "on": "lundi 9h", "text": "Avec {number}."}
    said = text_of(worker.post(f"/cases/{case}/letters", **asked).data)
    for part in (
        "Invitation pour",
        case,
        "lundi 9h",
        "1 Quay",
        "Convocation, version 1",
        "{number}",
    ):
        assert part in said
    changed = browser.post(
        f"/organisations/TUN/letters/{letter_id}", **{**WRITTEN, "body": "Bonjour {name}."}
    )
    assert changed.status_code == 303
    assert "Cher {name}" in browser.get(f"/organisations/TUN/letters/{letter_id}").text
    assert "version 2" in text_of(worker.post(f"/cases/{case}/letters", **asked).data)
    assert browser.post(f"/organisations/TUN/letters/{letter_id}/end").status_code == 303
    gone = worker.post(f"/cases/{case}/letters", **asked)
    assert gone.status_code == 422


def test_no_office_sends_what_another_wrote(quick_app: Flask) -> None:
    house = factories.World()
    code = made(house, house.there)
    case_id = factories.case(house).id
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken):
        case = db.session.get_one(Case, case_id)
        documents.letter(by=by, cases=[case], kind=code, language="en")
    of_all = made(house, house.headquarters)
    with factories.acts(house.caseworker) as by:
        case = db.session.get_one(Case, case_id)
        paper = documents.letter(by=by, cases=[case], kind=of_all, language="en")
    assert case.number in text_of(paper.set())
    own = factories.Browser(quick_app, house.supervisor)
    assert own.get("/organisations/TUN/letters").status_code == 404


def test_what_is_filled_in_is_never_read_again() -> None:
    assert filled("{name} {number}", {"name": "{number}", "number": "7"}) == "{number} 7"
    assert unknown("{ name } {nobody} { }") == ["nobody", " "]
    assert all(unknown(f"{{{code}}}") == [] for code, _label in PLACES)
