"""The objects of a PDF, found without trusting the file's own table of them.

A viewer that meets a damaged table repairs it by reading the file from the start; so an object that
the table hides from us can still be run by a viewer. We look at whatever any of them could see:
everything behind the word that begins an object, and everything in an object stream.
"""

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from files.content.kinds import NotKept
from loading import later

if TYPE_CHECKING:
    import pypdf
    from pypdf import errors, generic
else:
    pypdf = later("pypdf")
    errors = later("pypdf.errors")
    generic = later("pypdf.generic")

OBJECTS_MOST = 300_000
UNPACKED_MOST = 200 * 1024**2
ANY = -1  # the number of an object whose number we could not read: it could be any
_BEGINS = re.compile(rb"(?<!end)obj")
_NUMBERS = re.compile(rb"(\d{1,10})[\0\t\n\f\r ]{1,20}\d{1,5}[\0\t\n\f\r ]{0,20}\Z")
_NUMBERS_MOST = 60
_TRAILER = re.compile(rb"trailer")
Found = tuple[int, Any]  # number of the object (0 of a trailer), the object


def read(content: bytes) -> Iterator[Found]:
    """Every object of the file with its number; trailers have the number 0.

    Raises :class:`NotKept` for what is encrypted, damaged beyond reading or has no end.
    """
    reader = pypdf.PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise NotKept("encrypted")
    return _within_bounds(_Source(content, reader).objects())


def _within_bounds(found: Iterator[Found]) -> Iterator[Found]:
    for count, each in enumerate(found):
        if count > OBJECTS_MOST:
            raise NotKept("bomb")
        yield each


class _Source:
    def __init__(self, content: bytes, reader: "pypdf.PdfReader") -> None:
        self.content = content
        self.reader = reader
        self.stream = io.BytesIO(content)
        self.unpacked = 0

    def objects(self) -> Iterator[Found]:
        """Trailers, and whatever stands behind the word that begins an object."""
        yield 0, self.reader.trailer
        for trailer in _TRAILER.finditer(self.content):
            yield from self._at(0, self.stream, trailer.end())
        for begins in _BEGINS.finditer(self.content):
            before = self.content[max(0, begins.start() - _NUMBERS_MOST) : begins.start()]
            numbers = _NUMBERS.search(before)
            number = int(numbers[1]) if numbers else ANY
            yield from self._at(number, self.stream, begins.end())

    def _at(self, number: int, stream: io.BytesIO, place: int) -> Iterator[Found]:
        """The object at a place and, of an object stream, those in it.

        Chance bytes of a picture are no object; a dictionary that cannot be read is one that a
        more patient viewer reads.
        """
        stream.seek(place)
        _pass_gap(stream)
        begins = stream.tell()
        try:
            found = generic.read_object(stream, self.reader)
        except errors.LimitReachedError:
            raise NotKept("bomb") from None
        except (errors.PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError):
            stream.seek(begins)
            if stream.read(2).startswith(b"<<" if number == ANY else (b"<<", b"[")):
                raise NotKept("broken") from None
            return
        yield number, found
        if isinstance(found, generic.StreamObject) and _holds_objects(found):
            yield from self._packed(found)

    def _packed(self, stream: Any) -> Iterator[Found]:
        try:
            plain = stream.get_data()
        except errors.LimitReachedError:
            raise NotKept("bomb") from None
        self.unpacked += len(plain)
        if self.unpacked > UNPACKED_MOST:
            raise NotKept("bomb")
        first, count = int(stream["/First"]), int(stream["/N"])
        if count > OBJECTS_MOST or not 0 <= first <= len(plain):
            raise NotKept("broken")
        words = plain[:first].split()[: 2 * count]
        inner = io.BytesIO(plain)
        for number, offset in zip(words[::2], words[1::2], strict=False):
            yield from self._at(int(number), inner, first + int(offset))


def _pass_gap(stream: io.BytesIO) -> None:
    """Go on to the first byte that is neither white space nor comment."""
    while byte := stream.read(1):
        if byte == b"%":
            while (byte := stream.read(1)) and byte not in b"\r\n":
                pass
        elif byte not in b"\0\t\n\f\r ":
            stream.seek(-1, io.SEEK_CUR)
            return


def _holds_objects(stream: Any) -> bool:
    """Viewers believe the table and not the type, so the two keys tell."""
    return "/First" in stream and "/N" in stream
