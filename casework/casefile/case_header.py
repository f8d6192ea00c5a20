"""The head of a case: what every one of its pages shows before anything else."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.core import consent, search
from casework.records import changes
from casework.records import queries as records
from models.base import db
from models.cases import Case
from models.records import Member
from models.sealed import Unreadable
from standards import lists


def head(actor: Actor, case: Case, section: str) -> dict[str, Any]:
    """What the head of a case shows on every one of its pages."""
    may = {
        name: allows(actor, Permission(f"{name}.read"), case)
        for name in ("identity", "protection", "medical", "legal", "care", "return")
    }
    broken = _broken(case, may, section)
    may |= dict.fromkeys(broken, False)
    identity = case.identity if may["identity"] else {}
    return {
        "case": case,
        "section": section,
        "opens": may,
        "may_edit": allows(actor, Permission.CASE_EDIT, case),
        "may_close": allows(actor, Permission.CASE_CLOSE, case),
        "may_assign": allows(actor, Permission.CASE_ASSIGN, case),
        "may_review": allows(actor, Permission.CASE_REVIEW, case),
        "may_history": allows(actor, Permission.TRAIL_OF_CASE, case),
        "name": search.display_name(case) if may["identity"] else "",
        "identity": identity,
        "consents": consent.summary(case),
        "contact_rule": contact_rule(case) if may["identity"] else {},
        "counted": records.counts(actor, case),
        "in_household": db.session.execute(
            select(Member.household_id).where(Member.case_id == case.id)
        ).scalar(),
        "unreadable": [lists.label(lists.COMPARTMENTS, name) for name in broken],
    }


def contact_rule(case: Case) -> Mapping[str, Any]:
    """How the person may be reached; empty where nothing was agreed."""
    found = changes.current(case, "safe_contact")
    try:
        rule = found.content if found else {}
    except Unreadable:
        return {}
    return rule


def _broken(case: Case, may: dict[str, bool], section: str) -> list[str]:
    """The sections this page of a case reads that were altered where they lie: named, so that the rest of the case stays readable."""
    found = []
    for name in (
        ("identity", "protection") if section in {"overview", "protection"} else ("identity",)
    ):
        try:
            if may[name]:
                getattr(case, name)
        except Unreadable:
            audit.record("unreadable", subject=f"{case.number} {name}", cases=(case.id,))
            found.append(name)
    return found
