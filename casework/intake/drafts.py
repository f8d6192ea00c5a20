"""Registrations that are not finished: sealed drafts of one author, erased after their days."""

import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError
from sqlalchemy import Select, delete, select

from access.actors import Actor
from casework.core import consent as consent_ledger
from casework.core import queries, schemas
from casework.intake import callers, first_contact, registration, two_tabs
from casework.intake import schemas as intake_schemas
from casework.intake.two_tabs import Opened
from models import office_settings
from models.base import db, now
from models.callers import Caller
from models.cases import Case, Draft
from models.rules import RuleBroken
from web import keeping, paging
from web.errors import NotFound, Over
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
_BECAME = LAST_STEP + 1  # the step of a draft that has become a case: nothing but that is left
_NO_FORM = Opened()


@dataclass(frozen=True)
class Taken:
    """What became of a step: the case it opened, or what does not fit, by field; and what was
    typed, with what another tab had changed.
    """

    case: Case | None = None
    errors: dict[str, Any] = field(default_factory=dict)
    typed: dict[str, Any] = field(default_factory=dict)


def schema_of(step: int) -> type[FormSchema]:
    """The form of a step. Raises where there is no such step."""
    if step not in STEPS:
        raise NotFound
    return STEPS[step][1]


class Became(RuleBroken):
    """A registration takes nothing more: it has become ``case``. What was sent to it is kept, and
    the page that says so leads to the case.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        message = _("This registration has become the case %(number)s.", number=case.number)
        super().__init__(message)


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

    It begins with what is known of them (:func:`standing`), and asks consent anew.
    """
    draft = _empty(by)
    _seal(draft, {"again": {"case": case.number}})
    return draft


def begin_for_caller(*, by: Actor, caller: Caller) -> Draft:
    """Start a registration of a caller who agrees now; what they said goes into the case with it.

    The caller stays until then.
    """
    draft = _empty(by)
    channel = callers.channel_of(caller)
    begun = {"safety": {"channel": channel}} if channel else {}
    _seal(draft, {**begun, "caller": {"key": caller.key}})
    return draft


def of(by: Actor, key: str, *, to_change: bool = False) -> Draft:
    """A draft of the one who asks; others' drafts do not exist, nor one that began from a case
    which went away since: it would show who the person is. ``to_change``: no other tab does so now.
    """
    query = _of(by).where(Draft.key == key)
    if to_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    draft = db.session.execute(query).scalar_one_or_none()
    if draft is None:
        raise NotFound
    if draft.step == _BECAME:
        raise _became(by, draft)
    _begun_from(by, contents(draft))
    return draft


def _became(by: Actor, draft: Draft) -> Exception:
    """Where it led, for whoever may go there still."""
    try:
        return Became(queries.case(by, contents(draft)["case"]))
    except NotFound:
        what = _("This registration has become a case.")
        advice = _("The case is not yours to open any more, or is erased. Ask who works on it.")
        return Over(what, advice, head=_("This has become a case"))


def _of(by: Actor) -> Select[Draft]:
    return select(Draft).where(Draft.author_id == by.id, Draft.expires_at > now())


def contents(draft: Draft) -> dict[str, Any]:
    """What was typed so far, by step."""
    content: dict[str, Any] = json.loads(draft.answers)
    return content


def standing(by: Actor, draft: Draft, name: str) -> dict[str, Any]:
    """What was typed so far, and at the step ``name`` about the person, where nothing was typed
    yet, what the case says that this one goes on from: it is read there each time, and never
    copied, so that it goes with that case. Raises as :func:`of`.
    """
    content = contents(draft)
    number = content.get("again", {}).get("case")
    if name != "person" or name in content or not number:
        return content
    case = queries.case(by, number)
    known = {**case.identity, "sex": case.sex, "citizenship": case.citizenship}
    return {**content, name: known}


def _seal(draft: Draft, content: dict[str, Any]) -> None:
    draft.answers = json.dumps(content, ensure_ascii=False)


def keep(
    *, by: Actor, draft: Draft, step: int, typed: dict[str, Any], came: Opened = _NO_FORM
) -> None:
    """Save what was typed at a step, unchecked, while somebody types."""
    name = STEPS[step][0]
    kept, seen = two_tabs.joined_unasked(standing(by, draft, name), name, typed, came)
    _keep(draft, name, kept, came, seen)


def _keep(
    draft: Draft, name: str, kept: dict[str, Any], came: Opened, seen: dict[str, Any]
) -> None:
    content = contents(draft)
    remembered = two_tabs.remember(content, name, came, seen)
    _seal(draft, {**content, name: kept, two_tabs.SEEN: remembered})


def take(
    *, by: Actor, draft: Draft, step: int, typed: dict[str, Any], came: Opened = _NO_FORM
) -> Taken:
    """Check what was typed at a step, keep it and go on; the last step opens the case.

    What does not fit is kept all the same, so that nothing is lost. Raises for a step that is not
    reached yet, and :class:`web.errors.StaleEdit` with what another tab changed too.
    """
    if step > draft.step:
        raise NotFound
    name = STEPS[step][0]
    kept = two_tabs.joined(standing(by, draft, name), name, typed, came)
    errors: dict[str, Any] = {}
    try:
        given = load(schema_of(step), kept, lenient=True)
        _refuse_unagreed(step, given)
        if step == LAST_STEP:
            return Taken(case=_register(by, draft, given))
    except ValidationError as wrong:
        errors = wrong.normalized_messages()
    except RuleBroken as wrong:
        errors = _where_it_is(wrong, step)
    _keep(draft, name, kept, came, kept)
    if not errors:
        draft.step = max(draft.step, step + 1)
    return Taken(errors=errors, typed=kept)


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
    if caller := content.get("caller"):
        callers.take_over(by=by, key=caller["key"], case=case)
    _become(draft, case)
    return case


def _become(draft: Draft, case: Case) -> None:
    """Keep nothing of a draft but which case it became, so that its address leads there: a step
    sent twice, another tab, a page that one goes back to.
    """
    keeping.now_about(draft.key, case.number)
    draft.step = _BECAME
    _seal(draft, {"case": case.number})


def _begun_from(by: Actor, content: dict[str, Any]) -> int | None:
    """The person of the case a draft was begun from, if its author may still open that."""
    number = content.get("again", {}).get("case")
    return queries.case(by, number).person_id if number else None


@dataclass(frozen=True)
class Unfinished:
    """A registration that is not finished, as its author finds it again."""

    draft: Draft
    called: str


def unfinished(by: Actor, after: str = "", size: int = paging.PAGE) -> paging.Page:
    """Registrations the actor has not finished, the one touched last first, and how many."""
    query = _of(by).where(Draft.step < _BECAME)
    query = query.order_by(Draft.changed_at.desc(), Draft.id.desc())
    page = paging.counted(query, after, size)
    return replace(page, items=[Unfinished(row, _called(by, row)) for row in page.items])


def _called(by: Actor, draft: Draft) -> str:
    """How the person is called, as far as that was typed; before, by the number of the case that it
    goes on from. Of one whose case went away since, nothing: it would show who the person is.
    """
    content = contents(draft)
    try:
        _begun_from(by, content)
    except NotFound:
        return ""
    if "person" not in content:
        return str(content.get("again", {}).get("case", ""))
    person = content["person"]
    names = (person.get("given_names"), person.get("family_name"))
    return person.get("call_name") or " ".join(name for name in names if name)


def discard(draft: Draft) -> None:
    """Keep nothing, nor what anybody typed into its forms and did not send."""
    keeping.forget_about([draft.key])
    db.session.delete(draft)


def erase_old() -> int:
    """Remove drafts past their seven days; gives how many."""
    result = db.session.execute(delete(Draft).where(Draft.expires_at <= now()))
    return int(getattr(result, "rowcount", 0))
