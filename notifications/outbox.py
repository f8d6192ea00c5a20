"""The outbox: a notice is a row in the transaction of the deed it tells of.

No personal data: an event, a reference, a path.
"""

from collections.abc import Iterable
from datetime import datetime

from flask import current_app
from sqlalchemy import Select, select

from access import audit
from access.actors import Actor, system
from access.permissions import Role
from models.base import db, insert_if_new, now
from models.messages import Message
from models.people import Grant, User
from models.scope import opened
from models.states import MESSAGE, MessageState
from notifications import queue, timing

ROWS = 500  # in one statement
_ENDING = system("delivery")


def post(
    event: str, *, reference: str, path: str, to: Iterable[User], urgent: bool = False
) -> None:
    """Promise to tell ``to`` about ``event``.

    The same event about the same thing reaches a person once by each channel.
    """
    at = now()
    same = {
        "event": event,
        "reference": reference,
        "path": path,
        "urgent": urgent,
        "tries": 0,
        "created_at": at,
        "trouble": "",
    }
    rows = [
        same | {"user_id": user.id, "channel": channel, "due_at": due, **_first_state(channel, at)}
        for user in to
        if user.active
        for channel, due in _whens(user, at, urgent=urgent)
    ]
    for start in range(0, len(rows), ROWS):
        _insert(rows[start : start + ROWS], urgent=urgent)


def post_letter(event: str, *, reference: str, path: str, to: User) -> None:
    """Promise one person a mail at once, whatever they chose, and nothing in the app.

    For what is there to be used before anybody is signed in. Where it leads must not be read on
    the way: see :data:`notifications.channels.SECRET_PATHS`.
    """
    at = now()
    row = {
        "event": event,
        "reference": reference,
        "path": path,
        "urgent": True,
        "tries": 0,
        "created_at": at,
        "trouble": "",
        "user_id": to.id,
        "channel": "mail",
        "due_at": at,
        "state": MessageState.WAITING,
        "delivered_at": None,
    }
    _insert([row], urgent=True)


def _first_state(channel: str, at: datetime) -> dict[str, object]:
    """In the app the row is the notice: it is delivered with the transaction of the deed, whatever
    becomes of queue and worker.
    """
    if channel == "app":
        return {"state": MessageState.DELIVERED, "delivered_at": at}
    return {"state": MessageState.WAITING, "delivered_at": None}


@opened("post")
def _insert(rows: list[dict[str, object]], *, urgent: bool) -> None:
    """Keep the rows that are new, and enqueue what may leave now.

    What waits for the end of quiet hours, or for the day's mail, is found by the sweep.
    """
    statement = (
        insert_if_new(Message).values(rows).returning(Message.id, Message.due_at, Message.state)
    )
    for message_id, due, state in db.session.execute(statement).all():
        if state == MessageState.WAITING and due <= now():
            queue.enqueue_after_commit("deliver", message_id, urgent=urgent)


def _whens(user: User, at: datetime, *, urgent: bool) -> list[tuple[str, datetime]]:
    """The channels by which a person gets notices, each with when."""
    mail = timing.due(user, urgent=urgent)
    sms = timing.sms_due(user, urgent=urgent) if current_app.config["SETTINGS"].sms_url else None
    return [("app", at), *([("mail", mail)] if mail else []), *([("sms", sms)] if sms else [])]


@opened("post")
def send_again(*, by: Actor, message: Message) -> None:
    """Try a message once more, now, as if it had never been tried."""
    MESSAGE.move(message, "send_again", by=by)
    message.tries = 0
    message.due_at = now()
    message.lease_until = None
    audit.record("message_again", subject=str(message.id))
    queue.enqueue_after_commit("deliver", message.id)


def end(user: User) -> None:
    """Send nothing of what still waits for somebody."""
    waiting = select(Message).where(
        Message.user_id == user.id, Message.state == MessageState.WAITING
    )
    for message in db.session.execute(waiting).scalars():
        MESSAGE.move(message, "fail", by=_ENDING)


def mark_read(message: Message) -> None:
    """Somebody opened a notice; when they did so first is what counts."""
    message.read_at = message.read_at or now()


def people_of(organisation_id: int, *roles: str) -> list[User]:
    """Who works in an organisation in one of ``roles`` today."""
    return _active(
        select(Grant).where(Grant.organisation_id == organisation_id, Grant.role.in_(roles))
    )


def officers() -> list[User]:
    """The data protection officers, wherever they work."""
    return holders(Role.PROTECTION)


def holders(role: str) -> list[User]:
    """Who holds a role today, wherever."""
    return _active(select(Grant).where(Grant.role == role))


def _active(query: Select[Grant]) -> list[User]:
    """The people of the grants that are in force, each once."""
    users = {
        grant.user_id: grant.user
        for grant in db.session.execute(query).scalars()
        if grant.in_force and grant.user.active
    }
    return list(users.values())
