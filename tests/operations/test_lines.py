"""Case 52: what somebody sends slowly, in heaps or not at all, or does not read, holds up nobody
else. A real server with small figures, of an application that answers at once.
"""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, Response

from config import Settings
from operations import lines, serving
from tests import waiting

LARGE = 3 * 1024 * 1024
_opened: list[socket.socket] = []  # closed with the server: what is left open fails a later test


@pytest.fixture
def server(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server that looks after its lines each second."""
    monkeypatch.setattr(lines, "LOOKED_AT_EVERY", 1)
    app = Flask(__name__)
    app.config["SETTINGS"] = replace(sqlite_settings, port=0)
    large = bytes(LARGE)
    app.add_url_rule("/large", "large", view_func=lambda: Response(large))
    app.add_url_rule("/", "page", view_func=lambda: "here", methods=["GET", "POST"])
    made = serving.made(app)
    loop = threading.Thread(target=made.run, daemon=True)
    loop.start()
    yield made
    while _opened:
        _opened.pop().close()

    def end() -> None:
        for line in lines.lines_of(made):
            line.handle_close()
        made.close()

    made.trigger.pull_trigger(end)
    loop.join(20)
    made.task_dispatcher.shutdown()


@pytest.fixture
def port(server: Any) -> int:
    """Where it listens."""
    return int(server.effective_port)


def is_answered(port: int) -> bool:
    """Whether a page comes within seconds."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/")
        return line.getresponse().read() == b"here"
    except OSError:
        return False
    finally:
        line.close()


def opened(port: int, sent: bytes) -> socket.socket:
    """A line on which something was sent, and nothing is read."""
    line = socket.create_connection(("127.0.0.1", port), timeout=10)
    _opened.append(line)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.sendall(sent)
    return line


def is_cut(line: socket.socket) -> bool:
    """Whether the other side ended it; what it said before is read."""
    line.settimeout(0.2)
    try:
        while line.recv(1024 * 1024):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def begun(size: int, here: int) -> bytes:
    """A request of which a part is here."""
    head = (
        f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: {size}\r\n\r\n"
    )
    return head.encode() + b"x" * here


def test_52_who_asks_in_heaps_and_reads_nothing_takes_no_thread_from_others(port: int) -> None:
    heap = b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 60
    held = [opened(port, heap) for _ in range(serving.THREADS + 1)]
    time.sleep(1)
    assert is_answered(port)
    for line in held:
        line.close()


def test_52_a_heap_is_answered_as_far_as_it_goes_and_then_ends(port: int) -> None:
    line = opened(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
    came = b""
    with line:
        while part := line.recv(65_536):
            came += part
    assert came.count(b"here") == lines.AHEAD
    assert b"Connection: close" in came


def test_52_whoever_takes_nothing_of_an_answer_is_cut(
    server: Any, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "STALLED", 1.0)
    with opened(port, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * lines.AHEAD):
        waiting.until(lambda: lines.lines_of(server))
        waiting.until(lambda: not lines.lines_of(server), told=lambda: "the line stands")


def test_52_a_request_that_is_not_whole_in_time_is_cut(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "WHOLE_WITHIN", 1.0)
    line = opened(port, begun(100, 1))
    end = time.monotonic() + 20
    while not is_cut(line):
        assert time.monotonic() < end
        line.sendall(b"x")  # it goes on, slowly
    line.close()


def test_52_bodies_that_wait_have_a_limit_together_and_the_oldest_go(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 4 * 1024 * 1024
    monkeypatch.setattr(lines, "BODIES_MOST", 3 * size)
    held = []
    for _ in range(5):
        held.append(opened(port, begun(size, size - 10)))
        time.sleep(0.3)
    waiting.until(lambda: is_cut(held[0]), moves=lambda: 0, told=lambda: "the oldest stands")
    assert not is_cut(held[-1]), "the newest goes on"
    held[-1].sendall(b"x" * 10)
    held[-1].settimeout(5)
    assert b"200" in held[-1].recv(1000)
    for line in held:
        line.close()


def test_52_where_lines_run_out_the_one_goes_that_waited_longest(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LINES_MOST", 20)
    held = [opened(port, begun(100, 1)) for _ in range(60)]
    time.sleep(0.5)
    assert is_answered(port)
    assert is_cut(held[0])
    for line in held:
        line.close()


def test_51_a_head_longer_than_any_of_ours_is_refused(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "_page", lambda *_about: "too long")
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    line.request("GET", "/", headers={"Accept-Language": "en," * 20_000})
    assert line.getresponse().status == 431
    line.close()
