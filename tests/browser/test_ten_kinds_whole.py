"""Ten kinds of forms through all that may happen to one, in a browser: two tabs, a lock, a session
that ends, a line that is cut on the way, a server that is killed at the commit, Back, a second
factor that is wanted, a double click. Not a character is lost, and nothing is done twice.

The installation is one of this file alone, because its server is killed (`tests.browser.fragile`).
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, Page, Route, expect

from benchmarks.visitor import Visitor
from models.base import today
from tests import waiting
from tests.browser.conftest import Installation, installed
from tests.browser.fragile import FAULT
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
KEPT = 3000  # ms: what is typed is kept a moment after the last letter


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


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A demo whose web process can be told to break."""
    folder = tmp_path_factory.mktemp("fragile")
    with installed(folder, "-m", "tests.browser.fragile") as running:
        yield running


class Walk:
    """Somebody at a form of a kind; each new filling is about another case or return."""

    def __init__(self, kind: Kind, page: Page, running: Installation) -> None:
        self.kind, self.page, self.running = kind, page, running
        self.account = running.account(kind.who)
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
        page.wait_for_timeout(KEPT)
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
        """Go on with what is kept of this page."""
        self.page.goto(self.address)
        self.page.get_by_role("link", name="Go on with it").first.click()
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

    def breaks_off(self) -> None:
        """What was sent has no answer: the browser shows a page of its own."""
        for _turn in range(waiting.PAGE // 100):
            with suppress(Error):  # between two pages there is none to ask
                if self.page.evaluate("location.protocol") == "chrome-error:":
                    return
            self.page.wait_for_timeout(100)
        raise AssertionError(self.page.url)

    def wait_for_server(self) -> None:
        """It was killed, and is back."""
        assert not (self.running.data / FAULT).exists(), "it was not killed"
        url = self.running.url
        waiting.until(lambda: _is_ready(url), told=self.running.log.read_text)


def _is_ready(url: str) -> bool:
    try:
        return int(Visitor(url).get("/readyz").status) == 200
    except OSError:
        return False


def two_tabs(walk: Walk) -> None:
    """The same form is open twice, with other words in each."""
    walk.begin()
    expect(walk.page.locator("form[data-walked] .kept-state")).to_contain_text("Draft saved")
    other = walk.page.context.new_page()
    other.goto(walk.address)
    theirs = walk.fill(other, "In the other tab.")
    expect(other.locator("form[data-walked] .kept-state")).to_contain_text("Draft saved")
    walk.stands()
    walk.stands(other, theirs)
    other.close()
    walk.page.goto(walk.address)
    stood = []
    for place in (0, 1):
        walk.page.goto(walk.address)
        walk.page.get_by_role("link", name="Go on with it").nth(place).click()
        expect(walk.page.locator("form [data-kept]")).to_be_visible()
        stood.append(walk.page.evaluate(STANDS, walk.action))
    assert sorted(stood) == sorted([walk.typed, theirs])


def lock(walk: Walk) -> None:
    """Another tab hides the screen; then a form meets the lock on the server."""
    walk.begin()
    other = walk.page.context.new_page()
    other.goto("/notices")
    other.get_by_role("link", name="Hide screen").click()
    expect(walk.page.locator("#curtain")).to_be_visible()
    walk.page.fill("#curtain-password", walk.account["password"])
    walk.page.get_by_role("button", name="Show again").click()
    expect(walk.page.locator("#curtain")).to_be_hidden()
    walk.stands()
    other.reload()
    other.evaluate("""async () => {
      const body = new URLSearchParams({ csrf_token: document.querySelector("[name=csrf_token]").value });
      await fetch("/lock", { method: "POST", body });
    }""")
    other.close()
    with walk.page.expect_navigation(url=re.compile("/unlock")):
        walk.page.evaluate("document.querySelector('form[data-walked]').submit()")
    walk.prove()
    walk.stands()


def session_end(walk: Walk) -> None:
    """Signed out elsewhere, while something is typed."""
    walk.begin()
    walk.page.context.clear_cookies()
    with walk.page.expect_navigation(url=re.compile("/sign-in")):
        walk.press()
    walk.prove()
    walk.stands()


def line_cut(walk: Walk) -> None:
    """The line breaks while the form is on its way; then it breaks on the way back."""
    walk.begin()
    before = walk.done()

    def cut(route: Route) -> None:
        route.abort("connectionreset")

    def cut_on_the_way_back(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.abort("connectionreset")

    walk.page.route(walk.is_sent_to, cut)
    walk.press()
    walk.breaks_off()
    walk.page.unroute_all()
    assert walk.done() == before
    walk.take_up()
    walk.page.evaluate(MARK, walk.action)
    is_shown_first = walk.kind.end == "/referrals"
    if is_shown_first:
        walk.sent()
    walk.page.route(walk.is_sent_to, cut_on_the_way_back)
    button = walk.page.locator("main form button.btn--main").first
    button.click() if is_shown_first else walk.press()
    walk.breaks_off()
    walk.page.unroute_all()
    assert walk.done() == before + 1, "it was done, though nobody was told"
    walk.is_nothing_left()


MARK = """(action) => {
  const forms = [...document.querySelectorAll("main form[method=post]")];
  forms.find((each) => new URL(each.action).pathname === action).dataset.walked = "";
}"""


def killed(walk: Walk) -> None:
    """The server dies at the commit, before it and after it."""
    walk.begin()
    before = walk.done()
    walk.breaks("before")
    walk.press()
    if walk.kind.end == "/referrals":
        walk.page.locator("form:has([name=seen_before_it_goes]) button.btn--main").first.click()
    walk.breaks_off()
    walk.wait_for_server()
    assert walk.done() == before, "nothing half-done"
    walk.take_up()
    walk.page.evaluate(MARK, walk.action)
    walk.breaks("after")
    walk.press()
    if walk.kind.end == "/referrals":
        walk.page.locator("form:has([name=seen_before_it_goes]) button.btn--main").first.click()
    walk.breaks_off()
    walk.wait_for_server()
    assert walk.done() == before + 1
    walk.page.reload()  # which sends it again
    expect(walk.page.locator("main")).to_be_visible()
    assert walk.done() == before + 1, "and it counts once"
    walk.is_nothing_left()


def back(walk: Walk) -> None:
    """Back a moment after the last key, and forward again."""
    walk.begin()
    walk.page.go_back()
    expect(walk.page).to_have_url(re.compile("/notices$"))
    walk.page.go_forward()
    walk.take_up()


def factor(walk: Walk) -> None:
    """A second factor is wanted: the deed goes on once it was given."""
    walk.begin()
    before = walk.done()
    walk.breaks("factor")
    with walk.page.expect_navigation(url=re.compile("/confirm")):
        walk.press()
    assert walk.done() == before
    walk.prove()
    walk.go_through()
    assert walk.done() == before + 1
    walk.is_nothing_left()


def double_click(walk: Walk) -> None:
    """Twice on the button, a moment after the last key."""
    walk.begin()
    before = walk.done()
    walk.press(2)
    walk.go_through()
    assert walk.done() == before + 1
    walk.is_nothing_left()


EVENTS = (two_tabs, lock, session_end, back, line_cut, killed, factor, double_click)


def forget(page: Page) -> None:
    """Erase all that is kept, so that the next event begins anew."""
    page.goto("/unfinished")
    while page.get_by_role("button", name="Erase").count():
        page.get_by_role("button", name="Erase").first.click()
        page.get_by_role("button", name="Yes, do it").click()
        page.wait_for_load_state()


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
@pytest.mark.parametrize("kind", KINDS)
def test_not_a_character_is_lost_and_nothing_is_done_twice(
    kind: str,
    event: Callable[[Walk], None],
    enter: Callable[..., Page],
    installation: Installation,
) -> None:
    walk = Walk(KINDS[kind], enter(KINDS[kind].who), installation)
    at = EVENTS.index(event)  # each event is about another one: what was referred is asked about
    walk.waiting = walk.waiting[at:] + walk.waiting[:at]
    forget(walk.page)
    event(walk)
    forget(walk.page)
