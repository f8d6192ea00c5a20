"""One rule made wrong."""

from typing import NamedTuple


class Change(NamedTuple):
    """Where it stands, what stands there, what is put in its place, the tests that should notice,
    and what is wrong then.
    """

    file: str
    old: str
    new: str
    tests: str
    says: str
