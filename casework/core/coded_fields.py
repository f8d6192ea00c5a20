"""What statistics count of a case beyond the codes that stand in the clear.

Age, and the lists of the account, sealed as the case's profile. Learnt where the identity or the
account is written, in the same transaction, so that counting never opens a compartment.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from models.cases import Case
from models.dates import whole_years
from standards import palermo

LISTS = ("act", "control", "recruitment", "industry", "division", "sexual_exploitation")


def learn_identity(case: Case, identity: Mapping[str, Any]) -> None:
    """Keep the age in whole years on the day the case was opened; none where no birth is known."""
    _keep(case, {"age": age_of(identity.get("birth"), case.opened_on)})


def learn_account(case: Case, account: Mapping[str, Any]) -> None:
    """Keep what the account ticks of the standard's lists, and who recruited."""
    case.exploitation = list(account.get("exploitation") or [])
    _keep(
        case,
        {
            **{name: list(account.get(name) or []) for name in LISTS},
            "control": palermo.control_of(account),
            "relation": account.get("relation") or "",
        },
    )


def _keep(case: Case, part: dict[str, Any]) -> None:
    before = case.profile
    after = {**before, **part}
    if after != before:
        case.profile = after


def age_of(birth: dict[str, Any] | None, on: date) -> int | None:
    """Whole years on a day, as statistics count them; rules ask :mod:`casework.core.ages`.

    A year or a month alone counts from its middle, an age from the day it was told: before that
    day it is lower by whole years only.
    """
    if not birth:
        return None
    if "age" in birth:
        told = date.fromisoformat(birth["on"])
        return max(0, int(birth["age"]) + whole_years(told, on) - whole_years(on, told))
    middle = 15 if birth.get("month") else 1
    born = date(birth["year"], birth.get("month") or 7, birth.get("day") or middle)
    return whole_years(born, on)


def sealed_identity(person: dict[str, Any]) -> dict[str, Any]:
    """What of an identity form goes into the compartment: all of it, the fields that stand in codes
    too, so that a change of theirs has its history and is seen by whoever changes the same.
    """
    return {name: value for name, value in person.items() if name not in {"revision", "corrected"}}
