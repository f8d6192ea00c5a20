"""A bystander, a coerced worker, a seized phone, a bad partner: each finding from outside, as
whoever looks over a shoulder, takes a phone or forces a password meets it.
"""

import re
from email.utils import parseaddr
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from access.permissions import Role
from access.policy import Refused
from accounts import access_changes
from casework.core import consent
from models.access_changes import ChangeKind
from models.base import db, today
from models.cases import Case, Task
from models.cut_offs import CutOff, CutOffCase
from models.messages import Hook, Message
from models.people import Organisation, User
from models.referrals import IncomingReferral, Referral
from models.rules import RuleBroken
from notifications import channels, outbox
from referral import cutting_off, incoming, partner_links, sending
from standards.lists import EVENTS_TOLD, codes
from tests import factories
from tests.conftest import Clock

ROOT = Path(__file__).resolve().parents[2]
TITLE = re.compile(r"<title>(.*?)</title>", re.S)


@pytest.fixture
def house(quick_app: Flask, clock: Clock) -> factories.World:
    return factories.World()


def title(page: str) -> str:
    found = TITLE.search(page)
    assert found
    return found[1]


def told(event: str) -> set[str]:
    """Who was told of something, in the app."""
    query = select(User.email).join(Message, Message.user_id == User.id)
    return set(
        db.session.execute(query.where(Message.event == event, Message.channel == "app")).scalars()
    )


# P50. Titles and mails name the work.


def test_p50_every_title_is_the_neutral_name(quick_app: Flask, house: factories.World) -> None:
    number = factories.case(house).number
    browser = factories.Browser(quick_app, house.caseworker)
    pages = ("/work", f"/cases/{number}", f"/cases/{number}/identity", "/referrals", "/nowhere")
    assert {title(browser.get(page).text) for page in pages} == {"Office notes"}
    stranger = factories.Browser(quick_app).get("/sign-in").text
    assert title(stranger) == "Office notes"
    assert "Safeconduct" not in stranger


def test_p50_no_page_has_a_title_of_its_own() -> None:
    named = [
        str(path)
        for path in (ROOT / "templates").rglob("*.html")
        if "<title" in path.read_text() and path.name not in {"_title.html"}
    ]
    assert [name for name in named if "macros" not in name] == []


def test_p50_a_form_with_faults_says_so_in_its_title_and_nothing_else(
    quick_app: Flask, house: factories.World
) -> None:
    browser = factories.Browser(quick_app, house.caseworker)
    answer = browser.post("/account/password", current="x", new="y")
    assert answer.status_code == 422
    assert title(answer.text) == "Error: Office notes"


def test_p50_a_hidden_screen_has_no_name_at_all(quick_app: Flask, house: factories.World) -> None:
    browser = factories.Browser(quick_app, house.caseworker)
    browser.post("/lock")
    assert title(browser.get("/unlock").text) == "…"


def test_p50_subject_and_sender_of_every_mail_are_neutral(
    quick_app: Flask, house: factories.World
) -> None:
    for event in codes(EVENTS_TOLD):
        outbox.post(event, reference="IN-7", path="/", to=[factories.anew(house.helper)])
    mails = db.session.execute(select(Message).where(Message.channel == "mail")).scalars().all()
    heads = {(channels.compose(each)["Subject"], channels.compose(each)["From"]) for each in mails}
    assert len(mails) >= 20
    ((subject, sender),) = heads
    assert subject == "Office notes"
    assert parseaddr(str(sender))[0] == "Office notes"
    assert "safeconduct" not in str(sender).lower()


# P53. A partner found to be infiltrated is cut off in one deed.


def number_of(user: User) -> int:
    return int(factories.anew(user).id)


def referred(house: factories.World, case: Case, *, partner: Organisation | None = None) -> str:
    """The reference of a case that is referred to a partner now."""
    with factories.acts(house.caseworker) as by:
        if partner is not None:
            consent.record(
                by=by,
                case=factories.anew(case),
                given={
                    "sharing": "agrees",
                    "recipients": [partner.id],
                    "manner": "spoken",
                    "language": "fr",
                },
            )
        made = sending.send(
            by=by,
            case=factories.anew(case),
            partner=(partner or house.partner).id,
            service="shelter",
            urgency="urgent",
            fields_=["needs", "call_name"],
        )
        return made.reference


def cut(house: factories.World) -> CutOff:
    with factories.acts(house.officer) as by:
        cutting_off.cut_off(by=by, partner=factories.anew(house.partner))
    return db.session.execute(select(CutOff)).unique().scalar_one()


def test_p53_one_deed_ends_all_that_a_partner_has(quick_app: Flask, house: factories.World) -> None:
    case = factories.case(house)
    reference = referred(house, case)
    other = referred(house, factories.case(house), partner=house.other_partner)
    helper = factories.Browser(quick_app, house.helper)
    assert helper.get(f"/referrals/{reference}").status_code == 200
    with factories.acts(house.caseworker) as by:
        sent = db.session.execute(select(Referral).where(Referral.reference == reference))
        link, code = partner_links.make(by=by, referral=sent.unique().scalar_one())
    api = factories.Api(quick_app, house.helper)
    assert api.get(f"/referrals/{reference}").status_code == 200
    db.session.add(Hook(organisation_id=house.partner.id, url="https://x.org", secret_sealed=b""))
    db.session.commit()

    cut(house)

    states = dict(db.session.execute(select(Referral.reference, Referral.state)).all())
    assert states == {reference: "revoked", other: "sent"}
    assert helper.get("/referrals").headers["Location"].startswith("/sign-in")
    assert api.get(f"/referrals/{reference}").status_code == 401
    assert partner_links.use(link, code) is None
    assert not db.session.execute(select(Hook.active)).scalar()
    again = factories.Browser(quick_app)
    again._learn(again.get("/sign-in"))
    found = again.post("/sign-in", email=house.helper.email, password=factories.PASSWORD)
    assert found.status_code == 422
    assert factories.Browser(quick_app, house.other_helper).get("/referrals").status_code == 200


def test_p53_the_missions_hear_whom_it_had_read_and_each_case_has_a_task(
    quick_app: Flask, house: factories.World
) -> None:
    read, unread, foreign = (factories.case(house) for _ in range(3))
    reference = referred(house, read)
    referred(house, unread)
    referred(house, foreign, partner=house.other_partner)
    helper = factories.Browser(quick_app, house.helper)
    helper.post(f"/referrals/{reference}/accept")
    assert helper.get(f"/referrals/{reference}").status_code == 200
    made = cut(house)
    rows = {
        row.case_id: row for row in db.session.execute(select(CutOffCase)).unique().scalars().all()
    }
    assert set(rows) == {read.id, unread.id}
    assert rows[read.id].first_at is not None
    assert "needs" in rows[read.id].fields
    assert rows[unread.id].first_at is None
    safety = select(Task.case_id).where(Task.kind == "safety", Task.due_on == today())
    assert set(db.session.execute(safety).scalars()) == {read.id, unread.id}
    assert told("cut_off.made") == {
        "officer@example.org",
        "supervisor@example.org",
        "caseworker@example.org",
    }
    number = factories.anew(read).number
    page = f"/cut-offs/{made.id}"
    assert number in factories.Browser(quick_app, house.supervisor).get(page).text
    assert number in factories.Browser(quick_app, house.officer).get(page).text
    assert number not in factories.Browser(quick_app, house.far).get(page).text
    assert factories.Browser(quick_app, house.other_helper).get(page).status_code == 404


def test_p53_nothing_is_sent_to_it_and_nobody_is_let_in(
    quick_app: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    cut(house)
    with pytest.raises(RuleBroken), factories.acts(house.caseworker):
        referred(house, case)
    db.session.rollback()
    helper = factories.anew(house.helper)
    with pytest.raises(RuleBroken), factories.acts(house.administrator) as by:
        access_changes.change(ChangeKind.ENABLED, helper, by=by)
    db.session.rollback()
    with pytest.raises(RuleBroken), factories.acts(house.administrator) as by:
        access_changes.change(
            ChangeKind.ROLE_GIVEN,
            factories.anew(house.manager),
            by=by,
            place=factories.anew(house.partner),
            role="partner_worker",
        )


def test_p53_only_two_let_its_people_in_again_and_what_ended_stays_ended(
    quick_app: Flask, house: factories.World
) -> None:
    reference = referred(house, factories.case(house))
    second = house._person("second", house.headquarters, Role.PROTECTION)
    db.session.commit()
    made = cut(house)
    with factories.acts(house.officer) as by:
        cutting_off.ask_back(by=by, cut=factories.anew(made))
    with pytest.raises(Refused), factories.acts(house.officer) as by:
        cutting_off.let_in(by=by, cut=factories.anew(made))
    db.session.rollback()
    with factories.acts(second) as by:
        cutting_off.let_in(by=by, cut=factories.anew(made))
    helper = factories.Browser(quick_app, house.helper)
    assert helper.get("/referrals").status_code == 200
    assert helper.get(f"/referrals/{reference}").status_code == 404


def test_p53_only_headquarters_and_officers_cut_off(
    quick_app: Flask, house: factories.World
) -> None:
    for user in (house.supervisor, house.caseworker, house.administrator, house.manager):
        with pytest.raises(Refused), factories.acts(user) as by:
            cutting_off.cut_off(by=by, partner=factories.anew(house.partner))
        db.session.rollback()
    boss = house._person("boss", house.headquarters, Role.SUPERVISOR)
    db.session.commit()
    browser = factories.Browser(quick_app, boss)
    browser.post("/confirm", password=factories.PASSWORD)
    answer = browser.post("/cut-offs", partner=str(house.partner.id), sure="1")
    assert answer.headers["Location"] == "/cut-offs/1"


def test_p53_a_person_told_by_it_is_told_no_more(quick_app: Flask, house: factories.World) -> None:
    with factories.acts(house.helper) as by:
        told_us = incoming.send(
            by=by,
            given={"office": house.here.id, "agrees": True, "urgency": "urgent", "needs": "x"},
        )
        key = told_us.id
    cut(house)
    row = db.session.get_one(IncomingReferral, key)
    assert row.state == "declined"
    assert row.own_key is None
