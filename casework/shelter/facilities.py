"""Houses: their rooms and beds, incidents and inspections."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from access import audit
from access.actors import Actor
from access.permissions import Role
from casework.core import histories
from models.base import db, today
from models.people import Organisation
from models.rules import RuleBroken
from models.shelter import Bed, Facility, HouseNote, ShelterRoom
from web import paging
from web.errors import NotFound, StaleEdit


def kept_by(by: Actor) -> list[Organisation]:
    """The organisations for which somebody keeps facilities."""
    places = by.at(Role.SHELTER, Role.SUPERVISOR)
    return [db.session.get_one(Organisation, place) for place in sorted(places)]


def add_own(*, by: Actor, name: str, sex: str, ages: str, address: str = "", **_: Any) -> Facility:
    """A new house of the organisation the actor works for. Raises where they keep none there."""
    office = by.office_for(Role.SHELTER, Role.SUPERVISOR)
    if not office:
        raise NotFound
    place = db.session.get_one(Organisation, office)
    return add(by=by, organisation=place, name=name, sex=sex, ages=ages, address=address)


def add(
    *, by: Actor, organisation: Organisation, name: str, sex: str, ages: str, address: str = ""
) -> Facility:
    """A new house."""
    facility = Facility(organisation=organisation, name=name, sex=sex, ages=ages)
    db.session.add(facility)
    db.session.flush()
    facility.address = address
    audit.record("house_made", subject=facility.key)
    return facility


def history_of(facility: Facility) -> histories.OfOffice:
    """What was said of a house before, its address among it."""
    return histories.OfOffice(facility.organisation_id, "house", facility)


_OF_A_HOUSE = ("name", "sex", "ages", "address")


def change(*, by: Actor, facility: Facility, **given: Any) -> None:
    """Change what a house is. Who sleeps there stays, and what stood before is kept.

    ``given``: see :class:`casework.shelter.schemas.FacilitySchema`. Raises
    :class:`web.errors.StaleEdit` where somebody changed the same meanwhile.
    """
    history = history_of(facility)
    history.lock()
    db.session.refresh(facility)
    stands = {name: getattr(facility, name) for name in _OF_A_HOUSE}
    names = _OF_A_HOUSE
    try:
        whole = histories.changed(by=by, history=history, given=given, names=names, stands=stands)
    except StaleEdit:  # the page that asks shows what stands: a look at the address
        audit.record("address_read", subject=facility.key)
        raise
    for name in _OF_A_HOUSE:
        setattr(facility, name, whole.get(name) or "")
    audit.record("house_changed", subject=facility.key)


def address(facility: Facility) -> str:
    """The address, opened for the one who acts; it is in the trail."""
    audit.record("address_read", subject=facility.key)
    return facility.address


def add_room(
    *,
    facility: Facility,
    name: str,
    beds: int,
    step_free: bool = False,
    one_household: bool = False,
) -> ShelterRoom:
    """A room with so many beds, numbered."""
    room = ShelterRoom(
        facility=facility, name=name, step_free=step_free, one_household=one_household
    )
    room.beds = [Bed(name=str(place)) for place in range(1, beds + 1)]
    db.session.add(room)
    try:
        db.session.flush()
    except IntegrityError:
        raise RuleBroken(_("There is a room of this name."), "name") from None
    return room


def note(
    *,
    by: Actor,
    facility: Facility,
    what: str,
    words: str,
    kind: str = "",
    next_on: date | None = None,
) -> HouseNote:
    """Write down an incident or an inspection."""
    written = HouseNote(facility_id=facility.id, what=what, kind=kind, by_id=by.id)
    db.session.add(written)
    db.session.flush()
    written.words = words
    if what == "inspection":
        facility.inspected_on = today()
        facility.inspect_next_on = next_on
    audit.record(f"house_{what}", subject=facility.key)
    return written


def notes(facility: Facility, cursor: str = "") -> paging.Page:
    """The notes of a house, newest first."""
    query = select(HouseNote).where(HouseNote.facility_id == facility.id)
    return paging.page(query, (HouseNote.id,), cursor)
