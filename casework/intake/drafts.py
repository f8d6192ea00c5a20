"""Registrations that are not finished: sealed drafts of one author, erased after their days."""

import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError
from sqlalchemy import delete, select

from access.actors import Actor
from casework.core import consent as consent_ledger
from casework.core import queries, schemas
from casework.intake import first_contact, registration
from casework.intake import schemas as intake_schemas
from models import office_settings
from models.base import db, now
from models.cases import Case, Draft
from models.rules import RuleBroken
from web.errors import NotFound
from web.forms import FormSchema, load

DRAFT_DAYS = 7
# The steps of a registration: the name under which each is kept, and its form.
STEPS: dict[int, tuple[str, type[FormSchema]]] = {
    1: ("safety", intake_schemas.SafetySchema),
    2: ("consent", schemas.ConsentSchema),
    3: ("person", schemas.IdentitySchema),
    4: ("account", schemas.AccountSchema),
    5: ("needs", schemas.NeedsSchema),
    6: ("check", intake_schemas.CheckSchema),
}
LAST_STEP = max(STEPS)


@dataclass(frozen=True)
class Taken:
    """What became of a step: the case it opened, or what does not fit, by field."""

    case: Case | None = None
    errors: dict[str, Any] = field(default_factory=dict)


def schema_of(step: int) -> type[FormSchema]:
    """The form of a step. Raises where there is no such step."""
    if step not in STEPS:
        raise NotFound
    return STEPS[step][1]


def begin(*, by: Actor, has_searched: bool) -> Draft:
    """Start a registration; where the office wants it, only after a search."""
    office, _team = registration.place_of_work(by)
    if office_settings.of(office.id, "search_first") == "on" and not has_searched:
        message = _(
            "Search for the person first, by name, phone or number: they may be known already."
        )
        raise RuleBroken(message)
    return _empty(by)


def _empty(by: Actor) -> Draft:
    """A sealed draft of one author."""
    assert by.id is not None
    draft = Draft(
        key=secrets.token_hex(12),
        author_id=by.id,
        expires_at=now() + timedelta(days=DRAFT_DAYS),
    )
    _seal(draft, {})
    db.session.add(draft)
    db.session.flush()
    return draft


def begin_again(*, by: Actor, case: Case) -> Draft:
    """Start a further registration of the person behind ``case``.

    It begins with what is known of them, and asks consent anew.
    """
    draft = _empty(by)
    person = {**case.identity, "sex": case.sex, "citizenship": case.citizenship}
    _seal(draft, {"person": person, "again": {"case": case.number}})
    return draft


def of(by: Actor, key: str) -> Draft:
    """A draft of the one who asks; others' drafts do not exist, nor one that began from a case
    which went away since: it would show who the person is.
    """
    query = select(Draft).where(
        Draft.key == key, Draft.author_id == by.id, Draft.expires_at > now()
    )
    draft = db.session.execute(query).scalar_one_or_none()
    if draft is None:
        raise NotFound
    _begun_from(by, contents(draft))
    return draft


def contents(draft: Draft) -> dict[str, Any]:
    """What was typed so far, by step."""
    content: dict[str, Any] = json.loads(draft.answers)
    return content


def _seal(draft: Draft, content: dict[str, Any]) -> None:
    draft.answers = json.dumps(content, ensure_ascii=False)


def keep(draft: Draft, step: int, typed: dict[str, Any]) -> None:
    """Save what was typed at a step, unchecked."""
    _seal(draft, {**contents(draft), STEPS[step][0]: typed})


def take(*, by: Actor, draft: Draft, step: int, typed: dict[str, Any]) -> Taken:
    """Check what was typed at a step, keep it and go on; the last step opens the case.

    What does not fit is kept all the same, so that nothing is lost. Raises for a step that is not
    reached yet.
    """
    if step > draft.step:
        raise NotFound
    try:
        given = load(schema_of(step), typed, lenient=True)
        _refuse_unagreed(step, given)
        if step == LAST_STEP:
            return Taken(case=_register(by, draft, given))
    except ValidationError as wrong:
        keep(draft, step, typed)
        return Taken(errors=wrong.normalized_messages())
    except RuleBroken as wrong:
        keep(draft, step, typed)
        return Taken(errors=_where_it_is(wrong, step))
    keep(draft, step, typed)
    draft.step = max(draft.step, step + 1)
    return Taken()


def _where_it_is(wrong: RuleBroken, step: int) -> dict[str, list[str]]:
    """A broken rule beside its field; one of an earlier step says which."""
    if wrong.field in schema_of(step)().fields:
        return {wrong.field: [str(wrong.message)]}
    for earlier in range(1, step):
        if wrong.field in schema_of(earlier)().fields:
            said = _("Step %(step)s: %(what)s", step=earlier, what=wrong.message)
            return {"_form": [said]}
    return {"_form": [str(wrong.message)]}


def _refuse_unagreed(step: int, given: dict[str, Any]) -> None:
    """Without consent there is no third step: nothing may be stored then."""
    if schema_of(step) is schemas.ConsentSchema and not consent_ledger.may_be_kept(given):
        message = _(
            "Nothing may be stored before the person agrees to be assisted. "
            "If they refuse, choose “Stop and keep nothing”."
        )
        raise RuleBroken(message, "assistance")


def _register(by: Actor, draft: Draft, answers: dict[str, Any]) -> Case:
    """Open the case of a draft, which ends with it; ``answers`` are those of the last step."""
    content = contents(draft)
    given = {
        **answers,
        "channel": content.get("safety", {}).get("channel", "walk_in"),
        "consent": load(schemas.ConsentSchema, content.get("consent", {})),
        "person": load(schemas.IdentitySchema, content.get("person", {})),
        "account": load(schemas.AccountSchema, content.get("account", {})),
        "needs": load(schemas.NeedsSchema, content.get("needs", {})),
    }
    office, team_id = registration.place_of_work(by)
    case = registration.register(
        by=by,
        given=given,
        office=office,
        owner_id=by.id,
        team_id=team_id,
        person_id=_begun_from(by, content),
    )
    first_contact.keep(by=by, case=case, said=content.get("safety", {}))
    discard(draft)
    return case


def _begun_from(by: Actor, content: dict[str, Any]) -> int | None:
    """The person of the case a draft was begun from, if its author may still open that."""
    number = content.get("again", {}).get("case")
    return queries.case(by, number).person_id if number else None


def discard(draft: Draft) -> None:
    """Keep nothing."""
    db.session.delete(draft)


def erase_old() -> int:
    """Remove drafts past their seven days; gives how many."""
    result = db.session.execute(delete(Draft).where(Draft.expires_at <= now()))
    return int(getattr(result, "rowcount", 0))
