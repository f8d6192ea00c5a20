"""The partner's side: accept or decline, log services, complete."""

import secrets
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from models import sharing
from models.base import db, now, today
from models.referrals import Referral, Service
from models.rules import RuleBroken
from models.states import REFERRAL, ReferralState
from notifications import outbox
from referral import feedback
from referral.sending import ask_another, end, holders, revoke, tell_case
from standards import currencies
from web.links import link


def accept(*, by: Actor, referral: Referral, everybody: bool = False) -> None:
    """The partner takes the person; the released fields open.

    Where several were asked, it ends for the others. ``everybody``: of the family or group this
    partner was asked for together.
    """
    for other in bundled(referral) if everybody else ():
        if REFERRAL.can(other, "accept"):
            accept(by=by, referral=other)
    if referral.round:
        _win(by, referral)
    REFERRAL.move(referral, "accept", by=by)
    sharing.take(referral, referral.partner_id)
    _tell(by, referral, "accepted", "referral_answered")


def bundled(referral: Referral) -> list[Referral]:
    """The other referrals that were sent to the same partner together with this one."""
    if not referral.bundle:
        return []
    query = select(Referral).where(
        Referral.bundle == referral.bundle,
        Referral.partner_id == referral.partner_id,
        Referral.id != referral.id,
    )
    return list(db.session.execute(query.order_by(Referral.id)).unique().scalars())


def _win(by: Actor, referral: Referral) -> None:
    """Lock the round in one order: of two who accept at the same moment one has it."""
    everybody = (
        select(Referral.id)
        .where(Referral.round == referral.round)
        .order_by(Referral.id)
        .with_for_update()
    )
    db.session.execute(everybody).all()
    db.session.refresh(referral)
    REFERRAL.check(referral, "accept", by=by)
    query = select(Referral).where(
        Referral.round == referral.round,
        Referral.id != referral.id,
        Referral.state == ReferralState.SENT,
    )
    for other in db.session.execute(query).unique().scalars():
        revoke(by=by, referral=other, because="another")


def decline(*, by: Actor, referral: Referral, reason: str, alternative: str = "") -> None:
    """The partner cannot, and may name somebody who can; the sender gets a task to find another."""
    end(referral, "decline", by=by)
    referral.decline_reason = reason
    referral.alternative = alternative
    _tell(by, referral, "declined", "referral_answered")
    ask_another(by=by, referral=referral)


def log_service(
    *,
    by: Actor,
    referral: Referral,
    kind: str,
    given_on: date,
    quantity: int,
    outcome: str,
    note: str = "",
    cost: str = "",
    currency: str = "",
    token: str = "",
) -> Service:
    """Write down a service that was given, with what it cost where the partner says so.

    The same ``token`` twice is the same service.
    """
    token = f"{referral.id}:{token or secrets.token_hex(8)}"
    logged = db.session.execute(select(Service).where(Service.token == token)).scalar_one_or_none()
    if logged is not None:
        return logged
    if given_on > today():
        raise RuleBroken(_("This day is in the future."), "given_on")
    REFERRAL.move(referral, "serve", by=by)
    service = Service(referral=referral, kind=kind, given_on=given_on, token=token)
    service.quantity = quantity
    service.outcome = outcome
    service.logged_by_id = by.id
    if cost:
        service.cost_minor = _minor(cost, currency)
        service.currency = currency
    _keep(service)
    if note:
        written = {"words": note, "at": now().isoformat(), "name": by.user.name if by.user else ""}
        referral.answer = {**referral.answer, str(service.id): written}
    return service


def _keep(service: Service) -> None:
    """Into the log of the referral, and to whoever sent it."""
    service.logged_at = now()
    db.session.add(service)
    db.session.flush()
    referral = service.referral
    outbox.post(
        "referral.service",
        reference=f"{referral.reference[3:]}.{service.id}",
        path=link("referral.show", referral),
        to=holders(referral),
        office=referral.office_id,
    )


def _minor(cost: str, currency: str) -> int:
    try:
        return currencies.minor(cost, currency)
    except currencies.NoAmount:
        raise RuleBroken(_("Give an amount in figures, such as 1240 or 1240.50."), "cost") from None


def complete(*, by: Actor, referral: Referral, rated: str = "") -> None:
    """The service is done; the partner's access ends.

    ``rated``: how the partner found the referral, 1 to 4.
    """
    REFERRAL.check(referral, "complete", by=by)
    if rated:
        feedback.rate(by=by, referral=referral, side="partner", rating=int(rated))
    end(referral, "complete", by=by)
    _tell(by, referral, "completed", "referral_completed")


def _tell(by: Actor, referral: Referral, outcome: str, kind: str) -> None:
    """Into the timeline of the case, and to whoever sent the referral."""
    tell_case(by=by, referral=referral, kind=kind)
    outbox.post(
        f"referral.{outcome}",
        reference=referral.reference,
        path=link("referral.show", referral),
        to=holders(referral),
        office=referral.office_id,
    )
