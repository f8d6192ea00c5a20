"""Periodic work of exports, and what the queue runs."""

from notifications import queue
from reporting.exports import deliveries, export_jobs
from reporting.facts import counting


def count(_number: int = 0) -> None:
    """Every twenty seconds: the facts of cases that changed. Safe to run twice and side by side."""
    counting.refresh()


def make_file(number: int) -> None:
    """Make a file somebody asked for."""
    export_jobs.make_file(number)


def make_release(number: int) -> None:
    """Make open data that two people approved."""
    export_jobs.make_release(number)


def sweep() -> None:
    """Every minute: files that nobody is making."""
    for number in deliveries.stalled():
        queue.enqueue_after_commit("make_file", number)


def remind() -> None:
    """Every hour: reports that are due, files past their days."""
    deliveries.send_due()
    deliveries.forget_old()
