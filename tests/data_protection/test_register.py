"""What is kept, how long, and who holds which role, as pages of the data protection officer (R46)."""

import re

from flask import Flask

from config import ROOT
from standards import audit_words
from tests import factories
from tests.accounts.test_people import administrator


def test_the_officer_sees_what_is_kept_by_whom_it_is_opened_and_how_long(quick_app: Flask) -> None:
    house = factories.World()
    page = factories.Browser(quick_app, house.officer).get("/register").text
    medical = page.split(">Medical</th>")[1].split("</tr>")[0]
    assert "Health officer" in medical
    assert "Partner worker" not in medical.replace("Partner worker, referred", "")
    assert "Data protection officer" not in medical, "contents stay shut"
    assert "10 years" in page
    assert "182 days" in page
    for other in (house.supervisor, house.administrator, house.caseworker):
        assert factories.Browser(quick_app, other).get("/register").status_code == 404


def test_the_officer_sees_who_holds_which_role_since_when(quick_app: Flask) -> None:
    house = factories.World()
    browser = administrator(quick_app, house)
    place = str(factories.anew(house.here).id)
    form = {"role": "programme_manager", "organisation": place, "ends_on": "2030-12-31"}
    browser.post("/people/invite", email="karim@example.org", name="Karim K", **form)
    page = factories.Browser(quick_app, house.officer).get("/register").text
    karim = page.split("Karim K")[1].split("</tr>")[0]
    assert "Programme manager" in karim
    assert "2030" in karim
    assert "the beginning" not in karim, "the day on which it was given"


def test_what_nobody_pressed_is_named_in_words_in_the_trail() -> None:
    assert audit_words.actor("system:filing") == "The application: codes for lists and statistics"
    assert audit_words.actor("nadia@example.org") == "nadia@example.org"
    found = re.findall(r'(?<![\w.])system\("(\w+)"\)', _code())
    assert found
    for task in found:
        assert audit_words.actor(f"system:{task}") != f"system:{task}", task


def _code() -> str:
    return "".join(
        path.read_text("utf-8")
        for room in (
            "accounts",
            "casework",
            "data_protection",
            "files",
            "notifications",
            "referral",
        )
        for path in (ROOT / room).rglob("*.py")
    )
