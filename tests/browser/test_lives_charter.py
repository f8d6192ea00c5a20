"""A charter of two hundred in a crisis, in a real browser: an operation is lent money, the people
fly home, are counted, and the advance is paid back, on a day that is moved.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Installation, done, sure
from tests.browser.living import accepted, behind, day, lives_there, pass_time, unfold
from tests.browser.test_five_days import clean

Enter = Callable[..., Page]
Shot = Callable[[Page, str], None]
SEATS = 200


@pytest.fixture(scope="module")
def installation(of_lives: Installation) -> Iterator[Installation]:
    """One whose day is moved."""
    yield from lives_there(of_lives)


def open_fund(page: Page, code: str, name: str, *, lends: str, amount: str, donor: str) -> None:
    """A fund of the mechanism, with money of a donor."""
    page.goto("/funds/new")
    for field, value in (
        ("code", code),
        ("name", name),
        ("currency", "USD"),
        ("ceiling", "900"),
        ("starts_on", day()),
        ("ends_on", day(700)),
    ):
        page.fill(f"#{field}", value)
    page.select_option("#programme", "mefm")
    page.select_option("#lends", lends)
    page.get_by_role("button", name="Open the fund").click()
    done(page)
    contribute(page, code, donor=donor, amount=amount)


def contribute(page: Page, code: str, *, donor: str, amount: str) -> None:
    page.goto(f"/funds/{code}")
    unfold(page, "Write down a contribution")
    form = page.locator("form[action$=contributions]")
    form.locator("#donor").fill(donor)
    form.locator("#amount").fill(amount)
    form.locator("#on").fill(day())
    form.locator("button").first.click()
    done(page)


def book(page: Page, words: str, **values: str) -> None:
    """What was drawn, or a repayment."""
    unfold(page, words)
    form = page.locator("details[open]", has=page.locator("summary", has_text=words)).locator(
        "form"
    )
    for name, value in values.items():
        form.locator(f"input[name={name}]").fill(value)
    form.get_by_role("button", name="Keep").click()
    done(page)


def test_a_charter_of_two_hundred_is_lent_flown_counted_and_paid_back(
    enter: Enter, shot: Shot, installation: Installation
) -> None:
    with behind(installation):
        people = list(
            accepted(SEATS, names="Zahid", country="BD", mission="DAC", receiver="Farhana Islam")
        )
    assert len(people) == SEATS
    claire, nadia = enter("Claire Morel"), enter("Nadia Ben Salem")
    open_fund(
        claire, "MEFM-L", "Migration emergency", lends="yes", amount="400000", donor="A State"
    )
    operation, advance = borrow(nadia, claire, shot)
    # What the operation was lent pays for the flight.
    open_fund(
        claire, "OP-TUN", "Operation Tunis", lends="no", amount="150000", donor=f"Advance {advance}"
    )
    movement = fly(nadia, claire, shot)
    nadia.goto(operation)
    unfold(nadia, "Write down people who were helped")
    nadia.fill("#movement", movement)
    nadia.select_option("#sector", "3")
    nadia.fill("#on", day())
    nadia.get_by_role("button", name="Keep", exact=True).last.click()
    done(nadia)
    expect(nadia.locator("main")).to_contain_text(re.compile(r"People helped\s*199"))
    shot(nadia, "lives-charter-5-people")
    farhana = land(enter, shot)
    flown = day()[:4]
    pass_time(installation, "+2 months")
    claire = enter("Claire Morel")
    pay_back(claire, operation, shot)
    for page in ("mefm", "avrr", "funds"):
        claire.goto(f"/statistics/{page}")
        shot(claire, f"lives-charter-9-statistics-{page}")
    # Statistics and operation count the same: who was on board.
    claire.goto(f"/statistics/mefm?year={flown}")
    row = claire.locator("tr", has_text="OP-TUN")
    expect(row).to_contain_text("199")
    claire.goto("/operations")
    helped = claire.locator(".row", has_text="Expulsions to the border").first
    expect(helped).to_contain_text("199")
    clean(claire, nadia, farhana)


def borrow(nadia: Page, claire: Page, shot: Shot) -> tuple[str, str]:
    """An operation, and its advance: asked, refused above the fund, approved, drawn."""
    nadia.goto("/operations")
    nadia.fill("#crisis", "Expulsions to the border")
    nadia.select_option("#country", "TN")
    nadia.fill("#starts_on", day())
    for sector in ("3", "9"):
        nadia.locator(f"input[name=sectors][value='{sector}']").check()
    nadia.get_by_role("button", name="Keep", exact=True).click()
    done(nadia)
    operation = nadia.url
    unfold(nadia, "Ask for an advance")
    nadia.select_option("#fund", "MEFM-L")
    nadia.fill("#amount", "150000")
    nadia.fill("#repay_by", day(50))
    nadia.get_by_role("button", name="Ask", exact=True).click()
    done(nadia)
    expect(nadia.get_by_role("button", name="Approve")).to_have_count(0)
    claire.goto(operation)
    claire.get_by_role("button", name="Approve").click()
    done(claire)
    book(claire, "Write down what was drawn", amount="150000", on=day(), receipt="WIRE-1")
    shot(claire, "lives-charter-1-advance")
    found = re.search(
        r"[A-Z]{2}-\w{8}", claire.locator("main .row .number.strong").first.inner_text()
    )
    assert found
    return operation, found[0]


def fly(nadia: Page, claire: Page, shot: Shot) -> str:
    """The movement: filled, paid for, one who does not come, departed; gives its number."""
    nadia.goto("/movements")
    nadia.select_option("#country", "BD")
    nadia.fill("#travel_on", day())
    nadia.fill("#seats", str(SEATS))
    nadia.fill("#carrier", "Charter 7")
    nadia.get_by_role("button", name="Plan", exact=True).click()
    done(nadia)
    nadia.get_by_role("button", name=re.compile("Fill with")).click()
    expect(nadia.locator("tbody tr")).to_have_count(SEATS)
    movement = nadia.url
    shot(nadia, "lives-charter-2-manifest")
    nadia.get_by_role("button", name="They left").click()
    expect(nadia.locator(".summary-fault").first).to_contain_text("Funding")
    nadia.goto(movement)
    nadia.get_by_role("link", name="Ask for funding").click()
    # A fund that lends pays for nobody by itself: it is not offered.
    expect(nadia.locator("#fund option[value='MEFM-L']")).to_have_count(0)
    nadia.fill("#line_travel", "120000")
    nadia.select_option("#fund", "OP-TUN")
    nadia.get_by_role("button", name="Ask", exact=True).click()
    done(nadia)
    claire.goto(nadia.url)
    claire.get_by_role("button", name="Approve", exact=True).click()
    done(claire)
    nadia.goto(movement + "/list")
    expect(nadia.locator("tbody tr")).to_have_count(SEATS)
    shot(nadia, "lives-charter-3-boarding")
    nadia.goto(movement)
    nadia.get_by_role("button", name="Did not come").first.click()
    sure(nadia)
    nadia.get_by_role("button", name="They left").click()
    done(nadia)
    expect(nadia.locator("tbody tr", has_text="On board")).to_have_count(SEATS - 1)
    expect(nadia.locator(".strip")).to_contain_text(
        re.compile(r"199\s*on board\s*1\s*did not come")
    )
    shot(nadia, "lives-charter-4-left")
    return movement.rsplit("/", 1)[1]


def land(enter: Enter, shot: Shot) -> Page:
    """They are there, but for one who fell ill on the way and lands a day later."""
    farhana: Page = enter("Farhana Islam", width=390)
    farhana.goto("/returns/work?what=arriving")
    shot(farhana, "lives-charter-6-coming-phone")
    links = farhana.locator("main a.number", has_text=re.compile("^RT-"))
    first, ill = (links.nth(place).inner_text() for place in (0, 1))
    farhana.goto(f"/returns/{first}")
    expect(farhana.locator("main")).to_contain_text("198 other people left with the same movement")
    farhana.fill("#arrived_on", day())
    farhana.check("#met")
    farhana.check("#together")
    farhana.fill("#but", ill)
    shot(farhana, "lives-charter-6-arrival-phone")
    farhana.get_by_role("button", name="The person is here").click()
    done(farhana)
    farhana.goto("/returns/work?what=arriving")
    left = farhana.locator("main a.number", has_text=re.compile("^RT-"))
    # Whoever else the demo has on the way stands there, too.
    expect(left.filter(has_text=ill)).to_have_count(1)
    expect(left.filter(has_text=first)).to_have_count(0)
    farhana.goto(f"/returns/{ill}")
    expect(farhana.locator("#together")).to_have_count(0)
    farhana.fill("#arrived_on", day())
    farhana.get_by_role("button", name="The person is here").click()
    done(farhana)
    return farhana


def pay_back(claire: Page, operation: str, shot: Shot) -> None:
    """Late, in two parts, from what donors give; never more than is out."""
    claire.goto(operation)
    expect(claire.locator(".late").first).to_contain_text("To be paid back by")
    shot(claire, "lives-charter-7-late")
    book(
        claire,
        "Write down a repayment",
        donor="A ministry",
        amount="100000",
        on=day(),
        receipt="R-1",
    )
    expect(claire.locator("main")).to_contain_text("out 50,000.00 USD")
    book(claire, "Write down a repayment", donor="A State", amount="50000", on=day(), receipt="R-2")
    expect(claire.locator("main")).to_contain_text("out 0.00 USD")
    expect(claire.get_by_text("Write down a repayment")).to_have_count(0)
    shot(claire, "lives-charter-8-paid-back")
    claire.goto("/funds/MEFM-L")
    expect(claire.locator(".strip")).to_contain_text("400,000.00 USD")
