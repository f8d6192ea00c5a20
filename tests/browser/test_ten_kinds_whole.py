"""Ten kinds of forms through all that may happen to one, in a browser: two tabs, a lock, a session
that ends, a line that is cut on the way, a server that is killed at the commit, Back, a second
factor that is wanted, a double click. Not a character is lost, and nothing is done twice. Nobody
waits until a draft is saved: what happens, happens a moment after the last letter.

The installation is one of this file alone, because its server is killed (`tests.browser.fragile`).
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import installed
from tests.browser.line import Line
from tests.browser.test_ten_kinds import STANDS
from tests.browser.walking import KINDS, NADIA, SHOWN, Fragile, Walk, forget, until_ready


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fragile]:
    """A demo whose web process can be told to break, and the line to it."""
    folder = tmp_path_factory.mktemp("fragile")
    with installed(folder, "-m", "tests.browser.fragile") as running:
        line = Line(int(running.url.rpartition(":")[2]))
        yield Fragile(**vars(running) | {"url": line.url}, line=line)
        line.close()


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
    """The line breaks while the form is on its way; then, with another one, on the way back."""
    for is_answered in (False, True):
        walk.begin()
        before = walk.done()
        walk.line.cut_at(walk.action, is_answered=is_answered)
        walk.press()
        walk.has_no_answer()
        assert walk.done() == before + (is_answered and not walk.is_shown_first)
        walk.line.mend()
        walk.goes_on()
        assert walk.done() == before + 1
        walk.is_nothing_left()


def killed(walk: Walk) -> None:
    """The server dies at the commit: before it; then, with another one, after it."""
    for fault in ("before", "after"):
        walk.begin()
        before = walk.done()
        walk.breaks(fault)
        walk.press()
        if walk.is_shown_first:
            walk.page.locator(SHOWN).first.click()
        walk.has_no_answer()
        walk.wait_for_server()
        assert walk.done() == before + (fault == "after"), "nothing half-done"
        walk.goes_on()
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


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
@pytest.mark.parametrize("kind", KINDS)
def test_not_a_character_is_lost_and_nothing_is_done_twice(
    kind: str,
    event: Callable[[Walk], None],
    enter: Callable[..., Page],
    installation: Fragile,
) -> None:
    until_ready(installation)
    walk = Walk(KINDS[kind], enter(KINDS[kind].who), installation)
    at = EVENTS.index(event)  # each event is about another one: what was referred is asked about
    at = 2 * at % max(len(walk.waiting), 1)  # two of them, for some
    walk.waiting = walk.waiting[at:] + walk.waiting[:at]
    forget(walk.page)
    event(walk)
    forget(walk.page)


def test_a_proxy_that_answers_for_a_server_that_is_away_leaves_the_page(
    enter: Callable[..., Page], installation: Fragile
) -> None:
    walk = Walk(KINDS["contact"], enter(NADIA), installation)
    forget(walk.page)
    walk.begin()
    before = walk.done()
    walk.line.answer_instead(walk.action)
    walk.press()
    walk.has_no_answer()
    walk.goes_on()
    assert walk.done() == before + 1


def test_where_nothing_holds_the_page_the_last_words_go_ahead(
    enter: Callable[..., Page], installation: Fragile
) -> None:
    """A browser without a service worker: private windows of some, or the first page of all."""
    page = enter(NADIA, service_workers="block")
    walk = Walk(KINDS["contact"], page, installation)
    forget(walk.page)
    walk.begin()
    before = walk.done()
    walk.line.answer_instead(walk.action)
    walk.press()
    expect(page.get_by_text("No upstream.")).to_be_visible()
    walk.take_up()
    assert walk.done() == before
    forget(page)


def test_a_file_goes_up_and_a_search_goes_past_what_holds_the_page(
    enter: Callable[..., Page], installation: Fragile, tmp_path: Path
) -> None:
    page = enter(NADIA)
    walk = Walk(KINDS["contact"], page, installation)
    walk.begin()
    assert page.evaluate("navigator.serviceWorker.controller?.scriptURL.includes('carrier.js')")
    assert not page.violations  # type: ignore[attr-defined]
    big = tmp_path / "scan.txt"
    big.write_text("a line of a long paper\n" * 400_000)
    page.goto(walk.address.partition("/contacts")[0] + "/files")
    page.set_input_files("form[data-upload] [name=file]", big)
    page.locator("form[data-upload] button").last.click()
    expect(page.get_by_text("scan.txt").first).to_be_visible()
    stored = page.evaluate("""async () => [
      localStorage.length, sessionStorage.length,
      (await caches.keys()).length, (await indexedDB.databases()).length,
    ]""")
    assert stored == [0, 0, 0, 0], "nothing is kept in the browser"
