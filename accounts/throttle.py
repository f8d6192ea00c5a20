"""Slowing down guesses, in Valkey, counted by ``limits``: the right answer always comes in.

Wrong passwords are counted for the account over all addresses, and for the address. Many make the
next try wait a moment, a growing one, and refuse nobody: whoever could shut an account, or an
address behind which a whole mission works, by wrong tries would need no password at all. A browser
in which the account was used before does not wait for its address. Only so many tries wait at
once, so that they do not take the threads that others need.

Codes of the second factor are few, so they are closed for a while after too many; a passkey, a
recovery code and a known browser still come in. Wrong passkeys count by themselves, and close
passkeys from there alone.

A fixed window: it begins with the first wrong try and is not renewed by the next. When Valkey is
away sign-in goes on: locking everyone out helps an attacker.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Response, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis import Redis, RedisError

from encryption.signing import keyed_digest
from models.people import User
from models.sealed import keyring
from web.addresses import neighbourhood

WINDOW = 600
_MANY = 1_000_000  # what is only counted is never full
BY_ACCOUNT = RateLimitItemPerSecond(_MANY, WINDOW, namespace="account")
BY_ADDRESS = RateLimitItemPerSecond(_MANY, WINDOW, namespace="address")
CODES = RateLimitItemPerSecond(_MANY, WINDOW * 6, namespace="codes")
PASSKEYS = RateLimitItemPerSecond(30, WINDOW, namespace="passkeys")
HELP = RateLimitItemPerSecond(10, WINDOW, namespace="help")
NOTED = RateLimitItemPerSecond(_MANY, WINDOW, namespace="noted")
MOST_NOTED = 30  # wrong tries of nobody from one address that the trail says one by one
FREE_OF_ACCOUNT, FREE_OF_ADDRESS, FREE_CODES = 5, 30, 20
LONGEST = 2.0  # seconds
SAME = 0.35  # seconds that asking for help takes, for an account that is there and one that is not
_WAITING = threading.BoundedSemaphore(2)  # of the eight threads of the web server
KNOWN_DAYS = 90


def delay(email: str) -> float:
    """How many seconds the next try of this account from here waits."""
    account, address = _counts((BY_ACCOUNT, _account(email)), (BY_ADDRESS, _address()))
    if knows_browser(email):
        address = 0
    return max(_grown(account - FREE_OF_ACCOUNT), _grown(address - FREE_OF_ADDRESS))


def _grown(over: int) -> float:
    return min(LONGEST, 0.05 * 2.0**over) if over > 0 else 0.0


def slow_down(email: str) -> None:
    """Wait as long as the next try must; where enough are waiting already, not at all."""
    seconds = delay(email)
    if seconds and _WAITING.acquire(blocking=False):
        try:
            time.sleep(seconds)
        finally:
            _WAITING.release()


def wrong_try(email: str) -> None:
    """Count a wrong password."""
    _hit((BY_ACCOUNT, _account(email)), (BY_ADDRESS, _address()))


def wrong_code(email: str) -> int:
    """Count a wrong code of the second factor; gives how many there were, over all addresses."""
    return _hit((CODES, _account(email)))


def are_codes_closed(email: str) -> bool:
    """Whether codes of this account are not looked at for a while, from a browser that is new."""
    (wrong,) = _counts((CODES, _account(email)))
    return wrong >= FREE_CODES and not knows_browser(email)


def is_slowed(email: str) -> bool:
    """Whether the owner of this account may be kept waiting for what somebody tried wrong."""
    passwords, codes = _counts((BY_ACCOUNT, _account(email)), (CODES, _account(email)))
    return passwords > FREE_OF_ACCOUNT or codes >= FREE_CODES


def count_noted() -> int:
    """Count a wrong try of nobody that the trail is to say; gives how many there were from here."""
    return _hit((NOTED, _address()))


def wrong_passkey() -> None:
    """Count a passkey that does not fit."""
    _hit((PASSKEYS, _address()))


def are_passkeys_closed() -> bool:
    """Whether passkeys from here are not looked at for a while."""
    (wrong,) = _counts((PASSKEYS, _address()))
    return wrong >= PASSKEYS.amount


def may_ask_for_help() -> bool:
    """Whether somebody at this address may tell an office that they cannot sign in."""
    return _hit((HELP, _address())) < HELP.amount


@contextmanager
def taking_the_same_time() -> Iterator[None]:
    """What is done within takes a third of a second to whoever waits for it, whatever it found."""
    began = time.monotonic()
    yield
    time.sleep(max(0.0, began + SAME - time.monotonic()))


def right_try(email: str) -> None:
    """The owner came in, with everything that was asked: the account's counts begin anew."""
    try:
        limiter = _limiter()
        limiter.clear(BY_ACCOUNT, _account(email))
        limiter.clear(CODES, _account(email))
    except (RedisError, OSError):
        return


def remember_browser(answer: Response, user: User) -> None:
    """From now on this browser is known for the account."""
    settings = current_app.config["SETTINGS"]
    answer.set_cookie(
        _cookie(),
        _signer().dumps(_account(user.email)),
        max_age=KNOWN_DAYS * 86_400,
        secure=settings.production,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def forget_browser(answer: Response) -> None:
    """From now on this browser is known for no account."""
    answer.delete_cookie(
        _cookie(), secure=current_app.config["SETTINGS"].production, httponly=True, samesite="Lax"
    )


def knows_browser(email: str) -> bool:
    """Whether somebody signed in to the account in this browser before."""
    try:
        known = _signer().loads(request.cookies.get(_cookie(), ""), max_age=KNOWN_DAYS * 86_400)
    except BadData:
        return False
    return bool(known == _account(email))


def _cookie() -> str:
    return "__Host-known" if current_app.config["SETTINGS"].production else "known"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="known browser")


Counted = tuple[RateLimitItem, str]


def _hit(*counted: Counted) -> int:
    """Count one more of each; gives how many of the last there are."""
    try:
        limiter = _limiter()
        for item, who in counted:
            limiter.hit(item, who)
        return item.amount - limiter.get_window_stats(item, who).remaining
    except (RedisError, OSError):
        return 0


def _counts(*counted: Counted) -> list[int]:
    """How many of each there were in this window; none where Valkey is away."""
    try:
        limiter = _limiter()
        left = [limiter.get_window_stats(item, who).remaining for item, who in counted]
    except (RedisError, OSError):
        return [0] * len(counted)
    return [item.amount - rest for (item, _who), rest in zip(counted, left, strict=True)]


def _limiter() -> FixedWindowRateLimiter:
    """Counts over the connections of the queue, which give up soon (see notifications.queue).

    Their pool is handed over, so the address says only that the server speaks Redis.
    """
    connection: Redis = current_app.extensions["queue_connection"]
    pool = connection.connection_pool
    return FixedWindowRateLimiter(RedisStorage("redis://", connection_pool=pool, key_prefix="slow"))


def _account(email: str) -> str:
    """Hashed, because Valkey holds nobody's mail address."""
    return _hashed(email.strip().lower())


def _address() -> str:
    return _hashed(neighbourhood((request.remote_addr if request else "") or ""))


def _hashed(text: str) -> str:
    """Under a key: neither a cookie that stays in a browser nor a copy of Valkey confirms a guess
    of who works here, or from where.
    """
    return keyed_digest(keyring().derive("web/throttle"), text.encode()).hex()[:24]
