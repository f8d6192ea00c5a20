"""What people can be divided by: the dimensions of tables and filters, and the axes of cubes that
they are steps of.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from models.base import db
from models.money import Fund
from models.people import Organisation
from standards import crises, ctdc, lists, places, returning
from web.forms import locale_code

BANDS_OF_CTDC = (
    "CASE WHEN helps.age IS NULL THEN '' "
    + " ".join(f"WHEN helps.age <= {top} THEN '{band}'" for top, band in ctdc.AGE_TOPS)
    + " END"
)


@dataclass(frozen=True)
class Dimension:
    """One thing a table can be divided by: step ``depth`` of an axis, as an expression of the
    engine.
    """

    code: str
    axis: str
    depth: int
    expression: str
    label: object
    ordered: bool = False  # by its list, not by size


_REGION_OF_RETURN = "coalesce(regions.region, '')"
_ROUTE = "CASE WHEN helps.from_transit THEN '1' ELSE '0' END"


def _text(expression: str) -> str:
    return f"CAST({expression} AS VARCHAR)"


# fmt: off
_ALL = (
    Dimension("region", "place", 1, "places.region", _l("Region of the office")),
    Dimension("host", "place", 2, "places.host", _l("Host country")),
    Dimension("office", "place", 3, _text("helps.office_id"), _l("Office")),
    Dimension("quarter", "time", 1, _text("quarter(helps.given_on)"), _l("Quarter"), ordered=True),
    Dimension("month", "time", 2, "strftime(helps.given_on, '%m')", _l("Month"), ordered=True),
    Dimension("return_region", "return", 1, _REGION_OF_RETURN, _l("Region of return")),
    Dimension("country", "return", 2, "helps.country", _l("Country of return")),
    Dimension("citizenship", "citizenship", 1, "helps.citizenship", _l("Country of origin")),
    Dimension("sex", "sex", 1, "helps.sex", _l("Sex or gender"), ordered=True),
    Dimension("age_band", "age", 1, "helps.age_band", _l("Age group"), ordered=True),
    Dimension("category", "category", 1, "helps.category", _l("Category"), ordered=True),
    Dimension("fund", "fund", 1, _text("coalesce(helps.fund_id, 0)"), _l("Fund")),
    Dimension("transit", "route", 1, _ROUTE, _l("Route"), ordered=True),
    Dimension("kind", "kind", 1, "helps.kind", _l("Kind"), ordered=True),
    Dimension("standing", "standing", 1, "helps.standing", _l("Identified as"), ordered=True),
)
# fmt: on
DIMENSIONS: dict[str, Dimension] = {dimension.code: dimension for dimension in _ALL}
# The CTDC's binary variables of a victim, and whether there is any of a group (its percentage
# rule).
_TICKED = {
    "means": "cases.methods_of_control",
    "type": "cases.exploitation",
    "labour": "list_concat(cases.industry, cases.division)",
    "sexual": "cases.sexual_exploitation",
    "recruiter": "[cases.relation_to_trafficker]",
}


def _ticked(group: str, codes: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{code}'" for code in codes)  # constants of the standard
    return (
        f"CASE WHEN list_has_any({_TICKED[group]}, [{listed}]) THEN '1' ELSE '0' END"
        if codes
        else "'0'"
    )


VARIABLES: dict[str, Dimension] = {
    name: Dimension(name, name, 1, _ticked(group, codes), name)
    for group, variables in ctdc.GROUPS.items()
    for name, codes in variables.items()
} | {
    f"any_{group}": Dimension(
        f"any_{group}",
        f"any_{group}",
        1,
        _ticked(group, tuple(code for codes in variables.values() for code in codes)),
        f"any_{group}",
    )
    for group, variables in ctdc.GROUPS.items()
}
DIMENSIONS |= VARIABLES
# A table has two of them; with more filters at a time than these, nearly nothing could be shown.
MOST_FILTERS = 3


def steps(axis: str, depth: int) -> list[Dimension]:
    """The dimensions of an axis down to a step, the coarsest first."""
    return sorted(
        (
            dimension
            for dimension in DIMENSIONS.values()
            if dimension.axis == axis and dimension.depth <= depth
        ),
        key=lambda dimension: dimension.depth,
    )


def expression(dimension: Dimension, bands: str) -> str:
    """How the engine reads a dimension; age groups are those of the installation."""
    return (
        BANDS_OF_CTDC if dimension.code == "age_band" and bands == "ctdc" else dimension.expression
    )


def joins(used: set[str]) -> str:
    """What the engine joins for the dimensions used."""
    text = ""
    if used & {"region", "host"}:
        text += " JOIN places ON places.office_id = helps.office_id"
    if "return_region" in used:
        text += " LEFT JOIN regions ON regions.country = helps.country"
    return text


_LISTS: dict[str, lists.Options] = {
    "sex": (*lists.SEX, ("", _l("not known"))),
    "category": (*lists.CATEGORIES, ("", _l("No category"))),
    "standing": tuple(one for one in lists.TRAFFICKING if one[0] in {"possible", "actual"}),
    "transit": (("0", _l("From the host country")), ("1", _l("From a transit country"))),
    "quarter": tuple(
        (str(number), _l("Quarter %(number)s", number=number)) for number in range(1, 5)
    ),
}
_KINDS: dict[str, lists.Options] = {
    "ended": returning.OUTCOMES,
    "registered": lists.CHANNELS,
    "service": lists.SERVICES,
    "reintegration": lists.ASSISTANCE,
    "mefm": crises.sector_options(),
    "hasm": (),
    "gaf": (),
    "victims": (),
}


def options(code: str, measure: str, bands: str) -> lists.Options:
    """The list of a dimension, where it has one; for kinds it depends on what is counted."""
    if code == "kind":
        return _KINDS.get(measure, ())
    if code == "age_band":
        return _bands_of_ctdc() if bands == "ctdc" else lists.AGE_BANDS
    return _LISTS.get(code, ())


def _bands_of_ctdc() -> lists.Options:
    bands = ((band, band.replace("--", "–")) for _top, band in ctdc.AGE_TOPS)
    return (*bands, ("", _l("Age not known")))


class Names:
    """The words for values: lists, countries, offices, funds; read once for each request."""

    def __init__(self, measure: str, bands: str) -> None:
        self.measure = measure
        self.bands = bands
        self._offices: dict[str, str] | None = None
        self._funds: dict[str, str] | None = None

    def of(self, code: str, value: str) -> str:
        """What a value of a dimension is called."""
        if words := self._special().get(code):
            return words(value)
        named = options(code, self.measure, self.bands)
        return lists.label(named, value) if named else value or _("not known")

    def _special(self) -> dict[str, Callable[[str], str]]:
        def country(value: str) -> str:
            return places.country_name(value, locale_code()) if value else _("not known")

        return {
            "region": country,
            "host": country,
            "return_region": country,
            "country": country,
            "citizenship": country,
            "office": self._office,
            "fund": self._fund,
            "month": _month,
        }

    def _office(self, value: str) -> str:
        if self._offices is None:
            self._offices = {
                str(office_id): name
                for office_id, name in db.session.execute(
                    select(Organisation.id, Organisation.name)
                )
            }
        return self._offices.get(value, value)

    def _fund(self, value: str) -> str:
        if self._funds is None:
            self._funds = {
                str(fund_id): code
                for fund_id, code in db.session.execute(select(Fund.id, Fund.code))
            }
        return self._funds.get(value) or _("not from a fund")


def _month(value: str) -> str:
    return format_date(date(2000, int(value), 1), "LLLL")
