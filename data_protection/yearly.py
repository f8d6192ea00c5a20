"""The year of a data protection officer in figures, for whoever they answer to: what persons asked
and when it was answered, what was erased, opened in an emergency, looked into, shut, and given out
(R46).

Counts alone, of rows that stand: of a case that was erased only the request and the erasure are
left. A year goes from its first to its last day, in UTC.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select

from models.access_changes import AccessChange
from models.audit import AuditRecord
from models.base import db, end_of_day, today
from models.cut_offs import CutOff
from models.data_protection import Alert, Emergency, Erasure, PersonRequest
from models.states import AccessChangeState, ErasureState
from standards import lists, notification_events


@dataclass(frozen=True)
class Line:
    """One figure: what was counted, how many, and how many of them were so and so, in words."""

    label: Any
    count: int
    parts: tuple[tuple[Any, int], ...] = ()


@dataclass(frozen=True)
class Section:
    """Lines about one thing."""

    title: str
    lines: list[Line]

    @property
    def there(self) -> list[Line]:
        """Those of which there were some."""
        return [line for line in self.lines if line.count or line.parts]

    @property
    def none(self) -> list[str]:
        """What there was not, in words."""
        return [str(line.label) for line in self.lines if not (line.count or line.parts)]


def years() -> list[int]:
    """From the first year in which anything was written down to this one, the newest first."""
    query = select(func.min(AccessChange.asked_at))
    first = db.session.execute(query).scalar() or datetime.now(UTC)
    return list(range(today().year, first.year - 1, -1))


def of(year: int) -> list[Section]:
    """Everything there is to say of a year."""
    return [
        Section(_("Requests of persons"), list(_requests(year))),
        Section(_("Erasures"), list(_erasures(year))),
        Section(_("Access in an emergency"), list(_emergencies(year))),
        Section(_("Alerts"), list(_alerts(year))),
        Section(_("Who may act"), list(_changes(year))),
        Section(_("Organisations cut off"), list(_cuts(year))),
        Section(_("What was taken away"), list(_files(year))),
    ]


def _within(column: Any, year: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return column >= end_of_day(date(year - 1, 12, 31)), column < end_of_day(date(year, 12, 31))


def _counted(year: int, at: Any, *by: Any) -> Counter[Any]:
    """How many rows of a year, by one thing or by several."""
    query = select(*by, func.count()).where(*_within(at, year)).group_by(*by)
    found = db.session.execute(query).all()
    return Counter({row[0] if len(by) == 1 else tuple(row[:-1]): row[-1] for row in found})


def _requests(year: int) -> Iterable[Line]:
    """By what was asked; in time is by the day that was told to the person."""
    query = select(PersonRequest.kind, PersonRequest.state, PersonRequest.due_on)
    query = query.add_columns(PersonRequest.answered_on, PersonRequest.extended_on).where(
        PersonRequest.received_on.between(date(year, 1, 1), date(year, 12, 31))
    )
    rows = db.session.execute(query).all()
    for kind, label in lists.PERSON_REQUESTS:
        mine = [row for row in rows if row.kind == kind]
        answered = [row for row in mine if row.answered_on]
        late = sum(row.answered_on > row.due_on for row in answered)
        states = Counter(row.state.value for row in mine)
        parts = [
            (_("answered in time"), len(answered) - late),
            (_("answered late"), late),
            (_("taken longer, with a reason told"), sum(bool(row.extended_on) for row in mine)),
            *((word, states[code]) for code, word in lists.PERSON_REQUEST_OUTCOMES),
        ]
        yield Line(label, len(mine), _there(parts))


def _erasures(year: int) -> Iterable[Line]:
    done = _counted(year, Erasure.decided_at, Erasure.reason, Erasure.state)
    for reason, label in lists.ERASURE_REASONS:
        refused = done[reason, ErasureState.REFUSED]
        yield Line(label, done[reason, ErasureState.DONE], _there([(_("refused"), refused)]))


def _emergencies(year: int) -> Iterable[Line]:
    """Their reasons are sealed: they are read, never more than there were."""
    query = select(Emergency.reason, Emergency.finding).where(*_within(Emergency.at, year))
    rows = db.session.execute(query).all()
    for reason, label in lists.EMERGENCY_REASONS:
        found = Counter(row.finding or "" for row in rows if row.reason == reason)
        parts = [
            (_("justified"), found["justified"]),
            (_("not justified"), found["not_justified"]),
            (_("not reviewed yet"), found[""]),
        ]
        yield Line(label, sum(found.values()), _there(parts))


def _alerts(year: int) -> Iterable[Line]:
    found = _counted(year, Alert.at, Alert.kind, Alert.finding)
    for kind, label in lists.ALERTS:
        mine = {finding: many for (which, finding), many in found.items() if which == kind}
        parts = [(word, mine.get(code, 0)) for code, word in lists.ALERT_FINDINGS]
        yield Line(
            label,
            sum(mine.values()),
            _there([*parts, (_("without an answer"), mine.get(None, 0))]),
        )


def _changes(year: int) -> Iterable[Line]:
    """What was carried out, and what somebody else did not agree to."""
    found = _counted(year, AccessChange.asked_at, AccessChange.kind, AccessChange.state)
    for kind, label in notification_events.ACCESS_CHANGES:
        not_agreed = found[kind, AccessChangeState.REFUSED] + found[kind, AccessChangeState.STOPPED]
        yield Line(
            label,
            found[kind, AccessChangeState.DONE],
            _there([(_("refused or stopped"), not_agreed)]),
        )


def _cuts(year: int) -> Iterable[Line]:
    query = select(CutOff).where(*_within(CutOff.at, year))
    for cut in db.session.execute(query).scalars():
        yield Line(cut.organisation.name, 1)


def _files(year: int) -> Iterable[Line]:
    """By the trail, which keeps what a file does not: it is deleted after some days."""
    query = select(func.count()).where(AuditRecord.deed == "exported")
    many = db.session.execute(query.where(*_within(AuditRecord.at, year))).scalar() or 0
    yield Line(_("Files with data that were fetched"), many)


def _there(parts: Iterable[tuple[Any, int]]) -> tuple[tuple[Any, int], ...]:
    return tuple(part for part in parts if part[1])
