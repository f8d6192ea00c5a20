"""The only bridge between rows and the vault. Reading or writing a compartment asks the gate, leaves a trail entry, then opens.

Rooms see attributes: ``case.identity["family_name"]``. They never see a key. Until ``access`` opens the gate, every
compartment is shut, for jobs, commands and templates too.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, Self, overload

from flask import current_app
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, db
from vault import cipher
from vault.cipher import Unreadable
from vault.keyring import Keyring

if TYPE_CHECKING:
    from models.cases import Case

__all__ = ["Compartment", "OwnDocument", "OwnKey", "SealedText", "Shut", "Unreadable"]

COMPARTMENTS = ("identity", "protection", "medical", "legal", "return")
Document = Mapping[str, Any]


class Shut(Exception):
    """Somebody without leave reached for sealed content."""


class Gate(Protocol):
    """Decides whether the one who acts may read or write a compartment of a record, and notes it."""

    def pass_through(self, deed: str, record: Any, compartment: str, fields: tuple[str, ...]) -> None:
        """Let through, or raise."""


class _ShutGate:
    def pass_through(self, deed: str, record: Any, compartment: str, fields: tuple[str, ...]) -> None:
        """Nobody acts: nothing opens."""
        raise Shut(f"{deed} {compartment}: nobody is acting")


_gate: ContextVar[Gate] = ContextVar("gate", default=_ShutGate())  # noqa: B039 -- it has no state


@contextmanager
def gate_opened_by(gate: Gate) -> Iterator[None]:
    """Put ``gate`` before all compartments within the block. For ``access`` alone."""
    token = _gate.set(gate)
    try:
        yield
    finally:
        _gate.reset(token)


def keyring() -> Keyring:
    """The keys of this installation."""
    found: Keyring = current_app.extensions["keyring"]
    return found


class SystemKey(Base):
    """The root key, wrapped: what indexes, signatures and sessions are derived from."""

    __tablename__ = "system_keys"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    master_version: Mapped[int]
    content: Mapped[bytes]


class CaseKey(Base):
    """The key of one compartment of one case, wrapped by the master key. Destroying the row erases the compartment."""

    __tablename__ = "case_keys"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    compartment: Mapped[str] = mapped_column(String(12), primary_key=True)
    master_version: Mapped[int]
    content: Mapped[bytes]


class CaseDocument(Base):
    """What one compartment of one case holds, sealed. ``revision`` lets the second of two writers know."""

    __tablename__ = "case_documents"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    compartment: Mapped[str] = mapped_column(String(12), primary_key=True)
    revision: Mapped[int] = mapped_column(default=1)
    content: Mapped[bytes]
    __mapper_args__ = {"version_id_col": revision}


class Compartment:
    """``identity = Compartment()`` on :class:`models.cases.Case`: a mapping of field to value, sealed under the case's own key."""

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
        _gate.get().pass_through("read", case, self.name, ())
        stored = case.documents.get(self.name)
        if stored is None:
            return MappingProxyType({})
        content = cipher.unseal(case_key(case, self.name), stored.content, bound=self._place(case))
        return MappingProxyType(json.loads(content))

    def __set__(self, case: "Case", value: Document) -> None:
        stored = case.documents.get(self.name)
        before = {}
        if stored is not None:
            before = json.loads(cipher.unseal(case_key(case, self.name), stored.content, bound=self._place(case)))
        changed = tuple(sorted(field for field in {*before, *value} if before.get(field) != value.get(field)))
        _gate.get().pass_through("write", case, self.name, changed)
        sealed = cipher.seal(case_key(case, self.name), _packed(value), bound=self._place(case))
        if stored is None:
            case.documents[self.name] = CaseDocument(compartment=self.name, content=sealed)
        elif changed:
            stored.content = sealed

    def _place(self, case: "Case") -> str:
        return f"case_documents/{case.id}/{self.name}"


def case_key(case: "Case", compartment: str) -> bytes:
    """The key of one compartment; made at the first write."""
    context = f"case_keys/{case.id}/{compartment}"
    stored = case.keys.get(compartment)
    if stored is not None:
        return keyring().unwrap(stored.content, context)
    key, wrapped = keyring().new(context)
    case.keys[compartment] = CaseKey(compartment=compartment, master_version=wrapped.master_version, content=wrapped.content)
    return key


class OwnKey:
    """Mixin for records whose sealed documents end with the record (referrals, returns): a key of their own, destroyed with :meth:`forget`."""

    id: Mapped[int]
    own_key_version: Mapped[int] = mapped_column(default=0)
    own_key: Mapped[bytes | None]

    def unwrapped(self) -> bytes:
        """The record's key; made at the first use. Raises :class:`Shut` once it was destroyed."""
        context = f"{type(self).__name__}/{self.id}"
        if self.own_key:
            return keyring().unwrap(self.own_key, context)
        if self.own_key_version:
            raise Shut(f"{context}: its key was destroyed")
        key, wrapped = keyring().new(context)
        self.own_key, self.own_key_version = wrapped.content, wrapped.master_version
        return key

    def forget(self) -> None:
        """Destroy the key: what was released here is gone for good, in backups of the table too."""
        self.own_key = None


class OwnDocument:
    """A sealed mapping on a record with :class:`OwnKey`; kept in the bytes column ``column``."""

    def __init__(self, column: str) -> None:
        self.column = column
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, record: None, owner: type) -> Self: ...
    @overload
    def __get__(self, record: OwnKey, owner: type) -> Document: ...
    def __get__(self, record: OwnKey | None, owner: type) -> Self | Document:
        if record is None:
            return self
        _gate.get().pass_through("read", record, self.name, ())
        sealed = getattr(record, self.column)
        if sealed is None:
            return MappingProxyType({})
        return MappingProxyType(json.loads(cipher.unseal(record.unwrapped(), sealed, bound=self._place(record))))

    def __set__(self, record: OwnKey, value: Document) -> None:
        _gate.get().pass_through("write", record, self.name, tuple(sorted(value)))
        setattr(record, self.column, cipher.seal(record.unwrapped(), _packed(value), bound=self._place(record)))

    def _place(self, record: OwnKey) -> str:
        return f"{type(record).__name__}/{record.id}/{self.name}"


class SealedText:
    """A sealed text on a child of a case, under the key of the compartment that the child names in ``compartment``."""

    def __init__(self, column: str) -> None:
        self.column = column

    def __get__(self, record: Any, owner: type) -> str:
        if record is None or getattr(record, self.column) is None:
            return ""
        _gate.get().pass_through("read", record.case, record.compartment, ())
        key = case_key(record.case, record.compartment)
        return cipher.unseal(key, getattr(record, self.column), bound=self._place(record)).decode()

    def __set__(self, record: Any, text: str) -> None:
        db.session.flush()  # the place it is bound to needs the row's number
        _gate.get().pass_through("write", record.case, record.compartment, (self.column,))
        key = case_key(record.case, record.compartment)
        setattr(record, self.column, cipher.seal(key, text.encode(), bound=self._place(record)))

    def _place(self, record: Any) -> str:
        return f"{type(record).__name__}/{record.id}/{self.column}"


def seal_system(purpose: str, content: bytes) -> bytes:
    """Seal what belongs to no case (drafts, sessions, second factors) under a derived key."""
    return cipher.seal(keyring().derive(purpose), content, bound=purpose)


def open_system(purpose: str, content: bytes) -> bytes:
    """The content of :func:`seal_system`."""
    return cipher.unseal(keyring().derive(purpose), content, bound=purpose)


def _packed(value: Document) -> bytes:
    return json.dumps(dict(value), ensure_ascii=False, separators=(",", ":")).encode()
