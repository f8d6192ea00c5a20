"""How the queue fares, in numbers: for ``/metrics`` (Prometheus text format) and ``./run flask
queue status``.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flask import current_app
from redis import RedisError
from rq import Queue, Worker
from sqlalchemy import func, select

from loading import later
from models.base import db, now
from models.messages import HookMessage, Message
from models.states import MessageState
from notifications import queue

if TYPE_CHECKING:
    import prometheus_client
    import prometheus_client.core as families
else:
    prometheus_client = later("prometheus_client")
    families = later("prometheus_client.core")

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Measurements:
    """What stands in the database and in the queue at the moment of asking.

    Counts of messages come from the database: they are right with Valkey away too, and the same
    whichever process is asked.
    """

    def collect(self) -> Iterator["families.GaugeMetricFamily"]:
        """Each measure with its labels and values."""
        yield _messages()
        yield _oldest_waiting()
        yield from _queues()


def as_text() -> str:
    """All measures in the text format of Prometheus."""
    return prometheus_client.generate_latest(Measurements()).decode()


def _messages() -> "families.GaugeMetricFamily":
    family = families.GaugeMetricFamily(
        "safeconduct_messages", "Messages by channel and state.", labels=["channel", "state"]
    )
    by_channel = select(Message.channel, Message.state, func.count()).group_by(
        Message.channel, Message.state
    )
    for channel, state, count in db.session.execute(by_channel):
        family.add_metric([channel, state], count)
    webhooks = select(HookMessage.state, func.count()).group_by(HookMessage.state)
    for state, count in db.session.execute(webhooks):
        family.add_metric(["webhook", state], count)
    return family


def _oldest_waiting() -> "families.GaugeMetricFamily":
    oldest = db.session.execute(
        select(func.min(Message.due_at)).where(Message.state == MessageState.WAITING)
    ).scalar()
    seconds = round((now() - oldest).total_seconds(), 1) if oldest else 0.0
    return families.GaugeMetricFamily(
        "safeconduct_oldest_waiting_seconds",
        "Since when the oldest message that waits is due.",
        value=seconds,
    )


def _queues() -> Iterator["families.GaugeMetricFamily"]:
    connection = current_app.extensions["queue_connection"]
    lengths = families.GaugeMetricFamily(
        "safeconduct_queue_length", "Jobs in each queue.", labels=["queue"]
    )
    try:
        for name in (queue.URGENT, queue.USUAL, queue.HOOKS):
            lengths.add_metric([name], Queue(name, connection=connection).count)
        workers = Worker.count(connection=connection)
    except (RedisError, OSError):
        yield _queue_up(answers=False)
        return
    yield lengths
    yield families.GaugeMetricFamily(
        "safeconduct_workers", "Workers that are alive.", value=workers
    )
    yield _queue_up(answers=True)


def _queue_up(*, answers: bool) -> "families.GaugeMetricFamily":
    return families.GaugeMetricFamily(
        "safeconduct_queue_up", "Whether the queue answers.", value=float(answers)
    )
