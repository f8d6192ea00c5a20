"""How the queue fares, in numbers: for ``/metrics`` (Prometheus text format) and ``./run flask queue status``."""

from collections.abc import Iterator

from flask import current_app
from redis import RedisError
from rq import Queue, Worker
from sqlalchemy import func, select

from models.base import db, now
from models.messages import HookMessage, Message
from models.states import MessageState
from notifications import queue


def measured() -> Iterator[tuple[str, float]]:
    """Name with labels, and value. Counts of messages come from the database: they are right with Valkey away too."""
    since = now()
    rows = db.session.execute(
        select(Message.channel, Message.state, func.count(), func.min(Message.due_at)).group_by(
            Message.channel, Message.state
        )
    ).all()
    for channel, state, count, _oldest in rows:
        yield f'safeconduct_messages{{channel="{channel}",state="{state}"}}', count
    waiting = [oldest for _channel, state, _count, oldest in rows if state == MessageState.WAITING]
    yield (
        "safeconduct_oldest_waiting_seconds",
        max((round((since - oldest).total_seconds(), 1) for oldest in waiting), default=0.0),
    )
    for state, count in db.session.execute(
        select(HookMessage.state, func.count()).group_by(HookMessage.state)
    ).all():
        yield f'safeconduct_messages{{channel="webhook",state="{state}"}}', count
    yield from _queues()


def _queues() -> Iterator[tuple[str, float]]:
    connection = current_app.extensions["queue_connection"]
    try:
        for name in (queue.URGENT, queue.USUAL, queue.HOOKS):
            yield (
                f'safeconduct_queue_length{{queue="{name}"}}',
                Queue(name, connection=connection).count,
            )
        yield "safeconduct_workers", Worker.count(connection=connection)
        yield "safeconduct_queue_up", 1
    except (RedisError, OSError):
        yield "safeconduct_queue_up", 0
