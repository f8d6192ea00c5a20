"""Records in full, one after another: notes, contacts and all else that is written of a case.

A word is looked for in what the reader may open; it goes with a form, never in an address.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from access import audit
from access.actors import Actor
from casework.casefile import contacts, record_pages
from casework.casefile.case_header import head
from casework.core import queries as cases
from casework.core import words
from casework.records import queries
from casework.records.kind import Kind
from casework.records.kinds import KINDS, code_of
from models.cases import Case, Event
from models.records import Record
from models.sealed import Unreadable
from web import paging
from web.errors import NotFound
from web.extra_fields import told_elsewhere
from web.forms import Form


@dataclass(frozen=True)
class Entry:
    """One record in full. ``when``: its own day and time, else when it was written; ``event`` where
    it stands in the timeline alone.
    """

    kind: Kind
    when: str
    heading: str
    answers: list[tuple[Any, str]]
    written_at: datetime
    written_by: str
    changed_at: datetime | None = None
    changed_by: str = ""
    record: Record | None = None
    event: Event | None = None

    @property
    def on(self) -> date:
        """Its day."""
        return date.fromisoformat(self.when[:10])

    @property
    def at(self) -> str:
        """Its time, where it has one."""
        return self.when[11:]

    def says(self, asked: str) -> bool:
        """Whether all words of ``asked`` stand in it."""
        return words.all_in(asked, [str(self.kind.label), *(said for _label, said in self.answers)])


@dataclass(frozen=True)
class Asked:
    """What is to be read: one kind or all, a word, from which end, after how many."""

    kind: str = ""
    words: str = ""
    oldest_first: bool = False
    after: str = ""


def of_case(actor: Actor, case: Case, compartment: str, asked: Asked) -> dict[str, object]:
    """The page of a compartment. Raises :class:`NotFound` for a kind or page there is not."""
    kinds = [kind for kind in KINDS.values() if kind.compartment == compartment]
    chosen = [kind for kind in kinds if asked.kind in ("", kind.code)]
    if not chosen:
        raise NotFound
    entries = _entries(case, chosen)
    if asked.words:
        audit.record("words_looked_for", subject=compartment, cases=(case.id,))
        entries = [entry for entry in entries if entry.says(asked.words)]
    entries.sort(key=lambda entry: (entry.when, entry.written_at), reverse=not asked.oldest_first)
    return {
        **head(actor, case, record_pages.tab_of(chosen[0].section)),
        "pages": record_pages.links(compartment),
        "kinds": [(kind.code, kind.label) for kind in kinds],
        "asked": asked,
        "title": chosen[0].label if asked.kind else "",
        "page": paging.part_of(entries, asked.after),
        "may_write": record_pages.may_write(actor, case, compartment),
    }


def _entries(case: Case, kinds: list[Kind]) -> list[Entry]:
    """All records of some kinds, opened for the reader."""
    forms = {kind.code: Form(kind.schema) for kind in kinds}
    rows = queries.in_full(case, [kind.code for kind in kinds])
    written_on = queries.written_on(case, (row.key for row in rows))
    entries = [
        _of_record(case, row, forms[code], is_changed=row.key in written_on)
        for row in rows
        if (code := code_of(row))
    ]
    if contacts.KIND in kinds:
        events = contacts.in_the_timeline(case)
        names = cases.names(event.by_id for event in events)
        form = forms[contacts.KIND.code]
        entries += [_of_event(case, event, form, names.get(event.by_id, "")) for event in events]
    return entries


def _of_record(case: Case, record: Record, form: Form, *, is_changed: bool) -> Entry:
    kind = KINDS[code_of(record)]
    try:
        content = dict(record.content)
    except Unreadable:
        audit.record("unreadable", subject=f"{case.number} {record.key}", cases=(case.id,))
        content = {}
    return Entry(
        kind=kind,
        when=_when(case, content, record.made_at),
        heading=_heading(kind, form, content),
        answers=_answers(form, content),
        written_at=record.made_at,
        written_by=record.made_by.name if record.made_by else "",
        changed_at=record.changed_at if is_changed else None,
        changed_by=record.changed_by.name if is_changed and record.changed_by else "",
        record=record,
    )


def _of_event(case: Case, event: Event, form: Form, name: str) -> Entry:
    content = contacts.said_then(case, event)
    return Entry(
        kind=contacts.KIND,
        when=_when(case, content, event.at),
        heading=_heading(contacts.KIND, form, content),
        answers=_answers(form, content),
        written_at=event.at,
        written_by=name,
        event=event,
    )


def _when(case: Case, content: dict[str, Any], written_at: datetime) -> str:
    """The day and time of a record as text that sorts; where it has none, when it was written."""
    written = contacts.office_time(case.office, written_at)
    if content.get("on"):
        return f"{content['on']} {content.get('at') or ''}".strip()
    return written.strftime("%Y-%m-%d %H:%M")


def _heading(kind: Kind, form: Form, content: dict[str, Any]) -> str:
    """How a contact was made; of other kinds their name says enough."""
    name = kind.event
    return form[name].as_text(content.get(name)) if name else str(kind.label)


def _answers(form: Form, content: dict[str, Any]) -> list[tuple[Any, str]]:
    return [
        (form[name].label, form[name].as_text(content[name]))
        for name in form.schema.fields
        if name not in {"revision", "on", "at"} and content.get(name)
    ] + told_elsewhere(form, content)
