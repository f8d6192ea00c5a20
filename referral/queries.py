"""Every SELECT of referral; each takes the viewer and starts from what is visible to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import visible, visible_by_clause
from models import numbers
from models.audit import AuditRecord, AuditRecordCase
from models.base import db, now
from models.cases import Case
from models.referrals import IncomingReferral, Referral, Service
from models.states import IncomingReferralState, ReferralState, Sets
from web import paging
from web.errors import NotFound

GROUPS = {
    "waiting": frozenset({ReferralState.SENT}),
    "service": Sets.REFERRAL_SERVING,
    "done": Sets.REFERRAL_ENDED,
}


def referral(actor: Actor, reference: str, **_: Any) -> Referral:
    """The referral with this reference, if the actor may open it; else it does not exist."""
    tidy = numbers.tidy(reference)
    if not numbers.is_valid(tidy, "RF"):
        raise NotFound
    query = select(Referral).where(
        Referral.reference == tidy, visible(actor, Permission.REFERRAL_OPEN, Referral)
    )
    options = (
        selectinload(Referral.services),
        joinedload(Referral.sent_by),
        joinedload(Referral.case).joinedload(Case.owner),
    )
    found = db.session.execute(query.options(*options)).unique().scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def referrals(actor: Actor, group: str = "waiting", cursor: str = "") -> paging.Page:
    """A page of referrals of one group: a partner's inbox or a mission's sent ones."""
    query = select(Referral).where(Referral.state.in_(GROUPS[group]))
    return paging.page(
        query,
        (Referral.sent_at, Referral.id),
        cursor,
        ways=visible_by_clause(actor, Permission.REFERRAL_OPEN, Referral),
    )


def counts(actor: Actor) -> dict[str, int]:
    """How many referrals in each group that is still open."""
    query = select(Referral.state, func.count()).where(
        visible(actor, Permission.REFERRAL_OPEN, Referral), Referral.state.in_(Sets.REFERRAL_LIVE)
    )
    by_state: dict[Any, int] = dict(db.session.execute(query.group_by(Referral.state)).all())
    return {
        name: sum(by_state.get(state, 0) for state in states)
        for name, states in GROUPS.items()
        if name != "done"
    }


def of_case(case: Case) -> list[Referral]:
    """The referrals of a case the caller has loaded through its own permission."""
    query = (
        select(Referral)
        .where(Referral.case_id == case.id)
        .options(selectinload(Referral.services))
        .order_by(Referral.id.desc())
        .limit(50)
    )
    return list(db.session.execute(query).scalars())


def board(actor: Actor, size: int = 30) -> dict[str, list[Referral]]:
    """Open referrals by state, the first to be due first."""
    found: dict[str, list[Referral]] = {}
    for state in (ReferralState.SENT, ReferralState.ACCEPTED, ReferralState.IN_SERVICE):
        query = select(Referral).where(
            visible(actor, Permission.REFERRAL_OPEN, Referral), Referral.state == state
        )
        found[state] = list(
            db.session.execute(query.order_by(Referral.answer_by, Referral.id).limit(size))
            .unique()
            .scalars()
        )
    return found


def log(actor: Actor, most: int = 20_000) -> list[Service]:
    """The services that the actor's own organisation logged, newest first; the referral may have ended, the log is theirs."""
    mine = select(Service).join(Referral).where(Referral.partner_id.in_(actor.at(Role.PARTNER)))
    return list(
        db.session.execute(
            mine.order_by(Service.id.desc()).limit(most).options(joinedload(Service.referral))
        )
        .unique()
        .scalars()
    )


def inward(actor: Actor, reference: str, **_: Any) -> IncomingReferral:
    """A person referred to a mission, for that mission and the partner that told; else it does not exist."""
    tidy = numbers.tidy(reference)
    if not numbers.is_valid(tidy, "RI"):
        raise NotFound
    query = select(IncomingReferral).where(
        IncomingReferral.reference == tidy, visible(actor, Permission.INWARD_OPEN, IncomingReferral)
    )
    found = db.session.execute(query).unique().scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def inwards(actor: Actor, cursor: str = "") -> paging.Page:
    """Persons referred to the actor's missions, or by the actor's organisation."""
    return paging.page(
        select(IncomingReferral),
        (IncomingReferral.sent_at, IncomingReferral.id),
        cursor,
        ways=visible_by_clause(actor, Permission.INWARD_OPEN, IncomingReferral),
    )


def waiting_inward(actor: Actor) -> int:
    """How many wait for the answer of the actor's missions."""
    query = (
        select(func.count())
        .select_from(IncomingReferral)
        .where(
            IncomingReferral.state == IncomingReferralState.SENT,
            visible(actor, Permission.INWARD_ANSWER, IncomingReferral),
        )
    )
    return int(db.session.execute(query).scalar() or 0)


def to_answer(actor: Actor) -> int:
    """How many referrals wait for the answer of the actor's organisation."""
    query = (
        select(func.count())
        .select_from(Referral)
        .where(
            Referral.partner_id.in_(actor.at(Role.PARTNER)),
            Referral.state == ReferralState.SENT,
            Referral.answer_by > now(),
        )
    )
    return int(db.session.execute(query).scalar() or 0)


def receipt(referral: Referral) -> datetime | None:
    """When somebody of the partner first opened what was released: read from the trail, which nobody can forget to write."""
    query = (
        select(func.min(AuditRecord.at))
        .join(AuditRecordCase, AuditRecordCase.entry_id == AuditRecord.id)
        .where(
            AuditRecordCase.case_id == referral.case_id,
            AuditRecord.subject == referral.reference,
            AuditRecord.deed == "released.read",
            AuditRecord.organisation_id == referral.partner_id,
        )
    )
    return db.session.execute(query).scalar()
