"""Words as they are compared: a reader looks for what somebody wrote in a hurry."""

import unicodedata
from collections.abc import Iterable


def folded(text: str) -> str:
    """``text`` without accents and capitals."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def all_in(asked: str, texts: Iterable[str]) -> bool:
    """Whether each word of ``asked`` stands in one of ``texts``."""
    whole = folded(" ".join(texts))
    return all(word in whole for word in folded(asked).split())
