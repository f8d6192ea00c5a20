"""Keeping the facts: of the cases that the database marked as changed, in countings with numbers; or of all, anew.

One counting at a time (the state's row is locked), so that whoever reads "everything above number N" misses nothing and sees nothing twice.
"""

import json
import logging
import random
from collections.abc import Iterator, Sequence

from sqlalchemy import delete, func, insert, select, update

from models.base import db, now
from models.cases import Case
from models.data_protection import Erasure
from models.facts import CaseFacts, FactChange, FactState
from models.sealed import open_system, seal_system
from models.states import CaseStatus, ErasureState
from reporting.facts.extracting import Doc, extract

log = logging.getLogger("safeconduct.statistics")
TOGETHER = 1000
PURPOSE = "facts/cases"
LAG_SECONDS = 60  # figures are never older; a page says so where they are


def refresh(most: int = 50 * TOGETHER) -> int:
    """Make the facts of changed cases anew, in transactions of :data:`TOGETHER`; gives how many cases. Commits."""
    done = 0
    while done < most:
        cases = _changed()
        if not cases:
            break
        _state_locked()
        # All marks of these cases that can be seen now, before the facts are made: what comes in meanwhile stays for the next time.
        ids = list(
            db.session.execute(select(FactChange.id).where(FactChange.case_id.in_(cases))).scalars()
        )
        done += _make(cases)
        for start in range(0, len(ids), 500):
            db.session.execute(
                delete(FactChange).where(FactChange.id.in_(ids[start : start + 500]))
            )
        db.session.commit()
    _stamp()
    return done


def _changed() -> list[int]:
    """Some cases that were marked, the longest waiting first."""
    found = db.session.execute(
        select(FactChange.case_id).order_by(FactChange.id).limit(4 * TOGETHER)
    ).scalars()
    return sorted(list(dict.fromkeys(found))[:TOGETHER])


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
        docs = {doc["c"]: doc for doc in extract(part)}
        _keep_of_erased([number for number in part if number not in docs], state.batch)
        _write(part, docs, state.batch)
    db.session.flush()
    return len(cases)


def _write(cases: Sequence[int], docs: dict[int, Doc], batch: int) -> None:
    known = dict(
        db.session.execute(
            select(CaseFacts.case_id, CaseFacts.content).where(CaseFacts.case_id.in_(cases))
        ).all()
    )
    fresh: list[Doc] = []
    moved: list[Doc] = []
    for number in cases:
        doc = docs.get(number)
        if doc is None and number not in known:
            continue
        before = known.get(number)
        if doc is not None and before and opened(before) == packed(doc):
            continue  # a change that no fact follows from: nobody need read it again
        row = {
            "case_id": number,
            "batch": batch,
            "content": sealed(doc) if doc is not None else None,
        }
        (moved if number in known else fresh).append(row)
    if fresh:
        db.session.execute(insert(CaseFacts), fresh)
    for row in moved:
        db.session.execute(
            update(CaseFacts)
            .where(CaseFacts.case_id == row["case_id"])
            .values(batch=batch, content=row["content"])
        )


def _keep_of_erased(gone: Sequence[int], batch: int) -> None:
    """An erased case that had reached its day of retention stays in the figures of its year, as somebody whom nothing joins to anything.

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
    for facts in db.session.execute(query).scalars():
        if content := unlinked(json.loads(opened(facts.content or b""))):
            db.session.add(CaseFacts(case_id=None, batch=batch, content=sealed(content)))


def unlinked(doc: Doc) -> Doc | None:
    """What may stay of a person's facts: helps and codes; days become the first of their month, the person a random number."""
    if not doc.get("ok") or not doc.get("h"):
        return None
    codes = (
        "sex",
        "ab",
        "age",
        "cz",
        "t",
        "cat",
        "cats",
        "exp",
        "ctl",
        "ind",
        "div",
        "sx",
        "act",
        "rec",
        "rel",
    )
    helps = [{**one, "d": f"{one['d'][:8]}01"} for one in doc["h"]]
    number = random.SystemRandom().getrandbits(62)
    empty: Doc = {name: [] for name in ("rf", "b", "u", "m", "k", "g", "sv")}
    kept = {name: doc.get(name) for name in codes}
    return {
        **empty,
        **kept,
        "c": -number,
        "p": number,
        "o": doc["o"],
        "w": None,
        "s": "erased",
        "r": "",
        "d": helps[0]["d"],
        "x": None,
        "ok": True,
        "ch": "",
        "h": helps,
    }


def packed(doc: Doc) -> bytes:
    """A document as bytes, always the same for the same facts."""
    return json.dumps(doc, separators=(",", ":"), sort_keys=True).encode()


def sealed(doc: Doc) -> bytes:
    """A document as it lies in the database."""
    return seal_system(PURPOSE, packed(doc))


def opened(content: bytes) -> bytes:
    """The bytes of a document."""
    return open_system(PURPOSE, content)


def rebuild() -> bool:
    """Make all facts anew from the raw rows; true if the stored ones were right. Commits in parts; what changes meanwhile is counted again later."""
    right, last = True, 0
    changed = set(db.session.execute(select(FactChange.case_id)).scalars())
    while cases := list(
        db.session.execute(
            select(Case.id).where(Case.id > last).order_by(Case.id).limit(TOGETHER)
        ).scalars()
    ):
        state = _state_locked()
        state.batch += 1
        docs = {doc["c"]: doc for doc in extract(cases)}
        right = right and all(
            _same(*pair) for pair in _pairs(cases, docs) if pair[0] not in changed
        )
        _write(cases, docs, state.batch)
        last = cases[-1]
        db.session.commit()
    gone = select(CaseFacts.id).where(
        CaseFacts.case_id.is_not(None),
        CaseFacts.case_id.not_in(select(Case.id)),
        CaseFacts.content.is_not(None),
    )
    right = right and db.session.execute(gone.limit(1)).first() is None
    refresh()
    return right


def _pairs(
    cases: Sequence[int], docs: dict[int, Doc]
) -> Iterator[tuple[int, bytes | None, Doc | None]]:
    stored = dict(
        db.session.execute(
            select(CaseFacts.case_id, CaseFacts.content).where(CaseFacts.case_id.in_(cases))
        ).all()
    )
    for number in cases:
        yield number, stored.get(number), docs.get(number)


def _same(_number: int, content: bytes | None, doc: Doc | None) -> bool:
    return (opened(content) if content else None) == (packed(doc) if doc is not None else None)


def state() -> FactState:
    """The newest counting: its number and moment."""
    return db.session.execute(select(FactState)).scalar_one()


def waiting() -> int:
    """How many changes wait to be counted."""
    return db.session.execute(select(func.count()).select_from(FactChange)).scalar_one()
