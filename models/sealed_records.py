"""Sealed attributes of rows: under the key of the record itself, or of its case."""

import json
from types import MappingProxyType
from typing import Any, Self, overload

from sqlalchemy.orm import Mapped, mapped_column

from encryption import cipher
from encryption.keyring import HeldElsewhere, derived
from models.base import db
from models.erasure import becomes
from models.key_wraps import unwrapped, wrapped_new
from models.sealed import Document, Shut, gate, keep_version, open_for_case, packed, seal_for_case

APART = 2  # the version in a document that lies under a key derived from that of its record


def bound_name(model: type) -> str:
    """The name that keys and contents of a model's records are bound to.

    It is the name of the class when the first record was written: whoever renames a class keeps the
    old name in
    ``bound_as``, or nothing that was sealed before can be opened again.
    """
    return str(getattr(model, "bound_as", model.__name__))


class OwnKey:
    """Mixin for records whose sealed documents end with the record (referrals, returns): a key of
    their own, destroyed with :meth:`forget`, wrapped by a key of the office that holds the case.
    """

    id: Mapped[int]
    own_key_version: Mapped[int] = mapped_column(default=0)
    own_key: Mapped[bytes | None] = mapped_column(info=becomes(None))

    def unwrapped(self) -> bytes:
        """The record's key; made at the first use. Raises :class:`Shut` once it was destroyed,
        :class:`encryption.keyring.HeldElsewhere` where no office here was told of the whole record.
        """
        context = f"{bound_name(type(self))}/{self.id}"
        if self.own_key:
            try:
                return unwrapped(self.own_key, context)
            except HeldElsewhere:
                if key := self.told_key(""):
                    return key
                raise
        if self.own_key_version:
            raise Shut(f"{context}: its key was destroyed")
        key, wrapped = wrapped_new(context, self.holding_office_id())
        self.own_key, self.own_key_version = wrapped.content, wrapped.master_version
        return key

    def part_key(self, part: str) -> bytes:
        """The key of a part that may be told apart from the rest. Raises as :meth:`unwrapped`."""
        try:
            return derived(self.unwrapped(), f"{bound_name(type(self))}/{self.id}/{part}")
        except HeldElsewhere:
            if key := self.told_key(part):
                return key
            raise

    def told_key(self, _part: str) -> bytes | None:
        """The key of a part, or of all, as another office here was told it; None: none was."""
        return None

    def holding_office_id(self) -> int:
        """The office whose key wraps the record's own."""
        raise NotImplementedError

    @property
    def has_ended(self) -> bool:
        """Whether its key was destroyed and no other is to come (:meth:`begin_anew`)."""
        return self.own_key is None and bool(self.own_key_version)

    def forget(self) -> None:
        """Destroy the key: what was released here is gone for good, in backups of the table too."""
        self.own_key = None

    def begin_anew(self) -> None:
        """After :meth:`forget`: the next content gets a new key. What was sealed before is gone."""
        if self.own_key is None:
            self.own_key_version = 0
            for name in vars(type(self)):
                document = getattr(type(self), name, None)
                if isinstance(document, OwnDocument):
                    setattr(self, document.column, None)


class OwnDocument:
    """A sealed mapping on a record with :class:`OwnKey`; kept in the bytes column ``column``.

    ``apart``: under a key of its own, derived from the record's, so that it can be told without the
    rest.
    """

    def __init__(self, column: str, *, apart: bool = False) -> None:
        self.column, self.apart = column, apart
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
        gate.get().pass_through("read", record, self.name, ())
        return MappingProxyType(self._open(record))

    def standing(self, record: OwnKey) -> Document:
        """What stands, for whoever may write it and keeps it as a version: nobody is shown it."""
        gate.get().pass_through("write", record, self.name, ())
        return MappingProxyType(self._open(record))

    def _open(self, record: OwnKey) -> Document:
        sealed = getattr(record, self.column)
        if sealed is None:
            return {}
        found: Document = json.loads(self._unsealed(record, sealed))
        return found

    def __set__(self, record: OwnKey, value: Document) -> None:
        gate.get().pass_through("write", record, self.name, tuple(sorted(value)))
        setattr(record, self.column, self._sealed(record, packed(value)))

    def _sealed(self, record: OwnKey, content: bytes) -> bytes:
        key = record.part_key(self.name) if self.apart else record.unwrapped()
        version = APART if self.apart else 1
        return cipher.seal(key, content, bound=self._place(record), version=version)

    def _unsealed(self, record: OwnKey, sealed: bytes) -> bytes:
        is_apart = self.apart and cipher.key_version(sealed) == APART
        key = record.part_key(self.name) if is_apart else record.unwrapped()
        return cipher.unseal(key, sealed, bound=self._place(record))

    def moved_apart(self, record: OwnKey) -> bytes | None:
        """What a version before sealed under the key of the whole record, as it is to lie under its
        own; None where it does, or nothing is there.
        """
        sealed = getattr(record, self.column)
        if sealed is None or cipher.key_version(sealed) == APART:
            return None
        return self._sealed(record, self._unsealed(record, sealed))

    def _place(self, record: OwnKey) -> str:
        return f"{bound_name(type(record))}/{record.id}/{self.name}"


class SealedText:
    """A sealed text on a child of a case, under the key of the compartment that the child names in
    ``compartment``. ``padded``: with spaces to whole ones of this many bytes, where its length
    tells something.
    """

    def __init__(self, column: str, padded: int = 1) -> None:
        self.column, self.padded = column, padded

    def __get__(self, record: Any, owner: type) -> str:
        if record is None or getattr(record, self.column) is None:
            return ""
        gate.get().pass_through("read", record.case, record.compartment, ())
        content = open_for_case(
            record.case, record.compartment, getattr(record, self.column), self._place(record)
        ).decode()
        return content.rstrip() if self.padded > 1 else content

    def __set__(self, record: Any, text: str) -> None:
        content = text.encode()
        content += b" " * (-len(content) % self.padded if content else self.padded)
        db.session.flush()  # the place it is bound to needs the row's number
        gate.get().pass_through("write", record.case, record.compartment, (self.column,))
        setattr(
            record,
            self.column,
            seal_for_case(record.case, record.compartment, content, self._place(record)),
        )

    def _place(self, record: Any) -> str:
        return f"{bound_name(type(record))}/{record.id}/{self.column}"


class SealedCodes:
    """Codes that rules ask of a child of a case, under the key of its compartment, so that they go
    and end with it; neither a gate nor the trail stands before them. ``before``: the attribute in
    which a version before kept them.
    """

    def __init__(self, column: str, before: str) -> None:
        self.column, self.before = column, before

    @overload
    def __get__(self, record: None, owner: type) -> Self: ...
    @overload
    def __get__(self, record: Any, owner: type) -> dict[str, Any] | None: ...
    def __get__(self, record: Any, owner: type) -> Self | dict[str, Any] | None:
        if record is None:
            return self
        content = getattr(record, self.column)
        if content is None:
            before: dict[str, Any] | None = getattr(record, self.before)
            return before
        found: dict[str, Any] = json.loads(
            open_for_case(record.case, record.compartment, content, self._place(record))
        )
        return found

    def __set__(self, record: Any, value: dict[str, Any] | None) -> None:
        setattr(record, self.before, None)
        setattr(record, self.column, None if value is None else self.sealed(record, value))

    def sealed(self, record: Any, value: dict[str, Any]) -> bytes:
        """``value`` as it lies in the row of ``record``."""
        return seal_for_case(record.case, record.compartment, packed(value), self._place(record))

    def _place(self, record: Any) -> str:
        return f"{record.__tablename__}/{record.key}/says"


class SealedDocument:
    """A sealed mapping on a child of a case, under the key of the compartment that the child names;
    bound to the child's ``key``.

    With ``versioned``, every change keeps what stood before it.
    """

    def __init__(self, column: str, *, versioned: bool = False) -> None:
        self.column, self.versioned = column, versioned

    @overload
    def __get__(self, record: None, owner: type) -> Self: ...
    @overload
    def __get__(self, record: Any, owner: type) -> Document: ...
    def __get__(self, record: Any, owner: type) -> Self | Document:
        if record is None:
            return self
        gate.get().pass_through("read", record.case, record.compartment, ())
        return MappingProxyType(self._open(record))

    def __set__(self, record: Any, value: Document) -> None:
        before = self._open(record)
        changed = tuple(
            sorted(field for field in {*before, *value} if before.get(field) != value.get(field))
        )
        gate.get().pass_through("write", record.case, record.compartment, changed)
        if not changed and before:
            return
        if self.versioned and before:
            keep_version(
                record.case,
                record.compartment,
                record.key,
                record.revision,
                {field: before.get(field) for field in changed},
            )
        setattr(
            record,
            self.column,
            seal_for_case(record.case, record.compartment, packed(value), self._place(record)),
        )

    def _open(self, record: Any) -> Document:
        content = getattr(record, self.column)
        if content is None:
            return {}
        found: Document = json.loads(
            open_for_case(record.case, record.compartment, content, self._place(record))
        )
        return found

    def _place(self, record: Any) -> str:
        return f"{record.__tablename__}/{record.key}"
