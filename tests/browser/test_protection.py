"""In a real browser: a passkey is made and used, a file goes up in parts, an emergency is opened;
each page looked at.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import waiting
from tests.browser.conftest import Installation, sure


def test_a_passkey_is_made_and_opens_the_account(
    installation: Installation,
    chromium: Browser,
    password_of: Callable[[str], str],
    shot: Callable[[Page, str], None],
) -> None:
    context = chromium.new_context(base_url=installation.url.replace("127.0.0.1", "localhost"))
    page = context.new_page()
    page.set_default_timeout(waiting.PAGE)
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**options, "automaticPresenceSimulation": True}},
    )
    account = installation.account("Nadia Ben Salem")
    page.goto("/sign-in")
    page.fill("#email", account["email"])
    page.fill("#password", account["password"])
    page.click("main button")
    page.goto("/account/security")
    page.fill("#label", "My phone")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/confirm**")
    page.fill("main #password", account["password"])
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/account/security**")
    page.fill("#label", "My phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("My phone")).to_be_visible()
    shot(page, "security")
    context.clear_cookies()
    page.goto("/sign-in")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/work")
    page.goto("/account/security")
    page.get_by_role("button", name="Remove").click()
    sure(page)
    page.wait_for_url("**/account/security**")
    expect(page.get_by_text("My phone")).not_to_be_visible()
    context.close()


def test_a_file_goes_up_in_parts(
    enter: Callable[..., Page], shot: Callable[[Page, str], None], tmp_path: Path
) -> None:
    page = enter("Nadia Ben Salem")
    page.goto("/cases?status=assistance")  # an open case: a closed one takes no file
    page.locator("table a.number, .row a.number").first.click()
    page.get_by_role("link", name="Files").click()
    file = tmp_path / "account of the journey.txt"
    file.write_text("a word " * 900_000)
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("account of the journey.txt")).to_be_visible()
    shot(page, "files")
    assert page.violations == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "path"), [("Nadia Ben Salem", "/emergency"), ("Nadia Ben Salem", "/account/security")]
)
def test_the_new_pages_keep_to_the_policy_on_a_phone(
    enter: Callable[..., Page], shot: Callable[[Page, str], None], name: str, path: str
) -> None:
    page = enter(name, width=390, scheme="dark")
    page.goto(path)
    shot(page, path.strip("/").replace("/", "-") + "-phone-dark")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        "nothing hangs over"
    )
    assert page.violations == []  # type: ignore[attr-defined]
