"""The trail: entries in a hash chain per organisation, written in the transaction of the deed.

``hash = SHA-256(previous hash, entry)``; the chain's head row is locked while entries are added, so
that writers on
several nodes make one chain. An entry names fields and cases, never contents. Heads are signed
(Ed25519) on a schedule and can be kept elsewhere.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import func, insert, select, update

from encryption.signing import digest, public_key, sign_publicly, verify_publicly
from models.audit import AuditHead, AuditRecord, AuditRecordCase, AuditSeal
from models.base import db, insert_if_new, now
from models.sealed import keyring

START = bytes(32)


@dataclass
class AuditEntry:
    """What is about to enter the trail."""

    actor: str
    deed: str
    organisation_id: int = 0
    user_id: int | None = None
    subject: str = ""
    fields: tuple[str, ...] = ()
    cases: tuple[int, ...] = ()
    purpose: str = ""
    at: datetime = field(default_factory=now)


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold."""

    organisation_id: int
    number: int
    what: str


class Recorder(Protocol):
    """What gathers the entries of one request, job or command."""

    def record(
        self, deed: str, *, subject: str, cases: tuple[int, ...], fields: tuple[str, ...]
    ) -> None:
        """Gather one entry."""


_recorder: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


@contextmanager
def recorded_by(recorder: Recorder) -> Iterator[None]:
    """Within the block, :func:`record` gives its entries to ``recorder``."""
    token = _recorder.set(recorder)
    try:
        yield
    finally:
        _recorder.reset(token)


def record(
    deed: str, *, subject: str = "", cases: tuple[int, ...] = (), fields: tuple[str, ...] = ()
) -> None:
    """Put a deed that is not a read (an export, a decision, a sign-in) into the trail, in the name
    of whoever is acting.
    """
    recorder = _recorder.get()
    if recorder is None:
        raise RuntimeError("nobody is acting")
    recorder.record(deed, subject=subject, cases=cases, fields=fields)


def append(deeds: Iterable[AuditEntry]) -> None:
    """Add ``deeds`` to the chains of their organisations.

    Called last in a transaction: the head stays locked until it ends.
    """
    by_chain: dict[int, list[AuditEntry]] = {}
    for deed in deeds:
        by_chain.setdefault(deed.organisation_id, []).append(deed)
    for organisation_id in sorted(by_chain):
        _extend(organisation_id, by_chain[organisation_id])


def _extend(organisation_id: int, deeds: list[AuditEntry]) -> None:
    """Lock the chain's head, add to the chain, move the head.

    Plain statements: this runs with every page that opens a compartment.
    """
    number, last = _locked_head(organisation_id)
    rows = []
    for deed in deeds:
        number += 1
        row = _row(deed, organisation_id, number)
        row["hash"] = last = _link(last, row)
        rows.append(row)
    made = db.session.execute(
        insert(AuditRecord).returning(AuditRecord.id, AuditRecord.number), rows
    )
    ids = {entry_number: entry_id for entry_id, entry_number in made}
    touched = [
        {"case_id": case_id, "entry_id": ids[row["number"]]}
        for row, deed in zip(rows, deeds, strict=True)
        for case_id in dict.fromkeys(deed.cases)
    ]
    if touched:
        db.session.execute(insert(AuditRecordCase), touched)
    heads: Any = AuditHead.__table__
    head = update(heads).where(heads.c.organisation_id == organisation_id)
    db.session.execute(head.values(number=number, hash=last))


def _locked_head(organisation_id: int) -> tuple[int, bytes]:
    table = AuditHead.__table__
    query = (
        select(table.c.number, table.c.hash)
        .where(table.c.organisation_id == organisation_id)
        .with_for_update()
    )
    found = db.session.execute(query).first()
    if found is None:
        start = insert_if_new(AuditHead)
        db.session.execute(start.values(organisation_id=organisation_id, number=0, hash=START))
        found = db.session.execute(query).one()
    return found[0], found[1]


def _row(deed: AuditEntry, organisation_id: int, number: int) -> dict[str, Any]:
    return {
        "organisation_id": organisation_id,
        "number": number,
        "at": deed.at.astimezone(UTC),
        "actor": deed.actor[:60],
        "user_id": deed.user_id,
        "deed": deed.deed,
        "subject": deed.subject,
        "fields": " ".join(deed.fields)[:2000],
        "cases": " ".join(map(str, deed.cases)),
        "purpose": deed.purpose,
    }


_CHAINED = (
    "organisation_id",
    "number",
    "at",
    "actor",
    "user_id",
    "deed",
    "subject",
    "fields",
    "cases",
    "purpose",
)


def _link(previous: bytes, row: dict[str, Any]) -> bytes:
    """The hash of an entry over everything in it and the hash before it."""
    return _chained(previous, tuple(row[name] for name in _CHAINED))


def _chained(previous: bytes, values: tuple[Any, ...]) -> bytes:
    texts = (
        ""
        if value is None
        else value.astimezone(UTC).isoformat()
        if isinstance(value, datetime)
        else str(value)
        for value in values
    )
    return digest(previous, *(text.encode() for text in texts))


def verify() -> Iterator[Break]:
    """Walk every chain; yield each place where it does not hold.

    One pass over the entries, in order, in constant memory.
    """
    table = AuditRecord.__table__
    columns = [table.c[name] for name in (*_CHAINED, "hash")]
    query = (
        select(*columns)
        .order_by(table.c.organisation_id, table.c.number)
        .execution_options(yield_per=5000, stream_results=True)
    )
    ends: dict[int, tuple[int, bytes]] = {}
    for organisation_id, number, *rest, kept in db.session.execute(query):
        before, previous = ends.get(organisation_id, (0, START))
        if number != before + 1:
            yield Break(organisation_id, before + 1, "missing")
        elif _chained(previous, (organisation_id, number, *rest)) != kept:
            yield Break(organisation_id, number, "changed")
        ends[organisation_id] = (number, kept)
    for head in db.session.execute(select(AuditHead)).scalars():
        number, last = ends.get(head.organisation_id, (0, START))
        if (number, last) != (head.number, head.hash):
            yield Break(head.organisation_id, number + 1, "cut at the end")
    yield from _broken_seals()


def _seed() -> bytes:
    return keyring().derive("trail/heads")


def verifying_key() -> bytes:
    """The public key (Ed25519, 32 bytes) that checks the signed heads."""
    return public_key(_seed())


def _head_words(organisation_id: int, number: int, hash_: bytes, at: datetime) -> bytes:
    moment = at.astimezone(UTC).isoformat()
    return f"safeconduct trail head|{organisation_id}|{number}|{hash_.hex()}|{moment}".encode()


def seal_heads() -> int:
    """Periodic: sign the end of every chain that grew since its last seal; gives how many."""
    sealed = (
        select(func.max(AuditSeal.number))
        .where(AuditSeal.organisation_id == AuditHead.organisation_id)
        .scalar_subquery()
    )
    grown = (
        db.session.execute(select(AuditHead).where(AuditHead.number > func.coalesce(sealed, 0)))
        .scalars()
        .all()
    )
    at = now()
    for head in grown:
        signature = sign_publicly(
            _seed(), _head_words(head.organisation_id, head.number, head.hash, at)
        )
        db.session.add(
            AuditSeal(
                organisation_id=head.organisation_id,
                number=head.number,
                hash=head.hash,
                at=at,
                signature=signature,
            )
        )
    return len(grown)


def heads() -> Iterator[dict[str, Any]]:
    """Every signed head as plain words, to be kept elsewhere."""
    for seal in db.session.execute(select(AuditSeal).order_by(AuditSeal.id)).scalars():
        yield {
            "organisation": seal.organisation_id,
            "number": seal.number,
            "hash": seal.hash.hex(),
            "at": seal.at.isoformat(),
            "signature": seal.signature.hex(),
        }


def compare_heads(kept: Iterable[dict[str, Any]], key: bytes | None = None) -> Iterator[Break]:
    """Compare heads that were exported earlier with the chains as they stand: a chain that was cut,
    or made anew as a whole, shows here.
    """
    for head in kept:
        place, number = int(head["organisation"]), int(head["number"])
        words = _head_words(
            place, number, bytes.fromhex(head["hash"]), datetime.fromisoformat(head["at"])
        )
        if not verify_publicly(key or verifying_key(), bytes.fromhex(head["signature"]), words):
            yield Break(place, number, "signed with another key")
            continue
        stands = db.session.execute(
            select(AuditRecord.hash).where(
                AuditRecord.organisation_id == place, AuditRecord.number == number
            )
        ).scalar()
        if stands is None:
            yield Break(place, number, "gone since it was signed")
        elif stands.hex() != head["hash"]:
            yield Break(place, number, "not what was signed")


def _broken_seals() -> Iterator[Break]:
    return compare_heads(heads())
