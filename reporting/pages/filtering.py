"""What filters offer: only values that so many people have that a table of them could be shown."""

from operator import attrgetter
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

# Countries are offered where there are enough people of them: which measure is looked at.
_COUNTED = {"citizenship": "registered", "country": "avrr"}


def options_of(page: Page, ask: Asked) -> dict[str, Any]:
    """The choices of each filter of a page, as (code, words)."""
    options = _of_time(ask) | _of_offices() | _of_people(ask)
    options["labels"] = {name: dimensions.DIMENSIONS[name].label for name in page.filters}
    for name, measure in _COUNTED.items():
        if name in page.filters:
            options[name] = _countries(_counted(name, measure, ask.limit))
    if "return_region" in page.filters:
        codes = {code for code, _name in options.get("country", ())}
        options["return_region"] = _regions(codes)
    return options


def _of_time(ask: Asked) -> dict[str, Any]:
    years = tables.years() or [today().year]
    return {
        "year": [(year, year) for year in dict.fromkeys([*years, ask.year])],
        "quarter": dimensions.options("quarter", "", ask.bands),
    }


def _of_offices() -> dict[str, Any]:
    query = select(Organisation).where(Organisation.kind == "mission")
    offices = sorted(db.session.execute(query).scalars(), key=attrgetter("name"))
    return {
        "office": [(office.id, office.name) for office in offices],
        "host": _countries({office.country for office in offices}),
        "region": _regions({office.country for office in offices}),
    }


def _of_people(ask: Asked) -> dict[str, Any]:
    funds = select(Fund.id, Fund.code).order_by(Fund.code)
    return {
        "divide": DIVIDE,
        "sex": lists.SEX,
        "age_band": dimensions.options("age_band", "", ask.bands),
        "category": lists.CATEGORIES,
        "transit": dimensions.options("transit", "", ask.bands),
        "fund": [(fund_id, code) for fund_id, code in db.session.execute(funds)],
    }


def _counted(column: str, measure: str, limit: int) -> set[str]:
    question = f"""
        SELECT {column}
        FROM helps
        WHERE measure = ? AND {column} <> ''
        GROUP BY 1
        HAVING count(*) >= ?"""
    return {row[0] for row in engine().query(question, [measure, limit])}


def _regions(countries: set[str]) -> list[tuple[str, str]]:
    return _countries({regions.region_of(code) for code in countries} - {""})


def _countries(codes: set[str]) -> list[tuple[str, str]]:
    return sorted(
        ((code, places.country_name(code, locale_code())) for code in codes),
        key=lambda pair: pair[1],
    )
