"""Delivering. No transaction is open across the network: claim and commit, send, record and commit."""

import logging
import secrets
import smtplib
from datetime import timedelta

from sqlalchemy import or_, select

from models.base import db, now
from models.messages import Message
from notifications import channels, queue

log = logging.getLogger("safeconduct.delivery")
LEASE = timedelta(seconds=60)
MOST_TRIES = 12
SWEPT = 500


def deliver(number: int) -> None:
    """Deliver one message. Run twice it tells once in the app, and repeats the same message id on the wire."""
    message = _claim(number)
    if message is None:
        return
    others, trouble = [], ""
    try:
        if message.channel == "mail":
            more = _together(message)
            others = [other.id for other in more]
            mail = channels.compose(message, more)
            db.session.commit()
            channels.send(mail)
        elif message.channel == "sms":
            channels.send_sms(message)
    except (OSError, smtplib.SMTPException) as wrong:
        trouble = type(wrong).__name__
        db.session.rollback()
    for one in (number, *others):
        _record(db.session.get_one(Message, one), trouble)
    db.session.commit()


def _together(message: Message) -> list[Message]:
    """What else waits for somebody who wants one mail a day: it goes in the same mail."""
    if message.urgent or message.user.mail_when != "digest":
        return []
    mine = (Message.user_id == message.user_id, Message.channel == "mail", Message.state == "waiting", Message.due_at <= now(), Message.id != message.id)
    free = or_(Message.lease_until.is_(None), Message.lease_until < now())
    query = select(Message).where(*mine, free).order_by(Message.id).limit(100).with_for_update(skip_locked=True)
    more = list(db.session.execute(query).scalars())
    for other in more:
        other.lease_until = now() + LEASE
        other.tries += 1
    return more


def _claim(number: int) -> Message | None:
    """Take the message for a minute, or leave it to whoever has it."""
    query = select(Message).where(Message.id == number, Message.state == "waiting").with_for_update(skip_locked=True)
    message = db.session.execute(query).scalar_one_or_none()
    if message is None or message.due_at > now() or (message.lease_until and message.lease_until > now()):
        db.session.rollback()
        return None
    message.lease_until = now() + LEASE
    message.tries += 1
    db.session.commit()
    return message


def _record(message: Message, trouble: str) -> None:
    message.lease_until, message.trouble = None, trouble
    if not trouble:
        message.state, message.delivered_at = "delivered", now()
    elif trouble == channels.Away.__name__:  # it was not tried; soon it is
        message.tries -= 1
        message.due_at = now() + timedelta(seconds=channels.PAUSE + secrets.randbelow(30))
    elif message.tries >= MOST_TRIES:
        message.state = "failed"
    else:
        wait = min(3600, 15 * 2**message.tries)
        message.due_at = now() + timedelta(seconds=wait + secrets.randbelow(wait))
        log.warning("message %s: %s, try %s", message.id, trouble, message.tries)


def sweep(_number: int = 0) -> None:
    """Every minute: enqueue what waits and is due, and what a dead worker left behind."""
    free = or_(Message.lease_until.is_(None), Message.lease_until < now())
    query = select(Message.id, Message.urgent).where(Message.state == "waiting", Message.due_at <= now(), free)
    for number, urgent in db.session.execute(query.order_by(Message.due_at).limit(SWEPT)):
        queue.enqueue_after_commit("deliver", number, urgent=urgent)
    db.session.commit()
