"""Five days in a real browser: each by the people who would do it, from the first word to the last
paper.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from tests import waiting
from tests.browser.conftest import done

TODAY = datetime.now(UTC).date()
Enter = Callable[..., Page]
Shot = Callable[[Page, str], None]


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Continue").click()


def register(
    page: Page,
    channel: str,
    *,
    given: str = "",
    family: str = "",
    call: str = "",
    year: int = 0,
    sex: str = "",
    country: str = "",
    categories: tuple[str, ...] = (),
    agrees: tuple[str, ...] = ("assistance",),
    needs: str = "",
    risk: str = "",
    guardian: str = "",
    alone_because: str = "",
    **person: str,
) -> str:
    """The six steps, with as little as the caller knows; ``person``: more of its third step."""
    page.goto("/work")
    page.get_by_role("button", name="Register a person").click()
    page.select_option("#channel", channel)
    go_on(page)
    for purpose in agrees:
        page.locator(f"label:has(input[name={purpose}][value=agrees])").click()
    if "sharing" in agrees:
        page.get_by_label("Dar Amel").check()
    page.locator(f"input[name=manner][value={'guardian' if guardian else 'signed'}]").check()
    if guardian:
        page.fill("#witness", guardian)
    if alone_because:
        page.locator("summary", has_text="A child answers alone").click()
        page.fill("#alone_because", alone_because)
    go_on(page)
    for field, value in (
        ("given_names", given),
        ("family_name", family),
        ("call_name", call),
        ("birth__year", str(year or "")),
        *person.items(),
    ):
        if value:
            page.fill(f"#{field}", value)
    if sex:
        page.locator(f"input[name=sex][value={sex}]").check()
    if country:
        page.select_option("#citizenship", country)
    go_on(page)
    go_on(page)
    if needs:
        page.fill("#needs", needs)
    if risk:
        page.locator(f"input[name=risk][value={risk}]").check()
    for category in categories:
        page.locator(f"input[name=categories][value={category}]").check()
    go_on(page)
    expect(page.get_by_role("button", name="Open the case")).to_be_visible()
    if page.locator("input[name=duplicate][value=not_same]").count():
        page.locator("input[name=duplicate][value=not_same]").check()
    page.get_by_role("button", name="Open the case").click()
    page.wait_for_url(re.compile(r"/cases/SC-"))
    return page.url.rsplit("/", 1)[1]


def agree_to(page: Page, number: str, *names: str) -> None:
    """The person agrees, on paper, that these are told and no others."""
    page.goto(f"/cases/{number}/consent")
    page.locator("label:has(input[name=sharing][value=agrees])").click()
    for name in names:
        if not page.get_by_label(name).is_visible():  # of another country
            page.locator("summary", has_text="In other countries").click()
        page.get_by_label(name).check()
    page.locator("input[name=manner][value=signed]").check()
    page.get_by_role("button", name="Record", exact=True).click()
    done(page)


def write(page: Page, path: str, **fields: Any) -> None:
    """Fill a form of a record as a person does, and save it."""
    page.goto(path)
    page.locator("details.field-group").evaluate_all(
        "all => all.forEach((one) => (one.open = true))"
    )
    for name, value in fields.items():
        if isinstance(value, list):
            for code in value:
                page.locator(f"input[name={name}][value={code}]").check()
        elif value is True:
            page.check(f"#{name}")
        elif page.locator(f"select#{name}").count():
            page.select_option(f"#{name}", value)
        elif page.locator(f"input[type=radio][name={name}]").count():
            page.locator(f"input[name={name}][value={value}]").check()
        else:
            page.fill(f"#{name}", str(value))
    page.get_by_role("button", name="Save").click()
    done(page)


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def clean(*pages: Page) -> None:
    for page in pages:
        assert page.violations == []  # type: ignore[attr-defined]


def place(page: Page, number: str, house: str) -> None:
    """Give the first free bed of a house."""
    page.goto(f"/cases/{number}/shelter")
    option = page.locator(f"#bed option:has-text('{house}')").first.get_attribute("value")
    page.select_option("#bed", option)
    page.get_by_role("button", name="Give the bed").click()
    expect(page.locator("main")).to_contain_text(house)


def test_a_trafficked_adult(enter: Enter, shot: Shot) -> None:
    nadia = enter("Nadia Ben Salem")
    number = register(
        nadia,
        "walk_in",
        given="Mariam",
        family="Toureva",
        year=TODAY.year - 22,
        sex="Feminine",
        country="CI",
        agrees=("assistance", "sharing", "statistics"),
        needs="Somewhere safe tonight.",
        risk="high",
        categories=("vulnerable",),
    )
    base = f"/cases/{number}"
    write(
        nadia,
        f"{base}/identity/records/new/safe_contact",
        ways=["call"],
        by="A woman",
        never="Never leave a message.",
        opening="Is the tailor open?",
    )
    nadia.goto(base)
    expect(nadia.locator(".datapage")).to_contain_text("Never leave a message.")
    nadia.goto(f"{base}/contacts/new")
    nadia.locator("input[name=kind][value=contact_message]").check()
    nadia.fill("#note", "Asked how she is.")
    nadia.get_by_role("button", name="Keep").click()
    expect(nadia.locator(".summary-fault")).to_contain_text("Not in this way.")
    assert nadia.input_value("#note") == "Asked how she is."
    shot(nadia, "day1-contact-refused")
    nadia.check("#own_call")
    nadia.get_by_role("button", name="Keep").click()
    nadia.goto(f"{base}/screening")
    for name, code in (
        ("act", "recruitment"),
        ("means", "deception"),
        ("purpose", "labour"),
        ("decision", "actual"),
    ):
        nadia.locator(f"input[name={name}][value={code}]").check()
    nadia.select_option("#decided_by", "NGO")
    nadia.select_option("#without_interview", "papers")
    nadia.fill("#reason", "Two interviews.")
    nadia.get_by_role("button", name="Keep the decision").click()
    nadia.goto(f"{base}/protection/records?section=story")
    expect(nadia.locator("#decision")).to_contain_text("Identified victim of trafficking")
    for days, rating, factors in (
        (-7, "extreme", ["trafficker_contact", "trauma"]),
        (0, "high", ["trauma"]),
    ):
        write(
            nadia,
            f"{base}/protection/records/new/risk",
            on=day(days),
            individual=factors,
            rating=rating,
            reason="Interview.",
        )
    nadia.goto(f"{base}/protection/records?section=risks")
    expect(nadia.locator(".trend svg")).to_be_visible()
    shot(nadia, "day1-risk")
    write(
        nadia,
        f"{base}/protection/records/new/safety_plan",
        dangers="He knows the market.",
        steps="Go by the other street.",
        review_on=day(14),
    )
    place(nadia, number, "House Jasmine")
    shot(nadia, "day1-bed")
    nadia.goto(f"{base}/protection/records?section=plan")
    nadia.locator("summary:has-text('Begin with a template')").click()
    nadia.get_by_role("button", name="Victim of trafficking").click()
    expect(nadia.locator("#service .row")).to_have_count(7)
    write(
        nadia,
        f"{base}/protection/records/new/review",
        on=day(0),
        own_view="I want to sew.",
        next_on=day(30),
    )
    shot(nadia, "day1-plan")
    nadia.goto(base)
    nadia.get_by_role("button", name="Ask: The plan").click()
    leila = enter("Leila Mansour")
    leila.goto("/approvals")
    leila.locator(f".row:has-text('{number}')").get_by_role(
        "button", name="Approve", exact=True
    ).click()
    nadia.goto(base)
    expect(nadia.locator("main")).to_contain_text("Approved")
    ines = enter("Ines Gharbi")
    write(
        ines, f"{base}/legal/records/new/status", status="reflection", since=day(0), until=day(40)
    )
    write(
        ines,
        f"{base}/legal/records/new/hearing",
        on=day(20),
        at="10:00",
        place="Court",
        what="Testimony",
    )
    shot(ines, "day1-legal")
    ines.goto("/calendar?month=" + (TODAY + timedelta(days=20)).strftime("%Y-%m"))
    expect(ines.locator("main")).to_contain_text(number)
    nadia.goto(f"{base}/print")
    nadia.locator("input[name=sections][value=protection]").check()
    nadia.select_option("#reason", "meeting")
    with nadia.expect_download() as download:
        nadia.locator("form[action$='/print'] button").click()
    assert download.value.suggested_filename == f"{number}.pdf"
    clean(nadia, leila, ines)


def test_a_stranded_family_of_five(enter: Enter, shot: Shot) -> None:
    karim = enter("Karim Trabelsi")
    people = (
        ("Osman", TODAY.year - 41, "Masculine"),
        ("Halima", TODAY.year - 38, "Feminine"),
        ("Yusra", TODAY.year - 15, "Feminine"),
        ("Idris", TODAY.year - 9, "Masculine"),
        ("Sagal", TODAY.year - 3, "Feminine"),
    )
    numbers = [
        register(
            karim,
            "outreach",
            given=name,
            family="Warsame Dirie",
            year=year,
            sex=sex,
            country="SO",
            agrees=("assistance", "consulate", "statistics"),
            categories=("stranded",),
            guardian="Osman Warsame Dirie" if year > TODAY.year - 18 else "",
        )
        for name, year, sex in people
    ]
    for number, relation in zip(numbers[1:], ("partner", "child", "child", "child"), strict=True):
        karim.goto(f"/cases/{numbers[0]}/family")
        karim.fill("#number", number)
        karim.select_option("#relation", relation)
        karim.get_by_role("button", name="Join").click()
        expect(karim.locator(".summary-fault")).to_have_count(0)
    karim.goto(f"/cases/{numbers[3]}/family")
    for name, _year, _sex in people:
        expect(karim.locator("main")).to_contain_text(name)
    shot(karim, "day2-family")
    for number in numbers:
        place(karim, number, "House Olive")
    leila = enter("Leila Mansour")
    leila.goto("/shelter")
    leila.get_by_role("link", name="House Olive").click()
    expect(leila.locator("#who")).not_to_contain_text("Sagal")
    leila.get_by_role("button", name="Show names").click()
    expect(leila.locator("#who")).to_contain_text("Sagal")
    shot(leila, "day2-house")
    karim.goto(f"/cases/{numbers[1]}/shelter")
    karim.get_by_role("link", name="Card").click()
    card = re.search(r"[0-9a-f]{4}", karim.locator(".qr-card .number").inner_text())
    assert card
    expect(karim.locator(".qr-card svg")).to_be_visible()
    expect(karim.locator(".qr-card")).not_to_contain_text("Halima")
    write(
        karim,
        f"/cases/{numbers[0]}/protection/records/new/help",
        kind="food",
        on=day(0),
        quantity=5,
        received=True,
    )
    karim.goto(f"/cases/{numbers[0]}/return")
    karim.select_option("#country", "SO")
    karim.locator("main form button.btn--main").first.click()
    expect(karim.locator("h1, h2").first).to_be_visible()
    karim.goto(f"/cases/{numbers[4]}/family")
    karim.get_by_role("button", name="Take this person out").click()
    expect(karim.locator("main")).to_contain_text("registered alone")
    clean(karim, leila)


def test_an_unaccompanied_child(enter: Enter, shot: Shot) -> None:
    nadia = enter("Nadia Ben Salem")
    number = register(
        nadia,
        "border",
        given="Bilal",
        family="Nurzhanov",
        year=TODAY.year - 13,
        sex="Masculine",
        country="CI",
        agrees=("assistance", "consulate"),
        categories=("child",),
        risk="medium",
        alone_because="Came alone; no guardian was found yet.",
    )
    base = f"/cases/{number}"
    nadia.goto(base)
    nadia.get_by_role("link", name="Child", exact=True).click()
    expect(nadia.locator(".notice")).to_contain_text("cannot be returned yet")
    shot(nadia, "day3-blocked")
    nadia.goto(f"{base}/return")
    nadia.select_option("#country", "CI")
    nadia.locator("main form button.btn--main").first.click()
    nadia.wait_for_url(re.compile("/returns/"))
    record = nadia.url
    nadia.locator("summary", has_text="Record a step").click()
    nadia.select_option("#step", "best_interests")
    nadia.fill("#done_on", day(0))
    nadia.get_by_role("button", name="Record", exact=True).click()
    expect(nadia.locator(".summary-fault")).to_contain_text("guardian")
    new = f"{base}/protection/records/new"
    write(nadia, f"{new}/age", status="not_doubted")
    write(
        nadia,
        f"{new}/guardian",
        name="Delegate of the court",
        kind="appointed",
        since=day(0),
        checked=True,
    )
    write(
        nadia,
        f"{new}/bia",
        on=day(0),
        views="I want to go to my aunt.",
        recommended="Trace the aunt.",
        review_on=day(30),
    )
    write(nadia, f"{new}/tracing", state="found", by="A tracing service", contact="yes", safe="yes")
    write(
        nadia,
        f"{new}/bid",
        on=day(0),
        panel=["guardian", "legal", "child_protection"],
        names="A. Delegate, court\nI. Gharbi, lawyer\nB. Salah, child protection",
        country="CI",
        options="Stay, return.",
        views="To my aunt.",
        decision="return",
        reason="The aunt can care.",
        valid_until=day(90),
    )
    write(
        nadia,
        f"{new}/guardian_consent",
        country="CI",
        answer="agrees",
        guardian="Delegate of the court",
        on=day(0),
        language="fr",
        proof="paper",
        view="wants",
        words="I want to live with my aunt.",
    )
    nadia.goto(f"{base}/protection/records?section=children")
    expect(nadia.locator("main")).not_to_contain_text("cannot be returned yet")
    shot(nadia, "day3-child")
    nadia.goto(record)
    nadia.locator("summary", has_text="Record a step").click()
    nadia.select_option("#step", "best_interests")
    nadia.fill("#done_on", day(0))
    nadia.get_by_role("button", name="Record", exact=True).click()
    expect(nadia.locator(".summary-fault")).to_have_count(0)
    clean(nadia)


def test_a_medical_case(enter: Enter, shot: Shot) -> None:
    karim, sami = enter("Karim Trabelsi"), enter("Sami Haddad")
    number = register(
        karim,
        "referral",
        given="Anwar",
        family="Rezaeian",
        year=TODAY.year - 52,
        sex="Masculine",
        country="AF",
        categories=("medical",),
        needs="Kidney pain.",
    )
    base = f"/cases/{number}"
    new = f"{base}/medical/records/new"
    write(sami, f"{new}/health", on=day(0), findings="Zqx kidney failure", next_on=day(7))
    write(sami, f"{new}/condition", name="Chronic kidney disease", state="treated")
    write(sami, f"{new}/medication", name="Erythropoietin", dose="Weekly", until=day(21))
    write(
        sami, f"{new}/appointment", kind="hospital", on=day(2), at="08:30", place="El Nour clinic"
    )
    for days, answers in ((-14, (1, 1, 2, 1, 1)), (0, (3, 3, 3, 2, 4))):
        write(
            sami,
            f"{new}/session",
            on=day(days),
            **dict(
                zip(("cheerful", "calm", "active", "rested", "interested"), answers, strict=True)
            ),
        )
    write(
        sami,
        f"{new}/disability",
        **dict.fromkeys(("seeing", "hearing", "remembering", "self_care", "communicating"), "none"),
        walking="a_lot",
        on=day(0),
    )
    write(
        sami,
        f"{new}/fitness",
        result="fit_with",
        examined_on=day(0),
        valid_until=day(60),
        by="Dr Haddad",
    )
    write(
        sami,
        f"{base}/care/records/new/care",
        kind="mobility",
        words="Needs a ground-floor room.",
        step_free=True,
    )
    sami.goto(f"{base}/medical/records")
    expect(sami.locator(".trend svg")).to_contain_text("60")
    shot(sami, "day4-medical")
    karim.goto(f"{base}/care/records")
    expect(karim.locator("main")).to_contain_text("Needs a ground-floor room.")
    expect(karim.locator("main")).not_to_contain_text("kidney disease")
    answer = karim.goto(f"{base}/medical/records")
    assert answer is not None
    assert answer.status == 404
    karim.goto(f"{base}/shelter")
    upstairs = karim.locator("#bed option:has-text('House Olive, Upstairs')").first.get_attribute(
        "value"
    )
    karim.select_option("#bed", upstairs)
    karim.get_by_role("button", name="Give the bed").click()
    expect(karim.locator(".summary-fault")).to_contain_text("without stairs")
    shot(karim, "day4-stairs")
    sami.goto("/work")
    sami.goto("/calendar?month=" + (TODAY + timedelta(days=2)).strftime("%Y-%m"))
    expect(sami.locator("main")).to_contain_text(number)
    clean(karim, sami)


def test_a_hotline_caller_who_never_gives_a_name(enter: Enter, shot: Shot) -> None:
    nadia = enter("Nadia Ben Salem", width=390)
    nadia.goto("/work")
    nadia.get_by_role("button", name="Register a person").click()
    nadia.select_option("#channel", "hotline")
    go_on(nadia)
    go_on(nadia)
    expect(nadia.locator(".summary-fault")).to_contain_text("Nothing may be stored")
    nadia.locator("label:has(input[name=assistance][value=agrees])").click()
    go_on(nadia)
    expect(nadia.locator("#manner-fault")).to_contain_text("how it was given")
    nadia.locator("input[name=manner][value=signed]").check()
    go_on(nadia)
    go_on(nadia)
    expect(nadia.locator("#call_name-fault")).to_contain_text("even one that is not their own")
    shot(nadia, "day5-no-name")
    nadia.fill("#call_name", "Caller of the night")
    go_on(nadia)
    nadia.fill("#account", "Locked in a house, the husband is away on Fridays.")
    # Somewhere else, on another machine, the same person goes on where they stopped.
    nadia.locator("#account").press("Tab")
    desk = enter("Nadia Ben Salem")

    def there_too() -> bool:
        desk.goto("/work")
        desk.locator("main a[href*='/registrations/']").first.click()
        return "Fridays" in desk.input_value("#account")

    waiting.until(there_too, between=0.5)
    go_on(desk)
    desk.locator("input[name=risk][value=extreme]").check()
    go_on(desk)
    if desk.locator("input[name=duplicate][value=not_same]").count():
        desk.locator("input[name=duplicate][value=not_same]").check()
    desk.get_by_role("button", name="Open the case").click()
    desk.wait_for_url(re.compile(r"/cases/SC-"))
    number = desk.url.rsplit("/", 1)[1]
    base = f"/cases/{number}"
    write(desk, f"{base}/identity/records/new/safe_contact", never_contact=True)
    desk.goto(base)
    expect(desk.locator(".datapage")).to_contain_text("Never contact them")
    desk.goto(f"{base}/contacts/new")
    expect(desk.locator(".notice")).to_contain_text("must not be contacted")
    desk.locator("input[name=kind][value=contact_phone]").check()
    desk.fill("#note", "She called again, whispering.")
    desk.check("#own_call")
    desk.get_by_role("button", name="Keep").click()
    expect(desk.locator("main")).to_contain_text("whispering")
    shot(desk, "day5-case")
    desk.locator("section:has(h2:has-text('Close the case')) select#reason").select_option("lost")
    desk.fill("section:has(h2:has-text('Close the case')) #words", "Nobody answers any more.")
    desk.locator("section:has(h2:has-text('Close the case')) button").click()
    desk.get_by_role("button", name="Yes, do it").click()
    expect(desk.locator(".summary-fault")).to_contain_text("ask your supervisor")
    desk.goto(base)
    desk.get_by_role("button", name="Ask: Closing the case").click()
    leila = enter("Leila Mansour")
    leila.goto("/approvals")
    leila.locator(f".row:has-text('{number}')").get_by_role(
        "button", name="Approve", exact=True
    ).click()
    desk.goto(base)
    desk.locator("section:has(h2:has-text('Close the case')) select#reason").select_option("lost")
    desk.fill("section:has(h2:has-text('Close the case')) #words", "Nobody answers any more.")
    desk.locator("section:has(h2:has-text('Close the case')) button").click()
    desk.get_by_role("button", name="Yes, do it").click()
    expect(desk.locator(".datapage")).to_contain_text("Closed")
    clean(nadia, desk, leila)
