"""The life cycle of a referral, as a table. Pure: takes what it needs, touches nothing."""

from datetime import datetime, timedelta

NEXT = {
    ("sent", "accept"): "accepted",
    ("sent", "decline"): "declined",
    ("sent", "expire"): "expired",
    ("sent", "revoke"): "revoked",
    ("accepted", "serve"): "in_service",
    ("accepted", "complete"): "completed",
    ("accepted", "revoke"): "revoked",
    ("in_service", "serve"): "in_service",
    ("in_service", "complete"): "completed",
    ("in_service", "revoke"): "revoked",
}
ENDED = frozenset({"declined", "expired", "revoked", "completed"})
HOURS = {"emergency": 24, "urgent": 72, "standard": 7 * 24}


class NotPossible(Exception):
    """The referral is in a state in which this cannot be done."""


def after(state: str, verb: str) -> str:
    """The state that ``verb`` leads to; raises :class:`NotPossible`."""
    try:
        return NEXT[state, verb]
    except KeyError:
        raise NotPossible(f"{verb} when {state}") from None


def answer_by(urgency: str, sent_at: datetime) -> datetime:
    """Until when the partner must answer."""
    return sent_at + timedelta(hours=HOURS[urgency])
