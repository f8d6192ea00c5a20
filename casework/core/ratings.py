"""How a case is rated and sorted: the codes that lists ask for, and the same beside the words that
explain them, where each change leaves its history.
"""

from access.actors import Actor
from access.permissions import Role
from casework.core import timeline
from models.cases import Case
from notifications import outbox

HIGH = frozenset({"high", "extreme"})
LOWERED, RAISED = "risk_lowered", "risk_raised"
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


def told(*, by: Actor, case: Case, before: str) -> None:
    """Write down who took a case out of high risk, or into it."""
    was_high, is_so = before in HIGH, case.risk in HIGH
    if was_high != is_so:
        timeline.add(by=by, case=case, kind=RAISED if is_so else LOWERED)


def is_high(case: Case) -> bool:
    """Whether what a high risk asks for is asked: it is high, or was until somebody lowered it who
    does not supervise there. Nobody gets round a second person by another rating.
    """
    if case.risk in HIGH:
        return True
    kind, by_id = timeline.newest(case, LOWERED, RAISED) or ("", None)
    supervisors = {user.id for user in outbox.people_of(case.office_id, Role.SUPERVISOR)}
    return kind == LOWERED and by_id not in supervisors
