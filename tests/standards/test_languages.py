"""A new language of the interface and the letters costs one entry and its catalogue."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from babel.messages import mofile, pofile
from flask import Flask
from flask_babel import get_babel
from pypdf import PdfReader

from accounts import schemas as account_schemas
from avrr import schemas as avrr_schemas
from casework.letters import schemas as letters_schemas
from config import ROOT
from referral import schemas as referral_schemas
from standards import languages
from tests import factories

CODE, OWN_NAME = "ur", "Third tongue"  # written from right to left; the words are invented
SAID = {"Sign in": "Zqx enter", "Certificate of assistance": "Zqx paper", "Language": "Zqx tongue"}


@pytest.fixture
def third(quick_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application with a third language: its entry, and a catalogue in a folder of its own."""
    folder = tmp_path / "translations" / CODE / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (ROOT / "translations" / "messages.pot").open("rb") as file:
        catalogue = pofile.read_po(file, locale=CODE)
    for text, said in SAID.items():
        catalogue[text].string = said
    catalogue.fuzzy = False
    with (folder / "messages.mo").open("wb") as out:
        mofile.write_mo(out, catalogue)
    get_babel(quick_app).translation_directories.append(str(tmp_path / "translations"))
    monkeypatch.setitem(languages.LANGUAGES, CODE, OWN_NAME)
    return quick_app


def test_every_language_has_its_files_and_every_catalogue_its_entry() -> None:
    with_catalogue = {path.parent.parent.name for path in ROOT.glob("translations/*/*/messages.po")}
    assert with_catalogue == set(languages.LANGUAGES) - {languages.SOURCE}


def test_the_command_for_messages_asks_for_the_languages() -> None:
    command = [sys.executable, "-m", "standards.languages"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert told.split() == [code for code in languages.LANGUAGES if code != languages.SOURCE]


def test_a_stranger_is_answered_in_it(third: Flask) -> None:
    page = ask(third, "ur-PK,ur;q=0.9,en;q=0.5")
    assert '<html lang="ur" dir="rtl"' in page
    assert "Zqx enter" in page


def ask(app: Flask, languages_: str) -> str:
    """The page of sign-in as a browser with these languages sees it."""
    factories.World()  # an empty installation would begin
    answer = factories.Browser(app).get("/sign-in", headers={"Accept-Language": languages_})
    return str(answer.text)


@pytest.mark.parametrize("languages_", ["ur", "eo,tlh;q=0.9", ""])
def test_a_language_that_is_not_there_is_answered_in_english(
    quick_app: Flask, languages_: str
) -> None:
    assert '<html lang="en" dir="ltr"' in ask(quick_app, languages_)


def test_it_is_in_the_account_form_and_can_be_chosen(third: Flask) -> None:
    browser = factories.Browser(third, factories.World().caseworker)
    assert f'<option value="ur">{OWN_NAME}</option>' in browser.get("/account").text
    assert browser.post("/account", locale=CODE, theme="").status_code == 303
    page = browser.get("/account").text
    assert '<html lang="ur" dir="rtl"' in page
    assert "Zqx tongue" in page
    assert browser.post("/account", locale="tlh", theme="").status_code == 422


def test_letters_are_written_in_it(third: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    browser = factories.Browser(third, house.caseworker)
    assert OWN_NAME in browser.get(f"/cases/{number}/print").text
    answer = browser.post(f"/cases/{number}/letters", kind="assistance", language=CODE)
    assert answer.status_code == 200, answer.text
    reader = PdfReader(io.BytesIO(answer.data))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == CODE
    assert reader.metadata is not None
    assert "Zqx paper" in str(reader.metadata.title)
    supervisor = factories.Browser(third, house.supervisor)
    supervisor.post("/account", locale=CODE, theme="")
    assert '<input type="hidden" name="language" value="ur">' in supervisor.get("/cases").text


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        (account_schemas.SettingsSchema, "locale"),
        (letters_schemas.LetterSchema, "language"),
        (letters_schemas.LanguageSchema, "language"),
        (letters_schemas.CopySchema, "language"),
        (referral_schemas.LanguageSchema, "language"),
        (avrr_schemas.LanguageSchema, "language"),
    ],
)
def test_every_form_offers_it(third: Flask, schema: Any, field: str) -> None:
    with third.test_request_context():
        assert (CODE, OWN_NAME) in tuple(schema().fields[field].metadata["options"]())
