"""What whole lives need: an installation whose day is moved, and people who came home already."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from access import audit
from access.actors import Actor, person
from access.gate import acting
from application import create_app
from avrr import handover, preparation, reintegration
from casework.intake import registration as registering
from config import ROOT, from_environment
from funds import approvals, requests
from models import clock
from models.base import db, today
from models.dates import months_after
from models.money import FundRequest
from models.people import Organisation, User
from models.returns import Return
from tests import waiting
from tests.browser.conftest import Installation, done
from tests.factories import returning

STEPS = (
    "application",
    "counselling",
    "eligibility",
    "protection_check",
    "declaration",
    "travel_documents",
    "fit_to_travel",
)


def day(days: int = 0) -> str:
    """A day from the installation's own, as a browser writes it."""
    return (today() + timedelta(days=days)).isoformat()


def pass_time(running: Installation, words: str) -> date:
    """``./run flask clock set WORDS`` while it runs; gives the new day."""
    environ = {**os.environ, "SAFECONDUCT_DATA": str(running.data), "SAFECONDUCT_ENV": "demo"}
    command = [sys.executable, "installing.py", "flask", "clock", "set", *words.split()]
    said = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    assert "moved by" in said.stdout, said.stdout

    def is_seen() -> bool:
        return abs((today() - date.fromisoformat(said.stdout[:10])).days) <= 1

    waiting.until(is_seen)
    return today()


@contextmanager
def behind(running: Installation) -> Iterator[Flask]:
    """The application over the database of a running installation, to prepare what a life takes
    for granted.
    """
    settings = from_environment({"SAFECONDUCT_ENV": "demo", "SAFECONDUCT_DATA": str(running.data)})
    app = create_app(settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@contextmanager
def acts(name: str) -> Iterator[Actor]:
    """Act as somebody of the demo, with the trail, as a request does."""
    people = db.session.execute(select(User)).unique().scalars()
    (user,) = [each for each in people if each.name == name]
    with acting(person(user), purpose="test") as gate:
        yield gate.actor
        db.session.flush()
        audit.append(gate.pending())
        db.session.commit()


def _office(code: str) -> Organisation:
    return db.session.execute(select(Organisation).where(Organisation.code == code)).scalar_one()


def _asked(name: str, country: str, mission: str) -> dict[str, Any]:
    language = {"CI": "fr", "BD": "bn"}[country]
    return {
        "channel": "crisis_list",
        "duplicate": "not_same",
        "consent": {
            "assistance": "agrees",
            "consulate": "agrees",
            "statistics": "agrees",
            "sharing": "agrees",
            "recipients": [_office(mission).id],
            "manner": "spoken",
            "witness": "A. Witness",
            "language": language,
            "valid_until": months_after(today(), 30),
        },
        "person": {
            "given_names": name,
            "family_name": "Of a Life",
            "sex": "Masculine",
            "birth": {"year": today().year - 30, "estimated": False},
            "citizenship": country,
            "languages": [language],
        },
        "account": {},
        "needs": {"needs": "To go home.", "risk": "low", "categories": ["stranded"]},
    }


def accepted(count: int, *, names: str, country: str, mission: str, receiver: str) -> Iterator[int]:
    """So many people in Tunis, ready to return and accepted there; gives the ids of the returns."""
    made = []
    for place in range(count):
        with acts("Nadia Ben Salem") as by:
            case = registering.register(
                by=by,
                given=_asked(f"{names} {place}" if count > 1 else names, country, mission),
                office=_office("TUN"),
                owner_id=by.id,
                team_id=by.user.grants[0].team_id if by.user else None,
            )
            return_ = preparation.start(by=by, case=case, country=country)
            for step in STEPS:
                returning.take(
                    step,
                    by=by,
                    return_=return_,
                    language="bn" if country == "BD" else "fr",
                    valid_until=today() + timedelta(days=60),
                )
            handover.hand_over(by=by, return_=return_)
            made.append(return_.id)
    for return_id in made:
        with acts(receiver) as by:
            handover.accept(by=by, return_=db.session.get_one(Return, return_id))
        yield return_id


def came_home(running: Installation, name: str) -> str:
    """Somebody who went from Tunis to Abidjan and arrived today; gives the return's reference."""
    with behind(running):
        (return_id,) = accepted(1, names=name, country="CI", mission="ABJ", receiver="Aya Kouassi")
        with acts("Nadia Ben Salem") as by:
            return_ = db.session.get_one(Return, return_id)
            request = requests.ask(by=by, case=return_.case, fund="AVRR-1", lines={"travel": "400"})
            returning.take("itinerary", by=by, return_=return_)
            asked = request.id
        with acts("Leila Mansour") as by:
            approvals.approve(by=by, request=db.session.get_one(FundRequest, asked))
        with acts("Nadia Ben Salem") as by:
            return_ = db.session.get_one(Return, return_id)
            preparation.depart(by=by, return_=return_, departed_on=today())
        with acts("Aya Kouassi") as by:
            return_ = db.session.get_one(Return, return_id)
            reintegration.arrive(by=by, return_=return_, arrived_on=today(), met=True)
            return return_.reference


def agree_until(page: Page, number: str, *names: str, months: int = 30, **how: str) -> None:
    """The person agrees to be helped and that these are told, for as long as they are followed up:
    on paper; a child with ``guardian``.
    """
    page.goto(f"/cases/{number}/consent")
    for purpose in ("assistance", "sharing", "consulate", "statistics"):
        if purpose != "sharing" or names:
            page.locator(f"label:has(input[name={purpose}][value=agrees])").click()
    for name in names:
        if not page.get_by_label(name).is_visible():  # of another country
            page.locator("summary", has_text="In other countries").click()
        page.get_by_label(name).check()
    guardian = how.get("guardian", "")
    page.locator(f"input[name=manner][value={'guardian' if guardian else 'signed'}]").check()
    if guardian:
        page.fill("#witness", guardian)
    page.fill("#valid_until", months_after(today(), months).isoformat())
    page.get_by_role("button", name="Record", exact=True).click()
    done(page)


def unfold(page: Page, words: str) -> None:
    """Open what is folded, if it is."""
    folded = page.locator("details", has=page.locator("summary", has_text=words)).first
    if folded.get_attribute("open") is None:
        folded.locator("summary").first.click()


def begin(page: Page, number: str, country: str, **chosen: str) -> str:
    """Begin a return (or what ``purpose`` says); gives its reference."""
    page.goto(f"/cases/{number}/return")
    if "purpose" in chosen:
        page.locator(f"input[name=purpose][value={chosen.pop('purpose')}]").check()
    page.select_option("#country", country)
    for name, value in chosen.items():
        page.select_option(f"#{name}", value)
    page.get_by_role("button", name="Begin", exact=True).click()
    page.wait_for_url(re.compile(r"/returns/RT-"))
    return page.url.rsplit("/", 1)[1]


def journey(page: Page, reference: str, start: str, end: str, *, escort: str = "") -> None:
    """One leg, today; with a guardian as escort."""
    page.goto(f"/returns/{reference}")
    unfold(page, "Legs, escorts, needs")
    page.fill("#from_1", start)
    page.fill("#to_1", end)
    page.fill("#on_1", day())
    if escort:
        page.locator("input[name=escorts][value=guardian]").check()
        page.fill("#escort_name", escort)
    page.get_by_role("button", name="Keep the journey").click()
    done(page)


def fund(worker: Page, boss: Page, number: str, *, code: str = "AVRR-1", travel: str) -> str:
    """Money for the journey is asked, and somebody else approves; gives the request's address."""
    worker.goto(f"/cases/{number}/funding")
    worker.select_option("#fund", code)
    worker.fill("#line_travel", travel)
    worker.get_by_role("button", name="Ask", exact=True).click()
    done(worker)
    boss.goto(worker.url)
    boss.get_by_role("button", name="Approve", exact=True).click()
    done(boss)
    return worker.url


def depart(page: Page, reference: str) -> None:
    """Nothing is missing: they leave today."""
    page.goto(f"/returns/{reference}")
    page.fill("#departed_on", day())
    page.get_by_role("button", name="Record departure").click()
    done(page)
    expect(page.locator("main")).to_contain_text("Departed")


def arrive(page: Page, reference: str) -> None:
    """They are there."""
    page.goto(f"/returns/{reference}")
    page.fill("#arrived_on", day())
    page.get_by_role("button", name="The person is here").click()
    done(page)


def visit(page: Page, reference: str, month: str, manner: str, outcome: str, **more: str) -> None:
    """Write down an attempt to follow up, of today."""
    page.goto(f"/returns/{reference}")
    unfold(page, "Record a follow-up")
    form = page.locator("form[action$=follow-ups]")
    form.locator("select[name=month]").select_option(month)
    form.locator("input[name=done_on]").fill(day())
    form.locator(f"input[name=manner][value={manner}]").check()
    form.locator(f"input[name=outcome][value={outcome}]").check()
    for name, value in more.items():
        if name == "business":
            form.locator("select[name=business]").select_option(value)
        else:
            form.locator(f"[name={name}]").fill(value)
    form.get_by_role("button", name="Keep").click()


def told(page: Page, event: str, reference: str) -> None:
    """Look at the notices until one tells of this event of a reference."""
    row = page.locator(".row", has=page.get_by_text(event)).filter(has_text=reference)

    def came() -> int:
        page.goto("/notices")
        return row.count()

    waiting.until(came, between=0.5)


def lives_there(running: Installation) -> Iterator[Installation]:
    """The tests' own day is that of an installation whose day is moved, while its lives last."""
    clock.follow(running.data)
    yield running
    clock.follow(None)
