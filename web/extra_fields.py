"""The fields that an office added to a form, as fields of its schema: drawn, checked, imported,
compared and printed as ours are.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from marshmallow import fields

from access.permissions import Role
from models import extra_fields, office_at_hand
from models.extra_fields import Shown
from standards import extra_fields as standard
from standards.languages import SOURCE
from web.field_types import PartialDate
from web.forms import (
    Field,
    Form,
    FormSchema,
    choice,
    day,
    locale_code,
    several,
    text,
    textarea,
    whole,
)

_REGISTER = (Role.CASEWORKER, Role.SUPERVISOR)
Make = Callable[[str, str, list[tuple[str, str]]], "fields.Field[Any]"]
_MAKES: Mapping[str, Make] = {
    "line": lambda label, hint, _options: text(label, hint=hint),
    "text": lambda label, hint, _options: textarea(label, hint=hint, most=3000),
    "number": lambda label, hint, _options: whole(label, hint=hint),
    "date": lambda label, hint, _options: day(label, hint=hint),
    "partial_date": lambda label, hint, _options: PartialDate(
        metadata={"label": label, "hint": hint, "widget": "partial_date"}
    ),
    "choice": lambda label, hint, options: choice(label, options, hint=hint),
    "several": lambda label, hint, options: several(label, options, hint=hint),
    "yes_no": lambda label, hint, _options: choice(
        label, standard.YES_NO, hint=hint, widget="radio"
    ),
}


def of_place(place: str) -> dict[str, "fields.Field[Any]"]:
    """What an office asks for on a form besides ours, by name; and what it asked for once, which
    goes on being shown where it was answered and is kept when the form is saved.
    """
    return {shown.name: field(shown) for shown in extra_fields.of_place(place)}


def field(shown: Shown) -> "fields.Field[Any]":
    """One of them, in the reader's language. A hidden one is drawn only where it was answered."""
    options = [
        (option["code"], in_words(option["labels"])) for option in shown.said.get("options", ())
    ]
    made = _MAKES[shown.kind](
        in_words(shown.said["labels"]), in_words(shown.said.get("hints", {})), options
    )
    ended = [each["code"] for each in shown.said.get("options", ()) if each.get("ended")]
    made.metadata = {
        **made.metadata,
        "besides": True,
        "ended": ended,
        "only_answered": not shown.offered,
    }
    return made


def in_words(labels: Mapping[str, str]) -> str:
    """A label in the reader's language, else in the one that it was first written in."""
    return labels.get(locale_code()) or labels.get(SOURCE) or next(iter(labels.values()), "")


def label_of(name: str) -> str:
    """How an office calls the field that goes by this name."""
    found = extra_fields.by_name([name])
    return in_words(found[name].said["labels"]) if name in found else ""


def told_elsewhere(form: Form, content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was answered to questions of another office, as (label, answer): a case brings them
    along, and no form here asks them.
    """
    names = [name for name in content if name not in form.schema.fields]
    asked = extra_fields.by_name(names)
    return [
        (shown_field.label, shown_field.as_text(content[name]))
        for name, shown in asked.items()
        for shown_field in [Field(form, name, field(shown))]
    ]


def turn_to_office(subjects: Iterable[Any], actor: Any) -> None:
    """From here on forms ask what the office of the case asks; without a case, the office for which
    the actor registers.
    """
    for subject in subjects:
        office_id = getattr(subject, "office_id", None)
        if office_id is None and hasattr(subject, "case"):
            office_id = getattr(subject.case, "office_id", None)
        if office_id is not None:
            return office_at_hand.turn_to(office_id)
    places = actor.at(*_REGISTER)
    if len(places) > 1:  # until they say for which, no form is any office's
        places &= {actor.office}
    return office_at_hand.turn_to(next(iter(places), None))


FormSchema.asked_besides = staticmethod(of_place)
