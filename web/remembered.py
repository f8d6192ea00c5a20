"""What was remembered (a form that was kept, a page that was shown, an answer to a program) is
given back only to whoever may open now what it is about: a role that ended, a case that went
elsewhere, is kept from them or was erased takes it away too.
"""

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from access.policy import visible
from models.base import db
from models.cases import Case
from models.referrals import Referral
from models.returns import Return
from models.states import CaseStatus

_NAMED = re.compile(r"\b(?:SC|RF|RT)-[0-9A-Z]{8}\b", re.IGNORECASE)


def named_in(*texts: str) -> set[str]:
    """The public numbers of cases, referrals and returns that stand in some texts."""
    return {match.upper() for text in texts for match in _NAMED.findall(text)}


def openable(by: Actor, named: Iterable[str]) -> set[str]:
    """Those of some public numbers whose record the actor may open now. A query for each kind."""
    wanted = sorted(set(named))
    of_cases = [each for each in wanted if each.startswith("SC-")]
    found: set[str] = set()
    if of_cases:
        query = select(Case.number).where(
            Case.number.in_(of_cases),
            Case.status != CaseStatus.ERASED,
            visible(by, Permission.CASE_OPEN, Case),
        )
        found |= set(db.session.execute(query).scalars())
    kinds: tuple[tuple[str, Any, Permission], ...] = (
        ("RF-", Referral, Permission.REFERRAL_OPEN),
        ("RT-", Return, Permission.RETURN_OPEN),
    )
    for prefix, model, permission in kinds:
        if theirs := [each for each in wanted if each.startswith(prefix)]:
            query = select(model.reference).where(
                model.reference.in_(theirs), visible(by, permission, model)
            )
            found |= set(db.session.execute(query).scalars())
    return found


def may_still(by: Actor, named: Iterable[str]) -> bool:
    """Whether the actor may open all of these now."""
    wanted = set(named)
    return openable(by, wanted) == wanted
