"""Periodic work of returns: follow-ups that come due or were missed."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from access.permissions import Role
from avrr import early_warnings
from models.base import db, end_of_day, today
from models.returns import FollowUp, Return
from models.states import Sets
from notifications import outbox
from web.links import link

AHEAD, MISSED, LOOKED_BACK = timedelta(days=3), timedelta(days=7), timedelta(days=60)
AGAIN = timedelta(days=7)
_MOST = 2000


def remind() -> None:
    """Every hour: the mission in the country of return is notified of follow-ups, once of each.

    Of those due within three days, and of those missed for a week.
    """
    for visit in _open_visits():
        return_: Return = visit.record
        if return_.receiving_id is None or return_.state not in Sets.RETURN_HOME:
            continue
        if return_.handover not in Sets.HANDOVER_SHARED:
            continue  # what they leaned on has ended: the mission does not know of it any more
        is_missed = visit.due_on < today() - MISSED
        outbox.post(
            "follow_up.missed" if is_missed else "follow_up.due",
            reference=f"{visit.month}-{return_.reference}",
            path=link("avrr.show", return_),
            to=outbox.people_of(return_.receiving_id, Role.ORIGIN),
        )
    early_warnings.missed()
    db.session.commit()


def warn_of_ending_consent() -> int:
    """Every hour: seven days before, the mission at home is told to ask the person again."""
    last = end_of_day(today() + AGAIN)
    query = select(Return).where(
        Return.access_until == last,
        Return.state.in_(Sets.RETURN_HOME),
        Return.handover.in_(Sets.HANDOVER_SHARED),
    )
    found = list(db.session.execute(query).unique().scalars())
    for return_ in found:
        outbox.post(
            "consent.ending",
            reference=return_.reference,
            path=link("avrr.show", return_),
            to=outbox.people_of(return_.receiving_id or 0, Role.ORIGIN),
        )
    return len(found)


def _open_visits() -> Iterable[FollowUp]:
    query = (
        select(FollowUp)
        .where(
            FollowUp.done_on.is_(None),
            FollowUp.due_on.between(today() - LOOKED_BACK, today() + AHEAD),
        )
        .order_by(FollowUp.due_on)
        .options(joinedload(FollowUp.record))
    )
    return db.session.execute(query.limit(_MOST)).unique().scalars()
