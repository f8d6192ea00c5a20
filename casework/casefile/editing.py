"""Changing a section of a case.

The second of two writers is shown both versions; nothing is lost.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from access import audit
from access.actors import Actor
from casework.core import coded_fields, revisions, timeline
from casework.core.coded_fields import sealed_identity
from models import index
from models.base import db
from models.cases import Case
from models.sealed import asked_by_person

_NEEDS = ("needs", "safety_note")
_OF_THE_FORM = frozenset({"revision", "corrected"})  # say how it was filled in, not what is so


def revision_of(case: Case, compartment: str) -> int:
    """Which version of a compartment stands now; 0 before the first."""
    stored = case.documents.get(compartment)
    return stored.revision if stored else 0


def change_identity(*, by: Actor, case: Case, given: dict[str, Any]) -> None:
    """Replace the identity; the index and the coded fields follow in the same transaction.

    Raises :class:`web.errors.StaleEdit` where somebody saved another version meanwhile.
    """
    stands = {**case.identity, "sex": case.sex, "citizenship": case.citizenship}
    names = sorted({*stands, *given} - _OF_THE_FORM)
    revisions.refuse_stale(stands, given, names, revision=revision_of(case, "identity"))
    reasons = given.get("unanswered", {})
    case.sex = given.get("sex") or reasons.get("sex", "not_asked")
    case.citizenship = given.get("citizenship", "")
    case.age_band = coded_fields.age_band(given.get("birth"), case.opened_on)
    with corrections(case, given):
        case.identity = sealed_identity(given)
    coded_fields.learn_identity(case, given)
    index.index_person(case.id, given, case.office.country)
    timeline.add(by=by, case=case, kind="identity_changed", compartment="identity")
    db.session.flush()


def change_section(
    *, by: Actor, case: Case, compartment: str, given: dict[str, Any], fields: tuple[str, ...]
) -> None:
    """Replace ``fields`` of a compartment by ``given``; other fields of it stay.

    Raises :class:`web.errors.StaleEdit` where somebody saved another version meanwhile.
    """
    stands = dict(getattr(case, compartment))
    revision = revision_of(case, compartment)
    revisions.refuse_stale(stands, given, sorted(fields), revision=revision)
    others = {name: value for name, value in stands.items() if name not in fields}
    changed = {name: revisions.plain(given[name]) for name in fields if name in given}
    with corrections(case, given):
        setattr(case, compartment, {**others, **changed})
    if compartment == "protection":
        coded_fields.learn_account(case, {**others, **changed})
    timeline.add(by=by, case=case, kind=f"{compartment}_changed", compartment=compartment)
    db.session.flush()


def change_needs(*, by: Actor, case: Case, given: dict[str, Any]) -> None:
    """Replace needs and safety; the case is rated by the same form. Raises as a section does."""
    change_section(by=by, case=case, compartment="protection", given=given, fields=_NEEDS)
    case.risk = given.get("risk", "")
    case.categories = given.get("categories", [])


@contextmanager
def corrections(case: Case, given: dict[str, Any]) -> Iterator[None]:
    """Mark what is changed within as asked for by the person, where the form says so."""
    token = asked_by_person.set(bool(given.get("corrected")))
    try:
        yield
        if asked_by_person.get():
            audit.record("corrected", cases=(case.id,))
    finally:
        asked_by_person.reset(token)
