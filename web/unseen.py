"""Characters that nobody sees: they come along when something is copied from a chat, a page or a
table, and mean nothing there. One place says what is taken out of what is typed, and what stays.
"""

import re
import unicodedata

from flask_babel import gettext as _

# Marks, embeddings, overrides and isolates of a direction, the width of nothing, joiners of words,
# the mark at the head of a file, a hyphen that only a line's end shows.
_DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_NOTHING = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2064\u206a-\u206f\u2800\u3164"
    "\ufeff\uffa0\ufff9-\ufffb"
)
_JOINERS = "\u200c\u200d"
_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_IN_FIGURES = re.compile(rf"(?<=\d)[{_SPACES}](?=\d)")
_OF_NO_USE = re.compile(rf"[{_DIRECTIONS}{_NOTHING}]")
_UNSEEN = re.compile(rf"[{_DIRECTIONS}{_NOTHING}{_JOINERS}]")
_SPACE = re.compile(f"[{_SPACES}]")
# One sign alone: an expression that also takes the spaces around it goes back over them, at each.
_LINE_BREAK = re.compile(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_PAGE_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
# Overrides turn what follows, also what others wrote; in words of several lines marks may stay.
_TURNS = re.compile(rf"[\u202a-\u202e\u2066-\u2069{_NOTHING}]")
# A joiner or its opposite says something between two letters (Persian, Hindi) or pictures, and
# nothing at the edge of a word.
_AT_EDGES = rf"(?<!\S)[{_JOINERS}]+|[{_JOINERS}]+(?!\S)"
# What varies or tags a picture means nothing where no sign stands before it.
_VARIES = "\ufe00-\ufe0f\U000e0001\U000e0020-\U000e007f"
_LOOSE_JOINERS = re.compile(rf"{_AT_EDGES}|(?<=[{_JOINERS}])[{_JOINERS}]+|(?<!\S)[{_VARIES}]+")
_CANNOT_BE_KEPT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_MARKS = "".join(sign for sign in map(chr, range(0x300, 0x1F000)) if unicodedata.combining(sign))
# No writing has so many on one letter (Unicode, UAX 15, says 30 at most where texts stream), and to
# bring n of them into order takes n times n steps.
_PILED = re.compile(f"[{_MARKS}]{{40}}")


def exact(text: str) -> str:
    """Of an address, a telephone, a code: nothing unseen means anything there."""
    plain = _SPACE.sub(" ", _UNSEEN.sub("", text))
    return _in_one_line(plain)


def figures(text: str) -> str:
    """Of a number or a day: nor do spaces that hold its figures together."""
    return exact(_IN_FIGURES.sub("", _UNSEEN.sub("", text)))


def line(text: str) -> str:
    """Of one line of words, a name above all: what joins or parts letters stays."""
    plain = _SPACE.sub(" ", _OF_NO_USE.sub("", text))
    return _LOOSE_JOINERS.sub("", _in_one_line(plain)).strip()


def _in_one_line(text: str) -> str:
    parts = (part.strip() for part in _LINE_BREAK.split(text))
    return " ".join(filter(None, parts))


def lines(text: str) -> str:
    """Of words of several lines: spaces that do not break stay, and marks of a direction."""
    plain = _PAGE_BREAKS.sub("\n", _TURNS.sub("", text))
    return _LOOSE_JOINERS.sub("", plain).strip()


def refused(text: str) -> str:
    """What a text cannot be kept with, so that whoever typed it finds it; empty where it can."""
    found = _CANNOT_BE_KEPT.search(text) or _PILED.search(text)
    if found is None:
        return ""
    code = f"U+{ord(found[0][0]):04X}"
    before = "".join(letter for letter in text[: found.start()] if letter.isprintable())[-20:]
    if not before:
        return str(_("A character that is not seen stands at the beginning (%(code)s).", code=code))
    words = _(
        "A character that is not seen stands after “%(before)s” (%(code)s).",
        before=before,
        code=code,
    )
    return str(words)
