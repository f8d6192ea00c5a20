"""Sealed mappings that the system itself reads, and words for who oversees: without a gate."""

import json
from typing import Any, Self, overload

from encryption import cipher
from models.sealed import Document, keyring, packed
from models.sealed_by_office import OfficeText


class SystemDocument:
    """A sealed mapping of codes on a row that has an id, under a derived key: for what the system
    itself reads, without a gate, and nobody's words.
    """

    def __init__(self, column: str) -> None:
        self.column = column

    @overload
    def __get__(self, record: None, owner: type) -> Self: ...
    @overload
    def __get__(self, record: Any, owner: type) -> Document: ...
    def __get__(self, record: Any, owner: type) -> Self | Document:
        if record is None:
            return self
        content = getattr(record, self.column)
        found: Document = json.loads(self.opened(record.id, content)) if content else {}
        return found

    def __set__(self, record: Any, value: Document) -> None:
        sealed = cipher.seal(
            keyring().derive(self._purpose), packed(value), bound=f"{self._purpose}/{record.id}"
        )
        setattr(record, self.column, sealed)

    def opened(self, number: int, content: bytes) -> bytes:
        """The bytes of the row ``number``."""
        return cipher.unseal(
            keyring().derive(self._purpose), content, bound=f"{self._purpose}/{number}"
        )

    @property
    def _purpose(self) -> str:
        return f"system/{self.column}"


class SystemText(OfficeText):
    """Words on a row that has an id, under its office's key: for who oversees, not for the case."""

    def __init__(self, column: str) -> None:
        super().__init__(column, f"system/{column}", filled_up=True)
