"""Figures of work: how fast partners answer, who has how much to do, what is due, what is missing,
what money did. All cases, no kind of person.

They count work and not kinds of people, so they are exact; they are for those who run it, not for
publication.
"""

from reporting.tables.operations.answers import partners
from reporting.tables.operations.load import caseload
from reporting.tables.operations.money import funds
from reporting.tables.operations.quality import faulty, quality
from reporting.tables.operations.shelter import shelter
from reporting.tables.operations.spans import Span, offices_of
from reporting.tables.operations.visits import follow_ups

__all__ = [
    "Span",
    "caseload",
    "faulty",
    "follow_ups",
    "funds",
    "offices_of",
    "partners",
    "quality",
    "shelter",
]
