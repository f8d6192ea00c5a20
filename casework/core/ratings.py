"""How a case is rated and sorted: the codes that lists ask for, and the same beside the words that
explain them, where each change leaves its history.
"""

from models.cases import Case

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
