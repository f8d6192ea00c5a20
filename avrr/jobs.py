"""Periodic work of returns: follow-ups that come due or were missed."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from access.permissions import Role
from avrr import early_warnings
from avrr.handover import path
from models.base import db, today
from models.returns import FollowUp, Return
from models.states import Sets
from notifications import outbox

AHEAD, MISSED, LOOKED_BACK = timedelta(days=3), timedelta(days=7), timedelta(days=60)


def remind() -> None:
    """Every hour: the mission in the country of return is told, once, of each follow-up that is due in three days, and of each missed for a week."""
    query = select(FollowUp).where(
        FollowUp.done_on.is_(None), FollowUp.due_on.between(today() - LOOKED_BACK, today() + AHEAD)
    )
    late = today() - MISSED
    for visit in (
        db.session.execute(
            query.order_by(FollowUp.due_on).limit(2000).options(joinedload(FollowUp.record))
        )
        .unique()
        .scalars()
    ):
        record: Return = visit.record
        if record.receiving_id is None or record.state not in Sets.RETURN_HOME:
            continue
        event = "follow_up.missed" if visit.due_on < late else "follow_up.due"
        outbox.post(
            event,
            reference=f"{visit.month}-{record.reference}",
            path=path(record),
            to=outbox.people_of(record.receiving_id, Role.ORIGIN),
        )
    early_warnings.missed()
    db.session.commit()
