"""What holds a page while its form is on the way is allowed for all pages, and is one file that keeps
nothing.
"""

import re

from flask import Flask

from config import ROOT
from tests import factories


def test_the_script_between_page_and_line_may_hold_every_page(quick_app: Flask) -> None:
    browser = factories.Browser(quick_app, factories.World().caseworker)
    page = browser.get("/work").text
    named = re.search(r'data-carrier="([^"]+)"', page)
    assert named
    script = browser.get(named[1])
    assert script.status_code == 200
    assert script.headers["Service-Worker-Allowed"] == "/"
    assert "immutable" in script.headers["Cache-Control"], "its address names its content"
    assert "script-src 'self'" in script.headers["Content-Security-Policy"]
    other = browser.get("/static/keeping.js")
    assert "Service-Worker-Allowed" not in other.headers
    script.close()
    other.close()


def test_nothing_that_is_typed_is_kept_in_the_browser() -> None:
    stores = re.compile(r"\b(localStorage|sessionStorage|indexedDB|caches|showSaveFilePicker)\b")
    scripts = list((ROOT / "static").glob("*.js"))
    assert len(scripts) >= 3
    assert [path.name for path in scripts if stores.search(path.read_text("utf-8"))] == []


def test_pages_of_those_who_are_not_signed_in_register_nothing(quick_app: Flask) -> None:
    factories.World()
    assert "data-carrier" not in factories.Browser(quick_app).get("/sign-in").text
