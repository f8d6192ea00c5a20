"""What filters offer: only values that so many people have that a table of them could be shown."""

from typing import Any

from sqlalchemy import select

from models.base import db, today
from models.money import Fund
from models.people import Organisation
from reporting.facts.engine import engine
from reporting.pages.pages import Asked, Page
from reporting.pages.schemas import DIVIDE
from reporting.tables import dimensions, tables
from standards import lists, places, regions
from web.forms import locale_code

_COLUMNS = {"citizenship": ("cz", "registered"), "country": ('"to"', "avrr")}


def options_of(page: Page, ask: Asked) -> dict[str, Any]:
    """The choices of each filter of a page, as (code, words)."""
    offices = list(
        db.session.execute(
            select(Organisation).where(Organisation.kind == "mission").order_by(Organisation.name)
        ).scalars()
    )
    known = tables.years() or [today().year]
    found: dict[str, Any] = {
        "year": [(year, year) for year in dict.fromkeys([*known, ask.year])],
        "quarter": dimensions.options("quarter", "", ask.bands),
        "divide": DIVIDE,
        "office": [(office.id, office.name) for office in offices],
        "host": _countries({office.country for office in offices}),
        "region": _countries({regions.region_of(office.country) for office in offices} - {""}),
        "sex": lists.SEX,
        "age_band": dimensions.options("age_band", "", ask.bands),
        "category": lists.CATEGORIES,
        "transit": dimensions.options("transit", "", ask.bands),
        "fund": [
            (number, code)
            for number, code in db.session.execute(select(Fund.id, Fund.code).order_by(Fund.code))
        ],
        "labels": {name: dimensions.DIMENSIONS[name].label for name in page.filters},
    }
    for name, (column, sort) in _COLUMNS.items():
        if name in page.filters:
            rows = engine().query(
                f"SELECT {column} FROM helps WHERE y = ? AND {column} <> '' GROUP BY 1 HAVING count(*) >= ?",
                [sort, ask.limit],
            )
            found[name] = _countries({row[0] for row in rows})
    if "return_region" in page.filters:
        found["return_region"] = _countries(
            {regions.region_of(code) for code, _name in found.get("country", ())} - {""}
        )
    return found


def _countries(codes: set[str]) -> list[tuple[str, str]]:
    return sorted(
        ((code, places.country_name(code, locale_code())) for code in codes),
        key=lambda pair: pair[1],
    )
