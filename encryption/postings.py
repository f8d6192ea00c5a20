"""The name index as a thief sees it: rows of equal size under random labels.

Each key of a name (a *term*) has one head and, when it is full, blocks. The head holds the number
of blocks and the newest record ids; a full head is moved into a block. Labels are HMACs of term and
block number under one key, contents are sealed under another, both padded to a fixed size: a copy
of the table shows how many rows there are, and neither which term a row belongs to nor how common
it is.
"""

import hmac
import struct
from dataclasses import dataclass, field

from encryption import cipher

HEAD_ROOM = 40
BLOCK_ROOM = HEAD_ROOM * 16
_ID = struct.Struct(">Q")
_COUNT = struct.Struct(">IH")


@dataclass
class Head:
    """The open end of a term's list: ``blocks`` full ones, and the newest ids."""

    blocks: int = 0
    ids: list[int] = field(default_factory=list)
    spill: list[int] = field(default_factory=list)

    def add(self, record: int) -> bool:
        """Append ``record``; true if the head is now full."""
        if record not in self.ids:
            self.ids.append(record)
        return len(self.ids) >= HEAD_ROOM


class PostingCipher:
    """Labels and contents of the rows, for whoever has the index key."""

    def __init__(self, label_key: bytes, content_key: bytes) -> None:
        self._label_key, self._content_key = label_key, content_key

    def label(self, term: str, block: int | None = None) -> bytes:
        """The 16-byte row label of a term's head, or of its block number ``block``."""
        place = "head" if block is None else str(block)
        return hmac.digest(self._label_key, f"{place}|{term}".encode(), "sha256")[:16]

    def seal_head(self, label: bytes, head: Head) -> bytes:
        """A head as it is stored."""
        return self._seal(label, _COUNT.pack(head.blocks, len(head.ids)), head.ids, HEAD_ROOM)

    def open_head(self, label: bytes, content: bytes) -> Head:
        """The head stored as ``content``; raises :class:`encryption.cipher.Unreadable`."""
        blocks, ids = self._open(label, content)
        return Head(blocks, ids)

    def seal_block(self, label: bytes, ids: list[int]) -> bytes:
        """A full block as it is stored."""
        return self._seal(label, _COUNT.pack(0, len(ids)), ids, BLOCK_ROOM)

    def open_block(self, label: bytes, content: bytes) -> list[int]:
        """The ids of a block."""
        return self._open(label, content)[1]

    def open_raw(self, label: bytes, content: bytes) -> bytes:
        """The ids of a block as 8 bytes each, the highest first: for whoever reads thousands."""
        body = cipher.unseal(self._content_key, content, bound=label.hex())
        return body[_COUNT.size : _COUNT.size + _COUNT.unpack_from(body)[1] * _ID.size]

    def _seal(self, label: bytes, count: bytes, ids: list[int], room: int) -> bytes:
        body = count + b"".join(map(_ID.pack, ids))
        return cipher.seal(
            self._content_key, body.ljust(_COUNT.size + room * _ID.size, b"\0"), bound=label.hex()
        )

    def _open(self, label: bytes, content: bytes) -> tuple[int, list[int]]:
        body = cipher.unseal(self._content_key, content, bound=label.hex())
        blocks, count = _COUNT.unpack_from(body)
        return blocks, list(struct.unpack_from(f">{count}Q", body, _COUNT.size))
