"""What nobody did who is known: into the trail, which only grows, as far as that tells anything."""

from access import audit
from accounts import throttle


def note(deed: str, *, subject: str = "", user_id: int | None = None) -> None:
    """Write it: of one address so many in ten minutes, then that there were more from there."""
    count = throttle.count_noted()
    if count == throttle.MOST_NOTED:
        subject = "and more from there"
    if count <= throttle.MOST_NOTED:
        audit.append([audit.AuditEntry("nobody", deed, user_id=user_id, subject=subject)])
