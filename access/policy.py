"""The one map: permission → clauses; a clause allows when all its conditions hold.

What stands nowhere is refused.
"""

from functools import reduce
from operator import and_, or_
from typing import Any

from sqlalchemy import ColumnElement, false
from sqlalchemy.sql.elements import False_

from access import conditions as condition
from access import kept_from, return_conditions, told
from access.actors import Actor
from access.by_token import BY_TOKEN
from access.permissions import Permission as P  # noqa: N817 -- stands in every line of the map
from access.permissions import Role
from models.witnessed import stands

Clause = tuple[condition.Condition, ...]

_own = (condition.owns_case, condition.caseworker_of_office)
_team = (condition.in_team_of_case, condition.caseworker_of_office)
_supervisor = (condition.supervises_office,)
_health = (condition.health_officer_of_office,)
_legal = (condition.legal_officer_of_office,)
_inspects = (condition.system_task("inspection"),)
_files = (condition.system_task("filing"),)
_emergency = (condition.has_emergency_access,)
_shelters = (condition.shelters_the_person,)
_staff_refers = (condition.sent_the_referral, condition.mission_staff_of_office)
# What it was handed over itself it reads by a referral of it no longer than that stands.
_staff_reads = (*_staff_refers, return_conditions.sender_is_told)
_sender_reads = (condition.supervises_sender, return_conditions.sender_is_told)
_brings_in = (condition.system_task("import", "demo"),)
_caseworkers: list[Clause] = [_own, _team, _supervisor]
_field = (Role.CASEWORKER, Role.SUPERVISOR)
_of_others = (condition.another_asked, condition.is_about_another)
_installation: list[Clause] = [
    (condition.administers_all,),
    (condition.system_task("command", "demo"),),
]
_counts = condition.works_as(Role.MANAGER, Role.SUPERVISOR)

GRANTS: dict[P, list[Clause]] = {
    P.ACCOUNT_USE: [(condition.is_signed_in,)],
    P.WORK_SEE: [(condition.is_signed_in,)],
    P.CASE_REGISTER: [(condition.works_as(*_field),), _brings_in],
    P.CALLER_LIST: [(condition.works_as(*_field),)],
    P.CALLER_OPEN: [(condition.works_in_office,)],
    P.CASE_IMPORT: [(condition.works_as(*_field),)],
    P.CASE_LIST: [(condition.works_as(*_field, Role.HEALTH, Role.LEGAL),)],
    P.CASE_OPEN: [*_caseworkers, _health, _legal, _brings_in, _emergency],
    P.CASE_EDIT: [*_caseworkers, _brings_in],
    P.CASE_CLOSE: [_own, _supervisor, _brings_in],
    P.CASE_ASSIGN: [_supervisor],
    P.CASE_REVIEW: [_supervisor],
    P.CASE_TRANSFER: [_own, _supervisor],
    P.CASE_COPY: [_own, _supervisor, _health, _legal],
    P.TRANSFER_ANSWER: [(condition.is_offered_to,), (condition.supervises_offered_office,)],
    P.APPROVAL_DECIDE: [(condition.supervises_asker, condition.asked_by_another)],
    P.TEAM_SEE: [(condition.works_as(Role.SUPERVISOR),)],
    P.SHELTER_LIST: [(condition.works_as(*_field, Role.HEALTH, Role.SHELTER),)],
    P.SHELTER_PLACE: _caseworkers,
    P.SHELTER_OPEN: [(condition.keeps_house,), (condition.places_in_house,)],
    P.SHELTER_RUN: [(condition.keeps_house,)],
    P.TRAIL_OF_CASE: [_own, _supervisor, (condition.works_as(Role.PROTECTION),)],
    P.IDENTITY_READ: [*_caseworkers, _health, _legal, _emergency, _inspects],
    P.IDENTITY_WRITE: [*_caseworkers, _brings_in, _inspects],
    P.PROTECTION_READ: [*_caseworkers, _emergency, _inspects, _files],
    P.PROTECTION_WRITE: [*_caseworkers, _brings_in, _inspects, _files],
    P.MEDICAL_READ: [_health, _inspects],
    P.MEDICAL_WRITE: [_health, _inspects],
    P.LEGAL_READ: [_legal, _inspects],
    P.LEGAL_WRITE: [_legal, _inspects],
    P.CARE_READ: [*_caseworkers, _health, _legal, _shelters, _emergency, _inspects],
    P.CARE_WRITE: [*_caseworkers, _health, _brings_in, _inspects],
    P.RETURN_READ: [*_caseworkers, _files],
    P.RETURN_WRITE: [*_caseworkers, _files],
    P.REFERRAL_LIST: [(condition.works_as(*_field, Role.PARTNER, Role.ORIGIN),)],
    P.REFERRAL_SEND: [_own, _team, _supervisor],
    P.REFERRAL_OPEN: [
        (condition.office_refers,),
        _staff_refers,
        (
            condition.works_for_partner,
            condition.not_ended,
            condition.within_answer_time,
            condition.release_in_time,
        ),
    ],
    P.REFERRAL_RELEASED: [
        (condition.office_refers, condition.works_on_its_case),
        _sender_reads,
        _staff_reads,
        # Before the answer the partner sees a card only: need, urgency, language, age band.
        (condition.works_for_partner, condition.is_in_service, condition.release_in_time),
        _files,
    ],
    P.REFERRAL_RELEASE: [
        (condition.office_refers, condition.works_on_its_case),
        _sender_reads,
        _staff_reads,
    ],
    P.REFERRAL_ANSWER: [
        (
            condition.works_for_partner,
            condition.awaits_answer,
            condition.within_answer_time,
            condition.release_in_time,
        )
    ],
    P.REFERRAL_SERVE: [
        (condition.works_for_partner, condition.is_in_service, condition.release_in_time)
    ],
    P.REFERRAL_REPORT: [
        (condition.office_refers, condition.works_on_its_case, condition.not_ended),
        (*_sender_reads, condition.not_ended),
        (*_staff_reads, condition.not_ended),
    ],
    P.REFERRAL_NOTE: [
        (condition.works_for_partner, condition.is_in_service, condition.release_in_time),
        (condition.office_refers, condition.works_on_its_case, condition.is_in_service),
        (*_sender_reads, condition.is_in_service),
        (*_staff_reads, condition.is_in_service),
    ],
    P.REFERRAL_TALK: [
        (condition.office_refers, condition.works_on_its_case, condition.not_ended),
        (*_sender_reads, condition.not_ended),
        (*_staff_reads, condition.not_ended),
        (condition.works_for_partner, condition.awaits_answer, condition.within_answer_time),
        (condition.works_for_partner, condition.is_in_service, condition.release_in_time),
        _files,
    ],
    P.REFERRAL_LINK: [
        (condition.office_refers, condition.works_on_its_case, condition.not_ended),
        (*_sender_reads, condition.not_ended),
        (*_staff_reads, condition.not_ended),
    ],
    P.REFERRAL_FEEDBACK: [(condition.office_refers,)],
    P.REFERRAL_FILE: [_files],
    P.REFERRAL_LOG: [(condition.works_as(Role.PARTNER),)],
    P.PATHWAY_SEE: [(condition.works_as(*_field, Role.HEALTH, Role.LEGAL, Role.PARTNER),)],
    P.INWARD_SEND: [(condition.works_as(Role.PARTNER),)],
    P.INWARD_LIST: [(condition.works_as(*_field, Role.PARTNER),)],
    P.INWARD_OPEN: [(condition.office_refers,), (condition.works_for_partner,)],
    P.INWARD_TELL: [(condition.works_for_partner, condition.awaits_answer)],
    P.INWARD_TOLD: [(condition.office_refers, condition.awaits_answer)],
    P.INWARD_ANSWER: [(condition.office_refers, condition.awaits_answer)],
    P.PARTNER_KEEP: [(condition.works_in_partner,)],
    P.MESSAGE_RESEND: [(condition.administers_all,)],
    P.REFERRAL_REVOKE: [
        (condition.office_refers, condition.works_on_its_case, condition.not_ended),
        (condition.supervises_sender, condition.not_ended),
        (*_staff_refers, condition.not_ended),
    ],
    P.RETURN_LIST: [(condition.works_as(*_field, Role.ORIGIN),)],
    P.RETURN_START: _caseworkers,
    P.RETURN_OPEN: [
        (condition.works_for_sender, condition.works_on_its_case),
        (condition.works_for_receiver, condition.was_handed_over),
        (condition.works_for_transit, condition.handover_accepted, condition.is_under_way),
    ],
    P.RETURN_TRANSIT: [
        (condition.works_for_transit, condition.handover_accepted, condition.is_under_way)
    ],
    P.RETURN_JOURNEY: [
        (condition.works_for_sender, condition.works_on_its_case),
        (condition.works_for_receiver, condition.was_handed_over),
        (condition.works_for_transit, condition.handover_accepted, condition.is_under_way),
        _files,
    ],
    P.RETURN_TALK: [
        (condition.works_for_sender, condition.works_on_its_case, condition.was_handed_over),
        (condition.works_for_receiver, condition.was_handed_over),
        _files,
    ],
    P.RETURN_APPROVE: [
        (condition.supervises_receiver, condition.planned_by_another),
        (condition.works_as(Role.MANAGER), condition.planned_by_another),
    ],
    P.APPROVAL_LIST: [(condition.works_as(Role.ORIGIN, Role.SUPERVISOR, Role.MANAGER),)],
    P.MOVEMENT_LIST: [(condition.works_as(*_field),)],
    P.MOVEMENT_RUN: [(condition.works_in_office,)],
    P.RETURN_PREPARE: [(condition.works_for_sender, condition.works_on_its_case)],
    P.RETURN_RECEIVE: [
        (condition.works_for_receiver, condition.was_handed_over),
        (
            condition.works_for_sender,
            condition.works_on_its_case,
            return_conditions.nobody_receives,
        ),
        _files,
    ],
    P.RETURN_PAPERS: [
        (condition.works_for_sender, condition.works_on_its_case),
        (condition.works_for_receiver, condition.was_handed_over),
        _inspects,
    ],
    P.RETURN_KEEP_PAPER: [
        (condition.works_for_receiver, condition.was_handed_over),
        (
            condition.works_for_sender,
            condition.works_on_its_case,
            return_conditions.nobody_receives,
        ),
        _inspects,
    ],
    P.RETURN_RELEASED: [
        (condition.works_for_sender, condition.works_on_its_case),
        (condition.works_for_receiver, condition.was_handed_over),
    ],
    P.RETURN_RELEASE: [(condition.works_for_sender, condition.works_on_its_case)],
    P.FUND_LIST: [(condition.works_as(*_field, Role.MANAGER),)],
    P.FUND_ASK: _caseworkers,
    P.FUND_SEE: [(condition.asks_for_office,), (condition.works_as(Role.MANAGER),)],
    P.FUND_APPROVE: [
        (condition.supervises_asker, condition.asked_by_another, condition.not_answered_by_them),
        (
            condition.works_as(Role.MANAGER),
            condition.asked_by_another,
            condition.not_answered_by_them,
        ),
    ],
    P.FUND_SPEND: [(condition.asks_for_office,)],
    P.REFERRAL_COST: [
        (condition.office_refers, condition.works_on_its_case),
        (condition.supervises_sender,),
    ],
    P.OPERATION_LIST: [(condition.works_as(Role.CASEWORKER, Role.SUPERVISOR, Role.MANAGER),)],
    P.OPERATION_BEGIN: [(condition.works_as(Role.CASEWORKER, Role.SUPERVISOR),)],
    P.OPERATION_SEE: [(condition.works_in_office,), (condition.works_as(Role.MANAGER),)],
    P.OPERATION_RUN: [(condition.works_in_office,)],
    P.ADVANCE_ANSWER: [
        (
            condition.works_as(Role.MANAGER),
            condition.asked_by_another,
            condition.not_answered_by_them,
        )
    ],
    P.ADVANCE_BOOK: [(condition.works_as(Role.MANAGER),)],
    P.FUND_KEEP: [(condition.works_as(Role.MANAGER),)],
    P.FUND_CORRECT: [(condition.works_as(Role.MANAGER), condition.written_by_another)],
    P.STATISTICS_READ: [(_counts,)],
    P.STATISTICS_PUBLISH: [(condition.works_as(Role.MANAGER),)],
    P.DATA_EXPORT: [(_counts,)],
    P.WAREHOUSE_READ: [(condition.works_as(Role.MANAGER),)],
    P.RELEASE_LIST: [(condition.works_as(Role.MANAGER, Role.PROTECTION),)],
    P.RELEASE_ASK: [(condition.works_as(Role.MANAGER),)],
    P.RELEASE_APPROVE: [
        (
            condition.works_as(Role.MANAGER, Role.PROTECTION),
            condition.asked_by_another,
            condition.not_approved_by_them,
        )
    ],
    P.TRAIL_READ: [(condition.works_as(Role.PROTECTION),)],
    P.ALERT_READ: [(condition.works_as(Role.PROTECTION),)],
    P.PERSON_MERGE: _caseworkers,
    P.ERASURE_LIST: [(condition.works_as(Role.PROTECTION, Role.SUPERVISOR),)],
    P.ERASURE_ASK: [_supervisor],
    P.ERASURE_DECIDE: [(condition.works_as(Role.PROTECTION), condition.erasure_asked_by_another)],
    P.READING_LIST: [(condition.works_as(Role.PROTECTION, Role.SUPERVISOR),)],
    P.READING_SEE: [
        (condition.works_as(Role.PROTECTION),),
        (condition.supervises_that_office,),
    ],
    P.REQUEST_LIST: [(condition.works_as(Role.PROTECTION, Role.SUPERVISOR),)],
    P.REQUEST_RECEIVE: [*_caseworkers, (condition.works_as(Role.PROTECTION),)],
    P.REQUEST_SEE: [(condition.works_on_its_case,), (condition.works_as(Role.PROTECTION),)],
    P.REQUEST_ANSWER: [
        (condition.supervises_its_office,),
        (condition.works_as(Role.PROTECTION),),
    ],
    P.BLOCK_SET: [_supervisor],
    P.CUT_OFF_LIST: [
        (condition.works_as(Role.PROTECTION, Role.SUPERVISOR, Role.CASEWORKER, Role.ORIGIN),)
    ],
    P.CUT_OFF_MAKE: [
        (condition.works_as(Role.PROTECTION),),
        (condition.supervises_all,),
    ],
    P.CUT_OFF_END: [
        (condition.works_as(Role.PROTECTION), condition.another_asked),
        (condition.supervises_all, condition.another_asked),
    ],
    P.SESSIONS_END: [(condition.works_in_same_office, condition.is_another)],
    P.EMERGENCY_ASK: [(condition.works_as(*_field, Role.HEALTH),)],
    P.EMERGENCY_REVIEW: [(condition.works_as(Role.PROTECTION), condition.used_by_another)],
    P.EMERGENCY_LIST: [(condition.works_as(Role.SUPERVISOR, Role.PROTECTION),)],
    P.EMERGENCY_ALLOW: [
        (condition.supervises_its_office, condition.used_by_another),
        (condition.works_as(Role.PROTECTION), condition.used_by_another),
    ],
    P.USER_LIST: [(condition.works_as(Role.ADMINISTRATOR),)],
    P.USER_MANAGE: [
        (
            condition.works_as(Role.ADMINISTRATOR),
            condition.administers_person,
            condition.is_another,
        ),
        (condition.system_task("command", "demo"),),
    ],
    P.SYSTEM_SEE: [(condition.administers_all,)],
    P.ORGANISATION_LIST: [(condition.works_as(Role.ADMINISTRATOR),)],
    P.ORGANISATION_OPEN: _installation,
    P.ORGANISATION_CHANGE: [(condition.administers_organisation,), *_installation],
    P.ORGANISATION_CLOSE: _installation,
    P.OFFICE_KEYS_SEE: [
        (condition.administers_organisation,),
        (condition.works_as(Role.PROTECTION),),
        *_installation,
    ],
    P.OFFICE_KEYS_ENTER: [(condition.works_as(Role.PROTECTION), condition.another_asked)],
    P.ACCESS_LIST: [
        (condition.works_as(Role.ADMINISTRATOR, Role.SUPERVISOR, Role.PROTECTION),),
    ],
    P.ACCESS_SEE: [
        (condition.is_about_them,),
        (condition.works_as(Role.PROTECTION),),
        (condition.supervises_that_office,),
        (condition.administers_office,),
        (condition.works_as(Role.SUPERVISOR), condition.is_of_a_partner),
        (condition.administers_all,),
    ],
    P.ACCESS_DECIDE: [
        (condition.works_as(Role.PROTECTION), *_of_others),
        (condition.supervises_that_office, condition.is_of_an_office, *_of_others),
        (condition.administers_all, condition.is_of_headquarters, *_of_others),
    ],
}


# What overseers do with a case whoever it is kept from: nobody blinds them by keeping it from them.
OVERSIGHT = frozenset({P.TRAIL_OF_CASE, P.EMERGENCY_REVIEW, P.EMERGENCY_ALLOW, P.ERASURE_DECIDE})


class Refused(Exception):
    """The one who acts may not do this. Shown like something that does not exist."""

    def __init__(self, permission: P) -> None:
        self.permission = permission
        super().__init__(permission.value)


def allows(actor: Actor, permission: P, subject: Any = None) -> bool:
    """Whether ``actor`` may do this to ``subject`` (a record, or None where the permission has no
    subject). To a row that somebody else wrote nobody may anything (:mod:`models.witnessed`).
    """
    if (actor.forced and subject is not None) or not stands(subject):
        return False
    if permission not in OVERSIGHT and kept_from.is_blocked(actor, subject):
        return False
    if actor.only is not None and permission not in actor.only:
        return False
    return any(
        all(bool(holds(actor, subject)) for holds in clause) for clause in GRANTS[permission]
    ) and told.is_shown(actor, subject)


def require(actor: Actor, permission: P, subject: Any = None) -> None:
    """Raise :class:`Refused` unless :func:`allows`."""
    if not allows(actor, permission, subject):
        raise Refused(permission)


def visible(actor: Actor, permission: P, model: type) -> ColumnElement[bool]:
    """The same rule as a WHERE clause: which records of ``model`` the actor may."""
    if actor.forced or (actor.only is not None and permission not in actor.only):
        return false()
    ways = reduce(
        or_,
        (reduce(and_, (holds(actor, model) for holds in clause)) for clause in GRANTS[permission]),
    )
    if not actor.blocked or permission in OVERSIGHT:
        return ways
    return and_(ways, kept_from.outside_blocks(actor, model))


def visible_by_clause(actor: Actor, permission: P, model: type) -> list[ColumnElement[bool]]:
    """The same rule as one WHERE clause for each way of being allowed, those that can hold alone:
    each can use an index of its own.
    """
    if actor.forced or (actor.only is not None and permission not in actor.only):
        return []
    clauses = [[holds(actor, model) for holds in clause] for clause in GRANTS[permission]]
    if actor.blocked and permission not in OVERSIGHT:
        clauses = [[*clause, kept_from.outside_blocks(actor, model)] for clause in clauses]
    return [
        reduce(and_, clause)
        for clause in clauses
        if not any(part is false() or isinstance(part, False_) for part in clause)
    ]


def undecided() -> list[str]:
    """What nobody decided on: permissions granted to nobody, clauses that would open everything,
    and permissions that say nothing of tokens.

    Start refuses while there are any.
    """
    missing = [permission.value for permission in P if not GRANTS.get(permission)]
    open_ = [
        permission.value
        for permission, clauses in GRANTS.items()
        if any(not clause for clause in clauses)
    ]
    return (
        missing
        + open_
        + [f"{permission.value} by token" for permission in P if permission not in BY_TOKEN]
    )
