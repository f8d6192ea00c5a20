"""What a search compares: a card of names and birth a case, sealed under a key of the case."""

import json
from contextlib import suppress
from typing import Any

from sqlalchemy import and_, select

from encryption import cipher
from models.base import db
from models.cases import Case
from models.index_rows import NameCard
from models.sealed import (
    CaseKey,
    HeldElsewhere,
    keyring,
    new_case_key,
    open_with,
    padded,
    seal_with,
)


def _place(case_id: int) -> str:
    return f"name_cards/{case_id}"


def write(case_id: int, known: list[str], birth: dict[str, Any] | None) -> NameCard:
    """The card lies under a key of the case, so that it ends with the case in every copy of the
    table.
    """
    key = db.session.get(CaseKey, (case_id, "index"))
    if key is None:
        key = new_case_key(case_id, "index", db.session.get_one(Case, case_id).office_id)
        db.session.add(key)
    content = padded(json.dumps({"names": known, "birth": birth}, ensure_ascii=False).encode())
    sealed = seal_with(key, content, _place(case_id))
    card = db.session.get(NameCard, case_id)
    if card is None:
        card = NameCard(case_id=case_id)
        db.session.add(card)
    card.content = sealed
    return card


def opened(case_ids: list[int]) -> dict[int, dict[str, Any]]:
    """The cards of cases, by case: ``{"names": [...], "birth": {...}}``.

    Those of offices whose keys are on another machine are left out.
    """
    joined = and_(CaseKey.case_id == NameCard.case_id, CaseKey.compartment == "index")
    columns = (
        NameCard.case_id,
        NameCard.content,
        CaseKey.content,
        CaseKey.number,
        CaseKey.previous,
    )
    rows = db.session.execute(
        select(*columns).outerjoin(CaseKey, joined).where(NameCard.case_id.in_(case_ids))
    )
    found = {}
    for case_id, content, wrapped, number, previous in rows:
        with suppress(HeldElsewhere):
            card = _open_card(case_id, content, wrapped, number, previous)
            found[case_id] = json.loads(card)
    return found


def _open_card(
    case_id: int, content: bytes, wrapped: bytes | None, number: int, previous: bytes | None
) -> bytes:
    if wrapped is None:  # of an older version of Safeconduct
        return cipher.unseal(keyring().derive("index/cards"), content, bound=_place(case_id))
    key = CaseKey(
        case_id=case_id, compartment="index", content=wrapped, number=number, previous=previous
    )
    return open_with(key, content, _place(case_id))
