"""How the demo identifies: an interview, a decision, and a second reader of most decisions."""

from datetime import datetime, timedelta
from typing import Any

from casework.casefile import screening
from casework.core import identification, ratings
from casework.records import changes
from casework.records.kinds import KINDS
from demo.acting import acts_as
from models.base import db
from models.cases import Case
from models.people import User

_UNREAD = 5  # one of so many decisions waits for its reader still


def identify(
    moment: datetime, case_id: int, worker: User, boss: User, decision: dict[str, Any]
) -> None:
    """For a victim an interview, then the decision, and somebody else reads it; for others papers
    suffice.
    """
    is_victim = decision["decision"] in ratings.IDENTIFIED
    with acts_as(worker, moment) as by:
        case = db.session.get_one(Case, case_id)
        if is_victim:
            changes.add(by=by, case=case, kind=KINDS["interview"], given=_interview(case, moment))
        else:
            decision = {**decision, "without_interview": "papers"}
        screening.decide(by=by, case=case, given=decision)
    if decision["decision"] == "actual" and case_id % _UNREAD:
        with acts_as(boss, moment + timedelta(hours=3)) as by:
            case = db.session.get_one(Case, case_id)
            identification.answer(by=by, case=case, agrees=True, words="Read; it convinces.")


def _interview(case: Case, moment: datetime) -> dict[str, Any]:
    spoken = case.identity.get("languages") or ["fr"]
    return {
        "on": moment.date(),
        "language": spoken[0],
        "interpreter": "room",
        "present": ["guardian"],
        "agreed": "agrees",
        "safe_place": "yes",
        "safe_to_write": "yes",
        "explained": ["purpose", "reads", "free", "help", "breaks"],
        "breaks": "offered",
    }
