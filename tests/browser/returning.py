"""What several lives do on the page of a return."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from models.base import today
from standards import returning
from tests.browser.conftest import done

_TICKED = {"counselling": ("interpreter",), "travel_documents": ("consulate",)}
_CHOSEN = {
    "application": {"language": "fr"},
    "counselling": {"language": "fr"},
    "eligibility": {"outcome": "eligible"},
    "protection_check": {"outcome": "ok"},
    "declaration": {"language": "fr", "proof": "paper"},
    "travel_documents": {"paper": "passport"},
    "fit_to_travel": {"outcome": "fit", "proof": "paper"},
}


def record_step(
    page: Page, step: str, *, told: bool = True, child: bool = False, **days: object
) -> None:
    """Fill the form of a step; ``told`` false: as somebody in a hurry would, who says nothing."""
    if not page.locator("#step").is_visible():
        page.locator("summary", has_text="Record a step").click()
    page.select_option("#step", step)
    # There was a night to think between counselling and declaration.
    on = today() - timedelta(days=1) if step == "counselling" else today()
    page.fill("#done_on", on.isoformat())
    if told:
        _say(page, step)
    if child and step == "declaration":
        page.check("#guardian")
    for name, day in days.items():
        page.fill(f"#{name}", str(day))
    page.get_by_role("button", name="Record", exact=True).click()
    if told:
        done(page)


def _say(page: Page, step: str) -> None:
    for name, code in _CHOSEN.get(step, {}).items():
        page.select_option(f"#{name}", code)
    if step == "travel_documents":
        page.fill("#document_number", "P 1234567")
    for name in _TICKED.get(step, ()):
        page.check(f"#{name}")
    if step == "counselling":
        for code in ("stay", "asylum", "return"):
            page.locator(f"input[name=options][value={code}]").check()
        page.fill("#before_because", "Held by the partner, who sent them here.")
    if step == "protection_check":
        for name in returning.GROUNDS_ASKED:
            page.locator(f"input[name={name}][value=no]").check()
    if step in {"fit_to_travel", "travel_documents"}:
        page.fill("#valid_until", (today() + timedelta(days=20)).isoformat())


def agree(worker: Page, boss: Page, number: str) -> None:
    """The caseworker asks for the return, and a supervisor looks at it and agrees."""
    worker.goto(f"/cases/{number}")
    worker.get_by_role("button", name="Ask: The return").click()
    done(worker)
    boss.goto("/approvals")
    row = boss.locator(".row", has_text=number).filter(has_text="The return")
    look = row.get_by_role("link", name="Look at it first")
    if look.count():  # of a child, or after a lowered risk: never from the list
        look.click()
        boss.locator("input[name=agrees][value=yes]").check()
        boss.fill("#words", "The file was read, and the guardian asked.")
        boss.get_by_role("button", name="Keep what you say").click()
    else:
        row.get_by_role("button", name="Approve", exact=True).click()
    done(boss)
    # The same case may wait for a second reader, which no list answers.
    waits = boss.locator(".row", has_text=number)
    expect(waits.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
