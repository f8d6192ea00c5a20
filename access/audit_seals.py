"""Checking the trail, and sending its heads out of the building.

Heads are signed (Ed25519) every hour. A seal names the digest of the one before; the newest one as
a short line (:func:`line`) goes to the data protection officers by mail each day, so that a trail
that was cut, or put back to an older day, is found by whoever has the mail.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from access import audit_chain
from access.audit_chain import CHAINED, START, Head
from encryption.signing import digest, public_key, sign_publicly, verify_publicly
from models.audit import AuditHead, AuditRecord, AuditRecordCase, AuditSeal
from models.base import db, now
from models.sealed import keyring

Entry = tuple[Any, ...]  # the columns of CHAINED, and the hash
LINE_DIGITS = 6  # with its number as long as a reference may be


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold."""

    organisation_id: int
    number: int
    what: str


def verify() -> Iterator[Break]:
    """Walk every chain; yield each place where it does not hold.

    One pass over the entries, in order, in constant memory.
    """
    heads = {
        head.organisation_id: Head(
            head.organisation_id, head.number, head.hash, head.keyed_from, head.mac
        )
        for head in db.session.execute(select(AuditHead)).scalars()
    }
    ends: dict[int, tuple[int, bytes]] = {}
    for row in _entries():
        place, number = row[0], row[1]
        head, end = heads.get(place), ends.get(place, (0, START))
        keyed = head is not None and head.is_keyed and number > head.keyed_from
        if what := _wrong(row, end, keyed=keyed):
            yield Break(place, end[0] + 1 if what == "missing" else number, what)
        ends[place] = (number, row[-1])
    for place, head in heads.items():
        yield from _wrong_head(head, ends.get(place, (0, START)))
    yield from _lost_from_histories()
    yield from compare_heads(seals())
    yield from _broken_row_of_seals()


def _entries() -> Iterator[Entry]:
    table: Any = AuditRecord.__table__
    columns = [table.c[name] for name in (*CHAINED, "hash")]
    query = select(*columns).order_by(table.c.organisation_id, table.c.number)
    yield from _streamed(query)


def _wrong(row: Entry, end: tuple[int, bytes], *, keyed: bool) -> str:
    before, previous = end
    if row[1] != before + 1:
        return "missing"
    same = audit_chain.chained(previous, row[:-1], keyed=keyed) == row[-1]
    return "" if same else "changed"


def _wrong_head(head: Head, end: tuple[int, bytes]) -> Iterator[Break]:
    number, last = end
    if (number, last) != (head.number, head.hash):
        yield Break(head.organisation_id, number + 1, "cut at the end")
    elif not audit_chain.holds(head):
        yield Break(head.organisation_id, number, "its end was put there by somebody else")
    elif not head.is_keyed and number:
        yield Break(head.organisation_id, number, "links not keyed: flask audit key")


def _lost_from_histories() -> Iterator[Break]:
    """Entries that are not in the history of each case they name: that list is outside the chain,
    and decides who is seen to have looked.
    """
    index = select(AuditRecordCase.entry_id, AuditRecordCase.case_id)
    rows = _streamed(index.order_by(AuditRecordCase.entry_id))
    entries = select(
        AuditRecord.id, AuditRecord.organisation_id, AuditRecord.number, AuditRecord.cases
    )
    row = next(rows, None)
    for entry_id, place, number, cases in _streamed(entries.order_by(AuditRecord.id)):
        found = set()
        while row is not None and row[0] <= entry_id:
            if row[0] == entry_id:
                found.add(row[1])
            row = next(rows, None)
        if found != {int(part) for part in cases.split()}:
            yield Break(place, number, "not in the histories of its cases")


def _streamed(query: Any) -> Iterator[Entry]:
    options = {"yield_per": 5000, "stream_results": True}
    for row in db.session.execute(query.execution_options(**options)):
        yield tuple(row)


def key_links() -> int:
    """Take chains that are older than keyed links into them; gives how many.

    For the upgrade alone: what is wrong before it can be found by plain digests only, so it is
    checked first. Raises :class:`ValueError` where a chain does not hold.
    """
    query = select(AuditHead).where(AuditHead.mac.is_(None)).with_for_update()
    older = list(db.session.execute(query).scalars())
    keyed = select(AuditHead.organisation_id).where(AuditHead.mac.is_not(None)).limit(1)
    if older and db.session.execute(keyed).first():
        raise ValueError("Other chains are keyed: somebody took the key off this one.")
    if older and any("not keyed" not in gap.what for gap in verify()):
        raise ValueError("The trail does not hold: see flask audit verify.")
    for head in older:
        head.keyed_from = head.number
        head.mac = audit_chain.mac(
            Head(head.organisation_id, head.number, head.hash, head.keyed_from, None)
        )
    return len(older)


def _seed() -> bytes:
    return keyring().derive("trail/heads")


def verifying_key() -> bytes:
    """The public key (Ed25519, 32 bytes) that checks the signed heads."""
    return public_key(_seed())


def _words(seal: dict[str, Any]) -> bytes:
    """What is signed of a seal, in the form that :func:`seals` gives."""
    words = "safeconduct trail head|{organisation}|{number}|{hash}|{at}".format(**seal)
    if seal.get("serial") is not None:
        words += "|{serial}|{previous}".format(**seal)
    return words.encode()


def seal_heads() -> int:
    """Periodic: sign the end of every chain that grew since its last seal; gives how many."""
    sealed = (
        select(func.max(AuditSeal.number))
        .where(AuditSeal.organisation_id == AuditHead.organisation_id)
        .scalar_subquery()
    )
    query = select(AuditHead).where(AuditHead.number > func.coalesce(sealed, 0))
    grown = db.session.execute(query.order_by(AuditHead.organisation_id)).scalars().all()
    last = _newest()
    for head in grown:
        last = _sealed(head, last)
        db.session.add(last)
    return len(grown)


def _sealed(head: AuditHead, before: AuditSeal | None) -> AuditSeal:
    made = AuditSeal(
        organisation_id=head.organisation_id,
        number=head.number,
        hash=head.hash,
        at=now(),
        serial=(before.serial or 0) + 1 if before else 1,
        previous=digest(before.signature) if before else START,
    )
    made.signature = sign_publicly(_seed(), _words(_plain(made)))
    return made


def _newest() -> AuditSeal | None:
    query = select(AuditSeal).where(AuditSeal.serial.is_not(None))
    return db.session.execute(query.order_by(AuditSeal.serial.desc()).limit(1)).scalar()


def _plain(seal: AuditSeal) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "organisation": seal.organisation_id,
        "number": seal.number,
        "hash": seal.hash.hex(),
        "at": seal.at.astimezone(UTC).isoformat(),
    }
    if seal.serial is not None and seal.previous is not None:
        plain |= {"serial": seal.serial, "previous": seal.previous.hex()}
    return plain


def seals() -> Iterator[dict[str, Any]]:
    """Every signed head as plain words, to be kept elsewhere."""
    for seal in db.session.execute(select(AuditSeal).order_by(AuditSeal.id)).scalars():
        yield _plain(seal) | {"signature": seal.signature.hex()}


def compare_heads(kept: Iterable[dict[str, Any]], key: bytes | None = None) -> Iterator[Break]:
    """Compare heads that were exported earlier with the chains as they stand: a chain that was cut,
    or made anew as a whole, shows here.
    """
    for head in kept:
        place, number = int(head["organisation"]), int(head["number"])
        signature = bytes.fromhex(head["signature"])
        if not verify_publicly(key or verifying_key(), signature, _words(_in_utc(head))):
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


def _in_utc(head: dict[str, Any]) -> dict[str, Any]:
    moment = datetime.fromisoformat(head["at"])
    return head | {"at": moment.astimezone(UTC).isoformat()}


def _broken_row_of_seals() -> Iterator[Break]:
    """Seals that were taken out of their row. Those at its end show by the mailed line alone."""
    query = select(AuditSeal).where(AuditSeal.serial.is_not(None)).order_by(AuditSeal.serial)
    before: AuditSeal | None = None
    for seal in db.session.execute(query).scalars():
        expected = digest(before.signature) if before else START
        if seal.serial != (before.serial or 0) + 1 if before else seal.serial != 1:
            yield Break(seal.organisation_id, seal.number, "a seal before it is gone")
        elif seal.previous != expected:
            yield Break(seal.organisation_id, seal.number, "not the seal that followed")
        before = seal


def line() -> str:
    """The newest seal in a line that fits a mail: TH, its number, the first digits of its digest.

    Empty before the first.
    """
    seal = _newest()
    return _line(seal) if seal else ""


def _line(seal: AuditSeal) -> str:
    return f"TH-{seal.serial}-{digest(seal.signature).hex()[:LINE_DIGITS]}"


def compare_line(mailed: str) -> Iterator[Break]:
    """Compare a line that was mailed (:func:`line`) with the seals as they stand.

    What is no such line raises :class:`ValueError`.
    """
    _prefix, serial, _digits = mailed.strip().split("-")
    seal = db.session.execute(select(AuditSeal).where(AuditSeal.serial == int(serial))).scalar()
    if seal is None:
        yield Break(0, int(serial), "the seal that was mailed is gone")
    elif _line(seal) != mailed.strip():
        yield Break(seal.organisation_id, seal.number, "not the seal that was mailed")
