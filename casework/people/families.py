"""Families and groups: cases that belong together. Each keeps its own access; who is related how is sealed with the identity."""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import func, select

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.core import timeline
from models.base import db
from models.cases import Case
from models.records import Household, Member
from models.rules import RuleBroken

MOST = 30


@dataclass(frozen=True)
class Relative:
    """A member as the one who asks may see them: without a name where the case is not theirs to open."""

    case: Case
    relation: str
    opens: bool
    name: str


def household_of(case: Case) -> Household | None:
    """The household of a case."""
    return db.session.execute(
        select(Household).join(Member).where(Member.case_id == case.id)
    ).scalar_one_or_none()


def join(*, by: Actor, case: Case, other: Case, relation: str) -> Household:
    """Put ``other`` into the household of ``case`` as ``relation``; the household is made where there is none."""
    if other.id == case.id:
        raise RuleBroken(_("This is the same case."), "number")
    if case.office_id != other.office_id:
        raise RuleBroken(
            _(
                "A family or group is kept by one office. Ask for the other case to be handed over first."
            ),
            "number",
        )
    household = household_of(case) or _begin(by, case)
    standing = household_of(other)
    if standing is not None:
        here = standing.id == household.id
        raise RuleBroken(
            _("They are together already.")
            if here
            else _("The other case is in another family or group. Take it out there first."),
            "number",
        )
    if _size(household) >= MOST:
        raise RuleBroken(
            _(
                "A family or group has %(most)s people at most. A larger movement is a manifest.",
                most=MOST,
            ),
            "number",
        )
    _add(household, other, relation)
    timeline.add(by=by, case=other, kind="joined_household", compartment="identity")
    return household


def _begin(by: Actor, case: Case) -> Household:
    household = Household(office_id=case.office_id)
    db.session.add(household)
    db.session.flush()
    _add(household, case, "head")
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


def leave(*, by: Actor, case: Case) -> None:
    """Take a person out; a household of one is none."""
    member = (
        db.session.execute(select(Member).where(Member.case_id == case.id))
        .unique()
        .scalar_one_or_none()
    )
    if member is None:
        raise RuleBroken(_("They are in no family or group."))
    household_id = member.household_id
    db.session.delete(member)
    db.session.flush()
    timeline.add(by=by, case=case, kind="left_household", compartment="identity")
    rest = list(
        db.session.execute(select(Member).where(Member.household_id == household_id))
        .unique()
        .scalars()
    )
    if len(rest) <= 1:
        for last in rest:
            db.session.delete(last)
        db.session.flush()
        db.session.delete(db.session.get_one(Household, household_id))


def members(by: Actor, household: Household) -> list[Relative]:
    """Everybody in a household."""
    query = select(Member).where(Member.household_id == household.id).order_by(Member.id)
    found = []
    for member in db.session.execute(query).unique().scalars():
        opens = allows(by, Permission.IDENTITY_READ, member.case)
        identity = member.case.identity if opens else {}
        name = str(
            identity.get("call_name")
            or " ".join(
                part for part in (identity.get("given_names"), identity.get("family_name")) if part
            )
        )
        found.append(
            Relative(
                member.case, str(member.about.get("relation", "")) if opens else "", opens, name
            )
        )
    return found
