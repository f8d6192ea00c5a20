"""Follow-ups that nobody made yet, by their days, which are sealed."""

from datetime import date

from sqlalchemy import ColumnElement, and_

from models import months
from models.returns import FollowUp

OPEN = and_(FollowUp.done_on.is_(None), FollowUp.not_needed_on.is_(None))


def due(until: date, *narrow: ColumnElement[bool], since: date = date.min) -> ColumnElement[bool]:
    """Which are open and due until a day, as a condition; asks once. ``narrow``: of which ones."""
    days = FollowUp.due_on, FollowUp.due_month
    return and_(OPEN, months.between(*days, since, until, OPEN, *narrow))
