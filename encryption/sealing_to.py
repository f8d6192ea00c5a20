"""Sealing to somebody's public key: HPKE (RFC 9180) with X25519, HKDF-SHA-256 and AES-256-GCM.

What is sealed says neither who sealed it nor that it is new: whoever uses it signs it, and binds
both into ``bound``.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from encryption.cipher import Unreadable

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def new_private() -> bytes:
    """The private half of a new pair, 32 bytes."""
    return X25519PrivateKey.generate().private_bytes_raw()


def public_of(private: bytes) -> bytes:
    """The public half of a pair, 32 bytes."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def seal_to(public: bytes, content: bytes, *, bound: bytes) -> bytes:
    """``content`` for whoever has the private half, and only together with ``bound``.

    Raises ``ValueError`` where ``public`` is no key to seal to.
    """
    return _SUITE.encrypt(content, X25519PublicKey.from_public_bytes(public), bound)


def open_with(private: bytes, sealed: bytes, *, bound: bytes) -> bytes:
    """What was sealed to a pair; raises :class:`encryption.cipher.Unreadable` if one bit, the pair
    or ``bound`` differs.
    """
    try:
        return _SUITE.decrypt(sealed, X25519PrivateKey.from_private_bytes(private), bound)
    except InvalidTag:
        raise Unreadable("sealed to another, or altered") from None
