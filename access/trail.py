"""The trail: entries in a hash chain per organisation, written in the transaction of the deed.

``hash = SHA-256(previous hash, entry)``; the chain's head row is locked while entries are added, so that writers on
several nodes make one chain. An entry names fields and cases, never contents.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from models.base import db, now
from models.trail import TrailCase, TrailEntry, TrailHead
from vault.signing import digest

START = bytes(32)


@dataclass
class Deed:
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


def append(deeds: Iterable[Deed]) -> None:
    """Add ``deeds`` to the chains of their organisations. Called last in a transaction: the head stays locked until it ends."""
    by_chain: dict[int, list[Deed]] = {}
    for deed in deeds:
        by_chain.setdefault(deed.organisation_id, []).append(deed)
    for organisation_id in sorted(by_chain):
        head = _locked_head(organisation_id)
        for deed in by_chain[organisation_id]:
            _write(head, deed)
    db.session.flush()


def _locked_head(organisation_id: int) -> TrailHead:
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    start = dialect.insert(TrailHead).values(organisation_id=organisation_id, number=0, hash=START)
    db.session.execute(start.on_conflict_do_nothing())
    query = select(TrailHead).where(TrailHead.organisation_id == organisation_id)
    return db.session.execute(query.with_for_update().execution_options(populate_existing=True)).scalar_one()


def _write(head: TrailHead, deed: Deed) -> None:
    entry = TrailEntry(
        organisation_id=deed.organisation_id,
        number=head.number + 1,
        at=deed.at.astimezone(UTC),
        actor=deed.actor[:60],
        user_id=deed.user_id,
        deed=deed.deed,
        subject=deed.subject,
        fields=" ".join(deed.fields)[:2000],
        cases=" ".join(map(str, deed.cases)),
        purpose=deed.purpose,
        hash=b"",
    )
    entry.hash = _link(head.hash, entry)
    head.number, head.hash = entry.number, entry.hash
    db.session.add(entry)
    if deed.cases:
        db.session.flush()
        db.session.add_all(TrailCase(case_id=case_id, entry_id=entry.id) for case_id in dict.fromkeys(deed.cases))


def _link(previous: bytes, entry: TrailEntry) -> bytes:
    texts = (
        str(entry.organisation_id), str(entry.number), entry.at.astimezone(UTC).isoformat(), entry.actor, str(entry.user_id or ""),
        entry.deed, entry.subject, entry.fields, entry.cases, entry.purpose,
    )  # fmt: skip
    return digest(previous, *(text.encode() for text in texts))


def verify() -> Iterator[Break]:
    """Walk every chain; yield each place where it does not hold. Costs one pass over the entries, in order."""
    query = select(TrailEntry).order_by(TrailEntry.organisation_id, TrailEntry.number).execution_options(yield_per=1000)
    ends: dict[int, tuple[int, bytes]] = {}
    for entry in db.session.execute(query).scalars():
        number, previous = ends.get(entry.organisation_id, (0, START))
        if entry.number != number + 1:
            yield Break(entry.organisation_id, number + 1, "missing")
        elif _link(previous, entry) != entry.hash:
            yield Break(entry.organisation_id, entry.number, "changed")
        ends[entry.organisation_id] = (entry.number, entry.hash)
        db.session.expunge(entry)
    for head in db.session.execute(select(TrailHead)).scalars():
        number, last = ends.get(head.organisation_id, (0, START))
        if (number, last) != (head.number, head.hash):
            yield Break(head.organisation_id, number + 1, "cut at the end")
