"""The search index on rows, written: each case stands in the index of the office that holds it, and
goes with it to another.

Rows are locked in one order: the card of the case, the keys of indexes, the rows of each index by
its number, within an index by their labels.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select

from encryption.keyring import HeldElsewhere
from encryption.postings import BLOCK_ROOM, Head, PostingCipher
from models import index, index_keys, name_cards
from models.base import db
from models.cases import Case
from models.index_keys import Generation
from models.index_rows import BlindToken, NameCard, NameRow
from models.sealed import CaseDocument, CaseKey, open_with


def enrol(case_id: int, identity: dict[str, Any], country: str = "") -> None:
    """Put the names, birth and exact values of ``identity`` into the index of the case's office,
    replacing what the case had before.

    Raises :class:`encryption.keyring.HeldElsewhere`.
    """
    known, birth = index.known_names(identity), identity.get("birth")
    terms = index.terms_of(known, birth)
    card = _locked_card(case_id)
    office = _office(case_id)
    into = index_keys.standing(hold=True).into(office)
    _put(case_id, card, terms, into, office)
    made = name_cards.write(case_id, known, birth)
    _stands(made, into)
    _write_tokens(case_id, into, identity, country)


def move(case_id: int, country: str, *, whole: bool = False) -> None:
    """Put a case that is known already where it belongs now: into the newest index of its office.

    ``whole``: the index before will be dropped as a whole, so that nothing is taken out of it.
    """
    card = _locked_card(case_id)
    if card is None:
        return
    office = _office(case_id)
    into = index_keys.standing(hold=True).into(office)
    _put(case_id, card, _terms_of(card), into, office, whole=whole)
    _stands(card, into)
    _write_tokens(case_id, into, _identity(case_id), country)


def remove(case_id: int) -> None:
    """Take a case out of the index, its number out of every list.

    Raises :class:`encryption.keyring.HeldElsewhere`: it would stay in lists that are not here.
    """
    _put(case_id, _locked_card(case_id), set(), (), None)
    db.session.execute(delete(BlindToken).where(BlindToken.case_id == case_id))
    db.session.execute(delete(NameCard).where(NameCard.case_id == case_id))


def mark(content: bytes) -> bytes:
    """What tells whether a card is the one that was put into an index."""
    return hashlib.sha256(content).digest()[:8]


def _put(
    case_id: int,
    card: NameCard | None,
    terms: set[str],
    into: tuple[Generation, ...],
    office: int | None,
    *,
    whole: bool = False,
) -> None:
    """The case under ``terms`` in the indexes ``into``, and in no other."""
    before = _terms_of(card) if card is not None else set()
    # A process of the version before changed the card and the common index, and no other.
    known = card is not None and card.enrolled == mark(card.content)
    held = index_keys.standing(hold=True).holding(card.index_number) if card is not None else ()
    for each in sorted({*held, *into}, key=lambda each: each.number):
        if each in into:
            _append(each, case_id, terms - before if known and each in held else terms)
        if each in held and not (whole and each.office_id in {None, office}):
            _withdraw(each, case_id, before - terms if each in into else before)


def _stands(card: NameCard, into: tuple[Generation, ...]) -> None:
    card.index_number = next((each.number for each in into if each.office_id is not None), None)
    card.enrolled = mark(card.content)


def _office(case_id: int) -> int | None:
    return db.session.execute(select(Case.office_id).where(Case.id == case_id)).scalar()


def _locked_card(case_id: int) -> NameCard | None:
    query = select(NameCard).where(NameCard.case_id == case_id).with_for_update()
    return db.session.execute(query, execution_options={"populate_existing": True}).scalar()


def _terms_of(card: NameCard) -> set[str]:
    found = name_cards.opened([card.case_id]).get(card.case_id)
    if found is None:
        raise HeldElsewhere(card.case_id)
    return index.terms_of(found["names"], found.get("birth"))


def _identity(case_id: int) -> dict[str, Any]:
    document = db.session.get(CaseDocument, (case_id, "identity"))
    key = db.session.get(CaseKey, (case_id, "identity"))
    if document is None or key is None:
        return {}
    content = open_with(key, document.content, f"case_documents/{case_id}/identity")
    identity: dict[str, Any] = json.loads(content)
    return identity


def _write_tokens(
    case_id: int, into: tuple[Generation, ...], identity: dict[str, Any], country: str
) -> None:
    db.session.execute(delete(BlindToken).where(BlindToken.case_id == case_id))
    for each in into:
        tokens = sorted({token for _, token in index.exact_tokens(each, identity, country)})
        db.session.add_all(
            BlindToken(case_id=case_id, token=token, generation=each.number) for token in tokens
        )


def _append(generation: Generation, case_id: int, terms: set[str]) -> None:
    """Add ``case_id`` to each term.

    Rows are locked in the order of their labels, so that two writers never wait in a circle.
    """
    if not terms:
        return
    code = generation.cipher()
    labels = {code.label(term): term for term in terms}
    rows = _locked(labels)
    for label in sorted(labels):
        row = rows.get(label)
        head = code.open_head(label, row.content) if row else Head()
        if head.add(case_id):
            _spill(code, generation, labels[label], head)
        content = code.seal_head(label, head)
        if row:
            row.content = content
        else:
            db.session.add(NameRow(label=label, content=content, generation=generation.number))
    db.session.flush()


def _locked(labels: Iterable[bytes]) -> dict[bytes, NameRow]:
    query = (
        select(NameRow).where(NameRow.label.in_(labels)).order_by(NameRow.label).with_for_update()
    )
    return {row.label: row for row in db.session.execute(query).scalars()}


def _withdraw(generation: Generation, case_id: int, terms: set[str]) -> None:
    """Take ``case_id`` out of each term: out of its head and out of every block that has it, as a
    case that was put in again may stand twice.
    """
    if not terms:
        return
    code = generation.cipher()
    labels = {code.label(term): term for term in terms}
    for label, row in _locked(labels).items():
        head = code.open_head(label, row.content)
        if case_id in head.ids:
            head.ids.remove(case_id)
            row.content = code.seal_head(label, head)
        blocks = [code.label(labels[label], number) for number in range(head.blocks)]
        for place, block in _locked(blocks).items() if blocks else ():
            ids = code.open_block(place, block.content)
            if case_id in ids:
                block.content = code.seal_block(place, [kept for kept in ids if kept != case_id])
    db.session.flush()


def _spill(code: PostingCipher, generation: Generation, term: str, head: Head) -> None:
    """Move a full head into the term's open block, or begin another."""
    label = code.label(term, max(head.blocks - 1, 0))
    row = db.session.get(NameRow, label) if head.blocks else None
    ids = code.open_block(label, row.content) if row else []
    if row is None or len(ids) + len(head.ids) > BLOCK_ROOM:
        label, ids = code.label(term, head.blocks), []
        row = NameRow(label=label, content=b"", generation=generation.number)
        db.session.add(row)
        head.blocks += 1
    row.content = code.seal_block(label, [*ids, *head.ids])
    head.ids = []
