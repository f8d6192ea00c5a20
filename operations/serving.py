"""The web server of a process: threads for pages, one beside them for whoever asks whether the
process lives, and the page of the house where the server itself refuses.

Bodies stay in memory: the server's own buffers would put large ones in a temporary file, in clear.
"""

from typing import Any

from flask import Flask
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ErrorTask, ThreadedTaskDispatcher
from waitress.utilities import RequestEntityTooLarge

from operations import lines
from web import away

THREADS = 8
BODY_MOST = 64 * 1024 * 1024
DROPPED_MOST = 1024 * 1024 * 1024
HEAD_MOST = 32 * 1024
CHANNELS = 1000  # more than wait for pages (lines.LINES_MOST), so that there is one to be asked by
ALIVE = "/healthz"


class Lanes(ThreadedTaskDispatcher):
    """Pages wait for each other; whether the process lives is answered beside them."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self.beside = ThreadedTaskDispatcher()
        self.beside.set_thread_count(1)
        self.set_thread_count(threads)

    def add_task(self, task: Any) -> None:
        """Put a channel with a request where it belongs."""
        first = next(iter(getattr(task, "requests", ())), None)
        if getattr(first, "path", "") == ALIVE:
            self.beside.add_task(task)
        else:
            super().add_task(task)

    def shutdown(self, cancel_pending: bool = True, timeout: int = 5) -> bool:
        """End the threads."""
        self.beside.shutdown(cancel_pending, timeout)
        return bool(super().shutdown(cancel_pending, timeout))


class Reader(HTTPRequestParser):  # type: ignore[misc]
    """Hears a body that is too big to its end and keeps nothing of it: a browser that is cut off
    while it sends shows no answer.
    """

    dropping = 0

    def received(self, data: bytes) -> int:
        """Take some bytes; gives how many."""
        if self.dropping:
            taken = min(len(data), self.dropping)
            self.dropping -= taken
            self.completed = not self.dropping
            return taken
        taken = int(super().received(data))
        too_big = isinstance(self.error, RequestEntityTooLarge)
        if too_big and not self.expect_continue and 0 < self.content_length <= DROPPED_MOST:
            self.dropping, self.completed = self.content_length, False
        return taken


class Refusal(ErrorTask):  # type: ignore[misc]
    """What the server refuses by itself, in the words of the house."""

    def execute(self) -> None:
        """Write the page."""
        error, app = self.request.error, self.channel.server.application
        body = _page(app, self.request, error.code).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "text/html; charset=utf-8"))
        self.response_headers.append(("Cache-Control", "no-store"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


def _page(app: Flask, sent: Any, status: int) -> str:
    asked = {"Accept-Language": sent.headers.get("ACCEPT_LANGUAGE", "")}
    with app.test_request_context(headers=asked):
        return away.refused(status)


class Channel(lines.Line):
    """A line to a browser."""

    parser_class = Reader
    error_task_class = Refusal


_theirs = BaseWSGIServer.maintenance


def _maintain(server: BaseWSGIServer, now: float) -> None:
    """Every few seconds: what waitress does, and what we do."""
    _theirs(server, now)
    lines.look_after(server)


def made(app: Flask) -> Any:
    """A server of ``app`` that listens, and answers once it runs."""
    settings = app.config["SETTINGS"]
    BaseWSGIServer.channel_class = Channel  # of each address that is listened to
    BaseWSGIServer.maintenance = _maintain
    return create_server(
        app,
        _dispatcher=Lanes(THREADS),
        host=settings.host,
        port=settings.port,
        ident=None,
        channel_timeout=int(lines.STALLED),
        cleanup_interval=lines.LOOKED_AT_EVERY,
        connection_limit=CHANNELS,
        asyncore_use_poll=True,  # the other way ends the process where it has 1,024 files open
        max_request_header_size=HEAD_MOST,
        max_request_body_size=settings.upload_limit + 65_536,
        inbuf_overflow=BODY_MOST,
        outbuf_overflow=BODY_MOST,
        # Read and taken away by web.addresses, which knows our own proxies.
        clear_untrusted_proxy_headers=False,
    )


def serve(app: Flask) -> None:
    """Serve ``app`` until told to stop."""
    made(app).run()
