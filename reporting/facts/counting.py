"""Keeping the facts: of the cases that the database marked as changed, in countings with numbers;
or of all, anew.

One counting at a time (the state's row is locked), so that whoever reads "everything above number
N" misses nothing and sees nothing twice.
"""

import json
import logging
import random
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from models.base import db, now
from models.cases import Case
from models.data_protection import Erasure
from models.facts import CaseFacts, FactChange, FactState
from models.sealed import open_system, padded, seal_system
from models.states import CaseStatus, ErasureState
from reporting.facts.columns import PARTS, PERSON, Facts, named, shortened
from reporting.facts.extracting import extract

log = logging.getLogger("safeconduct.statistics")
TOGETHER = 1000
PURPOSE = "facts/cases"
LENGTH = 2048  # all documents but the longest have one length: it tells nobody's story
LAG_SECONDS = 60  # figures are never older; a page says so where they are
# What stays of somebody whom nothing joins to anything.
_OF_NOBODY = (
    *PERSON,
    "trafficking_status",
    "relation_to_trafficker",
    "categories",
    "exploitation",
    "methods_of_control",
    "industry",
    "division",
    "sexual_exploitation",
    "act",
    "recruitment",
)


def refresh(most: int = 50 * TOGETHER) -> int:
    """Make the facts of changed cases anew, in transactions of :data:`TOGETHER`; gives how many
    cases. Commits.
    """
    done = 0
    while done < most and (cases := _changed()):
        _state_locked()
        # All marks of these cases that can be seen now, before the facts are made: what comes in
        # meanwhile stays for the next time.
        marks = select(FactChange.id).where(FactChange.case_id.in_(cases))
        ids = list(db.session.execute(marks).scalars())
        done += _make(cases)
        _unmark(ids)
        db.session.commit()
    _stamp()
    return done


def _unmark(ids: Sequence[int]) -> None:
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        db.session.execute(delete(FactChange).where(FactChange.id.in_(part)))


def _changed() -> list[int]:
    """Some cases that were marked, the longest waiting first."""
    marks = select(FactChange.case_id).order_by(FactChange.id).limit(4 * TOGETHER)
    waiting_cases = dict.fromkeys(db.session.execute(marks).scalars())
    return sorted(list(waiting_cases)[:TOGETHER])


def _state_locked() -> FactState:
    """The state's row, ours until the commit."""
    return db.session.execute(
        select(FactState).with_for_update().execution_options(populate_existing=True)
    ).scalar_one()


def _stamp() -> None:
    """The figures are of this moment."""
    db.session.execute(update(FactState).values(counted_at=now()))
    db.session.commit()


def _make(cases: Sequence[int]) -> int:
    """New facts of ``cases`` under the next number."""
    state = _state_locked()
    state.batch += 1
    for start in range(0, len(cases), TOGETHER):
        part = cases[start : start + TOGETHER]
        by_case = {facts["case_id"]: facts for facts in extract(part)}
        _keep_of_erased([case_id for case_id in part if case_id not in by_case], state.batch)
        _write(part, by_case, state.batch)
    db.session.flush()
    return len(cases)


def _stored(cases: Sequence[int]) -> dict[int, bytes | None]:
    """The sealed documents of ``cases``, as they lie in the database."""
    query = select(CaseFacts.case_id, CaseFacts.content).where(CaseFacts.case_id.in_(cases))
    return {case_id: content for case_id, content in db.session.execute(query) if case_id}


def _write(cases: Sequence[int], by_case: dict[int, Facts], batch: int) -> None:
    stored = _stored(cases)
    fresh: list[dict[str, Any]] = []
    for case_id in cases:
        facts = by_case.get(case_id)
        if facts is None and case_id not in stored:
            continue
        before = stored.get(case_id)
        is_padded = before is not None and len(before) >= LENGTH
        if facts is not None and before and is_padded and opened(before) == packed(facts):
            continue  # a change that no fact follows from: nobody need read it again
        content = sealed(facts) if facts is not None else None
        if case_id in stored:
            _replace(case_id, batch, content)
        else:
            fresh.append({"case_id": case_id, "batch": batch, "content": content})
    if fresh:
        db.session.execute(insert(CaseFacts), fresh)


def _replace(case_id: int, batch: int, content: bytes | None) -> None:
    db.session.execute(
        update(CaseFacts).where(CaseFacts.case_id == case_id).values(batch=batch, content=content)
    )


def _keep_of_erased(gone: Sequence[int], batch: int) -> None:
    """An erased case that had reached its day of retention stays in the figures of its year, as
    somebody whom nothing joins to anything.

    Where the person asked, or the case should never have been, nothing is kept.
    """
    query = (
        select(CaseFacts)
        .join(Case, Case.id == CaseFacts.case_id)
        .join(Erasure, Erasure.case_id == Case.id)
        .where(
            CaseFacts.case_id.in_(gone),
            CaseFacts.content.is_not(None),
            Case.status == CaseStatus.ERASED,
            Erasure.reason == "retention",
            Erasure.state == ErasureState.DONE,
        )
    )
    for stored in db.session.execute(query).scalars():
        if facts := unlinked(facts_of(stored.content)):
            db.session.add(CaseFacts(case_id=None, batch=batch, content=sealed(facts)))


def unlinked(facts: Facts) -> Facts | None:
    """What may stay of a person's facts: helps and codes; days become the first of their month, the
    person a random number. None where there is nothing to count.
    """
    if not facts.get("agreed") or not facts.get("helps"):
        return None
    helps = [{**help_, "given_on": f"{help_['given_on'][:8]}01"} for help_ in facts["helps"]]
    person = random.SystemRandom().getrandbits(62)
    return {
        **{name: [] for name in ("faults", *PARTS)},
        **{name: facts.get(name) for name in _OF_NOBODY},
        "case_id": -person,
        "person": person,
        "office_id": facts["office_id"],
        "owner_id": None,
        "status": CaseStatus.ERASED.value,
        "risk": "",
        "opened_on": helps[0]["given_on"],
        "closed_on": None,
        "agreed": True,
        "channel": "",
        "helps": helps,
    }


def packed(facts: Facts) -> bytes:
    """Facts as the bytes of their document, always the same for the same facts."""
    return json.dumps(shortened(facts), separators=(",", ":"), sort_keys=True).encode()


def sealed(facts: Facts) -> bytes:
    """The document of some facts as it lies in the database."""
    return seal_system(PURPOSE, padded(packed(facts), LENGTH))


def opened(content: bytes) -> bytes:
    """The bytes of a document."""
    return open_system(PURPOSE, content).rstrip()


def facts_of(content: bytes | None) -> Facts:
    """The facts of a sealed document, by name; empty where there is none."""
    return named(json.loads(opened(content))) if content else {}


def rebuild() -> bool:
    """Make all facts anew from the raw rows; true if the stored ones were right.

    Commits in parts; what changes meanwhile is counted again later.
    """
    right = True
    changed = set(db.session.execute(select(FactChange.case_id)).scalars())
    for cases in _all_cases():
        state = _state_locked()
        state.batch += 1
        by_case = {facts["case_id"]: facts for facts in extract(cases)}
        unchanged = [case_id for case_id in cases if case_id not in changed]
        right = right and _right(unchanged, by_case)
        _write(cases, by_case, state.batch)
        db.session.commit()
    gone = select(CaseFacts.id).where(
        CaseFacts.case_id.is_not(None),
        CaseFacts.case_id.not_in(select(Case.id)),
        CaseFacts.content.is_not(None),
    )
    right = right and db.session.execute(gone.limit(1)).first() is None
    refresh()
    return right


def _all_cases() -> Iterator[list[int]]:
    """The ids of all cases, some at a time; each part is asked for when it is its turn."""
    last = 0
    above = select(Case.id).order_by(Case.id).limit(TOGETHER)
    while cases := list(db.session.execute(above.where(Case.id > last)).scalars()):
        yield cases
        last = cases[-1]


def _right(cases: Sequence[int], by_case: dict[int, Facts]) -> bool:
    """Whether the stored documents of ``cases`` are those of the facts made anew."""
    stored = _stored(cases)
    return all(_same(stored.get(case_id), by_case.get(case_id)) for case_id in cases)


def _same(content: bytes | None, facts: Facts | None) -> bool:
    before = opened(content) if content else None
    return before == (packed(facts) if facts is not None else None)


def state() -> FactState:
    """The newest counting: its number and moment."""
    return db.session.execute(select(FactState)).scalar_one()


def waiting() -> int:
    """How many changes wait to be counted."""
    return db.session.execute(select(func.count()).select_from(FactChange)).scalar_one()
