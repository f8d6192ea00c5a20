"""Papers: made in memory, shaped right, only of what the one who prints may open; the person's copy
opens with its password alone.
"""

import io
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError
from sqlalchemy import select

from casework.core import consent
from casework.letters import pdf
from casework.records import changes
from casework.records.kinds import KINDS
from models.audit import AuditRecord
from models.base import db, today
from models.cases import Case
from models.releases import CaseRelease
from tests import factories


def read(content: bytes, password: str = "") -> str:
    reader = PdfReader(io.BytesIO(content))
    if password:
        reader.decrypt(password)
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


@pytest.fixture
def told(quick_app: Flask) -> tuple[factories.World, str]:
    """A case with something in every compartment."""
    house = factories.World()
    case = factories.case(house, given_names="Fatima", family_name="Benali")
    for user, kind, given in (
        (house.caseworker, "need", {"area": "health", "words": "Zqxglasses"}),
        (house.health, "condition", {"name": "Zqxillness", "state": "active"}),
        (house.legal, "hearing", {"on": today(), "place": "Zqxcourt", "what": "Testimony"}),
    ):
        with factories.acts(user) as by:
            changes.add(by=by, case=factories.anew(case), kind=KINDS[kind], given=given)
    return house, case.number


def test_a_summary_has_the_chosen_sections_and_the_trail_says_why(
    quick_app: Flask, told: Any
) -> None:
    house, number = told
    browser = factories.Browser(quick_app, house.caseworker)
    assert browser.get(f"/cases/{number}/print").status_code == 200
    answer = browser.post(
        f"/cases/{number}/print",
        sections=["identity", "protection", "medical", "legal"],
        reason="meeting",
    )
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    text = read(answer.data)
    assert "Benali" in text
    assert "Zqxglasses" in text
    assert "Zqxillness" not in text
    assert "Zqxcourt" not in text
    entry = db.session.execute(
        select(AuditRecord).where(AuditRecord.deed == "printed")
    ).scalar_one()
    assert (entry.subject, entry.fields) == ("meeting", "identity protection")
    assert browser.post(f"/cases/{number}/print", sections="identity").status_code == 422


def test_the_persons_copy_is_locked_and_says_who_holds_the_rest(
    quick_app: Flask, told: Any
) -> None:
    house, number = told
    browser = factories.Browser(quick_app, house.caseworker)
    assert browser.get(f"/cases/{number}/copy").status_code == 303, "asks for a fresh proof first"
    browser.post("/confirm", password=factories.PASSWORD)
    page = browser.get(f"/cases/{number}/copy").text
    password = page.split('name="password" value="')[1].split('"')[0]
    content = browser.post(f"/cases/{number}/copy", password=password, language="en").data
    assert b"Benali" not in content
    with pytest.raises(FileNotDecryptedError):
        read(content)
    text = read(content, password)
    for word in (
        "Benali",
        "Zqxglasses",
        "It was a house",
        "To be assisted by this office",
        "Another officer makes your copy of: Medical, Legal",
    ):
        assert word in text
    assert "Zqxillness" not in text
    assert browser.post(f"/cases/{number}/copy", password="short", language="en").status_code == 422
    for user in (house.officer, house.administrator, house.stranger, house.far, house.helper):
        other = factories.Browser(quick_app, user)
        other.post("/confirm", password=factories.PASSWORD)
        assert other.get(f"/cases/{number}/copy").status_code == 404


def test_health_officers_make_their_own_part(quick_app: Flask, told: Any) -> None:
    house, number = told
    browser = factories.Browser(quick_app, house.health)
    browser.post("/confirm", password=factories.PASSWORD)
    content = browser.post(f"/cases/{number}/copy", password="x" * 20, language="en").data
    text = read(content, "x" * 20)
    assert "Zqxillness" in text
    assert "It was a house" not in text
    assert "Zqxcourt" not in text


def test_letters_are_made_for_one_and_for_many_in_the_persons_language(
    quick_app: Flask, told: Any
) -> None:
    house, number = told
    second = factories.case(house, given_names="Luz", family_name="Ortega")
    foreign = factories.case(
        house, owner=house.stranger, given_names="Hidden", family_name="Person"
    )
    ids = [str(second.id), str(foreign.id)]
    browser = factories.Browser(quick_app, house.caseworker)
    for kind in ("assistance", "appointment", "plan", "safe"):
        answer = browser.post(
            f"/cases/{number}/letters",
            kind=kind,
            language="ar" if kind == "safe" else "en",
            text='#read("/etc/passwd") *bold*',
            on="Monday 9:00",
        )
        assert answer.status_code == 200, kind
        assert '#read("/etc/passwd") *bold*' in read(answer.data)
    both = browser.post("/cases/letters", kind="assistance", language="en", case=ids)
    assert len(PdfReader(io.BytesIO(both.data)).pages) == 1
    assert "Ortega" in read(both.data)
    assert "Hidden" not in read(both.data)
    assert browser.post("/cases/letters", kind="assistance", language="en").status_code == 422


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_consent_form_is_in_the_persons_language_and_direction(
    quick_app: Flask, told: Any, language: str
) -> None:
    house, number = told
    answer = factories.Browser(quick_app, house.caseworker).post(
        f"/cases/{number}/consent-form", language=language
    )
    text = read(answer.data)
    assert ("I do not agree" in text) == (language == "en")
    assert any("\u0600" <= letter <= "\ufeff" for letter in text) == (language == "ar")
    root: Any = PdfReader(io.BytesIO(answer.data)).trailer["/Root"]
    assert root["/Lang"].startswith(language)
    assert root["/MarkInfo"]["/Marked"]


def test_what_was_typed_is_never_markup_and_reads_no_file(quick_app: Flask) -> None:
    page = {
        "from": '#include "x"',
        "title": "$x$",
        "about": "= h",
        "parts": [{"rows": [["@ref", '#eval("1+1")']]}, {"list": ["\\u{41}", "https://x"]}],
    }
    with quick_app.test_request_context():
        text = read(pdf.paper("#panic()", [page]).set())
    assert '#eval("1+1")' in text
    assert "#include" in text


def test_a_paper_for_somebody_outside_is_a_release_as_any_other(
    quick_app: Flask, told: Any
) -> None:
    house, number = told
    browser = factories.Browser(quick_app, house.caseworker)
    paper = {"sections": "identity", "reason": "authority"}
    address = f"/cases/{number}/print"
    assert "Say who gets it." in browser.post(address, **paper).text
    refused = browser.post(address, **paper, recipient=str(house.other_partner.id))
    assert refused.status_code == 422
    assert "has not agreed" in refused.text
    with factories.acts(house.caseworker) as by:
        case = db.session.execute(select(Case).where(Case.number == number)).scalar_one()
        answers = {"sharing": "agrees", "recipients": [house.other_partner.id], "manner": "spoken"}
        consent.record(by=by, case=case, given=answers)
    made = browser.post(address, **paper, recipient=str(house.other_partner.id))
    assert made.mimetype == "application/pdf"
    given = db.session.execute(select(CaseRelease)).scalar_one()
    assert (given.kind, given.recipient_id, given.fields) == (
        "letter",
        house.other_partner.id,
        ["identity"],
    )
    assert not given.stands, "handed out once"
