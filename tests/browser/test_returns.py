"""Returns across missions in a real browser: a family from a transit country under HASM, a victim
under an assistance fund, two hundred under MEFM.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from access import audit
from access.actors import Actor, person
from access.gate import acting
from application import create_app
from avrr import handover, preparation
from casework.intake import registration as registering
from config import from_environment
from models.base import db
from models.people import Organisation, User
from models.returns import Return
from tests.browser.conftest import Installation, done, last_resort, sure
from tests.browser.returning import agree, record_step
from tests.browser.test_five_days import agree_to, clean, register
from tests.factories import returning

TODAY = datetime.now(UTC).date()
Enter = Callable[..., Page]
Shot = Callable[[Page, str], None]
STEPS = (
    "application",
    "counselling",
    "eligibility",
    "protection_check",
    "declaration",
    "travel_documents",
    "fit_to_travel",
)


def begin(page: Page, number: str, country: str, *, transit: bool = False) -> str:
    """Begin a return; gives its reference. The person agrees that the mission there is told."""
    agree_to(page, number, {"CI": "Mission Abidjan", "BD": "Mission Dhaka"}[country])
    page.goto(f"/cases/{number}/return")
    page.select_option("#country", country)
    if transit:
        page.check("#from_transit")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url(re.compile(r"/returns/RT-"))
    return page.url.rsplit("/", 1)[1]


def all_steps(page: Page, reference: str, country_from: str = "Niamey") -> None:
    """Every step an adult needs, as the worker records them one after the other."""
    for step in STEPS:
        page.goto(f"/returns/{reference}")
        record_step(page, step)
    page.goto(f"/returns/{reference}")
    page.locator("summary", has_text="Legs, escorts, needs").click()
    page.fill("#from_1", country_from)
    page.fill("#to_1", "Abidjan")
    page.fill("#on_1", TODAY.isoformat())
    page.get_by_role("button", name="Keep the journey").click()
    done(page)


def hand_over(page: Page, reference: str) -> None:
    """To the mission of the country of return."""
    page.goto(f"/returns/{reference}")
    page.get_by_role("button", name="Hand over").click()
    expect(page.locator("h1")).to_contain_text("will see")
    page.get_by_role("button", name="Hand over").click()
    expect(page.locator("main")).to_contain_text("Handed over, waiting")


def leave(page: Page, reference: str) -> None:
    """Departure, when nothing is missing."""
    page.goto(f"/returns/{reference}")
    page.fill("#departed_on", TODAY.isoformat())
    page.get_by_role("button", name="Record departure").click()
    expect(page.locator("main")).to_contain_text("Departed")


AGREES = ("assistance", "consulate", "statistics")


def test_a_stranded_family_goes_home_from_a_transit_country_under_hasm(
    enter: Enter, shot: Shot
) -> None:
    moussa = enter("Moussa Issoufou")
    numbers = [
        register(
            moussa,
            "border",
            given=given,
            family="Zongo",
            sex=sex,
            country="CI",
            categories=("stranded",),
            agrees=AGREES,
        )
        for given, sex in (("Issa", "Masculine"), ("Awa", "Feminine"))
    ]
    moussa.goto(f"/cases/{numbers[0]}/family")
    moussa.fill("#number", numbers[1])
    moussa.select_option("#relation", index=1)
    moussa.get_by_role("button", name=re.compile("Add|Join|Put")).first.click()
    expect(moussa.locator("main")).to_contain_text("Awa")
    # One request for both, above the ceiling first, then within it.
    moussa.goto(f"/cases/{numbers[0]}/funding")
    moussa.select_option("#fund", "HASM-1")
    moussa.locator(f"input[name=members][value={numbers[1]}]").check()
    moussa.fill("#line_travel", "90000")
    moussa.get_by_role("button", name="Ask").click()
    expect(moussa.locator(".summary-fault")).to_contain_text("ceiling")
    moussa.fill("#line_travel", "1240.50")
    last_resort(moussa)
    moussa.fill("#line_reception", "100")
    moussa.get_by_role("button", name="Ask").click()
    expect(moussa.locator("h1")).to_contain_text("1,340.50 EUR")
    request = moussa.url
    shot(moussa, "returns-1-family-request")
    rahila = enter("Rahila Abdou")
    rahila.goto(request)
    rahila.get_by_role("button", name="Approve").click()
    references = [begin(moussa, number, "CI", transit=True) for number in numbers]
    for reference in references:
        all_steps(moussa, reference)
        hand_over(moussa, reference)
    shot(moussa, "returns-2-prepared")
    aya = enter("Aya Kouassi", width=390)
    for reference in references:
        aya.goto(f"/returns/{reference}")
        aya.get_by_role("button", name="Accept", exact=True).click()
        leave(moussa, reference)
        aya.goto(f"/returns/{reference}")
        aya.fill("#arrived_on", TODAY.isoformat())
        aya.check("#met")
        aya.get_by_role("button", name="The person is here").click()
        expect(aya.locator("main")).to_contain_text("Met on arrival")
    shot(aya, "returns-3-arrived-phone")
    # The money is accounted for: a payment in another currency, the rest goes back.
    moussa.goto(request)
    moussa.select_option("#line", "travel")
    moussa.fill("#amount", "655957")
    moussa.fill("#currency", "XOF")
    moussa.fill("#on", TODAY.isoformat())
    moussa.fill("#receipt", "T-88")
    moussa.get_by_role("button", name="Save").click()
    expect(moussa.locator("#rate-fault")).to_be_visible()
    moussa.fill("#rate", "0.00152449")
    moussa.get_by_role("button", name="Save").click()
    expect(moussa.locator("main")).to_contain_text("1,000.00 EUR")
    moussa.get_by_role("button", name="Everything is paid: close").click()
    sure(moussa)
    expect(moussa.locator("main")).to_contain_text("Given back")
    shot(moussa, "returns-4-accounted")
    clean(moussa, rahila, aya)


def test_a_victim_returns_under_an_assistance_fund_and_is_followed_up(
    enter: Enter, shot: Shot
) -> None:
    nadia, leila = enter("Nadia Ben Salem"), enter("Leila Mansour")
    number = register(
        nadia,
        "walk_in",
        call="Mireille",
        sex="Feminine",
        year=1998,
        country="CI",
        categories=("trafficking",),
        agrees=AGREES,
    )
    nadia.goto(f"/cases/{number}/funding")
    nadia.select_option("#fund", "VOT-1")
    nadia.fill("#line_travel", "700")
    nadia.get_by_role("button", name="Ask").click()
    request = nadia.url
    leila.goto(request)
    leila.get_by_role("button", name="Approve").click()
    reference = begin(nadia, number, "CI")
    all_steps(nadia, reference, "Tunis")
    agree(nadia, leila, number)
    hand_over(nadia, reference)
    aya = enter("Aya Kouassi", width=390)
    aya.goto(f"/returns/{reference}")
    aya.fill("#words", "Who meets her at the airport?")
    aya.get_by_role("button", name="Send back with questions").last.click()
    nadia.goto(f"/returns/{reference}")
    expect(nadia.locator("#words")).to_be_visible()
    expect(nadia.locator("main")).to_contain_text("Who meets her at the airport?")
    hand_over(nadia, reference)
    aya.goto(f"/returns/{reference}")
    aya.get_by_role("button", name="Accept", exact=True).click()
    leave(nadia, reference)
    aya.goto(f"/returns/{reference}")
    aya.fill("#arrived_on", TODAY.isoformat())
    aya.get_by_role("button", name="The person is here").click()
    aya.fill("#plan-economic", "Sewing, with her aunt.")
    aya.get_by_role("button", name="Keep the plan").click()
    aya.get_by_text("Plan an item").click()
    aya.select_option("#kind", "training")
    aya.select_option("#dimension", "economic")
    aya.select_option("#fund", "AVRR-1")
    aya.fill("#amount", "1500")
    aya.fill("#parts", "2")
    aya.fill("#given_on", TODAY.isoformat())
    aya.get_by_role("button", name="Keep the item").click()
    expect(aya.locator("main")).to_contain_text("Waits for approval")
    claire = enter("Claire Morel")
    claire.goto("/returns/approvals")
    claire.locator(".row", has_text="1,500.00 EUR").get_by_role(
        "button", name="Approve"
    ).first.click()
    aya.goto(f"/returns/{reference}/survey")
    aya.fill("#on", TODAY.isoformat())
    for fieldset in aya.locator("fieldset:has(input[type=radio])").all():
        fieldset.locator("input[type=radio]").nth(1).check()
    shot(aya, "returns-5-survey-phone")
    aya.get_by_role("button", name="Keep the survey").click()
    expect(aya.locator("main")).to_contain_text("Provisional weights")
    shot(aya, "returns-6-scores-phone")
    aya.goto(f"/returns/{reference}")
    shot(aya, "returns-7-reintegration-phone")
    clean(nadia, leila, aya, claire)


@contextmanager
def installed(installation: Installation) -> Iterator[Flask]:
    """The application over the same database as the running installation, to prepare many cases
    through the verbs.
    """
    settings = from_environment(
        {"SAFECONDUCT_ENV": "demo", "SAFECONDUCT_DATA": str(installation.data)}
    )
    app = create_app(settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@contextmanager
def acts(name: str) -> Iterator[Actor]:
    people = db.session.execute(select(User)).unique().scalars()
    (user,) = [each for each in people if each.name == name]
    with acting(person(user), purpose="test") as gate:
        yield gate.actor
        db.session.flush()
        audit.append(gate.pending())
        db.session.commit()


def prepared(installation: Installation, count: int) -> None:
    """So many people in Tunis, ready to return to Bangladesh and accepted there."""
    registration: dict[str, Any] = {
        "channel": "crisis_list",
        "consent": {
            "assistance": "agrees",
            "consulate": "agrees",
            "statistics": "agrees",
            "sharing": "agrees",
            "manner": "spoken",
            "language": "bn",
        },
        "needs": {"needs": "To go home.", "risk": "low", "categories": ["stranded"]},
    }
    with installed(installation):
        office = db.session.execute(
            select(Organisation).where(Organisation.code == "TUN")
        ).scalar_one()
        ids = []
        for place in range(count):
            mission = select(Organisation.id).where(Organisation.code == "DAC")
            told = {"recipients": [db.session.execute(mission).scalar_one()]}
            whole = {
                **registration,
                "consent": {**registration["consent"], **told},
                "duplicate": "not_same",
                "person": {
                    "given_names": f"Zahid {place}",
                    "family_name": "Mia",
                    "sex": "Masculine",
                    "citizenship": "BD",
                    "languages": ["bn"],
                },
            }
            with acts("Nadia Ben Salem") as by:
                case = registering.register(
                    by=by,
                    given=whole,
                    office=db.session.get_one(Organisation, office.id),
                    owner_id=by.id,
                    team_id=None,
                )
                record = preparation.start(by=by, case=case, country="BD")
                for step in STEPS:
                    returning.take(
                        step,
                        by=by,
                        return_=record,
                        language="bn",
                        valid_until=TODAY + timedelta(days=20),
                    )
                handover.hand_over(by=by, return_=record)
                ids.append(record.id)
        for number in ids:
            with acts("Farhana Islam") as by:
                handover.accept(by=by, return_=db.session.get_one(Return, number))


def test_a_crisis_movement_of_two_hundred_under_mefm(
    enter: Enter, shot: Shot, installation: Installation
) -> None:
    prepared(installation, 201)
    claire = enter("Claire Morel")
    claire.goto("/funds/new")
    for field, value in (
        ("code", "MEFM-1"),
        ("name", "Crisis fund"),
        ("currency", "EUR"),
        ("ceiling", "900"),
        ("second_above", "50000"),
        ("starts_on", TODAY.isoformat()),
        ("ends_on", (TODAY + timedelta(days=200)).isoformat()),
    ):
        claire.fill(f"#{field}", value)
    claire.select_option("#programme", "mefm")
    claire.select_option("#lends", "no")  # it pays for the charter itself
    claire.locator("input[name=sectors][value='3']").check()
    claire.get_by_role("button", name="Open the fund").click()
    claire.get_by_text("Write down a contribution").click()
    claire.fill("#donor", "A ministry")
    claire.fill("#amount", "250000")
    claire.fill("#on", TODAY.isoformat())
    claire.get_by_role("button", name="Save").click()
    expect(claire.locator("main")).to_contain_text("250,000.00 EUR")

    nadia = enter("Nadia Ben Salem")
    nadia.goto("/movements")
    nadia.select_option("#country", "BD")
    nadia.fill("#travel_on", TODAY.isoformat())
    nadia.fill("#seats", "200")
    nadia.fill("#carrier", "Charter 7")
    nadia.get_by_role("button", name="Plan", exact=True).click()
    nadia.get_by_role("button", name=re.compile("Fill with")).click()
    expect(nadia.locator("tbody tr")).to_have_count(200)
    movement = nadia.url
    shot(nadia, "returns-8-manifest")
    nadia.get_by_role("link", name="Ask for funding").click()
    nadia.select_option("#fund", "MEFM-1")
    nadia.fill("#line_travel", "120000")
    nadia.get_by_role("button", name="Ask").click()
    expect(nadia.locator(".summary-fault")).to_contain_text("sector")
    nadia.select_option("#sector", "3")
    nadia.get_by_role("button", name="Ask").click()
    request = nadia.url
    leila = enter("Leila Mansour")
    leila.goto(request)
    leila.get_by_role("button", name="Approve").click()
    expect(leila.locator("main")).to_contain_text("a second person decides")
    claire.goto(request)
    claire.get_by_role("button", name="Approve").click()
    expect(claire.locator("main")).to_contain_text("Approved")

    nadia.goto(movement + "/list")
    expect(nadia.locator("tbody tr")).to_have_count(200)
    shot(nadia, "returns-9-escort-list")
    nadia.goto(movement)
    nadia.get_by_role("button", name="Did not come").first.click()
    sure(nadia)
    nadia.get_by_role("button", name="They left").click()
    expect(nadia.locator("main")).to_contain_text("On board")
    expect(nadia.locator("tbody tr", has_text="On board")).to_have_count(199)
    farhana = enter("Farhana Islam", width=390)
    farhana.goto("/returns?state=departed")
    expect(farhana.locator("tbody tr").first).to_be_visible()
    shot(farhana, "returns-10-coming-phone")
    claire.goto("/funds/MEFM-1")
    expect(claire.locator("main")).to_contain_text("balances")
    shot(claire, "returns-11-fund")
    clean(nadia, leila, claire, farhana)
