"""The only bridge between rows and ciphers.

Reading or writing a compartment asks the gate, leaves a trail entry, then opens.

Packages see attributes: ``case.identity["family_name"]``. They never see a key. Until ``access``
opens the gate, every compartment is shut, for jobs, commands and templates too.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, Self, overload

from sqlalchemy import Boolean, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from encryption import cipher
from encryption.cipher import Unreadable
from encryption.keyring import HeldElsewhere
from encryption.signing import keyed_digest
from models.base import Base, db, now
from models.erasure import GONE
from models.key_wraps import SystemKey, keyring, unwrapped, wrapped_new

if TYPE_CHECKING:
    from models.cases import Case


__all__ = ["Compartment", "HeldElsewhere", "Shut", "SystemKey", "Unreadable", "keyring"]
COMPARTMENTS = ("identity", "protection", "medical", "legal", "return", "care")
Document = Mapping[str, Any]


class Shut(Exception):
    """Somebody without leave reached for sealed content."""


class Gate(Protocol):
    """Decides whether whoever acts may read or write a compartment of a record; notes it."""

    @property
    def actor_id(self) -> int | None:
        """The account that acts."""

    def pass_through(
        self, deed: str, record: Any, compartment: str, fields: tuple[str, ...]
    ) -> None:
        """Let through, or raise."""

    def newest_written(self, case_id: int, compartment: str) -> str:
        """The mark of what was last written there, by the trail; empty where it says none."""


class _ShutGate:
    actor_id = None

    def pass_through(
        self, deed: str, record: Any, compartment: str, fields: tuple[str, ...]
    ) -> None:
        """Nobody acts: nothing opens."""
        raise Shut(f"{deed} {compartment}: nobody is acting")

    def newest_written(self, case_id: int, compartment: str) -> str:
        """Nobody acts: nothing is known."""
        raise Shut(f"{case_id} {compartment}: nobody is acting")


gate: ContextVar[Gate] = ContextVar("gate", default=_ShutGate())  # noqa: B039 -- it has no state


@contextmanager
def gate_opened_by(opened: Gate) -> Iterator[None]:
    """Put ``opened`` before all compartments within the block. For ``access`` alone."""
    token = gate.set(opened)
    try:
        yield
    finally:
        gate.reset(token)


class CaseKey(Base):
    """The key of one compartment of one case, wrapped by a key of the office that holds it.

    Destroying the row erases the compartment.
    """

    __tablename__ = "case_keys"
    __erasure__ = GONE
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    compartment: Mapped[str] = mapped_column(String(12), primary_key=True)
    master_version: Mapped[int]
    content: Mapped[bytes]
    number: Mapped[int] = mapped_column(
        default=1
    )  # counts rotations of this key; each ciphertext names it
    previous: Mapped[
        bytes | None
    ]  # the key before, wrapped, until all that it sealed is sealed anew
    rotated_at: Mapped[datetime | None]
    # Mark of the document that was written last; none where a version before marks wrote it.
    newest: Mapped[bytes | None]
    __table_args__ = (Index("ix_case_keys_master_version", "master_version"),)


class CaseDocument(Base):
    """What one compartment of one case holds, sealed.

    ``revision`` lets the second of two writers know.
    """

    __tablename__ = "case_documents"
    __erasure__ = GONE
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    compartment: Mapped[str] = mapped_column(String(12), primary_key=True)
    revision: Mapped[int] = mapped_column(default=1)
    content: Mapped[bytes]
    __mapper_args__ = {"version_id_col": revision}


class Version(Base):
    """What stood before a change: the changed fields of a section (``subject`` empty) or of a
    record (its key), sealed where they stood.
    """

    __tablename__ = "versions"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(24), default=lambda: secrets.token_hex(12))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    compartment: Mapped[str] = mapped_column(String(12))
    subject: Mapped[str] = mapped_column(String(24), default="")
    revision: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    corrected: Mapped[bool] = mapped_column(Boolean, default=False)  # the person asked for it
    before_sealed: Mapped[bytes]
    case: Mapped["Case"] = relationship()
    __table_args__ = (Index("ix_versions_case", "case_id", "compartment", "subject", "id"),)

    @property
    def before(self) -> Document:
        """Field → value as it was before."""
        gate.get().pass_through("read", self.case, self.compartment, ())
        found: Document = json.loads(
            open_for_case(self.case, self.compartment, self.before_sealed, f"versions/{self.key}")
        )
        return found


asked_by_person: ContextVar[bool] = ContextVar("asked_by_person", default=False)


def keep_version(
    case: "Case", compartment: str, subject: str, revision: int, before: Document
) -> None:
    """Keep what stood before a change."""
    key = secrets.token_hex(12)
    sealed = seal_for_case(case, compartment, packed(before), f"versions/{key}")
    made = Version(
        key=key,
        case_id=case.id,
        compartment=compartment,
        subject=subject,
        revision=revision,
        before_sealed=sealed,
    )
    made.by_id, made.corrected = gate.get().actor_id, asked_by_person.get()
    db.session.add(made)


class Compartment:
    """``identity = Compartment()`` on :class:`models.cases.Case`: a mapping of field to value.

    It is sealed under the case's own key.
    """

    name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name.rstrip("_")

    @overload
    def __get__(self, case: None, owner: type) -> Self: ...
    @overload
    def __get__(self, case: "Case", owner: type) -> Document: ...
    def __get__(self, case: "Case | None", owner: type) -> Self | Document:
        if case is None:
            return self
        gate.get().pass_through("read", case, self.name, ())
        stored = case.documents.get(self.name)
        if stored is None:
            return MappingProxyType({})
        content = open_for_case(case, self.name, stored.content, self._place(case))
        _must_be_newest(case, self.name, content)
        return MappingProxyType(json.loads(content))

    def __set__(self, case: "Case", value: Document) -> None:
        stored = case.documents.get(self.name)
        stands, before = b"", {}
        if stored is not None:
            stands = open_for_case(case, self.name, stored.content, self._place(case))
            before = json.loads(stands)
        changed = tuple(
            sorted(field for field in {*before, *value} if before.get(field) != value.get(field))
        )
        # The same values in another order are other bytes: where nothing changed, what stands does.
        content = packed(value) if changed or stored is None else stands
        made = mark(case.id, self.name, content)
        gate.get().pass_through("write", case, self.name, (*changed, f"{MARKED}{made.hex()}"))
        if stored is not None and changed:
            keep_version(
                case,
                self.name,
                "",
                stored.revision,
                {field: before.get(field) for field in changed},
            )
        sealed = seal_for_case(case, self.name, content, self._place(case))
        case.keys[self.name].newest = made
        if stored is None:
            case.documents[self.name] = CaseDocument(compartment=self.name, content=sealed)
        elif changed:
            stored.content = sealed

    def _place(self, case: "Case") -> str:
        return f"case_documents/{case.id}/{self.name}"


MARKED = "="  # before the mark of a content, among the names of fields of an entry of the trail


def mark(case_id: int, compartment: str, content: bytes) -> bytes:
    """What tells the newest content of a compartment from older ones, and nothing else of it."""
    place = f"{case_id}/{compartment}".encode()
    return keyed_digest(keyring().derive("marks"), place, content)[:8]


def _must_be_newest(case: "Case", compartment: str, content: bytes) -> None:
    """Raise :class:`Unreadable` where older content was put back.

    The mark lies beside the key. Where it does not fit, somebody may have written between the look
    at the one and at the other, or a version before marks wrote: then the trail has an entry
    without a mark.
    """
    found = mark(case.id, compartment, content)
    if case.keys[compartment].newest == found or _fits_now(case, compartment):
        return
    written = gate.get().newest_written(case.id, compartment)
    if written and written != found.hex():
        raise Unreadable(f"case_documents/{case.id}/{compartment} is older than its last change")


def _fits_now(case: "Case", compartment: str) -> bool:
    """Whether content and mark fit as they stand in the database at this moment."""
    joined = (CaseKey.case_id == CaseDocument.case_id) & (
        CaseKey.compartment == CaseDocument.compartment
    )
    query = select(CaseDocument.content, CaseKey.newest).join(CaseKey, joined)
    query = query.where(CaseDocument.case_id == case.id, CaseDocument.compartment == compartment)
    with db.session.no_autoflush:
        stands = db.session.execute(query).first()
    if stands is None or stands.newest is None:
        return False
    place = f"case_documents/{case.id}/{compartment}"
    content = open_for_case(case, compartment, stands.content, place)
    return mark(case.id, compartment, content) == stands.newest


def seal_for_case(case: "Case", compartment: str, content: bytes, place: str) -> bytes:
    """Seal ``content`` for ``place`` under the newest key of one compartment; the key is made at
    the first write.
    """
    stored = case.keys.get(compartment)
    if stored is None:
        stored = new_case_key(case.id, compartment, case.office_id)
        case.keys[compartment] = stored
    return seal_with(stored, content, place)


def open_for_case(case: "Case", compartment: str, sealed: bytes, place: str) -> bytes:
    """The content that stands at ``place``; raises :class:`Unreadable`."""
    stored = case.keys.get(compartment)
    if stored is None:
        raise Unreadable(place)
    if cipher.key_version(sealed) not in _numbers(stored):
        db.session.refresh(stored)  # rotated between reading the key and reading the content
    return open_with(stored, sealed, place)


def new_case_key(case_id: int, compartment: str, office_id: int) -> CaseKey:
    """A fresh key for one compartment of a case that an office holds, not yet in the session."""
    _key, wrapped = wrapped_new(f"case_keys/{case_id}/{compartment}", office_id)
    return CaseKey(
        case_id=case_id,
        compartment=compartment,
        master_version=wrapped.master_version,
        content=wrapped.content,
        number=1,
    )


def seal_with(stored: CaseKey, content: bytes, place: str) -> bytes:
    """Seal under the newest key of ``stored``."""
    return cipher.seal(
        unwrapped(stored.content, _context(stored)), content, bound=place, version=stored.number
    )


def open_with(stored: CaseKey, sealed: bytes, place: str) -> bytes:
    """Open with the key of ``stored`` that ``sealed`` names: the newest or the one before."""
    wrapped = _numbers(stored).get(cipher.key_version(sealed))
    if wrapped is None:
        raise Unreadable(place)
    return cipher.unseal(unwrapped(wrapped, _context(stored)), sealed, bound=place)


def _numbers(stored: CaseKey) -> dict[int, bytes]:
    found = {stored.number: stored.content}
    return found | {stored.number - 1: stored.previous} if stored.previous else found


def _context(stored: CaseKey) -> str:
    return f"case_keys/{stored.case_id}/{stored.compartment}"


def seal_system(purpose: str, content: bytes, row: str = "") -> bytes:
    """Seal what belongs to no case and no office (sessions, second factors) under a key derived
    from the root; what an office keeps: :mod:`models.sealed_by_office`.

    ``row``: what names its row, so that it opens in no other.
    """
    return cipher.seal(keyring().derive(purpose), content, bound=_bound(purpose, row))


def open_system(purpose: str, content: bytes, row: str = "") -> bytes:
    """The content of :func:`seal_system`."""
    return cipher.unseal(keyring().derive(purpose), content, bound=_bound(purpose, row))


def _bound(purpose: str, row: str) -> str:
    return f"{purpose}/{row}" if row else purpose


def packed(value: Document) -> bytes:
    """A mapping as the bytes that are sealed."""
    return padded(json.dumps(dict(value), ensure_ascii=False, separators=(",", ":")).encode())


def padded(content: bytes, step: int = 256) -> bytes:
    """JSON with spaces up to a whole number of steps, so that its length tells little."""
    return content.ljust(-(-len(content) // step) * step)
