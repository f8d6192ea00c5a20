"""The same verbs as JSON, under ``/api/v1``."""

from typing import Any

from flask import request

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.casefile import contacts, editing, screening
from casework.casefile import schemas as casefile_schemas
from casework.core import consent as consent_ledger
from casework.core import queries, revisions, schemas
from casework.core import search as name_search
from casework.intake import registration
from casework.intake import schemas as intake_schemas
from casework.records.contact import ContactSchema
from models.cases import Case
from web import paging
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("casefile_api", __name__, api=True)
_COMPARTMENTS = ("identity", "protection", "medical", "legal")


@blueprint.post(
    "/cases",
    permission=Permission.CASE_REGISTER,
    accepts=intake_schemas.RegisterSchema,
    returns=casefile_schemas.CaseOut,
    status=201,
)
def register(actor: Actor, given: dict[str, Any]) -> Case:
    """Open a case: consent first, then the person.

    Where somebody like this person is known, the answer is 409 with the ``candidates`` that the
    caller may see; send it again with ``duplicate``: same (with ``duplicate_of``, a candidate's
    number), not_same or cannot_tell. Query: office, the code of the mission that registers; who
    works for several must say it.
    """
    office, team_id = registration.place_of_work(actor)
    return registration.register(
        by=actor, given=given, office=office, owner_id=actor.id, team_id=team_id
    )


@blueprint.get(
    "/cases", permission=Permission.CASE_LIST, returns=casefile_schemas.CaseOut, many=True
)
def index(actor: Actor) -> paging.Page:
    """Cases the caller may open, newest change first.

    Query: status, risk, category, citizenship, sex, mine, after.
    """
    filters = {name: request.args.get(name, "")[:30] for name in queries.FILTERS}
    return queries.cases(actor, filters, request.args.get("after", ""))


@blueprint.post(
    "/cases/search",
    permission=Permission.CASE_LIST,
    accepts=casefile_schemas.SearchSchema,
    returns=casefile_schemas.HitsOut,
)
def search(actor: Actor, given: dict[str, str]) -> dict[str, Any]:
    """Find by number, name in any spelling, phone, mail or document."""
    hits = name_search.search(by=actor, **given)
    return {
        "items": [
            {
                "number": hit.case.number if hit.case else None,
                "office": hit.office.code if hit.office else None,
                "score": hit.score if hit.case else None,
                "reasons": hit.reasons,
                "mine": hit.case is not None,
            }
            for hit in hits
        ],
        "not_asked": [office.code for office in name_search.offices_not_asked()],
    }


@blueprint.get(
    "/cases/<number>",
    permission=Permission.CASE_OPEN,
    subject=queries.case,
    returns=casefile_schemas.CaseWhole,
)
def show(actor: Actor, case: Case) -> dict[str, Any]:
    """One case with the compartments the caller may open."""
    opens = {name: allows(actor, Permission(f"{name}.read"), case) for name in _COMPARTMENTS}
    coded = set(casefile_schemas.CaseOut().fields) - {"office"}
    return {
        **{name: getattr(case, name) for name in coded},
        "office": case.office,
        "identity": dict(case.identity) if opens["identity"] else None,
        "protection": dict(case.protection) if opens["protection"] else None,
        "locked": [name for name, is_open in opens.items() if not is_open],
    }


@blueprint.post(
    "/cases/<number>/identity",
    permission=Permission.IDENTITY_WRITE,
    subject=queries.case,
    accepts=schemas.IdentitySchema,
    returns=casefile_schemas.CaseOut,
)
def change_identity(actor: Actor, case: Case, given: dict[str, Any]) -> Case:
    """Replace the identity; a stale ``revision`` is answered 409, one that is missing 428."""
    given = revisions.required(given, editing.revision_of(case, "identity"))
    editing.change_identity(by=actor, case=case, given=given)
    return case


@blueprint.post(
    "/cases/<number>/screening",
    permission=Permission.PROTECTION_WRITE,
    subject=queries.case,
    accepts=casefile_schemas.ScreeningSchema,
    returns=casefile_schemas.CaseOut,
)
def screen(actor: Actor, case: Case, given: dict[str, Any]) -> Case:
    """Keep a screening decision; a missing ``revision`` is answered 428."""
    given = revisions.required(given, editing.revision_of(case, "protection"))
    screening.decide(by=actor, case=case, given=given)
    return case


@blueprint.post(
    "/cases/<number>/consent",
    permission=Permission.CASE_EDIT,
    subject=queries.case,
    accepts=schemas.ConsentSchema,
    returns=casefile_schemas.CaseOut,
)
def consent(actor: Actor, case: Case, given: dict[str, Any]) -> Case:
    """Add answers to the consent ledger."""
    consent_ledger.record(by=actor, case=case, given=given)
    return case


@blueprint.post(
    "/cases/<number>/consent/withdraw",
    permission=Permission.CASE_EDIT,
    subject=queries.case,
    accepts=schemas.WithdrawSchema,
    returns=casefile_schemas.CaseOut,
)
def withdraw(actor: Actor, case: Case, given: dict[str, str]) -> Case:
    """Withdraw a consent; what depended on it ends."""
    consent_ledger.withdraw(by=actor, case=case, purpose=given["purpose"])
    return case


@blueprint.post(
    "/cases/<number>/contacts",
    permission=Permission.CASE_EDIT,
    subject=queries.case,
    accepts=ContactSchema,
    returns=casefile_schemas.CaseOut,
    status=201,
)
def contact(actor: Actor, case: Case, given: dict[str, Any]) -> Case:
    """Log a contact; one against the person's rule needs its reason."""
    contacts.log(by=actor, case=case, given=given)
    return case
