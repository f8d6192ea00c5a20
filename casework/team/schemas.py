"""The shapes of work between people."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from standards import lists
from web.forms import FormSchema, choice, text, textarea


class TransferSchema(FormSchema):
    """To whom a case is offered. Offices and people are looked up by the verb."""

    office = choice(_l("Office"), (), required=True)
    user = choice(
        _l("Caseworker"), (), hint=_l("Left open: the supervisor of that office decides.")
    )
    note = textarea(
        _l("What must they know?"),
        hint=_l("It is kept in the case and shown only there."),
        required=True,
        most=5000,
    )

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:  # type: ignore[type-arg]
        """The lists are of the database, not of the schema."""
        if field_name in {"office", "user"}:
            field_obj.validators = []


class HandAllSchema(FormSchema):
    """Somebody leaves: who takes over their cases."""

    leaving = choice(_l("Who leaves"), (), required=True)
    to = choice(_l("Who takes over"), (), required=True)
    note = textarea(_l("What must they know?"), required=True, most=5000)

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:  # type: ignore[type-arg]
        """The lists are of the database, not of the schema."""
        if field_name in {"leaving", "to"}:
            field_obj.validators = []


class ApprovalSchema(FormSchema):
    """What is to be approved."""

    what = choice(_l("What is to be approved"), lists.APPROVALS_TO_ASK, required=True)


class AnswerSchema(FormSchema):
    """What somebody says to whom they were asked about."""

    agrees = choice(
        _l("You looked at it, and you"),
        (("yes", _l("agree")), ("no", _l("do not agree"))),
        required=True,
        widget="radio",
    )
    words = textarea(_l("Your reason"), hint=_l("Needed where you do not agree."), most=3000)
    read = text("", widget="hidden", most=40)
