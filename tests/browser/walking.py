"""Somebody at one of ten kinds of forms, in a browser, behind a line that can be cut, before a server
that can be told to die (`tests.browser.fragile`).
"""

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from benchmarks.visitor import Visitor
from models.base import today
from tests import waiting
from tests.browser.conftest import Installation
from tests.browser.fragile import FAULT
from tests.browser.line import Line
from tests.browser.test_ten_kinds import SAID, STANDS

# Every area gets words, and what else is given what is given; "*" is the first that may be chosen.
FILL = """([end, said, given]) => {
  const forms = [...document.querySelectorAll("main form[method=post]")];
  const form = forms.find((each) => new URL(each.action).pathname.endsWith(end));
  for (let fold = form; fold; fold = fold.parentElement) if (fold.matches("details")) fold.open = true;
  const changed = new Set();
  for (const each of form.elements) {
    const value = given[each.name] ?? given["*"];
    if (each.matches("textarea")) each.value = said + " " + each.name;
    else if (value === undefined || changed.has(each.name) || each.name.endsWith("__none")) continue;
    else if (each.matches("[type=radio], [type=checkbox]")) each.checked = true;
    else if (each.matches("select") && ![...each.options].some((one) => one.value)) return "";
    else if (each.matches("select"))
      each.value = value === "*" ? [...each.options].find((one) => one.value).value : value;
    else if (given[each.name]) each.value = value;
    else continue;
    changed.add(each.name);
    each.dispatchEvent(new Event("input", { bubbles: true }));
    each.dispatchEvent(new Event("change", { bubbles: true }));
  }
  for (const each of form.querySelectorAll("textarea"))
    each.dispatchEvent(new Event("input", { bubbles: true }));
  form.dataset.walked = "";
  return new URL(form.action).pathname;
}"""
TODAY = today().isoformat()
HELD = "(button) => [...new FormData(document.querySelector(button).form)]"
SHOWN = "form:has([name=seen_before_it_goes]) button.btn--main"


@dataclass(frozen=True)
class Kind:
    """Who fills it in, in which list what it is about stands, on which page, where it is sent, and
    what it needs besides words.
    """

    who: str
    listed: str
    page: str
    end: str
    given: dict[str, str] = field(default_factory=dict)


NADIA, MINE = "Nadia Ben Salem", "/cases?mine=1&status=assistance"
ARRIVED = "/returns?state=arrived"
KINDS = {
    "contact": Kind(NADIA, MINE, "/contacts/new", "/contacts", {"kind": "*"}),
    "account": Kind(NADIA, MINE, "/protection/account", "/account"),
    "screening": Kind(
        NADIA, MINE, "/screening", "/screening", {"act": "*", "decision": "*", "decided_by": "*"}
    ),
    "note": Kind(NADIA, MINE, "/protection/records/new/note", "/new/note"),
    "referral": Kind(
        NADIA,
        MINE,
        "/referrals/new",
        "/referrals",
        {"service": "shelter", "partner": "*", "urgency": "*", "fields": "*"},
    ),
    "transfer": Kind(NADIA, MINE, "/transfer", "/transfer", {"user": "*"}),
    "medical": Kind("Sami Haddad", "/cases?status=assistance", "/medical", "/medical"),
    "legal": Kind("Ines Gharbi", "/cases?status=assistance", "/legal", "/legal"),
    "survey": Kind("Aya Kouassi", ARRIVED, "/survey", "/survey", {"*": "*", "on": TODAY}),
    "follow-up": Kind(
        "Aya Kouassi",
        ARRIVED,
        "",
        "/follow-ups",
        {"month": "0", "done_on": TODAY, "next_on": TODAY, "manner": "*", "outcome": "*"},
    ),
}


@dataclass
class Fragile(Installation):
    """An installation behind a line that can be cut."""

    line: Line = field(kw_only=True)


class Walk:
    """Somebody at a form of a kind; each new filling is about another case or return."""

    def __init__(self, kind: Kind, page: Page, running: Fragile) -> None:
        self.kind, self.page, self.running = kind, page, running
        self.account = running.account(kind.who)
        self.line = running.line
        self.is_shown_first = kind.end == "/referrals"
        page.goto(kind.listed)
        links = page.locator("main a[href*='/SC-'], main a[href*='/RT-']").all()
        found = [
            re.match(r"/[a-z]+/(?:SC|RT)-\w+", link.get_attribute("href") or "") for link in links
        ]
        self.waiting = list(dict.fromkeys(match[0] for match in found if match))
        self.address = self.action = ""
        self.typed: list[Any] = []

    def begin(self) -> None:
        """Fill in the form of the next one that has it."""
        while True:
            self.address = self.waiting.pop(0) + self.kind.page
            self.page.goto("/notices")
            self.page.goto(self.address)
            forms = self.page.locator("main form[method=post]:not([data-at-once])")
            ends = forms.evaluate_all("all => all.map(each => new URL(each.action).pathname)")
            is_shut = self.page.get_by_text("must not be contacted").count()
            if not is_shut and any(each.endswith(self.kind.end) for each in ends):
                self.typed = self.fill(self.page)
                if self.action:  # somebody may be chosen: no partner sees whoever did not agree
                    return

    def fill(self, page: Page, said: str = SAID) -> list[Any]:
        """Fill in the form of a page; gives what a browser would send of it."""
        self.action = page.evaluate(FILL, [self.kind.end, said, self.kind.given])
        if not self.action:
            return []
        typed: list[Any] = page.evaluate(STANDS, self.action)
        assert any(said in value for _name, value in typed) or self.kind.given
        return typed

    def is_sent_to(self, address: str) -> bool:
        """Whether an address is that of the form, filled again or not."""
        return urlsplit(address).path == self.action

    def press(self, times: int = 1) -> None:
        """Press its button."""
        button = self.page.locator("form[data-walked] button:not([formaction])").last
        button.evaluate("(each, times) => { while (times--) each.click(); }", times)

    def go_through(self) -> None:
        """What was sent is done; what goes out to others is seen before, and a question answered."""
        told = self.page.locator(
            "[data-told], form:has([name=seen_before_it_goes]), form:has([name=asked_and_sure])"
        )
        expect(told.first).to_be_visible()
        if not self.page.locator("[data-told]").count():
            told.first.locator("button.btn--main, button").first.click()
        expect(self.page.locator("[data-told]")).to_be_visible()

    def stands(self, page: Page | None = None, typed: list[Any] | None = None) -> None:
        """Everything stands in the form of the page."""
        assert (page or self.page).evaluate(STANDS, self.action) == (typed or self.typed)

    def take_up(self) -> None:
        """Go on with what is kept of this page: what went ahead on the way out may still come."""
        link = self.page.get_by_role("link", name="Go on with it")

        def is_kept() -> int:
            self.page.goto(self.address)
            return link.count()

        waiting.until(is_kept, between=0.5)
        link.first.click()
        expect(self.page.locator("form [data-kept]")).to_be_visible()
        self.stands()

    def sent(self) -> str:
        """Press, and give the address where the browser ends."""
        with self.page.expect_navigation():
            self.press()
        return self.page.url

    def prove(self) -> None:
        """The password, at whatever asks for it."""
        if self.page.locator("main #email").count():
            self.page.fill("main #email", self.account["email"])
        self.page.fill("main [name=password]", self.account["password"])
        with self.page.expect_navigation():
            self.page.locator("main form:has([name=password]) button").first.click()

    def is_nothing_left(self) -> None:
        """Nothing of this form is kept: what is done is not unfinished."""
        self.page.goto("/unfinished")
        expect(self.page.locator("main").get_by_text(SAID)).to_have_count(0)

    def done(self) -> int:
        """How many deeds about a case or a return were done, from the database itself."""
        with closing(sqlite3.connect(self.running.data / "safeconduct.sqlite")) as books:
            query = "SELECT count(*) FROM sent_forms WHERE answer IS NOT NULL AND about IS NOT NULL"
            return int(books.execute(query).fetchone()[0])

    def breaks(self, fault: str) -> None:
        """The next deed sent to this form meets a fault of the server."""
        (self.running.data / FAULT).write_text(f"{fault} {self.action}")

    def has_no_answer(self) -> None:
        """What was pressed has no answer: the page says so, and all that was typed is there."""
        expect(self.page.locator("#no-line")).to_be_visible()
        if self.page.locator("form[data-walked]").count():
            self.stands()
        else:
            held = self.page.evaluate(HELD, SHOWN)
            assert [pair for pair in self.typed if pair not in held] == [], (
                "it goes with the answer"
            )

    def goes_on(self) -> None:
        """There is an answer again: what was typed goes by itself; a page that only shows what goes
        out is pressed once more.
        """
        if self.page.locator("form[data-walked]").count():
            expect(self.page.locator("form[data-walked]")).to_have_count(0)
        else:
            expect(self.page.locator("#no-line")).to_be_hidden()
        self.go_through()

    def wait_for_server(self) -> None:
        """It was killed, and is back."""
        assert not (self.running.data / FAULT).exists(), "it was not killed"
        until_ready(self.running)


def until_ready(running: Installation) -> None:
    """Wait until its server is there, whatever happened to it."""
    waiting.until(lambda: _is_ready(running.url), told=running.log.read_text)


def _is_ready(url: str) -> bool:
    try:
        return int(Visitor(url).get("/readyz").status) == 200
    except OSError:
        return False


def forget(page: Page) -> None:
    """Erase all that is kept, so that the next event begins anew."""
    page.goto("/unfinished")
    while page.get_by_role("button", name="Erase").count():
        page.get_by_role("button", name="Erase").first.click()
        page.get_by_role("button", name="Yes, do it").click()
        page.wait_for_load_state()
