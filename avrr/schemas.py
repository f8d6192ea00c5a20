"""The shapes of return and reintegration."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from casework.schemas import _countries
from standards import lists
from web.forms import FormSchema, choice, day, text, tick, whole, words

STEP_OUTCOMES: lists.Options = (("ok", _l("Nothing against return")), ("grounds", _l("There are grounds for protection")))


class StartSchema(FormSchema):
    """Begin a return."""

    country = choice(_l("Country of return"), _countries, required=True)
    from_transit = tick(_l("From a transit country"), hint=_l("The person was on the way to another country."))


class StepSchema(FormSchema):
    """A step was done."""

    step = choice(_l("Step"), tuple(pair for pair in lists.RETURN_STEPS if pair[0] != "funding"), required=True)
    done_on = day(_l("Done on"), required=True)
    outcome = choice(_l("Outcome"), STEP_OUTCOMES)
    valid_until = day(_l("Valid until"))
    travel_on = day(_l("Day of travel"))


class DepartSchema(FormSchema):
    """The person left."""

    departed_on = day(_l("Departed on"), required=True)


class ArriveSchema(FormSchema):
    """The person arrived."""

    arrived_on = day(_l("Arrived on"), required=True)


class PlanSchema(FormSchema):
    """The reintegration plan on its three dimensions."""

    economic = words(_l("Economic: work, income, training"), most=3000)
    social = words(_l("Social: housing, school, documents, health care"), most=3000)
    psychosocial = words(_l("Psychosocial: family, community, well-being"), most=3000)


class AssistSchema(FormSchema):
    """One item of assistance."""

    kind = choice(_l("What for"), lists.ASSISTANCE, required=True)
    dimension = choice(_l("Dimension"), lists.DIMENSIONS, required=True)
    amount = whole(_l("Amount in whole euros"), least=1, most=1_000_000, required=True)
    given_on = day(_l("Given on"), required=True)
    token = text("", widget="hidden", most=40)


class FollowUpSchema(FormSchema):
    """A visit, call or report."""

    month = choice(_l("Which follow-up"), (("1", _l("Month 1")), ("3", _l("Month 3")), ("6", _l("Month 6")), ("12", _l("Month 12"))), required=True)
    done_on = day(_l("Day"), required=True)
    manner = choice(_l("How"), lists.FOLLOW_UP_MANNERS, required=True, widget="radio")
    outcome = choice(_l("Outcome"), lists.FOLLOW_UP_OUTCOMES, required=True, widget="radio")
    economic = whole(_l("Economic, 0 to 100"), most=100)
    social = whole(_l("Social, 0 to 100"), most=100)
    psychosocial = whole(_l("Psychosocial, 0 to 100"), most=100)


class StepOut(FormSchema):
    """A step of the checklist."""

    step = fields.String()
    state = fields.String()
    why = fields.String()
    done_on = fields.Date(allow_none=True)
    valid_until = fields.Date(allow_none=True)


class FollowUpOut(FormSchema):
    """A follow-up."""

    month = fields.Integer()
    due_on = fields.Date()
    done_on = fields.Date(allow_none=True)
    outcome = fields.String()


class ReturnOut(FormSchema):
    """A return as both missions may see it."""

    reference = fields.String()
    state = fields.String()
    handover = fields.String()
    country = fields.String()
    from_transit = fields.Boolean()
    sending = fields.String(attribute="sending.code")
    receiving = fields.String(attribute="receiving.code", allow_none=True)
    travel_on = fields.Date(allow_none=True)
    departed_on = fields.Date(allow_none=True)
    arrived_on = fields.Date(allow_none=True)
    steps = fields.List(fields.Nested(StepOut), attribute="shown_steps")
    follow_ups = fields.List(fields.Nested(FollowUpOut))
