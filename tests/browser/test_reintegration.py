"""Reintegration and lending in a real browser: a business in instalments with receipts from a fund,
visits that reach nobody, a returnee who dies; an operation with its advance and repayment. On a
desk and on a phone.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser.conftest import done, sure

TODAY = datetime.now(UTC).date()
Enter = Callable[..., Page]
Shot = Callable[[Page, str], None]


def at_home(page: Page) -> str:
    """A return of the demo whose person lives at home, and has a plan."""
    page.goto("/returns?state=reintegration")
    found = page.locator("a.number", has_text=re.compile(r"^RT-")).all_inner_texts()
    for reference in dict.fromkeys(text.strip() for text in found):
        page.goto(f"/returns/{reference}")
        if page.get_by_text("Plan an item").count():
            return reference
    raise AssertionError("nobody at home has a plan")


def plan_item(page: Page, reference: str) -> None:
    page.goto(f"/returns/{reference}")
    page.get_by_text("Plan an item").click()
    page.select_option("#kind", "micro_business")
    page.select_option("#dimension", "economic")
    page.select_option("#fund", "AVRR-1")
    page.fill("#amount", "1200")
    page.fill("#parts", "6")
    page.fill("#given_on", TODAY.isoformat())
    page.get_by_role("button", name="Keep the item").click()
    done(page)
    expect(page.locator("main")).to_contain_text("Waits for approval")


def give(page: Page, receipt: str, *, why: str = "") -> None:
    folded = page.locator("details", has=page.locator("form[action$=instalments]")).last
    if folded.get_attribute("open") is None:
        folded.locator("summary").click()
    folded.locator("input[name=paid_on]").fill(TODAY.isoformat())
    folded.locator("input[name=receipt]").fill(receipt)
    if why:
        folded.locator("input[name=same_receipt]").fill(why)
    folded.get_by_role("button", name="Keep").click()


def test_a_business_in_six_instalments_with_receipts(enter: Enter, shot: Shot) -> None:
    aya = enter("Aya Kouassi")
    reference = at_home(aya)
    plan_item(aya, reference)
    shot(aya, "reintegration-1-item-asked")
    claire = enter("Claire Morel")
    claire.goto("/returns/approvals")
    shot(claire, "reintegration-2-approvals")
    row = claire.locator(".row", has_text=reference)
    row.get_by_role("button", name="Approve").first.click()
    done(claire)
    aya.goto(f"/returns/{reference}")
    for number in range(1, 4):
        give(aya, f"RC-{number}-{reference}")
        done(aya)
    give(aya, f"RC-1-{reference}")
    expect(aya.locator("main")).to_contain_text("was taken already")
    shot(aya, "reintegration-3-known-receipt")
    folded = aya.locator("details[open]", has=aya.locator("form[action$=instalments]")).last
    folded.locator("input[name=same_receipt]").fill("One invoice for two parts.")
    folded.get_by_role("button", name="Keep").click()
    done(aya)
    expect(aya.locator("main")).to_contain_text("One invoice for two parts.")
    aya.get_by_role("button", name="Not needed any more").first.click()
    sure(aya)
    expect(aya.locator("main")).to_contain_text("Given in part")
    shot(aya, "reintegration-4-given-in-part")
    phone = enter("Aya Kouassi", width=390)
    phone.goto(f"/returns/{reference}")
    shot(phone, "reintegration-5-phone")
    assert aya.violations == []  # type: ignore[attr-defined]


def test_what_was_seen_a_next_step_and_an_end_that_is_true(enter: Enter, shot: Shot) -> None:
    aya = enter("Aya Kouassi")
    reference = at_home(aya)
    aya.goto(f"/returns/{reference}")
    aya.locator("#at-home summary").click()
    aya.fill("#address", "Behind the mill, Yopougon")
    aya.locator("#at-home input[name=ways][value=visit]").check()
    aya.fill("#never", "No word to the uncle.")
    aya.locator("#at-home").get_by_role("button", name="Keep").click()
    done(aya)
    expect(aya.locator("#at-home")).to_contain_text("No word to the uncle.")
    for manner in ("visit", "phone", "partner"):
        aya.get_by_text("Record a follow-up").click()
        form = aya.locator("form[action$=follow-ups]")
        form.locator("select[name=month]").select_option("0")
        form.locator("input[name=done_on]").fill(TODAY.isoformat())
        form.locator(f"input[name=manner][value={manner}]").check()
        form.locator("input[name=outcome][value=not_reached]").check()
        form.locator("textarea[name=seen]").fill("The door was locked.")
        form.locator("textarea[name=next_step]").fill("Ask the market women.")
        form.locator("input[name=next_on]").fill((TODAY + timedelta(days=3)).isoformat())
        form.get_by_role("button", name="Keep").click()
        done(aya)
    shot(aya, "reintegration-6-tries")
    expect(aya.locator("main")).to_contain_text("Lost to contact?")
    aya.goto("/returns")
    expect(aya.locator("main")).to_contain_text("Next steps")
    shot(aya, "reintegration-7-next-steps")
    aya.goto(f"/returns/{reference}")
    aya.locator("summary", has_text="End of this return").click()
    aya.select_option("#ending", "died")
    aya.get_by_role("button", name="Close", exact=True).click()
    done(aya)
    shot(aya, "reintegration-8-ended")


def test_an_operation_is_lent_money_and_pays_it_back(enter: Enter, shot: Shot) -> None:
    claire = enter("Claire Morel")
    claire.goto("/funds/new")
    claire.fill("#code", "MEFM-R")
    claire.fill("#name", "Migration Emergency Funding Mechanism")
    claire.select_option("#programme", "mefm")
    claire.fill("#currency", "USD")
    claire.fill("#starts_on", TODAY.isoformat())
    claire.fill("#ends_on", (TODAY + timedelta(days=900)).isoformat())
    claire.fill("#ceiling", "1")
    shot(claire, "lending-1-new-fund")
    claire.get_by_role("button", name="Open the fund").click()
    done(claire)
    claire.get_by_text("Write down a contribution").click()
    claire.fill("#donor", "A donor")
    claire.fill("#amount", "100000")
    claire.fill("#on", TODAY.isoformat())
    claire.locator("form[action$=contributions] button").click()
    done(claire)
    moussa = enter("Moussa Issoufou")
    moussa.goto("/operations")
    moussa.fill("#crisis", "Expulsions to Agadez")
    moussa.select_option("#country", "NE")
    moussa.fill("#starts_on", TODAY.isoformat())
    moussa.locator("input[name=sectors]").nth(0).check()
    moussa.locator("input[name=sectors]").nth(9).check()
    moussa.get_by_role("button", name="Keep").click()
    done(moussa)
    address = moussa.url
    moussa.get_by_text("Ask for an advance").click()
    moussa.select_option("#fund", "MEFM-R")
    moussa.fill("#amount", "40000")
    moussa.fill("#repay_by", (TODAY + timedelta(days=300)).isoformat())
    moussa.get_by_role("button", name="Ask", exact=True).click()
    done(moussa)
    claire.goto(address)
    claire.get_by_role("button", name="Approve").click()
    done(claire)
    for words, amount in (("what was drawn", "30000"), ("a repayment", "12000")):
        claire.get_by_text(f"Write down {words}").click()
        form = claire.locator("details[open] form").first
        if form.locator("input[name=donor]").count():
            form.locator("input[name=donor]").fill("Another donor")
        form.locator("input[name=amount]").fill(amount)
        form.locator("input[name=on]").fill(TODAY.isoformat())
        form.locator("input[name=receipt]").fill(f"W-{amount}")
        form.get_by_role("button", name="Keep").click()
        done(claire)
    expect(claire.locator("main")).to_contain_text("18,000.00 USD")
    shot(claire, "lending-2-operation")
    claire.goto("/funds/MEFM-R")
    expect(claire.locator("main")).to_contain_text("lent, not paid back yet")
    shot(claire, "lending-3-fund")
    phone = enter("Moussa Issoufou", width=390)
    phone.goto(address)
    shot(phone, "lending-4-phone")
    assert claire.violations == []  # type: ignore[attr-defined]
