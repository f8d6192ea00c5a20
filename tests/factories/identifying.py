"""Steps of an identification: an interview that was held, a decision, a second reader."""

from typing import Any

from casework.casefile import screening
from casework.core import identification
from casework.records import changes
from casework.records.kinds import KINDS
from models.base import today
from models.cases import Case
from models.people import User
from models.records import Record
from tests import factories

WHOLE: dict[str, Any] = {
    "act": ["recruitment"],
    "means": ["deception"],
    "purpose": ["labour"],
    "decided_by": "own",
    "reason": "Two interviews.",
}


def interview(house: factories.World, case: Case, **changed: Any) -> Record:
    """An interview, held as it should be; a part that is None is left out."""
    given = {
        "on": today(),
        "language": "fr",
        "interpreter": "room",
        "agreed": "agrees",
        "safe_place": "yes",
        **changed,
    }
    return kept(house, case, "interview", **given)


def kept(house: factories.World, case: Case, kind: str, **given: Any) -> Record:
    """A record of a kind, through its form."""
    loaded = (
        KINDS[kind]
        .schema()
        .load({name: _sent(value) for name, value in given.items() if value is not None})
    )
    with factories.acts(house.caseworker) as by:
        return changes.add(by=by, case=factories.anew(case), kind=KINDS[kind], given=loaded)


def _sent(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def decide(
    house: factories.World, case: Case, decision: str, who: User | None = None, **changed: Any
) -> None:
    """A decision with all elements, unless ``changed`` says otherwise."""
    with factories.acts(who or house.caseworker) as by:
        given = {**WHOLE, "decision": decision, **changed}
        screening.decide(by=by, case=factories.anew(case), given=given)


def second(house: factories.World, case: Case, who: User, *, agrees: bool = True) -> None:
    """What a second reader says."""
    with factories.acts(who) as by:
        words = "" if agrees else "It does not convince."
        identification.answer(by=by, case=factories.anew(case), agrees=agrees, words=words)


def standing(case: Case) -> tuple[str, bool]:
    """What counts: the status, and whether the category is there."""
    stands = factories.anew(case)
    return stands.trafficking_status, "trafficking" in stands.categories
