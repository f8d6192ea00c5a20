"""Opening a case: from the six steps on the page, from the API, from an imported row. One verb for all."""

import json
import secrets
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select

from access.actors import Actor
from access.permissions import Role
from casework.core import coded_fields, timeline
from casework.core import consent as consent_ledger
from models import index, numbering
from models.base import db, now, today
from models.cases import Case, Draft, Person, Task
from models.people import Organisation
from models.rules import RuleBroken
from models.sealed import open_system, seal_system
from web.errors import NotFound

DRAFT_DAYS = 7
# The HTCDS lists that count in the clear; all other answers are sealed.
_STEP = {1: "safety", 2: "consent", 3: "person", 4: "account", 5: "needs", 6: "check"}


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
    """Open a case from :class:`casework.core.schemas.RegisterSchema`. Raises :class:`models.rules.RuleBroken` without consent."""
    consent, person = given.get("consent", {}), given.get("person", {})
    if not consent_ledger.may_be_kept(consent):
        raise RuleBroken(
            _("Nothing may be stored before the person agrees to be assisted."), "assistance"
        )
    needs, account = given.get("needs", {}), given.get("account", {})
    case = _new_case(office, owner_id, team_id, person_id, given)
    _code(case, person, account, needs)
    numbering.add(case)
    consent_ledger.record(by=by, case=case, given=consent)
    case.identity = coded_fields.sealed_identity(person)
    case.protection = {
        name: value
        for name, value in {**account, **needs}.items()
        if name not in {"revision", "corrected", "risk", "categories"}
    }
    coded_fields.learn_identity(case, person)
    coded_fields.learn_account(case, account)
    index.index_person(case.id, person, office.country)
    timeline.add(by=by, case=case, kind=kind)
    if kind == "registered":
        db.session.add(
            Task(case=case, owner_id=owner_id, kind="screening", due_on=today() + timedelta(days=3))
        )
        case.next_due_on = today() + timedelta(days=3)
    db.session.flush()
    return case


def place_of_work(by: Actor) -> tuple[Organisation, int | None]:
    """The mission (and team) a worker registers for: the first in which they are caseworker or supervisor."""
    for grant in by.user.grants if by.user else []:
        if grant.in_force and grant.role in {Role.CASEWORKER, Role.SUPERVISOR}:
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
    return Case(
        person=person,
        office=office,
        owner_id=owner_id,
        team_id=team_id,
        channel=given.get("channel", "walk_in"),
        opened_on=today(),
    )


def _code(
    case: Case, person: dict[str, Any], account: dict[str, Any], needs: dict[str, Any]
) -> None:
    reasons = person.get("unanswered", {})
    case.sex = person.get("sex") or reasons.get("sex", "not_asked")
    case.citizenship = person.get("citizenship", "")
    case.age_band = coded_fields.age_band(person.get("birth"))
    case.risk = needs.get("risk", "")
    categories = list(needs.get("categories", []))
    case.categories = categories


def begin_draft(*, by: Actor) -> Draft:
    """Start a registration: an empty sealed draft of one author."""
    assert by.id is not None
    draft = Draft(
        key=secrets.token_hex(12),
        author_id=by.id,
        content=seal_system("draft", b"{}"),
        expires_at=now() + timedelta(days=DRAFT_DAYS),
    )
    db.session.add(draft)
    db.session.flush()
    return draft


def of_person(draft: Draft, case: Case) -> None:
    """The registration is of the person behind ``case``: the new case is linked to the same one."""
    whole = {**contents(draft), "again": {"case": case.number}}
    draft.content = seal_system("draft", json.dumps(whole, ensure_ascii=False).encode())


def draft_of(by: Actor, key: str) -> Draft:
    """A draft of the one who asks; others' drafts do not exist."""
    query = select(Draft).where(
        Draft.key == key, Draft.author_id == by.id, Draft.expires_at > now()
    )
    draft = db.session.execute(query).scalar_one_or_none()
    if draft is None:
        raise NotFound
    return draft


def contents(draft: Draft) -> dict[str, Any]:
    """What was typed so far, by step."""
    found: dict[str, Any] = json.loads(open_system("draft", draft.content))
    return found


def keep(draft: Draft, step: int, typed: dict[str, Any], *, done: bool = True) -> None:
    """Save what was typed at a step, checked or not."""
    whole = contents(draft)
    whole[_STEP[step]] = typed
    draft.content = seal_system("draft", json.dumps(whole, ensure_ascii=False).encode())
    if done:
        draft.step = max(draft.step, step + 1)


def discard(draft: Draft) -> None:
    """Keep nothing."""
    db.session.delete(draft)


def step_name(step: int) -> str:
    """The name under which a step is kept."""
    return _STEP[step]


def erase_old_drafts() -> int:
    """Remove drafts past their seven days; gives how many."""
    result = db.session.execute(delete(Draft).where(Draft.expires_at <= now()))
    return int(getattr(result, "rowcount", 0))
