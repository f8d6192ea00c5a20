"""Erasing a case: asked by one person (or by the retention job), decided by another. What is left is a stone: number, reason, who, when."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from access import audit
from access.actors import Actor
from models import index
from models.base import db, now
from models.cases import Case, Consent, Event, ImportedRow, Task
from models.data_protection import Block, Emergency, Erasure
from models.files import Attachment
from models.records import Member, Record
from models.referrals import IncomingReferral, Referral
from models.returns import Return
from models.rules import RuleBroken
from models.sealed import CaseDocument, CaseKey, Version
from models.shelter import Placement
from models.states import CASE, ERASURE, CaseStatus, ErasureState, ReferralState, Sets
from models.work import Approval, Flag, Transfer
from notifications import outbox, queue


def ask(*, by: Actor, case: Case, reason: str) -> Erasure:
    """Ask that a closed case is erased; data protection officers are told."""
    if not CASE.can(case, "erase"):
        raise RuleBroken(_("Close the case first: what is still open with partners would hang in the air."), "reason")
    found = db.session.execute(select(Erasure).where(Erasure.case_id == case.id)).scalar_one_or_none()
    if found is not None and found.state == ErasureState.ASKED:
        raise RuleBroken(_("The erasure of this case has been asked for already."), "reason")
    erasure = found or Erasure(case=case)
    erasure.reason = reason
    ERASURE.move(erasure, "ask", by=by)
    erasure.decided_by_id = erasure.decided_at = None
    db.session.add(erasure)
    audit.record("erasure_asked", subject=reason, cases=(case.id,))
    tell_officers(case)
    return erasure


def tell_officers(case: Case) -> None:
    """Data protection officers are told that an erasure waits for a decision."""
    outbox.post("erasure.asked", reference=case.number, path="/erasures", to=outbox.officers())


def refuse(*, by: Actor, erasure: Erasure) -> None:
    """Keep the case."""
    ERASURE.move(erasure, "refuse", by=by)
    audit.record("erasure_refused", cases=(erasure.case_id,))


def approve(*, by: Actor, erasure: Erasure) -> None:
    """Destroy the keys of a case and all that points at it. Nothing can undo this."""
    case = erasure.case
    ERASURE.check(erasure, "erase", by=by)
    if not CASE.can(case, "erase"):
        raise RuleBroken(_("The case was opened again since. Keep it, or close it first."))
    ERASURE.move(erasure, "erase", by=by)
    audit.record("erased", subject=erasure.reason, cases=(case.id,))
    index.remove(case.id)
    for attachment in db.session.execute(select(Attachment.id).where(Attachment.case_id == case.id)).scalars():
        queue.enqueue_after_commit("forget_file", attachment)
    for model in (CaseDocument, CaseKey, Event, Task, Consent, ImportedRow, Block, Emergency, Record, Version, Member, Transfer, Approval, Flag):
        db.session.execute(delete(model).where(model.case_id == case.id))
    db.session.execute(update(Placement.__table__).where(Placement.__table__.c.case_id == case.id).values(told_sealed=None))  # type: ignore[arg-type]
    _end_releases(case.id)
    db.session.execute(update(Case.__table__).where(Case.__table__.c.id == case.id).values(**_STONE, changed_at=now()))  # type: ignore[arg-type]
    db.session.expire_all()


_STONE: dict[str, Any] = {
    "status": CaseStatus.ERASED, "owner_id": None, "team_id": None, "sex": "", "age_band": "", "citizenship": "", "risk": "", "categories": [], "exploitation": [],
    "trafficking_status": "", "consent_until": None, "statistics_agreed": False, "vital_interest": False, "review_due_at": None, "next_due_on": None,
    "retain_until": None, "channel": "", "profile_sealed": None,
}  # fmt: skip


def _end_releases(case_id: int) -> None:
    for model, sealed in (
        (Referral, ("released_sealed", "answer_sealed", "thread_sealed")),
        (Return, ("released_sealed", "plan_sealed", "journey_sealed", "thread_sealed", "answers_sealed")),
    ):
        table: Any = model.__table__
        gone: dict[str, Any] = {"own_key": None, "sex": "", "age_band": "", **dict.fromkeys(sealed)}
        db.session.execute(update(table).where(table.c.case_id == case_id).values(**gone))
    inward: Any = IncomingReferral.__table__
    db.session.execute(update(inward).where(inward.c.case_id == case_id).values(own_key=None, told_sealed=None))
    referrals: Any = Referral.__table__
    still = (referrals.c.case_id == case_id) & referrals.c.state.in_(Sets.REFERRAL_LIVE)
    db.session.execute(update(referrals).where(still).values(state=ReferralState.REVOKED, ended_at=now()))
