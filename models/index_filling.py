"""Filling an empty index at once: for taking over a register, and for measuring.

One pass in memory, then rows in bulk.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert, select

from encryption.postings import BLOCK_ROOM, HEAD_ROOM, Head
from models import enrolling, index
from models.base import db
from models.cases import Case
from models.index_keys import Generation, standing
from models.index_rows import NameCard, NameRow
from models.sealed import CaseKey, new_case_key, padded, seal_with

ROWS = 2000


def fill(people: Iterable[tuple[int, dict[str, Any]]]) -> int:
    """Put (case id, identity) into an empty index; gives how many rows of names it has.

    Commits nothing.
    """
    lists: dict[Generation, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    cards: list[dict[str, Any]] = []
    keys: list[dict[str, Any]] = []
    offices = {row.id: row.office_id for row in db.session.execute(select(Case.id, Case.office_id))}
    there = standing()
    for case_id, identity in people:
        # Without an office of its own the installation's key wraps, and the common index has it.
        office = offices.get(case_id, 0)
        into = there.newest(office) or there.common[-1]
        known, birth = index.known_names(identity), identity.get("birth")
        for term in index.terms_of(known, birth):
            lists[into][term].append(case_id)
        key = new_case_key(case_id, "index", office)
        cards.append(_card(key, known, birth, into))
        keys.append(
            {
                "case_id": case_id,
                "compartment": "index",
                "master_version": key.master_version,
                "content": key.content,
                "number": 1,
            }
        )
        if len(cards) == ROWS:
            _write(CaseKey, keys)
            _write(NameCard, cards)
    _write(CaseKey, keys)
    _write(NameCard, cards)
    return sum(_write_lists(into, terms) for into, terms in lists.items())


def _card(
    key: CaseKey, known: list[str], birth: dict[str, Any] | None, into: Generation
) -> dict[str, Any]:
    words = padded(json.dumps({"names": known, "birth": birth}, ensure_ascii=False).encode())
    content = seal_with(key, words, f"name_cards/{key.case_id}")
    return {
        "case_id": key.case_id,
        "content": content,
        "index_number": None if into.office_id is None else into.number,
        "enrolled": enrolling.mark(content),
    }


def _write(model: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(insert(model), rows)
        rows.clear()


def _write_lists(generation: Generation, lists: dict[str, list[int]]) -> int:
    code, count = generation.cipher(), 0
    rows: list[dict[str, Any]] = []
    for term, ids in lists.items():
        full = max(0, len(ids) - HEAD_ROOM + 1)
        blocks = [ids[start : start + BLOCK_ROOM] for start in range(0, full, BLOCK_ROOM)]
        rest = ids[len(blocks) * BLOCK_ROOM :]
        label = code.label(term)
        rows.append(
            {
                "label": label,
                "content": code.seal_head(label, Head(len(blocks), rest)),
                "generation": generation.number,
            }
        )
        for number, block in enumerate(blocks):
            place = code.label(term, number)
            rows.append(
                {
                    "label": place,
                    "content": code.seal_block(place, block),
                    "generation": generation.number,
                }
            )
        if len(rows) >= ROWS:
            count += len(rows)
            _write(NameRow, rows)
    count += len(rows)
    _write(NameRow, rows)
    return count
