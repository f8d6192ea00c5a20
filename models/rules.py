"""A rule of the field says no: the one exception that page, API, job and import all answer in
words.
"""

from typing import Any


class RuleBroken(Exception):
    """A rule of the field says no.

    ``field`` names the form field it stands next to, where there is one.
    """

    def __init__(self, message: Any, field: str = "_form") -> None:
        self.message = message
        self.field = field
        super().__init__(type(self).__name__)


class NotPossible(RuleBroken):
    """The record is in a state in which this cannot be done."""


class NoOffice(RuleBroken):
    """Somebody who works for several offices has to say for which: never the first by itself."""

    def __init__(self, message: Any) -> None:
        super().__init__(message, "office")


class Undecided(RuleBroken):
    """Somebody has to answer ``field`` first; ``candidates`` is what they choose from."""

    def __init__(self, message: Any, field: str, candidates: list[dict[str, Any]]) -> None:
        self.candidates = candidates
        super().__init__(message, field)
