"""Somebody on the network without an account: what they send is told apart from what people send
before it costs anything; what they may not know or do stays so. Found by trying.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.audit import AuditRecord
from models.base import db
from tests import factories
from web import unseen

QUICK = 3.0  # seconds; each of these took ten and more


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


@pytest.mark.parametrize(
    ("body", "status"),
    [("a=&" * 2_000_000, 413), ("a=" + "%FF" * 1_000_000, 400), ("a=\xff", 400)],
    ids=["fields", "bytes", "byte"],
)
def test_51_a_form_of_millions_of_fields_or_of_wrong_bytes_is_not_read(
    quick_app: Flask, body: str, status: int
) -> None:
    factories.World()
    browser = factories.Browser(quick_app)
    with at_once():
        answer = browser.client.post(
            "/sign-in",
            data=body.encode("latin-1"),
            content_type="application/x-www-form-urlencoded",
        )
        assert answer.status_code == status
        assert "<main" in answer.text


def test_51_a_form_as_long_as_people_fill_them_is_read_in_every_writing(quick_app: Flask) -> None:
    browser = factories.Browser(quick_app, factories.World().caseworker)
    words = "Élodie محمد ዘውዲቱ 王 😀 50% & more; a=b+c"
    answer = browser.post("/account", **{f"more_{number}": words for number in range(3000)})
    assert answer.status_code == 422
    assert words.replace("&", "&amp;") in browser.post("/callers/search", words=words).text


@pytest.mark.parametrize(
    ("page", "field"), [("/account/password", "new"), ("/account/second-password", "second")]
)
def test_37_wherever_a_session_gives_its_password_again_wrong_ones_count_and_end_it(
    quick_app: Flask, page: str, field: str
) -> None:
    browser = factories.Browser(quick_app, factories.World().caseworker)
    browser.post("/confirm", password=factories.PASSWORD)
    for number in range(5):
        assert browser.get("/work").status_code == 200, number
        browser.post(page, current=f"not the password {number}", **{field: "Some other words 7"})
    assert browser.get("/work").headers["Location"].startswith("/sign-in")
    noted = select(func.count()).where(AuditRecord.deed == "confirm_failed")
    assert db.session.execute(noted).scalar() == 5


def test_41_nobody_chooses_a_password_behind_a_locked_screen(quick_app: Flask) -> None:
    browser = factories.Browser(quick_app, factories.World().caseworker)
    browser.post("/lock")
    assert browser.get("/first-password").status_code == 404
    given = {"current": factories.PASSWORD, "new": "Some other words 7"}
    assert browser.post("/first-password", **given).status_code == 404
    assert browser.post("/unlock", password=factories.PASSWORD).status_code == 303
