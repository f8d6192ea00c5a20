"""Slowing down guesses, by account and by address, in Valkey, counted by ``limits``.

A fixed window: it begins with the first wrong try and is not renewed by the next. When Valkey is
away sign-in goes on: locking everyone out helps an attacker.
"""

import hashlib

from flask import current_app, request
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis import Redis, RedisError

WINDOW = 600
BY_ACCOUNT = RateLimitItemPerSecond(10, WINDOW, namespace="account")
BY_ADDRESS = RateLimitItemPerSecond(60, WINDOW, namespace="address")


def is_slowed(email: str) -> bool:
    """Whether there were too many wrong tries lately."""
    account, address = _hashes(email)
    try:
        limiter = _limiter()
        return not (limiter.test(BY_ACCOUNT, account) and limiter.test(BY_ADDRESS, address))
    except (RedisError, OSError):
        return False


def wrong_try(email: str) -> None:
    """Count a wrong try."""
    account, address = _hashes(email)
    try:
        limiter = _limiter()
        limiter.hit(BY_ACCOUNT, account)
        limiter.hit(BY_ADDRESS, address)
    except (RedisError, OSError):
        return


def right_try(email: str) -> None:
    """The owner came in: the account's count begins anew."""
    try:
        _limiter().clear(BY_ACCOUNT, _hashes(email)[0])
    except (RedisError, OSError):
        return


def _limiter() -> FixedWindowRateLimiter:
    """Counts over the connections of the queue, which give up soon (see notifications.queue).

    Their pool is handed over, so the address says only that the server speaks Redis.
    """
    connection: Redis = current_app.extensions["queue_connection"]
    pool = connection.connection_pool
    return FixedWindowRateLimiter(RedisStorage("redis://", connection_pool=pool, key_prefix="slow"))


def _hashes(email: str) -> tuple[str, str]:
    """The account at this network address, and the address alone.

    Hashed, because Valkey holds nobody's mail address. The account counts together with the
    address, so that an attack from elsewhere does not lock the owner out.
    """
    address = request.remote_addr or ""
    return _hashed(f"{email.lower()}|{address}"), _hashed(address)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
