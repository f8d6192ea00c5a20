"""Whole lives in a real browser, on a day that is moved, until departure: a child whose third
country is another journey than the way home, a child who turns eighteen on the way, a claim for
asylum after the handover, a country without a mission.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from models.base import today
from models.births import birthday
from tests import waiting
from tests.browser.conftest import Installation, done, sure
from tests.browser.living import (
    STEPS,
    agree_until,
    arrive,
    begin,
    day,
    depart,
    fund,
    journey,
    lives_there,
    pass_time,
    told,
    unfold,
    visit,
)
from tests.browser.returning import agree, record_step
from tests.browser.test_five_days import clean, register, write

Enter = Callable[..., Page]
Shot = Callable[[Page, str], None]
PANEL = "A. Delegate, court\nI. Gharbi, lawyer\nB. Salah, child protection"


@pytest.fixture(scope="module")
def installation(of_lives: Installation) -> Iterator[Installation]:
    """One whose day is moved."""
    yield from lives_there(of_lives)


def steps(page: Page, reference: str, *, child: bool = False, but: tuple[str, ...] = ()) -> None:
    """The steps that the caseworker records, one after the other."""
    for step in STEPS:
        if step not in but:
            page.goto(f"/returns/{reference}")
            record_step(page, step, child=child)


def safeguards(page: Page, base: str, country: str, **decided: Any) -> None:
    """What a child alone needs, written down."""
    new = f"{base}/protection/records/new"
    write(page, f"{new}/age", status="not_doubted")
    write(
        page,
        f"{new}/guardian",
        name="A. Delegate",
        kind="appointed",
        since=day(),
        checked=True,
    )
    write(
        page,
        f"{new}/bia",
        on=day(),
        views="I want to be with my mother.",
        recommended="Find out where she can have him.",
        review_on=day(30),
    )
    write(page, f"{new}/tracing", state="found", by="A tracing service", contact="yes", safe="yes")
    write(
        page,
        f"{new}/bid",
        on=day(),
        panel=["guardian", "legal", "child_protection"],
        names=PANEL,
        country=country,
        options="Stay, return, join the mother.",
        views="To my mother.",
        reason="She can care, and may have him there.",
        valid_until=day(90),
        **decided,
    )
    write(
        page,
        f"{new}/guardian_consent",
        country=country,
        answer="agrees",
        guardian="A. Delegate",
        on=day(),
        language="fr",
        proof="paper",
        view="wants",
        words="I want to live with my mother.",
    )


def best_interests(page: Page, reference: str) -> None:
    page.goto(f"/returns/{reference}")
    unfold(page, "Record a step")
    page.select_option("#step", "best_interests")
    page.fill("#done_on", day())
    page.get_by_role("button", name="Record", exact=True).click()


def line(page: Page, words: str) -> Any:
    """A line of the checklist."""
    return page.locator(".row", has=page.locator("strong", has_text=words)).first


def test_a_child_is_not_sent_home_on_a_word_for_a_third_country_and_is_relocated(
    enter: Enter, shot: Shot
) -> None:
    nadia, leila = enter("Nadia Ben Salem"), enter("Leila Mansour")
    number = register(
        nadia,
        "border",
        given="Bilal",
        family="Ouattarason",
        year=today().year - 13,
        sex="Masculine",
        country="CI",
        agrees=("assistance", "consulate", "statistics"),
        categories=("child",),
        guardian="A. Delegate",
    )
    base = f"/cases/{number}"
    safeguards(nadia, base, "FR", decision="relocate")
    home = begin(nadia, number, "CI")
    steps(nadia, home, child=True)
    best_interests(nadia, home)
    refused = nadia.locator(".summary-fault")
    expect(refused).to_contain_text("does not allow it")
    expect(refused).to_contain_text("consent to this country")
    shot(nadia, "lives-child-1-blocked")
    expect(nadia.get_by_role("button", name="Record departure")).to_have_count(0)
    nadia.goto(f"{base}/protection/records?section=children")
    expect(nadia.locator("main")).to_contain_text("does not allow it")
    shot(nadia, "lives-child-2-safeguards")
    nadia.goto(f"/returns/{home}")
    nadia.get_by_role("button", name="The person changed their mind").click()
    sure(nadia)
    # Where the mother is: another journey, with what lets him in.
    nadia.goto(f"{base}/return")
    nadia.locator("input[name=purpose][value=relocation]").check()
    nadia.select_option("#country", "FR")
    nadia.get_by_role("button", name="Begin", exact=True).click()
    expect(nadia.locator(".summary-fault")).to_contain_text("what lets the person into")
    nadia.select_option("#admission", "visa")
    nadia.get_by_role("button", name="Begin", exact=True).click()
    nadia.wait_for_url(re.compile(r"/returns/RT-"))
    third = nadia.url.rsplit("/", 1)[1]
    expect(nadia.locator("h1")).to_contain_text("Relocation to France")
    steps(nadia, third, child=True)
    best_interests(nadia, third)
    done(nadia)
    journey(nadia, third, "Tunis", "Lyon", escort="A. Delegate")
    fund(nadia, leila, number, travel="700")
    nadia.goto(f"/returns/{third}")
    expect(nadia.locator("#receiver")).to_contain_text("No mission is in France")
    unfold(nadia, "Nobody there receives")
    nadia.locator("input[name=because][value=no_mission]").check()
    nadia.fill("#in_hand", "The mother's number; the authority in Lyon expects him.")
    nadia.get_by_role("button", name="Write it down").click()
    done(nadia)
    expect(line(nadia, "Agreed by a supervisor")).to_contain_text("Ask for the approval")
    agree(nadia, leila, number)
    shot(nadia, "lives-child-3-cleared")
    depart(nadia, third)
    arrive(nadia, third)
    phone = enter("Nadia Ben Salem", width=390)
    phone.goto(f"/returns/{third}")
    expect(phone.locator("main")).to_contain_text("Arrived")
    shot(phone, "lives-child-4-phone")
    clean(nadia, leila, phone)


def test_a_child_turns_eighteen_between_application_and_departure(
    enter: Enter, shot: Shot, installation: Installation
) -> None:
    karim = enter("Karim Trabelsi")
    grown = today() + timedelta(days=40)
    born = next(
        each
        for back in range(4)
        if birthday(each := grown.replace(year=grown.year - 18) - timedelta(days=back), 18) <= grown
    )
    number = register(
        karim,
        "outreach",
        given="Ibrahima",
        family="Konatesson",
        sex="Masculine",
        country="CI",
        agrees=("assistance", "consulate", "statistics"),
        categories=("child",),
        guardian="A. Delegate",
        birth__year=str(born.year),
        birth__month=str(born.month),
        birth__day=str(born.day),
    )
    base = f"/cases/{number}"
    karim.goto(base)
    expect(karim.get_by_role("link", name="Child", exact=True)).to_be_visible()
    expect(karim.locator("main")).to_contain_text("18")
    shot(karim, "lives-eighteen-1-child")
    reference = begin(karim, number, "CI")
    record_step(karim, "application")
    karim.goto(f"/returns/{reference}")
    expect(line(karim, "Best interests")).to_contain_text("see the child’s page")
    expect(line(karim, "Escort")).not_to_contain_text("not needed")
    shot(karim, "lives-eighteen-2-steps-of-a-child")
    pass_time(installation, "+45 days")
    karim = enter("Karim Trabelsi")

    def is_grown() -> int:
        karim.goto(base)
        return karim.locator("main").get_by_text("Turned 18: not a child any more").count()

    waiting.until(is_grown, between=1)
    expect(karim.get_by_role("link", name="Child", exact=True)).to_have_count(0)
    shot(karim, "lives-eighteen-3-grown")
    # What a guardian said for the child is asked of the adult.
    renew = karim.locator("main .row__main.strong", has_text="Renew consent")
    expect(renew).to_have_count(1)
    agree_until(karim, number, "Mission Abidjan")
    karim.goto(base)
    expect(renew).to_have_count(0)
    steps(karim, reference, but=("application",))
    karim.goto(f"/returns/{reference}")
    expect(karim.locator("main")).to_contain_text("Man or boy, 18–34")
    for words in ("Best interests", "Escort"):
        expect(line(karim, words)).to_contain_text("not needed")
    journey(karim, reference, "Tunis", "Abidjan")
    leila = enter("Leila Mansour")
    fund(karim, leila, number, travel="400")
    karim.goto(f"/returns/{reference}")
    karim.get_by_role("button", name="Hand over").click()
    expect(karim.locator("h1")).to_contain_text("will see")
    karim.get_by_role("button", name="Hand over").click()
    done(karim)
    aya = enter("Aya Kouassi", width=390)
    aya.goto(f"/returns/{reference}")
    shot(aya, "lives-eighteen-4-phone")
    aya.get_by_role("button", name="Accept", exact=True).click()
    done(aya)
    shot(karim, "lives-eighteen-5-steps-of-an-adult")
    depart(karim, reference)
    arrive(aya, reference)
    clean(karim, leila, aya)


def test_who_asks_for_asylum_after_the_handover_is_known_to_nobody_at_home(
    enter: Enter, shot: Shot
) -> None:
    nadia, leila, ines = enter("Nadia Ben Salem"), enter("Leila Mansour"), enter("Ines Gharbi")
    number = register(
        nadia,
        "walk_in",
        given="Kadidia",
        family="Sorosson",
        year=today().year - 27,
        sex="Feminine",
        country="CI",
        categories=("stranded",),
    )
    base = f"/cases/{number}"
    agree_until(nadia, number, "Mission Abidjan")
    reference = begin(nadia, number, "CI")
    steps(nadia, reference)
    journey(nadia, reference, "Tunis", "Abidjan")
    fund(nadia, leila, number, travel="350")
    hand_over(nadia, reference)
    aya = enter("Aya Kouassi", width=390)
    aya.goto(f"/returns/{reference}")
    aya.get_by_role("button", name="Accept", exact=True).click()
    done(aya)
    expect(aya.locator("main")).to_contain_text("Kadidia")
    write(ines, f"{base}/legal/records/new/asylum", state="lodged", on=day(), lawyer="A lawyer")
    # At home nobody sees her any more, nor learns why.
    told(aya, "A handover has ended", reference)
    shot(aya, "lives-asylum-1-told-phone")
    for word in ("asylum", "protection", "Kadidia"):
        expect(aya.locator("main")).not_to_contain_text(word)
    assert aya.goto(f"/returns/{reference}").status == 404  # type: ignore[union-attr]
    aya.goto("/returns")
    expect(aya.locator("main")).not_to_contain_text(reference)
    nadia.goto(f"/returns/{reference}")
    shot(nadia, "lives-asylum-2-blocked")
    expect(nadia.locator("main")).to_contain_text("the person seeks protection")
    expect(nadia.locator("main")).to_contain_text("It cannot be handed over now.")
    expect(nadia.get_by_role("button", name="Hand over")).to_have_count(0)
    expect(nadia.get_by_role("button", name="Record departure")).to_have_count(0)
    # The claim is withdrawn, with a lawyer: she may go on, and the mission there is asked anew.
    ines.goto(f"{base}/legal/records?section=asylum")
    write(ines, f"{base}/legal/records/new/asylum", state="withdrawn", on=day())
    nadia.goto(f"/returns/{reference}")
    expect(nadia.locator("main")).not_to_contain_text("the person seeks protection")
    hand_over(nadia, reference)
    aya.goto(f"/returns/{reference}")
    aya.get_by_role("button", name="Accept", exact=True).click()
    done(aya)
    depart(nadia, reference)
    clean(nadia, leila, ines, aya)


def hand_over(page: Page, reference: str) -> None:
    page.goto(f"/returns/{reference}")
    page.get_by_role("button", name="Hand over").click()
    expect(page.locator("h1")).to_contain_text("will see")
    page.get_by_role("button", name="Hand over").click()
    expect(page.locator("main")).to_contain_text("Handed over, waiting")


def test_where_there_is_no_mission_the_sender_goes_on_to_the_end(
    enter: Enter, shot: Shot, installation: Installation
) -> None:
    moussa, rahila = enter("Moussa Issoufou"), enter("Rahila Abdou")
    number = register(
        moussa,
        "border",
        given="Komlan",
        family="Agbekosson",
        year=today().year - 33,
        sex="Masculine",
        country="TG",
        categories=("stranded",),
    )
    agree_until(moussa, number)
    reference = begin(moussa, number, "TG")
    expect(moussa.locator("#receiver")).to_contain_text("No mission is in Togo")
    expect(moussa.locator("main")).to_contain_text("Choose a mission of the region")
    shot(moussa, "lives-nobody-1-no-mission")
    steps(moussa, reference)
    journey(moussa, reference, "Niamey", "Lomé")
    fund(moussa, rahila, number, travel="300")
    moussa.goto(f"/returns/{reference}")
    unfold(moussa, "Nobody there receives")
    moussa.get_by_role("button", name="Write it down").click()
    expect(moussa.locator(".summary-fault").first).to_be_visible()
    moussa.locator("input[name=because][value=no_mission]").check()
    moussa.fill("#in_hand", "The number of this office, 60 EUR, a brother in Lomé.")
    moussa.get_by_role("button", name="Write it down").click()
    done(moussa)
    agree(moussa, rahila, number)
    depart(moussa, reference)
    arrive(moussa, reference)
    shot(moussa, "lives-nobody-2-arrived")
    moussa.fill("#plan-economic", "He mends telephones.")
    moussa.get_by_role("button", name="Keep the plan").click()
    done(moussa)
    unfold(moussa, "Plan an item")
    moussa.select_option("#kind", "micro_business")
    moussa.select_option("#dimension", "economic")
    moussa.select_option("#fund", "AVRR-1")
    moussa.fill("#amount", "450")
    moussa.fill("#given_on", day())
    moussa.get_by_role("button", name="Keep the item").click()
    done(moussa)
    rahila.goto("/returns/approvals")
    row = rahila.locator(".row", has_text=reference)
    expect(row).to_contain_text("Mission Niamey")
    shot(rahila, "lives-nobody-3-approvals")
    row.get_by_role("button", name="Approve").first.click()
    done(rahila)
    moussa.goto(f"/returns/{reference}")
    unfold(moussa, "Write down an instalment")
    form = moussa.locator("form[action$=instalments]")
    form.locator("input[name=paid_on]").fill(day())
    form.locator("input[name=receipt]").fill(f"{reference}-1")
    form.get_by_role("button", name="Keep").click()
    done(moussa)
    pass_time(installation, "+1 month")
    moussa = enter("Moussa Issoufou", width=390)
    told(moussa, "A follow-up is due", f"1-{reference}")
    visit(moussa, reference, "1", "phone", "reached", business="runs", seen="He opened a stall.")
    done(moussa)
    shot(moussa, "lives-nobody-4-phone")
    expect(moussa.locator("main")).not_to_contain_text("agrees again that we keep it")
    # He wants no more visits: what is missing is said, and a second person agrees.
    unfold(moussa, "End of this return")
    moussa.select_option("#ending", "completed")
    moussa.get_by_role("button", name="Close", exact=True).click()
    expect(moussa.locator(".summary-fault").first).to_contain_text("has reached nobody")
    moussa.fill("#why", "The stall feeds him; he asks for no more visits.")
    moussa.get_by_role("button", name="Close", exact=True).click()
    done(moussa)
    rahila = enter("Rahila Abdou")
    rahila.goto(f"/returns/{reference}")
    shot(rahila, "lives-nobody-5-second-person")
    rahila.get_by_role("button", name="Agree and close").click()
    done(rahila)
    expect(rahila.locator("main")).to_contain_text("Completed")
    clean(moussa, rahila)
