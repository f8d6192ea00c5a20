"""What a file is, told from its content; what is refused; images made anew without what they say
about place and camera; the antivirus hook.
"""

import hashlib
import io
import socket
import struct
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import current_app

from access import audit
from access.actors import system
from files import receiving
from loading import later
from models.files import Attachment
from models.states import FILE

if TYPE_CHECKING:
    import PIL
    from PIL import Image, ImageOps
else:
    PIL = later("PIL")
    Image = later("PIL.Image")
    ImageOps = later("PIL.ImageOps")
filetype = later("filetype")

IMAGES = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
OFFICE = ("docx", "xlsx", "pptx", "odt", "ods", "odp")
PLAYED = ("mp3", "wav", "ogg", "m4a", "flac")  # browsers know no AMR
KINDS = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "mp3": "audio/mpeg",
    "wav": "audio/x-wav",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "amr": "audio/amr",
    "flac": "audio/x-flac",
}
IMAGE_MOST = 25 * 1024**2
OFFICE_MOST = 25 * 1024**2
PIXELS_MOST = 50_000_000
_ARCHIVES = frozenset({"gz", "7z", "rar", "tar", "bz2", "xz", "zst"})
_ACTIVE_PDF = (
    b"/JavaScript",
    b"/JS ",
    b"/JS(",
    b"/Launch",
    b"/EmbeddedFile",
    b"/RichMedia",
    b"/OpenAction",
    b"/XFA",
    b"/SubmitForm",
)
_BY_PART = {
    "word/document.xml": "docx",
    "xl/workbook.xml": "xlsx",
    "ppt/presentation.xml": "pptx",
}
_MARKUP = (b"<!doctype", b"<html", b"<svg", b"<script", b"<?xml", b"<?php")


INSPECTION = system("inspection")


class NotKept(Exception):
    """This content is not taken; ``reason`` is a code of :data:`standards.lists.FILE_REFUSALS`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def inspect(attachment: Attachment) -> None:
    """Keep a received file, or refuse it and remove what was stored of it."""
    try:
        kind = kind_of(next(receiving.read(attachment)), attachment.size)
        _scan(attachment)
        if kind in IMAGES:
            _make_anew(attachment, kind)
        elif kind == "pdf":
            _refuse_active_pdf(receiving.read(attachment))
        elif kind in OFFICE:
            kind = _office(attachment)
        receiving.keep_fact(attachment, sha256=_digest(attachment))
        attachment.kind = kind
        FILE.move(attachment, "keep", by=INSPECTION)
    except NotKept as wrong:
        receiving.remove_parts(attachment)
        attachment.refusal = wrong.reason
        FILE.move(attachment, "refuse", by=INSPECTION)
    audit.record(f"file_{attachment.state}", subject=attachment.key, cases=(attachment.case_id,))


def kind_of(start: bytes, size: int) -> str:
    """What the content is, by its first bytes; raises :class:`NotKept`."""
    kind = _guessed(start)
    if kind not in KINDS:
        raise NotKept("archive" if kind in _ARCHIVES else "kind")
    if (kind in IMAGES and size > IMAGE_MOST) or (kind in OFFICE and size > OFFICE_MOST):
        raise NotKept("too_big")
    # A script begins with its mark; two bytes anywhere in a photograph are chance.
    if start.startswith(b"#!") or any(mark in start[:1024].lower() for mark in _MARKUP):
        raise NotKept("active")
    return kind


def _guessed(start: bytes) -> str:
    guess = filetype.guess(start[:8192])
    kind = str(guess.extension) if guess else ""
    if kind == "zip" or kind in OFFICE:
        return "docx"  # told apart by what is inside
    return "txt" if not kind and _is_text(start) else kind


def is_sound(kind: str) -> bool:
    """Whether a kind of file is a recording."""
    return KINDS[kind].startswith("audio/")


def _is_text(start: bytes) -> bool:
    try:
        start[:8192].decode()
    except UnicodeDecodeError as wrong:
        if wrong.start < min(len(start), 8192) - 4:
            return False
    return b"\0" not in start[:8192]


def _make_anew(attachment: Attachment, kind: str) -> None:
    """Decode and encode again: only pixels survive, turned as the camera meant them.

    Metadata and anything appended are gone.
    """
    content = b"".join(receiving.read(attachment))
    try:
        with Image.open(io.BytesIO(content), formats=[IMAGES[kind]]) as opened:
            if opened.width * opened.height > PIXELS_MOST:
                raise NotKept("too_big")
            picture = ImageOps.exif_transpose(opened).convert("RGB" if kind == "jpg" else "RGBA")
    except (
        PIL.UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
    ):
        raise NotKept("broken") from None
    plain = Image.new(picture.mode, picture.size)
    plain.paste(picture)
    full_size, small = io.BytesIO(), io.BytesIO()
    plain.save(full_size, IMAGES[kind], quality=90)
    plain.convert("RGB").resize(_fitting(plain.size)).save(small, "JPEG", quality=75)
    receiving.replace(attachment, full_size.getvalue())
    receiving.keep_thumbnail(attachment, small.getvalue())


def _fitting(size: tuple[int, int], most: int = 256) -> tuple[int, int]:
    scale = min(1.0, most / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _refuse_active_pdf(pieces: Iterator[bytes]) -> None:
    """A PDF that runs, opens or carries something is refused; marks that lie across two parts are
    found too.
    """
    tail = b""
    for piece in pieces:
        window = tail + piece
        if any(mark in window for mark in _ACTIVE_PDF):
            raise NotKept("active")
        tail = piece[-32:]


def _office(attachment: Attachment) -> str:
    """The kind of an Office document; archives, macros and bombs are refused."""
    content = b"".join(receiving.read(attachment))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            mimetype = _mimetype(archive)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        raise NotKept("broken") from None
    unpacked = sum(info.file_size for info in infos)
    if len(infos) > 5000 or unpacked > 20 * OFFICE_MOST or unpacked > 200 * max(len(content), 1):
        raise NotKept("bomb")
    names = {info.filename for info in infos}
    if any(_is_active(name.lower()) for name in names):
        raise NotKept("active")
    return _office_kind(names, mimetype)


def _mimetype(archive: zipfile.ZipFile) -> str:
    """What an OpenDocument says it is; empty for others."""
    if "mimetype" in archive.namelist() and archive.getinfo("mimetype").file_size < 200:
        return archive.read("mimetype")[:80].decode("ascii", "replace")
    return ""


def _is_active(name: str) -> bool:
    """Whether a part of an Office document, by its name, runs or carries something."""
    carries = "vbaproject" in name or "/embeddings/" in name
    return carries or name.endswith((".exe", ".js", ".vbs", ".zip"))


def _office_kind(names: set[str], mimetype: str) -> str:
    for part, kind in _BY_PART.items():
        if part in names:
            return kind
    for kind in ("odt", "ods", "odp"):
        if KINDS[kind] == mimetype:
            return kind
    raise NotKept("archive")


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
