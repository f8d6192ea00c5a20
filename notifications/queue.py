"""Jobs by name, signed.

Valkey is told after the commit; if it is away, the sweep finds the work in the database.

A job in Valkey is: a name of :data:`REGISTRY`, one number, the second it was made with the name of
the key that signs, and an HMAC over these three.
"""

import logging
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask, current_app
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue, Worker
from rq.serializers import JSONSerializer
from sqlalchemy import delete, event
from sqlalchemy.orm import Session

from encryption.signing import sign, verify
from models.base import db, insert_if_new, now
from models.messages import DoneJob
from models.sealed import keyring

log = logging.getLogger("safeconduct.queue")
REGISTRY: dict[str, Callable[[int], None]] = {}
URGENT, USUAL, HOOKS = "urgent", "usual", "hooks"
VALID_SECONDS = 24 * 3600
MANY = 25
# What a long import or mail run must not hold up has a worker of its own.
BESIDE = frozenset({"hook", "count"})


class Forged(Exception):
    """A job that we did not make, or that was altered or is too old."""


class NotOurs(Exception):
    """A job that is not run, and is no alarm."""


class Unknown(NotOurs):
    """One of our own that this version does not know: a newer one made it. What it is about waits
    in the database, and is handed out again until a worker knows it.
    """


class OtherKey(NotOurs):
    """One that says of itself that another key signed it: left in Valkey before a restore."""


def connect(app: Flask) -> Redis:
    """A connection that gives up after half a second: a silent Valkey must not hold a page."""
    url: str = app.config["REDIS_URL"]
    return Redis.from_url(
        url, socket_timeout=0.5, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 0)
    )


def answers(app: Flask) -> bool:
    """Whether Valkey answers."""
    try:
        return bool(app.extensions["queue_connection"].ping())
    except (RedisError, OSError):
        return False


def workers(app: Flask) -> int:
    """How many processes take jobs now."""
    try:
        return int(Worker.count(connection=app.extensions["queue_connection"]))
    except (RedisError, OSError):
        return 0


def enqueue_after_commit(name: str, record_id: int, *, urgent: bool = False) -> None:
    """Remember a job; it goes to Valkey when, and only when, the transaction is committed."""
    db.session.info.setdefault("to_enqueue", []).append((name, record_id, urgent))


def push(connection: Redis, name: str, record_id: int, *, urgent: bool = False) -> None:
    """Put a signed job on its queue. The description is fixed: RQ would show the arguments."""
    made = f"{int(time.time())}.{secrets.token_hex(8)}.{_name_of_key()}"
    signature = sign(_key(), name, str(record_id), made)
    queue = Queue(
        HOOKS if name in BESIDE else URGENT if urgent else USUAL,
        connection=connection,
        serializer=JSONSerializer,
    )
    queue.enqueue_call(
        name,
        args=(record_id, made, signature),
        description=name,
        result_ttl=0,
        failure_ttl=86_400,
        timeout=3600,
    )


def checked(name: str, arguments: Any) -> tuple[Callable[[int], None], int]:
    """The function and number of a job, or :class:`Forged`, or :class:`NotOurs`.

    A job runs once: what was put back into the queue is refused.
    """
    try:
        record_id, made, signature = arguments
        # Versions before named no key.
        if made.count(".") > 1 and made.rpartition(".")[2] != _name_of_key():
            raise OtherKey
        fresh = -300 < time.time() - int(made.partition(".")[0]) < VALID_SECONDS
        right = isinstance(record_id, int) and verify(
            _key(), str(signature), name, str(record_id), str(made)
        )
    except (TypeError, ValueError, AttributeError):
        raise Forged(str(name)[:40]) from None
    if fresh and right and name not in REGISTRY:
        raise Unknown
    if not (fresh and right and _first_time(str(made))):
        raise Forged(name)
    return REGISTRY[name], record_id


def _first_time(nonce: str) -> bool:
    statement = insert_if_new(DoneJob).values(nonce=nonce, at=now()).returning(DoneJob.nonce)
    first = db.session.execute(statement).first() is not None
    db.session.commit()
    return first


def forget_done() -> None:
    """Periodic: nonces of jobs too old to run anyway."""
    db.session.execute(
        delete(DoneJob).where(DoneJob.at < now() - timedelta(seconds=2 * VALID_SECONDS))
    )


def _name_of_key() -> str:
    return sign(_key(), "name")[:8]


def _key() -> bytes:
    return keyring().derive("queue/jobs")


def register_hooks(app: Flask) -> None:
    """After each commit, hand the remembered jobs to Valkey; after a rollback, forget them."""
    app.extensions["queue_connection"] = connect(app)

    @event.listens_for(Session, "after_commit")
    def _committed(session: Session) -> None:
        if session.in_nested_transaction():  # a savepoint: the deed may still be taken back
            return
        for name, record_id, urgent in _fewer(session.info.pop("to_enqueue", [])):
            if not _push_or_leave(name, record_id, urgent=urgent):
                break

    @event.listens_for(Session, "after_rollback")
    def _rolled_back(session: Session) -> None:
        if not session.in_nested_transaction():
            session.info.pop("to_enqueue", None)


def _fewer(jobs: list[tuple[str, int, bool]]) -> list[tuple[str, int, bool]]:
    """The same work in fewer jobs: when one deed told many people, each job delivers some of the
    messages and not one.
    """
    single = [job for job in jobs if job[0] == "deliver"]
    if len(single) <= 2 * MANY:
        return jobs
    urgent = sum(job[2] for job in single)
    some = [
        ("deliver_some", 0, now_)
        for now_, count in ((True, urgent), (False, len(single) - urgent))
        for _ in range(-(-count // MANY))
    ]
    return [*some, *[job for job in jobs if job[0] != "deliver"]]


def _push_or_leave(name: str, record_id: int, *, urgent: bool) -> bool:
    try:
        push(current_app.extensions["queue_connection"], name, record_id, urgent=urgent)
    except (RedisError, OSError) as trouble:
        log.warning(
            "queue away (%s): %s %s waits for the sweep", type(trouble).__name__, name, record_id
        )
        return False
    return True
