"""The shapes of funds."""

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema

from standards import lists
from web.forms import FormSchema, choice, text


class AskSchema(FormSchema):
    """Money for a case."""

    fund = choice(_l("Fund"), (), required=True)
    line = choice(_l("Budget line"), lists.FUND_LINES, required=True)
    amount = text(_l("Amount"), hint=_l("In the currency of the fund, for example 1240.50"), required=True, direction="ltr", most=15)

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:  # type: ignore[type-arg]
        """Which funds there are is looked up by the verb."""
        if field_name == "fund":
            field_obj.validators = []

    @validates_schema
    def _amount(self, data: dict[str, object], **_: object) -> None:
        amount = str(data.get("amount", ""))
        whole, dot, cents = amount.partition(".")
        if not (whole.isascii() and whole.isdigit() and (not dot or (cents.isdigit() and len(cents) <= 2))) or not any(c in "123456789" for c in amount):
            raise ValidationError({"amount": [str(_l("Give an amount in figures, such as 1240 or 1240.50."))]})


class AnswerSchema(FormSchema):
    """Approve or refuse."""

    decision = choice(_l("Decision"), (("approve", _l("Approve")), ("refuse", _l("Refuse"))), required=True)
