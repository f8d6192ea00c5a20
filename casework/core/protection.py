"""Whether a person seeks protection, or there are grounds against return; and from which country.

While that is so nothing about them goes there, whatever they agreed to before.
"""

from datetime import date

from sqlalchemy import select, true

from models.base import db
from models.cases import Case
from models.people import Organisation
from models.records import Record, kind_token
from models.returns import Return, ReturnStepEntry
from models.states import RETURN, RecordState


def settled(case: Case, kind: str, on: date | None) -> bool:
    """Whether a record of a kind clears what it was made for, on a day (None: whatever the day).

    Opens nothing.
    """
    valid = true() if on is None else Record.due_on.is_(None) | (Record.due_on >= on)
    query = select(Record.id).where(
        Record.case_id == case.id,
        Record.kind_token == kind_token(case.id, kind),
        Record.state == RecordState.DONE,
        valid,
    )
    return db.session.execute(query.limit(1)).first() is not None


def seeks_protection(case: Case) -> bool:
    """Whether the person wishes, seeks or has international protection."""
    return settled(case, "asylum", None)


def newest_check(case: Case) -> ReturnStepEntry | None:
    """The last check for grounds against return, of whichever return of the case.

    A return that was withdrawn does not take its grounds along: a new one begins with them.
    """
    query = (
        select(ReturnStepEntry)
        .join(Return, Return.id == ReturnStepEntry.return_id)
        .where(Return.case_id == case.id, ReturnStepEntry.step == "protection_check")
        .order_by(ReturnStepEntry.id.desc())
        .limit(1)
    )
    return db.session.execute(query).unique().scalar_one_or_none()


def grounds_stand(case: Case) -> bool:
    """Whether the last check found grounds against return."""
    check = newest_check(case)
    return check is not None and check.outcome == "grounds"


def stands(case: Case) -> bool:
    """Whether protection is sought, or grounds against return stand."""
    return seeks_protection(case) or grounds_stand(case)


def keeps_from(case: Case, to: Organisation) -> bool:
    """Whether an organisation must not be told because the person fears its country.

    Where the citizenship is not known, any other country than the one they are in may be it.
    """
    if to.country == case.office.country or not stands(case):
        return False
    return not case.citizenship or to.country in _feared(case)


def _feared(case: Case) -> frozenset[str]:
    """The country of citizenship, and the countries a return was to lead to."""
    query = select(Return.country).where(
        Return.case_id == case.id,
        Return.purpose == "return",
        Return.state.not_in(RETURN.endings),
    )
    return frozenset({case.citizenship, *db.session.execute(query).scalars()})
