"""One installation on a data directory at a time, and no part of it outlives the whole.

A parent that is killed takes its children along; the Valkey it leaves is ended by the next start.
"""

import ctypes
import fcntl
import os
import signal
import time
from pathlib import Path

import redis

_PR_SET_PDEATHSIG = 1
WAIT = 10.0  # seconds for a Valkey that was left to end


class RunsAlready(Exception):
    """Another process serves from this data directory."""


def hold(data: Path) -> int:
    """Take the data directory for this process; gives what holds it, until the process ends.

    Raises :class:`RunsAlready`.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = os.open(data / "running", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        raise RunsAlready(
            f"Safeconduct runs already on {data}. Stop it first, or set SAFECONDUCT_DATA."
        ) from None
    return held


def end_with_parent() -> None:
    """This process ends when the one that started it does, however that ended (Linux)."""
    if os.uname().sysname != "Linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def end_left_valkey(socket: Path) -> None:
    """End the Valkey that a killed installation left on this socket: it keeps all it was told."""
    if not socket.exists():
        return
    left = redis.Redis(unix_socket_path=str(socket), socket_timeout=WAIT)
    try:
        left.shutdown()
    except redis.ConnectionError:
        socket.unlink(missing_ok=True)  # nobody listens
        return
    finally:
        left.close()
    until = time.monotonic() + WAIT
    while socket.exists() and time.monotonic() < until:
        time.sleep(0.1)
