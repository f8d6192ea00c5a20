"""An identification on a desk and on a phone, in both directions: interview, signs, decision, and a
second reader who is somebody else.
"""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import done
from tests.browser.test_looks import AXE
from tests.browser.test_the_path import TODAY, register

Enter = Callable[..., Page]
Shot = Callable[[Page, str], None]
PHONE, DESK = 390, 1280


def interview(page: Page, number: str) -> None:
    """Write down an interview that was held."""
    page.goto(f"/cases/{number}/protection/records/new/interview")
    page.fill("#on", TODAY.isoformat())
    page.select_option("#language", "fr")
    page.select_option("#interpreter", "room")
    for name, code in (("agreed", "agrees"), ("safe_place", "yes"), ("others", "yes")):
        page.locator(f"input[name={name}][value={code}]").check()
    page.locator("summary", has_text="in their own words").click()
    page.fill("#there", "She could not leave the house.")


def tick_signs(page: Page, number: str) -> None:
    """Tick signs of two parts of the definition."""
    page.goto(f"/cases/{number}/protection/records/new/indicators")
    page.fill("#on", TODAY.isoformat())
    page.locator("input[name=field][value=labour]").check()
    for title, name, codes in (
        ("Deceptive recruitment", "deceived", ("job", "wages")),
        ("Exploitation", "exploited", ("hours", "pay")),
    ):
        page.locator("summary", has_text=re.compile(f"^{title}$")).click()
        for code in codes:
            page.locator(f"input[name={name}][value={code}]").check()


def decide(page: Page, number: str) -> None:
    """Act, means, purpose: the marks follow while ticking."""
    page.goto(f"/cases/{number}/screening")
    marks = page.locator("[data-elements]")
    expect(marks).to_contain_text("do not yet support")
    for name, code in (("act", "recruitment"), ("means", "deception")):
        page.locator(f"input[name={name}][value={code}]").check()
    expect(marks.locator("[data-element=means] [data-there]")).to_be_visible()
    expect(marks.locator("[data-part]")).to_be_visible()
    page.locator("input[name=purpose][value=other]").check()
    expect(marks.locator("[data-element=purpose] [data-there]")).to_be_hidden()
    page.fill("#other_words", "Held in a house.")
    expect(marks.locator("[data-whole]")).to_be_visible()
    page.locator("input[name=purpose][value=labour]").check()
    page.locator("input[name=decision][value=actual]").check()
    page.select_option("#decided_by", "own")
    page.fill("#reason", "Two interviews.")


def looks_right(page: Page) -> None:
    """Nothing wider than the screen, accessible, no policy violated."""
    page.evaluate("scrollTo(0, 0)")  # what a bar that stays lies over is no fault of the page
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, page.url
    found = Axe().run(page, options=AXE).response["violations"]
    assert not found, [(each["id"], each["nodes"][0]["html"]) for each in found]
    assert page.violations == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_identified_once_another_has_read_it(enter: Enter, shot: Shot, width: int) -> None:
    nadia = enter("Nadia Ben Salem", width=width)
    number = register(nadia, lambda _page, _name: None)
    interview(nadia, number)
    looks_right(nadia)
    shot(nadia, f"identify-{width}-1-interview")
    nadia.get_by_role("button", name="Save").click()
    done(nadia)
    tick_signs(nadia, number)
    looks_right(nadia)
    shot(nadia, f"identify-{width}-2-indicators")
    nadia.get_by_role("button", name="Save").click()
    done(nadia)
    nadia.locator("#indicators .row a").first.click()
    expect(nadia.locator("main")).to_contain_text("act, means, purpose")
    expect(nadia.locator("main")).to_contain_text("it measures nobody")
    shot(nadia, f"identify-{width}-3-signs")
    decide(nadia, number)
    looks_right(nadia)
    shot(nadia, f"identify-{width}-4-decision")
    nadia.get_by_role("button", name="Keep the decision").click()
    expect(nadia.locator("#identification")).to_contain_text("Presumed victim")
    expect(nadia.locator("#identification")).to_contain_text("Who decided is not the second reader")
    with nadia.expect_download() as download:
        nadia.get_by_role("button", name="Sheet to print").click()
    assert download.value.suggested_filename == f"{number}-sheet.pdf"
    shot(nadia, f"identify-{width}-5-presumed")
    read_by_another(enter("Leila Mansour", width=width), number, width, shot)
    nadia.goto(f"/cases/{number}/protection")
    expect(nadia.locator("#identification")).to_contain_text("Identified victim")
    in_arabic(nadia, number, width, shot)


def read_by_another(leila: Page, number: str, width: int, shot: Shot) -> None:
    """The list leads to the page; there the reader agrees."""
    leila.goto("/approvals")
    row = leila.locator(".row", has_text=number)
    expect(row.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    row.get_by_role("link", name="Read the decision").click()
    expect(leila.locator("#identification")).to_contain_text("It counts once somebody else")
    looks_right(leila)
    shot(leila, f"identify-{width}-6-second-reader")
    leila.locator("input[name=agrees][value=yes]").check()
    leila.get_by_role("button", name="Keep what you say").click()
    expect(leila.locator("#identification")).to_contain_text("Second reader: Leila Mansour")


def in_arabic(page: Page, number: str, width: int, shot: Shot) -> None:
    """The same pages from right to left; the account reads English again afterwards, for the tests
    that share it.
    """
    speaks(page, "ar", "rtl")
    for name, path in (
        ("protection", f"/cases/{number}/protection"),
        ("screening", f"/cases/{number}/screening"),
        ("interview", f"/cases/{number}/protection/records/new/interview"),
        ("risk", f"/cases/{number}/protection/records/new/risk"),
        ("identity", f"/cases/{number}/identity/change"),
    ):
        page.goto(path)
        looks_right(page)
        shot(page, f"identify-{width}-ar-{name}")
    speaks(page, "en", "ltr")


def speaks(page: Page, language: str, direction: str) -> None:
    """Choose a language for the account."""
    page.goto("/account")
    page.select_option("#locale", language)
    page.locator("form:has(#locale) button").first.click()
    expect(page.locator("html")).to_have_attribute("dir", direction)
