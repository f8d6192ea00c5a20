"""What is asked of statistics: in the address of a page, in forms."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema

from reporting.tables.dimensions import DIMENSIONS
from standards import lists
from web import forms
from web.forms import FormSchema, choice, text, whole

FILTERS = (
    "region",
    "host",
    "office",
    "citizenship",
    "return_region",
    "country",
    "sex",
    "age_band",
    "category",
    "fund",
    "transit",
)
DIVIDE = tuple(
    (code, dimension.label)
    for code, dimension in DIMENSIONS.items()
    if code in {*FILTERS, "quarter", "month", "kind", "standing"}
)
EVERY: lists.Options = (
    ("", _l("Only when I ask")),
    ("week", _l("Every week")),
    ("month", _l("Every month")),
    ("quarter", _l("Every quarter")),
)
FORMATS: lists.Options = (
    ("xlsx", _l("Workbook (toolkit layout)")),
    ("csv", _l("CSV")),
    ("json", _l("JSON")),
)
RELEASES: lists.Options = (
    ("k_anonymous", _l("k-anonymous records")),
    ("synthetic", _l("Synthetic records with differential privacy")),
)


class AskSchema(FormSchema):
    """A period, filters, and how to divide."""

    year = whole(_l("Year"), least=1990, most=2200)
    quarter = choice(_l("Quarter"), tuple((str(number), str(number)) for number in range(1, 5)))
    rows = choice(_l("Rows"), DIVIDE)
    columns = choice(_l("Columns"), DIVIDE)
    round = choice(_l("Round to"), (("3", "3"), ("5", "5"), ("10", "10")))
    programme = choice(_l("Programme"), lists.PROGRAMMES)
    region = text(DIMENSIONS["region"].label, most=3)
    host = text(DIMENSIONS["host"].label, most=2)
    office = text(DIMENSIONS["office"].label, most=9)
    citizenship = text(DIMENSIONS["citizenship"].label, most=2)
    return_region = text(DIMENSIONS["return_region"].label, most=3)
    country = text(DIMENSIONS["country"].label, most=2)
    sex = text(DIMENSIONS["sex"].label, most=24)
    age_band = text(DIMENSIONS["age_band"].label, most=8)
    category = text(DIMENSIONS["category"].label, most=20)
    fund = text(DIMENSIONS["fund"].label, most=9)
    transit = choice(DIMENSIONS["transit"].label, (("0", ""), ("1", "")))
    measure = text(_l("What is counted"), most=20)
    kind = text(DIMENSIONS["kind"].label, most=20)


class SaveSchema(FormSchema):
    """A report under a name."""

    name = text(_l("Name of the report"), required=True, most=80)
    of = text("", widget="hidden", most=400, required=True)
    every = choice(_l("Send it to me"), EVERY, widget="radio")


class PublishSchema(FormSchema):
    """A table to publish."""

    title = text(_l("Title"), required=True, most=160)
    of = text("", widget="hidden", most=400, required=True)


class WithdrawSchema(FormSchema):
    """Why a published table is withdrawn."""

    why = text(_l("Why"), required=True, most=200)


class ExportSchema(FormSchema):
    """Cases as a file of the Human Trafficking Case Data Standard."""

    format = choice(_l("Format"), FORMATS, required=True, widget="radio")
    identities = forms.tick(
        _l("With names, contacts and what happened in words"),
        hint=_l(
            "Only of cases you may open. Without it names are left out and each person has a "
            "number that leads nowhere."
        ),
    )
    recipient = text(
        _l("With names: who gets the file"),
        hint=_l("Only of people who agreed that they are told. It stands in each of their cases."),
        widget="select",
        most=12,
        options=(),
    )


def _in_order(data: Mapping[str, Any]) -> None:
    if data.get("from_year", 0) > data.get("to_year", 9999):
        raise ValidationError({"to_year": [str(_l("The last year is before the first."))]})


class CtdcSchema(FormSchema):
    """Victims as rows of the CTDC's variables."""

    from_year = whole(_l("From year"), required=True, least=1990, most=2200)
    to_year = whole(_l("To year"), required=True, least=1990, most=2200)

    @validates_schema
    def _order(self, data: Mapping[str, Any], **_: object) -> None:
        _in_order(data)


class ReleaseSchema(FormSchema):
    """Open data to be released."""

    title = text(_l("Title"), required=True, most=120)
    kind = choice(_l("Kind"), RELEASES, required=True, widget="radio")
    from_year = whole(_l("From year"), required=True, least=1990, most=2200)
    to_year = whole(_l("To year"), required=True, least=1990, most=2200)
    epsilon = fields.Decimal(
        places=3,
        validate=validate.Range(min=0.1, max=20, error=_l("Between 0.1 and 20.")),
        metadata={
            "label": _l("Privacy budget (epsilon)"),
            "hint": _l(
                "For synthetic records: the smaller, the safer and the less exact. It is taken "
                "from the budget of each year of data."
            ),
            "widget": "text",
        },
    )

    @validates_schema
    def _order(self, data: Mapping[str, Any], **_: object) -> None:
        _in_order(data)

    @validates_schema
    def _budget(self, data: Mapping[str, Any], **_: object) -> None:
        if data.get("kind") == "synthetic" and data.get("epsilon") is None:
            raise ValidationError(
                {"epsilon": [str(_l("Say how much of the budget this release may use."))]}
            )


class SheetOut(FormSchema):
    """A protected table: hidden cells are null."""

    measure = fields.String()
    year = fields.Integer()
    filters = fields.Dict()
    rows = fields.List(fields.String())
    columns = fields.List(fields.String())
    row_codes = fields.List(fields.String())
    column_codes = fields.List(fields.String())
    cells = fields.List(fields.List(fields.Dict()))


class FactOut(FormSchema):
    """The facts of one case for a data warehouse, or that they are gone (``gone``)."""

    case = fields.String()
    person = fields.String()
    counting = fields.Integer()
    gone = fields.Boolean()
    facts = fields.Dict(allow_none=True)
