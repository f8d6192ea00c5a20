"""Conditions of returns alone (:mod:`access.conditions` has those of all records)."""

from typing import Any

from access.actors import Actor
from access.conditions import _one_of
from models.states import HandoverState


def nobody_receives(_actor: Actor, record: Any) -> Any:
    """Nobody in the country of return receives: the sending mission goes on by itself."""
    return _one_of(record.handover, (HandoverState.KEPT,))
