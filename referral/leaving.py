"""What is left of a referral when it ends: what the partner noted of its services, and the thread.

It goes into the case of the office that referred; of what the mission in the country of return
referred, into the return, which is that mission's file.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.core import filing
from models.base import db, now
from models.referrals import Referral
from models.returns import Return


def file(referral: Referral) -> None:
    """Put it away; to be called while the referral's own key is there."""
    if referral.own_key is None:
        return
    if referral.is_of_case_office:
        filing.put_away(referral, lambda: _gathered(referral))
        return
    with filing.filing(referral.case_id):
        return_ = return_of(referral)
        gathered = _gathered(referral)
        if return_ is not None and gathered:
            return_.reports = {**return_.reports, referral.reference: gathered}


def return_of(referral: Referral) -> Return | None:
    """The return under which a mission referred, as long as its handover stands."""
    query = select(Return).where(
        Return.case_id == referral.case_id,
        Return.receiving_id == referral.office_id,
        Return.own_key.is_not(None),
    )
    found = db.session.execute(query.order_by(Return.id.desc()).limit(1))
    return found.unique().scalar_one_or_none()


def _gathered(referral: Referral) -> dict[str, Any]:
    """Notes of services and the thread, each with who and when; nothing where neither is there."""
    said: dict[str, Any] = {
        "notes": dict(referral.answer),
        "thread": list(referral.thread.get("items", [])),
    }
    return said | {"at": now().isoformat()} if any(said.values()) else {}


def left(actor: Actor, referral: Referral) -> Mapping[str, Any]:
    """What was put away, for whoever may read where it lies; nothing for others."""
    if referral.own_key is not None:
        return {}
    if referral.is_of_case_office:
        may_read = allows(actor, Permission.PROTECTION_READ, referral.case)
        return next(iter(filing.left(referral)), {}) if may_read else {}
    return_ = return_of(referral)
    if return_ is None or not allows(actor, Permission.RETURN_RECEIVE, return_):
        return {}
    found: Mapping[str, Any] = return_.reports.get(referral.reference, {})
    return found
