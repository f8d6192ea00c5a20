"""AES-256-GCM on one value, bound to the place where it stands (NIST SP 800-38D).

Layout: 1 byte format, 2 bytes key version, 12 bytes nonce, ciphertext with its 16-byte tag.
"""

import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FORMAT = 1
_HEAD = struct.Struct(">BH")
_NONCE = 12


class Unreadable(Exception):
    """The value was changed, cut, moved to another place, or sealed with another key."""


def new_key() -> bytes:
    """32 random bytes."""
    return AESGCM.generate_key(bit_length=256)


def seal(key: bytes, content: bytes, *, bound: str, version: int = 1) -> bytes:
    """Encrypt ``content`` so that it opens only at ``bound`` (table, row and column, in words) and
    names its key version.
    """
    nonce = os.urandom(_NONCE)
    head = _HEAD.pack(FORMAT, version)
    return head + nonce + AESGCM(key).encrypt(nonce, content, head + bound.encode())


def unseal(key: bytes, sealed: bytes, *, bound: str) -> bytes:
    """The content of ``sealed``; raises :class:`Unreadable` if one bit or the place differs."""
    head, nonce, rest = (
        sealed[: _HEAD.size],
        sealed[_HEAD.size : _HEAD.size + _NONCE],
        sealed[_HEAD.size + _NONCE :],
    )
    if len(rest) < 16 or head[0] != FORMAT:
        raise Unreadable(bound)
    try:
        return AESGCM(key).decrypt(nonce, rest, head + bound.encode())
    except InvalidTag:
        raise Unreadable(bound) from None


def key_version(sealed: bytes) -> int:
    """The version of the key that ``sealed`` was made with; raises :class:`Unreadable` where there
    is no head.
    """
    if len(sealed) < _HEAD.size:
        raise Unreadable("no head")
    return int(_HEAD.unpack(sealed[: _HEAD.size])[1])
