"""Changing a section of a case. The second of two writers is shown both versions; nothing is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from access.actors import Actor
from casework.core import coded_fields, timeline
from casework.core.coded_fields import sealed_identity
from models import index
from models.base import db
from models.cases import Case
from models.sealed import asked_by_person
from web.errors import StaleEdit


def revision_of(case: Case, compartment: str) -> int:
    """Which version of a compartment stands now; 0 before the first."""
    stored = case.documents.get(compartment)
    return stored.revision if stored else 0


def change_identity(*, by: Actor, case: Case, given: dict[str, Any]) -> None:
    """Replace the identity; the index and the coded fields follow in the same transaction."""
    _refuse_stale(
        case, "identity", {**case.identity, "sex": case.sex, "citizenship": case.citizenship}, given
    )
    reasons = given.get("unanswered", {})
    case.sex = given.get("sex") or reasons.get("sex", "not_asked")
    case.citizenship = given.get("citizenship", "")
    case.age_band = coded_fields.age_band(given.get("birth"), case.opened_on)
    with corrections(given):
        case.identity = sealed_identity(given)
    coded_fields.learn_identity(case, given)
    index.index_person(case.id, given, case.office.country)
    timeline.add(by=by, case=case, kind="identity_changed", compartment="identity")
    db.session.flush()


def change_section(
    *, by: Actor, case: Case, compartment: str, given: dict[str, Any], fields: tuple[str, ...]
) -> None:
    """Replace ``fields`` of a compartment by ``given``; other fields of it stay."""
    stands = dict(getattr(case, compartment))
    _refuse_stale(case, compartment, stands, given, fields)
    kept = {name: value for name, value in stands.items() if name not in fields}
    with corrections(given):
        whole = {**kept, **{name: _plain(given[name]) for name in fields if name in given}}
        setattr(case, compartment, whole)
    if compartment == "protection":
        coded_fields.learn_account(case, whole)
    timeline.add(by=by, case=case, kind=f"{compartment}_changed", compartment=compartment)
    db.session.flush()


@contextmanager
def corrections(given: dict[str, Any]) -> Iterator[None]:
    """Mark what is changed within as asked for by the person, where the form says so."""
    token = asked_by_person.set(bool(given.get("corrected")))
    try:
        yield
    finally:
        asked_by_person.reset(token)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _refuse_stale(
    case: Case,
    compartment: str,
    stands: dict[str, Any],
    given: dict[str, Any],
    fields: tuple[str, ...] = (),
) -> None:
    """Raise :class:`web.errors.StaleEdit` if the section moved on since the form was opened and the two versions differ."""
    known, stored = given.get("revision"), revision_of(case, compartment)
    if known is None or known == stored:
        return
    names = fields or tuple(
        name for name in {*stands, *given} if name not in {"revision", "corrected"}
    )
    differing = {
        name: (stands.get(name), _plain(given.get(name)))
        for name in sorted(names)
        if stands.get(name) != _plain(given.get(name))
    }
    if differing:
        raise StaleEdit(differing, stored)
