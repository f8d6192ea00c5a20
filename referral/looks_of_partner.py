"""Whom a partner knows of: what its people read, by the trail, and who was referred to it, told by
it or sleeps in its houses.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from models.audit import AuditRecord, AuditRecordCase
from models.base import db
from models.people import Grant, Organisation
from models.referrals import IncomingReferral, Referral
from models.shelter import Facility, Placement
from models.states import Sets


@dataclass
class Look:
    """What was read of one person: first, last, which fields, by how many; or nothing yet."""

    first_at: datetime | None = None
    last_at: datetime | None = None
    fields: set[str] = field(default_factory=set)
    readers: set[str] = field(default_factory=set)

    def add(self, at: datetime, who: str, names: Iterable[str]) -> None:
        """One more entry of the trail."""
        self.first_at = min(self.first_at or at, at)
        self.last_at = max(self.last_at or at, at)
        self.readers.add(who)
        self.fields.update(names)


def by_case(partner: Organisation) -> dict[int, Look]:
    """Each case that the partner knows of, by id.

    Reads count whoever's name they stand under: the people who ever had a role there, wherever
    else they work, and whoever came by a link.
    """
    looks = {case_id: Look() for case_id in sorted(_known(partner))}
    released = dict(db.session.execute(_released(partner)).all())
    for entry, case_id in db.session.execute(_reads(partner)).all():
        names = [name for name in entry.fields.split() if name.isidentifier()]
        look = looks.setdefault(case_id, Look())
        look.add(entry.at, entry.actor, released.get(entry.subject, names))
    return looks


def _released(partner: Organisation) -> Any:
    """What each referral released: the trail says that it was read, the referral what it held."""
    return select(Referral.reference, Referral.fields).where(Referral.partner_id == partner.id)


def _reads(partner: Organisation) -> Any:
    people = select(Grant.user_id).where(Grant.organisation_id == partner.id)
    sent = select(Referral.reference).where(Referral.partner_id == partner.id)
    by_link = [f"link:{reference}" for reference in db.session.execute(sent).scalars()]
    return (
        select(AuditRecord, AuditRecordCase.case_id)
        .join(AuditRecordCase, AuditRecord.id == AuditRecordCase.entry_id)
        .where(
            AuditRecord.deed.like("%.read"),
            or_(
                AuditRecord.organisation_id == partner.id,
                AuditRecord.user_id.in_(people),
                AuditRecord.actor.in_(by_link),
            ),
        )
    )


def _known(partner: Organisation) -> set[int]:
    """Persons who are there now, or whom it told us of: it knows them without reading."""
    referred = select(Referral.case_id).where(
        Referral.partner_id == partner.id, Referral.state.in_(Sets.REFERRAL_LIVE)
    )
    told = select(IncomingReferral.case_id).where(
        IncomingReferral.partner_id == partner.id, IncomingReferral.case_id.is_not(None)
    )
    houses = select(Facility.id).where(Facility.organisation_id == partner.id)
    sleeping = select(Placement.case_id).where(
        Placement.facility_id.in_(houses), Placement.left_on.is_(None)
    )
    asked = (referred, told, sleeping)
    found = (case_id for query in asked for case_id in db.session.execute(query).scalars())
    return {case_id for case_id in found if case_id is not None}
