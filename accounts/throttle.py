"""Slowing down guesses, by account and by address, in Valkey. When Valkey is away sign-in goes on: locking everyone out helps an attacker."""

import hashlib

from flask import current_app, request
from redis import Redis, RedisError

WINDOW, BY_ACCOUNT, BY_ADDRESS = 600, 10, 60


def is_slowed(email: str) -> bool:
    """Whether there were too many wrong tries lately."""
    try:
        counts = _connection().mget(_keys(email))
    except (RedisError, OSError):
        return False
    return any(int(count or 0) >= most for count, most in zip(counts, (BY_ACCOUNT, BY_ADDRESS), strict=True))  # type: ignore[arg-type]


def wrong_try(email: str) -> None:
    """Count a wrong try."""
    try:
        pipe = _connection().pipeline()
        for key in _keys(email):
            pipe.incr(key)
            pipe.expire(key, WINDOW, nx=True)
        pipe.execute()
    except (RedisError, OSError):
        return


def right_try(email: str) -> None:
    """The owner came in: the account's count begins anew."""
    try:
        _connection().delete(_keys(email)[0])
    except (RedisError, OSError):
        return


def _connection() -> Redis:
    found: Redis = current_app.extensions["queue_connection"]
    return found


def _keys(email: str) -> list[str]:
    # Hashed: Valkey holds nobody's mail address. The address counts together with the account, so that an attack
    # from elsewhere does not lock the owner out.
    address = request.remote_addr or ""
    return [
        "slow:" + hashlib.sha256(f"{email.lower()}|{address}".encode()).hexdigest()[:24],
        "slow:" + hashlib.sha256(address.encode()).hexdigest()[:24],
    ]
