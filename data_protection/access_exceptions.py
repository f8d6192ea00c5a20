"""Exceptions to the map, each with a reason and an end: a case kept from somebody, a case opened in an emergency."""

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, select

from access import audit
from access.actors import Actor
from access.permissions import Role
from models.base import db, now
from models.cases import Case
from models.data_protection import Block, Emergency
from models.people import Organisation, User
from models.rules import RuleBroken
from models.states import CaseStatus
from notifications import outbox

HOURS = 4


def block(*, by: Actor, case: Case, reason: str, email: str = "", organisation: str = "") -> Block:
    """Keep ``case`` from one person or one organisation, whatever their roles; it ends with their next click."""
    user = (
        db.session.execute(
            select(User).where(User.email == email.strip().lower())
        ).scalar_one_or_none()
        if email
        else None
    )
    place = db.session.get(Organisation, int(organisation)) if organisation.isdecimal() else None
    if (user is None) == (place is None):
        raise RuleBroken(
            _("Give one: the e-mail of a person with an account, or an organisation."), "email"
        )
    if user is not None and user.id in {case.owner_id, by.id}:
        raise RuleBroken(_("Hand the case to somebody else first."), "email")
    if place is not None and place.id == case.office_id:
        raise RuleBroken(_("This mission has the case."), "organisation")
    made = Block(
        case_id=case.id,
        user_id=user.id if user else None,
        organisation_id=place.id if place else None,
        reason=reason,
        by_id=by.id,
    )
    same = select(Block.id).where(
        Block.case_id == case.id,
        Block.user_id == made.user_id,
        Block.organisation_id == made.organisation_id,
    )
    if db.session.execute(same).first():
        raise RuleBroken(_("This is in force already."), "email")
    db.session.add(made)
    audit.record(
        "blocked",
        subject=f"user {user.id}" if user else f"organisation {place.id if place else ''}",
        cases=(case.id,),
    )
    return made


def unblock(*, by: Actor, case: Case, number: int) -> None:
    """End a block."""
    db.session.execute(delete(Block).where(Block.id == number, Block.case_id == case.id))
    audit.record("unblocked", cases=(case.id,))


def blocks(case: Case) -> list[Block]:
    """Who is kept from a case."""
    return list(
        db.session.execute(
            select(Block).where(Block.case_id == case.id).order_by(Block.id)
        ).scalars()
    )


def open_in_emergency(*, by: Actor, number: str, reason: str) -> Emergency:
    """Open one case to the one who asks, for hours. Supervisors of the case's mission and data protection officers are told at once."""
    case = db.session.execute(
        select(Case).where(Case.number == number, Case.status != CaseStatus.ERASED)
    ).scalar_one_or_none()
    if case is None or case.id in by.blocked:
        raise RuleBroken(
            _("There is no case with this number. Check it with the person or their papers."),
            "number",
        )
    assert by.id is not None
    made = Emergency(
        case=case, user_id=by.id, reason=reason, ends_at=now() + timedelta(hours=HOURS)
    )
    db.session.add(made)
    audit.record("emergency_access", subject=reason, cases=(case.id,))
    told = {
        user.id: user
        for user in [*outbox.people_of(case.office_id, Role.SUPERVISOR), *outbox.officers()]
        if user.id != by.id
    }
    db.session.flush()
    outbox.post(
        "emergency.opened",
        reference=f"EM-{made.id}",
        path="/notices",
        to=told.values(),
        urgent=True,
    )
    return made


def review(*, by: Actor, emergency: Emergency, finding: str) -> None:
    """Judge an emergency access of somebody else; access that was not justified ends now."""
    if emergency.reviewed_at is not None:
        raise RuleBroken(_("This has been reviewed already."))
    emergency.reviewed_by_id, emergency.reviewed_at, emergency.finding = by.id, now(), finding
    if finding == "not_justified":
        emergency.ends_at = min(emergency.ends_at, now())
    audit.record("emergency_reviewed", subject=finding, cases=(emergency.case_id,))
