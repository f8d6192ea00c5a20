"""What dies is started again: at once where it had lived, later and later where it cannot live."""

from itertools import pairwise
from typing import Any

import pytest

import serve


def test_what_dies_at_once_is_started_later_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    moment, starts = [0.0], []
    monkeypatch.setattr(serve.time, "monotonic", lambda: moment[0])
    children = serve.Children(settings=None)  # type: ignore[arg-type]

    def start(name: str) -> None:
        starts.append(moment[0])
        children.began[name] = moment[0]

    children.start = start  # type: ignore[method-assign]
    children.start("schedule")

    def die_at_once(seconds: float) -> None:
        """As :meth:`serve.Children.watch` looks, of one that is dead whenever it is looked at."""
        until = moment[0] + seconds
        while moment[0] < until:
            moment[0] += 0.25
            children.revive("schedule", 1)

    die_at_once(600)
    assert 12 <= len(starts) <= 18, "not hundreds"
    pauses = [later - sooner for sooner, later in pairwise(starts)]
    assert pauses == sorted(pauses)
    assert pauses[-1] >= serve.LATEST
    moment[0] += serve.LIVED + serve.LATEST + 1
    died: Any = moment[0]
    while starts[-1] < died:
        children.revive("schedule", 1)
        moment[0] += 0.25
    moment[0] += 3600  # lived for an hour
    died = moment[0]
    while starts[-1] < died:
        children.revive("schedule", 1)
        moment[0] += 0.25
    assert starts[-1] - died <= 2 * serve.SOON + 0.25
