"""The outbox: a notice is a row in the transaction of the deed it tells of. No personal data: an event, a reference, a path."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from models.base import db, now
from models.messages import Message
from models.people import Grant, User
from notifications import queue

CHANNELS = ("app", "mail")


def post(event: str, *, reference: str, path: str, to: Iterable[User], urgent: bool = False) -> None:
    """Promise to tell ``to`` about ``event``. The same event about the same thing reaches a person once by each channel."""
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    rows = [
        {"event": event, "reference": reference, "path": path, "user_id": user.id, "channel": channel, "urgent": urgent, "state": "waiting",
         "tries": 0, "due_at": now(), "created_at": now(), "trouble": ""}
        for user in to if user.active for channel in CHANNELS
    ]  # fmt: skip
    if not rows:
        return
    made = db.session.execute(dialect.insert(Message).values(rows).on_conflict_do_nothing().returning(Message.id)).scalars()
    for number in made:
        queue.enqueue_after_commit("deliver", number, urgent=urgent)


def people_of(organisation_id: int, *roles: str) -> list[User]:
    """Who works in an organisation in one of ``roles`` today."""
    query = select(Grant).where(Grant.organisation_id == organisation_id, Grant.role.in_(roles))
    users = {grant.user_id: grant.user for grant in db.session.execute(query).scalars() if grant.in_force and grant.user.active}
    return list(users.values())
