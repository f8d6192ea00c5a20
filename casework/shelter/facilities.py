"""Houses: their rooms and beds, incidents and inspections."""

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from access import audit
from access.actors import Actor
from models.base import db, today
from models.people import Organisation
from models.rules import RuleBroken
from models.shelter import Bed, Facility, HouseNote, ShelterRoom


def add(
    *, by: Actor, organisation: Organisation, name: str, sex: str, ages: str, address: str = ""
) -> Facility:
    """A new house."""
    made = Facility(organisation=organisation, name=name, sex=sex, ages=ages)
    db.session.add(made)
    db.session.flush()
    made.address = address
    audit.record("house_made", subject=made.key)
    return made


def change(
    *, by: Actor, house: Facility, name: str, sex: str, ages: str, address: str = ""
) -> None:
    """Change what a house is. Who sleeps there stays."""
    house.name, house.sex, house.ages, house.address = name, sex, ages, address
    audit.record("house_changed", subject=house.key)


def address(house: Facility) -> str:
    """The address, opened for the one who acts; it is in the trail."""
    audit.record("address_read", subject=house.key)
    return house.address


def add_room(
    *, house: Facility, name: str, beds: int, step_free: bool = False, one_household: bool = False
) -> ShelterRoom:
    """A room with so many beds, numbered."""
    made = ShelterRoom(facility=house, name=name, step_free=step_free, one_household=one_household)
    made.beds = [Bed(name=str(number)) for number in range(1, beds + 1)]
    db.session.add(made)
    try:
        db.session.flush()
    except IntegrityError:
        raise RuleBroken(_("There is a room of this name."), "name") from None
    return made


def note(
    *,
    by: Actor,
    house: Facility,
    what: str,
    words: str,
    kind: str = "",
    next_on: date | None = None,
) -> HouseNote:
    """Write down an incident or an inspection."""
    made = HouseNote(facility_id=house.id, what=what, kind=kind, by_id=by.id)
    db.session.add(made)
    db.session.flush()
    made.words = words
    if what == "inspection":
        house.inspected_on, house.inspect_next_on = today(), next_on
    audit.record(f"house_{what}", subject=house.key)
    return made


def notes(house: Facility, size: int = 20) -> list[HouseNote]:
    """The newest notes of a house."""
    return list(
        db.session.execute(
            select(HouseNote)
            .where(HouseNote.facility_id == house.id)
            .order_by(HouseNote.id.desc())
            .limit(size)
        ).scalars()
    )
