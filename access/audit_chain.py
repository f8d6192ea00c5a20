"""How entries of the trail are linked, so that a changed one shows.

``hash = HMAC-SHA-256(key, previous hash, entry)``. Whoever can write into the database can recount
plain digests; he cannot recount these without the installation's keys. Chains that are older than
keyed links keep their plain ones: the first keyed link covers the last plain one, and where the
change lies stands under a MAC in the chain's head.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

from encryption.signing import digest, keyed_digest
from models.sealed import keyring

START = bytes(32)
CHAINED = (
    "organisation_id",
    "number",
    "at",
    "actor",
    "user_id",
    "deed",
    "subject",
    "fields",
    "cases",
    "purpose",
)


@dataclass(frozen=True)
class Head:
    """The end of a chain: its last entry, and after which one links are keyed."""

    organisation_id: int
    number: int
    hash: bytes
    keyed_from: int
    mac: bytes | None

    @property
    def is_keyed(self) -> bool:
        """Whether new entries get keyed links."""
        return self.mac is not None

    def moved(self, number: int, hash_: bytes) -> Self:
        """The head after more entries."""
        return replace(self, number=number, hash=hash_)


def link(previous: bytes, row: dict[str, Any], *, keyed: bool) -> bytes:
    """The hash of an entry (column → value) over everything in it and the hash before it."""
    return chained(previous, tuple(row[name] for name in CHAINED), keyed=keyed)


def chained(previous: bytes, values: tuple[Any, ...], *, keyed: bool) -> bytes:
    """As :func:`link`, from the values in the order of :data:`CHAINED`."""
    parts = (_text(value).encode() for value in values)
    if keyed:
        return keyed_digest(_key(), previous, *parts)
    return digest(previous, *parts)


def mac(head: Head) -> bytes:
    """What only somebody with the keys can say of a head."""
    place, number = str(head.organisation_id), str(head.number)
    return keyed_digest(
        _key(), b"head", place.encode(), number.encode(), str(head.keyed_from).encode(), head.hash
    )


def holds(head: Head) -> bool:
    """Whether a head is as it was left; one whose links are not keyed yet says nothing."""
    return head.mac is None or hmac.compare_digest(head.mac, mac(head))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _key() -> bytes:
    return keyring().derive("trail/links")
