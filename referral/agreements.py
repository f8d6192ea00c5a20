"""The agreement with a partner ends: the missions that refer to it hear of it while there is time
to make it longer or to find others.
"""

from datetime import timedelta

from sqlalchemy import select

from access.permissions import Role
from models.base import db, now, today
from models.people import Organisation, working
from models.referrals import Referral
from models.states import Sets
from notifications import outbox
from web.links import link

SOON = timedelta(days=30)
LATELY = timedelta(days=366)  # who referred to it within a year is told
EVENT = "agreement.ends"


def warn() -> None:
    """Every hour: once for each partner and last day."""
    soon = working("partner").where(
        Organisation.agreement_until >= today(), Organisation.agreement_until <= today() + SOON
    )
    found = {_reference(each): each for each in db.session.execute(soon).scalars()}
    told = outbox.told_already([EVENT], found)
    for reference, partner in found.items():
        if (EVENT, reference) not in told:
            _tell(reference, partner)


def _reference(partner: Organisation) -> str:
    return f"AG{partner.id:x}-{partner.agreement_until:%y%m%d}"


def _tell(reference: str, partner: Organisation) -> None:
    lately = Referral.state.in_(Sets.REFERRAL_LIVE) | (Referral.sent_at >= now() - LATELY)
    offices = select(Referral.office_id).where(Referral.partner_id == partner.id, lately).distinct()
    for office in sorted(db.session.execute(offices).scalars()):
        people = outbox.people_of(office, Role.SUPERVISOR)
        path = link("partners.partners")
        outbox.post(EVENT, reference=reference, path=path, to=people, office=office)
    path, keepers = link("organisations.show", partner), outbox.administrators_of(partner.id)
    outbox.post(EVENT, reference=reference, path=path, to=keepers, office=partner.id)
