"""Until when a closed case is kept; then ``data_protection.retention`` proposes its erasure."""

from datetime import date, timedelta

from models.base import today

RETAIN_YEARS = 10


def kept_until() -> date:
    """The day until which a case that is closed today is kept."""
    return today() + timedelta(days=365 * RETAIN_YEARS)
