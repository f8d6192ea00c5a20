"""The search index on rows: names in encrypted posting blocks, exact values as blind tokens. Plain text passes through memory only."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import log2
from typing import Any

import phonenumbers
from sqlalchemy import delete, select

from models.base import db
from models.cases import BlindToken, NameCard, NameRow
from models.sealed import keyring
from vault import blind, cipher, names
from vault.postings import BLOCK_ROOM, Head, PostingCipher

COMPARED = 150
EXACT_KINDS = ("phone", "email", "document")


@dataclass(frozen=True)
class Hit:
    """A case that may be the one asked for: how likely (0 to 1) and why (codes)."""

    case_id: int
    score: float
    reasons: tuple[str, ...]


def enrol(case_id: int, identity: dict[str, Any], country: str = "") -> None:
    """Put the names, birth and exact values of ``identity`` into the index, replacing what the case had before."""
    known = _names(identity)
    terms = {f"n:{key}" for name in known for key in names.keys(name)}
    terms |= {f"b:{birth}" for birth in _birth_terms(identity.get("birth"))}
    _append(case_id, terms - _terms_before(case_id))
    _write_card(case_id, known, identity.get("birth"))
    db.session.execute(delete(BlindToken).where(BlindToken.case_id == case_id))
    db.session.add_all(BlindToken(case_id=case_id, token=token) for token in sorted(_exact(identity, country)))


def remove(case_id: int) -> None:
    """Take a case out of the index. Its number stays in posting blocks, where it points at nothing."""
    db.session.execute(delete(BlindToken).where(BlindToken.case_id == case_id))
    db.session.execute(delete(NameCard).where(NameCard.case_id == case_id))


def find(name: str, birth: dict[str, Any] | None = None, limit: int = 10, least: float = 0.72) -> list[Hit]:
    """The cases whose names are most like ``name``, best first. Opens at most :data:`COMPARED` cards."""
    weights = _candidates({f"n:{key}" for key in names.keys(name)})
    nearest = [case_id for case_id, _ in weights.most_common(COMPARED)]
    hits = [hit for case_id, card in _cards(nearest).items() if (hit := _judge(case_id, card, name, birth)).score >= least]
    return sorted(hits, key=lambda hit: -hit.score)[:limit]


def find_exact(value: str, country: str = "") -> list[Hit]:
    """The cases that hold ``value`` as phone, mail or document."""
    kinds = {"phone": value, "email": value, "document_number": value} if len(value) > 4 else {}
    tokens = {token: kind for kind, token in _tokens(kinds, country)}
    rows = db.session.execute(select(BlindToken.case_id, BlindToken.token).where(BlindToken.token.in_(tokens)).limit(50))
    return [Hit(case_id, 1.0, (f"same_{tokens[token]}",)) for case_id, token in rows]


def row_token(*values: str) -> bytes:
    """The blind token of an imported row."""
    return blind.token(keyring().derive("index/import"), "\x1f".join(values))


def _names(identity: dict[str, Any]) -> list[str]:
    whole = " ".join(part for part in (identity.get("given_names"), identity.get("family_name")) if part)
    others = (identity.get("other_names") or "").splitlines()
    return [name for name in (whole, identity.get("call_name") or "", *others) if name.strip()]


def _birth_terms(birth: dict[str, Any] | None) -> list[str]:
    if not birth or "year" not in birth:
        return []
    return [f"{birth['year']}"] + ([f"{birth['year']}-{birth['month']}"] if birth.get("month") else [])


def _exact(identity: dict[str, Any], country: str) -> set[bytes]:
    return {token for _, token in _tokens(identity, country)}


def _tokens(values: dict[str, Any], country: str) -> list[tuple[str, bytes]]:
    phones = [_e164(values.get(field) or "", country) for field in ("phone", "home_phone")]
    found = [("phone", blind.token(keyring().derive("index/phone"), phone)) for phone in phones if phone]
    if values.get("email") and "@" in values["email"]:
        found.append(("email", blind.token(keyring().derive("index/email"), blind.normal_mail(values["email"]))))
    if document := blind.normal_document(values.get("document_number") or ""):
        found.append(("document", blind.token(keyring().derive("index/document"), document)))
    return found


def _e164(text: str, country: str) -> str:
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _cipher() -> PostingCipher:
    return PostingCipher(keyring().derive("index/labels"), keyring().derive("index/postings"))


def _terms_before(case_id: int) -> set[str]:
    card = _cards([case_id]).get(case_id)
    if card is None:
        return set()
    terms = {f"n:{key}" for name in card["names"] for key in names.keys(name)}
    return terms | {f"b:{birth}" for birth in _birth_terms(card.get("birth"))}


def _append(case_id: int, terms: Iterable[str]) -> None:
    """Add ``case_id`` to each term. Rows are locked in the order of their labels, so that two writers never wait in a circle."""
    code = _cipher()
    labels = {code.label(term): term for term in terms}
    query = select(NameRow).where(NameRow.label.in_(labels)).order_by(NameRow.label).with_for_update()
    rows = {row.label: row for row in db.session.execute(query).scalars()}
    for label in sorted(labels):
        row = rows.get(label)
        head = code.open_head(label, row.content) if row else Head()
        if head.add(case_id):
            _spill(code, labels[label], head)
        content = code.seal_head(label, head)
        if row:
            row.content = content
        else:
            db.session.add(NameRow(label=label, content=content))
    db.session.flush()


def _spill(code: PostingCipher, term: str, head: Head) -> None:
    """Move a full head into the term's open block, or begin another."""
    label = code.label(term, max(head.blocks - 1, 0))
    row = db.session.get(NameRow, label) if head.blocks else None
    ids = code.open_block(label, row.content) if row else []
    if row is None or len(ids) + len(head.ids) > BLOCK_ROOM:
        label, ids = code.label(term, head.blocks), []
        row = NameRow(label=label, content=b"")
        db.session.add(row)
        head.blocks += 1
    row.content = code.seal_block(label, [*ids, *head.ids])
    head.ids = []


def _candidates(terms: set[str]) -> Counter[int]:
    """Case ids by how much they share with ``terms``: rare terms weigh more."""
    code = _cipher()
    heads = {code.label(term): term for term in terms}
    rows = db.session.execute(select(NameRow.label, NameRow.content).where(NameRow.label.in_(heads)))
    opened = {heads[label]: code.open_head(label, content) for label, content in rows}
    blocks = {code.label(term, number): term for term, head in opened.items() for number in range(head.blocks)}
    lists = {term: list(head.ids) for term, head in opened.items()}
    for start in range(0, len(blocks), 500):
        chunk = list(blocks)[start : start + 500]
        for label, content in db.session.execute(select(NameRow.label, NameRow.content).where(NameRow.label.in_(chunk))):
            lists[blocks[label]] += code.open_block(label, content)
    weights: Counter[int] = Counter()
    for ids in lists.values():
        weight = 1 / log2(2 + len(ids))
        for case_id in ids:
            weights[case_id] += weight  # type: ignore[assignment] # Counter adds floats as well
    return weights


def _place(case_id: int) -> str:
    return f"name_cards/{case_id}"


def _write_card(case_id: int, known: list[str], birth: dict[str, Any] | None) -> None:
    content = json.dumps({"names": known, "birth": birth}, ensure_ascii=False).encode()
    sealed = cipher.seal(keyring().derive("index/cards"), content, bound=_place(case_id))
    card = db.session.get(NameCard, case_id)
    if card is None:
        db.session.add(NameCard(case_id=case_id, content=sealed))
    else:
        card.content = sealed


def _cards(case_ids: list[int]) -> dict[int, dict[str, Any]]:
    rows = db.session.execute(select(NameCard.case_id, NameCard.content).where(NameCard.case_id.in_(case_ids)))
    key = keyring().derive("index/cards")
    return {case_id: json.loads(cipher.unseal(key, content, bound=_place(case_id))) for case_id, content in rows}


def _judge(case_id: int, card: dict[str, Any], name: str, birth: dict[str, Any] | None) -> Hit:
    best = max((names.compare(name, known) for known in card["names"]), key=lambda likeness: likeness.score)
    score, reasons = best.score, list(best.reasons)
    known = card.get("birth")
    if birth and known and birth.get("year") and known.get("year"):
        apart = abs(birth["year"] - known["year"])
        reasons.append("same_birth_year" if apart == 0 else "near_birth_year" if apart <= 2 else "other_birth_year")
        score += 0.03 if apart == 0 else 0.0 if apart <= 2 else -0.12
    return Hit(case_id, min(score, 1.0), tuple(reasons))
