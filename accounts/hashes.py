"""Argon2id of passwords: 64 MB, three passes, a quarter of a second of a processor each.

So long nobody may hold a lock of the database. What a deed will ask is asked ahead of it, by a
reader (``ahead=`` of its route), and answered from there when the deed asks; where it asks
something else meanwhile (the password was changed between the two), it is worked out then.
"""

import secrets
from functools import lru_cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import g, has_app_context

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


@lru_cache
def _nobodys() -> str:
    """Hash of a password nobody has: what is not there costs the same time as what is."""
    return _HASHER.hash(secrets.token_hex(16))


def hashed(password: str) -> str:
    """Argon2id of a password."""
    return str(_taken(("hash", password)) or _HASHER.hash(password))


def hash_ahead(password: str) -> None:
    """Work out what :func:`hashed` will be asked."""
    _keep(("hash", password), _HASHER.hash(password))


def fits(stored: str | None, password: str) -> bool:
    """Whether a password is the one of a stored hash; takes as long where there is none."""
    known = _taken((stored, password))
    return _verify(stored, password) if known is None else bool(known)


def fits_ahead(stored: str | None, password: str) -> bool:
    """Work out what :func:`fits` will be asked; gives the answer too."""
    return bool(_keep((stored, password), _verify(stored, password)))


def is_old(stored: str) -> bool:
    """Whether a hash was made with other figures than those of today."""
    return _HASHER.check_needs_rehash(stored)


def _verify(stored: str | None, password: str) -> bool:
    # An account without a password (single sign-on alone) holds no hash, and costs the same.
    is_hash = stored is not None and stored.startswith("$argon2")
    try:
        _HASHER.verify(stored if stored and is_hash else _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return is_hash


def _keep(question: tuple[str | None, str], answer: Any) -> Any:
    """Until it is asked, once, within this request."""
    if "worked_out" not in g:
        g.worked_out = {}
    g.worked_out[question] = answer
    return answer


def _taken(question: tuple[str | None, str]) -> Any:
    return g.get("worked_out", {}).pop(question, None) if has_app_context() else None
