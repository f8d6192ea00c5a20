"""Retention: cases past the day until which they are kept are proposed for erasure; a person
decides.
"""

from sqlalchemy import select

from data_protection import erasure
from models.base import db, today
from models.cases import Case
from models.data_protection import Erasure
from models.states import CaseStatus

PROPOSED = 200


def propose_expired() -> int:
    """Periodic: cases past the day until which they are kept are proposed for erasure; a person
    decides. Gives how many.
    """
    asked = select(Erasure.case_id)
    query = (
        select(Case)
        .where(Case.status == CaseStatus.CLOSED, Case.retain_until < today(), Case.id.not_in(asked))
        .limit(PROPOSED)
    )
    late = list(db.session.execute(query).scalars())
    for case in late:
        db.session.add(Erasure(case=case, reason="retention"))
        erasure.tell_officers(case)
    return len(late)
