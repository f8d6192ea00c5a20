"""The shapes of intake."""

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema

from casework.core.schemas import AccountSchema, ConsentSchema, IdentitySchema, NeedsSchema
from standards import lists
from web.forms import FormSchema, choice, text, textarea, tick


class SafetySchema(FormSchema):
    """Step 1: is it safe to talk here and now?"""

    channel = choice(_l("How did the person reach us?"), lists.CHANNELS, required=True)
    private = tick(_l("We can talk without being heard"))
    interpreter = tick(_l("An interpreter is needed"))
    danger = tick(
        _l("Somebody may be in danger right now"),
        hint=_l("Stop here and follow the emergency procedure of your office first."),
    )
    doctor = tick(
        _l("A doctor is needed now"), hint=_l("Call medical help first. The registration can wait.")
    )


class TalkSchema(FormSchema):
    """A talk with somebody who has not agreed to anything yet."""

    channel = choice(_l("How did the person reach us?"), lists.CHANNELS, required=True)
    said = textarea(_l("What was said"), required=True, most=5000)
    advised = textarea(_l("What we advised"), most=5000)
    call_back = text(
        _l("A safe way to call back"),
        hint=_l("Number, hours, who may answer; or that we must not call. Left empty: as before."),
        most=300,
    )


class CallerSchema(TalkSchema):
    """The first talk, with a word to find it by."""

    word = text(
        _l("A word to find it by"),
        hint=_l(
            "No name is needed: a word you agree on, a place, what the person calls themselves."
        ),
        required=True,
        most=80,
    )


_SAME: lists.Options = (
    ("same", _l("Yes, the same person")),
    ("not_same", _l("No, another person")),
    ("cannot_tell", _l("Cannot tell")),
)


class CheckSchema(FormSchema):
    """Step 6: check and open. Asked only where somebody like this person is known."""

    duplicate = choice(_l("Is it the same person?"), _SAME, widget="radio")
    duplicate_of = text("", widget="hidden", most=12)


class RegisterSchema(CheckSchema):
    """A whole registration at once: the API and every imported row."""

    channel = choice(_l("How did the person reach us?"), lists.CHANNELS)
    consent = fields.Nested(ConsentSchema, required=True, metadata={"label": _l("Consent")})
    person = fields.Nested(IdentitySchema, required=True, metadata={"label": _l("The person")})
    account = fields.Nested(AccountSchema)
    needs = fields.Nested(NeedsSchema)


class UploadSchema(FormSchema):
    """A file comes beside the form, not in it."""


_GIVES: lists.Options = (
    ("me", _l("Me")),
    ("nobody", _l("Nobody yet")),
    ("turn", _l("These colleagues, in turn")),
)


class StartSchema(FormSchema):
    """Who gets the cases of a file. Whom the file itself names as caseworker gets theirs."""

    gives = choice(_l("Who gets the cases"), _GIVES, widget="radio")
    owners = fields.List(
        fields.String(),
        metadata={"label": _l("Colleagues"), "hint": "", "widget": "checks", "options": ()},
    )

    @validates_schema
    def _somebody(self, data: dict[str, object], **_: object) -> None:
        if data.get("gives") == "turn" and not data.get("owners"):
            raise ValidationError({"owners": [str(_l("Choose at least one colleague."))]})


class BasisSchema(FormSchema):
    """On what ground the people of a list are kept, where it has no consent.

    What each column means comes beside it: the list decides how many there are.
    """

    basis = textarea("", most=2000)
