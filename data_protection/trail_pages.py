"""The trail as people read it: one line a page view, in words, narrowed to what is asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote

from flask_babel import gettext as _

from access import audit
from data_protection import queries
from models.audit import AuditRecord
from models.cases import Case
from standards import audit_words, lists
from web import extra_fields, paging
from web.forms import label_of

_OF_EMERGENCIES = (*lists.EMERGENCY_REASONS, *lists.FINDINGS)
ONE_VIEW = timedelta(seconds=2)  # entries of one person, page and case so close are one look


@dataclass
class Line:
    """One look or deed: when, who, from where, what in words, which fields, which cases."""

    at: datetime
    who: str
    office: str
    deeds: list[str]
    fields: list[str]
    case_ids: list[int]
    detail: str
    entry: AuditRecord

    def takes(self, entry: AuditRecord) -> bool:
        """Whether an entry (older than this line) belongs to the same look."""
        same = (entry.user_id, entry.purpose, entry.cases) == (
            self.entry.user_id,
            self.entry.purpose,
            self.entry.cases,
        )
        return same and self.entry.at - entry.at < ONE_VIEW

    def add(self, entry: AuditRecord) -> None:
        """Put an entry of the same look into the line."""
        word = audit_words.deed(entry.deed)
        if word not in self.deeds:
            self.deeds.append(word)
        self.fields += [name for name in _fields(entry) if name not in self.fields]


def lines(entries: Iterable[AuditRecord]) -> list[Line]:
    """Entries, newest first, as lines."""
    shown: list[Line] = []
    for entry in entries:
        if not (shown and shown[-1].takes(entry)):
            shown.append(_line(entry))
        else:
            shown[-1].add(entry)
    offices = queries.names_of_organisations({line.entry.organisation_id for line in shown})
    for line in shown:
        line.office = offices.get(line.entry.organisation_id, "")
    return shown


def _line(entry: AuditRecord) -> Line:
    return Line(
        at=entry.at,
        who=audit_words.actor(entry.actor),
        office="",
        deeds=[audit_words.deed(entry.deed)],
        fields=_fields(entry),
        case_ids=[int(part) for part in entry.cases.split()],
        detail=_detail(entry),
        entry=entry,
    )


def _detail(entry: AuditRecord) -> str:
    if entry.deed == "search_elsewhere":
        return lists.label(lists.ELSEWHERE_REASONS, entry.subject) if entry.subject else ""
    if entry.deed.startswith("emergency"):
        return lists.label(_OF_EMERGENCIES, entry.subject)
    return entry.subject


def _fields(entry: AuditRecord) -> list[str]:
    """The fields an entry names, by their labels; marks and tokens are for checks, not readers."""
    return [
        _label(name) for name in entry.fields.split() if name[0] not in "=>" and ":" not in name
    ]


def _label(name: str) -> str:
    if name.startswith(audit.WAS):
        return _("was: %(name)s", name=unquote(name.removeprefix(audit.WAS)))
    if name.startswith(audit.IS):
        return _("is now: %(name)s", name=unquote(name.removeprefix(audit.IS)))
    found = label_of(name) or extra_fields.label_of(name)
    return str(found) if found else name.replace("_", " ")


def trail_of_case(case: Case, cursor: str) -> dict[str, object]:
    """Who looked at a case."""
    page = queries.of_case(case, cursor)
    return {"case": case, "page": page, "lines": lines(page.items)}


def trail(cursor: str, asked: dict[str, str]) -> dict[str, object]:
    """The whole trail, narrowed by person, case, office, days and deed."""
    page = queries.trail(cursor, asked) if _is_sound(asked) else paging.Page([], "", first=True)
    return {
        "page": page,
        "lines": lines(page.items),
        "deeds": audit_words.choices(),
        "offices": queries.organisations(),
        "asked": asked,
        "numbers": queries.numbers_of(page.items),
        "is_sound": _is_sound(asked),
    }


def _is_sound(asked: dict[str, str]) -> bool:
    """Whether the days that were typed are days."""
    days = [asked.get("since", ""), asked.get("until", "")]
    return all(queries.day_of(day) is not None for day in days if day)
