"""Filling an empty index at once: for taking over a register, and for measuring.

One pass in memory, then rows in bulk.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert, select

from encryption.postings import BLOCK_ROOM, HEAD_ROOM, Head
from models import index
from models.base import db
from models.cases import Case, NameCard, NameRow
from models.sealed import CaseKey, new_case_key, padded, seal_with

ROWS = 2000


def fill(people: Iterable[tuple[int, dict[str, Any]]]) -> int:
    """Put (case id, identity) into an empty index; gives how many rows of names it has.

    Commits nothing.
    """
    lists: dict[str, list[int]] = defaultdict(list)
    cards: list[dict[str, Any]] = []
    keys: list[dict[str, Any]] = []
    offices = {row.id: row.office_id for row in db.session.execute(select(Case.id, Case.office_id))}
    for case_id, identity in people:
        known, birth = index.known_names(identity), identity.get("birth")
        for term in index.terms_of(known, birth):
            lists[term].append(case_id)
        # Without an office of its own the installation's key wraps.
        key = new_case_key(case_id, "index", offices.get(case_id, 0))
        content = padded(json.dumps({"names": known, "birth": birth}, ensure_ascii=False).encode())
        cards.append(
            {"case_id": case_id, "content": seal_with(key, content, f"name_cards/{case_id}")}
        )
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
    return _write_lists(lists)


def _write(model: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(insert(model), rows)
        rows.clear()


def _write_lists(lists: dict[str, list[int]]) -> int:
    generation = index.generations()[0]
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
