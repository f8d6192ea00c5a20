"""What a child's case must have before a return, in one place.

A determination that allows it, a guardian, family tracing.
"""

from datetime import date

from flask_babel import lazy_gettext as _l

from casework.casefile.screening import is_child
from casework.core import protection
from models.base import today
from models.cases import Case
from standards.lists import Options

MISSING: Options = (
    ("bid", _l("A best-interests determination that allows the return, still valid")),
    ("guardian", _l("A guardian whose identity and relation were checked")),
    ("tracing", _l("Family tracing, with a result")),
)


def counts_as_child(case: Case) -> bool:
    """Under 18, or an unaccompanied or separated child by the caseworker's word."""
    return is_child(case) or "child" in case.categories


def missing(case: Case, on: date | None = None) -> list[str]:
    """Codes of :data:`MISSING` that keep a child from being returned on a day; none for an adult.

    Opens nothing.
    """
    if not counts_as_child(case):
        return []
    return [code for code, _label in MISSING if not protection.settled(case, code, on or today())]
