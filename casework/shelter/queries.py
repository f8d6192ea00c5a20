"""Reading houses, beds and stays."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from access.actors import Actor
from access.kept_from import is_blocked
from access.permissions import Permission
from access.policy import visible
from casework.core import queries as cases
from models.base import db, today
from models.cases import Case
from models.referrals import Referral
from models.shelter import Bed, BedNight, Facility, Placement, ShelterRoom
from models.states import Sets
from standards import lists
from web.errors import NotFound

NIGHTS = 14


def facility(actor: Actor, key: str, **_: Any) -> Facility:
    """A house the actor may open; else it does not exist."""
    query = select(Facility).where(
        Facility.key == key, visible(actor, Permission.SHELTER_OPEN, Facility)
    )
    beds = selectinload(Facility.rooms).selectinload(ShelterRoom.beds)
    opened = db.session.execute(query.options(beds)).unique().scalar_one_or_none()
    if opened is None:
        raise NotFound
    return opened


def facilities(actor: Actor) -> list[Facility]:
    """The houses the actor may open, those that are closed last."""
    query = select(Facility).where(visible(actor, Permission.SHELTER_OPEN, Facility))
    found = db.session.execute(query).unique().scalars()
    return sorted(found, key=lambda house: (is_closed(house), house.name))


def is_closed(part: Facility | ShelterRoom | Bed) -> bool:
    """Whether nobody sleeps there any more from tonight on."""
    is_over = part.closed_from is not None and part.closed_from <= today()
    return is_over or not getattr(part, "active", True)


def free_tonight(of: list[Facility]) -> dict[int, tuple[int, int]]:
    """For each house: beds free tonight, beds at all."""
    query = (
        select(Bed)
        .join(ShelterRoom, ShelterRoom.id == Bed.room_id)
        .where(ShelterRoom.facility_id.in_([each.id for each in of]), Bed.active)
    )
    beds_ = db.session.execute(query).unique().scalars()
    house_of = {bed.id: bed.room.facility_id for bed in beds_ if bed.closes_on > today()}
    taken = select(BedNight.bed_id).where(
        BedNight.night == today(), BedNight.bed_id.in_(list(house_of))
    )
    beds = Counter(house_of.values())
    full = Counter(house_of[bed] for bed in db.session.execute(taken).scalars())
    return {each.id: (beds[each.id] - full[each.id], beds[each.id]) for each in of}


def staying(of: Facility) -> list[Placement]:
    """Who sleeps there now or is about to, by room."""
    query = select(Placement).where(Placement.facility_id == of.id, Placement.left_on.is_(None))
    found = db.session.execute(query).unique().scalars().all()
    Placement.bring_cases(found)
    return sorted(found, key=lambda stay: (stay.bed_id, stay.from_on))


def board(of: Facility, first: date) -> tuple[list[date], dict[tuple[int, date], int]]:
    """The nights shown, and which bed is taken in which night by which stay."""
    nights = [first + timedelta(days=place) for place in range(NIGHTS)]
    beds = select(Bed.id).join(ShelterRoom).where(ShelterRoom.facility_id == of.id)
    query = select(BedNight).where(
        BedNight.bed_id.in_(list(db.session.execute(beds).scalars())),
        BedNight.night >= nights[0],
        BedNight.night <= nights[-1],
    )
    return nights, {
        (row.bed_id, row.night): row.placement_id for row in db.session.execute(query).scalars()
    }


def beds_for(case: Case, from_on: date, until_on: date) -> list[tuple[Bed, bool]]:
    """Beds in houses open to a case, with whether they are free in all of these nights.

    Free ones come first.
    """
    referred = select(Referral.partner_id, Referral.service).where(
        Referral.case_id == case.id, Referral.state.in_(Sets.REFERRAL_SERVING)
    )
    partners = [
        partner
        for partner, service in db.session.execute(referred)
        if lists.SERVICES.counted_as(service) == "shelter"
    ]
    mine = (Facility.organisation_id == case.office_id) | Facility.organisation_id.in_(partners)
    query = (
        select(Bed)
        .join(ShelterRoom)
        .join(Facility)
        .where(mine, Facility.active, Bed.active)
        .order_by(Bed.id)
    )
    every = db.session.execute(query).unique().scalars()
    beds = sorted(
        (bed for bed in every if bed.closes_on > from_on),
        key=lambda bed: (bed.room.facility.name, bed.room.name, bed.id),
    )
    taken = (
        select(BedNight.bed_id)
        .where(
            BedNight.bed_id.in_([bed.id for bed in beds]),
            BedNight.night >= from_on,
            BedNight.night < until_on,
        )
        .distinct()
    )
    full = set(db.session.execute(taken).scalars())
    full |= {bed.id for bed in beds if bed.closes_on < until_on}
    return sorted(((bed, bed.id not in full) for bed in beds), key=lambda pair: not pair[1])


def of_case(case: Case) -> list[Placement]:
    """The stays of a case, the newest first."""
    query = (
        select(Placement)
        .where(Placement.case_id == case.id)
        .options(joinedload(Placement.facility))
    )
    found = db.session.execute(query).unique().scalars()
    return sorted(found, key=lambda stay: (stay.from_on, stay.presence_at), reverse=True)


def placement_of_case(actor: Actor, number: str, key: str, **_: Any) -> Case:
    """The case of a stay, loaded through the case."""
    case = cases.case(actor, number)
    stay(key, of_case=case)
    return case


def stay(
    key: str, *, of_case: Case | None = None, of_facility: Facility | None = None
) -> Placement:
    """A stay by its key, under the case or the house that was checked."""
    query = select(Placement).where(Placement.key == key)
    if of_case is not None:
        query = query.where(Placement.case_id == of_case.id)
    if of_facility is not None:
        query = query.where(Placement.facility_id == of_facility.id)
    placement = db.session.execute(query).unique().scalar_one_or_none()
    if placement is None:
        raise NotFound
    return placement


def stay_here(actor: Actor, key: str, facility: Facility) -> Placement:
    """A stay in a house that was checked; of somebody who is kept from the actor, none."""
    placement = stay(key, of_facility=facility)
    if is_blocked(actor, placement):
        raise NotFound
    return placement


def figures(rows: list[Placement]) -> Counter[str]:
    """How many are in, out, missing."""
    return Counter(row.presence for row in rows if row.from_on <= today())
