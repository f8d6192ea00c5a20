"""Missions that refer to a partner hear of its new people before these read what was referred."""

from typing import Any

from sqlalchemy import select

from access.actors import Actor
from access.permissions import Role
from models.access_changes import AccessChange, ChangeKind
from models.base import db
from models.referrals import Referral
from models.states import AccessChangeState, Sets
from notifications import outbox
from web.links import link

_TOLD = frozenset({ChangeKind.INVITED, ChangeKind.ROLE_GIVEN, ChangeKind.REFERRALS_OPENED})


def tell_missions(made: AccessChange, by: Actor, **_: Any) -> None:
    """Tell the supervisors of missions with open referrals to the partner of somebody new there,
    and when earlier referrals are to open to them, which any of them can stop.
    """
    if not made.partner or made.kind not in _TOLD or made.role != Role.PARTNER:
        return
    missions = select(Referral.office_id).where(
        Referral.partner_id == made.office_id, Referral.state.in_(Sets.REFERRAL_LIVE)
    )
    offices = db.session.execute(missions.distinct()).scalars().all()
    if not offices:
        return  # nothing of anybody is open to them
    people = {
        user.id: user
        for office in offices
        for user in outbox.people_of(office, Role.SUPERVISOR)
        if user.id != by.id
    }
    waits = made.state == AccessChangeState.WAITING
    outbox.post(
        "access.opening" if waits else f"access.{made.kind}",
        reference=made.reference,
        path=link("accounts_access.show", made),
        to=people.values(),
        urgent=True,
        office=min(offices),
    )
