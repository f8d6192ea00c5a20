"""Until when a referral must be answered, by its urgency, and when the partner is reminded."""

from datetime import datetime, timedelta

from models.referrals import Referral

HOURS = {"emergency": 24, "urgent": 72, "standard": 7 * 24}


def answer_by(urgency: str, sent_at: datetime) -> datetime:
    """Until when the partner must answer."""
    return sent_at + timedelta(hours=HOURS[urgency])


def half_time(referral: Referral) -> datetime:
    """When the partner is reminded."""
    wait: timedelta = referral.answer_by - referral.sent_at
    return referral.sent_at + wait / 2
