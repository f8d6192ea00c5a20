"""What changes on a child's path, a certificate, a claim for asylum, on a return that is prepared.

Listens to casework: a newer word counts at once, also where the person has a seat or the other
mission has accepted.
"""

from datetime import date
from typing import Any

from sqlalchemy import select

from access.actors import Actor
from avrr import events, handover, movements, readiness, steps
from casework.core import holding, protection
from models.base import db, today
from models.cases import Case
from models.movements import ManifestEntry
from models.records import Record, kind_token
from models.returns import Return, ReturnStep, ReturnStepEntry
from models.states import RecordState, ReturnState, SeatState, Sets
from notifications import outbox
from web.links import link

_FIT = "fit_to_travel"
_FOUND = {"fit": "fit", "fit_with": "fit_escort", "unfit": "not_fit"}
# Steps of which others may learn that something new stands against them; what it is they do not.
_WATCHED = frozenset({"best_interests", "fit_to_travel", "protection_check"})


def clearance_changed(case: Case, by: Actor) -> None:
    """Listens: a record that clears the person for a journey was written, removed or taken back."""
    ages_turned(case, by)
    for return_ in _prepared(case):
        _take_certificate(by, return_)
        db.session.flush()
        lines = readiness.forbidden(return_, return_.travel_on)
        forbidden = {line.step for line in lines} & _WATCHED
        is_new = bool(forbidden & {*return_.steps, "protection_check"})
        if forbidden and (entry := _seat(return_)) is not None:
            movements.take_off(by=by, entry=entry)
            is_new = True
        if is_new and return_.handover in Sets.HANDOVER_SHARED:
            _tell(by, return_)


def ages_turned(case: Case, by: Actor) -> None:
    """Listens: who is prepared for a journey is shown to both missions as old as they are now."""
    del by  # nobody's deed: a birthday, or what an assessment found
    for return_ in _prepared(case):
        return_.age_band = case.age_band


def taken_over(case: Case, by: Actor) -> None:
    """Listens: a case of another office now. Its person has no seat in what the office before runs:
    who is not theirs any more is neither sent off by them, nor said not to have come.
    """
    for return_ in _prepared(case):
        if (entry := _seat(return_)) is not None:
            movements.leave(by=by, entry=entry)


def _prepared(case: Case) -> list[Return]:
    query = select(Return).where(Return.case_id == case.id, Return.state == ReturnState.PREPARING)
    return list(db.session.execute(query).unique().scalars())


def _take_certificate(by: Actor, return_: Return) -> None:
    """The medical record is the step: of it only result and end cross to the return."""
    record = protection.newest(return_.case, "fitness")
    said: dict[str, Any] = dict(record.says or {}) if record is not None else {}
    stands = return_.steps.get(_FIT)
    if stands is not None and _was_taken_back(return_.case, stands):
        _give_back(by, return_, stands)
        stands = return_.steps.get(_FIT)
    if not said:
        return
    outcome, until, examined = _found(said)
    if stands and _says(stands) == (outcome, until, examined):
        return
    entry = ReturnStepEntry(
        step=_FIT, done_on=examined, outcome=outcome, valid_until=until, detail={}
    )
    steps.put(by=by, return_=return_, entry=entry)
    return_.escort_needed = return_.escort_needed or outcome == "fit_escort"


Found = tuple[str, date | None, date]


def _found(said: dict[str, Any]) -> Found:
    examined = min(_day(said.get("examined_on")) or today(), today())
    return _FOUND[said["result"]], _day(said.get("valid_until")), examined


def _says(step: ReturnStep) -> Found:
    return step.outcome, step.valid_until, step.done_on


def _was_taken_back(case: Case, stands: ReturnStep) -> bool:
    """Whether the step came from a record that was taken out of sight, and no other says the same.
    A certificate that was brought has its paper, a record has none.
    """
    if stands.detail.get("proof"):
        return False
    query = select(Record).where(
        Record.case_id == case.id, Record.kind_token == kind_token(case.id, "fitness")
    )
    records = db.session.execute(query).unique().scalars()
    said = [(each.state, dict(each.says)) for each in records if each.says]
    same = {state for state, says in said if _found(says) == _says(stands)}
    return same == {RecordState.REMOVED}


def _give_back(by: Actor, return_: Return, stands: ReturnStep) -> None:
    """The step goes with its record; a certificate that stood before it stands again."""
    brought = [each for each in return_.entries if each.step == _FIT and each.detail.get("proof")]
    before = max(brought, key=lambda entry: entry.id, default=None)
    if stands.outcome == "fit_escort" and return_.journey_sealed is None:
        return_.escort_needed = False  # once there is a journey, it says so itself
    return_.steps.pop(_FIT)
    db.session.flush()
    if before is None:
        return
    again = ReturnStepEntry(
        step=_FIT,
        done_on=before.done_on,
        outcome=before.outcome,
        valid_until=before.valid_until,
        detail=dict(before.detail),
    )
    steps.put(by=by, return_=return_, entry=again)
    # it is still the word of whoever brought it
    again.by_id = return_.steps[_FIT].by_id = before.by_id
    return_.escort_needed = return_.escort_needed or before.outcome == "fit_escort"


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _seat(return_: Return) -> ManifestEntry | None:
    query = select(ManifestEntry).where(ManifestEntry.return_id == return_.id)
    entry = db.session.execute(query).unique().scalar_one_or_none()
    return entry if entry is not None and entry.state == SeatState.LISTED else None


def _tell(by: Actor, return_: Return) -> None:
    """Both missions learn that the journey waits, and not why."""
    events.add(by=by, return_=return_, kind="not_cleared")
    db.session.flush()
    people = {user.id: user for user in handover.missions(return_)}
    people |= {user.id: user for user in holding.told_of(return_.case)}
    outbox.post(
        "return.not_cleared",
        reference=handover.reference_of(return_),
        path=link("avrr.show", return_),
        to=people.values(),
        urgent=True,
        office=return_.sending_id,
    )
