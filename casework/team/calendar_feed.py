"""Whose day holds what: the calendar of a person, and its private feed (RFC 5545).

The feed says a kind of task and a case number, nothing else.
"""

import calendar
import secrets
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from access.actors import Actor, person
from casework.core import queries
from encryption.signing import digest
from loading import later
from models.base import db, now, today
from models.cases import Task
from models.people import User
from models.scope import opened, within
from models.work import CalendarFeed
from web.product import product

if TYPE_CHECKING:
    import icalendar
else:
    icalendar = later("icalendar")

AHEAD, BEHIND = 180, 30


def month(by: Actor, first: date) -> list[list[tuple[date, list[Task]]]]:
    """The weeks of a month, Monday first, each day with the open tasks of the actor."""
    days = calendar.Calendar().monthdatescalendar(first.year, first.month)
    due: dict[date, list[Task]] = {}
    for task in queries.due_tasks(by, days[-1][-1], days[0][0]):
        due.setdefault(task.due_on, []).append(task)
    return [[(day, due.get(day, [])) for day in week] for week in days]


def new_feed(*, by: Actor) -> str:
    """A new private address; the one before ends. Gives the only copy of its token."""
    assert by.id is not None
    token = secrets.token_urlsafe(24)
    db.session.execute(delete(CalendarFeed).where(CalendarFeed.user_id == by.id))
    db.session.add(CalendarFeed(user_id=by.id, token_hash=digest(token.encode())))
    return token


def end_feed(*, by: Actor) -> None:
    """No feed any more."""
    db.session.execute(delete(CalendarFeed).where(CalendarFeed.user_id == by.id))


def feed_since(by: Actor) -> CalendarFeed | None:
    """The feed of the actor, if there is one."""
    return db.session.get(CalendarFeed, by.id)


def feed(token: str) -> bytes | None:
    """The calendar behind a private address, or none; nothing of it tells who the person is."""
    actor = _owner(token)
    if actor is None or actor.user is None:
        return None
    with within(actor.scope):
        coming = _coming(actor)
    events = icalendar.Calendar()
    events.add("prodid", f"-//{product().name}//EN")
    events.add("version", "2.0")
    events.add("x-wr-calname", product().name)
    for task_id, due_on in coming:
        entry = icalendar.Event()
        entry.add(
            "uid", f"{digest(b'calendar', str(task_id).encode()).hex()[:24]}@{product().slug}"
        )
        entry.add("dtstamp", now())
        entry.add("dtstart", due_on)
        # A phone shows it while it is locked: what is due, and for whom, stands in our calendar.
        entry.add("summary", product().name)
        events.add_component(entry)
    return bytes(events.to_ical())


@opened("accounts")
def _owner(token: str) -> Actor | None:
    """Whose feed it is."""
    row = db.session.execute(
        select(CalendarFeed).where(CalendarFeed.token_hash == digest(token.encode()))
    ).scalar_one_or_none()
    user = db.session.get(User, row.user_id) if row else None
    return person(user) if user is not None and user.active else None


def _coming(actor: Actor) -> list[tuple[int, date]]:
    """Open tasks of half a year, of cases that the actor may still open."""
    start, end = today() - timedelta(days=BEHIND), today() + timedelta(days=AHEAD)
    return [(task.id, task.due_on) for task in queries.due_tasks(actor, end, start)]
