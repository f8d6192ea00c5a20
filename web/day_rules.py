"""What the days of a form must be to each other and to today: for every form that says so of a
field (:func:`web.forms.day`).
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError

from models.base import today

_PAST = _l("This day is in the future.")


def past(value: date) -> None:
    """A day on which something was done: today at the latest."""
    if value > today():
        raise ValidationError(str(_PAST))


def out_of_order(fields: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, list[str]]:
    """The days that lie before the field they follow, or too long after it, with what to say.

    Of a field's metadata ``not_before`` names the other one, ``within`` how many days later at
    most.
    """
    wrong: dict[str, list[str]] = {}
    for name, field in fields.items():
        other = field.metadata.get("not_before")
        first, last = data.get(other or ""), data.get(name)
        if not isinstance(first, date) or not isinstance(last, date):
            continue
        most = field.metadata.get("within")
        if last < first:
            label = fields[other].metadata["label"]
            wrong[name] = [_("This is before “%(other)s”.", other=label)]
        elif most is not None and last > first + timedelta(days=most):
            label = fields[other].metadata["label"]
            wrong[name] = [
                _("This is more than %(days)s days after “%(other)s”.", days=most, other=label)
            ]
    return wrong
