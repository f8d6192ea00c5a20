"""Giving a bed: the rules of the house first, then a row for each night.

The database takes each night of a bed, and of a person, only once.
"""

from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from access import audit
from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.core import ages, release, tasks, timeline
from casework.records import queries as records
from models.base import db, today
from models.cases import Case
from models.life_cycles import Someone
from models.records import Member
from models.referrals import Referral
from models.releases import CaseRelease
from models.rules import RuleBroken
from models.shelter import Bed, BedNight, Facility, Placement, ShelterRoom
from models.states import PRESENCE, Sets

_SEXES = {
    "women": {"Feminine", "TransgenderFeminine"},
    "men": {"Masculine", "TransgenderMasculine"},
}


def chosen_bed(bed_id: str) -> Bed:
    """The bed that a form names. Raises :class:`models.rules.RuleBroken` where there is none."""
    bed = db.session.get(Bed, int(bed_id)) if bed_id.isdecimal() else None
    if bed is None:
        raise RuleBroken(_("Choose one of the list."), "bed")
    return bed


def place(*, by: Actor, case: Case, bed: Bed, from_on: date, until_on: date) -> Placement:
    """Give a bed for the nights from ``from_on`` to the one before ``until_on``.

    Raises :class:`models.rules.RuleBroken` that says which rule of the house does not fit, and
    where the bed or the person's night was given by somebody else.
    """
    facility = bed.room.facility
    _refuse_unusable(case, bed, facility, until_on)
    if broken := rules_broken(case, bed.room, from_on, until_on):
        raise RuleBroken(" ".join(broken), "bed")
    placement = Placement(
        case_id=case.id,
        office_id=case.office_id,
        bed=bed,
        facility_id=facility.id,
        from_on=from_on,
        until_on=until_on,
        made_by_id=by.id,
    )
    db.session.add(placement)
    db.session.flush()
    _take(placement, from_on, until_on)
    told = disclosed(by, case)
    if facility.organisation_id != case.office_id:
        release.grant(
            by=by,
            case=case,
            kind="shelter",
            reference=placement.key,
            to=facility.organisation,
            fields=tuple(sorted(told)),
            longest_until=until_on,
        )
    placement.told = told
    timeline.add(by=by, case=case, kind="placed", compartment="care")
    return placement


def _refuse_unusable(case: Case, bed: Bed, facility: Facility, until_on: date) -> None:
    if not case.is_active:
        raise RuleBroken(_("The case is closed. Reopen it first."), "bed")
    _refuse_closed(bed, until_on, "bed")
    keeper_id = facility.organisation_id
    if keeper_id != case.office_id and not _referred_to(case, keeper_id):
        message = _(
            "This house belongs to a partner: refer the person for shelter first, "
            "and let them accept."
        )
        raise RuleBroken(message, "bed")


def _refuse_closed(bed: Bed, until_on: date, field: str) -> None:
    """Nobody is given a night in which the bed, its room or its house is closed."""
    if until_on > bed.closes_on:
        closed = bed.closes_on.isoformat()
        words = _("This bed is not in use.")
        if bed.closes_on > today():
            words = _("This bed is closed from %(day)s on: the stay ends before.", day=closed)
        raise RuleBroken(words, field)


def _referred_to(case: Case, partner_id: int) -> bool:
    mine = (
        Referral.case_id == case.id,
        Referral.partner_id == partner_id,
        Referral.state.in_(Sets.REFERRAL_SERVING),
    )
    return "shelter" in db.session.execute(select(Referral.service).where(*mine)).scalars()


def rules_broken(case: Case, room: ShelterRoom, from_on: date, until_on: date) -> list[str]:
    """Which rules of house and room this person does not fit, in words."""
    household = household_of(case)
    broken = _against_facility(case, room.facility, household, from_on)
    if needs_step_free(case) and not room.step_free:
        broken.append(_("The person needs a room without stairs."))
    if room.one_household and _is_taken_by_others(room, case, household, from_on, until_on):
        broken.append(_("Somebody else has this room."))
    return broken


def _against_facility(
    case: Case, facility: Facility, household: int | None, from_on: date
) -> list[str]:
    broken = []
    is_child = ages.counts_as_child(case, from_on)
    takes = _SEXES.get(facility.sex)
    comes_with_family = is_child and facility.ages == "families"
    if takes is not None and case.sex not in takes and not comes_with_family:
        broken.append(_("This house is for others: check sex or gender."))
    if facility.ages == "adults" and is_child:
        broken.append(_("This house does not take children."))
    if facility.ages == "children" and not is_child:
        broken.append(_("This house is for children."))
    if facility.ages == "families" and household is None:
        broken.append(_("This house is for families. Join the case to its family first."))
    return broken


def grown_up(case: Case, by: Any) -> None:
    """Listens: who turned 18 does not stay in a house for children."""
    mine = select(Placement).where(Placement.case_id == case.id)
    stays = db.session.execute(mine).unique().scalars()
    in_house = any(
        stay.facility.ages == "children" and stay.left_on is None and stay.until_on > today()
        for stay in stays
    )
    if in_house and not tasks.stands(case, "leave_house"):
        tasks.add(by=by, case=case, kind="leave_house", due_on=today())


def household_of(case: Case) -> int | None:
    """The household the case belongs to."""
    return db.session.execute(select(Member.household_id).where(Member.case_id == case.id)).scalar()


def needs_step_free(case: Case) -> bool:
    """Whether what others must know says so. Opens the care records."""
    return any(row.content.get("step_free") for row in records.of_case(case, "care")["care"])


def _is_taken_by_others(
    room: ShelterRoom, case: Case, household: int | None, from_on: date, until_on: date
) -> bool:
    """Whether somebody of no household, or of another one, sleeps in the room in these nights."""
    query = select(BedNight.case_id).where(
        BedNight.bed_id.in_([bed.id for bed in room.beds]),
        BedNight.night >= from_on,
        BedNight.night < until_on,
        BedNight.case_id != case.id,
    )
    others = set(db.session.execute(query.distinct()).scalars())
    family = select(Member.case_id).where(
        Member.case_id.in_(others), Member.household_id == household
    )
    return bool(others - set(db.session.execute(family).scalars()))


def _take(placement: Placement, from_on: date, until_on: date) -> None:
    nights = [from_on + timedelta(days=place) for place in range((until_on - from_on).days)]
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
        message = _(
            "The bed, or this person’s night, was given a moment ago. "
            "Look at the board and choose again."
        )
        raise RuleBroken(message, "bed") from None


def disclosed(by: Actor, case: Case) -> dict[str, Any]:
    """What a house learns: how to call the person, their languages, what care they need."""
    identity = case.identity if allows(by, Permission.IDENTITY_READ, case) else {}
    care = [row.content.get("words", "") for row in records.of_case(case, "care")["care"]]
    return {
        "name": identity.get("call_name") or identity.get("given_names", ""),
        "languages": identity.get("languages", []),
        "care": care,
    }


def release_changed(granted: CaseRelease, by: Someone) -> None:
    """Listens: what a partner's house was told ends with its release.

    The bed stays: whether the person sleeps there is not for a ledger to decide.
    """
    if granted.kind == "shelter" and not granted.stands:
        _forget(granted.reference)


def end_where_not_referred(case: Case, partner_id: int, *, by: Someone) -> None:
    """End what houses of a partner were told, where no shelter referral to it is served now.

    By the releases: houses of a partner are seen by nobody but it, whoever takes a referral back.
    """
    if _referred_to(case, partner_id):
        return
    for key in release.standing_with(case, "shelter", partner_id):
        release.end_of(by=by, kind="shelter", reference=key, because="referral_over")
        _forget(key)


def _forget(key: str) -> None:
    """What was told is blanked: the row of the stay belongs to the house, its words do not."""
    blanked = update(Placement).where(Placement.key == key).values(told_sealed=None)
    db.session.execute(blanked, execution_options={"synchronize_session": "fetch"})


def extend(*, by: Actor, placement: Placement, until_on: date) -> None:
    """A longer or a shorter stay."""
    _staying(placement)
    if until_on <= max(placement.from_on, today() - timedelta(days=1)):
        raise RuleBroken(_("The last morning comes after the first night."), "until_on")
    if until_on > placement.until_on:
        _refuse_closed(placement.bed, until_on, "until_on")
        _take(placement, placement.until_on, until_on)
    else:
        db.session.execute(
            delete(BedNight).where(
                BedNight.placement_id == placement.id, BedNight.night >= until_on
            )
        )
    placement.until_on = until_on
    if granted := release.of("shelter", placement.key):
        release.last_day(granted, until_on, by=by)
    audit.record("stay_changed", subject=placement.key, cases=(placement.case_id,))


def leave(*, by: Actor, placement: Placement, left_on: date, left_to: str) -> None:
    """The person left; the nights from that day on are free again.

    Somebody who left without a word is looked for.
    """
    _staying(placement)
    if not placement.from_on <= left_on <= today():
        raise RuleBroken(_("The day lies between the first night and today."), "left_on")
    db.session.execute(
        delete(BedNight).where(BedNight.placement_id == placement.id, BedNight.night >= left_on)
    )
    placement.left_on = left_on
    placement.left_to = left_to
    PRESENCE.move(placement, "go", by=by)
    release.end_of(by=by, kind="shelter", reference=placement.key, because="left")
    timeline.add(by=by, case=placement.case, kind="left_shelter", compartment="care")
    if left_to == "unknown":
        tasks.add(by=by, case=placement.case, kind="safety", due_on=today())


def _staying(placement: Placement) -> None:
    if placement.left_on is not None:
        raise RuleBroken(_("This stay has ended."))
