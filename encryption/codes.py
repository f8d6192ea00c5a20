"""Short coded values (a kind, a country, a day, a name of an address book), sealed so that they fit
into a column of text.

Two ways: *apart* (AES-256-GCM: equal values look different, so a copy shows neither the value nor
how common it is) and *alike* (AES-SIV, RFC 5297: equal values look equal, so that the database can
find one by its value and keep it unique; for values that hardly repeat).
"""

import base64
import os
from binascii import a2b_base64
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

from encryption.cipher import Unreadable

APART, ALIKE = "~a", "~b"  # before the text: no code and no name begins so
_NONCE = 12
_BLOCK = 32  # contents are padded to whole ones: nearly all codes have one length


def apart(key: bytes, content: bytes, *, bound: str) -> str:
    """``content`` sealed for ``bound`` (table and column), never twice the same."""
    nonce = os.urandom(_NONCE)
    sealed = _gcm(key).encrypt(nonce, _padded(content), bound.encode())
    return APART + base64.b64encode(nonce + sealed).decode()


def alike(key: bytes, content: bytes, *, bound: str) -> str:
    """``content`` sealed for ``bound``, the same each time."""
    return ALIKE + base64.b64encode(_siv(key).encrypt(_padded(content), [bound.encode()])).decode()


def opened(key: bytes, text: str, *, bound: str) -> bytes:
    """The content; raises :class:`encryption.cipher.Unreadable`."""
    try:
        sealed = a2b_base64(text[len(APART) :])
        if text.startswith(APART):
            nonce, rest = sealed[:_NONCE], sealed[_NONCE:]
            return _gcm(key).decrypt(nonce, rest, bound.encode()).rstrip(b"\0")
        return _siv(key).decrypt(sealed, [bound.encode()]).rstrip(b"\0")
    except (InvalidTag, ValueError):  # which an error of base64 is
        raise Unreadable(bound) from None


def is_sealed(text: object) -> bool:
    """Whether a stored value was made here, not by a version before."""
    return isinstance(text, str) and text.startswith((APART, ALIKE))


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % _BLOCK or (0 if content else _BLOCK))


def forget() -> None:
    """Drop the ciphers that were made ready."""
    _gcm.cache_clear()
    _siv.cache_clear()


@lru_cache(maxsize=8)
def _gcm(key: bytes) -> AESGCM:
    return AESGCM(key)


@lru_cache(maxsize=8)
def _siv(key: bytes) -> AESSIV:
    return AESSIV(key)
