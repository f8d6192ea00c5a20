"""Until when a closed case is kept; then ``data_protection.retention`` proposes its erasure."""

from datetime import date

from models import office_settings
from models.base import today
from models.cases import Case
from models.dates import years_after


def kept_until(case: Case) -> date:
    """The day until which a case that is closed today is kept, as its office decides."""
    return years_after(today(), office_settings.of(case.office_id, "retention_years"))
