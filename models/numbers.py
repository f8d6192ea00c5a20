"""Public numbers: random, readable over a bad telephone line, with a check character.

23 characters without look-alikes (no 0 O, 1 I L, 2 Z, 5 S, 8 B, U V); 23 is prime, so a weighted
sum finds every single wrong character and every swapped pair. Seven random characters: 3.4 thousand
million numbers, none follows from another.
"""

import secrets
import unicodedata

ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
LENGTH = 7


def new(prefix: str = "SC") -> str:
    """A new number such as ``SC-7K3M9QAX``."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return f"{prefix}-{body}{check_character(body)}"


def check_character(body: str) -> str:
    """The character that makes the weighted sum over ``body`` and itself a multiple of 23."""
    total = sum((position + 2) * ALPHABET.index(letter) for position, letter in enumerate(body))
    return ALPHABET[-total % len(ALPHABET)]


def is_valid(number: str, prefix: str = "SC") -> bool:
    """Whether ``number`` is written right; says nothing about whether it was ever given."""
    head, _, tail = number.partition("-")
    return (
        head == prefix
        and len(tail) == LENGTH + 1
        and all(letter in ALPHABET for letter in tail)
        and check_character(tail[:-1]) == tail[-1]
    )


def tidy(text: str) -> str:
    """What somebody typed, in the form numbers are kept: upper case, no spaces, with its dash."""
    folded = unicodedata.normalize("NFKC", text).upper().replace(" ", "").replace("-", "")
    return f"{folded[:2]}-{folded[2:]}" if len(folded) > 2 else folded
