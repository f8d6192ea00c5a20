"""The head of a case: what every one of its pages shows before anything else."""

from collections.abc import Mapping
from typing import Any, TypedDict

from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.core import ages, consent_standing, held_ages, search
from casework.records import changes
from casework.records import queries as records
from models.base import db
from models.cases import Case
from models.records import Member
from models.sealed import Unreadable
from models.states import CASE
from standards import lists

_READ = ("identity", "protection", "medical", "legal", "care", "return")


class Permits(TypedDict):
    """What the one who reads a case may do to it as it stands."""

    may_edit: bool
    may_work: bool
    may_close: bool
    may_reopen: bool
    may_assign: bool
    may_review: bool
    may_history: bool
    may_guard: bool
    may_change_identity: bool
    in_emergency: bool


class CaseHead(Permits):
    """What the head of a case shows, with what may be done."""

    case: Case
    section: str
    opens: dict[str, bool]
    is_about_child: bool
    is_held_as_child: bool
    adulthood_was_refused: bool
    name: str
    identity: Mapping[str, Any]
    consents: list[consent_standing.Standing]
    contact_rule: Mapping[str, Any]
    counted: Mapping[str, int]
    in_household: int | None
    unreadable: list[str]


def head(actor: Actor, case: Case, section: str) -> CaseHead:
    """What the head of a case shows on the page of a ``section``."""
    opens = {name: allows(actor, Permission(f"{name}.read"), case) for name in _READ}
    broken = _broken(case, opens, section)
    opens |= dict.fromkeys(broken, False)
    return {
        "case": case,
        "section": section,
        "opens": opens,
        **_permits(actor, case),
        "is_about_child": ages.counts_as_child(case),
        "is_held_as_child": held_ages.is_held(case),
        "adulthood_was_refused": held_ages.was_refused(case),
        "name": search.display_name(case) if opens["identity"] else "",
        "identity": case.identity if opens["identity"] else {},
        "consents": consent_standing.summary(case),
        "contact_rule": contact_rule(case) if opens["identity"] else {},
        "counted": records.counts(actor, case),
        "in_household": db.session.execute(
            select(Member.household_id).where(Member.case_id == case.id)
        ).scalar(),
        "unreadable": [lists.label(lists.COMPARTMENTS, name) for name in broken],
    }


def _permits(actor: Actor, case: Case) -> Permits:
    """What the actor may do, by the policy and by the life cycle of the case."""
    may_edit = allows(actor, Permission.CASE_EDIT, case)
    closes = allows(actor, Permission.CASE_CLOSE, case)
    return {
        "may_edit": may_edit,
        "may_work": may_edit and case.is_active,
        "may_close": closes and CASE.can(case, "close"),
        "may_reopen": closes and CASE.can(case, "reopen"),
        "may_assign": allows(actor, Permission.CASE_ASSIGN, case) and case.is_active,
        "may_review": allows(actor, Permission.CASE_REVIEW, case),
        "may_history": allows(actor, Permission.TRAIL_OF_CASE, case),
        "may_guard": allows(actor, Permission.BLOCK_SET, case),
        "may_change_identity": allows(actor, Permission.IDENTITY_WRITE, case) and case.is_active,
        "in_emergency": case.id in actor.emergency,
    }


def contact_rule(case: Case) -> Mapping[str, Any]:
    """How the person may be reached; empty where nothing was agreed, or it cannot be opened."""
    agreed = changes.current(case, "safe_contact")
    try:
        return agreed.content if agreed else {}
    except Unreadable:
        return {}


def _broken(case: Case, opens: dict[str, bool], section: str) -> list[str]:
    """The sections this page reads that were altered where they lie.

    They are named and noted, so that the rest of the case stays readable.
    """
    altered = []
    names = ("identity", "protection")
    for name in names if section in {"overview", "protection"} else names[:1]:
        try:
            if opens[name]:
                getattr(case, name)
        except Unreadable:
            audit.record("unreadable", subject=f"{case.number} {name}", cases=(case.id,))
            altered.append(name)
    return altered
