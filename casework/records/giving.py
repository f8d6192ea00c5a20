"""Help in kind, cash, education, training, work, interpretation.

What, when, how much, from which line, against which receipt.
"""

import re

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, validates_schema

from standards import assistance, lists
from web import forms
from web.forms import FormSchema, choice, day, text, tick, whole

_REQUEST = _l("Say on which approved request of a fund it is paid.")
_LINE = _l("Say from which line of the budget it is paid.")
_RECEIPT = _l("A payment of a fund needs the number of its receipt.")
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
    paid_from = choice(
        _l("Paid from"),
        (("fund", _l("A fund of ours")), ("none", _l("Not from our funds"))),
        hint=_l("An amount says whose money it was."),
    )
    request = text(
        _l("Funding request"),
        hint=_l("The approved request it is paid on, such as FR-7K2M-4P9D."),
        most=16,
        direction="ltr",
    )
    line = choice(_l("Budget line"), lists.FUND_LINES)
    rate = text(
        _l("Rate"),
        hint=_l("Only for another currency: how much of the fund’s currency is one of it."),
        most=20,
        direction="ltr",
    )
    receipt = text(_l("Number of the receipt"), most=40, direction="ltr")
    same_receipt = text(
        _l("Why this receipt counts again"),
        hint=_l("Only where its number is in the books already."),
        most=200,
    )
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
        if amount and not data.get("paid_from"):
            raise ValidationError({"paid_from": [str(_l("Say whose money this amount was."))]})
        if amount and data.get("paid_from") == "fund":
            wants = {"request": _REQUEST, "line": _LINE, "receipt": _RECEIPT}
            missing = {name: [str(why)] for name, why in wants.items() if not data.get(name)}
            if missing:
                raise ValidationError(missing)
