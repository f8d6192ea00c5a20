"""A house, a room or a bed is closed from a night on, opened again, called otherwise. Nobody who
sleeps there is put out by it: whoever placed them is asked first.
"""

from collections.abc import Hashable
from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from access import audit
from access.actors import Actor
from access.permissions import Permission
from access.policy import allows, require
from models import taking_back
from models.base import db, today
from models.cases import Case
from models.people import Organisation, User
from models.rules import RuleBroken
from models.shelter import Bed, BedNight, Facility, Placement, ShelterRoom
from web.errors import NotFound

Part = Facility | ShelterRoom | Bed
LONGEST = timedelta(days=366)


def room_of(facility: Facility, room_id: int) -> ShelterRoom:
    """A room of a house; others do not exist."""
    found = next((room for room in facility.rooms if room.id == room_id), None)
    if found is None:
        raise NotFound
    return found


def bed_of(facility: Facility, bed_id: int) -> Bed:
    """A bed of a house; others do not exist."""
    beds = (bed for room in facility.rooms for bed in room.beds)
    found = next((bed for bed in beds if bed.id == bed_id), None)
    if found is None:
        raise NotFound
    return found


def house_of(part: Part) -> Facility:
    """The house that something is part of."""
    if isinstance(part, Facility):
        return part
    return part.facility if isinstance(part, ShelterRoom) else part.room.facility


def beds_of(part: Part) -> list[Bed]:
    """The beds that close with it."""
    if isinstance(part, Facility):
        return [bed for room in part.rooms for bed in room.beds]
    return list(part.beds) if isinstance(part, ShelterRoom) else [part]


def stands(part: Part) -> tuple[Hashable, ...]:
    """From when on it is closed, for the mark of a way back."""
    is_open = None if isinstance(part, ShelterRoom) else part.active
    return type(part).__name__, part.id, part.closed_from, is_open


def close(*, by: Actor, part: Part, closed_from: date, as_left: str = "") -> None:
    """Close it from a night on: it is given to nobody for then, and counts as no place.
    ``as_left``: the mark of a day that was moved by mistake; the day before may be past.

    Raises :class:`models.rules.RuleBroken`, saying who to ask, where somebody has a bed there then,
    and :class:`models.taking_back.ChangedSince`.
    """
    require(by, Permission.SHELTER_RUN, house_of(part))
    taking_back.only_as_left(as_left, *stands(part))
    first = min(closed_from, today()) if as_left else today()
    if not first <= closed_from <= today() + LONGEST:
        raise RuleBroken(_("Choose a day from today, within a year."), "closed_from")
    if stays := _stays_from(part, max(closed_from, today())):
        raise RuleBroken(_who_to_ask(by, stays), "closed_from")
    part.closed_from = closed_from
    _note("house_closed", part)


def open_again(*, by: Actor, part: Part, as_left: str = "") -> None:
    """Open it again. What is closed around it stays closed. ``as_left``: the mark of what was just
    closed. Raises :class:`models.taking_back.ChangedSince`.
    """
    require(by, Permission.SHELTER_RUN, house_of(part))
    taking_back.only_as_left(as_left, *stands(part))
    part.closed_from = None
    if not isinstance(part, ShelterRoom) and not as_left:
        part.active = True
    _note("house_opened", part)


def rename(*, by: Actor, part: ShelterRoom | Bed, name: str) -> None:
    """Call a room or a bed otherwise."""
    require(by, Permission.SHELTER_RUN, house_of(part))
    part.name = name
    try:
        db.session.flush()
    except IntegrityError:
        raise RuleBroken(_("There is one of this name already."), "name") from None
    _note("house_changed", part)


def _stays_from(part: Part, night: date) -> list[Placement]:
    """Who has a bed of it in that night or a later one."""
    taken = select(BedNight.placement_id).where(
        BedNight.bed_id.in_([bed.id for bed in beds_of(part)]), BedNight.night >= night
    )
    numbers = set(db.session.execute(taken).scalars())
    query = select(Placement).where(Placement.id.in_(numbers))
    found = list(db.session.execute(query).unique().scalars())
    Placement.bring_cases(found)
    return found


def _who_to_ask(by: Actor, stays: list[Placement]) -> str:
    """How many sleep there, and who moves them: by name where ``by`` may know, else the office."""
    asked = sorted({_holder(by, stay) for stay in stays})
    last = max(stay.until_on for stay in stays)
    return str(
        _(
            "Beds are given there then: %(many)s stays, the last until %(day)s. "
            "Ask %(who)s to move these people first, or choose a later day.",
            many=len(stays),
            day=last.isoformat(),
            who=", ".join(asked),
        )
    )


def _holder(by: Actor, stay: Placement) -> str:
    office = db.session.get_one(Organisation, stay.office_id).name
    case: Case | None = vars(stay).get("_case")
    if case is None or case.owner_id is None or not allows(by, Permission.CARE_READ, case):
        return office
    return f"{db.session.get_one(User, case.owner_id).name} ({office})"


def _note(deed: str, part: Part) -> None:
    kind = {Facility: "", ShelterRoom: f" room {part.id}", Bed: f" bed {part.id}"}[type(part)]
    audit.record(deed, subject=f"{house_of(part).key}{kind}")
