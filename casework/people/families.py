"""Families and groups: cases that belong together.

Each keeps its own access; who is related how is sealed with the identity.
"""

from collections.abc import Hashable
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import func, select

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.core import timeline
from casework.core.search import display_name
from models import numbers, taking_back
from models.base import db
from models.cases import Case
from models.records import Household, Member
from models.rules import RuleBroken

MOST = 30


@dataclass(frozen=True)
class Relative:
    """A member as the one who asks may see them: nameless where the case is not theirs to open."""

    case: Case
    relation: str
    opens: bool
    name: str


def household_of(case: Case) -> Household | None:
    """The household of a case."""
    return db.session.execute(
        select(Household).join(Member).where(Member.case_id == case.id)
    ).scalar_one_or_none()


def other_case(number: str) -> Case:
    """The case that somebody names to join.

    Raises where there is none; more is asked at joining.
    """
    query = select(Case).where(Case.number == numbers.tidy(number))
    case = db.session.execute(query).scalar_one_or_none()
    if case is None:
        raise _not_theirs()
    return case


def _not_theirs() -> RuleBroken:
    """The same words for a case that is not there and one that is not theirs."""
    return RuleBroken(_("There is no such case, or it is not yours to change."), "number")


def join(*, by: Actor, case: Case, other: Case, relation: str) -> Household:
    """Put ``other`` into the household of ``case`` as ``relation``; it is made where there is none.

    Raises :class:`models.rules.RuleBroken` where the other case is not the actor's to change or
    another office's, where it is in a household already, and where there are too many.
    """
    _refuse_strangers(by, case, other)
    household = household_of(case) or _begin(by, case)
    _put_in(by, household, other, relation)
    return household


def _put_in(by: Actor, household: Household, other: Case, relation: str) -> None:
    _refuse_joined(household, other)
    if _size(household) >= MOST:
        message = _(
            "A family or group has %(most)s people at most. A larger movement is a manifest.",
            most=MOST,
        )
        raise RuleBroken(message, "number")
    _add(household, other, relation)
    timeline.add(by=by, case=other, kind="joined_household", compartment="identity")


def come_back(
    *, by: Actor, case: Case, number: str, relation: str, as_left: str, theirs: str = "head"
) -> None:
    """Put ``case`` back to the one with ``number`` as what it was there: what :func:`leave` gave.

    Where the household went with it, it is made again, the other one in it as ``theirs``. Raises
    :class:`models.taking_back.ChangedSince` where somebody came to those who stayed, or left them,
    since; else as :func:`join`.
    """
    other = other_case(number)
    _refuse_strangers(by, case, other)
    taking_back.only_as_left(as_left, *_stand(case), *_stand(other))
    household = household_of(other) or _begin(by, other, theirs)
    _put_in(by, household, case, relation)


def _stand(case: Case) -> tuple[Hashable, ...]:
    """With whom a case is, and in which household; a number of one that went may be used again."""
    mine = select(Member.household_id).where(Member.case_id == case.id)
    query = select(Member).where(Member.household_id.in_(mine)).order_by(Member.id)
    rows = db.session.execute(query).unique().scalars()
    return tuple((row.household_id, row.id, row.case_id) for row in rows)


def _refuse_strangers(by: Actor, case: Case, other: Case) -> None:
    if not allows(by, Permission.IDENTITY_WRITE, other):
        raise _not_theirs()
    if other.id == case.id:
        raise RuleBroken(_("This is the same case."), "number")
    if case.office_id != other.office_id:
        message = _(
            "A family or group is kept by one office. "
            "Ask for the other case to be handed over first."
        )
        raise RuleBroken(message, "number")


def _refuse_joined(household: Household, other: Case) -> None:
    standing = household_of(other)
    if standing is None:
        return
    if standing.id == household.id:
        raise RuleBroken(_("They are together already."), "number")
    message = _("The other case is in another family or group. Take it out there first.")
    raise RuleBroken(message, "number")


def _begin(by: Actor, case: Case, relation: str = "head") -> Household:
    household = Household(office_id=case.office_id)
    db.session.add(household)
    db.session.flush()
    _add(household, case, relation)
    timeline.add(by=by, case=case, kind="joined_household", compartment="identity")
    return household


def _add(household: Household, case: Case, relation: str) -> None:
    member = Member(household=household, case=case)
    db.session.add(member)
    db.session.flush()
    member.about = {"relation": relation}


def _size(household: Household) -> int:
    return int(
        db.session.execute(
            select(func.count()).select_from(Member).where(Member.household_id == household.id)
        ).scalar()
        or 0
    )


def leave(*, by: Actor, case: Case) -> dict[str, str]:
    """Take a person out; a household of one is none. Gives what :func:`come_back` takes to undo it,
    as far as the actor may change one who stays; else nothing.
    """
    member = (
        db.session.execute(select(Member).where(Member.case_id == case.id))
        .unique()
        .scalar_one_or_none()
    )
    if member is None:
        raise RuleBroken(_("They are in no family or group."))
    household_id, relation = member.household_id, str(member.about.get("relation", ""))
    db.session.delete(member)
    db.session.flush()
    timeline.add(by=by, case=case, kind="left_household", compartment="identity")
    rest = list(
        db.session.execute(select(Member).where(Member.household_id == household_id))
        .unique()
        .scalars()
    )
    left = _way_back(by, relation, rest)
    if len(rest) <= 1:
        for last in rest:
            db.session.delete(last)
        db.session.flush()
        db.session.delete(db.session.get_one(Household, household_id))
        db.session.flush()
    if left:
        stand = (*_stand(case), *_stand(other_case(left["number"])))
        left[taking_back.FIELD] = taking_back.mark(*stand)
    return left


def _way_back(by: Actor, relation: str, rest: list[Member]) -> dict[str, str]:
    """To one of those who stay."""
    theirs = (each for each in rest if allows(by, Permission.IDENTITY_WRITE, each.case))
    first = next(theirs, None)
    if first is None:
        return {}
    return {
        "number": first.case.number,
        "relation": relation,
        "theirs": str(first.about.get("relation", "")),
    }


def members(by: Actor, household: Household) -> list[Relative]:
    """Everybody in a household, each as far as the one who asks may see them."""
    query = select(Member).where(Member.household_id == household.id).order_by(Member.id)
    return [_relative(by, member) for member in db.session.execute(query).unique().scalars()]


def _relative(by: Actor, member: Member) -> Relative:
    if not allows(by, Permission.IDENTITY_READ, member.case):
        return Relative(member.case, "", opens=False, name="")
    relation = str(member.about.get("relation", ""))
    return Relative(member.case, relation, opens=True, name=display_name(member.case))
