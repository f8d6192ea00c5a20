"""Help in kind, cash, education, training, work, interpretation.

What, when, how much, from which line, against which receipt.
"""

import re

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, validates_schema

from standards import assistance, lists
from web import forms
from web.forms import FormSchema, choice, day, text, tick, whole

_AMOUNT = re.compile(r"\d{1,9}(\.\d{1,2})?")


class HelpSchema(FormSchema):
    """One thing given."""

    kind = choice(_l("What was given"), assistance.HELP, required=True)
    on = day(_l("On"), required=True, past=True)
    words = text(_l("In words"))
    quantity = whole(_l("How many"), least=1, most=10_000)
    amount = text(
        _l("Amount"), most=12, direction="ltr", hint=_l("In figures, such as 1240 or 1240.50")
    )
    currency = text(
        _l("Currency"), most=3, direction="ltr", hint=_l("Three letters, for example EUR")
    )
    line = choice(_l("Budget line"), lists.FUND_LINES)
    receipt = text(_l("Number of the receipt"), most=40, direction="ltr")
    received = tick(_l("The person signed that they received it"))
    notes = forms.textarea(_l("Details"), most=2000, more=True)
    revision = forms.revision()

    @validates_schema
    def _money(self, data: dict[str, object], **_: object) -> None:
        amount, currency = str(data.get("amount") or ""), str(data.get("currency") or "")
        if amount and not _AMOUNT.fullmatch(amount):
            raise ValidationError(
                {"amount": [str(_l("Give an amount in figures, such as 1240 or 1240.50."))]}
            )
        if amount and not re.fullmatch(r"[A-Z]{3}", currency):
            raise ValidationError(
                {"currency": [str(_l("An amount needs its currency, three capital letters."))]}
            )
