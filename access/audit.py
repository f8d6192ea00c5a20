"""The trail: entries in a hash chain per organisation, written in the transaction of the deed.

The chain's head row is locked while entries are added, so that writers on several nodes make one
chain. An entry names fields and cases, never contents. How entries are linked:
:mod:`access.audit_chain`; how it is checked, signed and sent away: :mod:`access.audit_seals`.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote

from sqlalchemy import insert, select, update

from access import audit_chain
from access.audit_chain import Head
from models.audit import AuditHead, AuditRecord, AuditRecordCase
from models.base import db, insert_if_new, now
from models.scope import opened
from models.sealed import MARKED

BROKEN = "trail_broken"
FORCED = "duress"
WAS, IS = "was=", "is="  # before the names that something had and has, among the fields
NO_DOCUMENT = ">"  # among the fields of a write: of records beside the document of a compartment


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


def from_to(before: str, after: str) -> tuple[str, str]:
    """Among the fields of an entry: what a name was, and what it is now. Of organisations and
    teams, never of persons.
    """
    return f"{WAS}{quote(before)}", f"{IS}{quote(after)}"


@opened("trail")
def newest_mark(case_id: int, deed: str) -> str:
    """The mark (hex) of the document that the newest write of a compartment left.

    Empty where that entry has none: a version before marks wrote it, or nobody yet.
    """
    query = (
        select(AuditRecord.fields)
        .join(AuditRecordCase, AuditRecordCase.entry_id == AuditRecord.id)
        .where(AuditRecordCase.case_id == case_id, AuditRecord.deed == deed)
        .order_by(AuditRecordCase.entry_id.desc())
    )
    written = db.session.execute(query.execution_options(yield_per=20)).scalars()
    newest = next((names for names in written if not names.startswith(NO_DOCUMENT)), "")
    written.close()
    first = newest.partition(" ")[0]
    return first.removeprefix(MARKED) if first.startswith(MARKED) else ""


@opened("trail")
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

    Plain statements: this runs with every page that opens a compartment. A head that somebody else
    moved is said in the chain itself, where it stays: the next link would hide it.
    """
    head = _locked_head(organisation_id)
    if not audit_chain.holds(head):
        deeds = [AuditEntry("system", BROKEN, organisation_id), *deeds]
    number, last, rows = head.number, head.hash, []
    for deed in deeds:
        number += 1
        row = _row(deed, organisation_id, number)
        row["hash"] = last = audit_chain.link(last, row, keyed=head.is_keyed)
        rows.append(row)
    made = db.session.execute(
        insert(AuditRecord).returning(AuditRecord.id, AuditRecord.number), rows
    )
    _name_cases(deeds, rows, {entry_number: entry_id for entry_id, entry_number in made})
    _move(head.moved(number, last))


def _name_cases(deeds: list[AuditEntry], rows: list[dict[str, Any]], ids: dict[int, int]) -> None:
    """Make the entries findable by the cases they touched."""
    touched = [
        {"case_id": case_id, "entry_id": ids[row["number"]]}
        for row, deed in zip(rows, deeds, strict=True)
        for case_id in dict.fromkeys(deed.cases)
    ]
    if touched:
        db.session.execute(insert(AuditRecordCase), touched)


def _move(head: Head) -> None:
    heads: Any = AuditHead.__table__
    statement = update(heads).where(heads.c.organisation_id == head.organisation_id)
    mac = audit_chain.mac(head) if head.is_keyed else None
    db.session.execute(statement.values(number=head.number, hash=head.hash, mac=mac))


def _locked_head(organisation_id: int) -> Head:
    table: Any = AuditHead.__table__
    columns = (table.c.number, table.c.hash, table.c.keyed_from, table.c.mac)
    query = select(*columns).where(table.c.organisation_id == organisation_id).with_for_update()
    found = db.session.execute(query).first()
    if found is None:
        fresh = Head(organisation_id, 0, audit_chain.START, 0, None)
        values = asdict(fresh) | {"mac": audit_chain.mac(fresh)}
        db.session.execute(insert_if_new(AuditHead).values(values))
        found = db.session.execute(query).one()
    return Head(organisation_id, *found)


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
