"""One morning in the network: a caseworker sends, three partners answer in three ways on a phone,
the supervisor gets what nobody answered.
"""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, Page, expect

from tests import waiting
from tests.browser.conftest import Installation, sure
from tests.browser.test_five_days import clean, register

Enter = Callable[..., Page]
Shot = Callable[[Page, str], None]
PARTNERS = ("Dar Amel", "Sahel Aide", "El Nour clinic")


def agree(page: Page, number: str) -> None:
    """The person agrees that each of the partners is told."""
    page.goto(f"/cases/{number}/consent")
    page.locator("label:has(input[name=sharing][value=agrees])").click()
    for name in PARTNERS:
        if not page.get_by_label(name).is_visible():  # of another country
            page.locator("summary", has_text="In other countries").click()
        page.get_by_label(name).check()
    page.locator("input[name=manner][value=signed]").check()
    page.get_by_role("button", name=re.compile("Save|Record")).first.click()


def refer(page: Page, number: str, partner: str, service: str, urgency: str) -> str:
    """Send a referral; gives its reference."""
    page.goto(f"/cases/{number}/referrals/new?service={service}")
    page.select_option(
        "#partner", label=page.locator("#partner option", has_text=partner).inner_text()
    )
    page.locator(f"input[name=urgency][value={urgency}]").check()
    page.get_by_role("button", name="Show what the partner will see").click()
    expect(page.get_by_text("Needs a quiet room")).to_be_visible()
    page.get_by_role("link", name="Back, to change it").click()
    expect(page.locator(f"input[name=urgency][value={urgency}]")).to_be_checked()
    expect(page.locator("#partner option:checked")).to_contain_text(partner)
    page.get_by_role("button", name="Show what the partner will see").click()
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url(re.compile(r"/referrals/RF-"))
    return page.url.rsplit("/", 1)[1]


def late(installation: Installation, reference: str) -> None:
    """The time to answer is over: as if a day had passed."""
    with (
        closing(sqlite3.connect(installation.data / "safeconduct.sqlite", timeout=20)) as database,
        database,
    ):
        past = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=1)
        database.execute(
            "UPDATE referrals SET answer_by = ? WHERE reference = ?",
            (past.isoformat(sep=" "), reference),
        )


def test_three_partners_answer_in_three_ways_and_silence_reaches_the_supervisor(
    enter: Enter, shot: Shot, installation: Installation, chromium: Browser
) -> None:
    nadia = enter("Nadia Ben Salem")
    number = register(
        nadia,
        "walk_in",
        call="Yasmina",
        sex="Feminine",
        country="CI",
        categories=("stranded",),
        agrees=("assistance", "sharing"),
        needs="Needs a quiet room",
    )
    agree(nadia, number)
    silent = refer(nadia, number, "Dar Amel", "counselling", "emergency")
    late(installation, silent)
    taken = refer(nadia, number, "Dar Amel", "shelter", "urgent")
    asked = refer(nadia, number, "Sahel Aide", "shelter", "standard")
    by_link = refer(nadia, number, "El Nour clinic", "medical", "urgent")

    # One accepts on a phone, logs a service and completes.
    salma = enter("Salma Jaziri", width=390)
    salma.goto(f"/referrals/{taken}")
    expect(salma.get_by_text("Needs a quiet room")).to_have_count(0)
    shot(salma, "network-1-card-phone")
    salma.locator(".action-bar").get_by_role("button", name="Accept").click()
    expect(salma.get_by_text("Needs a quiet room")).to_be_visible()
    salma.fill("#quantity", "2")
    salma.locator("input[name=outcome][value=given]").check()
    salma.fill("#cost", "35.50")
    salma.fill("#currency", "EUR")
    salma.get_by_role("button", name="Log", exact=True).click()
    expect(salma.get_by_text("35.50 EUR")).to_be_visible()
    shot(salma, "network-2-in-service-phone")
    salma.locator("input[name=rated][value='4']").check()
    salma.locator("#complete").get_by_role("button", name="Service completed").click()
    expect(salma.get_by_text("35.50 EUR")).to_be_visible()
    shot(salma, "network-2b-completed-phone")
    salma.goto("/referrals?group=done")
    expect(salma.get_by_text(taken)).to_be_visible()
    shot(salma, "network-2c-done-phone")
    salma.goto(f"/referrals/{taken}")
    expect(salma.get_by_role("heading", name="Nothing here")).to_be_visible()

    # One asks, is answered, and cannot take it.
    hadiza = enter("Hadiza Oumarou", width=390)
    hadiza.goto(f"/referrals/{asked}")
    hadiza.fill("#words", "Is there a child with her?")
    hadiza.get_by_role("button", name="Send", exact=True).click()
    nadia.goto(f"/referrals/{asked}")
    expect(nadia.get_by_text("Is there a child with her?")).to_be_visible()
    nadia.fill("#words", "No, she is alone.")
    nadia.get_by_role("button", name="Send", exact=True).click()
    hadiza.reload()
    expect(hadiza.get_by_text("No, she is alone.")).to_be_visible()
    shot(hadiza, "network-3-thread-phone")
    hadiza.locator("#decline input[value=full]").check()
    hadiza.fill("#alternative", "The sisters by the river")
    hadiza.locator("#decline").get_by_role("button", name="Cannot take").click()
    sure(hadiza)

    # One has no account: a link, and a code that was told another way.
    nadia.goto(f"/referrals/{by_link}")
    nadia.get_by_role("button", name="Link without account").click()
    address = nadia.locator(".breaks").inner_text()
    code = nadia.locator("dd strong").inner_text()
    shot(nadia, "network-4-link")
    context = chromium.new_context(viewport={"width": 390, "height": 800})
    phone = context.new_page()
    phone.goto(
        installation.url + address.partition("/answer/")[1] + address.partition("/answer/")[2]
    )
    phone.fill("#code", "AAAA AAAA")
    phone.get_by_role("button", name="Continue").click()
    expect(phone.locator(".summary-fault")).to_be_visible()
    phone.fill("#code", code)
    phone.get_by_role("button", name="Continue").click()
    expect(phone.get_by_text("Opens when you accept.")).to_be_visible()
    phone.get_by_role("button", name="Accept").click()
    expect(phone.get_by_text("Needs a quiet room")).to_be_visible()
    shot(phone, "network-5-by-link-phone")
    context.close()

    # The caseworker sees each answer; what the person says of it is kept.
    nadia.goto(f"/cases/{number}/referrals")
    for words in ("Completed", "Declined", "Accepted"):
        expect(nadia.get_by_text(words, exact=True).first).to_be_visible()
    shot(nadia, "network-6-answers")
    nadia.goto(f"/referrals/{taken}")
    nadia.get_by_text("Say how it went").click()
    nadia.locator("input[name=side][value=person]").check()
    nadia.locator("input[name=rating][value='4']").check()
    nadia.locator("#feedback").get_by_role("button", name="Save").click()
    expect(nadia.locator("#feedback .row__end").first).to_be_visible()
    nadia.goto(f"/referrals/{asked}")
    expect(nadia.get_by_text("The sisters by the river")).to_be_visible()

    # Nobody answered the first: sender and supervisor are told by the sweep of the next minute.
    leila = enter("Leila Mansour")
    leila.goto("/notices")

    def escalated() -> int:
        leila.reload()
        return leila.get_by_text("A partner did not answer in time").count()

    waiting.until(escalated, between=1)
    expect(leila.get_by_text("A partner did not answer in time").first).to_be_visible()
    shot(leila, "network-7-escalation")
    clean(nadia, salma, hadiza, leila)


def test_a_person_a_partner_refers_becomes_a_case(enter: Enter, shot: Shot) -> None:
    salma = enter("Salma Jaziri", width=390)
    salma.goto("/inward/new")
    shot(salma, "inward-1-form-phone")
    salma.get_by_role("button", name="Show what the mission will be told").click()
    expect(salma.locator(".summary-fault")).to_be_visible()
    salma.select_option("#office", label="Mission Tunis")
    salma.check("#agrees")
    salma.locator("input[name=urgency][value=urgent]").check()
    salma.fill("#call_name", "Mireille")
    salma.fill("#needs", "A doctor, and papers")
    salma.get_by_role("button", name="Show what the mission will be told").click()
    expect(salma.get_by_text("A doctor, and papers")).to_be_visible()
    shot(salma, "inward-1b-look-phone")
    salma.get_by_role("button", name="Send").click()
    expect(salma.get_by_text("Sent under the reference")).to_be_visible()
    reference = salma.locator("main .row .number").first.inner_text()
    nadia = enter("Nadia Ben Salem")
    nadia.goto(f"/inward/{reference}")
    expect(nadia.get_by_text("A doctor, and papers")).to_be_visible()
    shot(nadia, "inward-2-mission")
    nadia.get_by_role("button", name="Open a case").click()
    nadia.wait_for_url(re.compile(r"/cases/SC-"))
    expect(nadia.get_by_role("heading", name="Mireille")).to_be_visible()
    nadia.goto("/pathways?category=trafficking&place=TN")
    shot(nadia, "pathway")
    nadia.goto("/referrals/board")
    shot(nadia, "board")
    clean(salma, nadia)
