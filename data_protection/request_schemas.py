"""The shapes of the register of requests of persons, for page and API."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from standards import lists
from web.forms import FormSchema, choice, day, textarea


class ReceiveSchema(FormSchema):
    """Writing down what a person asked."""

    kind = choice(
        _l("What does the person ask for?"), lists.PERSON_REQUESTS, required=True, widget="radio"
    )
    received_on = day(
        _l("Asked on"),
        hint=_l("The day on which anybody of ours was asked: the month counts from it."),
        required=True,
    )
    identified = choice(
        _l("How is it sure who asks?"), lists.IDENTIFIED_BY, required=True, widget="radio"
    )
    asked = textarea(
        _l("What exactly, in the person's words"),
        hint=_l("The data protection officer reads this, and who works on the case."),
        required=True,
        most=2000,
    )


class ExtendSchema(FormSchema):
    """Taking longer."""

    longer = textarea(
        _l("Why does it take longer?"),
        hint=_l("As the person was told: within the first month."),
        required=True,
        most=1000,
    )


class AnswerSchema(FormSchema):
    """Saying how a request was answered."""

    outcome = choice(
        _l("Answer"),
        [pair for pair in lists.PERSON_REQUEST_OUTCOMES if pair[0] != "taken_back"],
        required=True,
        widget="radio",
    )
    ground = choice(
        _l("Ground"), lists.REFUSAL_GROUNDS, hint=_l("Where less is given than was asked.")
    )
    answer = textarea(
        _l("What was done, or why not"),
        hint=_l("This stands in the letter to the person."),
        required=True,
        most=4000,
    )
    letter = choice(
        _l("How did the person get the answer?"), lists.ANSWERED_BY, required=True, widget="radio"
    )


class RequestOut(FormSchema):
    """A request in the register; ``asked``, ``longer`` and ``answer`` in words."""

    reference = fields.String()
    case = fields.String(attribute="case.number")
    kind = fields.String()
    state = fields.String()
    identified = fields.String()
    received_on = fields.Date()
    due_on = fields.Date()
    extended_on = fields.Date(allow_none=True)
    answered_on = fields.Date(allow_none=True)
    ground = fields.String()
    letter = fields.String()
    asked = fields.String()
    longer = fields.String()
    answer = fields.String()
