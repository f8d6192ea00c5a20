"""The shapes of families and persons."""

from flask_babel import lazy_gettext as _l

from standards import assistance, lists
from web.forms import FormSchema, choice, text


class RelativeSchema(FormSchema):
    """Who belongs to the person, and how."""

    number = text(_l("Number of the other case"), required=True, most=16, direction="ltr")
    relation = choice(
        _l("Who they are to the head of the family"), assistance.RELATIONS, required=True
    )


class LeftSchema(RelativeSchema):
    """Whom a person who was taken out was with, and who both were there."""

    theirs = choice(_l("Who they are to the head of the family"), assistance.RELATIONS)
    as_left = text("", required=True, most=40, widget="hidden")


class JudgementSchema(FormSchema):
    """Whether two cases are of one person."""

    number = text(_l("Number of the other case"), required=True, most=16, direction="ltr")
    answer = choice(_l("Is it the same person?"), lists.JUDGEMENTS, required=True, widget="radio")
