"""N6: after how many minutes a screen goes blank is one's own choice, within what the office lets."""

import re
from dataclasses import replace

from flask import Flask

from tests import factories


def blank_after(browser: factories.Browser) -> int:
    """Seconds that the page gives to its script."""
    return int(re.findall(r'data-blank="(\d+)"', browser.get("/account").text)[0])


def test_a_screen_goes_blank_when_its_owner_says(quick_app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app, house.caseworker)
    other = factories.Browser(quick_app, house.colleague)
    assert blank_after(browser) == 180
    for wrong in ("0", "11", "soon"):
        assert browser.post("/account", locale="en", blank_minutes=wrong).status_code == 422
    for minutes in (1, 10):
        sent = browser.post("/account", locale="en", blank_minutes=str(minutes))
        assert sent.status_code == 303
        assert blank_after(browser) == 60 * minutes
    settings = quick_app.config["SETTINGS"]
    quick_app.config["SETTINGS"] = replace(settings, blank_minutes=2)
    assert blank_after(browser) == 120, "no longer than the office lets them"
    assert blank_after(other) == 120
