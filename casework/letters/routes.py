"""Pages: printing a case, letters for one or many, the consent form, the person's own copy."""

from typing import Any

from flask import Response, render_template, request

from access.actors import Actor
from access.permissions import Permission
from casework.core import queries
from casework.letters import documents, own_letters, pages, pdf, schemas
from casework.letters import interview_sheet as sheets
from models.cases import Case
from models.letter_templates import LetterTemplate
from models.people import Organisation
from organisations import queries as organisations
from web.forms import Form
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("letters", __name__)
_OPEN: dict[str, Any] = {"permission": Permission.CASE_OPEN, "subject": queries.case}
_COPY: dict[str, Any] = {"permission": Permission.CASE_COPY, "subject": queries.case}


@blueprint.get("/cases/<number>/print", **_OPEN)
def show(actor: Actor, case: Case, form: Form | None = None) -> str:
    """What can be printed of a case."""
    return render_template("casework/letters/print.html", **pages.printing(actor, case, form))


@blueprint.post("/cases/<number>/print", **_OPEN, accepts=schemas.SummarySchema, page=show)
def summary(actor: Actor, case: Case, given: dict[str, Any]) -> Response:
    """Chosen sections as PDF."""
    return pdf.attached(documents.summary(by=actor, case=case, **given), case.number)


@blueprint.post(
    "/cases/<number>/letters",
    permission=Permission.IDENTITY_READ,
    subject=queries.case,
    accepts=schemas.LetterSchema,
    page=show,
)
def letter(actor: Actor, case: Case, given: dict[str, Any]) -> Response:
    """A letter for this person."""
    content = documents.letter(by=actor, cases=[case], **given)
    return pdf.attached(content, f"{case.number}-{given['kind']}")


@blueprint.post(
    "/cases/<number>/consent-form",
    permission=Permission.CASE_EDIT,
    subject=queries.case,
    accepts=schemas.LanguageSchema,
)
def consent_form(actor: Actor, case: Case, given: dict[str, str]) -> Response:
    """The form to sign, in the person's language."""
    content = documents.consent_form(by=actor, case=case, language=given["language"])
    return pdf.attached(content, f"{case.number}-consent")


@blueprint.post(
    "/cases/<number>/interview/sheet", permission=Permission.PROTECTION_READ, subject=queries.case
)
def interview_sheet(actor: Actor, case: Case) -> Response:
    """The questions of an interview with room to write, under the number of the case."""
    return pdf.attached(sheets.sheet(by=actor, case=case), f"{case.number}-sheet")


@blueprint.post(
    "/cases/<number>/told/print",
    permission=Permission.CASE_EDIT,
    subject=queries.case,
    accepts=schemas.LanguageSchema,
)
def told(actor: Actor, case: Case, given: dict[str, str]) -> Response:
    """Who was told what, on paper, for the person."""
    content = documents.told(by=actor, case=case, language=given["language"])
    return pdf.attached(content, f"{case.number}-told")


@blueprint.post("/cases/letters", permission=Permission.CASE_LIST, accepts=schemas.LetterSchema)
def many(actor: Actor, given: dict[str, Any]) -> Response:
    """A letter for each of the chosen cases whose identity is mine to open."""
    chosen = [int(text) for text in request.form.getlist("case") if text.isdecimal()]
    return pdf.attached(documents.letters(by=actor, case_ids=chosen, **given), given["kind"])


@blueprint.get("/cases/<number>/copy", **_COPY, fresh=True)
def copy_form(actor: Actor, case: Case) -> str:
    """The person's copy: its password is shown here, once, and travels apart from the file."""
    return render_template("casework/letters/copy.html", **pages.copy(actor, case))


@blueprint.post("/cases/<number>/copy", **_COPY, fresh=True, accepts=schemas.CopySchema)
def copy(actor: Actor, case: Case, given: dict[str, str]) -> Response:
    """Everything held, as one encrypted file."""
    return pdf.attached(documents.copy(by=actor, case=case, **given), f"{case.number}-copy")


@blueprint.post(
    "/organisations/<code>/letters/<int:letter_id>/preview",
    permission=Permission.ORGANISATION_CHANGE,
    subject=organisations.organisation,
)
def preview(_actor: Actor, place: Organisation) -> Response:
    """How a letter of the office looks on paper, for somebody who does not exist."""
    template = organisations.row_of(LetterTemplate, place, (request.view_args or {})["letter_id"])
    return pdf.attached(own_letters.preview(template), template.code)
