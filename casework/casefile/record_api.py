"""Records as JSON: the kinds, schemas and verbs of the pages."""

from typing import Any

from flask import request

from access.actors import Actor
from access.permissions import Permission
from casework.casefile import schemas as casefile_schemas
from casework.core import queries as cases
from casework.records import changes, queries
from casework.records.kind import Kind
from casework.records.kinds import KINDS, code_of, sections_of
from models.cases import Case
from models.records import Record
from web import paging
from web.errors import NotFound
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("records_api", __name__, api=True)
COMPARTMENTS = ("identity", "protection", "care", "medical", "legal")


def _shown(record: Record) -> dict[str, Any]:
    facts = {name: getattr(record, name) for name in ("key", "due_on", "revision", "made_at")}
    return {**facts, "kind": code_of(record), "content": dict(record.content)}


def _declare_list(compartment: str) -> None:
    def view(_actor: Actor, case: Case) -> paging.Page:
        """Records of a compartment, newest first by kind. Query: section."""
        sections = dict(sections_of(compartment))
        section = request.args.get("section") or next(iter(sections))
        if section not in sections:
            raise NotFound
        rows = [row for of_kind in queries.of_case(case, section).values() for row in of_kind]
        return paging.Page([_shown(row) for row in rows], "", first=True)

    view.__name__ = f"{compartment}_records"
    reads = Permission(f"{compartment}.read")
    blueprint.get(
        f"/cases/<number>/{compartment}/records",
        permission=reads,
        subject=cases.case,
        returns=casefile_schemas.RecordOut,
        many=True,
    )(view)


def _declare_add(kind: Kind) -> None:
    def view(actor: Actor, case: Case, given: dict[str, Any]) -> dict[str, Any]:
        return _shown(changes.add(by=actor, case=case, kind=kind, given=given))

    view.__name__, view.__doc__ = (
        f"add_{kind.code}",
        f"Add a record: {kind.code.replace('_', ' ')}.",
    )
    writes = Permission(f"{kind.compartment}.write")
    rule = f"/cases/<number>/records/{kind.code.replace('_', '-')}"
    blueprint.post(
        rule,
        permission=writes,
        subject=cases.case,
        accepts=kind.schema,
        returns=casefile_schemas.RecordOut,
        status=201,
    )(view)


for _compartment in COMPARTMENTS:
    _declare_list(_compartment)
for _kind in KINDS.values():
    _declare_add(_kind)
