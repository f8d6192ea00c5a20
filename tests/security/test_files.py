"""Files by structure (P48, P49) and the person's word on photographs (P9), through the door that
everything goes through: a file is sent, looked into, and asked for again.
"""

from pathlib import Path

import pytest
from flask import Flask

from tests import factories
from tests.files.test_corpus import CORPUS
from tests.files.test_files import keep, picture
from tests.files.test_photographs import answers, is_given, send


@pytest.mark.parametrize(
    "place",
    [
        "active/hex-names.pdf",
        "active/hidden-from-the-table.pdf",
        "active/script-in-object-stream.pdf",
        "opens/address-on-closing.pdf",
        "opens/share.pdf",
        "remote/template.docx",
        "active/active-x.docx",
        "remote/film-elsewhere.mp4",  # two of the same kind that nobody had listed
        "remote/section.odt",
    ],
)
def test_p48_what_runs_or_calls_home_is_neither_kept_nor_served(
    quick_app: Flask, tmp_path: Path, place: str
) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    kept = keep(house, case, (CORPUS / "bad" / place).read_bytes(), "letter.pdf")
    key = kept.key
    assert (kept.state, kept.refusal) == ("refused", place.partition("/")[0])
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    browser = factories.Browser(quick_app, house.caseworker)
    assert browser.get(f"/files/{key}").status_code == 404
    page = browser.get(f"/cases/{number}/files").text
    assert "and send that" in page, "says what to do"


@pytest.mark.parametrize(
    "place",
    [
        "pdf/fpdf2-full-width.pdf",
        "pdf/hand-opens-at-page.pdf",
        "pdf/reportlab-cv-names-javascript.pdf",
        "docx/chart.docx",
        "pptx/chart.pptx",  # two that nobody had listed
        "amr/old-phone-voice.amr",
    ],
)
def test_p49_ordinary_papers_are_kept_as_they_came(quick_app: Flask, place: str) -> None:
    house = factories.World()
    content = (CORPUS / "good" / place).read_bytes()
    kept = keep(house, factories.case(house), content)
    assert (kept.state, kept.kind) == ("kept", place.partition("/")[0])
    answer = factories.Browser(quick_app, house.caseworker).get(f"/files/{kept.key}")
    assert answer.data == content


def test_p09_a_photograph_against_the_person_s_word_is_not_taken_and_not_given_out(
    quick_app: Flask,
) -> None:
    house = factories.World()
    case = factories.case(house)
    shown = send(house, case, picture(), shows_person="yes").key
    answers(house, case, "refuses")
    assert send(house, case, picture()).state == "refused"
    office = factories.Browser(quick_app, house.caseworker)
    assert office.get(f"/files/{shown}").status_code == 200
    assert office.get(f"/files/{shown}/thumbnail").status_code == 200
    assert not is_given(house.far, shown)
    assert is_given(house.caseworker, shown)
