"""The trail: entries in a hash chain per organisation, written in the transaction of the deed.

``hash = SHA-256(previous hash, entry)``; the chain's head row is locked while entries are added, so that writers on
several nodes make one chain. An entry names fields and cases, never contents.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, update
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
        _extend(organisation_id, by_chain[organisation_id])


def _extend(organisation_id: int, deeds: list[Deed]) -> None:
    """Lock the chain's head, add to the chain, move the head. Plain statements: this runs with every page that opens a compartment."""
    number, last = _locked_head(organisation_id)
    rows = []
    for deed in deeds:
        number += 1
        row = _row(deed, organisation_id, number)
        row["hash"] = last = _link(last, row)
        rows.append(row)
    made = db.session.execute(insert(TrailEntry).returning(TrailEntry.id, TrailEntry.number), rows)
    ids = {entry_number: entry_id for entry_id, entry_number in made}
    touched = [{"case_id": case_id, "entry_id": ids[row["number"]]} for row, deed in zip(rows, deeds, strict=True) for case_id in dict.fromkeys(deed.cases)]
    if touched:
        db.session.execute(insert(TrailCase), touched)
    db.session.execute(update(TrailHead.__table__).where(TrailHead.__table__.c.organisation_id == organisation_id).values(number=number, hash=last))  # type: ignore[arg-type]


def _locked_head(organisation_id: int) -> tuple[int, bytes]:
    table = TrailHead.__table__
    query = select(table.c.number, table.c.hash).where(table.c.organisation_id == organisation_id).with_for_update()
    found = db.session.execute(query).first()
    if found is None:
        dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
        start = dialect.insert(TrailHead).values(organisation_id=organisation_id, number=0, hash=START)
        db.session.execute(start.on_conflict_do_nothing())
        found = db.session.execute(query).one()
    return found[0], found[1]


def _row(deed: Deed, organisation_id: int, number: int) -> dict[str, Any]:
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


_CHAINED = ("organisation_id", "number", "at", "actor", "user_id", "deed", "subject", "fields", "cases", "purpose")


def _link(previous: bytes, row: dict[str, Any]) -> bytes:
    """The hash of an entry over everything in it and the hash before it."""
    values = ((row[name].astimezone(UTC).isoformat() if name == "at" else row[name]) for name in _CHAINED)
    return digest(previous, *(str("" if value is None else value).encode() for value in values))


def verify() -> Iterator[Break]:
    """Walk every chain; yield each place where it does not hold. Costs one pass over the entries, in order."""
    query = select(TrailEntry).order_by(TrailEntry.organisation_id, TrailEntry.number).execution_options(yield_per=1000)
    ends: dict[int, tuple[int, bytes]] = {}
    for entry in db.session.execute(query).scalars():
        number, previous = ends.get(entry.organisation_id, (0, START))
        if entry.number != number + 1:
            yield Break(entry.organisation_id, number + 1, "missing")
        elif _link(previous, {name: getattr(entry, name) for name in _CHAINED}) != entry.hash:
            yield Break(entry.organisation_id, entry.number, "changed")
        ends[entry.organisation_id] = (entry.number, entry.hash)
        db.session.expunge(entry)
    for head in db.session.execute(select(TrailHead)).scalars():
        number, last = ends.get(head.organisation_id, (0, START))
        if (number, last) != (head.number, head.hash):
            yield Break(head.organisation_id, number + 1, "cut at the end")
