"""Pages of records: the sections of a case, one record with its history, forms.

The same pages for each compartment, each with its own permission.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import Schema

from access.actors import Actor
from access.permissions import Permission
from casework.casefile import reading, record_pages
from casework.core import queries as cases
from casework.records import changes as record_changes
from casework.records import planning, queries
from casework.records.kind import Kind
from casework.records.kinds import code_of
from models.cases import Case
from models.records import Record
from web.errors import NotFound
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to
from web.links import link
from web.telling import as_left, tell

blueprint = GuardedBlueprint("records", __name__)


def _args() -> dict[str, Any]:
    return dict(request.view_args or {})


def _after() -> str:
    return request.args.get("after", "")


class Pages:
    """The pages of one compartment."""

    def __init__(self, compartment: str) -> None:
        self.compartment = compartment
        self.base = f"/cases/<number>/{compartment}/records"
        self.links = record_pages.links(compartment)

    def schema(self, kind: str, **_: Any) -> type[Schema]:
        """What a new record of a kind takes."""
        return queries.kind_of(kind, self.compartment).schema

    def schema_of_record(self, **_: Any) -> type[Schema]:
        """What a changed record takes: the form says of which kind it is, the verb compares."""
        return queries.kind_of(str(request.form.get("record_kind", "")), self.compartment).schema

    def _record(self, case: Case) -> tuple[Record, Kind]:
        record = queries.record_of(case, str(_args()["key"]), self.compartment)
        return record, queries.kind_of(code_of(record), self.compartment)

    def changes(self, actor: Actor, case: Case) -> str:
        """What stood in a section before each change."""
        shown = record_pages.section_changes(actor, case, self.compartment, _after())
        return render_template("casework/casefile/changes.html", **shown)

    def records(self, actor: Actor, case: Case) -> str:
        """The records of a section, by kind."""
        part = request.args.get("section", "")
        removed = bool(request.args.get("removed"))
        shown = record_pages.section(actor, case, self.compartment, part, removed=removed)
        return render_template("casework/casefile/records.html", **shown)

    def read(self, actor: Actor, case: Case) -> str:
        """The records of the compartment in full, one after another."""
        return self._in_full(actor, case, words="")

    def find(self, actor: Actor, case: Case) -> str:
        """Those in which a word stands. A POST, so that it stands in no address."""
        return self._in_full(actor, case, words=request.form.get("words", "")[:100])

    def _in_full(self, actor: Actor, case: Case, *, words: str) -> str:
        given = request.values
        asked = reading.Asked(
            kind=given.get("kind", ""),
            words=words,
            oldest_first=given.get("order") == "oldest",
            after=given.get("after", ""),
        )
        shown = reading.of_case(actor, case, self.compartment, asked)
        return render_template("casework/casefile/reading.html", **shown)

    def new_record(self, actor: Actor, case: Case, form: Form | None = None) -> str:
        """A form of a kind; where there is one at a time, with what stands."""
        kind = queries.kind_of(str(_args()["kind"]), self.compartment)
        shown = record_pages.new_record(actor, case, kind, form)
        return render_template("casework/casefile/record_form.html", **shown)

    def add_record(self, actor: Actor, case: Case, given: dict[str, Any]) -> object:
        """Keep it."""
        kind = queries.kind_of(str(_args()["kind"]), self.compartment)
        record = record_changes.add(by=actor, case=case, kind=kind, given=given)
        if not kind.once:  # else it was one that stood, changed: its versions lead back
            tell(_("Saved."), **record_pages.way_back(actor, record))
        return redirect_to(self.links.all, case, section=kind.section)

    def record(self, actor: Actor, case: Case) -> str:
        """One record, and what stood in it before."""
        shown = record_pages.one(actor, case, *self._record(case), _after())
        return render_template("casework/casefile/record.html", **shown)

    def record_form(self, actor: Actor, case: Case, form: Form | None = None) -> str:
        """Change a record."""
        shown = record_pages.record_form(actor, case, *self._record(case), form)
        return render_template("casework/casefile/record_form.html", **shown)

    def change_record(self, actor: Actor, case: Case, given: dict[str, Any]) -> object:
        """Keep the change."""
        record, kind = self._record(case)
        if kind.code != request.form.get("record_kind"):
            raise NotFound
        corrected = bool(request.form.get("corrected"))
        record_changes.change(by=actor, record=record, given=given, corrected=corrected)
        return redirect_to(self.links.one, case, record)

    def remove_record(self, actor: Actor, case: Case) -> object:
        """Take a record out of sight."""
        record, _kind = self._record(case)
        record_changes.remove(by=actor, record=record, as_left=as_left())
        tell(_("Taken out of sight."), **record_pages.way_to(self.links.restore, record))
        return redirect_to(self.links.one, case, record)

    def restore_record(self, actor: Actor, case: Case) -> object:
        """Undo a removal."""
        record, _kind = self._record(case)
        record_changes.restore(by=actor, record=record, as_left=as_left())
        tell(_("It is back."), **record_pages.way_back(actor, record))
        return redirect_to(self.links.one, case, record)

    def declare(self) -> None:
        """Give the pages to the blueprint, each under its own name and permission."""
        reads = Permission(f"{self.compartment}.read")
        writes = Permission(f"{self.compartment}.write")
        get: dict[str, Any] = {"permission": reads, "subject": cases.case}
        put: dict[str, Any] = {"permission": writes, "subject": cases.case}
        get_one: dict[str, Any] = {"permission": reads, "subject": queries.record}
        put_one: dict[str, Any] = {"permission": writes, "subject": queries.record}
        new, form = self._named(self.new_record), self._named(self.record_form)
        of_case = f"/cases/<number>/{self.compartment}"
        self._get(f"{of_case}/changes", self.changes, **get)
        self._get(self.base, self.records, **get)
        self._get(f"{of_case}/read", self.read, **get)
        blueprint.post(f"{of_case}/read", **get)(self._named(self.find))
        blueprint.get(f"{self.base}/new/<kind>", **put)(new)
        self._post("new/<kind>", self.add_record, **put, accepts=self.schema, page=new)
        self._get(f"{self.base}/<key>", self.record, **get_one)
        blueprint.get(f"{self.base}/<key>/change", **put_one)(form)
        changing: dict[str, Any] = {"accepts": self.schema_of_record, "page": form}
        self._post("<key>/change", self.change_record, **put_one, **changing)
        self._post("<key>/remove", self.remove_record, **put_one)
        self._post("<key>/restore", self.restore_record, **put_one)

    def _get(self, rule: str, view: Callable[..., Any], **declared: Any) -> None:
        blueprint.get(rule, **declared)(self._named(view))

    def _post(self, rule: str, view: Callable[..., Any], **declared: Any) -> None:
        blueprint.post(f"{self.base}/{rule}", **declared)(self._named(view))

    def _named(self, view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def page(*arguments: Any, **named: Any) -> Any:
            return view(*arguments, **named)

        page.__name__ = f"{self.compartment}_{view.__name__}"
        return page


@blueprint.post(
    "/cases/<number>/plan/begin", permission=Permission.PROTECTION_WRITE, subject=cases.case
)
def begin_plan(actor: Actor, case: Case) -> object:
    """The steps that such a plan usually begins with, but those that stand already."""
    begun = planning.begin(by=actor, case=case, template=request.form.get("kind", ""))
    keys = ".".join(record.key for record in begun.added)
    undo = link("records.take_back_plan", case, keys=keys) if keys else ""
    tell(record_pages.begun_in_words(begun), undo=undo)
    return redirect_to("records.protection_records", case, section="plan")


@blueprint.post(
    "/cases/<number>/plan/take-back", permission=Permission.PROTECTION_WRITE, subject=cases.case
)
def take_back_plan(actor: Actor, case: Case) -> object:
    """Take back what one press added, as a whole."""
    keys = request.args.get("keys", "").split(".")
    count = planning.take_back(by=actor, case=case, keys=keys)
    tell(ngettext("%(num)d step taken back.", "%(num)d steps taken back.", count))
    return redirect_to("records.protection_records", case, section="plan")


for _compartment in ("identity", "protection", "care", "medical", "legal"):
    Pages(_compartment).declare()
