"""Whole lives at home in a real browser, on a day that is moved: a business in six instalments,
four visits that reach nobody, a returnee who dies.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Installation, done
from tests.browser.living import came_home, day, lives_there, pass_time, unfold, visit
from tests.browser.test_five_days import clean

Enter = Callable[..., Page]
Shot = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def installation(of_lives: Installation) -> Iterator[Installation]:
    """One whose day is moved."""
    yield from lives_there(of_lives)


def plan(page: Page, reference: str, *, amount: str, parts: str) -> None:
    """A plan, and a business from a fund in instalments."""
    page.goto(f"/returns/{reference}")
    page.fill("#plan-economic", "A stall for spare parts.")
    page.get_by_role("button", name="Keep the plan").click()
    done(page)
    unfold(page, "Plan an item")
    page.select_option("#kind", "micro_business")
    page.select_option("#dimension", "economic")
    page.select_option("#fund", "AVRR-1")
    page.fill("#amount", amount)
    page.fill("#parts", parts)
    page.fill("#given_on", day())
    page.get_by_role("button", name="Keep the item").click()
    done(page)


def approve(page: Page, reference: str) -> None:
    page.goto("/returns/approvals")
    row = page.locator(".row", has_text=reference)
    row.get_by_role("button", name="Approve").first.click()
    done(page)


def give(page: Page, reference: str, receipt: str) -> None:
    """The next instalment, with the number of its proof."""
    page.goto(f"/returns/{reference}")
    unfold(page, "Write down an instalment")
    form = page.locator("form[action$=instalments]")
    form.locator("input[name=paid_on]").fill(day())
    form.locator("input[name=receipt]").fill(receipt)
    form.get_by_role("button", name="Keep").click()


def sum_of(page: Page, words: str) -> str:
    """A sum at the head of a fund."""
    return page.locator(".strip > div", has_text=words).locator("b").inner_text()


def item(page: Page) -> Locator:
    return page.locator(".row", has=page.locator("strong", has_text="Micro-business")).first


def test_a_business_in_six_instalments_each_with_its_receipt(
    enter: Enter, shot: Shot, installation: Installation
) -> None:
    reference = came_home(installation, "Yaya")
    aya, claire = enter("Aya Kouassi"), enter("Claire Morel")
    claire.goto("/funds/AVRR-1")
    spent = sum_of(claire, "spent")
    plan(aya, reference, amount="1000", parts="6")
    shot(aya, "lives-business-1-planned")
    expect(aya.locator("main")).to_contain_text("Waits for approval")
    expect(aya.get_by_text("Write down an instalment")).to_have_count(0)
    approve(claire, reference)
    give(aya, reference, f"{reference}-1")
    done(aya)
    expect(item(aya)).to_contain_text("166.66 EUR")
    given = 1
    for words, business in (
        ("+1 month", "runs"),
        ("+2 months", "struggles"),
        ("+3 months", "runs"),
    ):
        pass_time(installation, words)
        aya = enter("Aya Kouassi")
        month = {1: "1", 2: "3", 4: "6"}[given]
        visit(aya, reference, month, "visit", "reached", business=business, economic="55")
        done(aya)
        give(aya, reference, f"{reference}-1")
        expect(aya.locator("main")).to_contain_text("was taken already")
        expect(aya.locator("input[name=same_receipt]")).to_be_visible()
        for _again in range(1 if given == 1 else 2):
            given += 1
            give(aya, reference, f"{reference}-{given}")
            done(aya)
    aya.goto(f"/returns/{reference}")
    for number in range(1, 7):
        expect(item(aya)).to_contain_text(f"receipt {reference}-{number}")
    expect(item(aya)).to_contain_text("166.70 EUR")
    expect(aya.get_by_text("Write down an instalment")).to_have_count(0)
    expect(item(aya).get_by_role("button", name="Not needed any more")).to_have_count(0)
    expect(aya.locator("main")).to_contain_text("in trouble")
    shot(aya, "lives-business-2-given")
    phone = enter("Aya Kouassi", width=390)
    phone.goto(f"/returns/{reference}")
    shot(phone, "lives-business-3-phone")
    claire = enter("Claire Morel")
    claire.goto("/funds/AVRR-1")
    assert figures(sum_of(claire, "spent")) == figures(spent) + 1000
    shot(claire, "lives-business-4-fund")
    clean(aya, claire, phone)


def figures(money: str) -> float:
    return float(money.replace(",", "").split()[0])


def test_four_visits_that_reach_nobody_are_no_completed_return(
    enter: Enter, shot: Shot, installation: Installation
) -> None:
    reference = came_home(installation, "Drissa")
    for months, month, manner in (
        ("+1 month", "1", "visit"),
        ("+2 months", "3", "phone"),
        ("+3 months", "6", "partner"),
        ("+6 months", "12", "visit"),
    ):
        pass_time(installation, months)
        aya = enter("Aya Kouassi", width=390)
        visit(aya, reference, month, manner, "not_reached", seen="The door was locked.")
        done(aya)
        expect(aya.locator("#follow-ups")).to_contain_text("tried, not reached")
    expect(aya.locator("main")).to_contain_text("Lost to contact?")
    expect(aya.locator("main")).to_contain_text("in 4 tries")
    shot(aya, "lives-unreached-1-phone")
    desk = enter("Aya Kouassi")
    desk.goto(f"/returns/{reference}")
    shot(desk, "lives-unreached-2-four-tries")
    close(desk, reference, "completed")
    refused = desk.locator(".summary-fault").first
    expect(refused).to_contain_text("There is no plan of reintegration.")
    expect(refused).to_contain_text("The last follow-up has reached nobody")
    shot(desk, "lives-unreached-3-refused")
    close(desk, reference, "lost")
    done(desk)
    expect(desk.locator("main")).to_contain_text("Lost to contact")
    expect(desk.locator("#follow-ups")).not_to_contain_text("Record a follow-up")
    desk.goto("/returns/work?what=visits")
    expect(desk.locator("main")).not_to_contain_text(reference)
    claire = enter("Claire Morel")
    claire.goto("/statistics/follow-ups")
    shot(claire, "lives-unreached-4-statistics")
    clean(aya, desk, claire)


def close(page: Page, reference: str, ending: str, **more: str) -> None:
    page.goto(f"/returns/{reference}")
    unfold(page, "End of this return")
    page.select_option("#ending", ending)
    for name, value in more.items():
        page.fill(f"#{name}", value)
    page.get_by_role("button", name="Close", exact=True).click()


def test_a_returnee_dies_and_nobody_is_sent_to_see_them(
    enter: Enter, shot: Shot, installation: Installation
) -> None:
    reference = came_home(installation, "Souleymane")
    aya, claire = enter("Aya Kouassi"), enter("Claire Morel")
    plan(aya, reference, amount="900", parts="3")
    approve(claire, reference)
    give(aya, reference, f"{reference}-A")
    done(aya)
    pass_time(installation, "+1 month")
    aya = enter("Aya Kouassi")
    visit(
        aya,
        reference,
        "1",
        "visit",
        "reached",
        seen="He coughs, and is thin.",
        next_step="Go with him to the clinic.",
        next_on=day(7),
    )
    done(aya)
    pass_time(installation, "+20 days")
    aya = enter("Aya Kouassi")
    claire = enter("Claire Morel")
    claire.goto("/funds/AVRR-1")
    aside = figures(sum_of(claire, "set aside"))
    # His sister calls: he died six days ago.
    close(aya, reference, "died", ended_on=day(40))
    expect(aya.locator(".summary-fault").first).to_be_visible()
    close(aya, reference, "died", ended_on=day(-6))
    done(aya)
    expect(aya.locator("main")).to_contain_text("Died")
    expect(item(aya)).to_contain_text("Given in part")
    expect(aya.locator("#follow-ups")).to_contain_text("not needed: the return had ended")
    expect(aya.get_by_role("button", name="Done", exact=True)).to_have_count(0)
    shot(aya, "lives-died-1-ended")
    claire.goto("/funds/AVRR-1")
    assert figures(sum_of(claire, "set aside")) == aside - 600, "what was not given went back"
    pass_time(installation, "+3 months")
    aya = enter("Aya Kouassi", width=390)
    for page in (
        "/returns/work?what=visits",
        "/returns/work?what=steps",
        "/returns/work?what=warnings",
    ):
        aya.goto(page)
        expect(aya.locator("main")).not_to_contain_text(reference)
    shot(aya, "lives-died-2-phone")
    # The mission that sent him reads it, and closes the case as what it is.
    nadia = enter("Nadia Ben Salem")
    nadia.goto(f"/returns/{reference}")
    expect(nadia.locator("main")).to_contain_text("Died")
    shot(nadia, "lives-died-3-sender")
    clean(aya, claire, nadia)
