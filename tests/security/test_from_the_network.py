"""Somebody on the network without an account: what they send is told apart from what people send
before it costs anything; what they may not know or do stays so. Found by trying.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from tests import factories
from web import unseen

QUICK = 1.5  # seconds; each of these took ten and more


@contextmanager
def at_once() -> Iterator[None]:
    """What is done within takes no time to speak of."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < QUICK


@pytest.mark.parametrize(
    "sent",
    [
        " " * 20_000 + "a@b.org",
        "a" + "\u0301\u0316" * 30_000,
        " \u200d" * 20_000,
        "\u2003" * 20_000,
    ],
    ids=["spaces", "marks", "joiners", "wide spaces"],
)
@pytest.mark.parametrize("page", ["/sign-in", "/sign-in/help"])
def test_51_a_text_that_is_far_too_long_is_refused_before_anything_reads_it(
    quick_app: Flask, page: str, sent: str
) -> None:
    factories.World()
    browser = factories.Browser(quick_app)
    browser._learn(browser.get("/sign-in"))
    with at_once():
        assert browser.post(page, email=sent, password="x" * 12).status_code == 422


@pytest.mark.parametrize("clean", [unseen.exact, unseen.line, unseen.lines, unseen.figures])
@pytest.mark.parametrize("letter", [" ", "\n", "\t", "\u200d", "\u00a0", "\u202e", "\u0301"])
def test_51_cleaning_takes_as_long_as_the_text_is_and_no_square_of_it(
    clean: object, letter: str
) -> None:
    assert callable(clean)
    with at_once():
        clean("a" + letter * 60_000 + "b")


def test_53_marks_piled_on_one_letter_are_named_and_writing_is_not() -> None:
    assert "U+0301" in unseen.refused("a" + "\u0301" * 60)
    assert not unseen.refused("Nguyễn Thị Ánh; קֹ֑ב; बहुभाषी; عَرَبِيٌّ; ꙮ̂̄̃")
