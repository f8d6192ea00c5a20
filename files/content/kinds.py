"""The kinds of file that are taken, their bounds, and what a look into one gives."""

from dataclasses import dataclass
from typing import IO

from loading import later

filetype = later("filetype")

PICTURES = {
    "jpg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "gif": "GIF",
    "bmp": "BMP",
    "tif": "TIFF",
    "heic": "HEIF",
    "avif": "AVIF",
}
OFFICE = ("docx", "xlsx", "pptx", "odt", "ods", "odp")
BOXED = ("mp4", "3gp", "m4a", "mov")
RECORDINGS = ("mp3", "wav", "ogg", "flac", "amr", "aac", *BOXED)
PLAYED = ("mp3", "wav", "ogg", "m4a", "flac", "aac")  # browsers know no AMR
KINDS = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
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
    "aac": "audio/aac",
    "flac": "audio/x-flac",
    "3ga": "audio/3gpp",
    "mp4": "video/mp4",
    "3gp": "video/3gpp",
    "mov": "video/quicktime",
}
MEGABYTE = 1024**2
MOST = {
    **dict.fromkeys(PICTURES, 25 * MEGABYTE),
    **dict.fromkeys(OFFICE, 25 * MEGABYTE),
    "pdf": 100 * MEGABYTE,
}
SHOWN = frozenset({*PICTURES, "mp4", "3gp", "mov"})  # kinds that can show somebody
_ARCHIVES = frozenset({"zip", "gz", "7z", "rar", "tar", "bz2", "xz", "zst"})
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = (b"<!doctype", b"<html", b"<svg", b"<script", b"<?xml", b"<?php")
# What our names and the library's differ in: by its mark, a phone's sound is "mp4" as well.
_SAME = {"tiff": "tif", "heif": "heic", "m4v": "mp4", "oga": "ogg", "opus": "ogg", "zip": "docx"}
_BRANDS = {b"3gp": "3gp", b"3g2": "3gp", b"qt ": "mov", b"M4A": "m4a", b"M4B": "m4a"}
_STILLS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"}


class NotKept(Exception):
    """This content is not taken; ``reason`` is a code of :data:`standards.lists.FILE_REFUSALS`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class Looked:
    """What a look gives: the kind that is kept, and where it is made anew what to keep instead.

    ``content`` is empty where the file stays as it came; ``thumbnail`` is a small JPEG, or empty.
    """

    kind: str
    content: bytes = b""
    thumbnail: bytes = b""


def kind_of(start: bytes, size: int) -> str:
    """What the content is, by its first bytes; raises :class:`NotKept`.

    Office documents are all ``docx`` here: what is inside tells them apart.
    """
    kind = _guessed(start)
    if kind not in KINDS and kind not in PICTURES:
        raise NotKept(_why_not(kind, start))
    if size > MOST.get(kind, size):
        raise NotKept("too_big")
    # Only what is neither parsed nor made anew can still be taken for a page by whoever opens it.
    if (kind == "txt" or kind in RECORDINGS) and any(
        mark in start[:1024].lower() for mark in _MARKUP
    ):
        raise NotKept("active")
    return kind


def _why_not(kind: str, start: bytes) -> str:
    if start.startswith(_OLD_OFFICE):
        return "old_office"
    if start.startswith(b"#!"):
        return "active"
    return "archive" if kind in _ARCHIVES else "kind"


def _guessed(start: bytes) -> str:
    if start.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return "amr"
    if start.startswith((b"#!", _OLD_OFFICE)):
        return ""
    if start[4:8] == b"ftyp":
        return _by_brand(start)
    guess = filetype.guess(start[:8192])
    kind = str(guess.extension) if guess else "txt" if _is_text(start) else ""
    return "docx" if kind in OFFICE else _SAME.get(kind, kind)


def _by_brand(start: bytes) -> str:
    """Which of the many files of boxes one is: by the brand that it names first."""
    brand = start[8:12]
    if brand in _STILLS:
        return "avif" if b"avif" in start[12:64] else "heic"
    return "avif" if brand in {b"avif", b"avis"} else _BRANDS.get(brand[:3], "mp4")


def _is_text(start: bytes) -> bool:
    try:
        start[:8192].decode()
    except UnicodeDecodeError as wrong:
        if wrong.start < min(len(start), 8192) - 4:
            return False
    return b"\0" not in start[:8192]


def size_of(stream: IO[bytes]) -> int:
    """How many bytes a stream has; it stands at its start afterwards."""
    size = stream.seek(0, 2)
    stream.seek(0)
    return size


def is_sound(kind: str) -> bool:
    """Whether a kind of file is a recording of sound alone."""
    return KINDS[kind].startswith("audio/")
