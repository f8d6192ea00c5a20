"""A bystander, a coerced worker, a seized phone, a bad partner: each finding from outside, as
whoever looks over a shoulder, takes a phone or forces a password meets it.
"""

import re
from email.utils import parseaddr
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from access.permissions import Role
from access.policy import Refused
from accounts import access_changes, hashes, signing_in
from casework.core import consent
from data_protection import access_alerts
from models.access_changes import ChangeKind
from models.audit import AuditRecord
from models.base import db, today
from models.cases import Case, Task
from models.cut_offs import CutOff, CutOffCase
from models.messages import Hook, Message
from models.people import Organisation, User
from models.referrals import IncomingReferral, Referral
from models.rules import RuleBroken
from models.shelter import Facility
from notifications import channels, outbox
from referral import cutting_off, incoming, partner_links, sending
from standards.lists import EVENTS_TOLD, codes
from tests import factories
from tests.conftest import Clock
from tests.flows.test_links_of_pages import Reader
from tests.security.test_13_matrix import sheltered

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
    # Made without a session, when the database is away: the neutral name alone.
    away = ROOT / "templates" / "away.html"
    assert "<title>{{ product }}</title>" in away.read_text()
    assert [name for name in named if "macros" not in name] == [str(away)]


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
    safety = [each for each in factories.of_kind(Task, "safety") if each.due_on == today()]
    assert {task.case_id for task in safety} == {read.id, unread.id}
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


# P52. A worker under duress; a phone that was taken open.

SECOND = "seven grey herons by the lake"


def with_second(house: factories.World) -> None:
    """The caseworker chose a password to tell under force."""
    user = factories.anew(house.caseworker)
    signing_in.set_second_password(user, current=factories.PASSWORD, new=SECOND)
    db.session.commit()


def forced(app: Flask, house: factories.World) -> factories.Browser:
    browser = factories.Browser(app)
    browser.sign_in(house.caseworker.email, SECOND)
    return browser


def test_p52_it_opens_an_empty_list_and_nothing_else(
    quick_app: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    number = case.number
    reference = referred(house, case)
    with_second(house)
    browser = forced(quick_app, house)
    reader = Reader(quick_app, factories.anew(house.caseworker))
    reader.browser = browser
    reader.walk()
    assert len(reader.pages) >= 5
    assert reader.faults == []
    for page in ("/work", "/cases", "/referrals", "/returns", "/calendar", "/notices", "/partners"):
        answer = browser.get(page)
        text = answer.text
        assert answer.status_code in {200, 404}, page
        for secret in (number, reference, "Benali", "Fatima", "The AMEL", "Colleague"):
            assert secret not in text, (page, secret)
    assert browser.get("/work").status_code == 200
    assert browser.get(f"/cases/{number}").status_code == 404
    assert browser.get(f"/referrals/{reference}").status_code == 404
    assert browser.get("/search").status_code in {404, 405}
    assert number not in browser.post("/search", query=number).text
    assert browser.post("/calendar/feed").status_code != 500


def test_p52_nothing_that_is_done_there_stays(quick_app: Flask, house: factories.World) -> None:
    with_second(house)
    browser = forced(quick_app, house)
    answer = browser.post(
        "/account/password", current=SECOND, new="another one that is long", repeated=""
    )
    assert answer.status_code in {303, 422}
    assert "This is not your password" not in answer.text
    browser.post("/account", locale="fr", theme="dark")
    user = factories.anew(house.caseworker)
    assert (user.locale, user.theme) == ("en", "")
    assert signing_in.check_password(user.email, factories.PASSWORD) is not None


def test_p52_all_other_sessions_end_and_others_are_told_silently(
    quick_app: Flask, house: factories.World
) -> None:
    with_second(house)
    real = factories.Browser(quick_app, house.caseworker)
    assert real.get("/work").status_code == 200
    forced(quick_app, house)
    assert real.get("/work").headers["Location"].startswith("/sign-in")
    assert told("account.duress") == {"supervisor@example.org", "officer@example.org"}
    access_alerts.watch(60)
    db.session.commit()
    assert told("alert.duress") == {"officer@example.org"}
    again = factories.Browser(quick_app, house.caseworker)
    assert again.get("/work").status_code == 200


def test_p52_unlocking_with_it_opens_the_empty_list_too(
    quick_app: Flask, house: factories.World
) -> None:
    number = factories.case(house).number
    with_second(house)
    browser = factories.Browser(quick_app, house.caseworker)
    assert number in browser.get(f"/cases/{number}").text
    browser.post("/lock")
    answer = browser.post("/unlock", password=SECOND, next=f"/cases/{number}")
    assert answer.headers["Location"] == "/"
    assert number not in browser.get("/work").text
    assert browser.get(f"/cases/{number}").status_code == 404
    assert told("account.duress")


def test_p52_a_wrong_one_costs_the_same_with_and_without_a_second_password(
    house: factories.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    real = hashes._HASHER

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            tried.append(stored[:9])
            return real.verify(stored, password)

        def check_needs_rehash(self, stored: str) -> bool:
            return real.check_needs_rehash(stored)

    with_second(house)
    hashes._nobodys()
    monkeypatch.setattr(hashes, "_HASHER", Counting())
    for email in (house.caseworker.email, house.colleague.email, "nobody@example.org"):
        for password in ("wrong", factories.PASSWORD):
            tried.clear()
            signing_in.what_opens(email, password)
            assert tried == ["$argon2id"] * 2, email


def test_p52_it_must_differ_and_never_confirms_an_ordinary_session(
    quick_app: Flask, house: factories.World
) -> None:
    with pytest.raises(RuleBroken):
        signing_in.set_second_password(
            factories.anew(house.caseworker), current=factories.PASSWORD, new=factories.PASSWORD
        )
    db.session.rollback()
    browser = factories.Browser(quick_app, house.caseworker)
    browser.post("/confirm", password=factories.PASSWORD)
    answer = browser.post("/account/second-password", current=factories.PASSWORD, second=SECOND)
    assert answer.status_code == 303
    other = factories.Browser(quick_app, house.caseworker)
    assert other.post("/confirm", password=SECOND).status_code == 422
    assert other.get("/work").status_code == 200


def test_p52_a_link_made_beforehand_ends_all_sessions(
    quick_app: Flask, house: factories.World
) -> None:
    browser = factories.Browser(quick_app, house.caseworker)
    browser.post("/confirm", password=factories.PASSWORD)
    made = re.search(r"/end/([\w-]{20,})", browser.post("/account/ending-link").text)
    assert made
    stranger = factories.Browser(quick_app)
    stranger._learn(stranger.get(f"/end/{made[1]}"))
    assert browser.get("/work").status_code == 200, "reading the link ends nothing"
    right = stranger.post(f"/end/{made[1]}")
    wrong = stranger.post("/end/none")
    assert right.text == wrong.text
    assert browser.get("/work").headers["Location"].startswith("/sign-in")


def test_p52_a_colleague_ends_the_sessions_of_somebody_of_the_office(
    quick_app: Flask, house: factories.World
) -> None:
    victim = factories.Browser(quick_app, house.caseworker)
    number = number_of(house.caseworker)
    for stranger in (house.far, house.helper):
        other = factories.Browser(quick_app, stranger)
        assert other.post(f"/colleagues/{number}/end-sessions").status_code == 404
    assert victim.get("/work").status_code == 200
    friend = factories.Browser(quick_app, house.colleague)
    assert "Caseworker" in friend.get("/colleagues").text
    assert friend.post(f"/colleagues/{number}/end-sessions").status_code == 303
    assert victim.get("/work").headers["Location"].startswith("/sign-in")


# P51. The hidden screen; in a browser: tests/browser/test_looks.py.


def test_p51_without_script_the_button_leads_to_a_page_that_locks(
    quick_app: Flask, house: factories.World
) -> None:
    browser = factories.Browser(quick_app, house.caseworker)
    page = browser.get("/work").text
    assert re.search(r'<a[^>]*href="/lock[^"]*"[^>]*data-hide', page)
    curtain = page.partition('id="curtain"')[2]
    assert 'autocomplete="off"' in curtain
    assert "current-password" not in curtain
    assert browser.get("/lock").headers["Location"] == "/unlock"
    assert browser.get("/work").headers["Location"].startswith("/unlock")


def test_p51_the_script_is_told_where_it_goes_on(quick_app: Flask, house: factories.World) -> None:
    browser = factories.Browser(quick_app, house.caseworker)
    browser._learn(browser.get("/work"))
    browser.post("/lock")
    answer = browser.client.post(
        "/unlock",
        data={"csrf_token": browser.token, "password": factories.PASSWORD, "next": "/cases"},
        headers={"X-Requested-With": "fetch"},
    )
    assert answer.get_json() == {"go": "/cases"}


# P55. The board of a house. P59. Whether a number exists.


def test_p55_a_board_shows_initials_until_names_are_asked_for_and_that_is_noted(
    quick_app: Flask, house: factories.World
) -> None:
    case = factories.case(house, call_name="Zqxzara")
    sheltered(house, case)
    db.session.commit()
    key = db.session.execute(select(Facility.key)).scalars().first()
    browser = factories.Browser(quick_app, house.caseworker)
    found = [browser.get(f"/shelter/{key}").text, browser.get(f"/shelter/{key}").text]
    assert all("Zqxzara" not in page for page in found)
    assert "Zqxzara" in browser.post(f"/shelter/{key}/names").text
    noted = select(AuditRecord.actor).where(AuditRecord.deed == "names_shown")
    assert db.session.execute(noted).scalars().all() == ["caseworker@example.org"]


def test_p59_a_number_that_exists_is_refused_like_one_that_does_not(
    quick_app: Flask, house: factories.World
) -> None:
    number = factories.case(house).number
    browser = factories.Browser(quick_app, house.far)

    def refusals() -> int:
        query = select(func.count()).where(AuditRecord.deed == "refused")
        return int(db.session.execute(query).scalar() or 0)

    texts, noted = [], []
    for each in (number, "SC-AAAAAAAA"):
        before = refusals()
        answer = browser.get(f"/cases/{each}/history")
        texts.append((answer.status_code, re.sub(r'value="[^"]*"|[0-9a-f]{8,}', "", answer.text)))
        noted.append(refusals() - before)
    assert texts[0] == texts[1]
    assert noted == [1, 1]
    officer = factories.Browser(quick_app, house.officer)
    assert officer.get(f"/cases/{number}/history").status_code == 200


# P58. Signs to doors that are shut, and doors without a sign.


def test_p58_a_tab_stands_where_its_page_may_be_opened(
    quick_app: Flask, house: factories.World
) -> None:
    number = factories.case(house).number
    pages = ("files", "referrals", "shelter", "consent", "family", "person", "return", "funding")
    for user in (house.caseworker, house.health, house.legal, house.supervisor):
        browser = factories.Browser(quick_app, user)
        nav = browser.get(f"/cases/{number}").text.partition("Sections of the case")[2]
        nav = nav.partition("</nav>")[0]
        drawn = set(re.findall(r'href="(/cases/[^"]+)"', nav))
        for address in drawn:
            assert browser.get(address).status_code == 200, (user.email, address)
        for page in pages:
            opens = browser.get(f"/cases/{number}/{page}").status_code == 200
            stands = f"/cases/{number}/{page}" in drawn
            assert opens == stands, (user.email, page)


def test_p53_over_the_network_it_reaches_every_mission_and_is_undone_by_two(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    reference = referred(house, case)
    helper = factories.Browser(app, house.helper)
    assert helper.get(f"/referrals/{reference}").status_code == 200
    officer = factories.Browser(app)
    officer.sign_in(house.officer.email, factories.PASSWORD)
    officer.post("/confirm", password=factories.PASSWORD)
    made = officer.post("/cut-offs", partner=str(house.partner.id), sure="true")
    assert made.status_code == 303, made.text[:2000]
    assert helper.get("/referrals").headers["Location"].startswith("/sign-in")
    states = select(Referral.state).where(Referral.reference == reference)
    assert db.session.execute(states).scalar() == "revoked"
    assert case.number in officer.get("/cut-offs/1").text
    assert officer.post("/cut-offs/1/ask").status_code == 303
    assert officer.post("/cut-offs/1/let-in").status_code == 404, "by another"
