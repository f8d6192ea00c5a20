"""Opening a case: from the six steps on the page, from the API, from an imported row.

One verb for all.
"""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Role
from casework.core import ageing, ages, coded_fields, held_ages, queries, search, tasks, timeline
from casework.core import consent as consent_ledger
from models import enrolling, numbering, numbers
from models.base import db, today
from models.cases import Case, Person, Task
from models.people import Organisation
from models.rules import RuleBroken, Undecided

SCREENING_DAYS = 3  # until a new case should have been screened


def register(
    *,
    by: Actor,
    given: dict[str, Any],
    office: Organisation,
    owner_id: int | None = None,
    team_id: int | None = None,
    person_id: int | None = None,
    kind: str = "registered",
) -> Case:
    """Open a case from :class:`casework.intake.schemas.RegisterSchema`.

    ``person_id`` is the person whose further case it is, where that is sure. Otherwise whoever
    registers says in ``given["duplicate"]`` whether it is somebody known already. Raises
    :class:`models.rules.RuleBroken` without consent, and :class:`models.rules.Undecided` where
    somebody like this person is known and that was not said.
    """
    if not consent_ledger.may_be_kept(given.get("consent", {})):
        raise RuleBroken(
            _("Nothing may be stored before the person agrees to be assisted."), "assistance"
        )
    if owner_id is not None:
        queries.must_work_there(owner_id, office.id)
    person_id = person_id or _known_person(by, given)
    case = _new_case(office, owner_id, team_id, person_id, given)
    numbering.add(case)
    consent_ledger.record(by=by, case=case, given=given.get("consent", {}))
    _keep_words(case, given)
    timeline.add(by=by, case=case, kind=kind)
    if kind == "registered":
        _set_screening(case, owner_id)
        tasks.begin(case=case, owner_id=owner_id)
        ageing.set_tasks(by=by, case=case)
    db.session.flush()
    if person_id is not None:
        others = select(Case).where(Case.person_id == person_id, Case.id != case.id)
        known = list(db.session.execute(others).unique().scalars())
        held_ages.of_one_person(by=by, case=case, others=known)
    return case


def _known_person(by: Actor, given: dict[str, Any]) -> int | None:
    """The person of the case that whoever registers recognised; none for somebody new.

    Only a case that they may open can be named, and only one that the search finds.
    """
    answer = given.get("duplicate", "")
    if answer in {"not_same", "cannot_tell"}:
        return None
    hits = search.duplicates(by=by, person=given.get("person", {}), stops=False)
    open_hits = [hit for hit in hits if hit.case is not None]
    if answer == "same":
        return _named(open_hits, given.get("duplicate_of", ""))
    likely = [hit for hit in open_hits if hit.likely]
    if likely:
        message = _("Say whether it is the same person as the case beside.")
        raise Undecided(message, "duplicate", [_candidate(hit) for hit in likely])
    return None


def _named(hits: list[search.Found], number: str) -> int | None:
    for hit in hits:
        if hit.case is not None and hit.case.number == numbers.tidy(number):
            return hit.person_id
    raise RuleBroken(_("There is no such case, or it is not yours to open."), "duplicate_of")


def _candidate(hit: search.Found) -> dict[str, Any]:
    return {
        "number": hit.case.number if hit.case else None,
        "office": hit.office.code if hit.office else None,
        "score": hit.score,
        "reasons": list(hit.reasons),
    }


def _keep_words(case: Case, given: dict[str, Any]) -> None:
    """The sealed part: who the person is, what happened, what they need; and its blind index."""
    person, account = given.get("person", {}), given.get("account", {})
    case.identity = coded_fields.sealed_identity(person)
    case.protection = {
        name: value
        for name, value in {**account, **given.get("needs", {})}.items()
        if name not in {"revision", "corrected"}
    }
    coded_fields.learn_identity(case, person)
    coded_fields.learn_account(case, account)
    enrolling.enrol(case.id, person, case.office.country)


def _set_screening(case: Case, owner_id: int | None) -> None:
    due = today() + timedelta(days=SCREENING_DAYS)
    db.session.add(Task(case=case, owner_id=owner_id, kind="screening", due_on=due))
    case.next_due_on = due


def place_of_work(by: Actor) -> tuple[Organisation, int | None]:
    """The mission (and team) a worker registers for: the one they work for now.

    Raises :class:`models.rules.NoOffice` where they work in several and did not say for which.
    """
    office = by.office_for(Role.CASEWORKER, Role.SUPERVISOR)
    for grant in by.user.grants if by.user and office else []:
        is_role = grant.role in {Role.CASEWORKER, Role.SUPERVISOR}
        if grant.in_force and is_role and grant.organisation_id == office:
            return grant.organisation, grant.team_id
    raise RuleBroken(_("You do not work as caseworker in any mission."))


def _new_case(
    office: Organisation,
    owner_id: int | None,
    team_id: int | None,
    person_id: int | None,
    given: dict[str, Any],
) -> Case:
    person = db.session.get(Person, person_id) if person_id else Person()
    db.session.add(person)
    case = Case(
        person=person,
        office=office,
        owner_id=owner_id,
        team_id=team_id,
        channel=given.get("channel", "walk_in"),
        opened_on=today(),
    )
    _code(case, given.get("person", {}), given.get("needs", {}))
    return case


def _code(case: Case, person: dict[str, Any], needs: dict[str, Any]) -> None:
    """What counts in the clear; all other answers are sealed."""
    reasons = person.get("unanswered", {})
    case.sex = person.get("sex") or reasons.get("sex", "not_asked")
    case.citizenship = person.get("citizenship", "")
    ages.keep(case, person.get("birth"))
    case.risk = needs.get("risk", "")
    case.categories = list(needs.get("categories", []))
