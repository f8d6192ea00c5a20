"""Pages: the list of cases, searching, one case and what is done to it."""

from typing import Any

from flask import render_template, request, session
from flask_babel import gettext as _

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.casefile import closure, contacts, pages, record_pages, schemas, story
from casework.core import consent as consent_ledger
from casework.core import queries, tasks
from casework.core import schemas as core_schemas
from casework.core import search as name_search
from casework.intake import callers
from casework.records.contact import ContactSchema
from models import taking_back
from models.base import now
from models.cases import Case
from standards import lists
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to
from web.links import link
from web.telling import as_left, tell

blueprint = GuardedBlueprint("casefile", __name__)
SEARCH_HOLDS = 1800  # seconds for which a search allows a registration where it must come first
_RECENT = 8  # cases that stay one step away in the rail
_OPEN: dict[str, Any] = {"permission": Permission.CASE_OPEN, "subject": queries.case}
_EDIT: dict[str, Any] = {"permission": Permission.CASE_EDIT, "subject": queries.case}
_CLOSE: dict[str, Any] = {"permission": Permission.CASE_CLOSE, "subject": queries.case}


def _filters() -> dict[str, str]:
    return {name: request.args.get(name, "")[:30] for name in queries.FILTERS}


@blueprint.get("/cases", permission=Permission.CASE_LIST)
def index(actor: Actor) -> str:
    """Cases I may open, by coded fields; names hidden until asked for."""
    shown = pages.listed(actor, _filters(), request.args.get("after", ""))
    return render_template("casework/casefile/index.html", **shown)


@blueprint.post("/cases", permission=Permission.CASE_LIST)
def with_names(actor: Actor) -> str:
    """The same list with names; every name shown is in the trail."""
    shown = pages.listed(actor, _filters(), request.args.get("after", ""), names=True)
    return render_template("casework/casefile/index.html", **shown)


@blueprint.post("/cases/search", permission=Permission.CASE_LIST, accepts=schemas.SearchSchema)
def search(actor: Actor, given: dict[str, str]) -> Any:
    """Find by number, name, phone or document. A POST, so that no name stands in an address."""
    hits = name_search.search(by=actor, **given)
    session["searched_until"] = now().timestamp() + SEARCH_HOLDS
    if len(hits) == 1 and hits[0].case is not None and "same_number" in hits[0].reasons:
        return redirect_to("casefile.show", hits[0].case)
    may_register = allows(actor, Permission.CASE_REGISTER)
    return render_template(
        "casework/casefile/search.html",
        found=hits,
        query=given["query"],
        callers=callers.listed(actor, given["query"]).items if may_register else [],
        may_register=may_register,
    )


def _remember(number: str) -> None:
    """The cases opened last, by number, so that each is one step away."""
    recent = [number, *(other for other in session.get("recent", []) if other != number)]
    if recent[:_RECENT] != session.get("recent"):
        session["recent"] = recent[:_RECENT]


@blueprint.get("/cases/<number>", **_OPEN)
def show(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Overview of one case."""
    _remember(case.number)
    return render_template("casework/casefile/show.html", **pages.overview(actor, case, form))


@blueprint.get("/cases/<number>/timeline", **_OPEN)
def happened(actor: Actor, case: Case) -> str:
    """Everything that was said and done, page by page, back to the first day."""
    asked = request.args
    shown = story.of_case(
        actor,
        case,
        number=asked.get("at", 1, type=int),
        oldest_first=asked.get("order") == "oldest",
    )
    return render_template("casework/casefile/story.html", **shown)


@blueprint.post("/cases/<number>/tasks", **_EDIT, accepts=schemas.TaskSchema, page=show)
def add_task(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Set a task."""
    tasks.add(by=actor, case=case, **given)
    return redirect_to("casefile.show", case)


@blueprint.post(
    "/cases/<number>/tasks/<int:task_id>/done",
    permission=Permission.CASE_EDIT,
    subject=queries.task,
)
def finish_task(actor: Actor, case: Case) -> object:
    """Done."""
    task = queries.task_of(case, (request.view_args or {})["task_id"])
    tasks.finish(by=actor, task=task)
    undo = link("casefile.reopen_task", case, task_id=task.id)
    given = {taking_back.FIELD: tasks.as_it_stands(task)}
    words = _("Task done: %(task)s.", task=lists.label(lists.TASKS, task.kind))
    tell(words, undo=undo, given=given)
    if request.form.get("back") == "work":
        return redirect_to("work.index")
    return redirect_to("casefile.show", case)


@blueprint.post(
    "/cases/<number>/tasks/<int:task_id>/reopen",
    permission=Permission.CASE_EDIT,
    subject=queries.task,
)
def reopen_task(actor: Actor, case: Case) -> object:
    """Not done after all."""
    task = queries.task_of(case, (request.view_args or {})["task_id"])
    tasks.reopen(by=actor, task=task, as_left=as_left())
    return redirect_to("casefile.show", case)


@blueprint.get("/cases/<number>/contacts/new", **_EDIT)
def contact(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Log a contact."""
    return render_template("casework/casefile/contact.html", **pages.contact(actor, case, form))


@blueprint.post("/cases/<number>/contacts", **_EDIT, accepts=ContactSchema, page=contact)
def log_contact(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the contact."""
    record = contacts.log(by=actor, case=case, given=given)
    tell(_("Contact saved."), **record_pages.way_back(actor, record))
    return redirect_to("casefile.show", case)


@blueprint.post("/cases/<number>/contacts/<int:event_id>/correct", **_EDIT)
def correct_contact(actor: Actor, case: Case) -> object:
    """Contacts that stand in the timeline alone become records; then the form of this one."""
    event_id = (request.view_args or {})["event_id"]
    record = contacts.carry_over(by=actor, case=case, event_id=event_id)
    return redirect_to("records.protection_record_form", case, record)


@blueprint.get("/cases/<number>/consent", **_EDIT)
def consent(actor: Actor, case: Case, form: Form | None = None) -> str:
    """What the person agreed to, and the form to record new answers."""
    return render_template("casework/casefile/consent.html", **pages.consent(actor, case, form))


@blueprint.post(
    "/cases/<number>/consent", **_EDIT, accepts=core_schemas.ConsentSchema, page=consent
)
def record_consent(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Add answers to the ledger."""
    consent_ledger.record(by=actor, case=case, given=given)
    return redirect_to("casefile.consent", case)


@blueprint.post(
    "/cases/<number>/consent/withdraw", **_EDIT, accepts=core_schemas.WithdrawSchema, page=consent
)
def withdraw_consent(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """The person takes a consent back; what depended on it ends now."""
    consent_ledger.withdraw(by=actor, case=case, purpose=given["purpose"])
    return redirect_to("casefile.consent", case)


@blueprint.get("/cases/<number>/told", **_EDIT)
def told(actor: Actor, case: Case) -> str:
    """Who outside can see what, since when, until when; and who could."""
    return render_template("casework/casefile/told.html", **pages.told(actor, case))


@blueprint.post(
    "/cases/<number>/consent/keep", **_EDIT, accepts=core_schemas.KeepSchema, page=consent
)
def keep(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Why the record is written on although the person took assistance back."""
    consent_ledger.keep_although(by=actor, case=case, **given)
    return redirect_to("casefile.consent", case)


@blueprint.post(
    "/cases/<number>/vital-interest/review",
    permission=Permission.CASE_REVIEW,
    subject=queries.case,
    accepts=core_schemas.ReviewSchema,
    page=show,
)
def review_vital_interest(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """A supervisor reviewed what was kept without consent: right, or not."""
    consent_ledger.review_vital_interest(by=actor, case=case, right=given["finding"] == "right")
    return redirect_to("casefile.show", case)


@blueprint.get("/cases/<number>/sealed/<compartment>", **_OPEN)
def sealed(actor: Actor, case: Case) -> str:
    """What stands instead of a compartment that is not mine to open."""
    compartment = (request.view_args or {})["compartment"]
    shown = pages.sealed(actor, case, compartment)
    return render_template("casework/casefile/sealed.html", **shown)


@blueprint.post("/cases/<number>/close", **_CLOSE, accepts=schemas.CloseSchema, page=show)
def close(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Close the case."""
    closure.close(by=actor, case=case, **given)
    return redirect_to("casefile.show", case)


@blueprint.post("/cases/<number>/reopen", **_CLOSE, accepts=schemas.ReopenSchema, page=show)
def reopen(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Open it again."""
    closure.reopen(by=actor, case=case, **given)
    return redirect_to("casefile.show", case)


@blueprint.post(
    "/cases/<number>/assign",
    permission=Permission.CASE_ASSIGN,
    subject=queries.case,
    accepts=schemas.AssignSchema,
    page=show,
)
def assign(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Give the case to another caseworker."""
    closure.assign(by=actor, case=case, **given)
    return redirect_to("casefile.show", case)
