"""The shapes of shelter."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema

from models.base import today
from standards import assistance
from web import forms
from web.forms import FormSchema, choice, day, text, tick, whole


class FacilitySchema(FormSchema):
    """A house."""

    name = text(
        _l("Short name"),
        hint=_l("Lists show it. It must not tell where the house is."),
        required=True,
        most=60,
    )
    address = forms.textarea(
        _l("Address and way there"),
        hint=_l("Opened only by those who run or use the house; every look is noted."),
        most=1000,
    )
    sex = choice(_l("For whom"), assistance.SHELTER_SEX, required=True, widget="radio")
    ages = choice(_l("Ages"), assistance.SHELTER_AGES, required=True, widget="radio")
    revision = forms.revision()


class RoomSchema(FormSchema):
    """A room with its beds."""

    name = text(_l("Room"), required=True, most=40)
    beds = whole(_l("How many beds"), least=1, most=40, required=True)
    step_free = tick(_l("Reached without stairs"))
    one_household = tick(_l("For one family or one person at a time"))


class CloseSchema(FormSchema):
    """From when on nobody sleeps there."""

    closed_from = day(
        _l("Closed from the night of"),
        hint=_l("It is given to nobody from then on, and counts as no place."),
        required=True,
    )


class PartSchema(FormSchema):
    """What a room or a bed is called."""

    name = text(_l("Name"), required=True, most=20)


class PlaceSchema(FormSchema):
    """A bed for a person, from a first night up to the morning of departure."""

    bed = choice(_l("Bed"), (), required=True)
    from_on = day(_l("First night"), required=True)
    until_on = day(_l("Leaves on the morning of"), required=True)

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:  # type: ignore[type-arg]
        """Beds are of the database, not of the schema."""
        if field_name == "bed":
            field_obj.validators = []

    @validates_schema
    def _order(self, data: dict[str, object], **_: object) -> None:
        first, last = data.get("from_on"), data.get("until_on")
        if first is None or last is None:
            return
        if not today() - timedelta(days=30) <= first <= today() + timedelta(days=365):  # type: ignore[operator]
            raise ValidationError(
                {"from_on": [str(_l("Choose a day between a month ago and a year from now."))]}
            )
        if not first < last <= first + timedelta(days=366):  # type: ignore[operator]
            message = str(_l("The last morning comes after the first night, within a year."))
            raise ValidationError({"until_on": [message]})


class ExtendSchema(FormSchema):
    """A stay becomes longer or shorter."""

    until_on = day(_l("Leaves on the morning of"), required=True)


class LeaveSchema(FormSchema):
    """The end of a stay."""

    left_on = day(_l("Left on"), required=True)
    left_to = choice(_l("Where to"), assistance.LEAVING, required=True)


class ScanSchema(FormSchema):
    """A card that was read."""

    card = text(_l("Card"), required=True, most=24, direction="ltr")


class PresenceSchema(FormSchema):
    """In, out, missing."""

    state = choice(
        _l("Presence"),
        (("in", _l("In")), ("out", _l("Out")), ("missing", _l("Missing"))),
        required=True,
    )


class HandoutSchema(FormSchema):
    """Something is given out."""

    kind = choice(_l("What"), assistance.GIVEN, required=True)
    meal = choice(_l("Which meal"), assistance.MEALS)

    @validates_schema
    def _which(self, data: dict[str, object], **_: object) -> None:
        if data.get("kind") == "meal" and not data.get("meal"):
            raise ValidationError({"meal": [str(_l("Say which meal."))]})


class NoteSchema(FormSchema):
    """An incident or an inspection."""

    what = choice(
        _l("What"),
        (("incident", _l("Incident")), ("inspection", _l("Inspection"))),
        required=True,
        widget="radio",
    )
    kind = choice(_l("Kind of incident"), assistance.INCIDENTS)
    words = forms.textarea(_l("In words, without names"), required=True, most=5000)
    next_on = day(_l("Next inspection on"))
