"""Pages: cases, one case and its sections."""

from datetime import timedelta
from typing import Any

from flask import render_template, request, session

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import allows
from casework.casefile import closure, contacts, editing, screening, watchlist
from casework.casefile import schemas as casefile_schemas
from casework.casefile.case_header import head
from casework.core import approvals, queries, schemas, tasks, timeline
from casework.core import consent as consent_ledger
from casework.core import search as name_search
from casework.records.kinds import sections_of
from models.base import db, now, today
from models.cases import Case, Task
from web.errors import NotFound
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("casefile", __name__)
SEARCH_HOLDS = 1800  # seconds for which a search allows a registration where it must come first
_OPEN: dict[str, Any] = {"permission": Permission.CASE_OPEN, "subject": queries.case}
_EDIT: dict[str, Any] = {"permission": Permission.CASE_EDIT, "subject": queries.case}


def _filters() -> dict[str, str]:
    return {name: request.args.get(name, "")[:30] for name in queries.FILTERS}


@blueprint.get("/cases", permission=Permission.CASE_LIST)
def index(
    actor: Actor,
    found: list[name_search.Found] | None = None,
    query: str = "",
    *,
    names: bool = False,
) -> str:
    """Cases I may open, by coded fields; names hidden until asked for."""
    filters = _filters()
    page = queries.cases(actor, filters, request.args.get("after", ""))
    shown = (
        {
            case.id: name_search.display_name(case)
            for case in page.items
            if allows(actor, Permission.IDENTITY_READ, case)
        }
        if names
        else {}
    )
    kept = {
        "saved": watchlist.filters_of(actor),
        "people": queries.colleagues(sorted(actor.at(Role.SUPERVISOR))),
    }
    return render_template(
        "casework/casefile/index.html",
        page=page,
        filters=filters,
        found=found,
        query=query,
        names=shown,
        **kept,
    )


@blueprint.post("/cases", permission=Permission.CASE_LIST)
def with_names(actor: Actor) -> str:
    """The same list with names; every name shown is in the trail."""
    return index(actor, names=True)


@blueprint.post(
    "/cases/search", permission=Permission.CASE_LIST, accepts=casefile_schemas.SearchSchema
)
def search(actor: Actor, given: dict[str, str]) -> Any:
    """Find by number, name, phone or document. Sent as POST so that no name stands in an address."""
    found = name_search.search(by=actor, query=given["query"])
    session["searched_until"] = now().timestamp() + SEARCH_HOLDS
    if len(found) == 1 and found[0].case is not None and "same_number" in found[0].reasons:
        return redirect_to("casefile.show", number=found[0].case.number)
    return render_template("casework/casefile/_search.html", found=found, query=given["query"])


def _remember(number: str) -> None:
    """The cases opened last, by number, so that each is one step away."""
    recent = [number, *(other for other in session.get("recent", []) if other != number)][:8]
    if recent != session.get("recent"):
        session["recent"] = recent


@blueprint.get("/cases/<number>", **_OPEN)
def show(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Overview of one case."""
    _remember(case.number)
    shown = head(actor, case, "overview")
    readable = frozenset(name for name, open_ in shown["opens"].items() if open_)
    return render_template(
        "casework/casefile/show.html",
        **shown,
        tasks=queries.case_tasks(case),
        timeline=timeline.words_of(queries.events(case), readable),
        protection=case.protection if shown["opens"]["protection"] else {},
        task_form=form
        if form and isinstance(form.schema, casefile_schemas.TaskSchema)
        else Form(casefile_schemas.TaskSchema, {"due_on": today() + timedelta(days=7)}),
        close_form=form
        if form and isinstance(form.schema, casefile_schemas.CloseSchema)
        else Form(casefile_schemas.CloseSchema),
        caseworkers=queries.caseworkers(case.office_id) if shown["may_assign"] else [],
        today=today(),
        **_asides(actor, case, may_close=shown["may_close"]),
    )


def _asides(actor: Actor, case: Case, *, may_close: bool) -> dict[str, Any]:
    """What stands beside a case's overview: what is still open, approvals, an offer, whether one keeps an eye on it."""
    open_ = case.is_active
    return {
        "checklist": closure.checklist(case) if may_close and open_ else [],
        "approvals": [approvals.latest(case, what) for what in approvals.WHAT] if open_ else [],
        "may_transfer": allows(actor, Permission.CASE_TRANSFER, case),
        "pending_transfer": queries.pending_transfer(case) if open_ else None,
        "flagged": watchlist.is_flagged(actor, case),
    }


@blueprint.post("/cases/<number>/tasks", **_EDIT, accepts=casefile_schemas.TaskSchema, page=show)
def add_task(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Set a task."""
    tasks.add(by=actor, case=case, **given)
    return redirect_to("casefile.show", number=case.number)


@blueprint.post(
    "/cases/<number>/tasks/<int:task_id>/done",
    permission=Permission.CASE_EDIT,
    subject=queries.task,
)
def finish_task(actor: Actor, case: Case) -> object:
    """Done."""
    tasks.finish(by=actor, task=db.session.get_one(Task, (request.view_args or {})["task_id"]))
    return (
        redirect_to("work.index")
        if request.form.get("back") == "work"
        else redirect_to("casefile.show", number=case.number)
    )


@blueprint.get("/cases/<number>/contacts/new", **_EDIT)
def contact(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Log a contact."""
    return render_template(
        "casework/casefile/contact.html",
        **head(actor, case, "overview"),
        form=form or Form(casefile_schemas.ContactSchema),
        against=contacts.objections(case),
    )


@blueprint.post(
    "/cases/<number>/contacts", **_EDIT, accepts=casefile_schemas.ContactSchema, page=contact
)
def log_contact(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Keep the contact."""
    contacts.log(by=actor, case=case, given=given)
    return redirect_to("casefile.show", number=case.number)


@blueprint.get("/cases/<number>/consent", **_EDIT)
def consent(actor: Actor, case: Case, form: Form | None = None) -> str:
    """What the person agreed to, and the form to record new answers."""
    shown = (
        form
        if form and isinstance(form.schema, schemas.ConsentSchema)
        else Form(schemas.ConsentSchema)
    )
    return render_template(
        "casework/casefile/consent.html",
        **head(actor, case, "consent"),
        form=shown,
        partners=queries.partners(),
        proofs=_proofs(actor, case),
    )


def _proofs(actor: Actor, case: Case) -> list[tuple[str, str]]:
    return consent_ledger.proofs(case) if allows(actor, Permission.PROTECTION_READ, case) else []


@blueprint.post("/cases/<number>/consent", **_EDIT, accepts=schemas.ConsentSchema, page=consent)
def record_consent(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Add answers to the ledger."""
    consent_ledger.record(by=actor, case=case, given=given)
    return redirect_to("casefile.consent", number=case.number)


@blueprint.post(
    "/cases/<number>/consent/withdraw", **_EDIT, accepts=schemas.WithdrawSchema, page=consent
)
def withdraw_consent(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """The person takes a consent back; what depended on it ends now."""
    consent_ledger.withdraw(by=actor, case=case, purpose=given["purpose"])
    return redirect_to("casefile.consent", number=case.number)


@blueprint.post(
    "/cases/<number>/vital-interest/review", permission=Permission.CASE_REVIEW, subject=queries.case
)
def review_vital_interest(actor: Actor, case: Case) -> object:
    """A supervisor reviewed what was kept without consent."""
    consent_ledger.review_vital_interest(by=actor, case=case)
    return redirect_to("casefile.show", number=case.number)


@blueprint.get(
    "/cases/<number>/identity", permission=Permission.IDENTITY_READ, subject=queries.case
)
def identity(actor: Actor, case: Case) -> str:
    """Who the person is."""
    return render_template(
        "casework/casefile/identity.html",
        **head(actor, case, "identity"),
        form=_identity_form(case),
    )


def _identity_form(case: Case) -> Form:
    known = {
        **case.identity,
        "sex": case.sex,
        "citizenship": case.citizenship,
        "revision": editing.revision_of(case, "identity"),
    }
    return Form(schemas.IdentitySchema, known)


@blueprint.get(
    "/cases/<number>/identity/change", permission=Permission.IDENTITY_WRITE, subject=queries.case
)
def identity_form(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Change the identity."""
    return render_template(
        "casework/casefile/edit.html",
        **head(actor, case, "identity"),
        form=form or _identity_form(case),
        back="casefile.identity",
    )


@blueprint.post(
    "/cases/<number>/identity/change",
    permission=Permission.IDENTITY_WRITE,
    subject=queries.case,
    accepts=schemas.IdentitySchema,
    page=identity_form,
)
def change_identity(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the new identity."""
    editing.change_identity(by=actor, case=case, given=given)
    return redirect_to("casefile.identity", number=case.number)


@blueprint.get(
    "/cases/<number>/protection", permission=Permission.PROTECTION_READ, subject=queries.case
)
def protection(actor: Actor, case: Case) -> str:
    """The account, the screening, needs and risks."""
    record = case.protection
    elements = screening.elements(record, child=screening.is_child(case))
    return render_template(
        "casework/casefile/protection.html",
        **head(actor, case, "protection"),
        record=record,
        elements=elements,
        parts_of=sections_of("protection"),
    )


def _section_form(case: Case, schema: type[Any], compartment: str) -> Form:
    coded = {"risk": case.risk, "categories": case.categories}
    return Form(
        schema,
        {**getattr(case, compartment), **coded, "revision": editing.revision_of(case, compartment)},
    )


_ACCOUNT = tuple(
    name for name in schemas.AccountSchema().fields if name not in {"revision", "corrected"}
)


@blueprint.get(
    "/cases/<number>/protection/account",
    permission=Permission.PROTECTION_WRITE,
    subject=queries.case,
)
def account_form(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Change the account."""
    shown = form or _section_form(case, schemas.AccountSchema, "protection")
    return render_template(
        "casework/casefile/edit.html",
        **head(actor, case, "protection"),
        form=shown,
        back="casefile.protection",
    )


@blueprint.post(
    "/cases/<number>/protection/account",
    permission=Permission.PROTECTION_WRITE,
    subject=queries.case,
    accepts=schemas.AccountSchema,
    page=account_form,
)
def change_account(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the account."""
    editing.change_section(
        by=actor, case=case, compartment="protection", given=given, fields=_ACCOUNT
    )
    return redirect_to("casefile.protection", number=case.number)


@blueprint.get(
    "/cases/<number>/protection/needs", permission=Permission.PROTECTION_WRITE, subject=queries.case
)
def needs_form(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Change needs and risk."""
    shown = form or _section_form(case, schemas.NeedsSchema, "protection")
    return render_template(
        "casework/casefile/edit.html",
        **head(actor, case, "protection"),
        form=shown,
        back="casefile.protection",
    )


@blueprint.post(
    "/cases/<number>/protection/needs",
    permission=Permission.PROTECTION_WRITE,
    subject=queries.case,
    accepts=schemas.NeedsSchema,
    page=needs_form,
)
def change_needs(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep needs and risk."""
    editing.change_section(
        by=actor, case=case, compartment="protection", given=given, fields=("needs", "safety_note")
    )
    case.risk, case.categories = given.get("risk", ""), given.get("categories", [])
    return redirect_to("casefile.protection", number=case.number)


@blueprint.get(
    "/cases/<number>/screening", permission=Permission.PROTECTION_WRITE, subject=queries.case
)
def screening_form(actor: Actor, case: Case, form: Form | None = None) -> str:
    """The screening interview; nothing is chosen beforehand."""
    shown = form or Form(
        casefile_schemas.ScreeningSchema,
        {
            **case.protection,
            "decision": "",
            "reason": "",
            "revision": editing.revision_of(case, "protection"),
        },
    )
    elements = screening.elements(shown.data, child=screening.is_child(case))
    return render_template(
        "casework/casefile/screening.html",
        **head(actor, case, "protection"),
        form=shown,
        elements=elements,
    )


@blueprint.post(
    "/cases/<number>/screening",
    permission=Permission.PROTECTION_WRITE,
    subject=queries.case,
    accepts=casefile_schemas.ScreeningSchema,
    page=screening_form,
)
def screen(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the decision with its reason."""
    screening.decide(by=actor, case=case, given=given)
    return redirect_to("casefile.protection", number=case.number)


@blueprint.get("/cases/<number>/sealed/<compartment>", **_OPEN)
def sealed(actor: Actor, case: Case) -> Any:
    """What stands instead of a compartment that is not mine to open."""
    compartment = (request.view_args or {})["compartment"]
    if compartment not in {"medical", "legal", "identity", "protection"}:
        raise NotFound
    return render_template(
        "casework/casefile/sealed.html", **head(actor, case, compartment), compartment=compartment
    )


@blueprint.get("/cases/<number>/medical", permission=Permission.MEDICAL_READ, subject=queries.case)
def medical(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Health, for health officers."""
    shown = form or _section_form(case, schemas.MedicalSchema, "medical")
    return render_template(
        "casework/casefile/edit.html",
        **head(actor, case, "medical"),
        form=shown,
        back="casefile.show",
    )


@blueprint.post(
    "/cases/<number>/medical",
    permission=Permission.MEDICAL_WRITE,
    subject=queries.case,
    accepts=schemas.MedicalSchema,
    page=medical,
)
def change_medical(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the health record."""
    editing.change_section(
        by=actor,
        case=case,
        compartment="medical",
        given=given,
        fields=("conditions", "medication", "pregnancy", "for_others"),
    )
    return redirect_to("casefile.medical", number=case.number)


@blueprint.get("/cases/<number>/legal", permission=Permission.LEGAL_READ, subject=queries.case)
def legal(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Status and proceedings, for legal officers."""
    shown = form or _section_form(case, schemas.LegalSchema, "legal")
    return render_template(
        "casework/casefile/edit.html",
        **head(actor, case, "legal"),
        form=shown,
        back="casefile.show",
    )


@blueprint.post(
    "/cases/<number>/legal",
    permission=Permission.LEGAL_WRITE,
    subject=queries.case,
    accepts=schemas.LegalSchema,
    page=legal,
)
def change_legal(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the legal record."""
    editing.change_section(
        by=actor,
        case=case,
        compartment="legal",
        given=given,
        fields=("status", "status_until", "proceedings", "documents"),
    )
    return redirect_to("casefile.legal", number=case.number)


@blueprint.post(
    "/cases/<number>/close",
    permission=Permission.CASE_CLOSE,
    subject=queries.case,
    accepts=casefile_schemas.CloseSchema,
    page=show,
)
def close(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Close the case."""
    closure.close(by=actor, case=case, **given)
    return redirect_to("casefile.show", number=case.number)


@blueprint.post("/cases/<number>/reopen", permission=Permission.CASE_CLOSE, subject=queries.case)
def reopen(actor: Actor, case: Case) -> object:
    """Open it again."""
    closure.reopen(by=actor, case=case)
    return redirect_to("casefile.show", number=case.number)


@blueprint.post(
    "/cases/<number>/assign",
    permission=Permission.CASE_ASSIGN,
    subject=queries.case,
    accepts=casefile_schemas.AssignSchema,
    page=show,
)
def assign(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Give the case to another caseworker."""
    closure.assign(by=actor, case=case, **given)
    return redirect_to("casefile.show", number=case.number)
