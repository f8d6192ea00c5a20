"""Keyed hashes over texts that leave the house and come back (queue jobs, cursors, links), and
signatures (Ed25519) that others can check.
"""

import hashlib
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def sign(key: bytes, *parts: str) -> str:
    """HMAC-SHA-256 over ``parts``, in hex.

    Lengths are part of what is signed, so that parts cannot be shifted.
    """
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def verify(key: bytes, signature: str, *parts: str) -> bool:
    """Whether ``signature`` is :func:`sign` of ``parts``; takes the same time either way."""
    return hmac.compare_digest(sign(key, *parts).encode(), signature.encode())


def digest(*parts: bytes) -> bytes:
    """SHA-256 over ``parts`` with their lengths: the link of the trail's chain, and how tokens are
    kept.
    """
    state = hashlib.sha256()
    for part in parts:
        state.update(len(part).to_bytes(4, "big") + part)
    return state.digest()


def keyed_digest(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA-256 over ``parts`` with their lengths: as :func:`digest`, but nobody without the key
    can make it anew.
    """
    state = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        state.update(len(part).to_bytes(4, "big") + part)
    return state.digest()


def sign_publicly(seed: bytes, message: bytes) -> bytes:
    """The Ed25519 signature (RFC 8032, 64 bytes) of ``message`` by the key that ``seed`` (32 bytes)
    makes.
    """
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def public_key(seed: bytes) -> bytes:
    """The 32 bytes with which anybody can check :func:`sign_publicly`."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def verify_publicly(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` over ``message`` was made by the owner of ``public``."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
