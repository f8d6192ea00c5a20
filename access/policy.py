"""The one map: permission → clauses; a clause allows when all its facts hold. What stands nowhere is refused."""

from functools import reduce
from operator import and_, or_
from typing import Any

from sqlalchemy import ColumnElement, false
from sqlalchemy.sql.elements import False_

from access import predicates as fact
from access.actors import Actor
from access.by_token import BY_TOKEN
from access.permissions import Permission as P  # noqa: N817 -- stands in every line of the map
from access.permissions import Role

Clause = tuple[fact.Fact, ...]

_own = (fact.owns_case, fact.caseworker_of_office)
_team = (fact.in_team_of_case, fact.caseworker_of_office)
_supervisor = (fact.supervises_office,)
_health = (fact.health_officer_of_office,)
_legal = (fact.legal_officer_of_office,)
_inspects = (fact.system_task("inspection"),)
_emergency = (fact.has_emergency_access,)
_shelters = (fact.shelters_the_person,)
_staff_refers = (fact.sent_the_referral, fact.mission_staff_of_office)
_brings_in = (fact.system_task("import", "demo"),)
_caseworkers: list[Clause] = [_own, _team, _supervisor]
_field = (Role.CASEWORKER, Role.SUPERVISOR)
_counts = fact.works_as(Role.MANAGER, Role.SUPERVISOR)

GRANTS: dict[P, list[Clause]] = {
    P.ACCOUNT_USE: [(fact.is_signed_in,)],
    P.WORK_SEE: [(fact.is_signed_in,)],
    P.CASE_REGISTER: [(fact.works_as(*_field),), _brings_in],
    P.CASE_IMPORT: [(fact.works_as(*_field),)],
    P.CASE_LIST: [(fact.works_as(*_field, Role.HEALTH, Role.LEGAL),)],
    P.CASE_OPEN: [*_caseworkers, _health, _legal, _brings_in, _emergency],
    P.CASE_EDIT: [*_caseworkers, _brings_in],
    P.CASE_CLOSE: [_own, _supervisor, _brings_in],
    P.CASE_ASSIGN: [_supervisor],
    P.CASE_REVIEW: [_supervisor],
    P.CASE_TRANSFER: [_own, _supervisor],
    P.CASE_COPY: [_own, _supervisor, _health, _legal],
    P.TRANSFER_ANSWER: [(fact.is_offered_to,), (fact.supervises_offered_office,)],
    P.APPROVAL_DECIDE: [(fact.supervises_asker, fact.asked_by_another)],
    P.TEAM_SEE: [(fact.works_as(Role.SUPERVISOR),)],
    P.SHELTER_LIST: [(fact.works_as(*_field, Role.HEALTH, Role.SHELTER),)],
    P.SHELTER_PLACE: _caseworkers,
    P.SHELTER_OPEN: [(fact.keeps_house,), (fact.places_in_house,)],
    P.SHELTER_RUN: [(fact.keeps_house,)],
    P.TRAIL_OF_CASE: [_own, _supervisor, (fact.works_as(Role.PROTECTION),)],
    P.IDENTITY_READ: [*_caseworkers, _health, _legal, _emergency, _inspects],
    P.IDENTITY_WRITE: [*_caseworkers, _brings_in, _inspects],
    P.PROTECTION_READ: [*_caseworkers, _emergency, _inspects],
    P.PROTECTION_WRITE: [*_caseworkers, _brings_in, _inspects],
    P.MEDICAL_READ: [_health, _inspects],
    P.MEDICAL_WRITE: [_health, _inspects],
    P.LEGAL_READ: [_legal, _inspects],
    P.LEGAL_WRITE: [_legal, _inspects],
    P.CARE_READ: [*_caseworkers, _health, _legal, _shelters, _emergency, _inspects],
    P.CARE_WRITE: [*_caseworkers, _health, _brings_in, _inspects],
    P.RETURN_READ: _caseworkers,
    P.RETURN_WRITE: _caseworkers,
    P.REFERRAL_LIST: [(fact.works_as(*_field, Role.PARTNER, Role.ORIGIN),)],
    P.REFERRAL_SEND: [_own, _team, _supervisor],
    P.REFERRAL_OPEN: [(fact.office_refers,), _staff_refers, (fact.works_for_partner, fact.not_ended, fact.within_answer_time)],
    P.REFERRAL_RELEASED: [
        (fact.sent_the_referral, fact.office_refers),
        (fact.supervises_sender,),
        _staff_refers,
        # Before the answer the partner sees a card only: need, urgency, language, age band.
        (fact.works_for_partner, fact.is_in_service, fact.grant_in_force),
    ],
    P.REFERRAL_RELEASE: [(fact.sent_the_referral, fact.office_refers), (fact.supervises_sender,), _staff_refers],
    P.REFERRAL_ANSWER: [(fact.works_for_partner, fact.awaits_answer, fact.within_answer_time)],
    P.REFERRAL_SERVE: [(fact.works_for_partner, fact.is_in_service, fact.grant_in_force)],
    P.REFERRAL_TALK: [
        (fact.sent_the_referral, fact.office_refers, fact.not_ended),
        (fact.supervises_sender, fact.not_ended),
        (*_staff_refers, fact.not_ended),
        (fact.works_for_partner, fact.awaits_answer, fact.within_answer_time),
        (fact.works_for_partner, fact.is_in_service, fact.grant_in_force),
    ],
    P.REFERRAL_LINK: [(fact.sent_the_referral, fact.office_refers, fact.not_ended), (fact.supervises_sender, fact.not_ended)],
    P.REFERRAL_FEEDBACK: [(fact.office_refers,)],
    P.REFERRAL_LOG: [(fact.works_as(Role.PARTNER),)],
    P.PATHWAY_SEE: [(fact.works_as(*_field, Role.HEALTH, Role.LEGAL, Role.PARTNER),)],
    P.INWARD_SEND: [(fact.works_as(Role.PARTNER),)],
    P.INWARD_LIST: [(fact.works_as(*_field, Role.PARTNER),)],
    P.INWARD_OPEN: [(fact.office_refers,), (fact.works_for_partner,)],
    P.INWARD_TELL: [(fact.works_for_partner, fact.awaits_answer)],
    P.INWARD_TOLD: [(fact.office_refers, fact.awaits_answer)],
    P.INWARD_ANSWER: [(fact.office_refers, fact.awaits_answer)],
    P.PARTNER_KEEP: [(fact.works_in_partner,)],
    P.MESSAGE_RESEND: [(fact.administers_all,)],
    P.REFERRAL_REVOKE: [
        (fact.sent_the_referral, fact.office_refers, fact.not_ended),
        (fact.supervises_sender, fact.not_ended),
        (*_staff_refers, fact.not_ended),
    ],
    P.RETURN_LIST: [(fact.works_as(*_field, Role.ORIGIN),)],
    P.RETURN_START: _caseworkers,
    P.RETURN_OPEN: [(fact.works_for_sender,), (fact.works_for_receiver, fact.was_handed_over), (fact.works_for_transit, fact.handover_accepted)],
    P.RETURN_TRANSIT: [(fact.works_for_transit, fact.handover_accepted, fact.is_under_way)],
    P.RETURN_JOURNEY: [
        (fact.works_for_sender,),
        (fact.works_for_receiver, fact.was_handed_over),
        (fact.works_for_transit, fact.handover_accepted, fact.is_under_way),
    ],
    P.RETURN_TALK: [(fact.works_for_sender, fact.was_handed_over), (fact.works_for_receiver, fact.was_handed_over)],
    P.RETURN_APPROVE: [
        (fact.supervises_receiver, fact.planned_by_another),
        (fact.works_for_receiver, fact.planned_by_another),
        (fact.works_as(Role.MANAGER), fact.planned_by_another),
    ],
    P.APPROVAL_LIST: [(fact.works_as(Role.ORIGIN, Role.SUPERVISOR, Role.MANAGER),)],
    P.MOVEMENT_LIST: [(fact.works_as(*_field),)],
    P.MOVEMENT_RUN: [(fact.works_in_office,)],
    P.RETURN_PREPARE: [(fact.works_for_sender,)],
    P.RETURN_RECEIVE: [(fact.works_for_receiver, fact.was_handed_over)],
    P.RETURN_RELEASED: [(fact.works_for_sender,), (fact.works_for_receiver, fact.was_handed_over)],
    P.RETURN_RELEASE: [(fact.works_for_sender,)],
    P.FUND_LIST: [(fact.works_as(*_field, Role.MANAGER),)],
    P.FUND_ASK: _caseworkers,
    P.FUND_SEE: [(fact.asks_for_office,), (fact.works_as(Role.MANAGER),)],
    P.FUND_APPROVE: [
        (fact.supervises_asker, fact.asked_by_another, fact.not_answered_by_them),
        (fact.works_as(Role.MANAGER), fact.asked_by_another, fact.not_answered_by_them),
    ],
    P.FUND_SPEND: [(fact.asks_for_office,)],
    P.FUND_KEEP: [(fact.works_as(Role.MANAGER),)],
    P.FUND_CORRECT: [(fact.works_as(Role.MANAGER), fact.written_by_another)],
    P.STATISTICS_READ: [(_counts,)],
    P.STATISTICS_PUBLISH: [(fact.works_as(Role.MANAGER),)],
    P.DATA_EXPORT: [(_counts,)],
    P.WAREHOUSE_READ: [(fact.works_as(Role.MANAGER),)],
    P.RELEASE_LIST: [(fact.works_as(Role.MANAGER, Role.PROTECTION),)],
    P.RELEASE_ASK: [(fact.works_as(Role.MANAGER),)],
    P.RELEASE_APPROVE: [(fact.works_as(Role.MANAGER, Role.PROTECTION), fact.asked_by_another, fact.not_approved_by_them)],
    P.TRAIL_READ: [(fact.works_as(Role.PROTECTION),)],
    P.ALERT_READ: [(fact.works_as(Role.PROTECTION),)],
    P.PERSON_MERGE: _caseworkers,
    P.ERASURE_LIST: [(fact.works_as(Role.PROTECTION, Role.SUPERVISOR),)],
    P.ERASURE_ASK: [_supervisor],
    P.ERASURE_DECIDE: [(fact.works_as(Role.PROTECTION), fact.erasure_asked_by_another)],
    P.BLOCK_SET: [_supervisor],
    P.EMERGENCY_ASK: [(fact.works_as(*_field, Role.HEALTH),)],
    P.EMERGENCY_REVIEW: [(fact.works_as(Role.PROTECTION), fact.used_by_another)],
    P.USER_LIST: [(fact.works_as(Role.ADMINISTRATOR),)],
    P.USER_MANAGE: [(fact.works_as(Role.ADMINISTRATOR), fact.administers_person, fact.is_another)],
}


class Refused(Exception):
    """The one who acts may not do this. Shown like something that does not exist."""

    def __init__(self, permission: P) -> None:
        self.permission = permission
        super().__init__(permission.value)


def allows(actor: Actor, permission: P, subject: Any = None) -> bool:
    """Whether ``actor`` may do this to ``subject`` (a record, or None where the permission has no subject)."""
    if (actor.only is not None and permission not in actor.only) or fact.is_blocked(actor, subject):
        return False
    return any(all(bool(holds(actor, subject)) for holds in clause) for clause in GRANTS[permission])


def require(actor: Actor, permission: P, subject: Any = None) -> None:
    """Raise :class:`Refused` unless :func:`allows`."""
    if not allows(actor, permission, subject):
        raise Refused(permission)


def visible(actor: Actor, permission: P, model: type) -> ColumnElement[bool]:
    """The same rule as a WHERE clause: which records of ``model`` the actor may."""
    if actor.only is not None and permission not in actor.only:
        return false()
    ways = reduce(or_, (reduce(and_, (holds(actor, model) for holds in clause)) for clause in GRANTS[permission]))
    return and_(ways, fact.outside_blocks(actor, model)) if actor.blocked else ways


def visible_by_clause(actor: Actor, permission: P, model: type) -> list[ColumnElement[bool]]:
    """The same rule as one WHERE clause for each way of being allowed, those that can hold alone: each can use an index of its own."""
    if actor.only is not None and permission not in actor.only:
        return []
    clauses = [[holds(actor, model) for holds in clause] for clause in GRANTS[permission]]
    if actor.blocked:
        clauses = [[*clause, fact.outside_blocks(actor, model)] for clause in clauses]
    return [reduce(and_, clause) for clause in clauses if not any(part is false() or isinstance(part, False_) for part in clause)]


def undecided() -> list[str]:
    """What nobody decided on: permissions granted to nobody, clauses that would open everything, and permissions that say nothing of tokens.

    Start refuses while there are any.
    """
    missing = [permission.value for permission in P if not GRANTS.get(permission)]
    open_ = [permission.value for permission, clauses in GRANTS.items() if any(not clause for clause in clauses)]
    return missing + open_ + [f"{permission.value} by token" for permission in P if permission not in BY_TOKEN]
