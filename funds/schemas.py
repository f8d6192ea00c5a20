"""The shapes of funds."""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, post_load, validates_schema

from casework.core.schemas import country_options
from standards import crises, lists
from web.forms import FormSchema, choice, day, several, text, tick

_FIGURES = _l("In the currency of the fund, for example 1240.50")


def _line(code: str) -> fields.Field[Any]:
    return text(lists.label(lists.FUND_LINES, code), most=15, direction="ltr", line=True)


class Rate(fields.Field[Decimal]):
    """A rate between two currencies: a positive number, at most eight digits after the point."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        try:
            rate = Decimal(str(value))
        except InvalidOperation:
            raise ValidationError(str(_l("Give the rate as a number, such as 3.35."))) from None
        if (
            not rate.is_finite()
            or not Decimal("0.00000001") <= rate <= 10**9
            or -int(rate.as_tuple().exponent) > 8
        ):
            raise ValidationError(str(_l("Give the rate as a number, such as 3.35.")))
        return rate


def _rate() -> Rate:
    hint = _l("Only for another currency: how much of the fund’s currency is one of it.")
    return Rate(
        allow_none=True,
        metadata={"label": _l("Rate"), "hint": hint, "widget": "text", "direction": "ltr"},
    )


class BudgetSchema(FormSchema):
    """Amounts by budget line.

    Each line stands under ``line_`` and its code; loaded, they are one mapping ``lines``.
    """

    line_pre_departure = _line("pre_departure")
    line_travel = _line("travel")
    line_medical = _line("medical")
    line_escort = _line("escort")
    line_reception = _line("reception")
    line_reintegration = _line("reintegration")
    line_other = _line("other")


class AskSchema(BudgetSchema):
    """Money for a case, or for several."""

    fund = choice(_l("Fund"), (), required=True)
    members = fields.List(
        fields.String(),
        metadata={"label": _l("Also for"), "hint": "", "widget": "checks", "options": ()},
    )
    sector = choice(
        _l("Sector of assistance"),
        crises.sectors,
        hint=_l("For the Migration Emergency Funding Mechanism."),
    )
    last_resort = tick(
        _l("No other programme can help"),
        hint=_l("For funds that are a last resort. It is kept with the request."),
    )

    class Meta(FormSchema.Meta):
        fields = (
            "fund",
            "members",
            "line_pre_departure",
            "line_travel",
            "line_medical",
            "line_escort",
            "line_reception",
            "line_reintegration",
            "line_other",
            "sector",
            "last_resort",
        )

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:  # type: ignore[type-arg]
        """Which funds there are is looked up by the verb."""
        if field_name == "fund":
            field_obj.validators = []

    @post_load
    def _lines(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        rest = {name: value for name, value in data.items() if not name.startswith("line_")}
        lines = {
            name.removeprefix("line_"): value
            for name, value in data.items()
            if name.startswith("line_") and value
        }
        return {**rest, "lines": lines}


class AnswerSchema(FormSchema):
    """Approve or refuse."""

    decision = choice(
        _l("Decision"), (("approve", _l("Approve")), ("refuse", _l("Refuse"))), required=True
    )


class SpendSchema(FormSchema):
    """What was paid."""

    line = choice(_l("Budget line"), lists.FUND_LINES, required=True)
    amount = text(_l("Amount"), required=True, direction="ltr", most=15)
    currency = text(
        _l("Currency"),
        hint=_l("Three letters; empty: the currency of the fund."),
        most=3,
        direction="ltr",
    )
    rate = _rate()
    on = day(_l("Paid on"), required=True)
    receipt = text(_l("Number of the receipt"), required=True, most=60, direction="ltr")
    same_receipt = tick(_l("Another payment on the same receipt"), after="receipt")


class FundSchema(BudgetSchema):
    """A fund and its rules."""

    code = text(_l("Code"), required=True, most=12, direction="ltr")
    name = text(_l("Name"), required=True, most=120)
    programme = choice(_l("Programme"), lists.PROGRAMMES, required=True)
    currency = text(
        _l("Currency"),
        hint=_l("Three letters, for example EUR"),
        required=True,
        most=3,
        direction="ltr",
    )
    starts_on = day(_l("First day"), required=True)
    ends_on = day(_l("Last day"), required=True)
    ceiling = text(_l("Ceiling for one person"), required=True, most=15, direction="ltr")
    second_above = text(
        _l("Two approve above"), hint=_l("Empty: one is enough."), most=15, direction="ltr"
    )
    categories = several(
        _l("For these kinds of cases"), lists.CATEGORIES, hint=_l("None ticked: for all.")
    )
    hosts = several(
        _l("In these host countries"), country_options, hint=_l("None ticked: everywhere.")
    )
    sectors = several(_l("For these sectors (MCOF)"), crises.sectors)
    last_resort = tick(_l("Only where no other programme can help"))


class ReceiveSchema(FormSchema):
    """A contribution."""

    donor = text(_l("Donor"), required=True, most=120)
    amount = text(_l("Amount"), required=True, direction="ltr", most=15)
    currency = text(
        _l("Currency"),
        hint=_l("Three letters; empty: the currency of the fund."),
        most=3,
        direction="ltr",
    )
    rate = _rate()
    on = day(_l("Received on"), required=True)
    receipt = text(_l("Reference"), most=60, direction="ltr")
    same_receipt = tick(_l("Another payment under the same reference"), after="receipt")

    @validates_schema
    def _currency(self, data: dict[str, object], **_: object) -> None:
        if data.get("currency") and not str(data["currency"]).isalpha():
            raise ValidationError(
                {"currency": [str(_l("This is no currency: give its three letters, such as EUR."))]}
            )
