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


def test_a_file_is_kept_under_its_own_name_alone(quick_app: Flask) -> None:
    browser = factories.Browser(quick_app)
    for address, status in (("/static/nothing.js?v=1", 404), ("/static/keeping.js?v=1", 200)):
        answer = browser.get(address)
        assert answer.status_code == status
        assert "immutable" not in answer.headers.get("Cache-Control", ""), address
        answer.close()


def test_no_answer_leads_to_a_host_that_was_only_named(quick_app: Flask) -> None:
    browser = factories.Browser(quick_app)
    for path in ("/cases//x", "/static//keeping.js", "/sign-in/"):
        answer = browser.client.get(path, headers={"Host": "evil.example"})
        assert "evil.example" not in answer.headers.get("Location", ""), path


def test_another_site_neither_ends_nor_locks_a_session(quick_app: Flask) -> None:
    browser = factories.Browser(quick_app, factories.World().caseworker)
    for path in ("/leave", "/lock"):
        browser.client.get(path, headers={"Sec-Fetch-Site": "cross-site"})
        assert browser.get("/work").status_code == 200, path
    left = browser.client.get("/leave", headers={"Sec-Fetch-Site": "same-origin"})
    assert '"storage"' in left.headers["Clear-Site-Data"], "what holds a page goes, too"
    assert browser.get("/work").status_code == 302


_FIELD = re.compile(r'<(input|textarea)\b(?:[^<>"]|"[^"]*"|\{\{.*?\}\}|\{%.*?%\})*>', re.DOTALL)
_NO_WORDS = re.compile(r'type="(?:hidden|checkbox|radio|submit|file|button|\{\{ type \}\})"')


def test_no_browser_remembers_what_is_typed_nor_sends_it_to_its_maker() -> None:
    found = 0
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for field in _FIELD.finditer(path.read_text("utf-8")):
            if _NO_WORDS.search(field[0]):
                continue
            found += 1
            assert "autocomplete=" in field[0], f"{path.name}: {field[0]}"
            if field[1] == "textarea":
                assert 'spellcheck="false"' in field[0], f"{path.name}: {field[0]}"
    assert found > 20
