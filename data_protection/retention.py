"""Retention: cases past the day until which they are kept are proposed for erasure; a person
decides.
"""

from datetime import date, timedelta

from sqlalchemy import or_, select

from casework.core import retention
from data_protection import erasure
from models import months
from models.base import db, today
from models.cases import Case
from models.data_protection import Erasure
from models.states import CaseStatus
from notifications import outbox
from web.links import link

PROPOSED = 200


def propose_expired() -> int:
    """Periodic: cases past the day until which they are kept, and closed ones without a day, are
    proposed for erasure; a person decides. Gives how many; what is over that comes next time.
    """
    asked = Case.id.not_in(select(Erasure.case_id))
    is_closed = Case.status == CaseStatus.CLOSED
    days = Case.retain_until, Case.retain_month
    past = months.between(*days, date.min, today() - timedelta(days=1), is_closed, asked)
    query = (
        select(Case)
        .where(
            is_closed,
            or_(past, Case.retain_until.is_(None)),
            asked,
        )
        .order_by(Case.id)
        .limit(PROPOSED)
    )
    late = list(db.session.execute(query).scalars())
    for case in late:
        db.session.add(Erasure(case=case, reason="retention"))
        erasure.tell_officers(case)
    return len(late)


def give_days() -> int:
    """Closed cases that came in without a day until which they are kept get one, from the day they
    were closed. Gives how many: at most :data:`PROPOSED`, so that a lot is one transaction.
    """
    query = (
        select(Case)
        .where(Case.status == CaseStatus.CLOSED, Case.retain_until.is_(None))
        .order_by(Case.id)
    )
    found = list(db.session.execute(query.limit(PROPOSED)).scalars())
    for case in found:
        case.retain_until = retention.kept_until(case, case.closed_on)
    return len(found)


def tell_given(count: int) -> None:
    """Data protection officers hear how many cases got a day."""
    outbox.post(
        "retention.given",
        reference=f"{count}/{today():%y%m%d}",
        path=link("data_protection.erasures"),
        to=outbox.officers(),
    )
