"""Exact look-up without plain text:

HMAC-SHA-256 of the normalised value, 16 bytes, under a key of the field's own.

Only for values that are nearly unique (phones, documents, mail, import rows): equal tokens show
equal values, which would betray names and birth dates to whoever knows how common they are. Those
go into :mod:`encryption.postings`.
"""

import hashlib
import hmac
import unicodedata

SIZE = 16


def token(key: bytes, value: str) -> bytes:
    """The look-up token of ``value`` (already normalised) under ``key``."""
    return hmac.new(key, value.encode(), hashlib.sha256).digest()[:SIZE]


def normal_document(value: str) -> str:
    """A document number without case, spaces and punctuation."""
    folded = unicodedata.normalize("NFKC", value).upper()
    return "".join(letter for letter in folded if letter.isalnum())


def normal_mail(value: str) -> str:
    """A mail address in lower case."""
    return unicodedata.normalize("NFKC", value).strip().lower()
