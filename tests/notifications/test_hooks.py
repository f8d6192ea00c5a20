"""Webhooks: signed as the standard says, never to private addresses, the same id at every try, and
one that is broken delays nobody.
"""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from standardwebhooks import Webhook, WebhookVerificationError

from models.base import at, db, now
from models.messages import Hook, HookMessage, Message
from models.sealed import seal_system
from notifications import webhooks, worker
from referral import sending
from tests import factories


class Sink:
    """A partner's system that answers as it is told and keeps what it got."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.got: list[tuple[dict[str, str], bytes]] = []
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                sink.got.append(
                    ({name.lower(): value for name, value in self.headers.items()}, content)
                )
                status = sink.answers.pop(0) if sink.answers else 200
                if status == 0:
                    time.sleep(60)
                    return
                if status == -1:
                    self.wfile.write(b"\x00\xff garbage \r\n\r\n")
                    return
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/in"


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def open_app(quick_app: Flask) -> Flask:
    """An installation that may tell private addresses, as a test must."""
    quick_app.config["SETTINGS"] = replace(quick_app.config["SETTINGS"], webhook_private=True)
    return quick_app


def told(house: factories.World, sink: Sink, count: int = 1) -> str:
    secret = webhooks.keep(organisation_id=factories.anew(house.partner).id, url=sink.url)
    db.session.commit()
    for number in range(count):
        webhooks.post(
            "referral.sent",
            reference=f"RF-{number}",
            path="/referrals",
            organisation_id=factories.anew(house.partner).id,
        )
    db.session.commit()
    return secret


def work() -> None:
    worker.run_worker(worker.own_connection(), burst=True)
    db.session.expire_all()


def right(secret: str, headers: dict[str, str], content: bytes) -> bool:
    """The check as a receiver makes it: with the library of the standard, and from the text of the
    standard.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + content
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    by_hand = f"v1,{expected}" in headers["webhook-signature"].split(" ")
    try:
        Webhook(secret).verify(content, headers)
    except WebhookVerificationError:
        assert not by_hand
        return False
    return by_hand


def test_a_referral_reaches_the_partners_system_signed_and_without_personal_data(
    open_app: Flask, sink: Sink
) -> None:
    house = factories.World()
    secret = webhooks.keep(organisation_id=factories.anew(house.partner).id, url=sink.url)
    db.session.commit()
    case = factories.case(house)
    number = case.number
    with factories.acts(house.caseworker) as by:
        sent = factories.refer(by, house, case)
    reference = sent.reference
    work()
    assert len(sink.got) == 1
    headers, content = sink.got[0]
    assert right(secret, headers, content)
    told_ = json.loads(content)
    assert (told_["type"], told_["data"]["reference"]) == ("referral.sent", reference)
    assert set(told_["data"]) == {"reference", "url"}
    for word in (b"Benali", b"Single room", number.encode()):
        assert word not in content


@pytest.mark.parametrize("status", [500, 301, 404, -1])
def test_what_is_not_taken_is_tried_again_later_with_the_same_id(
    open_app: Flask, sink: Sink, status: int
) -> None:
    told(factories.World(), sink)
    sink.answers = [status]
    work()
    message = db.session.execute(select(HookMessage)).unique().scalar_one()
    assert (message.state, message.tries) == ("waiting", 1)
    assert message.due_at > now()
    with at(message.due_at):
        webhooks.deliver(message.id)
    assert db.session.execute(select(HookMessage.state)).scalar() == "delivered"
    assert len({headers["webhook-id"] for headers, _content in sink.got}) == 1
    assert len(sink.got) == 2, "a redirect is not followed"


def test_silence_is_given_up_and_no_transaction_is_open_meanwhile(
    open_app: Flask, sink: Sink
) -> None:
    open_app.config["SETTINGS"] = replace(open_app.config["SETTINGS"], outside_seconds=0.5)
    told(factories.World(), sink)
    sink.answers = [0]
    started = time.monotonic()
    work()
    assert time.monotonic() - started < 30, "long before the other side says anything"
    message = db.session.execute(select(HookMessage)).unique().scalar_one()
    assert (message.state, message.trouble) == ("waiting", "ReadTimeoutError")


def test_gone_means_no_more(open_app: Flask, sink: Sink) -> None:
    house = factories.World()
    told(house, sink)
    sink.answers = [410]
    work()
    assert not db.session.execute(select(Hook.active)).scalar()
    webhooks.post(
        "referral.sent",
        reference="RF-9",
        path="/",
        organisation_id=factories.anew(house.partner).id,
    )
    db.session.commit()
    assert db.session.execute(select(func.count()).select_from(HookMessage)).scalar() == 1


def test_while_a_secret_is_rotated_both_sign(open_app: Flask, sink: Sink) -> None:
    house = factories.World()
    before = told(house, sink, 0)
    after = webhooks.rotate(webhooks.hook_of(factories.anew(house.partner).id))  # type: ignore[arg-type]
    webhooks.post(
        "referral.sent",
        reference="RF-1",
        path="/",
        organisation_id=factories.anew(house.partner).id,
    )
    db.session.commit()
    work()
    assert right(before, *sink.got[0])
    assert right(after, *sink.got[0])
    hook = webhooks.hook_of(factories.anew(house.partner).id)
    assert hook is not None
    hook.before_until = now()
    webhooks.post(
        "referral.sent",
        reference="RF-2",
        path="/",
        organisation_id=factories.anew(house.partner).id,
    )
    db.session.commit()
    work()
    assert not right(before, *sink.got[1])
    assert right(after, *sink.got[1])


def test_a_signature_is_the_one_that_the_standard_gives_as_an_example(quick_app: Flask) -> None:
    hook = Hook(
        organisation_id=1,
        url="https://example.org",
        secret_sealed=seal_system("hooks", b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    )
    message = HookMessage(key="msg_p5jXN8AQM9LWM0D4loKWxJek", hook=hook)
    moment = datetime.fromtimestamp(1614265330, UTC)
    with at(moment):
        headers = webhooks.signed(message, b'{"test": 2432232314}', moment)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_body_that_was_changed_or_is_late_is_not_taken(open_app: Flask, sink: Sink) -> None:
    secret = told(factories.World(), sink)
    work()
    headers, content = sink.got[0]
    assert right(secret, headers, content)
    assert not right(secret, headers, content.replace(b"RF-0", b"RF-1"))
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(secret).verify(
            content, {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)}
        )


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://10.0.0.8/x",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fd00::1]/",
        "https://0.0.0.0/",
        "https://user:pw@8.8.8.8/",
        "ftp://8.8.8.8/",
        "https:///x",
        "https://224.0.0.1/",
    ],
)
def test_60_private_and_odd_addresses_are_refused(quick_app: Flask, url: str) -> None:
    with pytest.raises(webhooks.Unreachable):
        webhooks.resolved(url)


def test_60_a_name_with_one_private_address_among_public_ones_is_refused(
    quick_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
        for address in ("8.8.8.8", "127.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found)
    with pytest.raises(webhooks.Unreachable):
        webhooks.resolved("https://rebinding.example/x")


def test_60_the_connection_goes_to_the_address_that_was_checked(
    quick_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def turning(*_a: Any, **_k: Any) -> Any:
        asked.append(1)
        return [
            (
                socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                ("8.8.8.8" if len(asked) == 1 else "127.0.0.1", 443),
            )
        ]

    monkeypatch.setattr(socket, "getaddrinfo", turning)
    address, host, port, _path = webhooks.resolved("https://rebinding.example/x")
    pool = webhooks._pool("https", address, host, port)
    assert (pool.host, pool.conn_kw["server_hostname"], pool.assert_hostname) == (
        "8.8.8.8",
        "rebinding.example",
        "rebinding.example",
    )  # type: ignore[attr-defined]
    assert len(asked) == 1


def test_a_broken_system_is_tried_one_message_at_a_time_and_delays_no_mail(
    open_app: Flask, sink: Sink
) -> None:
    house = factories.World()
    told(house, sink, 20)
    hook = webhooks.hook_of(factories.anew(house.partner).id)
    assert hook is not None
    hook.failures = 3
    db.session.commit()
    open_app.extensions["queue_connection"].flushall()
    webhooks.sweep()
    waiting = db.session.info.get("to_enqueue", [])
    assert [name for name, _number, _urgent in waiting].count("hook") == 1
    db.session.commit()
    with factories.acts(house.caseworker) as by:
        sending.outbox.post("task.due", reference="TD-1", path="/work", to=[by.user])
    worker.run_worker(worker.own_connection(), burst=True, names=worker.ALL[:2])
    assert set(db.session.execute(select(Message.state)).scalars()) == {"delivered"}
    assert sink.got == [], "the queues of mail and of webhooks are apart"


def test_a_partner_sets_its_address_after_a_fresh_proof_and_sees_what_was_sent(
    open_app: Flask, sink: Sink
) -> None:
    house = factories.World()
    helper = factories.Browser(open_app, house.helper)
    assert helper.post("/partners/AMEL/webhook", url=sink.url).status_code == 303, (
        "asks for a fresh proof"
    )
    helper.post("/confirm", password=factories.PASSWORD)
    page = helper.post("/partners/AMEL/webhook", url=sink.url)
    assert "whsec_" in page.text
    assert "whsec_" not in helper.get("/partners/AMEL/webhook").text
    webhooks.post(
        "referral.sent",
        reference="RF-7",
        path="/",
        organisation_id=factories.anew(house.partner).id,
    )
    db.session.commit()
    work()
    assert "RF-7" in helper.get("/partners/AMEL/webhook").text
    number = db.session.execute(select(HookMessage.id)).scalar()
    assert helper.post(f"/partners/AMEL/webhook/{number}/again").status_code == 303
    work()
    assert len({headers["webhook-id"] for headers, _content in sink.got}) == 1
    assert len(sink.got) == 2
    assert "whsec_" in helper.post("/partners/AMEL/webhook/secret").text
    other = factories.Browser(open_app, house.other_helper)
    assert other.get("/partners/AMEL/webhook").status_code == 404
    assert other.post(f"/partners/AMEL/webhook/{number}/again").status_code == 404
    assert b"whsec" not in db.session.execute(select(Hook.secret_sealed)).scalar()  # type: ignore[operator]
