"""Conditions of one line.

Given a record each answers yes or no; given its class, the same condition is a WHERE clause.

Conditions are positive: ``!=`` on an empty column is true in Python and unknown in SQL.
"""

from collections.abc import Callable, Collection
from functools import reduce
from operator import or_
from typing import Any

from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import InstrumentedAttribute

from access.actors import Actor
from access.permissions import Role
from models.base import now, today
from models.cases import Case
from models.people import Grant
from models.states import HandoverState, ReferralState, Sets

Condition = Callable[[Actor, Any], Any]


def _one_of(value: Any, allowed: Collection[Any]) -> Any:
    if isinstance(value, InstrumentedAttribute | ColumnElement):
        return value.in_(list(allowed)) if allowed else false()
    return value in allowed


def _fits(subject: Any, truth: bool) -> Any:
    """A condition of the actor alone, in the form that ``subject`` asks for."""
    if isinstance(subject, type):
        return true() if truth else false()
    return truth


def works_as(*roles: Role) -> Condition:
    """Holds one of ``roles`` somewhere."""

    def condition(actor: Actor, subject: Any) -> Any:
        return _fits(subject, actor.holds(*roles))

    condition.__name__ = "works_as_" + "_or_".join(roles)
    condition.__doc__ = (
        "Works as " + " or ".join(role.value.replace("_", " ") for role in roles) + " somewhere."
    )
    return condition


def system_task(*names: str) -> Condition:
    """Is one of these tasks of the system."""

    def condition(actor: Actor, subject: Any) -> Any:
        return _fits(subject, actor.system and actor.name.removeprefix("system:") in names)

    condition.__name__ = "is_system_" + "_or_".join(names)
    condition.__doc__ = "Is a task of the system: " + ", ".join(names) + "."
    return condition


def is_signed_in(actor: Actor, subject: Any) -> Any:
    """Is a person with an account."""
    return _fits(subject, actor.user is not None)


def owns_case(actor: Actor, case: Any) -> Any:
    """Holds the case."""
    return _one_of(case.owner_id, () if actor.id is None else (actor.id,))


def caseworker_of_office(actor: Actor, case: Any) -> Any:
    """Is a caseworker of the mission that has the case."""
    return _one_of(case.office_id, actor.at(Role.CASEWORKER))


def in_team_of_case(actor: Actor, case: Any) -> Any:
    """Works in the team that has the case."""
    return _one_of(case.team_id, actor.teams)


def supervises_office(actor: Actor, case: Any) -> Any:
    """Supervises the mission that has the case."""
    return _one_of(case.office_id, actor.at(Role.SUPERVISOR))


def works_on_its_case(actor: Actor, belonging: Any) -> Any:
    """Works on the case that it belongs to: holds it, is in its team, or supervises its mission."""
    if isinstance(belonging, type):
        mine = select(Case.id).where(_works_on(actor, Case))
        return belonging.case_id.in_(mine)  # type: ignore[attr-defined]
    return _works_on(actor, belonging.case)


def _works_on(actor: Actor, case: Any) -> Any:
    of_office = caseworker_of_office(actor, case)
    return (
        (owns_case(actor, case) & of_office)
        | (in_team_of_case(actor, case) & of_office)
        | supervises_office(actor, case)
    )


def supervises_its_office(actor: Actor, emergency: Any) -> Any:
    """Supervises the mission that has the case it belongs to."""
    if isinstance(emergency, type):
        theirs = select(Case.id).where(supervises_office(actor, Case))
        return emergency.case_id.in_(theirs)  # type: ignore[attr-defined]
    return supervises_office(actor, emergency.case)


def health_officer_of_office(actor: Actor, case: Any) -> Any:
    """Is health officer of the mission that has the case."""
    return _one_of(case.office_id, actor.at(Role.HEALTH))


def legal_officer_of_office(actor: Actor, case: Any) -> Any:
    """Is legal officer of the mission that has the case."""
    return _one_of(case.office_id, actor.at(Role.LEGAL))


def shelters_the_person(actor: Actor, case: Any) -> Any:
    """Keeps the house in which the person sleeps now."""
    return _one_of(case.id, actor.sheltered)


def keeps_house(actor: Actor, facility: Any) -> Any:
    """Is shelter manager or supervisor of the organisation that has the house."""
    return _one_of(facility.organisation_id, actor.at(Role.SHELTER, Role.SUPERVISOR))


def places_in_house(actor: Actor, facility: Any) -> Any:
    """Is caseworker of the organisation that has the house."""
    return _one_of(facility.organisation_id, actor.at(Role.CASEWORKER))


def is_offered_to(actor: Actor, transfer: Any) -> Any:
    """The case is offered to this person."""
    return _one_of(transfer.to_user_id, () if actor.id is None else (actor.id,))


def supervises_offered_office(actor: Actor, transfer: Any) -> Any:
    """Supervises the office the case is offered to."""
    return _one_of(transfer.to_office_id, actor.at(Role.SUPERVISOR))


def office_refers(actor: Actor, referral: Any) -> Any:
    """Is caseworker or supervisor of the mission that sent the referral."""
    return _one_of(referral.office_id, actor.at(Role.CASEWORKER, Role.SUPERVISOR))


def mission_staff_of_office(actor: Actor, referral: Any) -> Any:
    """Is staff of the mission in the country of return that sent it."""
    return _one_of(referral.office_id, actor.at(Role.ORIGIN))


def sent_the_referral(actor: Actor, referral: Any) -> Any:
    """Sent the referral."""
    return _one_of(referral.sent_by_id, () if actor.id is None else (actor.id,))


def supervises_sender(actor: Actor, referral: Any) -> Any:
    """Supervises the mission that sent the referral."""
    return _one_of(referral.office_id, actor.at(Role.SUPERVISOR))


def works_for_partner(actor: Actor, referral: Any) -> Any:
    """Works for the partner that the referral was sent to, and did so then or was shown it."""
    everything = actor.at(Role.PARTNER) - actor.joined.keys()
    ways = [_one_of(referral.partner_id, everything)]
    for partner, since in actor.joined.items():
        ways.append((referral.partner_id == partner) & (referral.sent_at >= since))
    return reduce(or_, ways)


def works_in_partner(actor: Actor, organisation: Any) -> Any:
    """Works for this partner."""
    return _one_of(organisation.id, actor.at(Role.PARTNER))


def awaits_answer(actor: Actor, referral: Any) -> Any:
    """The referral awaits an answer."""
    return _one_of(referral.state, (ReferralState.SENT,))


def is_in_service(actor: Actor, referral: Any) -> Any:
    """The partner accepted and has not ended the service."""
    return _one_of(referral.state, Sets.REFERRAL_SERVING)


def not_ended(actor: Actor, referral: Any) -> Any:
    """The referral has not ended."""
    return _one_of(referral.state, Sets.REFERRAL_LIVE)


def within_answer_time(actor: Actor, referral: Any) -> Any:
    """The time to answer is not over, or it was answered."""
    if isinstance(referral, type):
        return (referral.answer_by > now()) | referral.answered_at.is_not(None)  # type: ignore[attr-defined]
    return referral.answer_by > now() or referral.answered_at is not None


def works_for_sender(actor: Actor, record: Any) -> Any:
    """Is caseworker or supervisor of the sending mission."""
    return _one_of(record.sending_id, actor.at(Role.CASEWORKER, Role.SUPERVISOR))


def works_for_receiver(actor: Actor, record: Any) -> Any:
    """Is staff of the mission in the country of return."""
    return _one_of(record.receiving_id, actor.at(Role.ORIGIN))


def works_for_transit(actor: Actor, record: Any) -> Any:
    """Is staff of the mission that helps on the way."""
    return _one_of(record.transit_id, actor.at(Role.ORIGIN, Role.CASEWORKER, Role.SUPERVISOR))


def supervises_receiver(actor: Actor, record: Any) -> Any:
    """Supervises the mission in the country of return."""
    return _one_of(record.receiving_id, actor.at(Role.SUPERVISOR))


def is_under_way(actor: Actor, record: Any) -> Any:
    """The person has not arrived yet."""
    return _one_of(record.state, Sets.RETURN_UNDER_WAY)


def planned_by_another(actor: Actor, item: Any) -> Any:
    """Somebody else planned it."""
    if isinstance(item, type):
        return item.planned_by_id.is_(None) | (item.planned_by_id != actor.id)  # type: ignore[attr-defined]
    return item.planned_by_id is None or item.planned_by_id != actor.id


def works_in_office(actor: Actor, record: Any) -> Any:
    """Is caseworker or supervisor of the mission it belongs to."""
    return _one_of(record.office_id, actor.at(Role.CASEWORKER, Role.SUPERVISOR))


def was_handed_over(actor: Actor, record: Any) -> Any:
    """The sending mission handed the return over, and the person's consent to it has not ended."""
    return _one_of(record.handover, Sets.HANDOVER_SHARED) & _in_time(record)


def handover_accepted(actor: Actor, record: Any) -> Any:
    """The receiving mission accepted the handover, and the person's consent has not ended."""
    return _one_of(record.handover, (HandoverState.ACCEPTED,)) & _in_time(record)


def asks_for_office(actor: Actor, request: Any) -> Any:
    """Is caseworker or supervisor of the mission that asked, or its staff if it asked at home."""
    at_home = _one_of(request.office_id, actor.at(Role.ORIGIN)) & _one_of(request.at_home, (True,))
    return _one_of(request.office_id, actor.at(Role.CASEWORKER, Role.SUPERVISOR)) | at_home


def supervises_asker(actor: Actor, request: Any) -> Any:
    """Supervises the mission that asked."""
    return _one_of(request.office_id, actor.at(Role.SUPERVISOR))


def asked_by_another(actor: Actor, request: Any) -> Any:
    """Somebody else asked."""
    if isinstance(request, type):
        return request.asked_by_id.is_not(None) & (request.asked_by_id != actor.id)  # type: ignore[attr-defined]
    return request.asked_by_id is not None and request.asked_by_id != actor.id


def not_answered_by_them(actor: Actor, request: Any) -> Any:
    """Has not answered it already."""
    if isinstance(request, type):
        return request.answered_by_id.is_(None) | (request.answered_by_id != actor.id)  # type: ignore[attr-defined]
    return request.answered_by_id is None or request.answered_by_id != actor.id


def not_approved_by_them(actor: Actor, release: Any) -> Any:
    """Has not approved it already."""
    if isinstance(release, type):
        return release.first_by_id.is_(None) | (release.first_by_id != actor.id)  # type: ignore[attr-defined]
    return release.first_by_id is None or release.first_by_id != actor.id


def written_by_another(actor: Actor, entry: Any) -> Any:
    """Somebody else wrote the entry."""
    if isinstance(entry, type):
        return entry.by_id.is_(None) | (entry.by_id != actor.id)  # type: ignore[attr-defined]
    return entry.by_id is None or entry.by_id != actor.id


def has_emergency_access(actor: Actor, case: Any) -> Any:
    """Opened this case as an emergency, and the hours are not over."""
    return _one_of(case.id, actor.emergency)


def release_in_time(actor: Actor, referral: Any) -> Any:
    """The day until which the partner may see has not come."""
    return _in_time(referral)


def _in_time(record: Any) -> Any:
    """Whether what was released is not past its day, whether or not a job has run."""
    if isinstance(record, type):
        return record.access_until.is_(None) | (record.access_until > now())  # type: ignore[attr-defined]
    return record.access_until is None or record.access_until > now()


def erasure_asked_by_another(actor: Actor, erasure: Any) -> Any:
    """Somebody else, or the retention job, asked."""
    if isinstance(erasure, type):
        return erasure.asked_by_id.is_(None) | (erasure.asked_by_id != actor.id)  # type: ignore[attr-defined]
    return erasure.asked_by_id is None or erasure.asked_by_id != actor.id


def used_by_another(actor: Actor, emergency: Any) -> Any:
    """Somebody else used it."""
    return emergency.user_id != actor.id


def administers_person(actor: Actor, user: Any) -> Any:
    """Is administrator of every organisation in which this person works; at the headquarters, of
    everybody.
    """
    mine = actor.at(Role.ADMINISTRATOR)
    if actor.administers_all:
        return _fits(user, True)
    if isinstance(user, type):
        theirs = select(Grant.id).where(Grant.user_id == user.id)  # type: ignore[attr-defined]
        return (
            theirs.where(Grant.organisation_id.in_(mine)).exists()
            & ~theirs.where(Grant.organisation_id.not_in(mine)).exists()
        )
    if user is None:  # an account not made yet: the verb checks its organisation
        return bool(mine)
    places = {grant.organisation_id for grant in user.grants}
    return bool(places) and places <= mine


def administers_organisation(actor: Actor, organisation: Any) -> Any:
    """Is administrator of this organisation."""
    return _one_of(organisation.id, actor.at(Role.ADMINISTRATOR))


def administers_all(actor: Actor, subject: Any) -> Any:
    """Is administrator at the headquarters."""
    return _fits(subject, actor.administers_all)


def supervises_all(actor: Actor, subject: Any) -> Any:
    """Supervises at the headquarters."""
    return _fits(subject, bool(actor.at(Role.SUPERVISOR) & actor.headquarters))


def works_in_same_office(actor: Actor, user: Any) -> Any:
    """Works in an office in which that person works."""
    mine = frozenset().union(*actor.by_role.values())
    if isinstance(user, type):
        theirs = select(Grant.id).where(Grant.user_id == user.id)  # type: ignore[attr-defined]
        standing = Grant.ends_on.is_(None) | (Grant.ends_on >= today())
        return theirs.where(Grant.organisation_id.in_(mine), standing).exists()
    return any(grant.organisation_id in mine for grant in user.grants if grant.in_force)


def is_another(actor: Actor, user: Any) -> Any:
    """It is another person's account, or a new one."""
    if isinstance(user, type):
        return user.id != actor.id  # type: ignore[attr-defined]
    return user is None or user.id != actor.id


def is_about_them(actor: Actor, change: Any) -> Any:
    """It is about their own account."""
    return _one_of(change.user_id, () if actor.id is None else (actor.id,))


def is_about_another(actor: Actor, change: Any) -> Any:
    """It is about somebody else's account."""
    return change.user_id != actor.id


def another_asked(actor: Actor, change: Any) -> Any:
    """Somebody else asked for it, or the operator of the machine."""
    return erasure_asked_by_another(actor, change)


def supervises_that_office(actor: Actor, change: Any) -> Any:
    """Supervises the office it is about."""
    return _one_of(change.office_id, actor.at(Role.SUPERVISOR))


def is_of_a_partner(actor: Actor, change: Any) -> Any:
    """It is about people of a partner."""
    return _one_of(change.partner, (True,))


def administers_office(actor: Actor, change: Any) -> Any:
    """Is administrator of the office it is about."""
    return _one_of(change.office_id, actor.at(Role.ADMINISTRATOR))


def is_of_an_office(actor: Actor, change: Any) -> Any:
    """It opens one office and not all."""
    return _one_of(change.headquarters, (False,))


def is_of_headquarters(actor: Actor, change: Any) -> Any:
    """It is about the headquarters, an administrator or a data protection officer."""
    return _one_of(change.headquarters, (True,))
