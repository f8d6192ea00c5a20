"""Missions that refer to a partner hear of its new people before these read what was referred."""

from typing import Any

from sqlalchemy import select

from access.actors import Actor
from access.permissions import Role
from models import scope
from models.access_changes import AccessChange, ChangeKind
from models.base import db
from models.referrals import Referral
from models.shelter import Facility, Placement
from models.states import AccessChangeState, Sets
from notifications import outbox
from web.links import link

_TOLD = frozenset(
    {
        ChangeKind.INVITED,
        ChangeKind.ROLE_GIVEN,
        ChangeKind.REFERRALS_OPENED,
        ChangeKind.ENABLED,
        ChangeKind.NAME_CHANGED,
    }
)
_OF_WHO_IS_THERE = frozenset({ChangeKind.ENABLED, ChangeKind.NAME_CHANGED})
_READS = frozenset({Role.PARTNER, Role.SHELTER})


def tell_missions(made: AccessChange, by: Actor, **_: Any) -> None:
    """Tell the supervisors of missions with open referrals to the partner of somebody new there,
    and when earlier referrals are to open to them, which any of them can stop.
    """
    if not made.partner or made.kind not in _TOLD or not _will_read(made):
        return
    offices = _missions(made.office_id)
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


def _will_read(made: AccessChange) -> bool:
    """Whether the account reads what missions told: as a worker, or as a keeper of a house."""
    held = {grant.role for grant in made.user.grants if grant.in_force}
    return made.role in _READS or (made.kind in _OF_WHO_IS_THERE and bool(held & _READS))


def _missions(partner_id: int | None) -> list[int]:
    """The missions with open referrals to a partner, or people in its houses, whoever lets
    somebody in there.
    """
    referring = select(Referral.office_id).where(
        Referral.partner_id == partner_id, Referral.state.in_(Sets.REFERRAL_LIVE)
    )
    staying = (
        select(Placement.office_id)
        .join(Facility, Facility.id == Placement.facility_id)
        .where(Facility.organisation_id == partner_id, Placement.left_on.is_(None))
    )
    with scope.opened("links", "accounts"):  # houses and stays are seen by the second
        return sorted(
            {
                office
                for query in (referring, staying)
                for office in db.session.execute(query.distinct()).scalars()
            }
        )
