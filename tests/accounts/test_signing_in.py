"""Signing in, staying in, getting out."""

import pyotp
import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select

from accounts import hashes, signing_in
from models.base import db
from models.people import SignedIn
from models.sealed import open_system
from tests import factories


def test_unknown_and_known_accounts_get_the_same_answer_and_work(
    quick_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app)
    known = browser.sign_in(house.caseworker.email, "wrong").text
    unknown = browser.sign_in("nobody@example.org", "wrong").text
    strip = lambda text, mail: text.replace(mail, "").split('name="email"')[1].split("csrf")[0]
    assert strip(known, house.caseworker.email) == strip(unknown, "nobody@example.org")
    calls: list[str] = []
    real = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

    class Counting:
        def verify(self, hashed: str, password: str) -> bool:
            calls.append(hashed[:9])
            return real.verify(hashed, password)

    hashes._nobodys()
    monkeypatch.setattr(hashes, "_HASHER", Counting())
    assert signing_in.check_password("nobody@example.org", "x") is None
    assert signing_in.check_password(house.caseworker.email, "x") is None
    # Own password and second password, whether there is one or not.
    assert calls == ["$argon2id"] * 4


def test_the_real_hash_is_argon2id_with_64_mb() -> None:
    assert (
        PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
        .hash("x")
        .startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    )


def test_a_session_gets_a_new_token_at_sign_in_and_ends_on_the_server(quick_app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app)
    browser.get("/sign-in")
    before = browser.client.get_cookie("session")
    browser.sign_in(house.caseworker.email, factories.PASSWORD)
    after = browser.client.get_cookie("session")
    assert before
    assert after
    assert before.value != after.value
    assert browser.get("/account").status_code == 200
    browser.post("/sign-out")
    browser.client.set_cookie("session", after.value)
    assert browser.get("/account").status_code == 302
    assert (
        db.session.execute(select(SignedIn).where(SignedIn.user_id == house.caseworker.id)).first()
        is None
    )


def test_leaving_quickly_ends_the_session_and_clears(quick_app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app, house.caseworker)
    answer = browser.get("/leave")
    assert answer.status_code == 303
    assert "cache" in answer.headers["Clear-Site-Data"]
    assert browser.get("/account").status_code == 302


def test_a_second_factor_once_set_up_cannot_be_skipped_or_used_twice(quick_app: Flask) -> None:
    house = factories.World()
    signing_in.enrol_totp(house.caseworker)
    db.session.commit()
    secret = open_system(
        f"totp/{house.caseworker.id}", house.caseworker.totp_sealed or b""
    ).decode()
    browser = factories.Browser(quick_app)
    assert (
        browser.sign_in(house.caseworker.email, factories.PASSWORD).headers["Location"]
        == "/sign-in/code"
    )
    assert browser.get("/work").status_code == 302, "half in is not in"
    assert browser.post("/sign-in/code", code="000000").status_code == 422
    code = pyotp.TOTP(secret).now()
    assert browser.post("/sign-in/code", code=code).headers["Location"] == "/work"
    assert browser.get("/work").status_code == 200
    second = factories.Browser(quick_app)
    second.sign_in(house.caseworker.email, factories.PASSWORD)
    assert second.post("/sign-in/code", code=code).status_code == 422


def test_a_new_password_ends_the_other_sessions(quick_app: Flask) -> None:
    house = factories.World()
    one, two = (
        factories.Browser(quick_app, house.caseworker),
        factories.Browser(quick_app, house.caseworker),
    )
    assert (
        one.post("/account/password", current="wrong", new="another long password").status_code
        == 422
    )
    assert one.post("/account/password", current=factories.PASSWORD, new="short").status_code == 422
    assert (
        one.post(
            "/account/password", current=factories.PASSWORD, new="another long password"
        ).status_code
        == 303
    )
    assert one.get("/account").status_code == 200
    assert two.get("/account").status_code == 302


def test_guesses_are_slowed_for_the_guesser_alone(quick_app: Flask) -> None:
    house = factories.World()
    guesser = factories.Browser(quick_app)
    answers = [
        guesser.sign_in(house.caseworker.email, f"guess {number}").status_code
        for number in range(8)
    ]
    assert answers == [422] * 8
    owner = factories.Browser(quick_app, remote="10.9.8.7")
    assert owner.sign_in(house.caseworker.email, factories.PASSWORD).status_code == 303


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/ok\r\nX: y",
    ],
)
def test_after_sign_in_nobody_is_sent_to_another_site(quick_app: Flask, target: str) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app)
    browser.get("/sign-in")
    browser.sign_in("nobody@example.org", "x")
    answer = browser.post(
        "/sign-in", email=house.caseworker.email, password=factories.PASSWORD, next=target
    )
    assert answer.headers["Location"] == "/work"
