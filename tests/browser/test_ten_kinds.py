"""Ten kinds of forms in a browser: a server that stays silent and Back, a lock from another tab, a
line that is cut and comes back, a double click. What does not need a browser is in
tests/web/test_ten_forms.py.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_nothing_lost import own_case

SAID = "She was at the bus station and asked for her brother."
# The form of a page with the most to fill in; every area and line of text gets words, and of each
# question the first answer is chosen. Gives what a browser would send of it.
FILL = """(said) => {
  const forms = [...document.querySelectorAll("main form[method=post]")];
  const form = forms.sort((one, other) => other.elements.length - one.elements.length)[0];
  const asked = new Set();
  for (const each of form.elements) {
    const is_text = each.matches("textarea, input:not([type])");
    if (is_text) each.value = said;
    else if (each.type === "radio" && !each.name.endsWith("__none") && !asked.has(each.name)) {
      asked.add(each.name);
      each.checked = true;
    } else continue;
    each.dispatchEvent(new Event("input", { bubbles: true }));
    each.dispatchEvent(new Event("change", { bubbles: true }));
  }
  form.dataset.walked = "";
  return new URL(form.action).pathname;
}"""
STANDS = """(action) => {
  const forms = [...document.querySelectorAll("main form[method=post]")];
  const form = forms.find((each) => new URL(each.action).pathname === action);
  if (!form) return [];
  form.dataset.walked = "";
  const own = new Set(["csrf_token", "form_token", "revision"]);
  return [...new FormData(form)].filter(([name, value]) => value && !own.has(name));
}"""


def case_page(page: str) -> Callable[[Page], str]:
    return lambda browser: f"{own_case(browser)}/{page}"


def first_case(page: str) -> Callable[[Page], str]:
    """Of whoever holds no case themselves: the first one in their list."""

    def find(browser: Page) -> str:
        browser.goto("/cases")
        address = browser.locator("main a[href^='/cases/SC-']").first.get_attribute("href")
        assert address
        return "/".join(address.split("/")[:3]) + f"/{page}"

    return find


def last_case(page: str) -> Callable[[Page], str]:
    """One that no other test offers to somebody."""

    def find(browser: Page) -> str:
        browser.goto("/cases?mine=1")
        address = browser.locator("main a[href^='/cases/SC-']").last.get_attribute("href")
        assert address
        return "/".join(address.split("/")[:3]) + f"/{page}"

    return find


def first_return(page: str) -> Callable[[Page], str]:
    def find(browser: Page) -> str:
        browser.goto("/returns?state=arrived")
        address = browser.locator("main a[href^='/returns/RT-']").first.get_attribute("href")
        assert address
        return f"{address}{page}"

    return find


KINDS = {
    "contact": ("Nadia Ben Salem", case_page("contacts/new")),
    "account": ("Nadia Ben Salem", case_page("protection/account")),
    "screening": ("Nadia Ben Salem", case_page("screening")),
    "note": ("Nadia Ben Salem", case_page("protection/records/new/note")),
    "referral": ("Nadia Ben Salem", case_page("referrals/new")),
    "transfer": ("Nadia Ben Salem", last_case("transfer")),
    "medical": ("Sami Haddad", first_case("medical")),
    "legal": ("Ines Gharbi", first_case("legal")),
    "survey": ("Aya Kouassi", first_return("/survey")),
    "follow-up": ("Aya Kouassi", first_return("")),
}


class Walk:
    """Somebody at a form of a kind, in a browser."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.action = ""
        self.typed: list[Any] = []

    def fill(self) -> None:
        """Open the form and fill it in."""
        self.page.goto("/notices")
        self.page.goto(self.address)
        self.action = self.page.evaluate(FILL, SAID)
        self.typed = self.page.evaluate(STANDS, self.action)
        assert self.typed

    @property
    def state(self) -> Any:
        """What is said below the form of what is kept."""
        return self.page.locator("form[data-walked] .kept-state")

    def press(self, times: int = 1) -> None:
        """Press its button."""
        button = self.page.locator("form[data-walked] button").last
        button.evaluate("(each, times) => { while (times--) each.click(); }", times)

    def stands(self) -> None:
        """Everything stands in the form of the page."""
        for _name, value in self.typed:
            assert value
        assert self.page.evaluate(STANDS, self.action) == self.typed

    def take_up(self) -> None:
        """Go on with what is kept of this page."""
        self.page.goto(self.address)
        self.page.get_by_role("link", name="Go on with it").first.click()
        expect(self.page.locator("form [data-kept]")).to_be_visible()

    def forget(self) -> None:
        """Erase all that is kept, so that the next event begins anew."""
        self.page.goto("/unfinished")
        while self.page.get_by_role("button", name="Erase").count():
            self.page.get_by_role("button", name="Erase").first.click()
            self.page.get_by_role("button", name="Yes, do it").click()
            self.page.wait_for_load_state()


@pytest.fixture
def walk(request: Any, enter: Callable[..., Page]) -> Walk:
    person, find = KINDS[request.param]
    page = enter(person)
    return Walk(page, find(page))


def silent(walk: Walk) -> None:
    """The server answers nothing, and the person goes back."""
    walk.fill()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    # Of the context: what holds the page (static/carrier.js) sends for it.
    walk.page.context.route(lambda address: address.endswith(walk.action), hold)
    with walk.page.expect_response(lambda answer: answer.url.endswith("/unfinished")):
        walk.press()
    assert held, "it was sent at once, and kept beside"
    walk.page.goto("/notices")
    walk.page.context.unroute_all(behavior="ignoreErrors")
    walk.take_up()
    walk.stands()
    walk.forget()


def locked(walk: Walk, password: str) -> None:
    """Another tab hides the screen while something is typed."""
    walk.fill()
    other = walk.page.context.new_page()
    other.goto("/notices")
    other.get_by_role("link", name="Hide screen").click()
    expect(walk.page.locator("#curtain")).to_be_visible()
    walk.page.fill("#curtain-password", password)
    walk.page.get_by_role("button", name="Show again").click()
    expect(walk.page.locator("#curtain")).to_be_hidden()
    walk.stands()
    other.close()


def cut(walk: Walk) -> None:
    """The line is cut, comes back, and the button was pressed twice meanwhile."""
    walk.page.context.set_offline(True)
    walk.press(2)
    expect(walk.state).to_contain_text("No connection")
    walk.stands()
    # The first try may find no line yet, and leaves the page: it goes on by itself.
    walk.page.evaluate("document.documentElement.dataset.before = ''")
    walk.page.context.set_offline(False)
    expect(walk.page.locator("html:not([data-before])")).to_be_attached()
    told = walk.page.locator("[data-told], form [data-kept], .summary-fault").first
    expect(told).to_be_visible()
    if not walk.page.locator("[data-told]").count():  # it needs another answer: all of it is there
        walk.stands()


@pytest.mark.parametrize("walk", KINDS, indirect=True)
def test_a_form_through_what_happens_in_a_browser(
    walk: Walk, request: Any, password_of: Callable[[str], str]
) -> None:
    person, _find = KINDS[request.node.callspec.params["walk"]]
    silent(walk)
    locked(walk, password_of(person))
    cut(walk)


def test_a_day_in_part_is_told_beside_its_field_and_nothing_is_sent(
    enter: Callable[..., Page],
) -> None:
    page = enter("Nadia Ben Salem")
    page.goto(f"{own_case(page)}/contacts/new")
    page.fill("[name=note]", SAID)
    page.check("[name=kind] >> nth=0")
    page.locator("input[type=date][name=on]").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.type("12")  # a month, or a day, and no more
    address = page.url
    page.locator("main form button.btn--main").first.click()
    expect(page.get_by_text("This day is not whole")).to_be_visible()
    assert page.url == address
    expect(page.locator("[name=note]")).to_have_value(SAID)


def test_a_reason_by_mistake_takes_nothing_out(enter: Callable[..., Page]) -> None:
    page = enter("Nadia Ben Salem")
    page.goto(f"{own_case(page)}/identity/change")
    group = page.locator("[data-unanswered]").first
    name = group.get_attribute("data-unanswered")
    reason = group.locator("input").first
    field = page.locator(f"#{name}")
    page.fill("#birth__year", "1994")  # what is put aside has to be there
    before = page.evaluate(STANDS, page.evaluate("location.pathname"))
    reason.click()
    expect(group).to_contain_text("put aside")
    reason.click()
    expect(reason).not_to_be_checked()
    assert page.evaluate(STANDS, page.evaluate("location.pathname")) == before
    expect(field).to_be_visible()
    assert re.search("put aside", group.inner_text()) is None
