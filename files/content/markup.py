"""Reading the XML of a part of a document: element by element, no tree, no DTD, no outside.

Names come without their prefix: what a prefix means is looked up by the program that opens the
file, and a part with an odd prefix must not be less looked at than others.
"""

from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from files.content.kinds import NotKept

DEPTH_MOST = 2000
Begin = Callable[[str, dict[str, str]], None]
Words = Callable[[str, str], None]


def read(stream: IO[bytes], begin: Begin, words: Words | None = None) -> None:
    """Call ``begin`` with name and attributes of each element, ``words`` with name and text.

    Raises :class:`NotKept` where it is no XML or brings definitions of its own.
    """
    reading = _Reading(begin, words)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_definitions
    parser.EntityDeclHandler = _refuse_definitions
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    if words is not None:
        parser.CharacterDataHandler = reading.text
    try:
        parser.ParseFile(stream)
    except expat.ExpatError:
        raise NotKept("broken") from None


def _refuse_definitions(*_: object) -> None:
    raise NotKept("active")


def plain(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2]


class _Reading:
    def __init__(self, begin: Begin, words: Words | None) -> None:
        self.begin = begin
        self.words = words
        self.within: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self.within.append(plain(name))
        if len(self.within) > DEPTH_MOST:
            raise NotKept("bomb")
        self.begin(plain(name), {plain(key): value for key, value in attributes.items()})

    def end(self, _name: str) -> None:
        """An element ends."""
        self.within.pop()

    def text(self, words: str) -> None:
        """Some of the text of the element that was begun last."""
        assert self.words is not None
        self.words(self.within[-1], words)
