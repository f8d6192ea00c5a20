"""How full the houses were."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select

from models.base import db, today
from models.shelter import Bed, Facility, ShelterRoom
from reporting.facts.engine import engine
from reporting.tables import charts
from reporting.tables.operations.spans import Span, percent, shown
from reporting.tables.panels import Panel, Sheet


@dataclass(frozen=True)
class Occupancy:
    """How full one house was."""

    name: str
    beds: int
    nights: int
    cases: int
    nights_taken: int
    cases_now: int

    @property
    def nights_there_were(self) -> int:
        """All its beds in all the nights."""
        return self.beds * self.nights

    def cells(self) -> list[str]:
        """Its line of the sheet."""
        counts = (self.beds, self.cases_now, self.cases, self.nights_taken, self.nights_there_were)
        return [
            self.name,
            *map(str, counts),
            percent(self.nights_taken, self.nights_there_were),
        ]

    def percentage(self) -> int:
        """How full, in whole percent."""
        if not self.nights_there_were:
            return 0
        return round(100 * self.nights_taken / self.nights_there_were)


def shelter(span: Span, *, rtl: bool) -> list[Panel]:
    """How full the houses were."""
    head = [
        _("House"),
        _("Beds"),
        _("In them now"),
        _("Cases in the period"),
        _("Nights taken"),
        _("Nights there were"),
        _("Occupancy"),
    ]
    definition = _(
        "A night is taken from the first night of a stay up to the morning it ends. "
        "Nights there were: the beds of today times the nights of the period until "
        "today."
    )
    houses = _occupancies(span)
    rows = [house.cells() for house in houses]
    drawn = charts.bars(
        [house.name for house in houses],
        [shown(house.percentage()) for house in houses],
        rtl=rtl,
        shown=[row[-1] for row in rows],
    )
    title = _("Occupancy of shelters")
    return [Panel("shelter", title, [definition], Sheet(head, rows), drawn, people=False)]


def _occupancies(span: Span) -> list[Occupancy]:
    """Of all houses that have beds or had somebody in them, by name."""
    nights = max(0, (min(span.end, today()) - span.first).days)
    beds = _beds()
    stays = _stays(span)
    names = dict(db.session.execute(select(Facility.id, Facility.name)).all())
    return [
        Occupancy(
            names.get(house, str(house)),
            beds.get(house, 0),
            nights,
            *stays.get(house, (0, 0, 0)),
        )
        for house in sorted({*beds, *stays}, key=lambda house: names.get(house, ""))
    ]


def _beds() -> dict[int, int]:
    """How many beds in use each house has."""
    query = (
        select(Facility.id, func.count(Bed.id))
        .join(ShelterRoom, ShelterRoom.facility_id == Facility.id)
        .join(Bed, Bed.room_id == ShelterRoom.id)
        .where(
            Bed.active, Facility.active, *(_is_open(kind) for kind in (Bed, ShelterRoom, Facility))
        )
        .group_by(Facility.id)
    )
    return dict(db.session.execute(query).all())


def _is_open(kind: Any) -> ColumnElement[bool]:
    is_open: ColumnElement[bool] = kind.closed_from.is_(None) | (kind.closed_from > today())
    return is_open


def _stays(span: Span) -> dict[int, tuple[int, int, int]]:
    """For each house: cases in the period, nights taken, cases in it today."""
    question = f"""
        SELECT
            facility_id,
            count(DISTINCT case_id),
            sum(date_diff('day', greatest(from_on, $1), least(until_on, $2))),
            count(*) FILTER (from_on <= $3 AND until_on > $3)
        FROM stays
        WHERE from_on < $2 AND until_on > $1{span.of_offices}
        GROUP BY 1"""
    until = max(min(span.end, today()), span.first)
    rows = engine().query(question, [span.first, until, today()])
    return {house: (cases, int(nights or 0), now) for house, cases, nights, now in rows}
