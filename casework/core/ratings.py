"""How a case is rated and sorted: the codes that lists ask for, and the same beside the words that
explain them, where each change leaves its history.
"""

from collections.abc import Collection, Hashable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import select

from access.actors import Actor
from casework.core import gathered, timeline
from models import office_settings
from models.base import db, now
from models.cases import Case, Event
from models.rules import stated

RISKY = frozenset({"high", "extreme"})
LOWERED = "risk_lowered"
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
        timeline.add(by=by, case=case, kind=LOWERED)


def lowered(case: Case) -> Event | None:
    """When, and by whom, the risk of a case was last rated lower than high; what lies longer back
    than any office asks about is not looked for.
    """
    return gathered.answer("lowered", case.id, case.id, lambda: lowered_of([case.id]).get(case.id))


def lowered_of(case_ids: Collection[int]) -> dict[Hashable, Event]:
    """The same of many cases, for :mod:`casework.core.gathered`."""
    since = now() - timedelta(days=office_settings.REGISTRY["lowered_days"].most or 0)
    query = select(Event).where(Event.case_id.in_(case_ids), Event.at > since)
    rows = db.session.execute(query.order_by(Event.at, Event.id)).unique().scalars()
    return {event.case_id: event for event in rows if event.kind == LOWERED}


def lowered_lately(case: Case) -> Event | None:
    """The same, where it is not longer ago than the office asks a second person about."""
    found = lowered(case)
    days = office_settings.of(case.office_id, "lowered_days")
    return found if found is not None and found.at > now() - timedelta(days=days) else None


@stated("case: close")
def is_risky(case: Case) -> bool:
    """A case counts as one of high risk for a month after it was rated lower: nobody lowers it and
    does alone, in the same hour, what takes two.

    Source: ours.
    """
    if case.risk in RISKY:
        return True
    lowered = timeline.newest(case, LOWERED)
    return lowered is not None and lowered.at > now() - LATELY
