"""Keyed hashes over texts that leave the house and come back: queue jobs, cursors, links."""

import hashlib
import hmac


def sign(key: bytes, *parts: str) -> str:
    """HMAC-SHA-256 over ``parts``, in hex. Lengths are part of what is signed, so that parts cannot be shifted."""
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def verify(key: bytes, signature: str, *parts: str) -> bool:
    """Whether ``signature`` is :func:`sign` of ``parts``; takes the same time either way."""
    return hmac.compare_digest(sign(key, *parts).encode(), signature.encode())


def digest(*parts: bytes) -> bytes:
    """SHA-256 over ``parts`` with their lengths: the link of the trail's chain, and how tokens are kept."""
    state = hashlib.sha256()
    for part in parts:
        state.update(len(part).to_bytes(4, "big") + part)
    return state.digest()
