"""Somebody on the network without an account: what they send is told apart from what people send
before it costs anything; what they may not know or do stays so. Found by trying.
"""

import contextlib
import hashlib
import re
import socket
import threading
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select

from accounts import throttle
from config import ROOT
from models.audit import AuditRecord
from models.base import db
from models.people import SignedIn
from notifications import webhooks
from referral import partner_links
from tests import factories
from tests.referral.test_referral import send
from web import unseen
from web.template_filters import asset, defused

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


def sessions() -> int:
    """How many rows there are."""
    db.session.rollback()
    return int(db.session.execute(select(func.count()).select_from(SignedIn)).scalar() or 0)


def test_29_whoever_only_comes_by_makes_no_row_however_often(quick_app: Flask) -> None:
    factories.World()
    browser = factories.Browser(quick_app)
    for _ in range(3):
        browser._learn(browser.get("/sign-in"))
        browser.post("/sign-in", email="nobody@example.org", password="not the password")
    assert sessions() == 0


class Guest:
    """A partner without an account, with a link of a referral open."""

    def __init__(self, app: Flask, house: factories.World) -> None:
        referral = send(house)
        with factories.acts(house.caseworker) as by:
            token, code = partner_links.make(by=by, referral=factories.anew(referral))
        db.session.commit()
        self.browser = factories.Browser(app)
        self.browser._learn(self.browser.get(f"/answer/{token}"))
        self.place = self.browser.post(f"/answer/{token}", code=code).headers["Location"]


def test_62_leaving_quickly_ends_what_a_link_opened_for_browsers_that_clear_nothing_too(
    quick_app: Flask,
) -> None:
    guest = Guest(quick_app, factories.World())
    assert guest.browser.get(guest.place).status_code == 200
    guest.browser.get("/leave")
    assert guest.browser.get(guest.place).status_code == 404


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_43_another_site_that_leads_to_the_way_out_ends_no_session(
    quick_app: Flask, site: str
) -> None:
    browser = factories.Browser(quick_app, factories.World().caseworker)
    browser.get("/leave", headers={"Sec-Fetch-Site": site})
    assert browser.get("/work").status_code == 200
    browser.get("/leave", headers={"Sec-Fetch-Site": "none"})
    assert browser.get("/work").status_code == 302


def test_38_the_browser_of_somebody_who_signed_out_confirms_no_guess_of_who_that_was(
    quick_app: Flask,
) -> None:
    house = factories.World()
    email = factories.anew(house.caseworker).email
    browser = factories.Browser(quick_app, house.caseworker)
    known = browser.client.get_cookie("known")
    assert known is not None
    content = known.value.partition(".")[0].encode()
    named = urlsafe_b64decode(content + b"=" * (-len(content) % 4)).decode()
    guesses = (hashlib.new(kind, email.encode()).hexdigest() for kind in ("sha256", "sha1", "md5"))
    assert not any(guess.startswith(named.strip('"')[:12]) for guess in guesses)
    with quick_app.test_request_context(headers={"Cookie": f"known={known.value}"}):
        assert throttle.knows_browser(email)
        assert not throttle.knows_browser("somebody.else@example.org")


def noted(deed: str) -> int:
    """How often the trail has it."""
    db.session.rollback()
    query = select(func.count()).where(AuditRecord.deed == deed)
    return int(db.session.execute(query).scalar() or 0)


@pytest.mark.parametrize(
    ("page", "deed", "form"),
    [
        ("/answer/nothing", "link_failed", {"code": "AAAAAAAA"}),
        ("/sign-in/help", "locked_out", {"email": "nobody@example.org"}),
    ],
)
def test_65_a_stranger_fills_no_trail(
    quick_app: Flask, monkeypatch: pytest.MonkeyPatch, page: str, deed: str, form: dict[str, str]
) -> None:
    factories.World()
    monkeypatch.setattr(throttle, "MOST_NOTED", 3)
    monkeypatch.setattr(throttle, "SAME", 0.0)
    browser = factories.Browser(quick_app)
    browser._learn(browser.get("/sign-in"))
    for _ in range(6):
        browser.post(page, **form)
    assert noted(deed) == 3


def test_47_no_address_is_made_of_the_host_that_came(quick_app: Flask) -> None:
    browser = factories.Browser(quick_app, factories.World().caseworker)
    for path in ("/cases//x", "/static//x.js", "/account//security"):
        answer = browser.get(path, headers={"Host": "evil.example"})
        assert "evil" not in answer.headers.get("Location", ""), path


def test_what_is_not_there_or_is_called_by_another_content_is_kept_by_no_cache(
    quick_app: Flask,
) -> None:
    browser = factories.Browser(quick_app)
    factories.World()
    for path in ("/static/nothing.js?v=1", "/static/keeping.js?v=1", "/static/keeping.js?v="):
        with browser.get(path) as answer:
            assert "immutable" not in answer.headers["Cache-Control"], path
    with browser.get(asset("keeping.js")) as answer:
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "text",
    ["x;=1+1", "x\n=1+1", "x\r\n+1", "x\t@SUM(1)", "x|=cmd", "＝1+1", "－1", "=1", "-1", "\t=1"],
)
def test_45_no_part_of_a_cell_becomes_a_formula_whatever_ends_a_cell(text: str) -> None:
    parts = re.split(r"[;|\t\r\n]", defused(text))
    assert not [part for part in parts if part[:1] in set("=+-@＝＋－＠")]
    assert defused("Rue 5; tél. +216 – a=b; c") == "Rue 5; tél. +216 – a=b; c"


def test_29_of_whoever_was_signed_in_before_nothing_goes_on(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = factories.anew(case).number
    browser = factories.Browser(quick_app, house.caseworker)
    browser.post("/confirm", password=factories.PASSWORD)
    browser.get(f"/cases/{number}")
    assert number in browser.get("/work").text
    email = factories.anew(house.helper).email
    browser._learn(browser.get("/account"))
    browser.post("/sign-in", email=email, password=factories.PASSWORD)
    assert number not in browser.get("/account").text
    assert browser.get("/account/second-factor").headers["Location"].startswith("/confirm")


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 50_000 + "1" + "}" * 50_000])
def test_51_json_that_is_too_deep_is_as_unreadable_as_any_other(
    quick_app: Flask, body: str
) -> None:
    program = factories.Api(quick_app, factories.World().caseworker)
    answer = program.client.post(
        "/api/v1/cases", data=body, content_type="application/json", headers=program.headers
    )
    assert answer.status_code == 400


def test_nothing_that_is_typed_into_a_line_is_kept_by_the_browser_for_other_pages() -> None:
    tag = re.compile(r"<input\b(?:\"[^\"]*\"|\{\{.*?\}\}|\{%.*?%\}|[^>\"])*>", re.S)
    other = re.compile(r'type="(hidden|checkbox|radio|file|submit|date|\{\{ type \}\})"|readonly')
    pages = list((ROOT / "templates").rglob("*.html"))
    fields = [
        (page.name, field)
        for page in pages
        for field in tag.findall(page.read_text("utf-8"))
        if not other.search(field)
    ]
    assert len(fields) > 20
    assert [field for field in fields if "autocomplete=" not in field[1]] == []


def test_60_a_system_that_answers_a_byte_now_and_then_holds_up_nobody(quick_app: Flask) -> None:
    before = quick_app.config["SETTINGS"]
    quick_app.config["SETTINGS"] = replace(before, webhook_private=True, outside_seconds=0.5)
    there = socket.create_server(("127.0.0.1", 0))

    def dribble() -> None:
        line, _address = there.accept()
        with line, contextlib.suppress(OSError):
            line.sendall(b"HTTP/1.1 200 OK\r\n")
            for _ in range(100):
                line.sendall(b"X: y\r\n")
                time.sleep(0.1)

    threading.Thread(target=dribble, daemon=True).start()
    with there, at_once():
        address = f"http://127.0.0.1:{there.getsockname()[1]}/"
        assert webhooks._send(address, b"{}", {})[0] == 200, "it said so, and then nothing whole"
    quick_app.config["SETTINGS"] = before


@pytest.mark.parametrize(
    "address", ["64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "fec0::1", "::7f00:1"]
)
def test_60_a_private_address_in_other_clothes_is_none_that_is_told(
    quick_app: Flask, address: str
) -> None:
    with pytest.raises(webhooks.Unreachable):
        webhooks.resolved(f"https://[{address}]/")


def test_44_no_answer_to_a_stranger_says_which_product_this_is(quick_app: Flask) -> None:
    """A machine that searches the network for headers and titles finds no installation by them."""
    client = quick_app.test_client()
    paths = ("/", "/sign-in", "/sign-in/help", "/healthz", "/no/such", "/api/v1/openapi.json")
    for path in (*paths, "/api/v1/cases", "/answer/x", "/calendar/x.ics"):
        answer = client.get(path)
        said = f"{answer.headers}\n{answer.get_data(as_text=True)}"
        assert "safeconduct" not in said.lower(), path
    files = {path.name for path in (ROOT / "static").rglob("*") if path.is_file()}
    assert not [name for name in files if "safeconduct" in name]
    for name in files & {"office.js", "office.css", "keeping.js", "carrier.js"}:
        assert "safeconduct" not in (ROOT / "static" / name).read_text("utf-8").lower()
