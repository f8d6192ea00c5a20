"""Pages: my work, cases, one case and its sections."""

from datetime import timedelta
from typing import Any

from flask import redirect, render_template, request, url_for

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import allows
from casework import closing, consenting, editing, queries, schemas, screening, searching, tasks, timeline
from models.base import db, today
from models.cases import Case, Task
from web.faults import Absent
from web.forms import Form
from web.room import Room, see

room = Room("casework", __name__)
_OPEN: dict[str, Any] = {"permission": Permission.CASE_OPEN, "subject": queries.case}
_EDIT: dict[str, Any] = {"permission": Permission.CASE_EDIT, "subject": queries.case}


@room.get("/", permission=Permission.WORK_SEE)
def home(actor: Actor) -> Any:
    """Where a person begins, by what they do."""
    if actor.holds(Role.CASEWORKER, Role.SUPERVISOR):
        return redirect(url_for("casework.work"))
    targets = (
        (Role.PARTNER, "referral.index"),
        (Role.ORIGIN, "avrr.index"),
        (Role.MANAGER, "reporting.index"),
        (Role.PROTECTION, "custody.whole"),
        (Role.HEALTH, "casework.index"),
        (Role.LEGAL, "casework.index"),
        (Role.ADMINISTRATOR, "accounts_people.index"),
    )
    return redirect(url_for(next((endpoint for role, endpoint in targets if actor.holds(role)), "notifications.index")))


@room.get("/work", permission=Permission.WORK_SEE)
def work(actor: Actor) -> Any:
    """What needs me today."""
    if not actor.holds(Role.CASEWORKER, Role.SUPERVISOR):
        return redirect(url_for("casework.home"))
    due = queries.tasks(actor, today())
    late = sorted((task for task in due if task.due_on < today()), key=tasks.danger)
    return render_template(
        "casework/work.html",
        late=late,
        due_today=[task for task in due if task.due_on == today()],
        later=queries.later_tasks(actor),
        open_own=queries.open_own(actor),
        high_risk=queries.high_risk_own(actor),
        consents_ending=queries.consents_ending(actor),
        waiting=queries.waiting_on(actor),
        reviews=queries.to_review(actor),
        drafts=queries.drafts(actor),
        cases=queries.own_recent(actor),
        today=today(),
    )


def _filters() -> dict[str, str]:
    return {name: request.args.get(name, "")[:30] for name in queries.FILTERS}


@room.get("/cases", permission=Permission.CASE_LIST)
def index(actor: Actor, found: list[searching.Found] | None = None, query: str = "", *, names: bool = False) -> str:
    """Cases I may open, by coded fields; names hidden until asked for."""
    filters = _filters()
    page = queries.cases(actor, filters, request.args.get("after", ""))
    shown = {case.id: searching.display_name(case) for case in page.items if allows(actor, Permission.IDENTITY_READ, case)} if names else {}
    return render_template("casework/index.html", page=page, filters=filters, found=found, query=query, names=shown)


@room.post("/cases", permission=Permission.CASE_LIST)
def with_names(actor: Actor) -> str:
    """The same list with names; every name shown is in the trail."""
    return index(actor, names=True)


@room.post("/cases/search", permission=Permission.CASE_LIST, accepts=schemas.SearchSchema)
def search(actor: Actor, given: dict[str, str]) -> Any:
    """Find by number, name, phone or document. Sent as POST so that no name stands in an address."""
    found = searching.search(by=actor, query=given["query"])
    if len(found) == 1 and found[0].case is not None and "same_number" in found[0].reasons:
        return see("casework.show", number=found[0].case.number)
    return render_template("casework/search.html", found=found, query=given["query"])


def head(actor: Actor, case: Case, section: str) -> dict[str, Any]:
    """What the head of a case shows on every one of its pages."""
    may = {name: allows(actor, Permission(f"{name}.read"), case) for name in ("identity", "protection", "medical", "legal", "return")}
    identity = case.identity if may["identity"] else {}
    return {
        "case": case,
        "section": section,
        "opens": may,
        "may_edit": allows(actor, Permission.CASE_EDIT, case),
        "may_close": allows(actor, Permission.CASE_CLOSE, case),
        "may_assign": allows(actor, Permission.CASE_ASSIGN, case),
        "may_review": allows(actor, Permission.CASE_REVIEW, case),
        "may_history": allows(actor, Permission.TRAIL_OF_CASE, case),
        "name": searching.display_name(case) if may["identity"] else "",
        "identity": identity,
        "consents": consenting.summary(case),
    }


@room.get("/cases/<number>", **_OPEN)
def show(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Overview of one case."""
    shown = head(actor, case, "overview")
    readable = frozenset(name for name, open_ in shown["opens"].items() if open_)
    return render_template(
        "casework/show.html",
        **shown,
        tasks=queries.case_tasks(case),
        timeline=timeline.words_of(queries.events(case), readable),
        protection=case.protection if shown["opens"]["protection"] else {},
        task_form=form if form and isinstance(form.schema, schemas.TaskSchema) else Form(schemas.TaskSchema, {"due_on": today() + timedelta(days=7)}),
        close_form=form if form and isinstance(form.schema, schemas.CloseSchema) else Form(schemas.CloseSchema),
        caseworkers=queries.caseworkers(case.office_id) if shown["may_assign"] else [],
        today=today(),
    )


@room.post("/cases/<number>/tasks", **_EDIT, accepts=schemas.TaskSchema, page=show)
def add_task(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Set a task."""
    tasks.add(by=actor, case=case, **given)
    return see("casework.show", number=case.number)


@room.post("/cases/<number>/tasks/<int:task_id>/done", permission=Permission.CASE_EDIT, subject=queries.task)
def finish_task(actor: Actor, case: Case) -> object:
    """Done."""
    tasks.finish(by=actor, task=db.session.get_one(Task, (request.view_args or {})["task_id"]))
    return see("casework.work") if request.form.get("back") == "work" else see("casework.show", number=case.number)


@room.get("/cases/<number>/contacts/new", **_EDIT)
def contact(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Log a contact."""
    return render_template("casework/contact.html", **head(actor, case, "overview"), form=form or Form(schemas.ContactSchema))


@room.post("/cases/<number>/contacts", **_EDIT, accepts=schemas.ContactSchema, page=contact)
def log_contact(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Keep the contact."""
    timeline.log_contact(by=actor, case=case, **given)
    return see("casework.show", number=case.number)


@room.get("/cases/<number>/consent", **_EDIT)
def consent(actor: Actor, case: Case, form: Form | None = None) -> str:
    """What the person agreed to, and the form to record new answers."""
    return render_template("casework/consent.html", **head(actor, case, "consent"), form=form or Form(schemas.ConsentSchema), partners=queries.partners())


@room.post("/cases/<number>/consent", **_EDIT, accepts=schemas.ConsentSchema, page=consent)
def record_consent(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Add answers to the ledger."""
    consenting.record(by=actor, case=case, given=given)
    return see("casework.consent", number=case.number)


@room.post("/cases/<number>/consent/withdraw", **_EDIT, accepts=schemas.WithdrawSchema, page=consent)
def withdraw_consent(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """The person takes a consent back; what depended on it ends now."""
    consenting.withdraw(by=actor, case=case, purpose=given["purpose"])
    return see("casework.consent", number=case.number)


@room.post("/cases/<number>/vital-interest/review", permission=Permission.CASE_REVIEW, subject=queries.case)
def review_vital_interest(actor: Actor, case: Case) -> object:
    """A supervisor reviewed what was kept without consent."""
    consenting.review_vital_interest(by=actor, case=case)
    return see("casework.show", number=case.number)


@room.get("/cases/<number>/identity", permission=Permission.IDENTITY_READ, subject=queries.case)
def identity(actor: Actor, case: Case) -> str:
    """Who the person is."""
    return render_template("casework/identity.html", **head(actor, case, "identity"), form=_identity_form(case))


def _identity_form(case: Case) -> Form:
    known = {**case.identity, "sex": case.sex, "citizenship": case.citizenship, "revision": editing.revision_of(case, "identity")}
    return Form(schemas.IdentitySchema, known)


@room.get("/cases/<number>/identity/change", permission=Permission.IDENTITY_WRITE, subject=queries.case)
def identity_form(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Change the identity."""
    return render_template("casework/edit.html", **head(actor, case, "identity"), form=form or _identity_form(case), back="casework.identity")


@room.post("/cases/<number>/identity/change", permission=Permission.IDENTITY_WRITE, subject=queries.case, accepts=schemas.IdentitySchema, page=identity_form)
def change_identity(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the new identity."""
    editing.change_identity(by=actor, case=case, given=given)
    return see("casework.identity", number=case.number)


@room.get("/cases/<number>/protection", permission=Permission.PROTECTION_READ, subject=queries.case)
def protection(actor: Actor, case: Case) -> str:
    """The account, the screening, needs and risks."""
    record = case.protection
    elements = screening.elements(record, child=screening.is_child(case))
    return render_template("casework/protection.html", **head(actor, case, "protection"), record=record, elements=elements)


def _section_form(case: Case, schema: type[Any], compartment: str) -> Form:
    coded = {"risk": case.risk, "categories": case.categories}
    return Form(schema, {**getattr(case, compartment), **coded, "revision": editing.revision_of(case, compartment)})


_ACCOUNT = tuple(name for name in schemas.AccountSchema().fields if name != "revision")


@room.get("/cases/<number>/protection/account", permission=Permission.PROTECTION_WRITE, subject=queries.case)
def account_form(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Change the account."""
    shown = form or _section_form(case, schemas.AccountSchema, "protection")
    return render_template("casework/edit.html", **head(actor, case, "protection"), form=shown, back="casework.protection")


@room.post("/cases/<number>/protection/account", permission=Permission.PROTECTION_WRITE, subject=queries.case, accepts=schemas.AccountSchema, page=account_form)
def change_account(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the account."""
    editing.change_section(by=actor, case=case, compartment="protection", given=given, fields=_ACCOUNT)
    case.exploitation = given.get("exploitation", [])
    return see("casework.protection", number=case.number)


@room.get("/cases/<number>/protection/needs", permission=Permission.PROTECTION_WRITE, subject=queries.case)
def needs_form(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Change needs and risk."""
    shown = form or _section_form(case, schemas.NeedsSchema, "protection")
    return render_template("casework/edit.html", **head(actor, case, "protection"), form=shown, back="casework.protection")


@room.post("/cases/<number>/protection/needs", permission=Permission.PROTECTION_WRITE, subject=queries.case, accepts=schemas.NeedsSchema, page=needs_form)
def change_needs(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep needs and risk."""
    editing.change_section(by=actor, case=case, compartment="protection", given=given, fields=("needs", "safety_note"))
    case.risk, case.categories = given.get("risk", ""), given.get("categories", [])
    return see("casework.protection", number=case.number)


@room.get("/cases/<number>/screening", permission=Permission.PROTECTION_WRITE, subject=queries.case)
def screening_form(actor: Actor, case: Case, form: Form | None = None) -> str:
    """The screening interview; nothing is chosen beforehand."""
    shown = form or Form(schemas.ScreeningSchema, {**case.protection, "decision": "", "reason": "", "revision": editing.revision_of(case, "protection")})
    elements = screening.elements(shown.data, child=screening.is_child(case))
    return render_template("casework/screening.html", **head(actor, case, "protection"), form=shown, elements=elements)


@room.post("/cases/<number>/screening", permission=Permission.PROTECTION_WRITE, subject=queries.case, accepts=schemas.ScreeningSchema, page=screening_form)
def screen(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the decision with its reason."""
    screening.decide(by=actor, case=case, given=given)
    return see("casework.protection", number=case.number)


@room.get("/cases/<number>/sealed/<compartment>", **_OPEN)
def sealed(actor: Actor, case: Case) -> Any:
    """What stands instead of a compartment that is not mine to open."""
    compartment = (request.view_args or {})["compartment"]
    if compartment not in {"medical", "legal", "identity", "protection"}:
        raise Absent
    return render_template("casework/sealed.html", **head(actor, case, compartment), compartment=compartment)


@room.get("/cases/<number>/medical", permission=Permission.MEDICAL_READ, subject=queries.case)
def medical(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Health, for health officers."""
    shown = form or _section_form(case, schemas.MedicalSchema, "medical")
    return render_template("casework/edit.html", **head(actor, case, "medical"), form=shown, back="casework.show")


@room.post("/cases/<number>/medical", permission=Permission.MEDICAL_WRITE, subject=queries.case, accepts=schemas.MedicalSchema, page=medical)
def change_medical(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the health record."""
    editing.change_section(by=actor, case=case, compartment="medical", given=given, fields=("conditions", "medication", "pregnancy", "for_others"))
    return see("casework.medical", number=case.number)


@room.get("/cases/<number>/legal", permission=Permission.LEGAL_READ, subject=queries.case)
def legal(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Status and proceedings, for legal officers."""
    shown = form or _section_form(case, schemas.LegalSchema, "legal")
    return render_template("casework/edit.html", **head(actor, case, "legal"), form=shown, back="casework.show")


@room.post("/cases/<number>/legal", permission=Permission.LEGAL_WRITE, subject=queries.case, accepts=schemas.LegalSchema, page=legal)
def change_legal(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the legal record."""
    editing.change_section(by=actor, case=case, compartment="legal", given=given, fields=("status", "status_until", "proceedings", "documents"))
    return see("casework.legal", number=case.number)


@room.post("/cases/<number>/close", permission=Permission.CASE_CLOSE, subject=queries.case, accepts=schemas.CloseSchema, page=show)
def close(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Close the case."""
    closing.close(by=actor, case=case, **given)
    return see("casework.show", number=case.number)


@room.post("/cases/<number>/reopen", permission=Permission.CASE_CLOSE, subject=queries.case)
def reopen(actor: Actor, case: Case) -> object:
    """Open it again."""
    closing.reopen(by=actor, case=case)
    return see("casework.show", number=case.number)


@room.post("/cases/<number>/assign", permission=Permission.CASE_ASSIGN, subject=queries.case, accepts=schemas.AssignSchema, page=show)
def assign(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Give the case to another caseworker."""
    closing.assign(by=actor, case=case, **given)
    return see("casework.show", number=case.number)
