"""Where a person lives at home and how they may be reached there: sealed with the return, for the
mission at home alone. What stood before is kept.
"""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, validates_schema

from access.actors import Actor
from avrr.visits import must_be_home
from casework.core import histories
from models.base import db
from models.returns import Return
from standards import lists
from web import forms
from web.forms import FormSchema, several, text, textarea


class HomeSchema(FormSchema):
    """Where the person lives at home, and how they may be reached without danger."""

    address = textarea(_l("Address at home"), most=500)
    phone = text(_l("Telephone at home"), most=60, direction="ltr")
    others = textarea(
        _l("Who else may be asked"), hint=_l("Only whom the person named themselves."), most=500
    )
    ways = several(_l("Safe ways to reach them"), lists.FOLLOW_UP_MANNERS)
    times = text(_l("When it is safe"), most=200)
    never = textarea(
        _l("What must never be done"),
        hint=_l("Such as: no word to the brother; never as an organisation."),
        most=500,
    )
    revision = forms.revision()

    @validates_schema
    def _rule(self, data: dict[str, Any], **_: object) -> None:
        if (data.get("address") or data.get("phone")) and not data.get("ways"):
            raise ValidationError(
                {"ways": [str(_l("Ask the person which ways are safe, and say at least one."))]}
            )


FIELDS = ("address", "phone", "others", "ways", "times", "never")


def keep(*, by: Actor, return_: Return, given: Mapping[str, Any]) -> None:
    """Write it down. Raises :class:`web.errors.StaleEdit` where somebody changed the same
    meanwhile.
    """
    must_be_home(return_)
    history = histories.OfReturn(return_, "home")
    history.lock()
    db.session.refresh(return_, ["home_sealed", "own_key"])
    return_.home = histories.changed(
        by=by,
        history=history,
        given=given,
        names=FIELDS,
        stands=dict(Return.home.standing(return_)),
    )
