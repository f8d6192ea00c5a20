"""What stands on the pages of records: a section by kind, one record, its form."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import Schema

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.casefile import child_safeguards, progress_charts, worked_out
from casework.casefile import schemas as casefile_schemas
from casework.casefile.case_header import head
from casework.core import queries as cases
from casework.core import schemas
from casework.records import changes as record_changes
from casework.records import planning, queries
from casework.records.kind import Kind
from casework.records.kinds import of_section, sections_of
from models import taking_back
from models.base import today
from models.cases import Case
from models.records import Record
from models.states import RECORD, RecordState
from standards import assistance, lists
from web import paging
from web.errors import NotFound
from web.extra_fields import told_elsewhere
from web.forms import Form, FormSchema
from web.links import link

_SECTION_FORMS: dict[str, tuple[type[Schema], ...]] = {
    "identity": (schemas.IdentitySchema,),
    "protection": (schemas.AccountSchema, schemas.NeedsSchema, casefile_schemas.ScreeningSchema),
    "medical": (schemas.MedicalSchema,),
    "legal": (schemas.LegalSchema,),
}
_SUMMARIES = {"medical": Permission.MEDICAL_READ, "legal": Permission.LEGAL_READ}
SHOWN = 50  # of each kind in a list; all of them stand one after another on a page of their own
_DRAWN = frozenset({"risk", "session"})
VERSIONS = 30  # of what stood before, on a page
_IN_ORDER = frozenset({"service", "goal"})  # listed by the day they are due
# Sections without a tab of their own.
_UNDER_PROTECTION = frozenset({"risks", "story", "help", "contacts"})


@dataclass(frozen=True)
class Links:
    """The pages of one compartment's records, by what is done there."""

    all: str
    new: str
    one: str
    change: str
    remove: str
    restore: str
    read: str


def links(compartment: str) -> Links:
    """The names of the pages of a compartment (see :func:`web.links.link`)."""
    pages = (
        "records",
        "new_record",
        "record",
        "record_form",
        "remove_record",
        "restore_record",
        "read",
    )
    return Links(*(f"records.{compartment}_{page}" for page in pages))


def way_back(by: Actor, record: Record) -> dict[str, Any]:
    """The deed that takes a record that was just made out of sight again, as
    :func:`web.telling.tell` takes it; none for whoever may not, and where it cannot go.
    """
    if not allows(by, Permission(f"{record.compartment}.write"), record.case):
        return {}
    if record_changes.why_it_stays(record):
        return {}
    return way_to(links(record.compartment).remove, record)


def way_to(deed: str, record: Record) -> dict[str, Any]:
    """A deed against what was just done to a record, while it stands so."""
    given = {taking_back.FIELD: record_changes.as_it_stands(record)}
    return {"undo": link(deed, record.case, record), "given": given}


@dataclass(frozen=True)
class Line:
    """A record in a list: what it is, in a line."""

    record: Record
    lead: str


@dataclass(frozen=True)
class Listed:
    """The records of one kind. ``stands``: there is one at a time, and it is there."""

    code: str
    label: str
    stands: bool
    drawing: str
    lines: Sequence[Line]
    total: int  # of which so many lines are shown


def section(
    actor: Actor, case: Case, compartment: str, part: str, *, removed: bool
) -> dict[str, object]:
    """The records of a section by kind. Raises :class:`NotFound` for a section of another place."""
    sections = dict(sections_of(compartment))
    part = part or next(iter(sections))
    if part not in sections:
        raise NotFound
    rows = queries.of_case(case, part, removed=removed)
    writes = may_write(actor, case, compartment)
    reads_summary = part in _SUMMARIES and allows(actor, _SUMMARIES[part], case)
    return {
        **head(actor, case, tab_of(part)),
        "pages": links(compartment),
        "part": part,
        "sections": sections,
        "kinds": [_listed(kind, rows[kind.code], removed=removed) for kind in of_section(part)],
        "removed": removed,
        "summary": f"sections.{part}" if reads_summary else "",
        "plans": assistance.PLANS if part == "plan" and writes else (),
        "blocks_return": _blocks_return(case) if part == "children" else [],
        "may_write": writes,
        "today": today(),
    }


def tab_of(section: str) -> str:
    """The tab of a case under which a section is found."""
    return "protection" if section in _UNDER_PROTECTION else section


def may_write(actor: Actor, case: Case, compartment: str) -> bool:
    """Whether the actor may write into a compartment of the case as it stands."""
    return case.is_active and allows(actor, Permission(f"{compartment}.write"), case)


def begun_in_words(begun: planning.Begun) -> str:
    """What a template of a plan added, and what it left out."""
    count = len(begun.added)
    said = ngettext("%(num)d step added.", "%(num)d steps added.", count)
    if not begun.left_out:
        return str(said)
    steps = ", ".join(begun.left_out)
    return f"{said} " + _("Left out, because it stands in the plan: %(steps)s.", steps=steps)


def _blocks_return(case: Case) -> list[str]:
    codes = child_safeguards.missing(case, child_safeguards.under_way(case))
    return [lists.label(child_safeguards.MISSING, code) for code in codes]


def _listed(kind: Kind, rows: list[Record], *, removed: bool) -> Listed:
    form = Form(kind.schema)
    in_order = _by_day(rows) if kind.code in _IN_ORDER else rows
    shown = in_order if removed else in_order[:SHOWN]
    lines = [Line(row, lead(kind, form, row.content)) for row in shown]
    return Listed(
        kind.code,
        str(kind.label),
        bool(kind.once and rows),
        _drawn(kind, in_order) if rows else "",
        lines,
        len(rows),
    )


def _by_day(rows: list[Record]) -> list[Record]:
    return sorted(rows, key=lambda row: (row.due_on is None, row.due_on))


def _drawn(kind: Kind, rows: list[Record]) -> str:
    """A small chart of what changes over time: ratings of risk, scores of well-being."""
    if kind.code not in _DRAWN:
        return ""
    contents = [row.content for row in rows]
    if kind.code == "risk":
        ratings = [(content.get("on", ""), content.get("rating", "")) for content in contents]
        return progress_charts.steps(ratings)
    scored = [content for content in contents if "score" in content]
    return progress_charts.scores([(content.get("on", ""), content["score"]) for content in scored])


def lead(kind: Kind, form: Form, content: Mapping[str, Any]) -> str:
    """What a record is, in a line."""
    return in_words(form, content, kind.lead) or str(kind.label)


def in_words(form: Form, content: Mapping[str, Any], names: Iterable[str]) -> str:
    """Some answers in a line."""
    words = [
        form[name].as_text(content.get(name))
        if name in form.schema.fields
        else _in_short(name, content.get(name))
        for name in names
    ]
    return ", ".join(word for word in words if word)


def _in_short(name: str, value: Any) -> str:
    """What the system worked out from a form: a score, or that it counts as disability."""
    if name == "disability":
        return str(_("counts as disability") if value else _("no disability"))
    return "" if value is None else str(value)


def one(actor: Actor, case: Case, record: Record, kind: Kind, after: str = "") -> dict[str, object]:
    """One record: its answers, what was worked out from them, what stood in it before."""
    form = Form(kind.schema)
    content = record.content
    answers = [
        (form[name].label, form[name].as_text(content[name]))
        for name in form.schema.fields
        if name != "revision" and content.get(name)
    ] + told_elsewhere(form, content)
    writes = may_write(actor, case, kind.compartment)
    return {
        **head(actor, case, tab_of(kind.section)),
        "pages": links(kind.compartment),
        "record": record,
        "kind": kind,
        "form": form,
        "answers": answers,
        "worked_out": worked_out.of(case, kind, content),
        "was_changed": bool(queries.written_on(case, [record.key])),
        "is_removed": record.state == RecordState.REMOVED,
        "may_change": writes and RECORD.can(record, "remove"),
        "may_restore": writes and RECORD.can(record, "restore"),
        **_history(case, kind.compartment, after, record.key),
    }


def _history(case: Case, compartment: str, after: str, key: str = "") -> dict[str, object]:
    """A page of what stood before; only what is shown is opened."""
    page = paging.part_of(queries.versions(case, compartment, key), after, VERSIONS)
    names = cases.names(version.by_id for version in page.items)
    return {"history": page.items, "history_page": page, "writers": names}


def section_changes(
    actor: Actor, case: Case, compartment: str, after: str = ""
) -> dict[str, object]:
    """What stood in a section before each change."""
    forms = _SECTION_FORMS.get(compartment, (FormSchema,))
    has_page = compartment in {"identity", "protection"}
    return {
        **head(actor, case, compartment),
        "form": Form(type("AllFormsOfSection", forms, {})),
        "back": f"sections.{compartment}" if has_page else links(compartment).all,
        **_history(case, compartment, after),
    }


def new_record(actor: Actor, case: Case, kind: Kind, form: Form | None) -> dict[str, object]:
    """A form of a kind; where there is one at a time, with what stands."""
    standing = record_changes.current(case, kind.code) if kind.once else None
    content = {**standing.content, "revision": standing.revision} if standing else {"on": today()}
    return {
        **head(actor, case, tab_of(kind.section)),
        "kind": kind,
        "form": form or Form(kind.schema, content),
        "changing": False,
        "back": link(links(kind.compartment).all, case, section=kind.section),
    }


def record_form(
    actor: Actor, case: Case, record: Record, kind: Kind, form: Form | None
) -> dict[str, object]:
    """A record, to change it."""
    stands = {**record.content, "revision": record.revision}
    return {
        **head(actor, case, tab_of(kind.section)),
        "kind": kind,
        "form": form or Form(kind.schema, stands),
        "changing": True,
        "back": link(links(kind.compartment).one, case, record),
    }
