"""A stored file as a stream: opened part by part as it is read, in memory alone."""

import io
from typing import Any

from files import receiving
from models.files import Attachment


def opened(attachment: Attachment) -> io.BufferedReader:
    """The file to be read from any place."""
    return io.BufferedReader(_Parts(attachment))


class _Parts(io.RawIOBase):
    """Holds one part in clear at a time: whoever reads headers comes back to the same one."""

    def __init__(self, attachment: Attachment) -> None:
        super().__init__()
        self._attachment = attachment
        self._place = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; gives it, counted from the start."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._attachment.size}
        self._place = max(0, base[whence] + offset)
        return self._place

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer`` from here, up to the end of the part; 0 at the end of the file."""
        if self._place >= self._attachment.size:
            return 0
        position, offset = divmod(self._place, receiving.PART)
        piece = self._part(position)[offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)

    def _part(self, position: int) -> bytes:
        if self._held[0] != position:
            start = position * receiving.PART
            piece = b"".join(receiving.read(self._attachment, start, start + receiving.PART))
            self._held = (position, piece)
        return self._held[1]
