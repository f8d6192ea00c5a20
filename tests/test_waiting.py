"""Waiting goes on while something moves and ends where nothing does."""

import itertools
import os
import signal
import subprocess
import sys

import pytest

from tests import waiting


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "STILL", 0.2)
    monkeypatch.setattr(waiting, "MOST", 1.5)


def test_what_comes_is_given() -> None:
    answers = iter([None, "", 0, "here"])
    assert waiting.until(lambda: next(answers), between=0) == "here"


def test_as_long_as_something_moves_it_is_given_time() -> None:
    steps = itertools.count()
    answers = iter([False] * 30 + [True])
    assert waiting.until(lambda: next(answers), moves=lambda: next(steps), between=0.02)


def test_where_nothing_moves_it_ends_with_what_is_known() -> None:
    with pytest.raises(waiting.Stuck, match="without progress: the log says so"):
        waiting.until(lambda: False, told=lambda: "the log says so", between=0.01)


def test_it_ends_even_where_something_moves_for_ever() -> None:
    steps = itertools.count()
    with pytest.raises(waiting.Stuck):
        waiting.until(lambda: False, moves=lambda: next(steps), between=0.01)


def test_the_work_of_a_process_and_its_children_is_progress() -> None:
    spins = (
        f"import subprocess, sys; subprocess.run([{sys.executable!r}, '-c', 'while True: pass'])"
    )
    process = subprocess.Popen([sys.executable, "-c", spins], start_new_session=True)
    try:
        before = waiting.work_of(process.pid)
        assert waiting.until(
            lambda: waiting.work_of(process.pid) > before + 20,
            moves=lambda: waiting.work_of(process.pid),
        )
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        assert waiting.ended(process) < 0
    assert waiting.work_of(process.pid) == 0
