"""Periodic work of referrals: partners are reminded at half time; what is late ends."""

from sqlalchemy import select

from access.actors import system
from access.permissions import Role
from models.base import db, now
from models.people import User
from models.referrals import Referral
from models.states import ReferralState
from notifications import outbox
from referral import deadlines, sending
from web.links import link


def expire_late() -> int:
    """End what was not answered in time; gives how many.

    The sender gets a task; sender and supervisors are notified.
    """
    late = Referral.state == ReferralState.SENT, Referral.answer_by < now()
    referrals = list(
        db.session.execute(
            select(Referral).where(*late).order_by(Referral.answer_by).limit(200)
        ).scalars()
    )
    for referral in referrals:
        sending.end(referral, "expire", by=system("expiry"))
        sending.ask_another(by=system("expiry"), referral=referral)
        outbox.post(
            "referral.expired",
            reference=referral.reference,
            path=link("referral.show", referral),
            to=_senders(referral),
            office=referral.office_id,
            urgent=referral.urgency == "emergency",
        )
    return len(referrals)


def _senders(referral: Referral) -> list[User]:
    """Who sent it, and the supervisors of the office."""
    sender = [referral.sent_by] if referral.sent_by else []
    supervisors = outbox.people_of(referral.office_id, Role.SUPERVISOR)
    return list({user.id: user for user in [*sender, *supervisors]}.values())


def remind_late() -> int:
    """Remind partners who have not answered at half time, once; gives how many."""
    waiting = select(Referral).where(
        Referral.state == ReferralState.SENT,
        Referral.reminded_at.is_(None),
        Referral.answer_by > now(),
    )
    referrals = list(db.session.execute(waiting).unique().scalars())
    due = [referral for referral in referrals if now() >= deadlines.half_time(referral)]
    for referral in due:
        referral.reminded_at = now()
        urgent = referral.urgency == "emergency"
        sending.notify_partner(referral, "referral.reminder", urgent=urgent)
    return len(due)
