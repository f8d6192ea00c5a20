"""A line between a browser and a server that is cut at a deed: while it is sent, or while its answer
comes. The browser is told of nothing: to it the line is there, and nobody answers.
"""

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field

CHUNK = 65536
BAD_GATEWAY = (
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 12\r\nConnection: close\r\n\r\nNo upstream."
)


@dataclass
class Line:
    """Carries bytes to a port of this machine, until it is cut."""

    to: int
    deed: bytes = b""  # how the request begins at which it is cut
    is_answered: bool = False  # whether the server hears it first
    instead: bytes = b""  # what stands on the line answers, and the server hears nothing
    is_cut: bool = False
    _open: set[socket.socket] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def cut_at(self, path: str, *, is_answered: bool) -> None:
        """Be cut when the next form is sent to ``path``: before the server hears it, or after it
        answered.
        """
        self.is_answered = is_answered
        self.deed = f"POST {path} ".encode()

    def answer_instead(self, path: str) -> None:
        """Answer the next form sent to ``path`` as a proxy does whose server is away."""
        self.instead = BAD_GATEWAY
        self.deed = f"POST {path} ".encode()

    def mend(self) -> None:
        """Carry again."""
        self.is_cut = False

    def close(self) -> None:
        """Carry nothing any more."""
        self.door.close()
        self._cut()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                here, _address = self.door.accept()
                threading.Thread(target=self._carry, args=(here,), daemon=True).start()

    def _carry(self, here: socket.socket) -> None:
        self._open.add(here)
        with suppress(OSError), here, socket.create_connection(("127.0.0.1", self.to)) as there:
            if self.is_cut:
                return
            self._open.add(there)
            cut = threading.Event()  # at the next answer on this connection
            back = threading.Thread(target=self._bring_back, args=(there, here, cut), daemon=True)
            back.start()
            while not self.is_cut and (sent := here.recv(CHUNK)):
                if self.deed and sent.startswith(self.deed):
                    self.deed = b""
                    if self.instead:
                        here.sendall(self.instead)
                        self.instead = b""
                        break
                    if not self.is_answered:
                        self._cut()
                        break
                    cut.set()
                there.sendall(sent)
            _shut(there)
            back.join()
        self._open.discard(here)

    def _bring_back(self, there: socket.socket, here: socket.socket, cut: threading.Event) -> None:
        with suppress(OSError):
            while answer := there.recv(CHUNK):
                if cut.is_set():
                    self._cut()
                if self.is_cut:
                    break
                here.sendall(answer)
        _shut(here)
        self._open.discard(there)

    def _cut(self) -> None:
        self.is_cut = True
        for each in list(self._open):
            _shut(each)


def _shut(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
