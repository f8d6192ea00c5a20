"""The one rule of every way back: a deed is taken back only where what it left still stands as it
left it. Whoever presses *Undo* an hour later, or in another tab, writes over nobody's work.

The deed gives a mark of what it left; the way back brings it, and the verb compares.
"""

from collections.abc import Hashable
from datetime import UTC, datetime

from flask_babel import gettext as _

from encryption.signing import digest
from models.rules import RuleBroken

FIELD = "as_left"  # by which a way back brings the mark


class ChangedSince(RuleBroken):
    """What a deed left was changed since: it is not taken back."""

    def __init__(self) -> None:
        super().__init__(
            _("This was changed since, so nothing was taken back. Look at how it stands now.")
        )


def mark(*left: Hashable) -> str:
    """A mark of what a deed left: equal for equal values, and readable by nobody."""
    return digest(*(_plain(value).encode() for value in left)).hex()[:24]


def _plain(value: Hashable) -> str:
    """As text. A moment in one zone: databases give it back in another than it was kept in."""
    return repr(value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value)


def only_as_left(as_left: str, *stands: Hashable) -> None:
    """Raise :class:`ChangedSince` where ``stands`` is not what the mark was made of. An empty mark
    asks nothing: the same deed is done for itself, too.
    """
    if as_left and as_left != mark(*stands):
        raise ChangedSince
