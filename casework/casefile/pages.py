"""What stands on each page of a case: gathered here, shown by the templates of the same name."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import allows
from casework.casefile import (
    closure,
    contacts,
    contradictions,
    editing,
    interviewing,
    screening,
    story,
    watchlist,
)
from casework.casefile import schemas as casefile_schemas
from casework.casefile.case_header import CaseHead, head
from casework.core import (
    ages,
    approvals,
    held_ages,
    identification,
    queries,
    release,
    schemas,
    tasks,
    timeline,
)
from casework.core import consent as consent_ledger
from casework.core import search as name_search
from casework.core.protection import newest
from casework.records.kinds import KINDS, sections_of
from models import extra_fields, office_settings
from models.base import today
from models.cases import Case
from models.records import Record
from models.work import Approval
from standards import languages
from web.errors import NotFound
from web.extra_fields import told_elsewhere
from web.forms import Form, FormSchema, chosen

_SEALED = frozenset({"medical", "legal", "identity", "protection"})


def listed(
    actor: Actor, filters: dict[str, str], after: str, *, names: bool = False
) -> dict[str, object]:
    """The list of cases by coded fields, with the deeds that supervisors do to several at once."""
    page = queries.cases(actor, filters, after)
    cases: Sequence[Case] = page.items
    people = queries.colleagues(sorted(actor.at(Role.SUPERVISOR)))
    return {
        "page": page,
        "filters": filters,
        "is_filtered": any(filters.values()),
        "names": _names(actor, cases) if names else {},
        "saved": watchlist.filters_of(actor),
        "people": people,
        "assignable": _assignable(actor, cases) if people else frozenset(),
        "may_register": allows(actor, Permission.CASE_REGISTER),
    }


def _names(actor: Actor, cases: Sequence[Case]) -> dict[int, str]:
    """How the persons are called whose identity the actor may open; each look is in the trail."""
    return {
        case.id: name_search.display_name(case)
        for case in cases
        if allows(actor, Permission.IDENTITY_READ, case)
    }


def _assignable(actor: Actor, cases: Sequence[Case]) -> frozenset[int]:
    return frozenset(case.id for case in cases if allows(actor, Permission.CASE_ASSIGN, case))


def overview(actor: Actor, case: Case, form: Form | None) -> dict[str, object]:
    """The first page of a case: next steps, timeline, what may be done to it."""
    header = head(actor, case, "overview")
    readable = frozenset(name for name, is_open in header["opens"].items() if is_open)
    in_a_week = {"due_on": today() + timedelta(days=7)}
    return {
        **header,
        "tasks": tasks.undone(case),
        "timeline": story.lines(actor, case, queries.events(case), readable),
        "protection": case.protection if header["opens"]["protection"] else {},
        "task_form": chosen(form, casefile_schemas.TaskSchema, in_a_week),
        "close_form": chosen(form, casefile_schemas.CloseSchema),
        "reopen_form": chosen(form, casefile_schemas.ReopenSchema),
        "today": today(),
        **_asides(actor, case, header),
    }


def _asides(actor: Actor, case: Case, header: CaseHead) -> dict[str, object]:
    """What stands beside an overview: who could have it, what is open, approvals, an offer."""
    is_active = case.is_active
    asked = [approvals.latest(case, what) for what in approvals.WHAT] if is_active else []
    return {
        "caseworkers": queries.caseworkers(case.office_id) if header["may_assign"] else [],
        "checklist": closure.checklist(case) if header["may_close"] else [],
        "approvals": asked,
        "approval_words": _words_of(asked) if header["opens"]["protection"] else {},
        "may_transfer": is_active and allows(actor, Permission.CASE_TRANSFER, case),
        "pending_transfer": queries.pending_transfer(case) if is_active else None,
        "flagged": watchlist.is_flagged(actor, case),
    }


def _words_of(asked: list[Approval | None]) -> dict[int, str]:
    """Why each was agreed to or not, by its id, where that was said."""
    found = {each.id: approvals.words_of(each) for each in asked if each and each.decided_at}
    return {key: words for key, words in found.items() if words}


def contact(actor: Actor, case: Case, form: Form | None) -> dict[str, object]:
    """The form to log a contact, with what speaks against contacting the person now."""
    return {
        **head(actor, case, "overview"),
        "form": form or Form(contacts.KIND.schema),
        "against": contacts.objections(case),
    }


def consent(actor: Actor, case: Case, form: Form | None) -> dict[str, object]:
    """The consent ledger, and the form to record new answers."""
    may_show_files = allows(actor, Permission.PROTECTION_READ, case)
    named = {line.recipient_id for line in case.consents if line.recipient_id}
    near, elsewhere = queries.may_be_told(case.office, named, case.citizenship)
    return {
        **head(actor, case, "consent"),
        "form": chosen(form, schemas.ConsentSchema),
        "partners": near,
        "elsewhere": elsewhere,
        "must_rest": case.must_rest,
        "keep_form": chosen(form, schemas.KeepSchema),
        "proofs": consent_ledger.proofs(case) if may_show_files else [],
    }


def told(actor: Actor, case: Case) -> dict[str, object]:
    """Who outside can see what of a case, since when, until when; and who could."""
    return {
        **head(actor, case, "consent"),
        "told": release.of_case(case),
        "languages": languages.options(),
    }


def identity(actor: Actor, case: Case) -> dict[str, object]:
    """Who the person is."""
    form = identity_form(case)
    return {
        **head(actor, case, "identity"),
        "form": form,
        "elsewhere": told_elsewhere(form, case.identity),
    }


def identity_form(case: Case) -> Form:
    """The form of the identity as it stands."""
    stands = {
        **case.identity,
        "sex": case.sex,
        "citizenship": case.citizenship,
        "revision": editing.revision_of(case, "identity"),
    }
    return Form(schemas.IdentitySchema, stands)


def protection(actor: Actor, case: Case, second: Form | None = None) -> dict[str, object]:
    """The account, the screening, needs and risks; the form of a second reader."""
    content = case.protection
    return {
        **head(actor, case, "protection"),
        "protection": content,
        "besides": {
            "account": _besides(content, schemas.AccountSchema),
            "needs": _besides(content, schemas.NeedsSchema),
            "elsewhere": told_elsewhere(Form(FormSchema), extra_fields.kept_aside(content)),
        },
        "elements": screening.elements(content, child=interviewing.was_child(case, content)),
        "sections": sections_of("protection"),
        **identified(actor, case, second),
    }


def _besides(content: Mapping[str, Any], asked: type[FormSchema]) -> list[tuple[str, str]]:
    """What an office asks besides ours on a form, and was answered."""
    form = Form(asked)
    return [
        (form[name].label, form[name].as_text(content[name]))
        for name in form.schema.fields
        if extra_fields.is_name(name) and content.get(name)
    ]


def section_form(case: Case, schema: type[FormSchema], compartment: str) -> Form:
    """The form of a section as it stands, with the coded fields that belong to it."""
    stands = {
        **getattr(case, compartment),
        "risk": case.risk,
        "categories": case.categories,
        "revision": editing.revision_of(case, compartment),
    }
    return Form(schema, stands)


def identified(actor: Actor, case: Case, form: Form | None) -> dict[str, object]:
    """On what the identification stands: the interview, the signs, the second reader, an appeal,
    the national mechanism.
    """
    stands = {kind: newest(case, kind) for kind in ("decision", *_LEANS_ON)}
    waits, decision = identification.waiting(case), stands["decision"]
    may_write = case.is_active and allows(actor, Permission.PROTECTION_WRITE, case)
    return {
        "leans_on": [(KINDS[kind].label, kind, stands[kind]) for kind in _LEANS_ON],
        "decision": decision,
        "decided": dict(decision.says or {}) if decision else {},
        "waits": waits,
        "was_read": identification.read_by(case),
        "reader_agrees": identification.reader_agrees(case),
        "reader_words": _words_read(case),
        "contradictions": contradictions.of(case),
        "may_second": bool(waits and may_write and identification.may_read(actor, waits, decision)),
        "may_write": may_write,
        "mechanism_says": dict(stands["mechanism"].says or {}) if stands["mechanism"] else {},
        "second_form": _second_form(form, decision),
    }


def _second_form(form: Form | None, decision: Record | None) -> Form:
    """What was typed stays; what is read is what stands now."""
    second = chosen(form, casefile_schemas.SecondReadingSchema)
    second.data["read"] = identification.mark(decision) if decision else ""
    return second


def _words_read(case: Case) -> str:
    """What the second reader said beside their answer."""
    asked = identification.read_by(case)
    return approvals.words_of(asked) if asked is not None else ""


def held_age(actor: Actor, case: Case, form: Form | None) -> dict[str, object]:
    """What would make a child an adult, for the second person who agrees to it or does not."""
    header = head(actor, case, "protection")
    waits, known = held_ages.waiting(case), ages.known_of(case)
    may_write = case.is_active and allows(actor, Permission.PROTECTION_WRITE, case)
    second = chosen(form, casefile_schemas.SecondPersonSchema)
    second.data["read"] = held_ages.mark(case)
    return {
        **header,
        "waits": waits,
        "is_held": waits is not None or held_ages.is_held(case),
        "adult_on": held_ages.adult_on(case),
        "today": today(),
        "until": known.held_until if known.held_until != ages.NEVER else None,
        "answered": approvals.latest(case, held_ages.WHAT),
        "refusal": timeline.newest(case, "not_approved", held_ages.WHAT),
        "assessed": case.age_assessed or {},
        "birth": Form(schemas.IdentitySchema, case.identity)["birth"] if _opens(header) else None,
        "assessment": newest(case, "age"),
        "may_answer": bool(waits and may_write and held_ages.may_answer(actor, case, waits)),
        "form": second,
    }


def _opens(header: CaseHead) -> bool:
    return header["opens"]["identity"]


_LEANS_ON = ("interview", "indicators", "mechanism")


def screening_interview(actor: Actor, case: Case, form: Form | None) -> dict[str, object]:
    """The screening interview as far as it went; the decision is never chosen beforehand."""
    stands = {
        **case.protection,
        "decision": "",
        "without_interview": "",
        "reason": "",
        "revision": editing.revision_of(case, "protection"),
    }
    form = form or Form(casefile_schemas.ScreeningSchema, stands)
    was_child = interviewing.was_child(case, case.protection)
    return {
        **head(actor, case, "protection"),
        "form": form,
        "elements": screening.elements(form.data, child=was_child),
        "is_held": interviewing.is_held(case),
        "was_tried": newest(case, "interview") is not None,
        "needs_second": office_settings.of(case.office_id, "second_reader") == "on",
        "follows": screening.follows(),
    }


def sealed(actor: Actor, case: Case, compartment: str) -> dict[str, object]:
    """Whom to ask instead of opening a compartment. Raises where there is no such one."""
    if compartment not in _SEALED:
        raise NotFound
    return {**head(actor, case, compartment), "compartment": compartment}
