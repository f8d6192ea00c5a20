"""Waiting in tests: for minutes while there is progress, briefly where nothing moves.

The one place that knows how long.

A busy machine makes everything slow and nothing wrong. So what is waited for has no fixed time: as
long as a process works or its output grows, it is given more, up to :data:`MOST`. Only where
nothing at all moves does waiting end early.
"""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MOST = 900.0  # seconds for anything
STILL = 180.0  # seconds in which nothing moves, after which it never will
PAGE = 60_000  # milliseconds for one step of a browser, in Playwright's unit


class Stuck(AssertionError):
    """What was waited for did not come; says what is known."""


def until(
    holds: Callable[[], Any],
    *,
    moves: Callable[[], object] = lambda: None,
    told: Callable[[], str] = lambda: "nothing more is known",
    between: float = 0.1,
) -> Any:
    """Ask ``holds`` again until it gives something true, and give that.

    ``moves`` gives something that differs as long as there is progress (bytes of a log, the work of
    a process). Raises
    :class:`Stuck` with the words of ``told`` where it stays the same for :data:`STILL`, and after
    :data:`MOST` in any case.
    """
    began = moved = time.monotonic()
    before = moves()
    while True:
        if found := holds():
            return found
        now, after = time.monotonic(), moves()
        if after != before:
            before, moved = after, now
        if now - moved > STILL or now - began > MOST:
            raise Stuck(
                f"waited for {now - began:.0f} s, the last {now - moved:.0f} without progress: {told()}"
            )
        time.sleep(between)


def work_of(pid: int) -> int:
    """How much a process and its children have worked so far, in clock ticks; 0 where there is no
    such process.
    """
    parents, ticks = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:  # it has just ended
            continue
        parents[int(folder.name)] = int(words[1])
        ticks[int(folder.name)] = int(words[11]) + int(words[12])
    mine, found = {pid}, {pid}
    while found:
        found = {child for child, parent in parents.items() if parent in found} - mine
        mine |= found
    return sum(ticks.get(number, 0) for number in mine)


def ended(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process that was asked to end; gives how it ended."""
    until(
        lambda: process.poll() is not None,
        moves=lambda: work_of(process.pid),
        told=lambda: f"process {process.pid} goes on",
    )
    return int(process.returncode)


def seconds_of(act: Callable[[], object]) -> float:
    """How long something takes on this machine at this moment: what else is measured is measured by
    it.
    """
    began = time.monotonic()
    act()
    return time.monotonic() - began
