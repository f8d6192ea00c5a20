"""The shape of what an office adds to a list: what it is called, and as what of ours it counts."""

from typing import Any

from flask_babel import lazy_gettext as _l

from organisations import code_lists
from organisations.extra_field_schemas import in_each_language
from web.forms import FormSchema, choice, text


class _AddSchema(FormSchema):
    counted_as = choice(
        _l("Counted as"),
        code_lists.options,
        hint=_l("In statistics and exports it stands as this one. It stays as it is made."),
        required=True,
    )


_WORDS: dict[str, Any] = in_each_language(
    "label", _l("What it is called"), text, needed=True, most=80
)
CodeEntrySchema: Any = _AddSchema.from_dict(_WORDS, name="CodeEntrySchema")
CodeWordsSchema: Any = FormSchema.from_dict(_WORDS, name="CodeWordsSchema")
