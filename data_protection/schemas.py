"""The shapes of data protection."""

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, validates

from standards import lists
from web.forms import FormSchema, choice, text, textarea

FEWEST_WORDS = 4


def _in_a_sentence(words: str) -> None:
    if len(words.split()) < FEWEST_WORDS:
        raise ValidationError(str(_l("Say a little more, in a sentence.")))


class ErasureSchema(FormSchema):
    """Asking that a case is erased."""

    reason = choice(
        _l("Why is it to be erased?"), lists.ERASURE_REASONS, required=True, widget="radio"
    )


class BlockSchema(FormSchema):
    """Keeping a case from somebody."""

    email = text(
        _l("E-mail of the person"),
        hint=_l("Of somebody with an account; or choose an organisation."),
        widget="email",
    )
    organisation = text(_l("Organisation"), widget="select")
    reason = choice(_l("Why"), lists.BLOCK_REASONS, required=True)


class UnblockSchema(FormSchema):
    """Ending a block."""

    block = text("", required=True, most=12)


class EmergencySchema(FormSchema):
    """Opening a case in an emergency."""

    number = text(_l("Case number"), required=True, most=16, direction="ltr")
    reason = choice(
        _l("What is the emergency?"), lists.EMERGENCY_REASONS, required=True, widget="radio"
    )
    words = textarea(
        _l("What happened, and why can it not wait?"),
        hint=_l("In your own words; whoever reviews it reads this."),
        required=True,
        most=1000,
    )

    @validates("words")
    def _said_something(self, words: str, **_: object) -> None:
        _in_a_sentence(words)


class ReadingOnSchema(FormSchema):
    """Reading on past very many cases."""

    words = textarea(
        _l("Why do you open so many cases?"),
        hint=_l("In your own words, without names; whoever oversees reads this at once."),
        required=True,
        most=1000,
    )

    @validates("words")
    def _said_something(self, words: str, **_: object) -> None:
        _in_a_sentence(words)


class ReviewSchema(FormSchema):
    """Judging an emergency access."""

    finding = choice(_l("Finding"), lists.FINDINGS, required=True, widget="radio")
    words = textarea(_l("What did you find?"), required=True, most=1000)


class AlertSchema(FormSchema):
    """What came of an alert."""

    finding = choice(_l("Finding"), lists.ALERT_FINDINGS, required=True, widget="radio")
    words = textarea(
        _l("What did you find, and what was done?"),
        hint=_l("Without names of people who are helped."),
        required=True,
        most=1000,
    )

    @validates("words")
    def _said_something(self, words: str, **_: object) -> None:
        _in_a_sentence(words)
