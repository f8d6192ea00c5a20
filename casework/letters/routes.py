"""Pages: printing a case, letters for one or many, the consent form, the person's own copy."""

import secrets
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.casefile.case_header import head
from casework.core import queries
from casework.letters import documents, schemas
from models.base import db
from models.cases import Case
from models.rules import RuleBroken
from standards import languages, lists
from web.forms import Form
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("letters", __name__)
_OPEN: dict[str, Any] = {"permission": Permission.CASE_OPEN, "subject": queries.case}
_COPY: dict[str, Any] = {"permission": Permission.CASE_COPY, "subject": queries.case}
MOST = 100


def _answer(content: bytes, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.pdf"',
        "Cache-Control": "no-store",
    }
    return Response(content, mimetype="application/pdf", headers=headers)


@blueprint.get("/cases/<number>/print", **_OPEN)
def show(actor: Actor, case: Case, form: Form | None = None) -> str:
    """What can be printed of a case."""
    may = [
        (code, label)
        for code, label in lists.COMPARTMENTS
        if code != "return" and allows(actor, Permission(f"{code}.read"), case)
    ]
    forms = {
        "summary": Form(schemas.SummarySchema),
        "letter": Form(schemas.LetterSchema, {"language": "en"}),
    }
    for name, empty in forms.items():
        forms[name] = (
            form if form is not None and isinstance(form.schema, type(empty.schema)) else empty
        )
    may_copy = allows(actor, Permission.CASE_COPY, case)
    return render_template(
        "casework/letters/print.html",
        **head(actor, case, "overview"),
        forms_=forms,
        may_open=may,
        may_copy=may_copy,
        languages=languages.options(),
    )


@blueprint.post("/cases/<number>/print", **_OPEN, accepts=schemas.SummarySchema, page=show)
def summary(actor: Actor, case: Case, given: dict[str, Any]) -> Response:
    """Chosen sections as PDF."""
    return _answer(documents.summary(by=actor, case=case, **given), case.number)


@blueprint.post(
    "/cases/<number>/letters",
    permission=Permission.IDENTITY_READ,
    subject=queries.case,
    accepts=schemas.LetterSchema,
    page=show,
)
def letter(actor: Actor, case: Case, given: dict[str, Any]) -> Response:
    """A letter for this person."""
    return _answer(
        documents.letter(by=actor, cases=[case], **given), f"{case.number}-{given['kind']}"
    )


@blueprint.post(
    "/cases/<number>/consent-form",
    permission=Permission.CASE_EDIT,
    subject=queries.case,
    accepts=schemas.LanguageSchema,
)
def consent_form(actor: Actor, case: Case, given: dict[str, str]) -> Response:
    """The form to sign, in the person's language."""
    return _answer(
        documents.consent_form(by=actor, case=case, language=given["language"]),
        f"{case.number}-consent",
    )


@blueprint.post("/cases/letters", permission=Permission.CASE_LIST, accepts=schemas.LetterSchema)
def many(actor: Actor, given: dict[str, Any]) -> Response:
    """A letter for each of the chosen cases; those whose identity is not mine to open are left out."""
    ids = [int(text) for text in request.form.getlist("case") if text.isdecimal()][:MOST]
    found = db.session.execute(select(Case).where(Case.id.in_(ids)).order_by(Case.id)).scalars()
    mine = [case for case in found if allows(actor, Permission.IDENTITY_READ, case)]
    if not mine:
        raise RuleBroken(_("Choose cases first."))
    return _answer(documents.letter(by=actor, cases=mine, **given), given["kind"])


@blueprint.get("/cases/<number>/copy", **_COPY, fresh=True)
def copy_form(actor: Actor, case: Case) -> str:
    """The person's copy: its password is shown here, once, and travels apart from the file."""
    password = "-".join(secrets.token_hex(2) for _place in range(5))
    return render_template(
        "casework/letters/copy.html",
        **head(actor, case, "overview"),
        password=password,
        languages=languages.options(),
    )


@blueprint.post("/cases/<number>/copy", **_COPY, fresh=True, accepts=schemas.CopySchema)
def copy(actor: Actor, case: Case, given: dict[str, str]) -> Response:
    """Everything held, as one encrypted file."""
    return _answer(documents.copy(by=actor, case=case, **given), f"{case.number}-copy")
