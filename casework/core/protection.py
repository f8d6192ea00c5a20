"""Whether a person seeks protection, or there are grounds against return; and from which country.

While that is so nothing about them goes there, whatever they agreed to before. It is asked of the
person: what stands in one of their cases holds in each, of whichever office, and whoever asks: row-
level security hides the file from a mission that was told, and must not make the rule say yes.
"""

from collections.abc import Callable, Collection, Hashable, Sequence
from datetime import date

from sqlalchemy import select

from casework.core import gathered
from models import scope, witnessed
from models.base import db
from models.cases import Case
from models.data_protection import Block
from models.people import Organisation
from models.records import Record, kind_token
from models.returns import Return, ReturnStepEntry
from models.states import RETURN, CaseStatus, RecordState
from standards import places


def newest(case: Case, kind: str) -> Record | None:
    """The newest record of a kind that was not removed: it alone speaks, older ones are history;
    and none, where a record of the case that is not older was written by somebody else: of which
    kind it was, and what it said, nobody knows.

    What rules ask of it stands in :attr:`models.records.Record.says`. Opens nothing.
    """
    token = kind_token(case.id, kind)
    return gathered.answer("newest", case.id, (case.id, token), lambda: _newest(case.id, token))


def _newest(case_id: int, token: bytes) -> Record | None:
    with scope.asking(case_id):
        return newest_of([case_id]).get((case_id, token))


def cases_of(case: Case) -> list[Case]:
    """The case and the others of the same person, of whichever office."""
    others = gathered.answer(
        "persons", case.id, case.id, lambda: others_of([case.id]).get(case.id, [])
    )
    return [case, *(others or [])]


_MINE = Case.__table__.alias("mine")  # once: each alias copies all columns of a case


def others_of(case_ids: Collection[int]) -> dict[Hashable, list[Case]]:
    """The other cases of the persons of some cases, by each of these."""
    mine, other = _MINE, Case
    query = (
        select(mine.c.id, other)
        .join(mine, mine.c.person_id == other.person_id)
        .where(mine.c.id.in_(case_ids), other.id != mine.c.id, other.status != CaseStatus.ERASED)
    )
    found: dict[Hashable, list[Case]] = {}
    for case_id, each in db.session.execute(query.order_by(other.id)).unique():
        found.setdefault(case_id, []).append(each)
    return found


def _in_any(case: Case, says: Callable[[Case], bool]) -> bool:
    return any(says(each) for each in cases_of(case))


ANYBODY = 0  # kept from whoever it is: somebody turned a block to another


def is_kept_from(case: Case, to: Organisation) -> bool:
    """Whether a case of the person is kept from an organisation: then each of them is."""
    return any(not _kept_from(each.id).isdisjoint({to.id, ANYBODY}) for each in cases_of(case))


def _kept_from(case_id: int) -> frozenset[int]:
    found = gathered.answer("kept", case_id, case_id, lambda: kept_from(case_id))
    return found or frozenset()


def kept_from(case_id: int) -> frozenset[int]:
    """The organisations from which a case is kept; :data:`ANYBODY` where somebody else wrote it."""
    query = select(Block).where(Block.case_id == case_id)
    with scope.asking(case_id):
        blocks = db.session.execute(query).scalars().all()
        places = {each.organisation_id if witnessed.stands(each) else ANYBODY for each in blocks}
    return frozenset(place for place in places if place is not None)


def newest_of(case_ids: Collection[int]) -> dict[Hashable, Record]:
    """The newest of each kind of many cases, for :mod:`casework.core.gathered`."""
    found: dict[int, dict[Hashable, Record]] = {}
    for record in _every(case_ids):
        theirs = found.setdefault(record.case_id, {})
        if not witnessed.stands(record):
            theirs.clear()
        elif not record.removed:
            theirs[record.case_id, record.kind_token] = record
    return {key: record for theirs in found.values() for key, record in theirs.items()}


def _every(case_ids: Collection[int]) -> Sequence[Record]:
    query = select(Record).where(Record.case_id.in_(case_ids)).order_by(Record.id)
    every = query.execution_options(**{witnessed.ALL_ROWS: True})
    return db.session.execute(every).unique().scalars().all()


def settled(case: Case, kind: str, on: date | None) -> bool:
    """Whether the newest record of a kind clears what it was made for, on a day (None: whatever the
    day).

    Opens nothing.
    """
    stands = newest(case, kind)
    if stands is None or stands.state != RecordState.DONE:
        return False
    return on is None or stands.due_on is None or stands.due_on >= on


def seeks_protection(case: Case) -> bool:
    """Whether the person wishes, seeks or has international protection; also where somebody else
    wrote what would say so.
    """
    return _in_any(case, lambda each: settled(each, "asylum", None) or _is_forged(each))


def newest_check(case: Case) -> ReturnStepEntry | None:
    """The last check for grounds against return, of whichever return of the case.

    A return that was withdrawn does not take its grounds along: a new one begins with them.
    """
    return gathered.answer("checks", case.id, case.id, lambda: _check_of(case.id))


def _check_of(case_id: int) -> ReturnStepEntry | None:
    with scope.asking(case_id):
        return checks_of([case_id]).get(case_id)


def checks_of(case_ids: Collection[int]) -> dict[Hashable, ReturnStepEntry]:
    """The last check of each of many cases."""
    query = (
        select(Return.case_id, ReturnStepEntry)
        .join(Return, Return.id == ReturnStepEntry.return_id)
        .where(Return.case_id.in_(case_ids))
        .order_by(ReturnStepEntry.id)
    )
    found = db.session.execute(query).unique()
    return {case_id: entry for case_id, entry in found if entry.step == "protection_check"}


def grounds_stand(case: Case) -> bool:
    """Whether the last check of a case of theirs found grounds against return."""
    return _in_any(case, _has_grounds)


def _has_grounds(case: Case) -> bool:
    check = newest_check(case)
    return check is not None and check.outcome == "grounds"


def stands(case: Case) -> bool:
    """Whether protection is sought, or grounds against return stand."""
    return seeks_protection(case) or grounds_stand(case)


def _is_forged(case: Case) -> bool:
    """Whether a case or one of its records is not as the application wrote it: then nobody knows
    what it said.
    """
    found = gathered.answer("forged", case.id, case.id, lambda: _forged_of(case.id))
    return bool(found) or not witnessed.stands(case)


def _forged_of(case_id: int) -> bool:
    with scope.asking(case_id):
        return case_id in forged_of([case_id])


def forged_of(case_ids: Collection[int]) -> dict[Hashable, bool]:
    """Those of many cases of which a record does not stand."""
    return {each.case_id: True for each in _every(case_ids) if not witnessed.stands(each)}


def keeps_from(case: Case, to: Organisation) -> bool:
    """Whether an organisation must not be told because the person fears its country.

    Where the citizenship is not known, any other country than the one they are in may be it.
    """
    is_here = to.country == case.office.country and witnessed.stands(case.office)
    if is_here or not stands(case):
        return False
    is_known = case.citizenship and case.citizenship not in places.NO_COUNTRY
    return not is_known or to.country in _feared(case)


def _feared(case: Case) -> frozenset[str]:
    """The country of citizenship, and the countries a return was to lead to."""
    query = select(Return.country, Return.purpose).where(
        Return.case_id == case.id, Return.state.not_in(RETURN.endings)
    )
    begun = db.session.execute(query).all()
    return frozenset({case.citizenship, *(to for to, purpose in begun if purpose == "return")})
