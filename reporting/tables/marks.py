"""What is said of a count, and what counts are kept in."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
else:
    Numbers = Any

SHOWN, SMALL, HIDDEN = 0, 1, 2
NAMES = {SHOWN: "shown", SMALL: "small", HIDDEN: "hidden"}
Level = tuple[int, ...]  # how deep each axis of a cube is divided


def rounded(value: int, base: int) -> int:
    """``value`` to the nearest multiple of ``base``; halves go up. A base of 0 or 1 leaves it."""
    return value if base <= 1 else (value + base // 2) // base * base
