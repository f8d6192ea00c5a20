"""The colours that an installation may choose are read as well as ours (R65): each pair is measured
as WCAG 2.2 does, light and dark.
"""

import re
from dataclasses import replace

import pytest
from flask import Flask

from config import ACCENTS, ROOT
from tests import factories

STATIC = ROOT / "static"
# What is written on what; 4.5 to 1 for text.
PAIRS = (
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    *(("brand-ink", under) for under in ("surface", "paper", "sunken", "hover", "brand-tint")),
    *(("brand", under) for under in ("surface", "brand-tint")),
)


def colours(name: str, selector: str) -> dict[str, str]:
    text = (STATIC / name).read_text("utf-8")
    found = re.search(re.escape(selector) + r" \{(.*?)\}", text, re.DOTALL)
    assert found, (name, selector)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", found[1]))


def luminance(colour: str) -> float:
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("accent", [None, *ACCENTS])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_pair_of_an_accent_can_be_read(accent: str | None, scheme: str) -> None:
    dark = scheme == "dark"
    shown = colours("office.css", ":root") | (colours("dark.css", ":root") if dark else {})
    if accent:
        name = f':root[data-accent="{accent}"]'
        shown |= colours("accents.css", name)
        shown |= colours("accents-dark.css", name) if dark else {}
    for above, under in PAIRS:
        assert contrast(shown[above], shown[under]) >= 4.5, (above, under)


def test_pages_have_the_accent_that_was_chosen(
    quick_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.World()
    browser = factories.Browser(quick_app)
    assert "accent" not in browser.get("/sign-in").text
    settings = replace(quick_app.config["SETTINGS"], accent="plum")
    monkeypatch.setitem(quick_app.config, "SETTINGS", settings)
    page = browser.get("/sign-in").text
    assert 'data-accent="plum"' in page
    assert "accents.css" in page
    assert "accents-dark.css" in page
