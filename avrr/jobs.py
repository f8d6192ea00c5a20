"""Periodic work of returns: follow-ups that come due or were missed."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import String, cast, select
from sqlalchemy.orm import joinedload

from access.permissions import Role
from avrr import early_warnings, recipients, visits_open
from models import months
from models.base import db, end_of_day, now, today
from models.returns import FollowUp, Return
from models.states import HandoverState, Sets
from models.visits import VisitAttempt
from notifications import outbox
from operations import upgrading
from web.links import link

AHEAD, MISSED = timedelta(days=3), timedelta(days=7)
AGAIN = timedelta(days=7)
LOT = 1000  # visits told in one statement's worth; what was told is not asked for again


def visits_apart() -> int:
    """At each start: what a version before wrote as visits becomes attempts. Gives how many."""
    found = upgrading.visits_apart()
    db.session.commit()
    return found


def remind() -> None:
    """Every hour: the mission in the country of return is notified of follow-ups, once of each.

    Of those due within three days, and of those missed for a week, however long nobody looked.
    """
    for event, first, last in (
        ("follow_up.missed", date.min, today() - MISSED - timedelta(days=1)),
        ("follow_up.due", today() - MISSED, today() + AHEAD),
    ):
        while visits := _untold(event, first, last):
            _tell(event, visits)
            db.session.flush()
    _tell_of_next_steps()
    _tell_weekly()
    early_warnings.missed()
    db.session.commit()


def _tell_weekly() -> None:
    """Once a week a mission hears that follow-ups stay overdue, for as long as they do."""
    query = (
        select(Return.home_id, Return.handover == HandoverState.KEPT)
        .join(FollowUp, FollowUp.return_id == Return.id)
        .where(
            visits_open.due(today() - 2 * MISSED - timedelta(days=1)),
            Return.home_id.is_not(None),
            Return.state.in_(Sets.RETURN_HOME),
            Return.handover.in_(Sets.HANDOVER_ANY),
        )
    )
    late = db.session.execute(query.distinct()).all()
    references = {
        (mission, is_kept): f"F{'K' if is_kept else 'W'}{mission}-{today():%G-%V}"
        for mission, is_kept in late
    }
    told = outbox.told_already(["follow_up.overdue"], references.values())
    for (mission, is_kept), reference in references.items():
        if ("follow_up.overdue", reference) not in told:
            role = Role.SUPERVISOR if is_kept else Role.ORIGIN
            outbox.post(
                "follow_up.overdue",
                reference=reference,
                path=link("avrr.work", what="visits"),
                to=outbox.people_of(mission or 0, role),
                office=mission,
            )


def _tell_of_next_steps() -> None:
    """What a visit asked for next and is due, or overdue, and was not told."""
    while attempts := _untold_steps():
        staff = recipients.of_all([attempt.record for attempt in attempts])
        for attempt in attempts:
            return_ = attempt.record
            outbox.post(
                "follow_up.step",
                reference=f"{attempt.id}/{attempt.next_on:%y%m%d}",
                path=link("avrr.show", return_),
                to=staff[return_.id],
                office=return_.home_id,
            )
        for attempt in attempts:
            attempt.step_told_on = attempt.next_on
        db.session.flush()


def _untold_steps() -> Sequence[VisitAttempt]:
    waits = VisitAttempt.next_done_at.is_(None)
    days = VisitAttempt.id, VisitAttempt.next_on, VisitAttempt.step_told_on
    due = select(*days).where(waits, VisitAttempt.next_month <= today())
    untold = [
        number
        for number, on, told_on in db.session.execute(due).all()
        if on is not None and on <= today() and told_on != on
    ]
    query = (
        select(VisitAttempt)
        .join(Return)
        .where(
            months.one_of(VisitAttempt.id, untold),
            Return.home_id.is_not(None),
            Return.state.in_(Sets.RETURN_HOME),
            Return.handover.in_(Sets.HANDOVER_ANY),
        )
        .order_by(VisitAttempt.id)
        .options(joinedload(VisitAttempt.record))
    )
    return db.session.execute(query.limit(LOT)).unique().scalars().all()


def _untold(event: str, first: date, last: date) -> Sequence[FollowUp]:
    """Visits due between two days that nobody made, whose mission still knows of the person and was
    not told.
    """
    reference = cast(FollowUp.month, String) + "-" + Return.reference
    query = (
        select(FollowUp)
        .join(Return)
        .where(
            visits_open.due(last, since=first),
            Return.home_id.is_not(None),
            Return.state.in_(Sets.RETURN_HOME),
            Return.handover.in_(Sets.HANDOVER_ANY),
            outbox.untold(event, reference),
        )
        .order_by(FollowUp.due_month, FollowUp.id)
        .options(joinedload(FollowUp.record))
    )
    return db.session.execute(query.limit(LOT)).unique().scalars().all()


def _tell(event: str, visits: Sequence[FollowUp]) -> None:
    staff = recipients.of_all([visit.record for visit in visits])
    for visit in visits:
        return_ = visit.record
        outbox.post(
            event,
            reference=f"{visit.month}-{return_.reference}",
            path=link("avrr.show", return_),
            to=staff[return_.id],
            office=return_.home_id,
        )


def warn_of_ending_consent() -> int:
    """Every hour: within the last seven days, the mission at home is told once to ask the person
    again; gives of how many.
    """
    query = select(Return).where(
        Return.access_until > now(),
        Return.access_until <= end_of_day(today() + AGAIN),
        Return.state.in_(Sets.RETURN_HOME),
        Return.handover.in_(Sets.HANDOVER_SHARED),
    )
    found = {_ending(return_): return_ for return_ in db.session.execute(query).unique().scalars()}
    told = outbox.told_already(["consent.ending"], found)
    new = {name: each for name, each in found.items() if ("consent.ending", name) not in told}
    for name, return_ in new.items():
        outbox.post(
            "consent.ending",
            reference=name,
            path=link("avrr.show", return_),
            to=outbox.people_of(return_.receiving_id or 0, Role.ORIGIN),
            office=return_.receiving_id,
        )
    return len(new)


def _ending(return_: Return) -> str:
    """What its end is called: asked again, another day ends under another name."""
    assert return_.access_until is not None
    return outbox.until("RC", return_.id, return_.access_until)
