"""The outbox: a notice is a row in the transaction of the deed it tells of. No personal data: an event, a reference, a path."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from models.base import db, now
from models.messages import Message
from models.people import Grant, User
from notifications import queue, timing


def post(event: str, *, reference: str, path: str, to: Iterable[User], urgent: bool = False) -> None:
    """Promise to tell ``to`` about ``event``. The same event about the same thing reaches a person once by each channel."""
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    rows = [
        {"event": event, "reference": reference, "path": path, "user_id": user.id, "channel": channel, "urgent": urgent, "state": "waiting",
         "tries": 0, "due_at": due, "created_at": now(), "trouble": ""}
        for user in to if user.active for channel, due in _whens(user, urgent=urgent)
    ]  # fmt: skip
    if not rows:
        return
    made = db.session.execute(dialect.insert(Message).values(rows).on_conflict_do_nothing().returning(Message.id, Message.due_at)).all()
    for number, due in made:
        if due <= now():  # what waits for the end of quiet hours, or for the day's mail, is found by the sweep
            queue.enqueue_after_commit("deliver", number, urgent=urgent)


def _whens(user: User, *, urgent: bool) -> list[tuple[str, datetime]]:
    """The channels a person is told by, each with when."""
    mail = timing.due(user, urgent=urgent)
    return [("app", now()), *([("mail", mail)] if mail else [])]


def people_of(organisation_id: int, *roles: str) -> list[User]:
    """Who works in an organisation in one of ``roles`` today."""
    query = select(Grant).where(Grant.organisation_id == organisation_id, Grant.role.in_(roles))
    users = {grant.user_id: grant.user for grant in db.session.execute(query).scalars() if grant.in_force and grant.user.active}
    return list(users.values())


def officers() -> list[User]:
    """The data protection officers, wherever they work."""
    query = select(Grant).where(Grant.role == "data_protection_officer")
    users = {grant.user_id: grant.user for grant in db.session.execute(query).scalars() if grant.in_force and grant.user.active}
    return list(users.values())
