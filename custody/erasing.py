"""Erasing a case: asked by one person (or by the retention job), decided by another. What is left is a tombstone: number, reason, who, when."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Table, delete, select, update

from access import gate
from access.actors import Actor
from models import erasure as erasure_of
from models import index
from models.base import db, now, today
from models.cases import Case
from models.custody import Attachment, Erasure
from models.referrals import Referral
from notifications import outbox, queue
from web.faults import RuleBroken

PROPOSED = 200


def ask(*, by: Actor, case: Case, reason: str) -> Erasure:
    """Ask that a closed case is erased; data protection officers are told."""
    if case.status != "closed":
        raise RuleBroken(_("Close the case first: what is still open with partners would hang in the air."), "reason")
    found = db.session.execute(select(Erasure).where(Erasure.case_id == case.id)).scalar_one_or_none()
    if found is not None and found.state == "asked":
        raise RuleBroken(_("The erasure of this case has been asked for already."), "reason")
    erasure = found or Erasure(case=case)
    erasure.reason, erasure.state, erasure.asked_by_id, erasure.asked_at = reason, "asked", by.id, now()
    erasure.decided_by_id = erasure.decided_at = None
    db.session.add(erasure)
    gate.note("erasure_asked", subject=reason, cases=(case.id,))
    _tell_officers(case)
    return erasure


def _tell_officers(case: Case) -> None:
    outbox.post("erasure.asked", reference=case.number, path="/erasures", to=outbox.officers())


def refuse(*, by: Actor, erasure: Erasure) -> None:
    """Keep the case."""
    _undecided(erasure)
    erasure.state, erasure.decided_by_id, erasure.decided_at = "refused", by.id, now()
    gate.note("erasure_refused", cases=(erasure.case_id,))


def approve(*, by: Actor, erasure: Erasure) -> None:
    """Destroy the keys of a case and all that points at it. Nothing can undo this."""
    _undecided(erasure)
    erasure.state, erasure.decided_by_id, erasure.decided_at = "done", by.id, now()
    case = erasure.case
    gate.note("erased", subject=erasure.reason, cases=(case.id,))
    index.remove(case.id)
    for attachment in db.session.execute(select(Attachment.id).where(Attachment.case_id == case.id)).scalars():
        queue.enqueue_after_commit("forget_file", attachment)
    for model, table in erasure_of.tables():
        _erase_rows(model, table, case.id)
    _end_referrals(case.id)
    db.session.expire_all()


def _erase_rows(model: Any, table: Table, case_id: int) -> None:
    """What was decided on a table and its columns, done to the rows of a case."""
    rows, changed = erasure_of.rows_of(table, case_id), erasure_of.changes(table)
    if erasure_of.decision(model) == erasure_of.GONE:
        db.session.execute(delete(table).where(rows))
    elif changed:
        db.session.execute(update(table).where(rows).values(**changed))


def _end_referrals(case_id: int) -> None:
    """Partners are no longer asked, and no longer serve."""
    referrals: Any = Referral.__table__
    still = (referrals.c.case_id == case_id) & referrals.c.state.in_(("sent", "accepted", "in_service"))
    db.session.execute(update(referrals).where(still).values(state="revoked", ended_at=now()))


def _undecided(erasure: Erasure) -> None:
    if erasure.state != "asked":
        raise RuleBroken(_("This has been decided already."))


def propose_expired() -> int:
    """Periodic: cases past the day until which they are kept are proposed for erasure; a person decides. Gives how many."""
    asked = select(Erasure.case_id)
    query = select(Case).where(Case.status == "closed", Case.retain_until < today(), Case.id.not_in(asked)).limit(PROPOSED)
    late = list(db.session.execute(query).scalars())
    for case in late:
        db.session.add(Erasure(case=case, reason="retention"))
        _tell_officers(case)
    return len(late)
