"""Conditions of returns alone (:mod:`access.conditions` has those of all records)."""

from typing import Any

from sqlalchemy import select

from access.actors import Actor
from access.conditions import _in_time, _one_of
from access.told import is_told
from models.base import db
from models.cases import Case
from models.returns import Return
from models.states import HandoverState, Sets


def nobody_receives(_actor: Actor, record: Any) -> Any:
    """Nobody in the country of return receives: the sending mission goes on by itself."""
    return _one_of(record.handover, (HandoverState.KEPT,))


def sender_is_told(_actor: Actor, referral: Any) -> Any:
    """The mission that sent the referral has the case, or is still told of it by a handover."""
    told = select(Return).where(
        Return.case_id == referral.case_id,
        Return.receiving_id == referral.office_id,
        Return.handover.in_(Sets.HANDOVER_SHARED),
        _in_time(Return),
    )
    if isinstance(referral, type):
        has_it = select(Case.id).where(
            Case.id == referral.case_id,  # type: ignore[attr-defined]
            Case.office_id == referral.office_id,  # type: ignore[attr-defined]
        )
        return has_it.exists() | told.exists()
    if referral.case.office_id == referral.office_id:
        return True
    return any(
        is_told(each, "handover", referral.office_id)
        for each in db.session.execute(told).unique().scalars()
    )
