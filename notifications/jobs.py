"""Delivering.

No transaction is open across the network: claim and commit, send, record and commit.
"""

import logging
import secrets
import smtplib
import time
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from access.actors import system
from models.base import db, now
from models.messages import Message
from models.states import MESSAGE, MessageState
from notifications import channels, queue

DELIVERY = system("delivery")
log = logging.getLogger("safeconduct.delivery")
LEASE = timedelta(seconds=60)
MOST_TRIES = 12
TOGETHER = queue.MANY  # messages one job takes when there are many
ENOUGH = 40.0  # seconds after which it leaves the rest to others, before its lease ends
SWEPT = 20_000


def deliver(message_id: int) -> None:
    """Deliver one message.

    Run twice it tells once in the app, and repeats the same message id on the wire.
    """
    message = _claim(message_id)
    if message is not None:
        _carry([message])


def deliver_some(_id: int = 0) -> None:
    """Deliver some of what waits, urgent things first: one job in place of many, when one event was
    told to thousands.
    """
    began = time.monotonic()
    for group in _mails(_claim_some()):
        if time.monotonic() - began < ENOUGH:
            _carry(group)
        else:
            _release(group)


def _release(group: list[Message]) -> None:
    """Leave to another job what this one did not get to."""
    for message_id in [message.id for message in group]:
        message = db.session.get_one(Message, message_id)
        message.lease_until = None
        message.tries -= 1
    db.session.commit()


def _carry(group: list[Message]) -> None:
    """Send one message, or what goes into one mail together, and record it."""
    message = group[0]
    together = [*group, *_together(message)]
    message_ids = [each.id for each in together]
    trouble = ""
    try:
        if message.channel == "mail":
            mail = channels.compose(message, together[1:])
            db.session.commit()
            channels.send(mail)
        elif message.channel == "sms":
            channels.send_sms(message)
    except (OSError, smtplib.SMTPException) as wrong:
        trouble = type(wrong).__name__
        db.session.rollback()
    for message_id in message_ids:
        _record(db.session.get_one(Message, message_id), trouble)
    db.session.commit()


def _mails(messages: list[Message]) -> Iterator[list[Message]]:
    """One group for each mail or SMS: what a person wants once a day goes together."""
    daily: dict[int, list[Message]] = {}
    for message in messages:
        if _once_a_day(message):
            daily.setdefault(message.user_id, []).append(message)
        else:
            yield [message]
    yield from daily.values()


def _once_a_day(message: Message) -> bool:
    return message.channel == "mail" and not message.urgent and message.user.mail_when == "digest"


def _free() -> tuple[ColumnElement[bool], ...]:
    return (
        Message.state == MessageState.WAITING,
        Message.due_at <= now(),
        or_(Message.lease_until.is_(None), Message.lease_until < now()),
    )


def _together(message: Message) -> list[Message]:
    """What else waits for somebody who wants one mail a day: it goes in the same mail."""
    if not _once_a_day(message):
        return []
    query = select(Message).where(
        *_free(),
        Message.user_id == message.user_id,
        Message.channel == "mail",
        Message.id != message.id,
    )
    waiting = query.order_by(Message.id).limit(100).with_for_update(skip_locked=True)
    return _leased(list(db.session.execute(waiting).scalars()))


def _claim(message_id: int) -> Message | None:
    """Take the message for a minute, or leave it to whoever has it."""
    query = (
        select(Message).where(Message.id == message_id, *_free()).with_for_update(skip_locked=True)
    )
    message = db.session.execute(query).scalar_one_or_none()
    if message is None:
        db.session.rollback()
        return None
    _leased([message])
    db.session.commit()
    return message


def _claim_some() -> list[Message]:
    query = (
        select(Message)
        .where(*_free())
        .order_by(Message.urgent.desc(), Message.due_at, Message.id)
        .limit(TOGETHER)
        .with_for_update(skip_locked=True, of=Message)
        .options(joinedload(Message.user))
    )
    messages = _leased(list(db.session.execute(query).scalars()))
    db.session.commit()
    return messages


def _leased(messages: list[Message]) -> list[Message]:
    for message in messages:
        message.lease_until = now() + LEASE
        message.tries += 1
    return messages


def _record(message: Message, trouble: str) -> None:
    message.lease_until = None
    message.trouble = trouble
    if not trouble:
        MESSAGE.move(message, "deliver", by=DELIVERY)
    elif trouble == channels.Away.__name__:  # it was not tried; soon it is
        message.tries -= 1
        message.due_at = now() + timedelta(seconds=channels.PAUSE + secrets.randbelow(30))
    elif message.tries >= MOST_TRIES:
        MESSAGE.move(message, "fail", by=DELIVERY)
    else:
        wait = min(3600, 15 * 2**message.tries)
        message.due_at = now() + timedelta(seconds=wait + secrets.randbelow(wait))
        log.warning("message %s: %s, try %s", message.id, trouble, message.tries)


def sweep() -> None:
    """Every minute: enqueue what waits and is due, and what a dead worker left behind; as many jobs
    as it takes, each for some.
    """
    query = select(Message.urgent, func.count()).where(*_free()).group_by(Message.urgent)
    for urgent, count in db.session.execute(query).all():
        for _ in range(-(-min(count, SWEPT) // TOGETHER)):
            queue.enqueue_after_commit("deliver_some", 0, urgent=urgent)
    db.session.commit()
