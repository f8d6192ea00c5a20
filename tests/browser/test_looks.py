"""Each screen in both themes, both directions, on a desk and on a phone: accessible, nothing wider
than the screen, no policy violated.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
# The dark theme has the same markup in other colours.
CONTRAST = {
    "runOnly": {"type": "rule", "values": ["color-contrast"]},
    "resultTypes": ["violations"],
}
PAGES = {
    "Nadia Ben Salem": [
        "/work",
        "/cases",
        "/referrals",
        "/returns",
        "/imports",
        "/notices",
        "/account",
        "/more",
        "CASE",
        "CASE/identity",
        "CASE/identity/change",
        "CASE/protection",
        "CASE/screening",
        "CASE/consent",
        "CASE/referrals/new",
        "CASE/return",
        "CASE/funding",
        "CASE/sealed/medical",
        "CASE/history",
        "CASE/protection/records?section=risks",
        "CASE/protection/records?section=children",
        "CASE/protection/records?section=plan",
        "CASE/protection/records?section=story",
        "CASE/care/records",
        "CASE/protection/records/new/risk",
        "CASE/protection/records/new/interview",
        "CASE/protection/records/new/indicators",
        "CASE/identity/records/new/safe_contact",
        "CASE/protection/changes",
        "CASE/shelter",
        "CASE/family",
        "CASE/person",
        "CASE/print",
        "CASE/transfer",
        "CASE/contacts/new",
        "/calendar",
        "/shelter",
        "HOUSE",
        "/transfers",
        "/partners",
        "CASE/files",
        "/referrals/board",
        "/pathways",
        "/inward",
        "INWARD",
        "/movements",
        "RETURN",
    ],
    "Leila Mansour": ["/team", "/approvals", "/shelter", "HOUSE"],
    "Sami Haddad": ["/work", "CASE/medical/records", "CASE/medical/records/new/session"],
    "Ines Gharbi": ["CASE/legal/records", "CASE/legal/records/new/hearing"],
    "Youssef Ammar": ["/shelter", "HOUSE"],
    "Salma Jaziri": [
        "/referrals",
        "/referrals?group=service",
        "/partners",
        "/partners/DARAMEL/places",
        "/referrals/board",
        "/inward",
        "/inward/new",
        "/people",
        "/people/invite",
    ],
    "Aya Kouassi": ["/returns", "RETURN", "RETURN/survey", "/returns/approvals"],
    "Claire Morel": [
        "/statistics",
        "/statistics/hasm",
        "/statistics/avrr",
        "/statistics/trafficking",
        "/statistics/assistance",
        "/statistics/reintegration",
        "/statistics/referrals",
        "/statistics/caseload",
        "/statistics/follow-ups",
        "/statistics/shelter",
        "/statistics/funds",
        "/statistics/quality",
        "/statistics/published",
        "/statistics/reports?of=avrr%3Fyear=2026",
        "/statistics/releases",
        "/statistics/publish?of=avrr%3Fyear=2026%23avrr-ages",
        "/funds",
        "/funds/HASM-1",
        "/funds/new",
        "/returns/approvals",
    ],
    "Jonas Lindqvist": ["/trail"],
    "Petra Novak": ["/people", "/undelivered"],
}


def check(page: Page, path: str, options: Any = AXE) -> list[str]:
    """What is wrong with a page as it stands."""
    found = Axe().run(page, options=options).response["violations"]
    wrong = [f"{path}: {item['id']} at {item['nodes'][0]['target']}" for item in found]
    if page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
    ):
        wrong.append(f"{path}: wider than the screen")
    return wrong


def first_case(page: Page) -> str:
    """The address of a case of one's own."""
    page.goto("/cases?mine=1")
    if not page.locator("tbody a.number").count():
        page.goto("/cases?status=assistance")
    return str(page.locator("tbody a").first.get_attribute("href"))


def first_house(page: Page) -> str:
    """The address of a house one may open."""
    page.goto("/shelter")
    return str(page.locator("main a[href^='/shelter/']").first.get_attribute("href"))


def first_inward(page: Page) -> str:
    """The address of a person a partner referred to us."""
    page.goto("/inward")
    return str(page.locator("main a[href^='/inward/RI-']").first.get_attribute("href"))


def first_return(page: Page) -> str:
    """The address of a return in reintegration, or of the newest one."""
    page.goto("/returns?state=reintegration")
    if not page.locator("tbody a[href^='/returns/RT-']").count():
        page.goto("/returns")
    return str(page.locator("tbody a[href^='/returns/RT-']").first.get_attribute("href"))


@pytest.mark.parametrize(("scheme", "width"), [("light", 1360), ("dark", 1360), ("light", 390)])
def test_every_screen_is_accessible_and_fits(
    enter: Callable[..., Page], shot: Callable[[Page, str], None], scheme: str, width: int
) -> None:
    wrong: list[str] = []
    for name, paths in PAGES.items():
        page = enter(name, width=width, scheme=scheme)
        case = first_case(page) if any("CASE" in path for path in paths) else ""
        house = first_house(page) if "HOUSE" in paths else ""
        inward = first_inward(page) if "INWARD" in paths else ""
        begun = first_return(page) if "RETURN" in paths else ""
        for path in paths:
            answer = page.goto(
                path.replace("CASE", case)
                .replace("HOUSE", house)
                .replace("INWARD", inward)
                .replace("RETURN", begun)
            )
            assert answer is not None
            assert answer.status == 200, path
            wrong += check(page, path, CONTRAST if scheme == "dark" else AXE)
            if path in {"/work", "CASE", "/statistics", "CASE/consent"}:
                shot(page, f"look-{scheme}-{width}-{re.sub(r'[^a-zA-Z]', '', path)}")
        assert page.violations == []  # type: ignore[attr-defined]
    assert wrong == []


def test_arabic_runs_from_the_right(
    enter: Callable[..., Page], shot: Callable[[Page, str], None]
) -> None:
    page = enter("Karim Trabelsi")
    page.goto("/account")
    page.select_option("#locale", "ar")
    page.locator("form[action='/account'] button").click()
    case = first_case(page)
    wrong: list[str] = []
    records = f"{case}/protection/records?section=plan"
    for path in (
        "/work",
        "/cases",
        case,
        f"{case}/consent",
        records,
        f"{case}/shelter",
        "/calendar",
        first_house(page),
    ):
        page.goto(path)
        assert page.locator("html").get_attribute("dir") == "rtl"
        wrong += check(page, path)
        shot(page, f"look-ar-{re.sub(r'[^a-z]', '', path)[:12]}")
    fonts = page.evaluate(
        "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
    )
    assert any("Arabic" in font for font in fonts), "the Arabic face is really used"
    rail = page.locator(".rail").bounding_box()
    assert rail is not None
    assert rail["x"] > 700
    page.goto("/account")
    page.select_option("#locale", "en")
    page.locator("form[action='/account'] button").click()
    assert wrong == []


def test_without_javascript_a_person_can_be_registered(
    enter: Callable[..., Page], chromium: object
) -> None:
    page = enter("Nadia Ben Salem")
    state = page.context.storage_state()
    plain = chromium.new_context(
        base_url=page.url.rsplit("/", 1)[0], java_script_enabled=False, storage_state=state
    ).new_page()  # type: ignore[attr-defined]
    plain.goto("/work")
    plain.get_by_role("button", name="Register a person").click()
    plain.select_option("#channel", "walk_in")
    plain.get_by_role("button", name="Continue").click()
    plain.locator("input[name=assistance][value=agrees]").check(force=True)
    plain.locator("input[name=manner][value=signed]").check()
    plain.get_by_role("button", name="Continue").click()
    plain.fill("#call_name", "Nojs")
    plain.get_by_role("button", name="Continue").click()
    plain.get_by_role("button", name="Continue").click()
    plain.get_by_role("button", name="Continue").click()
    plain.get_by_role("button", name="Open the case").click()
    expect(plain.locator("h1")).to_contain_text("Nojs")
    plain.context.close()


def test_hiding_and_leaving(enter: Callable[..., Page], password_of: Callable[[str], str]) -> None:
    page = enter("Nadia Ben Salem")
    page.goto("/work")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#curtain")).to_be_visible()
    expect(page.locator("main")).not_to_be_visible()
    page.get_by_role("button", name="Show again").click()
    expect(page.get_by_text("This is not your password.")).to_be_visible()
    page.fill("#curtain-password", password_of("Nadia Ben Salem"))
    page.get_by_role("button", name="Show again").click()
    expect(page.locator("main")).to_be_visible()
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url("**/healthz")
    page.goto("/work")
    assert "/sign-in" in page.url


def another_tab(page: Page) -> Page:
    """Another tab of the same browser, on the list of cases."""
    other = page.context.new_page()
    other.goto("/cases")
    expect(other.locator("main")).to_be_visible()
    return other


def test_all_tabs_leave_together(enter: Callable[..., Page]) -> None:
    page = enter("Nadia Ben Salem")
    other = another_tab(page)
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url("**/healthz")
    other.wait_for_url("**/healthz")


def test_signing_out_shuts_the_other_tabs(enter: Callable[..., Page]) -> None:
    page = enter("Nadia Ben Salem")
    other = another_tab(page)
    page.locator("form[data-signs-out]").first.evaluate("form => form.requestSubmit()")
    expect(other.locator("#curtain")).to_be_visible()
    expect(other.locator("main")).not_to_be_visible()


def test_what_is_locked_is_shown_when_the_server_says_so_and_nobody_else(
    enter: Callable[..., Page], password_of: Callable[[str], str]
) -> None:
    page = enter("Nadia Ben Salem")
    other = another_tab(page)
    page.get_by_role("link", name="Hide screen").click()
    expect(other.locator("#curtain")).to_be_visible()
    other.wait_for_timeout(1000)
    said = "window.fetch = async () => new Response('{}'); window.renewSession = async () => true;"
    for tab in (page, other):
        tab.evaluate(f"() => {{ {said} new BroadcastChannel('office').postMessage('open') }}")
    other.wait_for_timeout(1000)
    for tab in (page, other):
        expect(tab.locator("#curtain")).to_be_visible()
    page.fill("#curtain-password", password_of("Nadia Ben Salem"))
    page.get_by_role("button", name="Show again").click()
    for tab in (page, other):
        expect(tab.locator("main")).to_be_visible()


def test_a_hidden_page_leaves_the_document_and_comes_back_with_what_was_typed(
    enter: Callable[..., Page], password_of: Callable[[str], str]
) -> None:
    page = enter("Nadia Ben Salem")
    page.clock.install()
    page.goto("/account")
    title = page.title()
    field = page.locator("#quiet_from")
    field.fill("21:30")
    page.get_by_role("link", name="Hide screen").click()
    expect(page.locator("#curtain")).to_be_visible()
    assert page.title() == "…"
    assert page.locator("main").count() == 1
    page.clock.fast_forward(61_000)
    expect(page.locator("main")).to_have_count(0)
    assert "Nadia" not in page.content()
    page.fill("#curtain-password", password_of("Nadia Ben Salem"))
    page.get_by_role("button", name="Show again").click()
    expect(page.locator("main")).to_be_visible()
    assert field.input_value() == "21:30"
    assert page.title() == title
