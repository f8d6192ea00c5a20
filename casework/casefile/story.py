"""Everything that was said and done in a case, back to the first day, read one after another."""

from typing import Any

from access.actors import Actor
from casework.casefile import contacts, record_pages
from casework.casefile.case_header import head
from casework.core import queries, timeline
from casework.records import queries as records
from casework.records.kinds import KINDS, code_of
from models.cases import Case, Event
from models.records import Record
from models.states import RecordState
from web import remembered
from web.errors import NotFound
from web.forms import Form

SIZE = 50  # entries on a page
_TOLD = "protection"  # the compartment whose records the timeline tells in a line


def of_case(actor: Actor, case: Case, *, number: int, oldest_first: bool) -> dict[str, object]:
    """One page of the timeline (``number`` from 1).

    Only the words of this page are opened. Raises :class:`NotFound` for a page that does not exist.
    """
    every = queries.happened(case)
    events = every[::-1] if oldest_first else every
    pages = max(1, -(-len(events) // SIZE))
    if not 1 <= number <= pages:
        raise NotFound
    header = head(actor, case, "overview")
    readable = frozenset(name for name, is_open in header["opens"].items() if is_open)
    shown = events[(number - 1) * SIZE : number * SIZE]
    return {
        **header,
        "timeline": lines(actor, case, shown, readable),
        "order": "oldest" if oldest_first else "",
        "page": number,
        "pages": pages,
        "total": len(events),
    }


def lines(
    by: Actor, case: Case, events: list[Event], readable: frozenset[str]
) -> list[dict[str, Any]]:
    """Entries for the page; those of records say what the record says, and lead there. Another case
    that an entry names is named to whoever may open it.

    Of other compartments a record is not opened for it: that it was would stand in the trail.
    """
    rows = timeline.words_of(events, readable)
    others = remembered.named_in(*(event.reference for event in events)) - {case.number}
    shut = {number for number in others if number.startswith("SC-")}
    shut -= remembered.openable(by, shut)
    told = [event for event in events if event.compartment == _TOLD and _TOLD in readable]
    standing = records.by_key(case, (event.reference for event in told if event.reference))
    written_on = records.written_on(case, list(standing))
    for row in rows:
        event = row.get("event")
        row["names_another"] = event is not None and event.reference in shut
        if event is not None and event.reference in standing:
            record = standing[event.reference]
            row.update(_of_record(record), was_changed=record.key in written_on)
    return rows


def _of_record(record: Record) -> dict[str, Any]:
    if record.state == RecordState.REMOVED or not (code := code_of(record)):
        return {"record": record, "is_removed": True}
    kind = KINDS[code]
    form = Form(kind.schema)
    content = record.content
    if kind is contacts.KIND:
        when = record_pages.in_words(form, content, ("on", "at"))
        return {"record": record, "about": when, "note": content.get("note", "")}
    return {"record": record, "about": record_pages.lead(kind, form, content)}
