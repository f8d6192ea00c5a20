"""Changing a section of a case.

What two changed at the same time is joined; what both changed the second is asked about.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from flask_babel import gettext as _

from access import audit
from access.actors import Actor
from casework.core import (
    ageing,
    ages,
    coded_fields,
    held_ages,
    ratings,
    revisions,
    signals,
    timeline,
)
from casework.core.coded_fields import sealed_identity
from casework.core.schemas import NeedsSchema
from models import enrolling
from models.base import db
from models.cases import Case
from models.rules import RuleBroken, stated
from models.sealed import asked_by_person
from web.forms import FormSchema

_OF_THE_FORM = frozenset({"revision", "corrected"})  # say how it was filled in, not what is so


def asked_by(form: type[FormSchema]) -> list[str]:
    """The names of what a form asks of a case; with what the office asks there besides."""
    return [name for name in form().fields if name not in _OF_THE_FORM]


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
    revision = revision_of(case, "identity")
    given = revisions.merged(case, ("identity", ""), given, names, stands, revision=revision)
    reasons, before = given.get("unanswered", {}), held_ages.stood(case)
    case.sex = given.get("sex") or reasons.get("sex", "not_asked")
    case.citizenship = given.get("citizenship", "")
    with corrections(case, given):
        case.identity = sealed_identity(given)
    coded_fields.learn_identity(case, given)
    ages.keep(case, given.get("birth"))
    enrolling.enrol(case.id, given, case.office.country)
    timeline.add(by=by, case=case, kind="identity_changed", compartment="identity")
    db.session.flush()
    _a_child(by, case, before)


def change_section(
    *,
    by: Actor,
    case: Case,
    compartment: str,
    given: dict[str, Any],
    fields: Iterable[str],
    beside: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Replace ``fields`` of a compartment by ``given``; other fields of it stay.

    ``beside`` is what stands of them in columns of the case.
    Gives what is kept: the form, with what others changed meanwhile. Raises
    :class:`web.errors.StaleEdit` where they changed the same.
    """
    fields = frozenset(fields)
    stands = {**getattr(case, compartment), **beside}
    revision = revision_of(case, compartment)
    given = revisions.merged(
        case, (compartment, ""), given, sorted(fields), stands, revision=revision
    )
    others = {name: value for name, value in stands.items() if name not in fields}
    changed = {name: revisions.plain(given[name]) for name in fields if name in given}
    with corrections(case, given):
        setattr(case, compartment, {**others, **changed})
    if compartment == "protection":
        coded_fields.learn_account(case, {**others, **changed})
    timeline.add(by=by, case=case, kind=f"{compartment}_changed", compartment=compartment)
    db.session.flush()
    return given


def change_needs(*, by: Actor, case: Case, given: dict[str, Any]) -> None:
    """Replace needs and safety; the case is rated by the same form, and how it was rated before
    stays in its history. Raises as a section does.
    """
    kept = change_section(
        by=by,
        case=case,
        compartment="protection",
        given=given,
        fields=asked_by(NeedsSchema),
        beside={"risk": case.risk, "categories": list(case.categories)},
    )
    _category_as_decided(case, kept)
    before = held_ages.stood(case)
    with ratings.noted(by=by, case=case):
        case.risk = kept.get("risk", "")
    case.categories = kept.get("categories", [])
    _a_child(by, case, before)


@stated("identification: category")
def _category_as_decided(case: Case, given: dict[str, Any]) -> None:
    """Once it is decided, the category "victim of trafficking" follows the decision: nobody ticks
    it by hand for who is not a victim, nor takes it from who is presumed or identified.

    Source: ours.

    Set aside: by another decision.
    """
    if not case.trafficking_status:
        return
    decided = case.trafficking_status in ratings.IDENTIFIED
    ticked = "trafficking" in (given.get("categories") or [])
    stands = "trafficking" in case.categories
    if ticked not in {decided, stands}:
        raise RuleBroken(
            _("The decision on identification says otherwise. Decide anew instead."), "categories"
        )


def _a_child(by: Actor, case: Case, before: held_ages.Stood) -> None:
    """Who turns out to be a child has what a child's case brings; a return is looked at anew."""
    held_ages.settle(by=by, case=case, before=before)
    if ages.counts_as_child(case) == before.was_child:
        return
    ageing.set_tasks(by=by, case=case)
    signals.clearance_changed.send(case, by=by)


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
