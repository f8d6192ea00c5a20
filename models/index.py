"""The search index on rows, asked: names in encrypted posting blocks, exact values as blind tokens.
:mod:`models.enrolling` writes it.

Plain text passes through memory only. Every index is asked whose key is here;
:func:`not_asked` says whose are not.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from encryption import blind, names
from encryption.postings import Head
from loading import later
from models import name_cards
from models.base import db
from models.index_keys import Generation, standing
from models.index_rows import BlindToken, NameRow
from models.scope import opened
from models.sealed import keyring

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
    found = _lists(standing().all, {f"b:{term}": 0 for term in terms})
    numbers = sorted(set().union(*(ids.tolist() for ids in found.values())), reverse=True)[:limit]
    return [Hit(case_id, 1.0, ("same_birth",)) for case_id in numbers]


@opened("search")
def find_exact(value: str, country: str = "") -> list[Hit]:
    """The cases that hold ``value`` as phone, mail or document."""
    kinds = {"phone": value, "email": value, "document_number": value} if len(value) > 4 else {}
    tokens = {
        token: kind for each in standing().all for kind, token in exact_tokens(each, kinds, country)
    }
    rows = db.session.execute(
        select(BlindToken.case_id, BlindToken.token).where(BlindToken.token.in_(tokens)).limit(100)
    )
    found = {case_id: Hit(case_id, 1.0, (f"same_{tokens[token]}",)) for case_id, token in rows}
    return list(found.values())[:50]


def not_asked() -> frozenset[int]:
    """The offices whose keys are on other machines: whom they know is not found here."""
    return standing().elsewhere


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


def exact_tokens(
    generation: Generation, values: dict[str, Any], country: str
) -> list[tuple[str, bytes]]:
    """The kind and the token of each exact value, as it stands in one index."""
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


def _nearest(terms: dict[str, tuple[frozenset[int], float]]) -> list[int]:
    """At most :data:`COMPARED` case ids by how many parts of the name they share.

    ``terms``: term → which parts it stands for, and how sure it is.

    Each part counts once, by its best term, so that many ways of reading one part do not outweigh
    another part that fits too. Rare terms weigh more.
    """
    found = _lists(standing().all, {term: int(term.startswith("n:~")) for term in terms})
    lists = {term: ids for term, ids in found.items() if len(ids)}
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


def _lists(indexes: Iterable[Generation], terms: dict[str, int]) -> dict[str, Any]:
    """The case ids of each term (term → how dear it is: 0 is read first) in all ``indexes``, as far
    as :data:`MOST_BLOCKS` go.
    """
    codes = {each.number: each.cipher() for each in indexes}
    labels = {code.label(term): (term, of) for of, code in codes.items() for term in terms}
    heads = {
        labels[label]: codes[labels[label][1]].open_head(label, content)
        for label, content in _contents(list(labels))
    }
    chosen = _affordable(heads, terms)
    blocks = {
        codes[of].label(term, number): (term, of)
        for (term, of), head in chosen.items()
        for number in range(max(0, head.blocks - MOST_BLOCKS), head.blocks)
    }
    found: dict[str, list[Any]] = {}
    for (term, _of), head in chosen.items():
        found.setdefault(term, []).append(np.array(head.ids, dtype=np.int64))
    for label, content in _contents(list(blocks)):
        term, of = blocks[label]
        ids = np.frombuffer(codes[of].open_raw(label, content), dtype=">u8")
        found[term].append(ids.astype(np.int64))
    return {term: np.concatenate(pieces) for term, pieces in found.items()}


def _contents(labels: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for start in range(0, len(labels), 1000):
        some = NameRow.label.in_(labels[start : start + 1000])
        query = select(NameRow.label, NameRow.content).where(some)
        yield from ((row.label, row.content) for row in db.session.execute(query))


def _affordable(
    heads: dict[tuple[str, int], Head], terms: dict[str, int]
) -> dict[tuple[str, int], Head]:
    """Which terms are read: what sounds alike before what is one letter off, short lists before
    long ones, until :data:`MOST_BLOCKS` blocks. A term is read in all indexes or in none.
    """
    blocks: dict[str, int] = {}
    for (term, _of), head in heads.items():
        blocks[term] = blocks.get(term, 0) + head.blocks
    chosen: set[str] = set()
    spent = 0
    for term in sorted(blocks, key=lambda term: (terms[term], blocks[term])):
        if not chosen or spent + blocks[term] <= MOST_BLOCKS // (1 + terms[term]):
            chosen.add(term)
            spent += blocks[term]
    return {place: head for place, head in heads.items() if place[0] in chosen}


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
