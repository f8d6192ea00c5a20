"""A rule of the field says no: the one exception that page, API, job and import all answer in
words.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask_babel import ngettext

Rule = TypeVar("Rule", bound=Callable[..., Any])
STATED: list[tuple[str, Callable[..., Any]]] = []  # where a rule stands, and the rule


def stated(where: str) -> Callable[[Rule], Rule]:
    """Name a rule of the field, so that ``docs/rules.md`` has it. ``where``: the deed it guards.

    Its docstring says what it asks; a paragraph that begins with ``Source:`` where that is from,
    one with ``Set aside:`` who can do otherwise, and how.
    """

    def state(rule: Rule) -> Rule:
        if (where, rule) not in STATED:
            STATED.append((where, rule))
        return rule

    return state


def some_of(names: Sequence[str], most: int, between: str = ", ") -> str:
    """The first of some names for a refusal, and how many more there are: nobody mends what they
    are not told of.
    """
    said = between.join(names[:most])
    more = len(names) - most
    if more <= 0:
        return said
    return ngettext("%(names)s and %(num)d more", "%(names)s and %(num)d more", more, names=said)


class RuleBroken(Exception):
    """A rule of the field says no.

    ``field`` names the form field it stands next to, where there is one.
    """

    def __init__(self, message: Any, field: str = "_form") -> None:
        self.message = message
        self.field = field
        super().__init__(type(self).__name__)


class ProofWrong(RuleBroken):
    """What proves who acts (the password once more) was wrong: a try, which counts."""


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
