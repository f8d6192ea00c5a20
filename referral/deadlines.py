"""Until when a referral must be answered, by its urgency, and when the partner is reminded."""

from datetime import datetime, timedelta

from models import office_settings
from models.referrals import Referral


def answer_by(urgency: str, sent_at: datetime, office_id: int) -> datetime:
    """Until when it must be answered, as the mission's office decides for each urgency."""
    return sent_at + timedelta(hours=office_settings.of(office_id, f"answer_{urgency}"))


def half_time(referral: Referral) -> datetime:
    """When the partner is reminded."""
    wait: timedelta = referral.answer_by - referral.sent_at
    return referral.sent_at + wait / 2
