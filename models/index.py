"""The search index on rows: names in encrypted posting blocks, exact values as blind tokens.

Plain text passes through memory only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from encryption import blind, names
from encryption.postings import BLOCK_ROOM, Head, PostingCipher
from loading import later
from models import name_cards
from models.base import db
from models.cases import BlindToken, NameCard, NameRow
from models.scope import opened
from models.sealed import SystemKey, keyring

if TYPE_CHECKING:
    import numpy as np
else:
    np = later("numpy")
phonenumbers = later("phonenumbers")

COMPARED = 150
MOST_BLOCKS = 320
EXACT_KINDS = ("phone", "email", "document")


@dataclass(frozen=True)
class Hit:
    """A case that may be the one asked for: how likely (0 to 1) and why (codes)."""

    case_id: int
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Generation:
    """One whole index under one key. Two stand beside each other while the index key is rotated."""

    number: int
    content: bytes | None  # the wrapped index key; None: derived from the root

    def derive(self, purpose: str) -> bytes:
        """A key of this index."""
        return keyring().derive_for_index(self.content, f"index/{self.number}", purpose)

    def cipher(self) -> PostingCipher:
        """What seals and labels the rows of this index."""
        return PostingCipher(self.derive("index/labels"), self.derive("index/postings"))


def generations(*, hold: bool = False) -> tuple[Generation, Generation | None]:
    """The index that is read, and the one being built, if any.

    ``hold`` keeps them from changing before this transaction ends.
    """
    query = select(SystemKey.name, SystemKey.state, SystemKey.content).where(
        SystemKey.name.like("index/%")
    )
    rows = db.session.execute(query.with_for_update(read=True) if hold else query).all()
    found = {
        state: Generation(int(name.removeprefix("index/")), content)
        for name, state, content in rows
    }
    return found.get("current", Generation(1, None)), found.get("next")


def index_person(case_id: int, identity: dict[str, Any], country: str = "") -> None:
    """Put the names, birth and exact values of ``identity`` into the index, replacing what the case
    had before.
    """
    known = known_names(identity)
    terms = terms_of(known, identity.get("birth"))
    before = _terms_before(case_id)
    for generation in filter(None, generations(hold=True)):
        _append(generation, case_id, terms - before)
        _withdraw(generation, case_id, before - terms)
    name_cards.write(case_id, known, identity.get("birth"))
    enrol_exact(case_id, identity, country)


def enrol_exact(case_id: int, identity: dict[str, Any], country: str) -> None:
    """Put the exact values of ``identity`` into every index that stands."""
    db.session.execute(delete(BlindToken).where(BlindToken.case_id == case_id))
    for generation in filter(None, generations()):
        tokens = sorted({token for _, token in _tokens(generation, identity, country)})
        db.session.add_all(
            BlindToken(case_id=case_id, token=token, generation=generation.number)
            for token in tokens
        )


def enrol_again(
    case_id: int, generation: Generation, identity: dict[str, Any], country: str
) -> None:
    """Put a case that is known already into an index that is being built."""
    _append(generation, case_id, _terms_before(case_id))
    enrol_exact(case_id, identity, country)


def remove(case_id: int) -> None:
    """Take a case out of the index, its number out of every list."""
    for generation in filter(None, generations(hold=True)):
        _withdraw(generation, case_id, _terms_before(case_id))
    db.session.execute(delete(BlindToken).where(BlindToken.case_id == case_id))
    db.session.execute(delete(NameCard).where(NameCard.case_id == case_id))


@opened("search")
def find(
    name: str, birth: dict[str, Any] | None = None, limit: int = 10, least: float = 0.72
) -> list[Hit]:
    """The cases whose names are most like ``name``, best first.

    Opens at most :data:`COMPARED` cards.
    """
    asked = names.prepare(name)
    nearest = _nearest({f"n:{key}": told for key, told in names.asked_keys(name).items()})
    hits = [
        _judge(case_id, card, asked, birth) for case_id, card in name_cards.opened(nearest).items()
    ]
    return sorted(
        (hit for hit in hits if hit.score >= least), key=lambda hit: (-hit.score, hit.case_id)
    )[:limit]


def find_birth(birth: dict[str, Any], limit: int = 50) -> list[Hit]:
    """The cases of somebody born on a (partial) date, newest first."""
    terms = _birth_terms(birth)[-1:]
    found = _lists(generations()[0].cipher(), {f"b:{term}": 0 for term in terms})
    numbers = sorted(set().union(*(ids.tolist() for ids in found.values())), reverse=True)[:limit]
    return [Hit(case_id, 1.0, ("same_birth",)) for case_id in numbers]


@opened("search")
def find_exact(value: str, country: str = "") -> list[Hit]:
    """The cases that hold ``value`` as phone, mail or document."""
    kinds = {"phone": value, "email": value, "document_number": value} if len(value) > 4 else {}
    tokens = {token: kind for kind, token in _tokens(generations()[0], kinds, country)}
    rows = db.session.execute(
        select(BlindToken.case_id, BlindToken.token).where(BlindToken.token.in_(tokens)).limit(50)
    )
    return [Hit(case_id, 1.0, (f"same_{tokens[token]}",)) for case_id, token in rows]


def row_token(*values: str) -> bytes:
    """The blind token of an imported row."""
    return blind.token(keyring().derive("index/import"), "\x1f".join(values))


def known_names(identity: dict[str, Any]) -> list[str]:
    """The names of an identity: the whole one, the one to use, the others."""
    whole = " ".join(
        part for part in (identity.get("given_names"), identity.get("family_name")) if part
    )
    others = (identity.get("other_names") or "").splitlines()
    return [name for name in (whole, identity.get("call_name") or "", *others) if name.strip()]


def terms_of(known: list[str], birth: dict[str, Any] | None) -> set[str]:
    """Every term under which names and a birth date stand in the index."""
    return {f"n:{key}" for name in known for key in names.keys(name)} | {
        f"b:{term}" for term in _birth_terms(birth)
    }


def _birth_terms(birth: dict[str, Any] | None) -> list[str]:
    """Year, year and month, whole date: as far as they are known, the widest first."""
    if not birth or not birth.get("year"):
        return []
    found = [f"{birth['year']}"]
    if birth.get("month"):
        found.append(f"{birth['year']}-{birth['month']}")
        if birth.get("day"):
            found.append(f"{birth['year']}-{birth['month']}-{birth['day']}")
    return found


def _tokens(
    generation: Generation, values: dict[str, Any], country: str
) -> list[tuple[str, bytes]]:
    phones = [_e164(values.get(field) or "", country) for field in ("phone", "home_phone")]
    found = [
        ("phone", blind.token(generation.derive("index/phone"), phone)) for phone in phones if phone
    ]
    if values.get("email") and "@" in values["email"]:
        found.append(
            (
                "email",
                blind.token(generation.derive("index/email"), blind.normal_mail(values["email"])),
            )
        )
    if document := blind.normal_document(values.get("document_number") or ""):
        found.append(("document", blind.token(generation.derive("index/document"), document)))
    return found


def _e164(text: str, country: str) -> str:
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _terms_before(case_id: int) -> set[str]:
    card = name_cards.opened([case_id]).get(case_id)
    return terms_of(card["names"], card.get("birth")) if card else set()


def _append(generation: Generation, case_id: int, terms: Iterable[str]) -> None:
    """Add ``case_id`` to each term.

    Rows are locked in the order of their labels, so that two writers never wait in a circle.
    """
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


def _withdraw(generation: Generation, case_id: int, terms: Iterable[str]) -> None:
    """Take ``case_id`` out of each term: out of its head, or out of the block that has it."""
    code = generation.cipher()
    labels = {code.label(term): term for term in terms}
    for label, row in _locked(labels).items():
        head = code.open_head(label, row.content)
        if case_id in head.ids:
            head.ids.remove(case_id)
            row.content = code.seal_head(label, head)
            continue
        blocks = [code.label(labels[label], number) for number in range(head.blocks)]
        for place, block in _locked(blocks).items():
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


def _nearest(terms: dict[str, tuple[frozenset[int], float]]) -> list[int]:
    """At most :data:`COMPARED` case ids by how many parts of the name they share.

    ``terms``: term → which parts it stands for, and how sure it is.

    Each part counts once, by its best term, so that many ways of reading one part do not outweigh
    another part that fits too. Rare terms weigh more.
    """
    lists = {
        term: ids
        for term, ids in _lists(
            generations()[0].cipher(), {term: int(term.startswith("n:~")) for term in terms}
        ).items()
        if len(ids)
    }
    if not lists:
        return []
    # One weight for each id there may be: faster than sorting what was read, until ids are far
    # apart.
    best = np.zeros(
        (
            1 + max(place for places, _ in terms.values() for place in places),
            1 + max(int(ids.max()) for ids in lists.values()),
        ),
        dtype=np.float32,
    )
    for term, ids in lists.items():
        places, sure = terms[term]
        weight = sure * (0.6 + 2 / log2(4 + len(ids)))
        for place in places:
            best[place, ids] = np.maximum(best[place, ids], weight)
    weights = best.sum(axis=0)
    numbers = np.flatnonzero(weights)
    order = (
        np.argsort(-weights[numbers], kind="stable")[:COMPARED]
        if len(numbers) > COMPARED
        else np.arange(len(numbers))
    )
    return [int(number) for number in numbers[order]]


def _lists(code: PostingCipher, terms: dict[str, int]) -> dict[str, Any]:
    """The case ids of each term (term → how dear it is: 0 is read first), as far as
    :data:`MOST_BLOCKS` go.
    """
    heads = {code.label(term): term for term in terms}
    rows = db.session.execute(
        select(NameRow.label, NameRow.content).where(NameRow.label.in_(heads))
    )
    opened = _affordable(
        {heads[label]: code.open_head(label, content) for label, content in rows}, terms
    )
    blocks = {
        code.label(term, number): term
        for term, head in opened.items()
        for number in range(max(0, head.blocks - MOST_BLOCKS), head.blocks)
    }
    found = {term: [np.array(head.ids, dtype=np.int64)] for term, head in opened.items()}
    for start in range(0, len(blocks), 500):
        chunk = list(blocks)[start : start + 500]
        for label, content in db.session.execute(
            select(NameRow.label, NameRow.content).where(NameRow.label.in_(chunk))
        ):
            found[blocks[label]].append(
                np.frombuffer(code.open_raw(label, content), dtype=">u8").astype(np.int64)
            )
    return {term: np.concatenate(pieces) for term, pieces in found.items()}


def _affordable(opened: dict[str, Head], terms: dict[str, int]) -> dict[str, Head]:
    """Which terms are read: what sounds alike before what is one letter off, short lists before
    long ones, until :data:`MOST_BLOCKS` blocks.
    """
    chosen: dict[str, Head] = {}
    spent = 0
    for term, head in sorted(opened.items(), key=lambda item: (terms[item[0]], item[1].blocks)):
        if not chosen or spent + head.blocks <= MOST_BLOCKS // (1 + terms[term]):
            chosen[term] = head
            spent += head.blocks
    return chosen


def _judge(
    case_id: int, card: dict[str, Any], name: names.Prepared, birth: dict[str, Any] | None
) -> Hit:
    best = max(
        (names.likeness(name, names.prepare(known)) for known in card["names"]),
        key=lambda likeness: likeness.score,
    )
    score, reasons = best.score, list(best.reasons)
    known = card.get("birth")
    if birth and known and birth.get("year") and known.get("year"):
        apart = abs(birth["year"] - known["year"])
        reasons.append(
            "same_birth_year"
            if apart == 0
            else "near_birth_year"
            if apart <= 2
            else "other_birth_year"
        )
        score += 0.03 if apart == 0 else 0.0 if apart <= 2 else -0.12
    return Hit(case_id, min(score, 1.0), tuple(reasons))
