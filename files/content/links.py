"""Links that a reader clicks, as papers have them."""

from typing import Any
from urllib.parse import urlsplit

_SCHEMES = frozenset({"", "http", "https", "mailto", "tel"})


def is_plain_link(address: Any) -> bool:
    """Whether an address is one of the web, of a mail or of a telephone, to be clicked by a reader.

    Anything else (a share, a program, a file of this machine) is none.
    """
    words = address.decode("latin-1") if isinstance(address, bytes) else str(address or "")
    words = "".join(words.split()).casefold()
    if "\\" in words or words.startswith("//"):
        return False
    try:
        return urlsplit(words).scheme in _SCHEMES
    except ValueError:
        return False
