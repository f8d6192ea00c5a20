"""The table of wrong rules, by subject."""

from tests.mutation.change import Change
from tests.mutation.changes import casework, guarding, offices, returning

CHANGES: list[Change] = [*guarding.CHANGES, *casework.CHANGES, *returning.CHANGES, *offices.CHANGES]
