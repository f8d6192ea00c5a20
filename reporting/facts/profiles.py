"""The sealed profile of a case, and the number under which a person is counted."""

import json
from typing import Any

from encryption.signing import sign
from models.cases import Case
from models.sealed import keyring


def opened(case_id: int, content: bytes | None) -> dict[str, Any]:
    """The profile of a case; empty where there is none (cases older than the profile)."""
    if not content:
        return {}
    profile: dict[str, Any] = json.loads(Case.profile.opened(case_id, content))
    return profile


def sealed(case_id: int, profile: dict[str, Any]) -> bytes:
    """A profile as it lies in the database, for rows that are put in by themselves."""
    case = Case(id=case_id)
    case.profile = profile
    return case.profile_sealed or b""


def person_number(secret: bytes, person_id: int) -> int:
    """The same number for the same person at every counting; from it nobody finds the person. 62
    bits.
    """
    return int(sign(secret, str(person_id))[:16], 16) >> 2


def pseudonym(purpose: str, number: int) -> str:
    """A name for a case or person in files that are given out: the same for the same purpose,
    unlinkable between purposes.
    """
    return sign(keyring().derive(f"pseudonyms/{purpose}"), str(number))[:20]
