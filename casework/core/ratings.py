"""How a case is rated and sorted: the codes that lists ask for, and the same beside the words that
explain them, where each change leaves its history.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from access.actors import Actor
from casework.core import timeline
from models.base import now
from models.cases import Case
from models.rules import stated

RISKY = frozenset({"high", "extreme"})
LATELY = timedelta(days=30)
IDENTIFIED = frozenset({"possible", "actual"})


def identify(case: Case, decision: str) -> None:
    """The person is presumed or identified as a victim of trafficking, or not: the category follows
    the decision, both ways.
    """
    case.trafficking_status = decision
    others = [code for code in case.categories if code != "trafficking"]
    after = [*others, "trafficking"] if decision in IDENTIFIED else others
    if set(after) != set(case.categories):
        rate(case, categories=after)


def rate(case: Case, *, risk: str | None = None, categories: list[str] | None = None) -> None:
    """Set one or both; what stood before stays in the history of the section."""
    if risk is not None:
        case.risk = risk
    if categories is not None:
        case.categories = categories
    case.protection = {**case.protection, "risk": case.risk, "categories": list(case.categories)}


@contextmanager
def noted(*, by: Actor, case: Case) -> Iterator[None]:
    """Within it a case is rated; that it is of no high risk any more is an entry of its own."""
    before = case.risk
    yield
    if before in RISKY and case.risk not in RISKY:
        timeline.add(by=by, case=case, kind="risk_lowered")


@stated("case: close")
def is_risky(case: Case) -> bool:
    """A case counts as one of high risk for a month after it was rated lower: nobody lowers it and
    does alone, in the same hour, what takes two.

    Source: ours.
    """
    if case.risk in RISKY:
        return True
    lowered = timeline.newest(case, "risk_lowered")
    return lowered is not None and lowered.at > now() - LATELY
