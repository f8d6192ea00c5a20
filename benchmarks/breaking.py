"""What is done to an installation under load: processes are killed, services stop and go on."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from threading import Event
from typing import Any

Harm = tuple[str, Callable[[], None]]
STOPPED = 5.0  # seconds


def children_of(parent: int) -> dict[int, str]:
    """The processes that one started, with their last word (a part of ours) or their name."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            above = int((folder / "stat").read_text("utf-8").rpartition(")")[2].split()[1])
            words = (folder / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
            if above == parent:
                found[int(folder.name)] = words[-1].decode(errors="replace")
    return found


def send(what: int, *processes: int) -> None:
    """A signal to some processes, as far as they are still there."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, what)


def of_ours(parent: int, name: str) -> list[int]:
    """The processes of an installation with a name (web, worker-1, hooks, schedule)."""
    return [pid for pid, word in children_of(parent).items() if word == name]


def harms(parent: int, valkey: Any, postmaster: Callable[[], int | None] | None) -> list[Harm]:
    """What is done in turn, by its name."""

    def kill(name: str) -> Callable[[], None]:
        return lambda: send(signal.SIGKILL, *of_ours(parent, name))

    def restart_valkey() -> None:
        valkey.stop()
        time.sleep(STOPPED)
        valkey.start()

    done: list[Harm] = [
        ("web killed", kill("web")),
        ("worker killed", kill("worker-1")),
        ("Valkey away for 5 s", restart_valkey),
        ("web stands still for 5 s", _stand_still(lambda: of_ours(parent, "web"))),
        ("schedule killed", kill("schedule")),
        ("worker stands still for 5 s", _stand_still(lambda: of_ours(parent, "worker-1"))),
        ("hooks killed", kill("hooks")),
    ]
    if postmaster is not None:
        still, killed = _of_postgres(postmaster)
        done.insert(2, ("PostgreSQL stands still for 5 s", still))
        done.insert(5, ("a process of PostgreSQL killed", killed))
    return done


def _stand_still(found: Callable[[], list[int]]) -> Callable[[], None]:
    def run() -> None:
        stopped = found()
        send(signal.SIGSTOP, *stopped)
        time.sleep(STOPPED)
        send(signal.SIGCONT, *stopped)

    return run


def _of_postgres(
    postmaster: Callable[[], int | None],
) -> tuple[Callable[[], None], Callable[[], None]]:
    """All of it stands still; one of its processes is killed."""

    def everything() -> list[int]:
        found = postmaster()
        return [found, *children_of(found)] if found else []

    def kill_a_backend() -> None:
        """PostgreSQL ends all connections and recovers from its log."""
        started = children_of(postmaster() or 0).items()
        lines = [pid for pid, word in started if word.startswith("postgres: postgres ")]
        send(signal.SIGKILL, *lines[:1])

    return _stand_still(everything), kill_a_backend


def in_turn(what: list[Harm], over: Event, every: float) -> Iterator[str]:
    """Do one after the other until it is over; gives what was done."""
    for name, harm in cycle(what):
        if over.wait(every):
            return
        harm()
        yield name
