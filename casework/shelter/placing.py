"""Giving a bed: the rules of the house first, then a row for each night, which the database takes only once."""

from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError

from access import audit
from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.core import tasks, timeline
from casework.records import queries as records
from models.base import db, today
from models.cases import Case
from models.records import Member
from models.referrals import Referral
from models.rules import RuleBroken
from models.shelter import Bed, BedNight, Facility, Placement, ShelterRoom
from models.states import PRESENCE, Sets

CHILD = {"0-13", "14-17"}
_SEXES = {
    "women": {"Feminine", "TransgenderFeminine"},
    "men": {"Masculine", "TransgenderMasculine"},
}
SERVING = ("accepted", "in_service")


def place(*, by: Actor, case: Case, bed: Bed, from_on: date, until_on: date) -> Placement:
    """Give a bed for the nights from ``from_on`` to the one before ``until_on``. Raises a broken rule that says which."""
    house = bed.room.facility
    _refuse_unusable(case, bed, house)
    if broken := rules_broken(case, bed.room, from_on, until_on):
        raise RuleBroken(" ".join(broken), "bed")
    made = Placement(
        case=case,
        bed=bed,
        facility_id=house.id,
        from_on=from_on,
        until_on=until_on,
        made_by_id=by.id,
    )
    db.session.add(made)
    db.session.flush()
    _take(made, from_on, until_on)
    made.told = told(by, case)
    timeline.add(by=by, case=case, kind="placed", compartment="care")
    return made


def _refuse_unusable(case: Case, bed: Bed, house: Facility) -> None:
    if not case.is_active:
        raise RuleBroken(_("The case is closed. Reopen it first."), "bed")
    if not bed.active or not house.active:
        raise RuleBroken(_("This bed is not in use."), "bed")
    if house.organisation_id != case.office_id and not _referred_to(case, house.organisation_id):
        raise RuleBroken(
            _(
                "This house belongs to a partner: refer the person for shelter first, and let them accept."
            ),
            "bed",
        )


def _referred_to(case: Case, partner_id: int) -> bool:
    mine = (
        Referral.case_id == case.id,
        Referral.partner_id == partner_id,
        Referral.service == "shelter",
        Referral.state.in_(Sets.REFERRAL_SERVING),
    )
    return bool(db.session.execute(select(exists().where(*mine))).scalar())


def rules_broken(case: Case, room: ShelterRoom, from_on: date, until_on: date) -> list[str]:
    """Which rules of house and room this person does not fit, in words."""
    house, child = room.facility, case.age_band in CHILD
    found = []
    if (
        house.sex in _SEXES
        and case.sex not in _SEXES[house.sex]
        and not (child and house.ages == "families")
    ):
        found.append(_("This house is for others: check sex or gender."))
    if house.ages == "adults" and child:
        found.append(_("This house does not take children."))
    if house.ages == "children" and not child:
        found.append(_("This house is for children."))
    household = household_of(case)
    if house.ages == "families" and household is None:
        found.append(_("This house is for families. Join the case to its family first."))
    if needs_step_free(case) and not room.step_free:
        found.append(_("The person needs a room without stairs."))
    if room.one_household and any(
        other is None or other != household for other in _others_in(room, case, from_on, until_on)
    ):
        found.append(_("Somebody else has this room."))
    return found


def household_of(case: Case) -> int | None:
    """The household the case belongs to."""
    return db.session.execute(select(Member.household_id).where(Member.case_id == case.id)).scalar()


def needs_step_free(case: Case) -> bool:
    """Whether what others must know says so. Opens the care records."""
    return any(row.content.get("step_free") for row in records.of_case(case, "care")["care"])


def _others_in(room: ShelterRoom, case: Case, from_on: date, until_on: date) -> list[int | None]:
    """The households of those who sleep in the room in these nights; None for somebody alone."""
    nights = (BedNight.night >= from_on, BedNight.night < until_on, BedNight.case_id != case.id)
    query = (
        select(BedNight.case_id, Member.household_id)
        .join(Bed, Bed.id == BedNight.bed_id)
        .outerjoin(Member, Member.case_id == BedNight.case_id)
    )
    return [
        household
        for _case, household in db.session.execute(
            query.where(Bed.room_id == room.id, *nights).distinct()
        ).all()
    ]


def _take(placement: Placement, from_on: date, until_on: date) -> None:
    nights = [from_on + timedelta(days=number) for number in range((until_on - from_on).days)]
    db.session.add_all(
        BedNight(
            bed_id=placement.bed_id,
            night=night,
            case_id=placement.case_id,
            placement_id=placement.id,
        )
        for night in nights
    )
    try:
        db.session.flush()
    except IntegrityError:
        raise RuleBroken(
            _(
                "The bed, or this person’s night, was given a moment ago. Look at the board and choose again."
            ),
            "bed",
        ) from None


def told(by: Actor, case: Case) -> dict[str, Any]:
    """What a house is told: how to call the person, which languages, what care they need. Nothing else."""
    identity = case.identity if allows(by, Permission.IDENTITY_READ, case) else {}
    care = [row.content.get("words", "") for row in records.of_case(case, "care")["care"]]
    return {
        "name": identity.get("call_name") or identity.get("given_names", ""),
        "languages": identity.get("languages", []),
        "care": care,
    }


def extend(*, by: Actor, placement: Placement, until_on: date) -> None:
    """A longer or a shorter stay."""
    _staying(placement)
    if until_on <= max(placement.from_on, today() - timedelta(days=1)):
        raise RuleBroken(_("The last morning comes after the first night."), "until_on")
    if until_on > placement.until_on:
        _take(placement, placement.until_on, until_on)
    else:
        db.session.execute(
            delete(BedNight).where(
                BedNight.placement_id == placement.id, BedNight.night >= until_on
            )
        )
    placement.until_on = until_on
    audit.record("stay_changed", subject=placement.key, cases=(placement.case_id,))


def leave(*, by: Actor, placement: Placement, left_on: date, left_to: str) -> None:
    """The person left; the nights from that day on are free again. Somebody who left without a word is looked for."""
    _staying(placement)
    if not placement.from_on <= left_on <= today():
        raise RuleBroken(_("The day lies between the first night and today."), "left_on")
    db.session.execute(
        delete(BedNight).where(BedNight.placement_id == placement.id, BedNight.night >= left_on)
    )
    placement.left_on = left_on
    placement.left_to = left_to
    PRESENCE.move(placement, "go", by=by)
    timeline.add(by=by, case=placement.case, kind="left_shelter", compartment="care")
    if left_to == "unknown":
        tasks.add(by=by, case=placement.case, kind="safety", due_on=today())


def _staying(placement: Placement) -> None:
    if placement.left_on is not None:
        raise RuleBroken(_("This stay has ended."))
