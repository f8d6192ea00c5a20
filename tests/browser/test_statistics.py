"""A manager's afternoon with statistics in a real browser: filter, read, keep, publish, ask for a
file and fetch it.
"""

import io
import re
from collections.abc import Callable

import pyzipper
from playwright.sync_api import Page, expect

from tests import waiting
from tests.browser.test_looks import check


def test_a_managers_afternoon(
    enter: Callable[..., Page], shot: Callable[[Page, str], None], password_of: Callable[[str], str]
) -> None:
    page = enter("Claire Morel")
    page.goto("/statistics/avrr")
    expect(page.locator("h1")).to_contain_text("AVRR")
    page.select_option("#host", "TN")
    page.get_by_role("button", name="Show").click()
    assert "host=TN" in page.url
    page.locator("summary", has_text="How this is counted").first.click()
    expect(page.get_by_text("by the day of departure").first).to_be_visible()
    shot(page, "statistics-avrr")
    with page.expect_download() as file:
        page.locator("a", has_text="CSV").first.click()
    assert file.value.suggested_filename.endswith(".csv")
    with page.expect_download() as drawing:
        page.goto("/statistics/funds")
        page.locator("a", has_text="PNG").first.click()
    assert drawing.value.suggested_filename.endswith(".png")

    page.goto("/statistics/assistance?year=2026")
    page.locator("#registered-months a", has_text="Publish").click()
    page.fill("#title", "People registered in 2026")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("h1")).to_have_text("People registered in 2026")
    expect(page.get_by_text("still those of today")).to_be_visible()
    assert check(page, "published") == []
    shot(page, "statistics-published")

    page.goto("/statistics/avrr?year=2026")
    page.get_by_role("link", name="Keep as a report").click()
    page.fill("#name", "Returns each month")
    page.get_by_label("Every month").check(force=True)
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("every month")).to_be_visible()

    page.goto("/statistics/exports")
    if page.locator("input[type=password]").count():
        page.fill("input[type=password]", password_of("Claire Morel"))
        page.get_by_role("button", name="Continue").click()
    password = page.locator(".secret strong").first.inner_text()
    assert check(page, "exports") == []
    page.locator("form[action$='/htcds'] button").click()
    expect(page).to_have_url(re.compile(r"/statistics/files/"))

    def made_ready() -> int:
        page.reload()
        return page.get_by_role("link", name="Download the encrypted file").count()

    waiting.until(made_ready, between=0.5)
    with page.expect_download() as made:
        page.get_by_role("link", name="Download the encrypted file").click()
    content = made.value.path().read_bytes()
    with pyzipper.AESZipFile(io.BytesIO(content)) as packed:
        packed.setpassword(password.encode())
        assert packed.read(packed.namelist()[0])[:2] == b"PK"


def test_statistics_in_arabic_run_from_the_right(
    enter: Callable[..., Page], shot: Callable[[Page, str], None]
) -> None:
    page = enter("Leila Mansour", width=390)
    page.goto("/account")
    page.select_option("#locale", "ar")
    page.locator("form[action='/account'] button").click()
    wrong: list[str] = []
    for path in ("/statistics", "/statistics/avrr", "/statistics/referrals", "/statistics/quality"):
        page.goto(path)
        assert page.locator("html").get_attribute("dir") == "rtl"
        wrong += check(page, path)
        shot(page, f"statistics-ar-{re.sub(r'[^a-z]', '', path)[-8:]}")
    page.goto("/account")
    page.select_option("#locale", "en")
    page.locator("form[action='/account'] button").click()
    assert wrong == []
