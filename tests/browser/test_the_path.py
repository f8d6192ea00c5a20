"""The main job in a real browser, as five different people: from registration to a line in the
statistics.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from tests import waiting
from tests.browser.conftest import Installation, last_resort, sure
from tests.browser.returning import agree, record_step
from tests.browser.test_five_days import agree_to

TODAY = datetime.now(UTC).date()


def test_one_person_from_first_contact_to_follow_up(
    installation: Installation, enter: Callable[..., Page], shot: Callable[[Page, str], None]
) -> None:
    """Steps 1 to 6 of the main job."""
    nadia = enter("Nadia Ben Salem")
    shot(nadia, "01-my-work")
    number = register(nadia, shot)
    screen(nadia, number, shot)
    reference = refer(nadia, number, shot)
    answer(enter("Salma Jaziri", width=390), reference, shot)
    agree_to(nadia, number, "Dar Amel", "Mission Abidjan")
    record = begin_return(nadia, number, shot)
    approve(enter("Leila Mansour"), shot)
    agree(nadia, enter("Leila Mansour"), number)
    hand_over(nadia, record, shot)
    aya = enter("Aya Kouassi", width=390)
    receive(aya, record, shot)
    depart(nadia, record, shot)
    settle(aya, record, shot)
    look_at_statistics(enter("Claire Morel"), shot)
    mails_name_nobody(installation, reference, record)


def register(page: Page, shot: Callable[[Page, str], None]) -> str:
    """Consent first, then the person; a likely duplicate shows while typing."""
    page.goto("/work")
    page.get_by_role("button", name="Register a person").click()
    page.select_option("#channel", "walk_in")
    shot(page, "02-safe-to-talk")
    page.get_by_role("button", name="Continue").click()
    # Nothing may be stored before consent: going on without it is refused next to the field.
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".summary-fault")).to_contain_text("Nothing may be stored")
    for purpose in ("assistance", "sharing", "consulate", "statistics"):
        page.locator(f"label:has(input[name={purpose}][value=agrees])").click()
    page.get_by_label("Dar Amel").check()
    page.get_by_label("Spoken, with a witness").check()
    page.fill("#witness", "Amel Gharsalli")
    page.select_option("#language", "fr")
    shot(page, "03-consent")
    page.get_by_role("button", name="Continue").click()
    page.fill("#given_names", "Fatima Zahra")
    page.fill("#family_name", "Benali")
    page.fill("#birth__year", "2204")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#birth-fault")).to_contain_text("future")
    shot(page, "04-person-error")
    assert page.input_value("#given_names") == "Fatima Zahra", "nothing typed is lost"
    page.fill("#birth__year", str(TODAY.year - 24))
    page.locator("input[name=sex][value=Feminine]").check()
    page.select_option("#citizenship", "CI")
    page.fill("#phone", "+216 71 234 567")
    page.fill("#safe_contact", "Call 14:00 to 17:00 only.")
    page.get_by_role("button", name="Continue").click()
    page.fill("#account", "Promised work in a shop; had to work in a house without pay.")
    page.get_by_role("button", name="Continue").click()
    page.fill("#needs", "Single room, no stairs.")
    page.locator("input[name=risk][value=high]").check()
    page.locator("input[name=categories][value=stranded]").check()
    page.get_by_role("button", name="Continue").click()
    shot(page, "05-check")
    another = page.locator("input[name=duplicate][value=not_same]")
    if another.count():  # somebody of another test is much like her
        another.check()
    page.get_by_role("button", name="Open the case").click()
    page.wait_for_load_state()
    assert "/registrations/" not in page.url, page.inner_text("main")
    expect(page.locator("h1")).to_contain_text("Fatima Zahra Benali")
    number = re.search(r"SC-[34679ACDEFGHJKMNPQRTWXY]{8}", page.url)
    assert number, page.url
    assert "Benali" not in page.title()
    shot(page, "06-case")
    # The same person again, in other letters: found while typing, before any button.
    page.goto("/work")
    page.get_by_role("button", name="Register a person").click()
    page.select_option("#channel", "hotline")
    page.get_by_role("button", name="Continue").click()
    page.locator("label:has(input[name=assistance][value=agrees])").click()
    page.locator("input[name=manner][value=signed]").check()
    page.get_by_role("button", name="Continue").click()
    page.locator("#given_names").press_sequentially("فاطمة الزهراء")
    page.locator("#family_name").press_sequentially("بن علي")
    expect(page.locator("#duplicates")).to_contain_text(number[0])
    shot(page, "07-duplicates")
    page.get_by_role("button", name="Stop and keep nothing").click()
    sure(page)
    page.fill("#search", "Fatma Zohra Ben Ali")
    page.press("#search", "Enter")
    expect(page.locator("main")).to_contain_text(number[0])
    shot(page, "08-search")
    assert "Fatma" not in page.url
    assert page.violations == []  # type: ignore[attr-defined]
    return number[0]


def screen(page: Page, number: str, shot: Callable[[Page, str], None]) -> None:
    """Act, means, purpose; the worker decides and says why."""
    page.goto(f"/cases/{number}/screening")
    page.locator("input[name=act][value=recruitment]").check()
    page.locator("input[name=means][value=deception]").check()
    page.locator("input[name=purpose][value=labour]").check()
    page.get_by_role("button", name="Keep the decision").click()
    expect(page.locator(".summary-fault")).to_be_visible()
    assert page.locator("input[name=act][value=recruitment]").is_checked(), "nothing typed is lost"
    page.locator("input[name=decision][value=actual]").check()
    page.select_option("#decided_by", "NGO")
    page.select_option("#without_interview", "papers")
    page.fill("#reason", "Two interviews, messages seen.")
    shot(page, "09-screening")
    page.get_by_role("button", name="Keep the decision").click()
    expect(page.locator("main")).to_contain_text("Together they support trafficking in persons")
    shot(page, "10-protection")


def refer(page: Page, number: str, shot: Callable[[Page, str], None]) -> str:
    """Chosen fields, limited by consent and by what the service needs; shown before it is sent."""
    page.goto(f"/cases/{number}/referrals/new?service=shelter")
    expect(page.locator("#partner")).to_contain_text("Dar Amel")
    expect(page.locator("#partner")).not_to_contain_text("Sahel Aide")
    page.select_option(
        "#partner", label=page.locator("#partner option", has_text="Dar Amel").inner_text()
    )
    page.locator("input[name=urgency][value=emergency]").check()
    page.get_by_role("button", name="Show what the partner will see").click()
    expect(page.locator("h1")).to_contain_text("What Dar Amel will see")
    expect(page.locator("main")).to_contain_text("Single room, no stairs.")
    shot(page, "11-refer")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Shelter")
    reference = re.search(r"RF-\w{8}", page.url)
    assert reference
    shot(page, "12-sent")
    return reference[0]


def told_of(page: Page, reference: str) -> None:
    """Look at the notices until one of this reference came."""

    def came() -> int:
        page.goto("/notices")
        return page.get_by_text(reference).count()

    waiting.until(came, between=0.5)


def answer(page: Page, reference: str, shot: Callable[[Page, str], None]) -> None:
    """The partner on a phone: told in the app, sees a card, accepts, sees the released fields,
    logs, completes.
    """
    told_of(page, reference)
    shot(page, "13-partner-notices")
    page.locator(".row", has_text=reference).get_by_role("button", name="Open").click()
    expect(page.locator("main")).not_to_contain_text("Single room")
    expect(page.locator("main")).not_to_contain_text("Benali")
    shot(page, "14-partner-card")
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("main")).to_contain_text("Single room, no stairs.")
    expect(page.locator("main")).not_to_contain_text("Promised work")
    page.fill("#given_on", TODAY.isoformat())
    page.fill("#quantity", "3")
    page.locator("input[name=outcome][value=given]").check()
    shot(page, "15-partner-service")
    page.get_by_role("button", name="Log", exact=True).click()
    expect(page.locator("main")).to_contain_text("× 3")
    page.locator("#complete").get_by_role("button", name="Service completed").click()
    page.goto(f"/referrals/{reference}")
    expect(page.locator("h1")).to_contain_text("Nothing here")
    assert page.violations == []  # type: ignore[attr-defined]


def begin_return(page: Page, number: str, shot: Callable[[Page, str], None]) -> str:
    """A return with what is missing; departure cannot be recorded yet; HASM is asked."""
    page.goto(f"/cases/{number}/return")
    expect(page.locator("#country")).to_have_value("CI")
    page.get_by_role("button", name="Begin").click()
    record = re.search(r"RT-\w{8}", page.url)
    assert record
    expect(page.get_by_role("button", name="Record departure")).to_have_count(0)
    record_step(page, "counselling", told=False)
    expect(page.locator(".summary-fault").first).to_contain_text("language")
    for step in (
        "application",
        "counselling",
        "eligibility",
        "protection_check",
        "declaration",
        "travel_documents",
    ):
        record_step(page, step)
    record_step(page, "fit_to_travel")
    record_step(page, "itinerary", travel_on=TODAY)
    shot(page, "16-return-missing")
    page.goto(f"/cases/{number}/funding")
    page.select_option("#fund", "HASM-1")
    page.fill("#line_travel", "12,5")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#line_travel-fault")).to_contain_text("figures")
    page.fill("#line_travel", "940.50")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".summary-fault")).to_contain_text("last resort")
    last_resort(page)
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("h1")).to_contain_text("940.50 EUR")
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    shot(page, "17-funding")
    return record[0]


def approve(page: Page, shot: Callable[[Page, str], None]) -> None:
    """Somebody else approves."""
    page.goto("/funds")
    page.locator(".row", has_text="940.50 EUR").first.get_by_role("link").click()
    shot(page, "18-approve")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("main")).to_contain_text("Approved")


def hand_over(page: Page, record: str, shot: Callable[[Page, str], None]) -> None:
    """Released to the mission of the country of return."""
    page.goto(f"/returns/{record}")
    page.get_by_role("button", name="Hand over").click()
    expect(page.locator("h1")).to_contain_text("will see")
    page.get_by_role("button", name="Hand over").click()
    expect(page.locator("main")).to_contain_text("Handed over, waiting")
    shot(page, "19-handed-over")


def receive(page: Page, record: str, shot: Callable[[Page, str], None]) -> None:
    """The mission in the country of return is told and accepts."""
    told_of(page, record)
    page.locator(".row", has_text=record).first.get_by_role("button", name="Open").click()
    expect(page.locator("main")).to_contain_text("Fatima Zahra")
    expect(page.locator("main")).not_to_contain_text("Promised work")
    shot(page, "20-receive")
    page.get_by_role("button", name="Accept").click()


def depart(page: Page, record: str, shot: Callable[[Page, str], None]) -> None:
    """Nothing is missing any more."""
    page.goto(f"/returns/{record}")
    page.fill("#departed_on", TODAY.isoformat())
    shot(page, "21-depart")
    page.get_by_role("button", name="Record departure").click()
    expect(page.locator("main")).to_contain_text("Departed")


def settle(page: Page, record: str, shot: Callable[[Page, str], None]) -> None:
    """Arrival, plan, one grant, one visit."""
    page.goto(f"/returns/{record}")
    page.fill("#arrived_on", TODAY.isoformat())
    page.get_by_role("button", name="The person is here").click()
    page.fill("#plan-economic", "A stall on the market with her sister.")
    page.get_by_role("button", name="Keep the plan").click()
    page.get_by_text("Plan an item").click()
    page.select_option("#kind", "micro_business")
    page.select_option("#dimension", "economic")
    page.fill("#amount", "450")
    page.select_option("#fund", "none")
    page.fill("#given_on", TODAY.isoformat())
    page.get_by_role("button", name="Keep the item").click()
    expect(page.locator("main")).to_contain_text("450.00 EUR")
    page.get_by_text("Write down an instalment").click()
    page.locator("input[name=receipt]").fill("R-2211")
    page.locator("input[name=paid_on]").fill(TODAY.isoformat())
    page.locator("form[action$=instalments] button").click()
    expect(page.locator("main")).to_contain_text("receipt R-2211")
    page.get_by_text("Record a follow-up").click()
    page.select_option("#month", "0")
    page.fill("#done_on", TODAY.isoformat())
    page.locator("input[name=manner][value=visit]").check()
    page.locator("input[name=outcome][value=reached]").check()
    page.fill("#visit-economic", "40")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.locator("main")).to_contain_text("Reached")
    shot(page, "22-reintegration")
    assert page.violations == []  # type: ignore[attr-defined]


def look_at_statistics(page: Page, shot: Callable[[Page, str], None]) -> None:
    """HASM and AVRR as table and chart, small cells hidden, CSV; no case contents for a manager."""
    page.goto("/statistics")
    expect(page.locator("main")).to_contain_text("Small numbers are hidden")
    expect(page.locator("svg.chart").first).to_be_visible()
    shot(page, "23-statistics")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").first.click()
    assert download.value.suggested_filename.endswith(".csv")
    assert page.goto("/cases").status == 404  # type: ignore[union-attr]


def mails_name_nobody(installation: Installation, reference: str, record: str) -> None:
    """The notices came by mail, with a reference and a link, and nothing about the person."""
    whole = b"\n".join(installation.sink.mails)
    assert reference.encode() in whole
    assert record.encode() in whole
    for word in (b"Fatima", b"Benali", b"Zahra", b"Single room", b"71 234"):
        assert word not in whole
