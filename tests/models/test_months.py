"""Days that are sealed, asked for by the month beside them: at both ends of months and years."""

from datetime import date, timedelta

from flask import Flask
from sqlalchemy import delete, select

from casework.core import queries, tasks
from casework.team import calendar_feed
from models import months
from models.base import db
from models.cases import Task
from tests import factories

DAYS = (
    date(2027, 12, 31),
    date(2028, 1, 1),
    date(2028, 1, 31),
    date(2028, 2, 1),
    date(2028, 2, 28),
    date(2028, 2, 29),
    date(2028, 2, 29),
    date(2028, 3, 1),
)
ASKED = (date(2027, 12, 30) + timedelta(days=turn) for turn in range(64))


def test_days_at_the_ends_of_months_are_found_in_order(quick_app: Flask) -> None:
    """The same as looking at each day: two of one day, the year's turn, the 29th of February."""
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        db.session.execute(delete(Task))  # of those that a case begins with
        mine = []
        for on in reversed(DAYS):
            made = tasks.add(by=by, case=factories.anew(case), kind="safety", due_on=on)
            db.session.flush()
            mine.append((on, made.id))
        whose = Task.owner_id == by.id
        first = min(day for day, _number in mine)
        for until in ASKED:
            wanted = sorted(pair for pair in mine if pair[0] <= until)
            assert [(task.due_on, task.id) for task in queries.due_tasks(by, until)] == wanted
            due = select(Task.id).where(tasks.due(until, whose))
            assert set(db.session.execute(due).scalars()) == {number for _day, number in wanted}
            for since in (first, until - timedelta(days=29), until):
                between = months.between(Task.due_on, Task.due_month, since, until, whose)
                within = {number for day, number in mine if since <= day <= until}
                found = db.session.execute(select(Task.id).where(between, whose)).scalars()
                assert set(found) == within
        for month in (date(2027, 12, 1), date(2028, 1, 1), date(2028, 2, 1)):
            for day, shown in (pair for week in calendar_feed.month(by, month) for pair in week):
                assert [task.id for task in shown] == sorted(
                    number for on, number in mine if on == day
                )
