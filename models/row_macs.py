"""The MAC of a row: over which of its values, and how these are written for it."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from json.encoder import encode_basestring_ascii
from typing import Any

from models import marks
from models.marks import is_done
from models.sealed import keyring

LAYOUT = b"1"  # changes with what is covered
_CONSTANTS = {None: b"jnull", True: b"jtrue", False: b"jfalse"}
_json = json.JSONEncoder(sort_keys=True).encode


def _with_length(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part


@dataclass(frozen=True, eq=False)
class Cover:
    """One MAC of a model's rows: the column where it stands, and what it is over. ``if_there``: of
    these only whether they are empty.
    """

    seal: str
    names: tuple[str, ...]
    if_there: frozenset[str]
    layer: int
    place: bytes
    seldom: bool = False  # of columns that no list reads: asked where they were read

    def mac(self, values: Mapping[str, Any]) -> bytes:
        """Over the covered values of a row: as :func:`encryption.signing.keyed_digest` of the
        layout, the place, and each name and value.
        """
        parts = [self.begin]
        for name, begin in self.begins:
            value = values[name]
            told = _plain(value is not None if name in self.if_there else value)
            parts += (begin, len(told).to_bytes(4, "big"), told)
        key = keyring().derive(marks.PURPOSE)
        return hmac.digest(key, b"".join(parts), "sha256")[:16]

    @cached_property
    def begin(self) -> bytes:
        """What each of its MACs begins with."""
        return _with_length(LAYOUT) + _with_length(self.place)

    @cached_property
    def begins(self) -> list[tuple[str, bytes]]:
        """What stands before each value."""
        return [(name, _with_length(name.encode())) for name in self.names]

    def made(self, values: Mapping[str, Any]) -> bytes | None:
        """The same, once the layer is done: before, nothing may look as if it were."""
        return self.mac(values) if is_done(self.layer) else None

    def is_right(self, values: Mapping[str, Any]) -> bool:
        """Whether the MAC that was read is over these values."""
        stored = values[self.seal]
        if stored is None:
            return not is_done(self.layer)
        return hmac.compare_digest(stored, self.mac(values))


def _plain(value: Any) -> bytes:
    """A value in bytes, the same on every database."""
    if value is None or isinstance(value, bool):
        return _CONSTANTS[value]
    if isinstance(value, str):
        return b"j" + encode_basestring_ascii(value).encode()
    if isinstance(value, bytes):
        return b"b" + value
    return _other(value)


def _other(value: Any) -> bytes:
    if isinstance(value, int):
        return b"j%d" % value
    if isinstance(value, datetime):
        return b"m" + value.astimezone(UTC).isoformat().encode()
    if isinstance(value, date):
        return b"d" + value.isoformat().encode()
    return b"j" + _json(value).encode()
