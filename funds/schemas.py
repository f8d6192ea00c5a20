"""The shapes of funds."""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, post_load, validates_schema

from casework.core.schemas import country_options
from standards import crises, lists
from web.field_types import Text, in_figures
from web.forms import FormSchema, choice, day, several, text, textarea, tick

_FIGURES = _l("In the currency of the fund, for example 1240.50")


def _line(code: str) -> fields.Field[Any]:
    return text(lists.label(lists.FUND_LINES, code), most=15, direction="ltr", line=True)


class Rate(fields.Field[Decimal]):
    """A rate between two currencies: a positive number, at most eight digits after the point."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        try:
            rate = Decimal(in_figures(str(value)))
        except InvalidOperation:
            raise ValidationError(str(_l("Give the rate as a number, such as 3.35."))) from None
        if (
            not rate.is_finite()
            or not Decimal("0.00000001") <= rate <= 10**9
            or -int(rate.as_tuple().exponent) > 8
        ):
            raise ValidationError(str(_l("Give the rate as a number, such as 3.35.")))
        return rate


def currency_field() -> Text:
    """The currency of an amount that may be in another than the fund's."""
    return text(
        _l("Currency"),
        hint=_l("Three letters; empty: the currency of the fund."),
        most=3,
        direction="ltr",
    )


def rate_field() -> Rate:
    """The rate of an amount in another currency."""
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


TRIED = (1, 2, 3)


def _tried(number: int) -> fields.Field[Any]:
    hint = _l("For funds that are a last resort: what was asked before, and the answer.")
    return text(_l("Programme that was tried"), hint=hint if number == 1 else "", most=80, tried=1)


def _answered() -> fields.Field[Any]:
    return choice(_l("Its answer"), lists.TRIED_ANSWERS, tried=1)


class TriedSchema(FormSchema):
    """Which other programmes were tried, what they answered and when: up to three. Loaded, they are
    one list ``tried``; a row that was begun is whole.
    """

    tried_1 = _tried(1)
    answered_1 = _answered()
    answered_on_1 = day(_l("Answered on"), tried=1)
    tried_2 = _tried(2)
    answered_2 = _answered()
    answered_on_2 = day(_l("Answered on"), tried=1)
    tried_3 = _tried(3)
    answered_3 = _answered()
    answered_on_3 = day(_l("Answered on"), tried=1)
    assessed_on = day(
        _l("Needs assessed on"), hint=_l("For funds that are a last resort."), tried=1
    )

    @validates_schema
    def _whole_rows(self, data: dict[str, Any], **_: object) -> None:
        for number in TRIED:
            row = {name: data.get(f"{name}_{number}") for name in ROW}
            if any(row.values()) and not all(row.values()):
                missing = next(name for name, value in row.items() if not value)
                said = str(_l("Say which programme, what it answered and when."))
                raise ValidationError({f"{missing}_{number}": [said]})

    @post_load
    def _rows(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        rows = []
        for number in TRIED:
            programme, answer, on = (data.pop(f"{name}_{number}", None) for name in ROW)
            if programme and answer and on:
                rows.append({"programme": programme, "answer": answer, "on": on.isoformat()})
        return {**data, "tried": rows, "assessed_on": data.pop("assessed_on", None)}


ROW = ("tried", "answered", "answered_on")


class AskSchema(BudgetSchema, TriedSchema):
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
            "tried_1",
            "answered_1",
            "answered_on_1",
            "tried_2",
            "answered_2",
            "answered_on_2",
            "tried_3",
            "answered_3",
            "answered_on_3",
            "assessed_on",
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


class AnswerRequestSchema(AnswerSchema):
    """Approve or refuse money."""

    twice = text(
        _l("Why this comes beside what was asked or approved for the same"), most=300, after=""
    )
    without = tick(_l("Without those who do not go: it is less by their share"))


class LetGoSchema(FormSchema):
    """Whose share of the money goes back."""

    reference = text(_l("Return"), required=True, most=12, direction="ltr")
    paid = text(
        _l("Of what was paid, for this person"),
        hint=_l("0 where nothing was paid for them."),
        most=15,
        direction="ltr",
    )


class SpendSchema(FormSchema):
    """What was paid."""

    line = choice(_l("Budget line"), lists.FUND_LINES, required=True)
    amount = text(_l("Amount"), required=True, direction="ltr", most=15)
    currency = currency_field()
    rate = rate_field()
    on = day(_l("Paid on"), required=True)
    receipt = text(_l("Number of the receipt"), required=True, most=60, direction="ltr")
    same_receipt = text(
        _l("Why this receipt counts again"),
        hint=_l("Only where its number is in the books already."),
        most=200,
        after="receipt",
    )


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
        _l("For these kinds of cases"), lists.FUNDED, hint=_l("None ticked: for all.")
    )
    hosts = several(
        _l("In these host countries"), country_options, hint=_l("None ticked: everywhere.")
    )
    sectors = several(_l("For these sectors (MCOF)"), crises.sectors)
    lends = choice(
        _l("Lends to operations, and is paid back"),
        (("yes", _l("Yes")), ("no", _l("No"))),
        hint=_l("Empty: yes for the Migration Emergency Funding Mechanism."),
    )
    last_resort = choice(
        _l("Only where no other programme can help"),
        (("yes", _l("Yes")), ("no", _l("No"))),
        hint=_l("Empty: yes for HASM and the Global Assistance Fund (to be verified with IOM)."),
    )


class ReceiveSchema(FormSchema):
    """A contribution."""

    donor = text(_l("Donor"), required=True, most=120)
    amount = text(_l("Amount"), required=True, direction="ltr", most=15)
    currency = currency_field()
    rate = rate_field()
    on = day(_l("Received on"), required=True)
    receipt = text(_l("Reference"), most=60, direction="ltr")
    same_receipt = text(
        _l("Why this reference counts again"),
        hint=_l("Only where it is in the books already."),
        most=200,
        after="receipt",
    )

    @validates_schema
    def _currency(self, data: dict[str, object], **_: object) -> None:
        if data.get("currency") and not str(data["currency"]).isalpha():
            raise ValidationError(
                {"currency": [str(_l("This is no currency: give its three letters, such as EUR."))]}
            )


class OutlaySchema(FormSchema):
    """From whose money the cost of a partner's service was paid."""

    paid_from = choice(
        _l("Paid from"),
        (("fund", _l("A fund of ours")), ("none", _l("Not from our funds"))),
        required=True,
        widget="radio",
    )
    request = text(
        _l("Funding request"),
        hint=_l("The approved request it is paid on, such as FR-7K2M-4P9D."),
        most=16,
        direction="ltr",
    )
    line = choice(_l("Budget line"), lists.FUND_LINES)
    on = day(_l("Paid on"), hint=_l("Empty: the day of the service."))
    receipt = text(_l("Number of the receipt"), most=60, direction="ltr")
    same_receipt = text(
        _l("Why this receipt counts again"),
        hint=_l("Only where its number is in the books already."),
        most=200,
        after="receipt",
    )
    rate = rate_field()


class OperationSchema(FormSchema):
    """What a country office does in a crisis."""

    crisis = text(_l("Crisis"), required=True, most=100)
    country = choice(_l("Country"), country_options, required=True)
    starts_on = day(_l("First day"), required=True)
    sectors = several(
        _l("Sectors of assistance (MCOF)"),
        crises.sector_options,
        hint=_l("Titles of the sectors are to be verified with MC/2355."),
        required=True,
    )


class EndOperationSchema(FormSchema):
    """An operation is over."""

    ended_on = day(_l("Ended on"), required=True)


class AdvanceSchema(FormSchema):
    """An operation asks for an advance."""

    fund = text(_l("Fund"), required=True, most=12, widget="select", options=())
    amount = text(_l("Amount"), hint=_FIGURES, required=True, direction="ltr", most=15)
    repay_by = day(_l("Paid back by"), required=True)


class DrawSchema(FormSchema):
    """Money goes out to the operation."""

    amount = text(_l("Amount"), hint=_FIGURES, required=True, direction="ltr", most=15)
    on = day(_l("Drawn on"), required=True)
    receipt = text(_l("Reference"), required=True, most=60, direction="ltr")


class RepaySchema(ReceiveSchema):
    """A donor's contribution to the operation pays back what it was lent."""


class HelpedSchema(FormSchema):
    """People whom an operation helped."""

    cases = textarea(
        _l("Cases"), hint=_l("Their numbers, with spaces or commas between them."), most=5000
    )
    movement = text(
        _l("Or all who boarded a movement"), hint=_l("Its number."), most=16, direction="ltr"
    )
    sector = choice(_l("Sector of assistance"), crises.sector_options, required=True)
    on = day(_l("Helped on"), required=True)
