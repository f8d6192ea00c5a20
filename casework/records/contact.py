"""A contact with the person: when, how, who spoke, whether it was safe, what was said."""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, validates_schema

from standards import assistance, lists
from web import forms
from web.forms import FormSchema, choice, day, text, textarea, tick

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class ContactSchema(FormSchema):
    """A contact with the person. Without a day or a time it was now."""

    kind = choice(_l("Kind of contact"), lists.CONTACTS, required=True, widget="radio")
    on = day(_l("On"), hint=_l("Left empty: today."))
    at = text(
        _l("At"), most=5, direction="ltr", hint=_l("For example 09:30. Left empty: at this time.")
    )
    reached = choice(_l("Did we reach the person?"), assistance.REACHED)
    spoke_with = text(_l("With whom"), hint=_l("Where it was not the person alone."))
    spoke = text(_l("Who spoke"), hint=_l("Where it was not you: a colleague, an interpreter."))
    safe = choice(_l("Was it safe for the person to talk?"), assistance.YES_NO)
    note = textarea(_l("What was said and agreed"), required=True, most=5000)
    next_on = day(_l("Next contact on"))
    own_call = tick(_l("The person contacted us"))
    all_the_same = textarea(
        _l("Why we contacted them against their rule"),
        hint=_l("Only where it had to be. Your supervisor reads it."),
        most=1000,
    )
    revision = forms.revision()

    @validates_schema
    def _time(self, data: dict[str, object], **_: object) -> None:
        if data.get("at") and not CLOCK.fullmatch(str(data["at"])):
            raise ValidationError({"at": [str(_l("Give a time such as 09:30."))]})


def reached_nobody(given: Mapping[str, Any]) -> bool:
    """Whether the person is still to be called, as was agreed before: nobody says that they were
    reached, and no other day was agreed.
    """
    return given.get("reached") != "person" and not given.get("next_on")
