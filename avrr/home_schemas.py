"""The shapes of reintegration: plan, assistance, follow-ups, survey, the end."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, post_load, pre_load

from avrr import surveys
from casework.core.schemas import language_options
from funds.schemas import TriedSchema, currency_field, rate_field
from standards import lists, returning, sustainability
from web import forms
from web.forms import FormSchema, choice, day, several, text, textarea, tick, whole


class PlanSchema(FormSchema):
    """Assessment, and the plan: for the person on its three dimensions, with the community, with
    institutions.
    """

    assessment = textarea(_l("Assessment: skills, wishes, risks"), most=3000)
    economic = textarea(_l("Economic: work, income, training"), most=3000)
    social = textarea(_l("Social: housing, school, documents, health care"), most=3000)
    psychosocial = textarea(_l("Psychosocial: family, community, well-being"), most=3000)
    community = textarea(_l("With the community"), most=3000)
    structural = textarea(_l("With authorities and services"), most=3000)
    revision = forms.revision()


class AssistSchema(TriedSchema):
    """One item of assistance, and which fund is asked for it."""

    kind = choice(_l("What for"), lists.ASSISTANCE, required=True)
    dimension = choice(_l("Dimension"), lists.DIMENSIONS, required=True)
    level = choice(_l("Level"), returning.LEVELS)
    form = choice(_l("How"), returning.FORMS, widget="radio")
    fund = text(
        _l("Paid from"),
        hint=_l("The fund is asked; its rules say who approves, and how many."),
        required=True,
        most=12,
        widget="select",
        options=(),
    )
    amount = text(
        _l("Amount"),
        hint=_l("In the currency of the fund, for example 1240.50"),
        required=True,
        most=15,
        direction="ltr",
    )
    currency = currency_field()
    rate = rate_field()
    parts = whole(_l("Instalments"), least=1, most=6)
    given_on = day(_l("First on"), required=True)
    token = text("", widget="hidden", most=40)

    @pre_load
    def _figures(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """A program may send the amount as a number."""
        amount = data.get("amount")
        is_number = isinstance(amount, int) and not isinstance(amount, bool)
        return {**data, "amount": str(amount)} if is_number else data


class AgreesSchema(FormSchema):
    """What the person agreed to at home: how, in which language, on which day, until when."""

    manner = choice(_l("How was it given?"), lists.MANNERS_ASKED, required=True, widget="radio")
    language = choice(_l("Language used"), language_options)
    given_on = day(_l("Given on"), hint=_l("Today if left empty."))
    valid_until = day(_l("Valid until"), hint=_l("Empty: as many days as the office decided."))


class TakeBackSchema(FormSchema):
    """Who is not to be told any more."""

    partner = fields.Integer(required=True, error_messages=forms.REQUIRED)


class ReferSchema(AgreesSchema):
    """Refer a person who returned to a local partner."""

    agrees = tick(_l("The person agrees that this partner is told"))
    partner = fields.Integer(
        required=True,
        metadata={"label": _l("Partner"), "hint": "", "widget": "select", "options": ()},
        error_messages=forms.REQUIRED,
    )
    service = choice(_l("What is asked"), lists.SERVICES, required=True)
    urgency = choice(_l("How soon must they answer?"), lists.URGENCY, required=True)
    fields_ = several(
        _l("What the partner may be told"), lists.RELEASABLE, required=True, data_key="fields"
    )


class DecideSchema(FormSchema):
    """Approve an item, or not."""

    decision = choice(
        _l("Decision"), (("approve", _l("Approve")), ("refuse", _l("Refuse"))), required=True
    )


class InstalmentSchema(FormSchema):
    """An instalment was given."""

    number = whole(_l("Instalment"), least=1, most=6, required=True)
    paid_on = day(_l("Given on"), required=True)
    receipt = text(_l("Number of the proof"), required=True, most=60, direction="ltr")
    same_receipt = text(
        _l("Why this proof counts again"),
        hint=_l("Only where its number is known already."),
        most=200,
        after="receipt",
    )
    amount = text(_l("Amount"), hint=_l("Empty: as it was planned."), most=15, direction="ltr")
    currency = currency_field()
    rate = rate_field()


class FollowUpSchema(FormSchema):
    """An attempt to visit, call or hear of a person: for a follow-up, or one not planned."""

    month = choice(
        _l("Which follow-up"),
        (
            ("0", _l("Not planned")),
            *((str(number), number) for number in range(1, 61)),
        ),
        hint=_l("The month after arrival."),
        required=True,
    )
    done_on = day(_l("Day"), required=True)
    manner = choice(_l("How"), lists.FOLLOW_UP_MANNERS, required=True, widget="radio")
    outcome = choice(_l("Outcome"), lists.FOLLOW_UP_OUTCOMES, required=True, widget="radio")
    seen = textarea(
        _l("What was seen and said"),
        hint=_l("Kept sealed with the return, for this mission alone."),
        most=3000,
    )
    next_step = textarea(_l("Next step"), most=500)
    next_on = day(_l("By"), hint=_l("It is shown among what is due until it is done."))
    business = choice(_l("The business, if one was helped"), returning.BUSINESS)
    economic = whole(_l("Economic, 0 to 100"), most=100, is_score=True)
    social = whole(_l("Social, 0 to 100"), most=100, is_score=True)
    psychosocial = whole(_l("Psychosocial, 0 to 100"), most=100, is_score=True)
    corrects = text(
        _l("Correct what was written down"),
        hint=_l("What stood before is kept."),
        most=12,
        widget="select",
        options=(),
        more=True,
    )


class CloseSchema(FormSchema):
    """The end of a return."""

    ending = choice(_l("How it ended"), returning.OUTCOMES, required=True)
    ended_on = day(_l("Ended on"), hint=_l("Today if left empty."))
    why = textarea(
        _l("Why all the same"),
        hint=_l(
            "Only where something is missing: a plan, what was promised, the last follow-up, tries."
        ),
        most=1000,
    )


def survey_schema(**_: Any) -> type[Schema]:
    """The form of the survey in force: its questions as they stand in the data file."""
    shown: dict[str, Any] = {
        "on": day(_l("Day"), required=True),
        "month": text(
            _l("For which follow-up"),
            hint=_l("Scores are compared by follow-up. Empty: beside them."),
            most=2,
            widget="select",
            options=(),
        ),
        "token": text("", widget="hidden", most=40),
    }
    for question in surveys.instrument().questions:
        if question["answers"]:
            options = tuple(
                (str(place), answer["answer"]) for place, answer in enumerate(question["answers"])
            )
            shown[question["key"]] = choice(
                f"{question['number']}. {question['question']}",
                options,
                widget="radio",
                dimension=question["dimension"],
            )
    return type("SurveySchema", (_Survey,), shown)


class _Survey(FormSchema):
    """What all versions of the survey share."""

    @post_load
    def _answers(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        besides = {name: data.get(name) or "" for name in ("month", "token")}
        answers = {name: int(value) for name, value in data.items() if name not in {"on", *besides}}
        return {"on": data["on"], **besides, "answers": answers}


DIMENSIONS = sustainability.DIMENSIONS
