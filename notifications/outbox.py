"""The outbox: a notice is a row in the transaction of the deed it tells of. No personal data: an event, a reference, a path."""

from collections.abc import Iterable
from datetime import datetime

from flask import current_app
from sqlalchemy import select

from models.base import db, insert_if_new, now
from models.messages import Message
from models.people import Grant, User
from models.states import MessageState
from notifications import queue, timing


def post(
    event: str, *, reference: str, path: str, to: Iterable[User], urgent: bool = False
) -> None:
    """Promise to tell ``to`` about ``event``. The same event about the same thing reaches a person once by each channel."""
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
        # In the app the row is the notice: it is delivered with the transaction of the deed, whatever becomes of queue and worker.
        same
        | {
            "user_id": user.id,
            "channel": channel,
            "due_at": due,
            **({"state": "delivered", "delivered_at": at} if channel == "app" else _WAITING),
        }
        for user in to
        if user.active
        for channel, due in _whens(user, at, urgent=urgent)
    ]
    for start in range(0, len(rows), ROWS):
        statement = (
            insert_if_new(Message)
            .values(rows[start : start + ROWS])
            .returning(Message.id, Message.due_at, Message.state)
        )
        for number, due, state in db.session.execute(statement).all():
            if (
                state == MessageState.WAITING and due <= now()
            ):  # what waits for the end of quiet hours, or for the day's mail, is found by the sweep
                queue.enqueue_after_commit("deliver", number, urgent=urgent)


_WAITING = {"state": "waiting", "delivered_at": None}
ROWS = 500


def _whens(user: User, at: datetime, *, urgent: bool) -> list[tuple[str, datetime]]:
    """The channels a person is told by, each with when."""
    mail = timing.due(user, urgent=urgent)
    sms = timing.sms_due(user, urgent=urgent) if current_app.config["SETTINGS"].sms_url else None
    return [("app", at), *([("mail", mail)] if mail else []), *([("sms", sms)] if sms else [])]


def people_of(organisation_id: int, *roles: str) -> list[User]:
    """Who works in an organisation in one of ``roles`` today."""
    query = select(Grant).where(Grant.organisation_id == organisation_id, Grant.role.in_(roles))
    users = {
        grant.user_id: grant.user
        for grant in db.session.execute(query).scalars()
        if grant.in_force and grant.user.active
    }
    return list(users.values())


def officers() -> list[User]:
    """The data protection officers, wherever they work."""
    return holders("data_protection_officer")


def holders(role: str) -> list[User]:
    """Who holds a role today, wherever."""
    query = select(Grant).where(Grant.role == role)
    users = {
        grant.user_id: grant.user
        for grant in db.session.execute(query).scalars()
        if grant.in_force and grant.user.active
    }
    return list(users.values())
