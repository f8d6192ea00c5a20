"""When a person wants to be told: at once, once a day, never by mail; not in their quiet hours,
unless it is urgent.
"""

from datetime import datetime, time, timedelta, tzinfo

from models.base import now, zone_of
from models.people import User

DIGEST_AT = time(7, 30)


def due(user: User, *, urgent: bool) -> datetime | None:
    """When a mail to ``user`` may leave; None for never.

    What is urgent leaves at once, whatever they chose.
    """
    at = now()
    if urgent:
        return at
    if user.mail_when == "never":
        return None
    local = at.astimezone(_zone(user))
    if user.mail_when == "digest":
        return _next(local, DIGEST_AT)
    return _after_quiet(local, user)


def sms_due(user: User, *, urgent: bool) -> datetime | None:
    """When an SMS to ``user`` may leave; None for never.

    Only what is urgent comes in quiet hours.
    """
    if user.phone_sealed is None or not (
        user.sms_when == "always" or (user.sms_when == "urgent" and urgent)
    ):
        return None
    return now() if urgent else _after_quiet(now().astimezone(_zone(user)), user)


def _zone(user: User) -> tzinfo:
    """Their own choice, else that of their organisation."""
    return zone_of(user.timezone or user.zone_of_work)


def _next(local: datetime, clock: time) -> datetime:
    today = local.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    return today if today > local else today + timedelta(days=1)


def _after_quiet(local: datetime, user: User) -> datetime:
    """``local``, or the end of the quiet hours it lies in. Quiet hours may go over midnight."""
    if not user.quiet_from or not user.quiet_to:
        return local
    start = time.fromisoformat(user.quiet_from)
    end = time.fromisoformat(user.quiet_to)
    clock = local.time()
    inside = start <= clock < end if start <= end else clock >= start or clock < end
    return _next(local, end) if inside and start != end else local
