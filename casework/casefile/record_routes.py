"""Pages of records: the sections of a case, one record with its history, forms. The same seven pages for each compartment, each with its own permission."""

from datetime import timedelta
from functools import wraps
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from marshmallow import Schema

from access.actors import Actor
from access.permissions import Permission
from casework.casefile import child_safeguards, progress_charts
from casework.casefile import schemas as casefile_schemas
from casework.casefile.case_header import head
from casework.core import queries as cases
from casework.core import schemas
from casework.records import changes as record_changes
from casework.records import plan, queries
from casework.records.kinds import KINDS, Kind, code_of, of_section, sections_of
from models.base import today
from models.cases import Case
from models.records import Record
from standards import assistance, lists
from web.errors import NotFound
from web.forms import Form, FormSchema
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("records", __name__)


_SECTION_FORMS: dict[str, tuple[type[Schema], ...]] = {
    "identity": (schemas.IdentitySchema,),
    "protection": (schemas.AccountSchema, schemas.NeedsSchema, casefile_schemas.ScreeningSchema),
    "medical": (schemas.MedicalSchema,),
    "legal": (schemas.LegalSchema,),
}


_IN_ORDER = {"service", "goal"}


def _by_day(rows: list[Record]) -> list[Record]:
    return sorted(rows, key=lambda row: (row.due_on is None, row.due_on))


def _args() -> dict[str, Any]:
    return dict(request.view_args or {})


def _drawn(kind: Kind, given: list[Any]) -> str:
    """A small chart of what changes over time: ratings of risk, scores of well-being."""
    if kind.code == "risk":
        return progress_charts.steps(
            [(row.content.get("on", ""), row.content.get("rating", "")) for row in given]
        )
    if kind.code == "session":
        return progress_charts.scores(
            [
                (row.content.get("on", ""), row.content["score"])
                for row in given
                if "score" in row.content
            ]
        )
    return ""


def _worked_out(name: str, value: Any) -> str:
    """What the system worked out from a form: a score, or that it counts as disability."""
    if name == "disability":
        return str(_("counts as disability") if value else _("no disability"))
    return "" if value is None else str(value)


def lead(kind: Kind, form: Form, content: Any) -> str:
    """What a record is, in a line."""
    words = [
        form[name].as_text(content.get(name))
        if name in form.schema.fields
        else _worked_out(name, content.get(name))
        for name in kind.lead
    ]
    return ", ".join(word for word in words if word) or str(kind.label)


class Pages:
    """The pages of one compartment."""

    def __init__(self, compartment: str) -> None:
        self.compartment = compartment
        self.base = f"/cases/<number>/{compartment}/records"

    def schema(self, kind: str, **_: Any) -> type[Schema]:
        """What a new record of a kind takes."""
        return queries.kind_of(kind, self.compartment).schema

    def schema_of_record(self, **_: Any) -> type[Schema]:
        """What a record takes that is changed: the form says of which kind it is, the verb compares."""
        return queries.kind_of(str(request.form.get("record_kind", "")), self.compartment).schema

    def _found(self, case: Case) -> tuple[Record, Kind]:
        found = queries.record_of(case, str(_args()["key"]), self.compartment)
        return found, queries.kind_of(code_of(found), self.compartment)

    def _shows(self, case: Case, record: Record) -> object:
        return redirect_to(f"records.{self.compartment}_record", number=case.number, key=record.key)

    def changes(self, actor: Actor, case: Case) -> str:
        """What stood in a section before each change."""
        history = queries.versions(case, self.compartment)
        form = Form(type("Whole", _SECTION_FORMS.get(self.compartment, (FormSchema,)), {}))
        shown = {
            "history": history,
            "writers": cases.names(version.by_id for version in history),
            "form": form,
            "compartment": self.compartment,
        }
        return render_template(
            "casework/casefile/changes.html", **head(actor, case, self.compartment), **shown
        )

    def records(self, actor: Actor, case: Case) -> str:
        """The records of a section, by kind."""
        known = dict(sections_of(self.compartment))
        section = request.args.get("section") or next(iter(known))
        if section not in known:
            raise NotFound
        gone = bool(request.args.get("removed"))
        rows = queries.of_case(case, section, removed=gone)
        found = [
            (kind, _by_day(rows[kind.code]) if kind.code in _IN_ORDER else rows[kind.code])
            for kind in of_section(section)
        ]
        drawn = {kind.code: _drawn(kind, some) for kind, some in found if some}
        tab = "protection" if section in {"risks", "story", "help"} else section
        shown = {
            "part": section,
            "parts_of": known,
            "found": found,
            "drawn": drawn,
            "removed": gone,
            "plans": assistance.PLANS,
        }
        shown["blocks_return"] = (
            [lists.label(child_safeguards.MISSING, code) for code in child_safeguards.missing(case)]
            if section == "children"
            else []
        )
        return render_template(
            "casework/casefile/records.html",
            **head(actor, case, tab),
            **shown,
            lead=lead,
            form_of=Form,
            today=today(),
        )

    def new_record(self, actor: Actor, case: Case, form: Form | None = None) -> str:
        """A form of a kind; where there is one at a time, with what stands."""
        kind = queries.kind_of(str(_args()["kind"]), self.compartment)
        standing = record_changes.current(case, kind.code) if kind.once else None
        known = {**standing.content, "revision": standing.revision} if standing else {"on": today()}
        return _form(actor, case, kind, form or Form(kind.schema, known), back="")

    def add_record(self, actor: Actor, case: Case, given: dict[str, Any]) -> object:
        """Keep it."""
        kind = queries.kind_of(str(_args()["kind"]), self.compartment)
        record_changes.add(by=actor, case=case, kind=kind, given=given)
        return redirect_to(
            f"records.{self.compartment}_records", number=case.number, section=kind.section
        )

    def record(self, actor: Actor, case: Case) -> str:
        """One record, and what stood in it before."""
        found, kind = self._found(case)
        history = queries.versions(case, self.compartment, found.key)
        shown = {
            "record": found,
            "kind": kind,
            "form": Form(kind.schema),
            "history": history,
            "writers": cases.names(version.by_id for version in history),
        }
        return render_template(
            "casework/casefile/record.html", **head(actor, case, kind.section), **shown
        )

    def record_form(self, actor: Actor, case: Case, form: Form | None = None) -> str:
        """Change a record."""
        found, kind = self._found(case)
        return _form(
            actor,
            case,
            kind,
            form or Form(kind.schema, {**found.content, "revision": found.revision}),
            back=found.key,
        )

    def change_record(self, actor: Actor, case: Case, given: dict[str, Any]) -> object:
        """Keep the change."""
        found, kind = self._found(case)
        if kind.code != request.form.get("record_kind"):
            raise NotFound
        record_changes.change(
            by=actor, record=found, given=given, corrected=bool(request.form.get("corrected"))
        )
        return self._shows(case, found)

    def remove_record(self, actor: Actor, case: Case) -> object:
        """Take a record out of sight."""
        found, _kind = self._found(case)
        record_changes.remove(by=actor, record=found)
        return self._shows(case, found)

    def restore_record(self, actor: Actor, case: Case) -> object:
        """Undo a removal."""
        found, _kind = self._found(case)
        record_changes.restore(by=actor, record=found)
        return self._shows(case, found)

    def declare(self) -> None:
        """Put the pages into the room, each under its own name and permission."""
        reads: dict[str, Any] = {"permission": Permission(f"{self.compartment}.read")}
        writes: dict[str, Any] = {"permission": Permission(f"{self.compartment}.write")}
        of_case: dict[str, Any] = {"subject": cases.case}
        of_record: dict[str, Any] = {"subject": queries.record}
        one, new, form = (
            f"{self.base}/<key>",
            self._named(self.new_record),
            self._named(self.record_form),
        )
        blueprint.get(f"/cases/<number>/{self.compartment}/changes", **reads, **of_case)(
            self._named(self.changes)
        )
        blueprint.get(self.base, **reads, **of_case)(self._named(self.records))
        blueprint.get(f"{self.base}/new/<kind>", **writes, **of_case)(new)
        blueprint.post(
            f"{self.base}/new/<kind>", **writes, **of_case, accepts=self.schema, page=new
        )(self._named(self.add_record))
        blueprint.get(one, **reads, **of_record)(self._named(self.record))
        blueprint.get(f"{one}/change", **writes, **of_record)(form)
        blueprint.post(
            f"{one}/change", **writes, **of_record, accepts=self.schema_of_record, page=form
        )(self._named(self.change_record))
        blueprint.post(f"{one}/remove", **writes, **of_record)(self._named(self.remove_record))
        blueprint.post(f"{one}/restore", **writes, **of_record)(self._named(self.restore_record))

    def _named(self, view: Any) -> Any:
        @wraps(view)
        def page(*arguments: Any, **named: Any) -> Any:
            return view(*arguments, **named)

        page.__name__ = f"{self.compartment}_{view.__name__}"
        return page


@blueprint.post(
    "/cases/<number>/plan/begin", permission=Permission.PROTECTION_WRITE, subject=cases.case
)
def begin_plan(actor: Actor, case: Case) -> object:
    """The steps that such a plan usually begins with."""
    template = plan.TEMPLATES.get(request.form.get("kind", ""))
    if template is None:
        raise NotFound
    for area, what, who, days in template:
        given = {
            "area": area,
            "what": what,
            "by": who,
            "until": today() + timedelta(days=days),
            "progress": "planned",
        }
        record_changes.add(by=actor, case=case, kind=KINDS["service"], given=given)
    return redirect_to("records.protection_records", number=case.number, section="plan")


def _form(actor: Actor, case: Case, kind: Kind, form: Form, *, back: str) -> str:
    base = f"/cases/{case.number}/{kind.compartment}/records"
    target = f"{base}/{back}" if back else f"{base}?section={kind.section}"
    return render_template(
        "casework/casefile/record_form.html",
        **head(actor, case, kind.section),
        kind=kind,
        form=form,
        changing=bool(back),
        target=target,
    )


for _compartment in ("identity", "protection", "care", "medical", "legal"):
    Pages(_compartment).declare()
