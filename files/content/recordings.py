"""Sound and video: whole by their boxes and headers, and pointing at nothing outside.

They are not decoded. Of MP4 and its kin the boxes that say where and by whom (place, device, owner)
are blanked where they lie, so that no offset moves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from files.content.kinds import BOXED, NotKept, size_of

BOXES_MOST = 20_000
DEPTH_MOST = 8
HEADER_MOST = 4096
_OUTER = frozenset(
    b"ftyp moov mdat free skip wide uuid meta udta moof mfra sidx ssix styp pdin emsg prft pnot"
    b" PICT".split()
)
_WITHIN = frozenset({b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"edts"})
_OF_SOUND = {"mp4": "m4a", "mov": "m4a", "3gp": "3ga"}  # what the same boxes are without pictures
_SAYS_WHERE = frozenset({b"udta", b"meta", b"uuid"})
_POINTS_OUT = frozenset({b"rmra", b"rmda"})  # a movie that only names another one


@dataclass(frozen=True)
class Span:
    """A stretch of a file to be blanked, and the four letters that make it a free box."""

    start: int
    end: int
    free_at: int


@dataclass(frozen=True)
class _Box:
    kind: bytes
    start: int
    inside: int
    end: int


def look(stream: IO[bytes], kind: str) -> tuple[str, list[Span]]:
    """The kind that is kept, and what is to be blanked in it; raises :class:`NotKept`."""
    if kind in BOXED:
        return _boxed(stream, kind)
    size = size_of(stream)
    if not _HEADERS[kind](stream.read(HEADER_MOST), size, stream):
        raise NotKept("broken")
    return kind, []


def _boxed(stream: IO[bytes], kind: str) -> tuple[str, list[Span]]:
    spans, tracks, kinds = [], set(), set()
    for count, (box, depth) in enumerate(_boxes(stream, 0, size_of(stream), 0)):
        _refuse_box(stream, box, depth, count)
        kinds.add(box.kind)
        if box.kind in _SAYS_WHERE:
            spans.append(Span(box.inside, box.end, box.start + 4))
        elif box.kind == b"hdlr":
            tracks.add(_read(stream, box.inside + 8, 4))
    if b"ftyp" not in kinds or b"moov" not in kinds:
        raise NotKept("broken")
    sound_alone = b"soun" in tracks and b"vide" not in tracks
    return (_OF_SOUND.get(kind, kind) if sound_alone else kind), spans


def _refuse_box(stream: IO[bytes], box: _Box, depth: int, count: int) -> None:
    if count > BOXES_MOST:
        raise NotKept("bomb")
    if depth == 0 and box.kind not in _OUTER:
        raise NotKept("broken")
    if box.kind in _POINTS_OUT:
        raise NotKept("remote")
    if box.kind == b"dref":
        _refuse_outside(stream, box)


def _boxes(stream: IO[bytes], start: int, end: int, depth: int) -> Iterator[tuple[_Box, int]]:
    """The boxes between two places, and those in them; they must fill the place exactly."""
    if depth > DEPTH_MOST:
        raise NotKept("bomb")
    while start < end:
        box = _box(stream, start, end)
        yield box, depth
        if box.kind in _WITHIN:
            yield from _boxes(stream, box.inside, box.end, depth + 1)
        start = box.end


def _box(stream: IO[bytes], start: int, end: int) -> _Box:
    header = _read(stream, start, 16)
    size, inside = int.from_bytes(header[:4]), start + 8
    if size == 1:
        size, inside = int.from_bytes(header[8:16]), start + 16
    elif size == 0:
        size = end - start
    if len(header) < 8 or size < inside - start or start + size > end:
        raise NotKept("broken")
    return _Box(header[4:8], start, inside, start + size)


def _read(stream: IO[bytes], place: int, much: int) -> bytes:
    stream.seek(place)
    return stream.read(much)


def _refuse_outside(stream: IO[bytes], table: _Box) -> None:
    """Where the sound and pictures of a track lie: in this file (flag 1), or at an address."""
    place, count = table.inside + 8, 0
    while place < table.end:
        entry = _box(stream, place, table.end)
        flags = _read(stream, entry.inside, 4)
        if not flags[3:] or not flags[3] & 1:
            raise NotKept("remote")
        place, count = entry.end, count + 1
        if count > 100:
            raise NotKept("bomb")


def _mp3(start: bytes, size: int, stream: IO[bytes]) -> bool:
    """Sound begins where the words before it end."""
    if start.startswith(b"ID3"):
        lengths = start[6:10]
        skip = 10 + sum((byte & 0x7F) << 7 * (3 - place) for place, byte in enumerate(lengths))
        start = _read(stream, skip, HEADER_MOST).lstrip(b"\0")
    return len(start) > 3 and start[0] == 0xFF and start[1] & 0xE0 == 0xE0


def _wav(start: bytes, size: int, _stream: IO[bytes]) -> bool:
    return start[8:12] == b"WAVE" and b"fmt " in start


def _ogg(start: bytes, size: int, _stream: IO[bytes]) -> bool:
    """The first page names what follows: sound of one of these kinds."""
    return any(mark in start[:128] for mark in (b"OpusHead", b"\x01vorbis", b"Speex", b"\x7fFLAC"))


def _flac(start: bytes, size: int, _stream: IO[bytes]) -> bool:
    return start[4] & 0x7F == 0 and start[5:8] == b"\0\0\x22"


def _amr(start: bytes, size: int, _stream: IO[bytes]) -> bool:
    """Frames behind the mark: the lowest two bits and the highest of each head are nought."""
    head = start[9:10] if start.startswith(b"#!AMR-WB") else start[6:7]
    return bool(head) and not head[0] & 0x83


def _aac(start: bytes, size: int, _stream: IO[bytes]) -> bool:
    return len(start) > 6 and start[0] == 0xFF and start[1] & 0xF6 == 0xF0


_HEADERS: dict[str, Callable[[bytes, int, IO[bytes]], bool]] = {
    "mp3": _mp3,
    "wav": _wav,
    "ogg": _ogg,
    "flac": _flac,
    "amr": _amr,
    "aac": _aac,
}
