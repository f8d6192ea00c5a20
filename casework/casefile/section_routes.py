"""Pages: the sections of a case: identity, protection, screening, health and legal summaries."""

from typing import Any

from flask import render_template

from access.actors import Actor
from access.permissions import Permission
from casework.casefile import editing, pages, screening
from casework.casefile import schemas as casefile_schemas
from casework.casefile.case_header import head
from casework.casefile.editing import asked_by
from casework.core import ageing, identification, queries, schemas
from models.cases import Case
from web.forms import Form, FormSchema
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("sections", __name__)


def _of_case(permission: Permission) -> dict[str, Any]:
    return {"permission": permission, "subject": queries.case}


_READ_IDENTITY = _of_case(Permission.IDENTITY_READ)
_WRITE_IDENTITY = _of_case(Permission.IDENTITY_WRITE)
_READ_PROTECTION = _of_case(Permission.PROTECTION_READ)
_WRITE_PROTECTION = _of_case(Permission.PROTECTION_WRITE)
_WRITE_MEDICAL = _of_case(Permission.MEDICAL_WRITE)
_WRITE_LEGAL = _of_case(Permission.LEGAL_WRITE)


def _keep(
    actor: Actor, case: Case, compartment: str, asked: type[FormSchema], given: dict[str, Any]
) -> None:
    fields = asked_by(asked)
    editing.change_section(by=actor, case=case, compartment=compartment, given=given, fields=fields)


def _edit(actor: Actor, case: Case, section: str, form: Form, back: str) -> str:
    return render_template(
        "casework/casefile/edit.html", **head(actor, case, section), form=form, back=back
    )


@blueprint.get("/cases/<number>/identity", **_READ_IDENTITY)
def identity(actor: Actor, case: Case) -> str:
    """Who the person is."""
    return render_template("casework/casefile/identity.html", **pages.identity(actor, case))


@blueprint.get("/cases/<number>/identity/change", **_WRITE_IDENTITY)
def identity_form(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Change the identity."""
    return _edit(actor, case, "identity", form or pages.identity_form(case), "sections.identity")


@blueprint.post(
    "/cases/<number>/identity/change",
    **_WRITE_IDENTITY,
    accepts=schemas.IdentitySchema,
    page=identity_form,
)
def change_identity(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the new identity."""
    editing.change_identity(by=actor, case=case, given=given)
    return redirect_to("sections.identity", case)


@blueprint.get("/cases/<number>/protection", **_READ_PROTECTION)
def protection(actor: Actor, case: Case, form: Form | None = None) -> str:
    """The account, the screening, needs and risks."""
    shown = pages.protection(actor, case, form)
    return render_template("casework/casefile/protection.html", **shown)


@blueprint.post(
    "/cases/<number>/identification/second",
    **_WRITE_PROTECTION,
    accepts=casefile_schemas.SecondReadingSchema,
    page=protection,
)
def second_reading(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep what the second reader of a decision says."""
    agrees = given.pop("agrees") == "yes"
    said = {name: value or "" for name, value in given.items()}
    identification.answer(by=actor, case=case, agrees=agrees, **said)
    return redirect_to("sections.protection", case)


@blueprint.get("/cases/<number>/age/second", **_READ_PROTECTION)
def second_person(actor: Actor, case: Case, form: Form | None = None) -> str:
    """What would make a child an adult."""
    shown = pages.held_age(actor, case, form)
    return render_template("casework/casefile/held_age.html", **shown)


@blueprint.post(
    "/cases/<number>/age/second",
    **_WRITE_PROTECTION,
    accepts=casefile_schemas.SecondPersonSchema,
    page=second_person,
)
def answer_of_age(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep what the second person says."""
    agrees = given.pop("agrees") == "yes"
    said = {name: value or "" for name, value in given.items()}
    ageing.answer(by=actor, case=case, agrees=agrees, **said)
    return redirect_to("sections.second_person", case)


@blueprint.get("/cases/<number>/protection/account", **_WRITE_PROTECTION)
def account_form(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Change the account."""
    form = form or pages.section_form(case, schemas.AccountSchema, "protection")
    return _edit(actor, case, "protection", form, "sections.protection")


@blueprint.post(
    "/cases/<number>/protection/account",
    **_WRITE_PROTECTION,
    accepts=schemas.AccountSchema,
    page=account_form,
)
def change_account(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the account."""
    _keep(actor, case, "protection", schemas.AccountSchema, given)
    return redirect_to("sections.protection", case)


@blueprint.get("/cases/<number>/protection/needs", **_WRITE_PROTECTION)
def needs_form(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Change needs and risk."""
    form = form or pages.section_form(case, schemas.NeedsSchema, "protection")
    return _edit(actor, case, "protection", form, "sections.protection")


@blueprint.post(
    "/cases/<number>/protection/needs",
    **_WRITE_PROTECTION,
    accepts=schemas.NeedsSchema,
    page=needs_form,
)
def change_needs(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep needs and risk."""
    editing.change_needs(by=actor, case=case, given=given)
    return redirect_to("sections.protection", case)


@blueprint.get("/cases/<number>/screening", **_WRITE_PROTECTION)
def screening_form(actor: Actor, case: Case, form: Form | None = None) -> str:
    """The screening interview; nothing is chosen beforehand."""
    shown = pages.screening_interview(actor, case, form)
    return render_template("casework/casefile/screening.html", **shown)


@blueprint.post(
    "/cases/<number>/screening",
    **_WRITE_PROTECTION,
    accepts=casefile_schemas.ScreeningSchema,
    page=screening_form,
)
def screen(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the decision with its reason."""
    screening.decide(by=actor, case=case, given=given)
    return redirect_to("sections.protection", case)


@blueprint.get("/cases/<number>/medical", **_of_case(Permission.MEDICAL_READ))
def medical(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Health, for health officers."""
    form = form or pages.section_form(case, schemas.MedicalSchema, "medical")
    return _edit(actor, case, "medical", form, "casefile.show")


@blueprint.post(
    "/cases/<number>/medical", **_WRITE_MEDICAL, accepts=schemas.MedicalSchema, page=medical
)
def change_medical(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the health record."""
    _keep(actor, case, "medical", schemas.MedicalSchema, given)
    return redirect_to("sections.medical", case)


@blueprint.get("/cases/<number>/legal", **_of_case(Permission.LEGAL_READ))
def legal(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Status and proceedings, for legal officers."""
    form = form or pages.section_form(case, schemas.LegalSchema, "legal")
    return _edit(actor, case, "legal", form, "casefile.show")


@blueprint.post("/cases/<number>/legal", **_WRITE_LEGAL, accepts=schemas.LegalSchema, page=legal)
def change_legal(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the legal record."""
    _keep(actor, case, "legal", schemas.LegalSchema, given)
    return redirect_to("sections.legal", case)
