"""RQ made safe: the worker imports nothing that Valkey names.

It runs what stands in our registry, if the signature fits.

RQ would run any function named in a job, call its callbacks, post its webhooks, and keep tracebacks
with values in Valkey. Here a forged job is set aside and noted in the trail, and a failed one keeps
its kind of error and a reference.
"""

import logging
import secrets
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from flask import current_app
from redis import Redis, RedisError
from rq import Queue, SimpleWorker
from rq.cron import CronJob, CronScheduler
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy.exc import SQLAlchemyError

from access import audit, forged
from models.base import db, writing
from notifications import queue

log = logging.getLogger("safeconduct.worker")


class RegisteredJob(Job):
    """A job whose name is a key of our registry, never an import."""

    def perform(self) -> Any:
        """Check the signature, run, leave no session open."""
        writing.set(True)
        try:
            run, record_id = queue.checked(self.func_name or "", self.args)
            if self.kwargs or self.timeout is None:
                raise queue.Forged(self.func_name)
            run(record_id)
        except queue.Forged:
            _set_aside(self)
        except queue.NotOurs as why:
            log.warning("job %s is not run: %s", self.id[:60], type(why).__name__)
        finally:
            db.session.remove()
            forged.write_what_was_lost()

    # Callbacks and webhooks are names and addresses that whoever writes to Valkey chose.
    success_callback = failure_callback = stopped_callback = property(lambda self: None)  # type: ignore[assignment]
    webhooks = property(lambda self: [], lambda self, value: None)  # type: ignore[assignment]


def _set_aside(job: Job) -> None:
    """Keep a forged job's id for the data protection officer; never its contents."""
    db.session.rollback()
    log.error("forged job refused: %s", job.id[:60])
    audit.append([audit.AuditEntry("system:worker", "forged_job", subject=job.id[:60])])
    db.session.commit()


class SafeWorker(SimpleWorker):
    """Runs :class:`RegisteredJob`; its log and Valkey get a kind of error and a reference."""

    job_class = RegisteredJob

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Log the kind of error under a reference, not its words."""
        log.error("job %s failed: %s", job.id, _kind(exc_info))

    def handle_job_failure(self, job: Job, queue: Queue, *arguments: Any, **named: Any) -> None:
        """Let Valkey keep the kind of error alone."""
        if "exc_string" in named:
            last_line = str(named["exc_string"]).strip().rsplit("\n", 1)[-1]
            named["exc_string"] = last_line.partition(":")[0][:80]
        super().handle_job_failure(job, queue, *arguments, **named)


def _kind(
    exc_info: tuple[type[BaseException] | None, BaseException | None, TracebackType | None] | Any,
) -> str:
    error = exc_info[0]
    return f"{getattr(error, '__name__', 'unknown')} reference {secrets.token_hex(4)}"


class SignedCron(CronJob):
    """A periodic job that is pushed with our signature."""

    def enqueue(self, connection: Redis) -> Any:
        """Push and forget; a Valkey that is away gets it next time."""
        try:
            queue.push(connection, self.func_name, 0, urgent=True)
        except (RedisError, OSError):
            log.warning("queue away: %s comes later", self.func_name)


# What is done periodically: name → seconds.
PERIODIC = {
    "count": 20,
    "sweep": 60,
    "watch": 60,
    "tidy": 600,
    "seal_trail": 3600,
    "mail_heads": 24 * 3600,
    "remind": 3600,
    "propose_erasures": 6 * 3600,
    "remind_of_requests": 6 * 3600,
}


def do_all_now(connection: Redis) -> None:
    """Do what is periodic without waiting for its time: the clock was moved past it."""
    for name in PERIODIC:
        queue.push(connection, name, 0)


def schedule(connection: Redis) -> CronScheduler:
    """RQ's own cron with what we do periodically."""
    scheduler = CronScheduler(connection=connection)
    for name, seconds in PERIODIC.items():
        scheduler._cron_jobs.append(SignedCron(queue.USUAL, func_name=name, interval=seconds))  # noqa: SLF001 -- register() insists on an importable function
    return scheduler


def run_schedule(connection: Redis) -> None:
    """Keep the schedule until told to stop; survives a Valkey that goes away."""
    scheduler = schedule(connection)
    while True:
        try:
            scheduler.enqueue_jobs()
        except (RedisError, OSError):
            log.warning("queue away, trying again")
        time.sleep(max(0.2, min(scheduler.calculate_sleep_interval(), 5)))


ALL = (queue.URGENT, queue.USUAL, queue.HOOKS)


def run_worker(connection: Redis, *, burst: bool = False, names: Sequence[str] = ALL) -> None:
    """Work until told to stop, on the queues of ``names`` in this order.

    When Valkey goes away the worker waits for it.
    """
    while True:
        try:
            worker = _worker(connection, names)
            worker.work(burst=burst, with_scheduler=False, logging_level="WARNING")
        except (RedisError, OSError) as away:
            if burst:
                raise
            log.warning("queue away (%s), waiting", type(away).__name__)
            time.sleep(1)
        except SQLAlchemyError as away:
            log.warning("database away (%s), waiting", type(away).__name__)
            db.session.remove()
            time.sleep(1)
        else:
            return


def _worker(connection: Redis, names: Sequence[str]) -> SafeWorker:
    """A worker on the queues of ``names`` that writes nothing but warnings."""
    ours: dict[str, Any] = {
        "connection": connection,
        "serializer": JSONSerializer,
        "job_class": RegisteredJob,
    }
    worker = SafeWorker([Queue(name, **ours) for name in names], **ours)
    worker.log.setLevel(logging.WARNING)
    return worker


def own_connection() -> Redis:
    """The worker's connection: it may wait for work longer than a page may wait for Valkey."""
    return Redis.from_url(
        current_app.config["REDIS_URL"], socket_connect_timeout=2, health_check_interval=30
    )
