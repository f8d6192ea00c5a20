"""The shape of a field that an office asks for: one input for each language of the interface."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema

from standards import extra_fields as standard
from standards.languages import LANGUAGES, SOURCE
from web.forms import FormSchema, choice, text, textarea

MOST_OPTIONS = 60


def in_each_language(
    name: str, label: Any, make: Any, hint: Any = "", *, needed: bool = False, **more: Any
) -> dict[str, "fields.Field[Any]"]:
    """An input for each language; ``needed``: the one that ours are written in must be filled."""
    made = {}
    for code, own_name in LANGUAGES.items():
        words = _l("%(what)s, in %(language)s", what=label, language=own_name)
        is_first = code == SOURCE
        made[f"{name}_{code}"] = make(
            words, hint=hint if is_first else "", required=needed and is_first, **more
        )
    return made


class WordsSchema(FormSchema):
    """What a field says: its label, a hint, what may be chosen."""

    @validates_schema
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        lines = (data.get(f"options_{SOURCE}") or "").splitlines()
        wrong = {}
        if len(lines) > MOST_OPTIONS:
            wrong[f"options_{SOURCE}"] = [
                str(_l("That is too much to choose from: %(num)s at most.", num=MOST_OPTIONS))
            ]
        if wrong:
            raise ValidationError(wrong)


_WORDS: dict[str, Any] = {
    **in_each_language("label", _l("Question"), text, needed=True, most=120),
    **in_each_language("hint", _l("Hint"), text, most=200),
    **in_each_language(
        "options",
        _l("To choose from"),
        textarea,
        hint=_l(
            "One on each line. A line that begins with a code, such as o2:, is the choice that "
            "stands under it; a line left out is offered no longer and stays where it was chosen."
        ),
        most=6000,
    ),
}
ChangeFieldSchema: Any = WordsSchema.from_dict(_WORDS, name="ChangeFieldSchema")


class _NewSchema(WordsSchema):
    place = choice(_l("On which form"), standard.PLACES, required=True)
    kind = choice(
        _l("Kind of answer"), standard.KINDS, required=True, hint=_l("It stays as it is made.")
    )

    @validates_schema
    def _can_be_chosen(self, data: dict[str, Any], **_: Any) -> None:
        is_list, said = data.get("kind") in standard.LISTED, data.get(f"options_{SOURCE}")
        if is_list and not said:
            message = _l("Say what may be chosen, one on each line.")
        elif said and not is_list:
            message = _l("This kind of answer is not chosen from a list. Take another kind.")
        else:
            return
        raise ValidationError({f"options_{SOURCE}": [str(message)]})


ExtraFieldSchema: Any = _NewSchema.from_dict(_WORDS, name="ExtraFieldSchema")
