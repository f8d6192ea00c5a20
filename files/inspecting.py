"""Whether a received file may stay: told by its content, looked into by its kind, asked of the
antivirus scanner. What is refused leaves nothing behind.
"""

import hashlib
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app

from access import audit
from access.actors import system
from files import photographs, receiving, streams
from files.content import apart, recordings
from files.content.kinds import OFFICE, RECORDINGS, Looked, NotKept, kind_of
from models.files import Attachment
from models.states import FILE

INSPECTION = system("inspection")


@dataclass(frozen=True)
class Verdict:
    """What was found in a file: of which kind it came, what is kept; or why it is not kept."""

    came_as: str = ""
    looked: Looked | None = None
    refusal: str = ""


def look(attachment: Attachment) -> Verdict:
    """Look into a received file. Takes as long as scanner and file need; nothing of the row is
    changed.
    """
    try:
        kind = kind_of(next(receiving.read(attachment)), attachment.size)
        _scan(attachment)
        return Verdict(kind, _look(attachment, kind))
    except NotKept as wrong:
        return Verdict(refusal=wrong.reason)


def settle(attachment: Attachment, verdict: Verdict) -> None:
    """Keep a file by what was found in it, or refuse it and remove what was stored of it."""
    try:
        if verdict.looked is None:
            raise NotKept(verdict.refusal)
        photographs.require_leave(attachment, verdict.looked.kind)
        _keep(attachment, verdict.came_as, verdict.looked)
        FILE.move(attachment, "keep", by=INSPECTION)
    except NotKept as wrong:
        receiving.remove_parts(attachment)
        attachment.refusal = wrong.reason
        FILE.move(attachment, "refuse", by=INSPECTION)
    audit.record(f"file_{attachment.state}", subject=attachment.key, cases=(attachment.case_id,))


def _look(attachment: Attachment, kind: str) -> Looked:
    """Recordings are large and only measured; the rest is small and looked into apart."""
    if kind == "txt":
        return Looked(kind)
    if kind in RECORDINGS:
        keeps, spans = recordings.look(streams.opened(attachment), kind)
        for span in spans:
            receiving.overwrite(attachment, span.start, bytes(span.end - span.start))
            receiving.overwrite(attachment, span.free_at, b"free")
        return Looked(keeps)
    return apart.look(kind, b"".join(receiving.read(attachment)))


def _keep(attachment: Attachment, came_as: str, looked: Looked) -> None:
    """Put what was made anew in the place of what came; remember where the kind changed."""
    if looked.content:
        receiving.replace(attachment, looked.content)
    if looked.thumbnail:
        receiving.keep_thumbnail(attachment, looked.thumbnail)
    changed = looked.kind != came_as and came_as not in OFFICE and came_as not in RECORDINGS
    receiving.keep_fact(attachment, sha256=_digest(attachment), came_as=came_as if changed else "")
    attachment.kind = looked.kind


def _digest(attachment: Attachment) -> str:
    """The SHA-256 of what is kept: shown beside the file, so that a copy can be proven to be this
    one.
    """
    state = hashlib.sha256()
    for piece in receiving.read(attachment):
        state.update(piece)
    return state.hexdigest()


def _scan(attachment: Attachment) -> None:
    """Ask clamd, if there is one.

    Where it does not answer the file waits in quarantine: the job fails and is tried again.
    """
    address = current_app.config["SETTINGS"].clamd
    if address and not is_clean(address, receiving.read(attachment)):
        raise NotKept("virus")


def is_clean(address: str, pieces: Iterator[bytes]) -> bool:
    """Whether clamd at ``address`` (``unix:/path`` or ``tcp://host:port``) finds nothing.

    Speaks INSTREAM of its protocol; raises OSError.
    """
    with _connected(address) as line:
        line.sendall(b"zINSTREAM\0")
        for piece in pieces:
            line.sendall(struct.pack(">I", len(piece)) + piece)
        line.sendall(struct.pack(">I", 0))
        answer = b""
        while not answer.endswith(b"\0") and (more := line.recv(4096)):
            answer += more
    if b"OK" not in answer and b"FOUND" not in answer:
        raise OSError("the scanner gave no verdict")
    return answer.rstrip(b"\0").endswith(b"OK")


def _connected(address: str) -> socket.socket:
    if address.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(60)
        line.connect(address.removeprefix("unix:"))
        return line
    place = urlsplit(address)
    return socket.create_connection((place.hostname or "127.0.0.1", place.port or 3310), timeout=60)
