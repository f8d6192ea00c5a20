"""The shapes of letters."""

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, validates_schema

from models import letter_templates, office_at_hand
from standards import languages, lists, spoken
from web import forms
from web.forms import FormSchema, choice, locale_code, several, text

LEAVES = {"authority"}  # reasons for which a paper goes to somebody outside


class SummarySchema(FormSchema):
    """What is printed of a case, and why."""

    sections = several(_l("Sections"), lists.COMPARTMENTS, required=True)
    reason = choice(_l("What for"), lists.PRINT_REASONS, required=True)
    recipient = text(
        _l("Who gets it"),
        hint=_l(
            "Empty where it stays in your office or goes to the person. Listed is whom the person "
            "agreed to tell; add others to the directory and record the consent first."
        ),
        widget="select",
    )

    @validates_schema
    def _said_to_whom(self, data: dict[str, object], **_: object) -> None:
        if data.get("reason") in LEAVES and not data.get("recipient"):
            raise ValidationError({"recipient": [str(_l("Say who gets it."))]})


LETTERS: lists.Options = (
    ("assistance", _l("Certificate of assistance")),
    ("appointment", _l("Invitation to an appointment")),
    ("plan", _l("The plan, for the person")),
    ("safe", _l("How to reach us")),
)


def letters() -> lists.Options:
    """The letters that were shipped, and those of the office whose form it is."""
    office_id = office_at_hand.now()
    own = letter_templates.offered(office_id) if office_id else []
    named = (f"{each.name} ({spoken.name(each.language, locale_code())})" for each in own)
    return (*LETTERS, *zip((each.code for each in own), named, strict=True))


class LetterSchema(FormSchema):
    """A letter."""

    kind = choice(_l("Letter"), letters, required=True)
    language = choice(
        _l("Language"),
        languages.options,
        hint=_l("A letter of the office stands in the language it was written in."),
        required=True,
    )
    on = text(_l("Day and hour"), hint=_l("For an invitation."), most=80)
    text = forms.textarea(_l("Words of your own"), most=2000)


class LanguageSchema(FormSchema):
    """A language of letters."""

    language = choice(_l("Language"), languages.options, required=True)


class CopySchema(FormSchema):
    """How the person's copy is locked."""

    password = forms.text(_l("Password"), required=True, most=60)
    language = choice(_l("Language"), languages.options, required=True)

    @validates_schema
    def _strong(self, data: dict[str, object], **_: object) -> None:
        if len(str(data.get("password", ""))) < 16:
            raise ValidationError({"password": [str(_l("Take the password that the page made."))]})
