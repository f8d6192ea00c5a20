"""Exceptions to the map, each with a reason and an end: a case kept from somebody, a case opened in
an emergency.
"""

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Role
from casework.core import release
from models import numbers
from models.base import db, now
from models.cases import Case
from models.data_protection import Block, Emergency
from models.people import Organisation, User
from models.rules import RuleBroken
from models.states import CaseStatus
from notifications import outbox
from web.links import link

HOURS = 4
BRAKE = timedelta(hours=24)  # within which another case needs a supervisor's yes


def block(*, by: Actor, case: Case, reason: str, email: str = "", organisation: str = "") -> Block:
    """Keep ``case`` from one person or one organisation, whatever their roles; it ends with their
    next click.
    """
    user, place = _whom(email, organisation)
    _refuse_block(by, case, user, place)
    kept_from = Block(
        case_id=case.id,
        user_id=user.id if user else None,
        organisation_id=place.id if place else None,
        reason=reason,
        by_id=by.id,
    )
    if _is_in_force(kept_from):
        raise RuleBroken(_("This is in force already."), "email")
    db.session.add(kept_from)
    audit.record("blocked", subject=_named(kept_from), cases=(case.id,))
    _tell_of_block(by, case, "case.blocked")
    if place is not None:  # what it was told ends with it, by whichever way it came to it
        db.session.flush()
        release.settle_person(case, by=by)
    return kept_from


def _named(block: Block) -> str:
    if block.user_id is not None:
        return f"user {block.user_id}"
    return f"organisation {block.organisation_id}"


def _tell_of_block(by: Actor, case: Case, event: str) -> None:
    """Whoever oversees, and whoever holds the case, hears that it is kept from somebody, and that
    it is so no longer.
    """
    owner = [case.owner] if case.owner is not None else []
    recipients = {user.id: user for user in [*outbox.officers(), *owner] if user.id != by.id}
    outbox.post(
        event,
        reference=outbox.occurrence("B", case.id),
        path=link("trail.of_case", case),
        to=recipients.values(),
    )


def _whom(email: str, organisation: str) -> tuple[User | None, Organisation | None]:
    """The person or the organisation that was named; raises unless it is exactly one."""
    named = select(User).where(User.email == email.strip().lower())
    user = db.session.execute(named).scalar_one_or_none() if email else None
    place = db.session.get(Organisation, int(organisation)) if organisation.isdecimal() else None
    if (user is None) == (place is None):
        raise RuleBroken(
            _("Give one: the e-mail of a person with an account, or an organisation."), "email"
        )
    return user, place


def _refuse_block(by: Actor, case: Case, user: User | None, place: Organisation | None) -> None:
    """Whoever holds a case, or keeps it from others, is not kept from it."""
    if user is not None and user.id in {case.owner_id, by.id}:
        raise RuleBroken(_("Hand the case to somebody else first."), "email")
    if place is not None and place.id == case.office_id:
        raise RuleBroken(_("This mission has the case."), "organisation")
    if place is not None and place.kind == "headquarters":
        raise RuleBroken(_("Headquarters oversee every case. Name a person."), "organisation")
    if user is not None and _is_needed(user, case):
        raise RuleBroken(
            _("Nobody else would oversee this case: it cannot be kept from them."), "email"
        )


def _is_needed(user: User, case: Case) -> bool:
    """Whether somebody is a data protection officer, or the last other supervisor of the case."""
    if user.id in {officer.id for officer in outbox.officers()}:
        return True
    kept_from = select(Block.user_id).where(Block.case_id == case.id, Block.user_id.is_not(None))
    blocked = set(db.session.execute(kept_from).scalars())
    supervisors = {one.id for one in outbox.people_of(case.office_id, Role.SUPERVISOR)}
    return user.id in supervisors and not supervisors - blocked - {user.id}


def _is_in_force(wanted: Block) -> bool:
    same = select(Block.id).where(
        Block.case_id == wanted.case_id,
        Block.user_id == wanted.user_id,
        Block.organisation_id == wanted.organisation_id,
    )
    return db.session.execute(same).first() is not None


def unblock(*, by: Actor, case: Case, block: str) -> None:
    """End the block of ``case`` whose row id was sent; what is no id ends nothing."""
    ended = db.session.get(Block, int(block) if block.isdecimal() else 0)
    if ended is None or ended.case_id != case.id:
        return
    db.session.delete(ended)
    db.session.flush()
    audit.record("unblocked", subject=_named(ended), cases=(case.id,))
    _tell_of_block(by, case, "case.unblocked")


def blocks(case: Case) -> list[Block]:
    """Who is kept from a case."""
    return list(
        db.session.execute(
            select(Block).where(Block.case_id == case.id).order_by(Block.id)
        ).scalars()
    )


def open_in_emergency(*, by: Actor, number: str, reason: str, words: str) -> Emergency:
    """Open one case to the one who asks, for hours.

    Supervisors of the case's mission and data protection officers are told at once. While another
    one of theirs waits for its review, or was within a day, it opens when a supervisor says yes.
    """
    assert by.id is not None
    case = _findable(by, numbers.tidy(number))
    if by.id == case.owner_id or case.id in by.emergency:
        raise RuleBroken(_("You have this case open already."), "number")
    needs_yes = _had_another(by.id)
    opened = Emergency(case=case, user_id=by.id, reason=reason, needs_yes=needs_yes, ends_at=now())
    if not needs_yes:
        opened.ends_at = now() + timedelta(hours=HOURS)
    db.session.add(opened)
    db.session.flush()
    opened.words = words
    deed = "emergency_asked" if needs_yes else "emergency_access"
    audit.record(deed, subject=reason, cases=(case.id,))
    db.session.flush()
    _tell(by, opened, "emergency.asked" if needs_yes else "emergency.opened")
    return opened


def _had_another(user_id: int) -> bool:
    """Whether an emergency of theirs waits for its review or was within a day."""
    within_a_day = Emergency.at > now() - BRAKE
    query = select(Emergency.id).where(
        Emergency.user_id == user_id, Emergency.reviewed_at.is_(None) | within_a_day
    )
    return db.session.execute(query.with_for_update().limit(1)).first() is not None


def allow(*, by: Actor, emergency: Emergency) -> None:
    """A supervisor says yes to another case at once; the hours begin now."""
    if not emergency.waits_for_yes:
        raise RuleBroken(_("This was answered already."))
    if by.id == emergency.user_id:
        raise RuleBroken(_("Somebody else must say yes."))
    emergency.allowed_by_id = by.id
    emergency.ends_at = now() + timedelta(hours=HOURS)
    audit.record("emergency_access", subject=emergency.reason, cases=(emergency.case_id,))
    _tell(by, emergency, "emergency.opened")
    outbox.post(
        "emergency.allowed",
        reference=f"EM-{emergency.id}",
        path=link("casefile.show", emergency.case),
        to=[emergency.user],
        urgent=True,
    )


def _findable(by: Actor, number: str) -> Case:
    """The case of that number, unless it was erased or is kept from ``by``."""
    query = select(Case).where(Case.number == number, Case.status != CaseStatus.ERASED)
    case = db.session.execute(query).scalar_one_or_none()
    if case is None or case.id in by.blocked:
        raise RuleBroken(
            _("There is no case with this number. Check it with the person or their papers."),
            "number",
        )
    return case


def _tell(by: Actor, opened: Emergency, event: str) -> None:
    supervisors = outbox.people_of(opened.case.office_id, Role.SUPERVISOR)
    recipients = {user.id: user for user in [*supervisors, *outbox.officers()] if user.id != by.id}
    outbox.post(
        event,
        reference=f"EM-{opened.id}",
        path=link("data_protection.emergencies"),
        to=recipients.values(),
        urgent=True,
        office=opened.case.office_id,
    )


def review(*, by: Actor, emergency: Emergency, finding: str, words: str) -> None:
    """Judge an emergency access of somebody else, in words; what was not justified ends now, and
    the supervisors of whoever used it are told.
    """
    if emergency.reviewed_at is not None:
        raise RuleBroken(_("This has been reviewed already."))
    emergency.finding_words = words
    emergency.reviewed_by_id = by.id
    emergency.reviewed_at = now()
    emergency.finding = finding
    if finding == "not_justified":
        emergency.ends_at = min(emergency.ends_at, now())
        _tell_supervisors(emergency)
    audit.record("emergency_reviewed", subject=finding, cases=(emergency.case_id,))


def _tell_supervisors(emergency: Emergency) -> None:
    """Of whoever used it: it is theirs to follow up."""
    recipients = {
        user.id: user
        for grant in emergency.user.grants
        for user in outbox.people_of(grant.organisation_id, Role.SUPERVISOR)
        if user.id != emergency.user_id
    }
    outbox.post(
        "emergency.unjustified",
        reference=f"EM-{emergency.id}",
        path=link("notifications.index"),
        to=recipients.values(),
        urgent=True,
    )
