"""Until when a closed case is kept; then ``data_protection.retention`` proposes its erasure."""

from datetime import date

from models.base import today
from models.dates import years_after

RETAIN_YEARS = 10


def kept_until() -> date:
    """The day until which a case that is closed today is kept."""
    return years_after(today(), RETAIN_YEARS)
