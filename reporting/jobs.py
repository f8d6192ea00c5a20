"""Periodic work of this room, and what the queue runs."""

from notifications import queue
from reporting import delivering, making
from reporting.facts import counting


def count(_number: int = 0) -> None:
    """Every twenty seconds: the facts of cases that changed. Safe to run twice and side by side."""
    counting.refresh()


def make_file(number: int) -> None:
    """Make a file somebody asked for."""
    making.make_file(number)


def make_release(number: int) -> None:
    """Make open data that two people approved."""
    making.make_release(number)


def sweep() -> None:
    """Every minute: files that nobody is making."""
    for number in delivering.stalled():
        queue.enqueue_after_commit("make_file", number)


def remind() -> None:
    """Every hour: reports that are due, files past their days."""
    delivering.send_due()
    delivering.forget_old()
