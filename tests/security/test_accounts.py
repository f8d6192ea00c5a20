"""Who may act, how they prove it, and what ends with it: each finding from outside, as a thief, a
bad administrator or the owner meets it.
"""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import func, select, update

from access.by_token import SCOPES
from accounts import (
    access_changes,
    ending,
    invitations,
    links,
    recovery_codes,
    signing_in,
    throttle,
    tokens,
)
from application import create_app
from casework.team import calendar_feed
from config import Settings
from data_protection import access_alerts
from models.access_changes import AccessChange, ChangeKind
from models.audit import AuditRecord
from models.base import db, now
from models.data_protection import Alert
from models.messages import Message
from models.people import ApiToken, Grant, Invitation, Passkey, SignedIn, User
from models.rules import RuleBroken
from models.states import AccessChangeState
from notifications import channels
from referral import sending
from tests import factories
from tests.conftest import Clock
from web import sessions

WORDS = "words that are mine alone"


@pytest.fixture
def house(quick_app: Flask, clock: Clock) -> factories.World:
    return factories.World()


def administrator(app: Flask, house: factories.World) -> factories.Browser:
    """The administrator of the headquarters, who proved himself just now."""
    browser = factories.Browser(app, house.administrator)
    browser.post("/confirm", password=factories.PASSWORD)
    return browser


def number_of(user: User) -> int:
    return int(factories.anew(user).id)


def told(event: str) -> set[str]:
    """Who was told of something, in the app."""
    query = select(User.email).join(Message, Message.user_id == User.id)
    return set(
        db.session.execute(query.where(Message.event == event, Message.channel == "app")).scalars()
    )


def changes(kind: ChangeKind) -> list[AccessChange]:
    query = select(AccessChange).where(AccessChange.kind == kind).order_by(AccessChange.id)
    return list(db.session.execute(query).scalars())


def mailed(email: str) -> str:
    """The secret of the newest link in the mails of an address; empty where there is none."""
    query = (
        select(Message)
        .join(User)
        .where(Message.event == "account.link", User.email == email)
        .order_by(Message.id.desc())
        .limit(1)
    )
    letter = db.session.execute(query).scalar_one_or_none()
    text = str(channels.compose(letter).get_content()) if letter else ""
    db.session.rollback()
    return text.partition("/invitation/")[2].partition("\n")[0].strip()


def enrolled(user: User) -> str:
    secret = signing_in.enrol_totp(factories.anew(user))
    db.session.commit()
    return secret


def code(secret: str, ahead: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(now().timestamp()) + 30 * ahead)


def half_in(app: Flask, email: str, **named: Any) -> factories.Browser:
    """Somebody who gave the right password, and no code yet."""
    browser = factories.Browser(app, **named)
    browser._learn(browser.get("/sign-in"))
    answer = browser.post("/sign-in", email=email, password=factories.PASSWORD)
    assert answer.headers["Location"] == "/sign-in/code"
    return browser


def _referred(house: factories.World) -> str:
    """The reference of a case that is referred to the partner now."""
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        made = sending.send(
            by=by,
            case=case,
            partner=house.partner.id,
            service="shelter",
            urgency="urgent",
            fields_=["needs"],
        )
        return str(made.reference)


# Who lets in


def test_p12_a_reset_link_goes_to_its_owner_and_is_shown_to_nobody(
    quick_app: Flask, house: factories.World
) -> None:
    browser, owner = administrator(quick_app, house), house.caseworker.email
    answer = browser.post(f"/people/{number_of(house.caseworker)}/link")
    seen = answer.text + browser.get(answer.headers["Location"]).text
    secret = mailed(owner)
    assert len(secret) == 64
    assert "/invitation/" not in seen
    assert secret not in seen
    rows = db.session.execute(select(Message.path, Message.reference, Message.trouble)).all()
    assert secret not in repr(rows), "nor to whoever reads the outbox"
    letter = select(Message).where(Message.event == "account.link")
    assert {row.user.email for row in db.session.execute(letter).scalars()} == {owner}


def test_p12_a_reset_link_leaves_the_second_factor_and_asks_for_it(
    quick_app: Flask, house: factories.World
) -> None:
    owner, secret = house.caseworker.email, enrolled(house.caseworker)
    sealed = factories.anew(house.caseworker).totp_sealed
    administrator(quick_app, house).post(f"/people/{number_of(house.caseworker)}/link")
    link, thief = mailed(owner), factories.Browser(quick_app)
    page = thief.get(f"/invitation/{link}")
    thief._learn(page)
    assert 'class="qr-card"' not in page.text, "no new factor is shown"
    answers = [
        thief.post(f"/invitation/{link}", new=WORDS, code="000000").status_code
        for _ in range(links.WRONG_CODES)
    ]
    assert answers == [422] * links.WRONG_CODES
    over = thief.post(f"/invitation/{link}", new=WORDS, code=code(secret))
    assert over.status_code == 410, "the last one ended it"
    assert factories.anew(house.caseworker).totp_sealed == sealed
    assert signing_in.check_password(owner, factories.PASSWORD) is not None
    administrator(quick_app, house).post(f"/people/{number_of(house.caseworker)}/link")
    link = mailed(owner)
    thief._learn(thief.get(f"/invitation/{link}"))
    assert thief.post(f"/invitation/{link}", new=WORDS, code=code(secret, 1)).status_code == 200
    assert factories.anew(house.caseworker).totp_sealed == sealed


def test_p12_a_factor_is_taken_off_by_two_after_a_day_in_which_its_owner_stops_it(
    quick_app: Flask, house: factories.World, clock: Clock
) -> None:
    enrolled(house.caseworker)
    owner = factories.Browser(quick_app)
    browser = administrator(quick_app, house)
    browser.post(f"/people/{number_of(house.caseworker)}/second-factor/reset")
    (asked,) = changes(ChangeKind.FACTOR_RESET)
    number = asked.id
    assert browser.post(f"/access-changes/{number}/approve").status_code == 404, "not the asker"
    with factories.acts(house.supervisor) as by:
        access_changes.approve(by=by, asked=factories.anew(asked))
    assert house.caseworker.email in told("access.waiting")
    clock.forward(hours=23, minutes=59)
    access_changes.carry_out_due()
    assert factories.anew(house.caseworker).totp_sealed is not None
    with factories.acts(house.caseworker) as by:
        access_changes.stop(by=by, asked=factories.anew(asked))
    clock.forward(hours=1)
    access_changes.carry_out_due()
    assert factories.anew(house.caseworker).totp_sealed is not None, "its owner stopped it"
    assert owner.get("/work").status_code == 302


def test_p12_a_factor_that_nobody_stopped_ends_with_all_else(
    quick_app: Flask, house: factories.World, clock: Clock
) -> None:
    enrolled(house.caseworker)
    recovery_codes.renew(factories.anew(house.caseworker))
    with factories.acts(house.administrator) as by:
        asked = invitations.reset_factor(by=by, user=factories.anew(house.caseworker))
    with factories.acts(house.officer) as by:
        access_changes.approve(by=by, asked=factories.anew(asked))
    clock.forward(hours=24)
    access_changes.carry_out_due()
    db.session.commit()
    user = factories.anew(house.caseworker)
    assert user.totp_sealed is None
    assert recovery_codes.left(user) == 0
    assert mailed(user.email), "and the owner begins anew by a link"


def test_p13_nobody_makes_a_person_alone_who_opens_cases(
    quick_app: Flask, house: factories.World
) -> None:
    browser, place = administrator(quick_app, house), str(number_of(house.here))
    for role in ("supervisor", "caseworker", "health_officer", "legal_officer", "mission_staff"):
        email = f"{role}@example.net"
        browser.post("/people/invite", email=email, name="Me", role=role, organisation=place)
        user = db.session.execute(select(User).where(User.email == email)).scalar_one()
        assert (user.active, user.grants, mailed(email)) == (False, [], ""), role
    asked = changes(ChangeKind.INVITED)
    assert {each.state for each in asked} == {AccessChangeState.ASKED}
    number = asked[0].id
    assert browser.post(f"/access-changes/{number}/approve").status_code == 404
    far = factories.Browser(quick_app, house.far)
    far.post("/confirm", password=factories.PASSWORD)
    assert far.post(f"/access-changes/{number}/approve").status_code == 404
    boss = factories.Browser(quick_app, house.supervisor)
    boss.post("/confirm", password=factories.PASSWORD)
    assert boss.post(f"/access-changes/{number}/approve").status_code == 303
    assert mailed("supervisor@example.net")
    user = db.session.execute(select(User).where(User.email == "supervisor@example.net"))
    assert [grant.role for grant in user.scalar_one().grants] == ["supervisor"]


def test_p13_a_role_that_oversees_all_is_not_agreed_to_by_a_supervisor(
    quick_app: Flask, house: factories.World
) -> None:
    with factories.acts(house.administrator) as by:
        asked = invitations.give_role(
            by=by,
            user=factories.anew(house.colleague),
            role="data_protection_officer",
            organisation=number_of(house.here),
        )
        number = asked.id
    boss = factories.Browser(quick_app, house.supervisor)
    boss.post("/confirm", password=factories.PASSWORD)
    assert boss.post(f"/access-changes/{number}/approve").status_code == 404
    officer = factories.Browser(quick_app, house.officer)
    officer.post("/confirm", password=factories.PASSWORD)
    assert officer.post(f"/access-changes/{number}/refuse").status_code == 303
    assert len(factories.anew(house.colleague).grants) == 1
    assert officer.post(f"/access-changes/{number}/approve").status_code in {404, 422}


def test_p13_an_invitation_that_nobody_agreed_to_lapses_and_opens_by_no_other_way(
    quick_app: Flask, house: factories.World, clock: Clock
) -> None:
    with factories.acts(house.administrator) as by:
        asked = invitations.invite(
            by=by, email="a@example.net", name="A", role="supervisor", organisation=house.here.id
        )
    user = asked.user
    with factories.acts(house.administrator) as by:
        for verb in (invitations.enable, invitations.send_link):
            with pytest.raises(RuleBroken):
                verb(by=by, user=factories.anew(user))
    clock.forward(days=access_changes.ASKED_DAYS)
    access_changes.carry_out_due()
    db.session.commit()
    assert factories.anew(asked).state == AccessChangeState.LAPSED
    with factories.acts(house.supervisor) as by, pytest.raises(RuleBroken):
        access_changes.approve(by=by, asked=factories.anew(asked))


def test_p14_owner_supervisor_and_officer_hear_of_each_change(
    quick_app: Flask, house: factories.World
) -> None:
    user = house.caseworker
    circle = {user.email, house.supervisor.email, house.officer.email}
    with factories.acts(house.administrator) as by:
        invitations.send_link(by=by, user=factories.anew(user))
        invitations.disable(by=by, user=factories.anew(user))
        invitations.enable(by=by, user=factories.anew(user))
    assert told("access.link_sent") == told("access.account_enabled") == circle
    assert told("access.account_disabled") >= circle - {user.email}
    mine = factories.Browser(quick_app, user)
    mine.post("/confirm", password=factories.PASSWORD)
    mine.post("/account/tokens", label="x", scopes="read", days="9")
    mine.post("/account/recovery-codes")
    assert told("access.token_made") == told("access.recovery_codes_made") == circle
    trail = db.session.execute(
        select(AuditRecord.subject).where(AuditRecord.deed == "link_sent")
    ).scalar_one()
    assert "Caseworker" in trail
    assert "TUN" in trail


def test_p14_nobody_takes_the_last_officer_or_administrator_alone(
    quick_app: Flask, house: factories.World
) -> None:
    browser = administrator(quick_app, house)
    officer = number_of(house.officer)
    grant = factories.anew(house.officer).grants[0].id
    for path in ("disable", f"roles/{grant}/end"):
        answer = browser.post(f"/people/{officer}/{path}")
        assert answer.status_code == 422, "there is nobody who could agree"
    assert factories.anew(house.officer).active
    db.session.add(
        Grant(
            user=factories.anew(house.manager),
            organisation=factories.anew(house.headquarters),
            role="administrator",
        )
    )
    db.session.commit()
    assert browser.post(f"/people/{officer}/disable").status_code == 303
    assert factories.anew(house.officer).active, "it waits for the second administrator"
    (asked,) = changes(ChangeKind.DISABLED)
    with factories.acts(house.officer) as by, pytest.raises(RuleBroken):
        access_changes.stop(by=by, asked=factories.anew(asked))
    with factories.acts(house.manager) as by:
        access_changes.approve(by=by, asked=factories.anew(asked))
    assert not factories.anew(house.officer).active


def test_p14_an_empty_installation_begins_on_the_machine(quick_app: Flask) -> None:
    runner = quick_app.test_cli_runner()
    place = ["organisation", "add", "HQ", "--name", "HQ", "--kind", "headquarters"]
    runner.invoke(args=[*place, "--country", "CH"])
    add = ["user", "add", "--name", "X", "--organisation", "HQ", "--role"]
    early = runner.invoke(args=[*add, "supervisor", "s@example.org"])
    assert "first make a data protection officer" in early.output
    for role in ("administrator", "data_protection_officer"):
        assert "by mail" in runner.invoke(args=[*add, role, f"{role}@example.org"]).output
    link = runner.invoke(args=["user", "link", "administrator@example.org"]).output.strip()
    guest = factories.Browser(quick_app)
    path = "/invitation/" + link.rpartition("/")[2]
    guest._learn(guest.get(path))
    assert guest.post(path, new=WORDS).status_code == 200
    second = runner.invoke(args=[*add, "administrator", "second@example.org"]).output
    assert "waits for the consent" in second
    deeds = list(db.session.execute(select(AuditRecord.deed).order_by(AuditRecord.id)).scalars())
    assert deeds.count("account_made") == 2
    assert "organisation_made" in deeds
    assert "access_asked" in deeds


def test_p15_somebody_new_at_a_partner_sees_what_is_referred_from_then_on(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    before = _referred(house)
    clock.forward(hours=1)
    with factories.acts(house.administrator, "accounts") as by:
        invitations.give_role(
            by=by,
            user=factories.anew(house.manager),
            role="partner_worker",
            organisation=number_of(house.partner),
        )
    assert house.supervisor.email in told("access.role_given"), "a mission that refers there hears"
    browser, old = factories.Browser(app, house.manager), factories.Browser(app, house.helper)
    assert browser.get(f"/referrals/{before}").status_code == 404
    assert before not in browser.get("/referrals").text
    assert old.get(f"/referrals/{before}").status_code == 200
    clock.forward(minutes=1)
    after = _referred(house)
    assert browser.get(f"/referrals/{after}").status_code == 200


@pytest.mark.parametrize("stopped", [True, False])
def test_p15_earlier_referrals_open_after_a_day_unless_a_mission_stops_it(
    quick_app: Flask, house: factories.World, clock: Clock, stopped: bool
) -> None:
    before = _referred(house)
    clock.forward(hours=1)
    with factories.acts(house.administrator, "accounts") as by:
        user = factories.anew(house.manager)
        place = number_of(house.partner)
        invitations.give_role(by=by, user=user, role="partner_worker", organisation=place)
        asked = invitations.open_referrals(by=by, user=user)
    assert house.supervisor.email in told("access.opening")
    if stopped:
        boss = factories.Browser(quick_app, house.supervisor)
        assert boss.post(f"/access-changes/{asked.id}/stop").status_code == 303
    clock.forward(hours=24)
    access_changes.carry_out_due()
    db.session.commit()
    browser = factories.Browser(quick_app, house.manager)
    assert browser.get(f"/referrals/{before}").status_code == (404 if stopped else 200)


def test_p16_the_old_factor_stays_until_a_code_of_the_new_one_was_typed(
    quick_app: Flask, house: factories.World, clock: Clock
) -> None:
    user, old = house.caseworker, enrolled(house.caseworker)
    browser = half_in(quick_app, user.email)
    browser.post("/sign-in/code", code=code(old))
    browser._learn(browser.get("/account"))
    browser.post("/account/second-factor")
    page = browser.get("/account/second-factor").text
    assert 'class="qr-card"' in page
    letters = page.partition('class="token">')[2].partition("<")[0].replace(" ", "")
    assert browser.post("/account/second-factor/code", code="000000").status_code == 422
    clock.forward(seconds=90)
    assert signing_in.check_code(factories.anew(user), code(old)), "nothing was changed yet"
    db.session.rollback()
    kept = browser.post("/account/second-factor/code", code=code(letters))
    assert kept.text.count('class="number strong"') == recovery_codes.COUNT
    clock.forward(seconds=90)
    assert not signing_in.check_code(factories.anew(user), code(old))
    assert signing_in.check_code(factories.anew(user), code(letters))


def test_p16_the_welcome_page_sets_a_factor_up_with_its_proof(
    sqlite_settings: Settings, clock: Clock
) -> None:
    app = create_app(replace(sqlite_settings, totp_required=True))
    with app.app_context():
        user = factories.World().caseworker
        link = links.address(links.make(user, None)).rpartition("/")[2]
        db.session.commit()
        guest = factories.Browser(app)
        page = guest.get(f"/invitation/{link}")
        guest._learn(page)
        letters = page.text.partition('class="token">')[2].partition("<")[0]
        secret = letters.replace(" ", "")
        assert guest.post(f"/invitation/{link}", new=WORDS, code="000000").status_code == 422
        assert factories.anew(user).totp_sealed is None
        done = guest.post(f"/invitation/{link}", new=WORDS, code=code(secret))
        assert done.text.count('class="number strong"') == recovery_codes.COUNT
        assert factories.anew(user).totp_sealed is not None
        db.session.remove()
        db.engine.dispose()


def test_p18_people_show_how_safe_accounts_are(quick_app: Flask, house: factories.World) -> None:
    enrolled(house.caseworker)
    browser = administrator(quick_app, house)
    browser.post(f"/people/{number_of(house.colleague)}/link")
    whole, unsafe = browser.get("/people").text, browser.get("/people?show=no_factor").text
    assert house.caseworker.email in whole
    assert house.caseworker.email not in unsafe
    assert house.colleague.email in unsafe
    linked = browser.get("/people?show=link").text
    assert house.colleague.email in linked
    assert house.stranger.email not in linked


def test_p18_who_cannot_sign_in_tells_the_office_and_learns_nothing(
    quick_app: Flask, house: factories.World
) -> None:
    guest = factories.Browser(quick_app)
    guest._learn(guest.get("/sign-in/help"))
    answers = [
        guest.post("/sign-in/help", email=email).text.replace(guest.token, "")
        for email in (house.caseworker.email, "nobody@example.org")
    ]
    assert answers[0] == answers[1]
    assert told("access.locked_out") == {house.administrator.email}


# Guesses


def test_p19_the_right_password_comes_in_whatever_others_tried(
    quick_app: Flask, house: factories.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = house.caseworker.email
    with quick_app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        for number in range(120):
            throttle.wrong_try(f"{number}@example.org")
            throttle.wrong_try(owner)
    waited: list[float] = []
    monkeypatch.setattr(throttle.time, "sleep", waited.append)
    browser = factories.Browser(quick_app)
    assert browser.sign_in(owner, factories.PASSWORD).status_code == 303
    assert browser.get("/work").status_code == 200
    assert 0 < sum(waited) <= throttle.LONGEST, "once, however slow the machine"
    with quick_app.test_request_context(
        environ_base={"REMOTE_ADDR": "127.0.0.1"},
        headers={"Cookie": f"known={browser.client.get_cookie('known').value}"},
    ):
        assert throttle.knows_browser(owner)
        assert not throttle.knows_browser(house.colleague.email)
        assert throttle.delay(owner) == 0, "a known browser does not wait for its address"


def test_p19_a_forwarded_address_counts_from_our_own_proxies_alone(
    sqlite_settings: Settings,
) -> None:
    app = create_app(replace(sqlite_settings, trusted_proxies=("10.0.0.0/8", "::1")))
    seen: list[str] = []
    inner = app.wsgi_app.application  # type: ignore[attr-defined]

    def note(environ: dict[str, Any], start_response: Any) -> Any:
        seen.append(environ["REMOTE_ADDR"])
        assert "HTTP_X_FORWARDED_FOR" not in environ
        return inner(environ, start_response)

    app.wsgi_app.application = note  # type: ignore[attr-defined]
    for remote, forwarded in (
        ("203.0.113.1", "198.51.100.9"),
        ("10.1.1.1", "198.51.100.9"),
        ("10.1.1.1", "6.6.6.6, 198.51.100.9, 10.2.2.2"),
        ("10.1.1.1", "198.51.100.9, junk"),
        ("10.1.1.1", ""),
    ):
        app.test_client().get(
            "/healthz",
            environ_base={"REMOTE_ADDR": remote},
            headers={"X-Forwarded-For": forwarded},
        )
    assert seen == ["203.0.113.1", "198.51.100.9", "198.51.100.9", "10.1.1.1", "10.1.1.1"]


def test_p20_wrong_passkeys_close_nothing_but_passkeys(
    quick_app: Flask, house: factories.World
) -> None:
    thief = factories.Browser(quick_app)
    thief._learn(thief.get("/sign-in"))
    for _ in range(65):
        assert thief.post("/sign-in/passkey", answer="{}").status_code == 422
    owner = factories.Browser(quick_app)
    began = time.monotonic()
    assert owner.sign_in(house.caseworker.email, factories.PASSWORD).status_code == 303
    assert time.monotonic() - began < 2


def test_p21_a_session_counts_its_own_wrong_tries_and_ends_after_five(
    quick_app: Flask, house: factories.World
) -> None:
    owner, thief = (factories.Browser(quick_app, house.caseworker) for _ in range(2))
    with quick_app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        for _ in range(80):
            throttle.wrong_try(house.caseworker.email)
    for browser in (owner, thief):
        browser.post("/lock")
    for path in ("/unlock", "/unlock", "/unlock", "/unlock"):
        assert thief.post(path, password="wrong").status_code == 422
    ended = thief.post("/unlock", password="wrong")
    assert ended.headers["Location"].startswith("/sign-in")
    assert "Clear-Site-Data" not in ended.headers, "what was typed stays with the browser"
    assert thief.post("/unlock", password=factories.PASSWORD).status_code in {302, 400, 403}
    assert thief.get("/work").status_code == 302
    assert owner.post("/unlock", password=factories.PASSWORD).status_code == 303
    assert owner.get("/work").status_code == 200


def test_p21_a_challenge_asked_for_at_a_locked_screen_does_not_open_it(
    quick_app: Flask, house: factories.World, clock: Clock
) -> None:
    browser = factories.Browser(quick_app, house.caseworker)
    clock.forward(minutes=11)
    browser.post("/passkey/challenge")
    assert browser.get("/work").headers["Location"].startswith("/unlock")


def test_p22_ten_wrong_codes_end_the_half_in_session_and_nothing_is_counted_back(
    quick_app: Flask, house: factories.World
) -> None:
    owner, secret = house.caseworker.email, enrolled(house.caseworker)
    thief = half_in(quick_app, owner)
    for number in range(9):
        thief.client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        assert thief.post("/sign-in/code", code="000000").status_code == 422
    thief.post("/sign-in/code", code="000000")
    thief._learn(thief.get("/sign-in"))
    assert thief.post("/sign-in/code", code=code(secret)).headers["Location"] == "/sign-in"
    again = half_in(quick_app, owner, remote="198.51.100.77")
    for _ in range(9):
        again.post("/sign-in/code", code="000000")
    third = half_in(quick_app, owner, remote="198.51.100.78")
    third.post("/sign-in/code", code="000000")
    assert third.post("/sign-in/code", code=code(secret)).status_code == 422, "closed for a while"
    codes = recovery_codes.renew(factories.anew(house.caseworker))
    db.session.commit()
    assert third.post("/sign-in/code", code=codes[0]).status_code == 303, "its owner comes in"


def test_p22_the_owner_and_the_officer_hear_of_the_third_wrong_code(
    quick_app: Flask, house: factories.World
) -> None:
    enrolled(house.caseworker)
    thief = half_in(quick_app, house.caseworker.email)
    for _ in range(2):
        thief.post("/sign-in/code", code="000000")
    assert told("account.guessed") == set()
    for _ in range(3):
        thief.post("/sign-in/code", code="000000")
    assert told("account.guessed") == {house.caseworker.email}
    access_alerts.watch(60)
    kinds = list(db.session.execute(select(Alert.kind)).scalars())
    assert kinds == ["guessed_codes"]
    assert told("alert.guessed_codes") == {house.officer.email}


def test_p23_whoever_comes_by_makes_no_row(
    quick_app: Flask, house: factories.World, clock: Clock
) -> None:
    for _ in range(20):
        factories.Browser(quick_app).get("/sign-in")
    assert db.session.execute(select(func.count()).select_from(SignedIn)).scalar() == 0
    for _ in range(3):  # a challenge needs one
        factories.Browser(quick_app).post("/sign-in/passkey/options")
    clock.forward(minutes=61)
    sessions.forget_old()
    assert db.session.execute(select(func.count()).select_from(SignedIn)).scalar() == 0


# What ends


@pytest.mark.parametrize("way", ["sign_out", "end_others", "password"])
def test_p24_a_request_under_way_does_not_bring_an_ended_session_back(app: Flask, way: str) -> None:
    house = factories.World()
    owner, other = (factories.Browser(app, house.caseworker) for _ in range(2))
    thief = factories.Browser(app)
    victim = owner if way == "sign_out" else other
    thief.client.set_cookie("session", victim.client.get_cookie("session").value)
    thief.token = victim.token
    inner = app.view_functions["accounts_security.challenge"]

    def meanwhile(**arguments: Any) -> Any:
        """The session ends while the thief's request is under way."""
        answer = inner(**arguments)
        if way == "sign_out":
            owner.post("/sign-out")
        elif way == "end_others":
            owner.post("/account/sessions/end-others")
        else:
            owner.post("/account/password", current=factories.PASSWORD, new=WORDS)
        return answer

    app.view_functions["accounts_security.challenge"] = meanwhile
    answer = thief.post("/passkey/challenge")
    assert "session=;" in answer.headers["Set-Cookie"]
    assert thief.get("/work").status_code == 302


def test_p25_a_session_ends_after_twelve_hours_however_busy(
    quick_app: Flask, house: factories.World, clock: Clock
) -> None:
    browser = factories.Browser(quick_app, house.caseworker)
    began = now()
    while now() < began + timedelta(hours=12) - timedelta(minutes=9):
        clock.forward(minutes=9)
        assert browser.get("/notices").status_code == 200
    clock.set(began + timedelta(hours=12))
    assert browser.get("/notices").status_code == 200
    clock.forward(seconds=1)
    assert browser.get("/notices").status_code == 302


def test_p25_another_kind_of_browser_is_asked_again(
    quick_app: Flask, house: factories.World
) -> None:
    browser = factories.Browser(quick_app, house.caseworker)
    firefox = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}
    answer = browser.get("/work", headers=firefox)
    assert answer.headers["Location"].startswith("/unlock")


def test_p26_a_half_in_session_dies_with_the_password_and_after_five_minutes(
    quick_app: Flask, house: factories.World, clock: Clock
) -> None:
    user, secret = house.caseworker, enrolled(house.caseworker)
    late = half_in(quick_app, user.email)
    clock.forward(minutes=5, seconds=1)
    assert late.post("/sign-in/code", code=code(secret)).headers["Location"] == "/sign-in"
    thief = half_in(quick_app, user.email)
    owner = half_in(quick_app, user.email)
    owner.post("/sign-in/code", code=code(secret))
    owner._learn(owner.get("/account"))
    owner.post("/account/password", current=factories.PASSWORD, new=WORDS)
    clock.forward(seconds=60)
    thief._learn(thief.get("/sign-in"))
    assert thief.post("/sign-in/code", code=code(secret)).headers["Location"] == "/sign-in"
    assert thief.get("/work").status_code == 302


def _everything(user: User) -> str:
    """Give the account each way in there is; gives a bearer token."""
    text = tokens.create(factories.anew(user), "robot", scopes=["read"])
    with factories.acts(user) as by:
        calendar_feed.new_feed(by=by)
    user = factories.anew(user)
    recovery_codes.renew(user)
    db.session.add(Passkey(user_id=user.id, credential=b"thief", public_key=b"key"))
    links.make(user, None)
    db.session.commit()
    return text


def test_p27_a_new_password_ends_what_else_opens_the_account_but_what_is_ticked(
    quick_app: Flask, house: factories.World
) -> None:
    browser = factories.Browser(quick_app, house.caseworker)
    text = _everything(house.caseworker)
    page = browser.get("/account").text
    assert "Passkeys (1)" in page
    assert "API tokens (1)" in page
    browser.post("/account/password", current=factories.PASSWORD, new=WORDS, keep="recovery_codes")
    user = factories.anew(house.caseworker)
    assert ending.standing(user) == {
        "tokens": 0,
        "feeds": 0,
        "passkeys": 0,
        "recovery_codes": recovery_codes.COUNT,
    }
    assert tokens.find(text) is None
    assert browser.get("/work").status_code == 200


@pytest.mark.parametrize("way", ["link", "shut"])
def test_p27_a_reset_link_and_shutting_an_account_end_all_of_it(
    quick_app: Flask, house: factories.World, way: str
) -> None:
    browser = factories.Browser(quick_app, house.caseworker)
    text = _everything(house.caseworker)
    if way == "shut":
        with factories.acts(house.administrator) as by:
            invitations.disable(by=by, user=factories.anew(house.caseworker))
    else:
        user = factories.anew(house.caseworker)
        codes = recovery_codes.renew(user)
        secret = links.address(links.make(user, None)).rpartition("/")[2]
        db.session.commit()
        guest = factories.Browser(quick_app)
        guest._learn(guest.get(f"/invitation/{secret}"))
        done = guest.post(f"/invitation/{secret}", new=WORDS, code=codes[0])
        assert done.status_code == 200
    assert set(ending.standing(factories.anew(house.caseworker)).values()) == {0}
    assert tokens.find(text) is None
    assert browser.get("/work").status_code == 302
    open_links = select(Invitation.id).where(Invitation.used_at.is_(None))
    assert db.session.execute(open_links).first() is None


def test_p28_a_token_without_scopes_does_nothing_and_shows_where_it_was_used(
    quick_app: Flask, house: factories.World
) -> None:
    number = factories.case(house).number
    user = factories.anew(house.caseworker)
    bare, whole = tokens.create(user, "bare"), tokens.create(user, "whole", scopes=list(SCOPES))
    db.session.commit()

    def ask(token: str) -> int:
        db.session.rollback()
        answer = factories._apart(
            quick_app.test_client().get,
            f"/api/v1/cases/{number}",
            headers={"Authorization": f"Bearer {token}"},
            environ_base={"REMOTE_ADDR": "192.0.2.44"},
        )
        return int(answer.status_code)

    assert ask(bare) == 404
    assert ask(whole) == 200
    used = dict(db.session.execute(select(ApiToken.label, ApiToken.used_from)).all())
    assert used["whole"] == "192.0.2.44"
    assert "192.0.2.44" in factories.Browser(quick_app, user).get("/account/security").text


def test_p24_sessions_are_never_made_for_a_cookie_that_came_in(
    quick_app: Flask, house: factories.World
) -> None:
    browser = factories.Browser(quick_app, house.caseworker)
    db.session.execute(update(SignedIn).values(token=b"another"))
    db.session.commit()
    browser.post("/passkey/challenge")
    assert browser.get("/work").status_code == 302
