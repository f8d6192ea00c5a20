"""What somebody asked the search, as a token that tells nothing to whoever does not know it."""

from encryption import names
from encryption.signing import keyed_digest
from models.sealed import keyring

_WORDS = {"name", "query"}


def token(kind: str, asked: str) -> str:
    """The token of a part of a search (``kind``: name, query, phone, birth …), in hex.

    The same for any order, script and case of names; another for another kind.
    """
    key = keyring().derive("trail/asked")
    return keyed_digest(key, kind.encode(), _folded(kind, asked).encode())[:6].hex()


def _folded(kind: str, asked: str) -> str:
    words = names.parts(asked) if kind in _WORDS else []
    return " ".join(sorted(words)) or "".join(asked.casefold().split())
