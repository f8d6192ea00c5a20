"""Case 36: a passkey made for another origin, by another person, for another challenge, without the
person, or rolled back opens nothing.
"""

import base64
import hashlib
import json
import struct
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from accounts import passkeys
from models.base import db
from models.people import User
from models.rules import RuleBroken
from tests import factories

HERE = "http://localhost"


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Device:
    """An authenticator of our own: ES256, no attestation."""

    def __init__(self, site: str = "localhost") -> None:
        self.key, self.name, self.site, self.count = (
            ec.generate_private_key(ec.SECP256R1()),
            b"credential-" + bytes(8),
            site,
            0,
        )

    def _data(self, flags: int, more: bytes = b"") -> bytes:
        return (
            hashlib.sha256(self.site.encode()).digest()
            + struct.pack(">BI", flags, self.count)
            + more
        )

    def make(self, challenge: str, origin: str = HERE) -> str:
        """Answer to the options for making a passkey."""
        point = self.key.public_key().public_numbers()
        cose = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        )
        data = self._data(0x45, bytes(16) + struct.pack(">H", len(self.name)) + self.name + cose)
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = json.dumps(
            {"type": "webauthn.create", "challenge": challenge, "origin": origin}
        ).encode()
        return self._answer({"clientDataJSON": b64(client), "attestationObject": b64(attested)})

    def prove(
        self, challenge: str, origin: str = HERE, *, flags: int = 0x05, count: int | None = None
    ) -> str:
        """Answer to the options for signing in."""
        self.count = self.count + 1 if count is None else count
        client = json.dumps(
            {"type": "webauthn.get", "challenge": challenge, "origin": origin}
        ).encode()
        data = self._data(flags)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": b64(client),
                "authenticatorData": b64(data),
                "signature": b64(signature),
                "userHandle": "",
            }
        )

    def _answer(self, response: dict[str, str]) -> str:
        return json.dumps(
            {
                "id": b64(self.name),
                "rawId": b64(self.name),
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )


@pytest.fixture
def known(quick_app: Flask) -> Any:
    """A person with a passkey, inside a request to this site."""
    house = factories.World()
    device = Device()
    with quick_app.test_request_context(base_url=HERE):
        user = factories.anew(house.caseworker)
        _options, challenge = passkeys.offer(user)
        passkeys.keep(user=user, answer=device.make(challenge), challenge=challenge, label="Phone")
        db.session.flush()
        yield user, factories.anew(house.colleague), device


def opens(device: Device, user: User | None = None, **how: Any) -> User | None:
    _options, challenge = passkeys.ask(user)
    return passkeys.check(
        answer=device.prove(how.pop("challenge", challenge), **how), challenge=challenge, user=user
    )


def test_36_the_right_passkey_opens_its_own_account(known: Any) -> None:
    user, _other, device = known
    assert opens(device) == user
    assert opens(device, user) == user


def test_36_nothing_else_does(known: Any) -> None:
    user, other, device = known
    assert opens(device, origin="http://evil.example") is None
    assert opens(device, challenge=b64(bytes(32))) is None
    assert opens(device, flags=0x01) is None, "present, but not verified"
    assert opens(device, other) is None, "another person's"
    assert opens(Device()) is None, "the same name, another key"
    elsewhere = Device("evil.example")
    elsewhere.key, elsewhere.name, elsewhere.count = device.key, device.name, 50
    assert opens(elsewhere) is None, "made for another site"
    assert opens(device) == user
    assert opens(device, count=1) is None, "a counter that went back is a copy"


def test_36_a_passkey_of_another_origin_or_challenge_is_not_kept(known: Any) -> None:
    user, _other, _device = known
    _options, challenge = passkeys.offer(user)
    for device, made in (
        (Device(), {"origin": "http://evil.example"}),
        (Device("evil.example"), {}),
        (Device(), {"challenge": b64(bytes(32))}),
    ):
        answer = device.make(made.pop("challenge", challenge), **made)
        with pytest.raises(RuleBroken):
            passkeys.keep(user=user, answer=answer, challenge=challenge, label="x")
