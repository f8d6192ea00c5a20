"""Nothing typed is lost: two tabs, a lock, a session that ends, a line that is cut, Back, and a double
click, on forms that know nothing of it.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Installation

# Nothing is written there now: by the person's own rule, or because they take no assistance.
AGAINST = re.compile("must not be contacted|none in force")
SAID = "She was at the bus station and asked for her brother."


@pytest.fixture
def email_of(installation: Installation) -> Callable[[str], str]:
    """The address of a person of the demo."""
    return lambda name: installation.account(name)["email"]


def own_case(page: Page) -> str:
    """The address of the first case in one's own name whose person may be contacted now: other
    tests leave cases here too.
    """
    page.goto("/cases?mine=1")
    links = page.locator("main a[href^='/cases/SC-']")
    addresses = [link.get_attribute("href") or "" for link in links.all()]
    for case in dict.fromkeys("/".join(address.split("/")[:3]) for address in addresses):
        page.goto(f"{case}/contacts/new")
        if not page.get_by_text(AGAINST).count():
            return case
    raise AssertionError("nobody may be contacted")


def words_field(page: Page) -> str:
    """The first field of several lines on the page, by its name."""
    name = page.locator("main form textarea").first.get_attribute("name")
    assert name
    return name


@pytest.mark.parametrize("form", ["contacts/new", "protection/account", "protection/needs"])
def test_what_is_typed_is_saved_by_itself_and_comes_back(
    form: str, enter: Callable[..., Page]
) -> None:
    page = enter("Nadia Ben Salem")
    case = own_case(page)
    page.goto(f"{case}/{form}")
    name = words_field(page)
    page.fill(f"[name={name}]", SAID)
    expect(page.locator(".kept-state").first).to_contain_text("Draft saved")
    page.goto("/work")
    notice = page.get_by_text("Not finished").first
    expect(notice).to_be_visible()
    page.goto(f"{case}/{form}")
    page.get_by_role("link", name="Go on with it").first.click()
    expect(page.locator("form [data-kept]")).to_be_visible()
    expect(page.locator(f"[name={name}]")).to_have_value(re.compile(re.escape(SAID)))


def test_what_is_too_long_is_said_while_it_is_typed_and_nothing_is_cut_off(
    enter: Callable[..., Page],
) -> None:
    page = enter("Nadia Ben Salem")
    page.goto(f"{own_case(page)}/contacts/new")
    note = page.locator("[name=note]")
    most = int(note.get_attribute("data-most") or 0)
    said = page.locator("[name=note] + .counted")
    note.fill(SAID)
    expect(said).to_have_count(0)
    note.fill("a" * (most - 1))
    expect(said).to_contain_text(f"{most - 1:,} of {most:,} characters")
    note.fill("a" * (most + 2))
    expect(said).to_contain_text(f"Too long: {most + 2:,} of {most:,}")
    assert len(note.input_value()) == most + 2
    page.check("[name=kind] >> nth=0")
    note.evaluate("field => field.form.requestSubmit()")
    expect(page.locator(".summary-fault")).to_contain_text("too long")
    assert len(note.input_value()) == most + 2
    expect(page.locator("[name=note] + .counted")).to_contain_text("Too long")
    note.fill(SAID)
    expect(page.locator("[name=note] + .counted")).to_have_text("")


def test_a_tab_that_nobody_touches_locks_nothing(enter: Callable[..., Page]) -> None:
    page = enter("Nadia Ben Salem")
    page.clock.install()
    case = own_case(page)
    page.goto(f"{case}/contacts/new")
    other = page.context.new_page()
    other.clock.install()
    other.goto("/work")
    for _ in range(5):
        page.clock.fast_forward(50_000)
        page.keyboard.press("Tab")
        other.clock.fast_forward(50_000)
    expect(page.locator("#curtain")).to_be_hidden()
    expect(other.locator("#curtain")).to_be_hidden()


def test_the_screen_warns_goes_blank_and_comes_back_by_a_key(enter: Callable[..., Page]) -> None:
    page = enter("Nadia Ben Salem")
    page.clock.install()
    case = own_case(page)
    page.goto(f"{case}/contacts/new")
    page.fill("[name=note]", SAID)
    # Filling scrolls, and a scroll that comes late is a touch: first let the page come to rest.
    expect(page.locator(".kept-state").first).to_contain_text("Draft saved")
    page.clock.fast_forward(121_000)
    expect(page.locator("#idle-warning")).to_be_visible()
    page.clock.fast_forward(60_000)
    expect(page.locator("#curtain")).to_be_visible()
    expect(page.locator("#curtain-password")).to_be_hidden()
    page.keyboard.press("a")
    expect(page.locator("#curtain")).to_be_hidden()
    expect(page.locator("[name=note]")).to_have_value(SAID)
    assert page.evaluate("document.activeElement.name") == "note"


def test_a_lock_from_another_tab_keeps_the_deed(
    enter: Callable[..., Page], password_of: Callable[[str], str]
) -> None:
    page = enter("Nadia Ben Salem")
    case = own_case(page)
    page.goto(f"{case}/contacts/new")
    page.fill("[name=note]", SAID + " Twice.")
    page.check("[name=kind] >> nth=0")
    expect(page.locator(".kept-state").first).to_contain_text("Draft saved")
    other = page.context.new_page()
    other.goto("/work")
    other.get_by_role("link", name="Hide screen").click()
    expect(page.locator("#curtain")).to_be_visible()
    page.fill("#curtain-password", password_of("Nadia Ben Salem"))
    page.get_by_role("button", name="Show again").click()
    expect(page.locator("#curtain")).to_be_hidden()
    expect(other.locator("#curtain")).to_be_hidden()
    page.locator("main form button.btn--main").first.click()
    page.wait_for_url(re.compile(r"/cases/SC-\w+$"))
    page.goto("/unfinished")
    expect(page.get_by_text("Twice.")).to_have_count(0)


def test_a_line_that_is_cut_sends_nothing_and_loses_nothing(enter: Callable[..., Page]) -> None:
    page = enter("Nadia Ben Salem")
    case = own_case(page)
    page.goto(f"{case}/contacts/new")
    page.context.set_offline(True)
    page.fill("[name=note]", SAID + " By a bad line.")
    page.check("[name=kind] >> nth=0")
    page.locator("main form button.btn--main").first.click()
    expect(page.locator(".kept-state").first).to_contain_text("No connection")
    expect(page.locator("[name=note]")).to_have_value(SAID + " By a bad line.")
    page.context.set_offline(False)
    page.wait_for_url(re.compile(r"/cases/SC-\w+$"))
    expect(page.get_by_text("By a bad line.").first).to_be_visible()


def test_a_session_that_ended_goes_on_in_the_same_tab(
    enter: Callable[..., Page], password_of: Callable[[str], str], email_of: Callable[[str], str]
) -> None:
    page = enter("Nadia Ben Salem")
    case = own_case(page)
    page.goto(f"{case}/contacts/new")
    page.context.clear_cookies()
    page.fill("[name=note]", SAID + " After the end.")
    expect(page.locator(".kept-state").first).to_contain_text("You are signed out")
    page.check("[name=kind] >> nth=0")
    page.evaluate("document.querySelector('main form [name=note]').form.submit()")
    page.wait_for_url(re.compile("/sign-in"))
    expect(page.get_by_text("What you typed is kept")).to_be_visible()
    page.fill("#email", email_of("Nadia Ben Salem"))
    page.fill("#password", password_of("Nadia Ben Salem"))
    page.click("main button")
    page.wait_for_url(re.compile("contacts/new.*kept="))
    expect(page.locator("[name=note]")).to_have_value(SAID + " After the end.")
    page.locator("main form button.btn--main").first.click()
    page.wait_for_url(re.compile(r"/cases/SC-\w+$"))
    expect(page.get_by_text("After the end.").first).to_be_visible()


def test_a_tab_goes_on_after_signing_in_again_in_another(
    enter: Callable[..., Page], password_of: Callable[[str], str], email_of: Callable[[str], str]
) -> None:
    page = enter("Nadia Ben Salem")
    case = own_case(page)
    page.goto(f"{case}/contacts/new")
    page.context.clear_cookies()
    page.fill("[name=note]", SAID + " In two tabs.")
    expect(page.locator(".kept-state").first).to_contain_text("You are signed out")
    other = page.context.new_page()
    other.goto("/sign-in")
    other.fill("#email", email_of("Nadia Ben Salem"))
    other.fill("#password", password_of("Nadia Ben Salem"))
    other.click("main button")
    other.wait_for_url(lambda address: "/sign-in" not in address)
    expect(page.locator(".kept-state").first).to_contain_text("Draft saved")
    page.check("[name=kind] >> nth=0")
    page.locator("main form button.btn--main").first.click()
    page.wait_for_url(re.compile(r"/cases/SC-\w+$"))
    expect(page.get_by_text("In two tabs.").first).to_be_visible()


def test_back_after_sending_and_a_double_click(enter: Callable[..., Page]) -> None:
    page = enter("Nadia Ben Salem")
    case = own_case(page)
    page.goto(f"{case}/contacts/new")
    page.fill("[name=note]", "Once and once only.")
    page.check("[name=kind] >> nth=0")
    page.locator("main form button.btn--main").first.dblclick()
    page.wait_for_url(re.compile(r"/cases/SC-\w+$"))
    expect(page.get_by_text("Once and once only.")).to_have_count(1)


def test_a_reload_while_locked_opens_onto_the_filled_form(
    enter: Callable[..., Page], password_of: Callable[[str], str]
) -> None:
    page = enter("Nadia Ben Salem")
    case = own_case(page)
    page.goto(f"{case}/contacts/new")
    page.fill("[name=note]", SAID + " Behind a lock.")
    page.get_by_role("link", name="Hide screen").click()
    expect(page.locator("#curtain")).to_be_visible()
    page.wait_for_timeout(1000)
    page.reload()
    page.fill("[name=password]", password_of("Nadia Ben Salem"))
    page.get_by_role("button", name="Unlock").click()
    page.wait_for_url(re.compile("contacts/new.*kept="))
    expect(page.locator("[name=note]")).to_have_value(SAID + " Behind a lock.")
    expect(page.locator("[data-told]")).to_have_count(0)


def test_another_way_out_of_a_lock_leads_back_to_the_form(
    enter: Callable[..., Page], password_of: Callable[[str], str]
) -> None:
    page = enter("Nadia Ben Salem")
    case = own_case(page)
    page.goto(f"{case}/contacts/new")
    page.fill("[name=note]", SAID + " Another way.")
    page.get_by_role("link", name="Hide screen").click()
    page.wait_for_timeout(1000)
    page.get_by_role("link", name="Another way").click()
    page.fill("[name=password]", password_of("Nadia Ben Salem"))
    page.get_by_role("button", name="Unlock").click()
    page.wait_for_url(re.compile("contacts/new.*kept="))
    expect(page.locator("[name=note]")).to_have_value(SAID + " Another way.")


@pytest.mark.parametrize("width", [1360, 390])
def test_a_press_on_the_button_after_a_day_was_put_right_sends_the_form(
    width: int, enter: Callable[..., Page]
) -> None:
    page = enter("Nadia Ben Salem", width)
    case = own_case(page)
    page.goto(f"{case}/contacts/new")
    page.fill("[name=note]", f"A day put right at {width}.")
    page.check("[name=kind] >> nth=0")
    day = page.locator("[name=next_on]")
    day.focus()
    page.keyboard.type("12")
    page.locator("[name=note]").focus()
    expect(page.locator("#next_on-part")).to_be_visible()
    day.focus()
    page.keyboard.type("12312030")
    button = page.locator("main form button.btn--main").first
    button.scroll_into_view_if_needed()
    day.evaluate("day => day.focus({preventScroll: true})")
    box = button.bounding_box()
    assert box
    press = page.touchscreen.tap if width < 500 else page.mouse.click
    press(box["x"] + box["width"] / 2, box["y"] + box["height"] - 3)
    page.wait_for_url(re.compile(r"/cases/SC-\w+$"))


def test_without_a_line_no_page_is_left_and_a_line_that_is_said_to_be_away_may_be_there(
    enter: Callable[..., Page],
) -> None:
    page = enter("Nadia Ben Salem")
    case = own_case(page)
    page.goto(f"{case}/contacts/new")
    page.fill("[name=note]", SAID + " Gone astray.")
    expect(page.locator(".kept-state").first).to_contain_text("Draft saved")
    page.context.set_offline(True)
    page.locator(".rail a[href='/cases']").first.click()
    expect(page.locator("#no-line")).to_be_visible()
    page.fill("#search", "Amal")
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    assert page.url.endswith("contacts/new")
    expect(page.locator("[name=note]")).to_have_value(SAID + " Gone astray.")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.evaluate("location.assign('/work')")
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"], "the browser asks before it leaves by other ways"
    page.context.set_offline(False)
    expect(page.locator("#no-line")).to_be_hidden()
    page.evaluate("Object.defineProperty(navigator, 'onLine', {value: false})")
    page.check("[name=kind] >> nth=0")
    page.locator("main form button.btn--main").first.click()
    page.wait_for_url(re.compile(r"/cases/SC-\w+$"))
    expect(page.get_by_text("Gone astray.").first).to_be_visible()


def test_a_contact_can_be_taken_back(enter: Callable[..., Page]) -> None:
    page = enter("Nadia Ben Salem")
    case = own_case(page)
    page.goto(f"{case}/contacts/new")
    page.fill("[name=note]", "Written into the wrong case.")
    page.check("[name=kind] >> nth=0")
    page.locator("main form button.btn--main").first.click()
    page.locator("[data-told]").get_by_role("button", name="Undo").click()
    expect(page.locator("[data-told]")).to_contain_text("Taken out of sight.")
    page.goto(case)
    expect(page.get_by_text("Written into the wrong case.")).to_have_count(0)


def sign_out(page: Page) -> None:
    page.locator("form[action='/sign-out']").first.evaluate("form => form.requestSubmit()")
    page.wait_for_url(re.compile("/sign-in"))


def leave_quickly(page: Page) -> None:
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url(re.compile("/healthz"))


@pytest.mark.parametrize("way", [sign_out, leave_quickly])
def test_what_was_typed_goes_ahead_of_the_way_out_and_nothing_asks(
    way: Callable[[Page], None],
    enter: Callable[..., Page],
    password_of: Callable[[str], str],
    email_of: Callable[[str], str],
) -> None:
    page = enter("Nadia Ben Salem")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    case = own_case(page)
    page.goto(f"{case}/contacts/new")
    words = f"Typed a moment before {way.__name__}."
    page.fill("[name=note]", words)
    page.locator("main form button.btn--main").first.focus()
    way(page)
    page.goto("/sign-in")
    page.fill("#email", email_of("Nadia Ben Salem"))
    page.fill("#password", password_of("Nadia Ben Salem"))
    page.click("main button")
    page.wait_for_url(lambda address: "/sign-in" not in address)
    page.goto("/unfinished")
    expect(page.get_by_text(words).first).to_be_visible()
    assert asked == []


def test_two_forms_on_a_page_hold_each_other_up_no_longer(enter: Callable[..., Page]) -> None:
    page = enter("Nadia Ben Salem")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    case = own_case(page)
    page.goto(case)
    page.locator("main details").evaluate_all("all => all.forEach(each => each.open = true)")
    page.fill(f"form[action='{case}/close'] [name=words]", "All that was said before closing.")
    task = page.locator(f"form[action='{case}/tasks']")
    task.locator("select").first.select_option(index=1)
    task.locator("[name=due_on]").fill("2030-01-01")
    task.locator("button").first.click()
    expect(page.locator("[data-told]")).to_be_visible()
    assert asked == []
    page.goto("/unfinished")
    expect(page.get_by_text("All that was said before closing.").first).to_be_visible()
    page.get_by_role("link", name=re.compile("Close the case")).first.click()
    expect(page.locator(f"form[action='{case}/close'] [name=words]")).to_have_value(
        "All that was said before closing."
    )
