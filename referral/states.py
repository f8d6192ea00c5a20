"""Until when a referral must be answered, by its urgency. Its life cycle is :data:`models.states.REFERRAL`."""

from datetime import datetime, timedelta

HOURS = {"emergency": 24, "urgent": 72, "standard": 7 * 24}


def answer_by(urgency: str, sent_at: datetime) -> datetime:
    """Until when the partner must answer."""
    return sent_at + timedelta(hours=HOURS[urgency])
