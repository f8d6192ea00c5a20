"""Cases 29 to 42: sessions, second factors, recovery, invitations, the lock, confirming, tokens."""

import re
import statistics
import time
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import func, select

from access.by_token import TOKEN_MAY
from access.permissions import Permission
from accounts import access_changes, hashes, recovery_codes, signing_in, throttle, tokens
from models.access_changes import AccessChange
from models.base import at, db, now
from models.messages import Message
from models.people import ApiToken, Invitation, User
from notifications import channels
from tests import factories
from tests.factories import tampering


def enrolled(house: factories.World, name: str) -> tuple[User, str]:
    """A person with an authenticator app."""
    user = factories.anew(getattr(house, name))
    secret = signing_in.enrol_totp(user)
    db.session.commit()
    return user, secret


def code(secret: str, ahead: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * ahead)


def mailed(app: Flask) -> str:
    """The secret of the newest link, as its owner finds it in the mail."""
    letter = db.session.execute(
        select(Message).where(Message.event == "account.link").order_by(Message.id.desc()).limit(1)
    ).scalar_one()
    text = channels.compose(letter).get_content()
    db.session.rollback()
    return str(text.split("/invitation/")[1].split()[0])


def test_29_a_session_gets_another_token_at_sign_in(app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(app)
    browser.get("/sign-in")
    before = browser.client.get_cookie("session")
    browser.sign_in(house.caseworker.email, factories.PASSWORD)
    after = browser.client.get_cookie("session")
    assert before
    assert after
    assert before.value != after.value
    stolen = factories.Browser(app)
    stolen.client.set_cookie("session", before.value)
    assert stolen.get("/work").status_code == 302


def test_31_and_32_sign_out_ends_on_the_server_and_a_new_password_ends_the_others(
    app: Flask,
) -> None:
    house = factories.World()
    email = house.caseworker.email
    one, other = factories.Browser(app, house.caseworker), factories.Browser(app)
    other.sign_in(email, factories.PASSWORD)
    cookie = one.client.get_cookie("session").value
    assert (
        one.post(
            "/account/password", current=factories.PASSWORD, new="another good password of mine"
        ).status_code
        == 303
    )
    assert one.get("/work").status_code == 200
    assert other.get("/work").status_code == 302
    one.post("/sign-out")
    again = factories.Browser(app)
    again.client.set_cookie("session", cookie)
    assert again.get("/work").status_code == 302


def test_33_the_second_factor_cannot_be_skipped_by_any_order(app: Flask) -> None:
    house = factories.World()
    user, _secret = enrolled(house, "caseworker")
    email = user.email
    browser = factories.Browser(app)
    browser._learn(browser.get("/sign-in"))
    assert (
        browser.post("/sign-in", email=email, password=factories.PASSWORD).headers["Location"]
        == "/sign-in/code"
    )
    for path in ("/work", "/cases", "/account", "/account/security", "/confirm", "/unlock"):
        assert browser.get(path).status_code == 302, path
        assert browser.post(path, password=factories.PASSWORD).status_code in {302, 405, 404}, path
    assert browser.post("/sign-in/code", code="000000").status_code == 422
    assert browser.get("/work").status_code == 302


def test_34_and_35_a_code_works_once_and_so_does_a_recovery_code(app: Flask) -> None:
    house = factories.World()
    user, secret = enrolled(house, "caseworker")
    assert signing_in.check_code(user, code(secret))
    assert not signing_in.check_code(user, code(secret)), "used"
    codes = recovery_codes.renew(user)
    db.session.commit()
    assert len(set(codes)) == 10
    assert recovery_codes.use(user, codes[0].upper())
    assert not recovery_codes.use(user, codes[0])
    assert not recovery_codes.use(factories.anew(house.colleague), codes[1]), "somebody else's"
    assert recovery_codes.left(user) == 9
    new = recovery_codes.renew(user)
    assert not recovery_codes.use(user, codes[1]), "renewed"
    assert recovery_codes.use(user, new[1])
    db.session.commit()
    email = user.email
    browser = factories.Browser(app)
    browser._learn(browser.get("/sign-in"))
    browser.post("/sign-in", email=email, password=factories.PASSWORD)
    assert browser.post("/sign-in/code", code=new[2]).status_code == 303
    assert browser.get("/work").status_code == 200


def test_37_throttled_by_account_and_address_without_locking_the_owner_out(app: Flask) -> None:
    house = factories.World()
    email = house.caseworker.email
    attacker = factories.Browser(app, remote="203.0.113.9")
    attacker._learn(attacker.get("/sign-in"))
    for _ in range(8):
        assert attacker.post("/sign-in", email=email, password="wrong").status_code == 422
    with app.test_request_context(environ_base={"REMOTE_ADDR": "203.0.113.9"}):
        assert throttle.delay(email) > 0
    owner = factories.Browser(app, remote="198.51.100.7")
    owner.sign_in(email, factories.PASSWORD)
    assert owner.get("/work").status_code == 200


def test_38_known_and_unknown_accounts_answer_alike_in_words_and_time(
    quick_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = factories.World()
    hasher = PasswordHasher(time_cost=1, memory_cost=16_384, parallelism=1)
    monkeypatch.setattr(hashes, "_HASHER", hasher)
    hashes._nobodys.cache_clear()
    house.caseworker.password_hash = hasher.hash(factories.PASSWORD)
    email = house.caseworker.email
    db.session.commit()
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    for _ in range(80):
        for kind, address in (("known", email), ("unknown", "nobody@example.org")):
            started = time.process_time()  # of ours alone, whatever else the machine does
            assert signing_in.check_password(address, "wrong") is None
            times[kind].append(time.process_time() - started)
    known, unknown = statistics.median(times["known"]), statistics.median(times["unknown"])
    assert abs(known - unknown) < 0.2 * max(known, unknown)
    browser = factories.Browser(quick_app, remote="192.0.2.4")
    browser._learn(browser.get("/sign-in"))
    pages = [
        browser.post("/sign-in", email=address, password="wrong").text.replace(address, "")
        for address in (email, "nobody@example.org")
    ]
    token = re.compile(r'name="csrf_token" value="[^"]+"')  # it tells the second it was made in
    pages = [token.sub("", page) for page in pages]
    assert pages[0] == pages[1]


def test_39_an_invitation_works_once_for_its_account_and_not_for_long(app: Flask) -> None:
    house = factories.World()
    administrator = factories.Browser(app, house.administrator)
    place = str(factories.anew(house.here).id)
    assert "/confirm" in administrator.get("/people/invite").headers["Location"]
    administrator.post("/confirm", password=factories.PASSWORD)
    made = administrator.post(
        "/people/invite", email="new@example.org", name="New", role="caseworker", organisation=place
    )
    assert made.status_code == 303
    with factories.acts(house.supervisor) as by:
        asked = db.session.execute(select(AccessChange)).scalar_one()
        access_changes.approve(by=by, asked=asked)
    link = mailed(app)
    assert (
        db.session.execute(
            select(func.count()).select_from(Invitation).where(Invitation.token == link.encode())
        ).scalar()
        == 0
    ), "only its hash"
    guest = factories.Browser(app)
    guest._learn(guest.get(f"/invitation/{link}"))
    assert guest.post(f"/invitation/{link}", new="short").status_code == 422
    assert guest.post(f"/invitation/{link}", new="my own very good words").status_code == 200
    used = guest.post(f"/invitation/{link}", new="somebody else's words")
    assert used.status_code == 410, "it was good: whoever has it is told what became of it"
    assert "was used on" in used.text
    assert "/sign-in/help" in used.text
    assert "Nothing here" in guest.get(f"/invitation/{link}x").text, "of no link nothing is told"
    guest.sign_in("new@example.org", "my own very good words")
    assert guest.get("/work").status_code == 200
    user = db.session.execute(select(User).where(User.email == "new@example.org")).scalar_one()
    number = user.id
    assert administrator.post(f"/people/{number}/link").status_code == 303
    text = mailed(app)
    with at(now() + timedelta(days=4)):
        ended = app.test_client().get(f"/invitation/{text}")
        assert ended.status_code == 410
        assert "Its days ended on" in ended.text


def test_41_a_screen_left_alone_is_locked_by_the_server(app: Flask) -> None:
    house = factories.World()
    email = house.caseworker.email
    number = factories.case(house).number
    browser = factories.Browser(app)
    browser.sign_in(email, factories.PASSWORD)
    tampering.seen_last(now() - timedelta(minutes=12))
    locked = browser.get(f"/cases/{number}")
    assert locked.headers["Location"].startswith("/unlock")
    assert (
        browser.post(f"/cases/{number}/tasks", kind="call", due_on="2027-01-01")
        .headers["Location"]
        .startswith("/unlock")
    ), "nothing is written either"
    assert browser.get("/cases").status_code == 303
    assert browser.post("/unlock", password="wrong").status_code == 422
    assert browser.get("/cases").status_code == 303
    assert (
        browser.post("/unlock", password=factories.PASSWORD, next=f"/cases/{number}").headers[
            "Location"
        ]
        == f"/cases/{number}"
    )
    assert browser.get(f"/cases/{number}").status_code == 200
    assert browser.post("/lock").status_code == 204
    assert browser.get("/work").headers["Location"].startswith("/unlock")


def test_42_a_fresh_second_factor_before_what_cannot_be_taken_back(app: Flask) -> None:
    house = factories.World()
    user, secret = enrolled(house, "officer")
    email = user.email
    browser = factories.Browser(app)
    browser._learn(browser.get("/sign-in"))
    browser.post("/sign-in", email=email, password=factories.PASSWORD)
    browser.post("/sign-in/code", code=code(secret, -1))
    browser._learn(browser.get("/account"))
    assert browser.post("/account/recovery-codes").status_code == 200, "signed in with it just now"
    with at(now() + timedelta(minutes=9)):
        pass
    tampering.seen_last(now())
    later = factories.Browser(app, house.administrator)
    for path in ("/people/invite", "/people/1"):
        later.get(path)
    assert "/confirm" in later.post("/people/2/disable").headers["Location"]
    assert "/confirm" in later.post("/account/second-factor").headers["Location"]
    assert later.post("/confirm", password="wrong").status_code == 422
    assert "/confirm" in later.post("/people/2/disable").headers["Location"]
    later.post("/confirm", password=factories.PASSWORD)
    assert later.post("/people/2/disable").status_code == 303
    assert not db.session.get_one(User, 2).active


def test_a_password_somebody_else_chose_opens_nothing_but_its_change(app: Flask) -> None:
    house = factories.World()
    user = factories.anew(house.caseworker)
    user.must_change, email = True, user.email
    db.session.commit()
    browser = factories.Browser(app)
    browser._learn(browser.get("/sign-in"))
    browser.post("/sign-in", email=email, password=factories.PASSWORD)
    for path in ("/work", "/cases", "/account"):
        assert browser.get(path).headers["Location"] == "/first-password"
    assert (
        browser.post(
            "/first-password", current=factories.PASSWORD, new=factories.PASSWORD
        ).status_code
        == 422
    )
    assert (
        browser.post(
            "/first-password", current=factories.PASSWORD, new="words that are mine alone"
        ).status_code
        == 303
    )
    assert browser.get("/work").status_code == 200


def test_27_a_token_does_no_more_than_its_scopes_and_ends(app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    user = factories.anew(house.caseworker)
    reader = tokens.create(user, "reader", scopes=["read"])
    counter = tokens.create(user, "counter", scopes=["statistics"])
    db.session.commit()
    user_id = user.id

    def ask(token: str, path: str, **named: object) -> int:
        db.session.rollback()
        return factories._apart(
            app.test_client().get,
            f"/api/v1{path}",
            headers={"Authorization": f"Bearer {token}"},
            **named,
        ).status_code

    assert ask(reader, f"/cases/{number}") == 200
    assert ask(counter, f"/cases/{number}") == 404
    post = factories._apart(
        app.test_client().post,
        f"/api/v1/cases/{number}/close",
        json={"reason": "completed"},
        headers={"Authorization": f"Bearer {reader}"},
    )
    assert post.status_code == 404
    rows = db.session.execute(select(ApiToken)).scalars()
    row = next(row for row in rows if row.label == "reader")
    assert row.used_at is not None
    assert reader.encode() not in row.token
    tokens.revoke(user=db.session.get_one(User, user_id), token_id=row.id)
    db.session.commit()
    assert ask(reader, f"/cases/{number}") == 401
    other = tokens.create(db.session.get_one(User, user_id), "later")
    db.session.commit()
    db.session.get_one(User, user_id).active = False
    db.session.commit()
    assert ask(other, f"/cases/{number}") == 401
    assert Permission.ERASURE_DECIDE not in TOKEN_MAY


def test_sessions_are_listed_and_ended_one_by_one(app: Flask) -> None:
    house = factories.World()
    email = house.caseworker.email
    here, there = factories.Browser(app, house.caseworker), factories.Browser(app)
    there.sign_in(email, factories.PASSWORD)
    page = here.get("/account/security").text
    name = page.split("/account/sessions/")[1].split("/end")[0]
    assert there.get("/work").status_code == 200
    assert here.post(f"/account/sessions/{name}/end").status_code == 303
    assert there.get("/work").status_code == 302
    assert here.get("/work").status_code == 200
