"""The clock that can be moved: in the demo and in tests, lives that take a year are lived, taught
and checked in minutes.

All processes of an installation read how far it was moved from one file of the data directory.
Production reads none: its clock is the machine's.
"""

import json
import re
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from models.dates import months_after

NAME = "clock.json"
LOOKS = 0.5  # seconds between two looks at the file
_BY = re.compile(r"([+-])\s*(\d{1,5})\s*(minute|hour|day|week|month|year)s?", re.IGNORECASE)
_IN_MONTHS = {"month": 1, "year": 12}


class NoMoment(ValueError):
    """What was given names neither a moment nor how far from now it is."""


class _Moved:
    """How far the clock of this installation was moved, as this process knows it."""

    def __init__(self) -> None:
        self.file: Path | None = None
        self.by = timedelta(0)
        self.looked = float("-inf")

    def read(self) -> timedelta:
        """How far, as the file said within the last moment."""
        if self.file is not None and time.monotonic() - self.looked > LOOKS:
            self.looked = time.monotonic()
            self.by = timedelta(0)
            with suppress(OSError, ValueError, KeyError, TypeError, OverflowError):
                self.by = timedelta(seconds=json.loads(self.file.read_text())["seconds"])
        return self.by


_moved = _Moved()


def follow(folder: Path | None) -> None:
    """From here on the clock is that of the installation in ``folder``; the machine's for None."""
    _moved.file = folder / NAME if folder else None
    _moved.by, _moved.looked = timedelta(0), float("-inf")


def moved_by() -> timedelta:
    """How far the clock was moved; nothing in production."""
    return _moved.read()


def moment() -> datetime:
    """This moment by the clock of the installation, in UTC, whatever story is told just now."""
    return datetime.now(UTC) + moved_by()


def meant(words: str) -> datetime:
    """The moment that ``words`` name: ``2027-03-01``, ``2027-03-01T09:30``, ``+6 months``,
    ``-2 weeks`` (from what the clock says), ``now`` (the machine's own).

    Raises :class:`NoMoment`.
    """
    words = words.strip()
    if words.lower() == "now":
        return datetime.now(UTC)
    try:
        if by := _BY.fullmatch(words):
            return _further(moment(), int(by[1] + by[2]), by[3].lower())
        found = datetime.fromisoformat(words)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise NoMoment(words) from None


def _further(since: datetime, count: int, unit: str) -> datetime:
    if unit in _IN_MONTHS:
        return months_after(since, count * _IN_MONTHS[unit])
    return since + timedelta(**{f"{unit}s": count})


def begin(folder: Path, words: str) -> None:
    """Make it the moment that ``words`` name, told from the machine's clock."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    move(folder, meant("now"))
    move(folder, meant(words))


def move(folder: Path, to: datetime) -> None:
    """Make it ``to`` for all processes of an installation; from there the clock goes on."""
    seconds = round((to - datetime.now(UTC)).total_seconds())
    file = folder / NAME
    if abs(seconds) < 1:
        file.unlink(missing_ok=True)
    else:
        beside = file.with_suffix(".new")
        beside.write_text(json.dumps({"seconds": seconds}))
        beside.replace(file)
    follow(folder)
