"""The notices of the one who asks."""

from typing import Any

from sqlalchemy import func, select

from access.actors import Actor
from models.base import db
from models.messages import Message
from models.scope import opened
from models.states import MessageState
from web import paging
from web.errors import NotFound


def notices(actor: Actor, cursor: str = "") -> paging.Page:
    """What the actor was told in the app, newest first."""
    query = select(Message).where(
        Message.user_id == actor.id,
        Message.channel == "app",
        Message.state == MessageState.DELIVERED,
    )
    return paging.page(query, (Message.created_at, Message.id), cursor)


def unread(actor: Actor) -> int:
    """How many of them were not opened."""
    query = (
        select(func.count())
        .select_from(Message)
        .where(
            Message.user_id == actor.id,
            Message.channel == "app",
            Message.state == MessageState.DELIVERED,
            Message.read_at.is_(None),
        )
    )
    return int(db.session.execute(query).scalar() or 0)


def notice(actor: Actor, message_id: int, **_: Any) -> Message:
    """One notice of the actor; others' do not exist."""
    query = select(Message).where(
        Message.id == message_id, Message.user_id == actor.id, Message.channel == "app"
    )
    message = db.session.execute(query).scalar_one_or_none()
    if message is None:
        raise NotFound
    return message


@opened("post")
def undelivered(cursor: str = "") -> paging.Page:
    """What failed, or is tried again, newest first."""
    trying = (Message.state == MessageState.WAITING) & (Message.tries > 0)
    query = select(Message).where((Message.state == MessageState.FAILED) | trying)
    return paging.page(query, (Message.created_at, Message.id), cursor)


@opened("post")
def undelivered_one(message_id: int) -> Message:
    """One of them."""
    message = db.session.get(Message, message_id)
    if message is None or message.state == MessageState.DELIVERED:
        raise NotFound
    return message


@opened("post")
def about(reference: str) -> list[Message]:
    """What was sent about one reference, for whoever may open the thing itself."""
    return list(
        db.session.execute(
            select(Message).where(Message.reference == reference).order_by(Message.id)
        ).scalars()
    )
