"""Office documents: archives of parts. Each part is known by its content, not by its name."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from files.content import ooxml, opendocument
from files.content.kinds import KINDS, Looked, NotKept

PARTS_MOST = 5000
UNPACKED_MOST = 500 * 1024**2
RATIO_MOST = 200
DEPTH_MOST = 2  # a document, the workbook of its chart, and a picture of that
_CARRIED = {
    b"\xd0\xcf\x11\xe0": "carries",  # an object of another program, or a project of macros
    b"MZ": "active",
    b"\x7fELF": "active",
    b"#!": "active",
    b"%PDF": "carries",
    b"{\\rt": "carries",
    b"Rar!": "carries",
    b"7z\xbc\xaf": "carries",
    b"\x1f\x8b": "carries",
}
_PACKED_PICTURES = (".emz", ".wmz")  # drawings that Office packs with gzip
_FOLDERS = {"activex": "active", "macrosheets": "active", "basic": "active", "scripts": "active"}
_ENDINGS = (".exe", ".js", ".vbs", ".dll", ".scr", ".bat", ".cmd", ".ps1", ".jar", ".hta", ".lnk")
_FAULTS = (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, zlib.error)


def look(content: bytes, depth: int = 0) -> Looked:
    """The kind of an Office document that shows and nothing else; raises :class:`NotKept`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            _refuse_bombs(infos, len(content))
            kind = _kind(archive)
            for info in infos:
                _part(archive, info, depth)
            (opendocument if kind.startswith("od") else ooxml).look(Parts(archive))
    except _FAULTS:
        raise NotKept("broken") from None
    return Looked(kind)


class Parts:
    """The parts of a document by name."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        # LibreOffice leaves empty parts behind; they say nothing.
        self.names = [info.filename for info in archive.infolist() if info.file_size]

    def open(self, name: str) -> IO[bytes]:
        """A part, to be read once."""
        return self._archive.open(name)

    def ending(self, *endings: str) -> Iterator[str]:
        """The names with one of these endings, whatever their case."""
        return (name for name in self.names if name.casefold().endswith(endings))


def _refuse_bombs(infos: list[zipfile.ZipInfo], size: int) -> None:
    unpacked = sum(info.file_size for info in infos)
    if len(infos) > PARTS_MOST or unpacked > min(UNPACKED_MOST, RATIO_MOST * max(size, 1)):
        raise NotKept("bomb")
    if any(info.flag_bits & 0x1 for info in infos):
        raise NotKept("encrypted")
    names = [info.filename.casefold() for info in infos]
    if len(set(names)) != len(names):
        raise NotKept("broken")  # two parts of one name: each program opens another one


def _kind(archive: zipfile.ZipFile) -> str:
    names = set(archive.namelist())
    for part, kind in ooxml.MAIN.items():
        if part in names:
            return kind
    says = ""
    if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
        says = archive.read("mimetype")[:80].decode("ascii", "replace").strip()
    for kind in ("odt", "ods", "odp"):
        if KINDS[kind] == says:
            return kind
    raise NotKept("archive")


def _part(archive: zipfile.ZipFile, info: zipfile.ZipInfo, depth: int) -> None:
    name = info.filename.casefold()
    folders = name.split("/")[:-1]
    for folder in folders:
        if folder in _FOLDERS:
            raise NotKept(_FOLDERS[folder])
    if name.endswith(_ENDINGS) or "vbaproject" in name:
        raise NotKept("active")
    with archive.open(info) as part:
        start = part.read(8)
    for mark, reason in _CARRIED.items():
        if start.startswith(mark) and not name.endswith(_PACKED_PICTURES):
            raise NotKept(reason)
    if start.startswith(b"PK") or "embeddings" in folders:
        _within(archive, info, depth)


def _within(archive: zipfile.ZipFile, info: zipfile.ZipInfo, depth: int) -> None:
    """A document in a document: the numbers behind a chart. It is looked into like any other."""
    content = archive.read(info)
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return
    if depth >= DEPTH_MOST:
        raise NotKept("bomb")
    try:
        look(content, depth + 1)
    except NotKept as wrong:
        raise NotKept("carries" if wrong.reason == "archive" else wrong.reason) from None
