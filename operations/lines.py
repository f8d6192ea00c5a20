"""Lines to browsers: none of them may hold up the others, whatever somebody sends slowly, in heaps
or not at all, or does not read.

A line that is cut is shut for both sides: then the server's own loop finds it and lets go of it,
and of the thread that waits for its reader.
"""

import contextlib
import socket
import time
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer

AHEAD = 4  # requests that may come in one go; browsers and proxies send the next after the answer
STALLED = 30.0  # seconds in which nothing is taken of an answer, or nothing comes
WHOLE_WITHIN = 600.0  # seconds for a request to be there
BODIES_MOST = 256 * 1024 * 1024  # bytes of all requests that are not answered yet, together
LINES_MOST = 900  # one more, and the one goes that has been waiting longest
LOOKED_AT_EVERY = 5  # seconds
_COUNTED_EVERY = 1024 * 1024  # bytes that came, after which all are counted


class Line(HTTPChannel):  # type: ignore[misc]
    """A line to a browser or proxy. ``since``: from when on the request that comes, or is awaited,
    is waited for.
    """

    def __init__(self, server: Any, *about: Any, **named: Any) -> None:
        super().__init__(server, *about, **named)
        self.since = time.monotonic()
        waiting = [line for line in lines_of(server) if line.is_waiting and line is not self]
        if len(server.active_channels) > LINES_MOST and waiting:
            min(waiting, key=_since).cut()

    @property
    def is_waiting(self) -> bool:
        """Whether nothing that came by it is being answered."""
        return not (self.requests or self.will_close)

    @property
    def held(self) -> int:
        """How many bytes of bodies are here and not answered yet."""
        here = (*self.requests, *filter(None, [self.request]))
        return sum(len(each.body_rcv.buf) for each in here if each.body_rcv is not None)

    def received(self, data: bytes) -> bool:
        """Take what came."""
        taken = bool(super().received(data))
        self._keep_few()
        self.server.came = getattr(self.server, "came", 0) + len(data)
        if self.server.came >= _COUNTED_EVERY:
            self.server.came = 0
            make_room(lines_of(self.server))
        return taken

    def _keep_few(self) -> None:
        """Of requests in a heap the first are answered, and then the line ends."""
        with self.requests_lock:
            for each in self.requests[AHEAD:]:
                each.close()
            if len(self.requests) > AHEAD:
                del self.requests[AHEAD:]
                self.requests[-1].headers["CONNECTION"] = "close"

    def service(self) -> None:
        """Answer a request; the next one is waited for from then on."""
        super().service()
        self.since = time.monotonic()

    def cut(self) -> None:
        """End it, whatever the other side does."""
        self.will_close = True
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def is_over(self) -> bool:
        """Whether it came to nothing for too long: a request that is not whole, an answer that
        nobody takes.
        """
        if self.total_outbufs_len:
            return bool(self.last_activity < time.time() - STALLED)
        begun = self.is_waiting and self.request is not None
        return begun and self.since < time.monotonic() - WHOLE_WITHIN


def lines_of(server: Any) -> list[Line]:
    """Those that are open."""
    return list(server.active_channels.values())


def make_room(lines: list[Line]) -> None:
    """Where all bodies together are too many, those go that are not whole, the oldest first."""
    held = {line: line.held for line in lines}
    too_much = sum(held.values()) - BODIES_MOST
    for line in sorted((each for each in lines if each.is_waiting and held[each]), key=_since):
        if too_much <= 0:
            return
        too_much -= held[line]
        line.cut()


def _since(line: Line) -> float:
    return line.since


def look_after(server: BaseWSGIServer) -> None:
    """Every few seconds: what came to nothing goes."""
    for line in lines_of(server):
        if line.is_over():
            line.cut()
