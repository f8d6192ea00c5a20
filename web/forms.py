"""Fields with labels, and forms drawn from schemas: the same marshmallow schema serves page, API
and import.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, ClassVar

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from marshmallow import (
    EXCLUDE,
    RAISE,
    Schema,
    ValidationError,
    fields,
    post_load,
    validate,
    validates_schema,
)
from werkzeug.datastructures import MultiDict

from standards import lists
from standards.grown import every
from web import day_rules
from web.field_types import (
    Day,
    PartialDate,
    Text,
    Whole,
    in_figures,
    known_date,
    known_day,
    ticked,
    too_long,
)

_AT_THE_END = ("unanswered", "corrected", "revision")  # of every form that has them


class FormSchema(Schema):
    """Base of all schemas: unknown fields are refused, empty ones dropped, "not answered" kept as a
    coded reason.
    """

    class Meta:
        unknown = RAISE

    # The place of this form in a case, where an office may ask more (standards.extra_fields).
    extends: ClassVar[str] = ""
    # What it asks there, by name; web.extra_fields gives it.
    asked_besides: ClassVar[Callable[[str], dict[str, Any]]] = staticmethod(lambda _place: {})

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        if self.extends and (more := FormSchema.asked_besides(self.extends)):
            ours = self.declared_fields
            at_the_end = {name: ours.pop(name) for name in _AT_THE_END if name in ours}
            self.declared_fields = {**ours, **more, **at_the_end}
            self._init_fields()

    @validates_schema(skip_on_field_errors=False)
    def _reasons(self, data: dict[str, Any], **_: Any) -> None:
        reasons = data.get("unanswered") or {}
        both = {
            name: [str(_l("Give an answer or a reason, not both."))]
            for name in reasons
            if data.get(name)
        }
        if both | (wrong := day_rules.out_of_order(self.fields, data)):
            raise ValidationError({**wrong, **both})

    @post_load
    def _drop_empty(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if value not in (None, "", [], {})}


@cache
def _labels() -> dict[str, Any]:
    """The label of each field of every form, by name; the first form that has it counts."""
    labels: dict[str, Any] = {}
    waiting = [FormSchema]
    while waiting:
        schema = waiting.pop(0)
        waiting += schema.__subclasses__()
        for name, field in schema().fields.items():
            if label := field.metadata.get("label"):
                labels.setdefault(name, label)
    return labels


def label_of(name: str) -> Any:
    """How forms call a field, in the reader's language; empty where none has it."""
    return _labels().get(name, "")


class EmptySchema(FormSchema):
    """A deed that needs no words."""


def _about(label: Any, hint: Any, widget: str, **more: Any) -> dict[str, Any]:
    return {"label": label, "hint": hint, "widget": widget, **more}


REQUIRED = {"required": _l("This is needed."), "null": _l("This is needed.")}


def text(
    label: Any,
    *,
    hint: Any = "",
    required: bool = False,
    most: int = 200,
    widget: str = "text",
    **more: Any,
) -> Text:
    """One line of text."""
    rules = [_not_longer(most), *([_not_empty] if required else [])]
    return Text(
        required=required,
        validate=rules,
        metadata=_about(label, hint, widget, most=most, **more),
        error_messages=REQUIRED,
    )


_ADDRESS = re.compile(
    r"[^\s@,;<>()\[\]\\\"]{1,64}@[^\s@,;<>()\[\]\\\"]+\.[^\s@,;<>()\[\]\\\".]{2,}"
)


def is_address(value: str) -> bool:
    """Whether ``value`` is one mail address."""
    return _ADDRESS.fullmatch(value) is not None


def address(label: Any, *, hint: Any = "", required: bool = False) -> Text:
    """One mail address, of somebody with an account: no second one, no line break, no space."""

    def check(value: str) -> None:
        if value and not is_address(value):
            raise ValidationError(str(_l("Give one mail address, such as name@organisation.org.")))

    found = text(label, hint=hint, required=required, widget="email", direction="ltr")
    found.validators.append(check)
    return found


def _not_empty(value: str) -> None:
    if not value:
        raise ValidationError(str(REQUIRED["required"]))


def _not_longer(most: int) -> Callable[[str], None]:
    def check(value: str) -> None:
        if len(value) > most:
            raise ValidationError(too_long(most))

    return check


def textarea(
    label: Any, *, hint: Any = "", required: bool = False, most: int = 10_000, **more: Any
) -> Text:
    """Several lines of text."""
    return text(label, hint=hint, required=required, most=most, widget="textarea", **more)


def choice(
    label: Any,
    options: Any,
    *,
    hint: Any = "",
    required: bool = False,
    widget: str = "select",
    **more: Any,
) -> fields.String:
    """One of a list; ``options`` is a list of (code, label) or a function that gives it."""
    about = _about(label, hint, widget, options=options, **more)
    return fields.String(
        required=required,
        validate=_one_of(options, optional=not required),
        metadata=about,
        error_messages=REQUIRED,
    )


def several(
    label: Any,
    options: Any,
    *,
    hint: Any = "",
    required: bool = False,
    data_key: str | None = None,
    **more: Any,
) -> fields.List[Any]:
    """Any number out of a list, each once."""
    about = _about(label, hint, "checks", options=options, **more)
    rule = validate.Length(min=1 if required else 0, max=60)
    one = fields.String(validate=_one_of(options))
    return fields.List(
        one,
        required=required,
        validate=rule,
        metadata=about,
        error_messages=REQUIRED,
        data_key=data_key,
    )


def _one_of(options: Any, *, optional: bool = False) -> Callable[[str], None]:
    def check(value: str) -> None:
        allowed = {code for code, _ in every(options)}
        if value not in allowed and not (optional and value == ""):
            raise ValidationError(str(_l("Choose one of the list.")))

    return check


def day(label: Any, *, hint: Any = "", required: bool = False, **more: Any) -> fields.Date:
    """A day near today, in the calendar of the browser; ``more``: see :mod:`web.day_rules`."""
    return Day(
        required=required,
        allow_none=not required,
        validate=day_rules.past if more.get("past") else None,
        metadata=_about(label, hint, "date", **more),
        error_messages={**REQUIRED, "invalid": _l("Give a date as day, month and year.")},
    )


def whole(
    label: Any,
    *,
    hint: Any = "",
    required: bool = False,
    least: int = 0,
    most: int = 10**9,
    widget: str = "number",
    **more: Any,
) -> fields.Integer:
    """A whole number."""
    about = _about(label, hint, widget, least=least, most=most, **more)
    messages = {**REQUIRED, "invalid": _l("Give a whole number.")}
    return Whole(
        required=required,
        validate=validate.Range(least, most),
        metadata=about,
        error_messages=messages,
    )


def tick(label: Any, *, hint: Any = "", **more: Any) -> fields.Boolean:
    """Yes or nothing."""
    return fields.Boolean(metadata=_about(label, hint, "tick", **more))


def revision() -> fields.Integer:
    """Which version of a section the form was opened with."""
    return fields.Integer(metadata={"widget": "hidden", "label": "", "hint": ""})


def corrected() -> fields.Boolean:
    """Whether the person asked for the change; asked only where something is changed."""
    return fields.Boolean(
        load_only=True,
        metadata={
            "label": _l("The person asked for this correction"),
            "hint": "",
            "widget": "tick",
            "on_change": True,
        },
    )


def unanswered() -> fields.Dict:
    """Why fields have no answer: field → does_not_know, prefers_not or not_asked."""
    reason = fields.String(validate=validate.OneOf(lists.codes(lists.NOT_ANSWERED)))
    return fields.Dict(
        keys=fields.String(), values=reason, metadata={"widget": "none", "label": "", "hint": ""}
    )


class Field:
    """One field of a form as the macros draw it."""

    def __init__(self, form: "Form", name: str, field: fields.Field[Any]) -> None:
        about = field.metadata
        name = field.data_key or name
        self.name = name
        self.required = field.required
        self.label = about.get("label", name)
        self.hint = about.get("hint", "")
        self.widget = about.get("widget", "text")
        self.about = about
        self.value = form.data.get(name)
        self.reason = (form.data.get("unanswered") or {}).get(name, "")
        self.errors = _flat(form.errors.get(name))
        self.may_be_unanswered = bool(about.get("unanswerable"))

    @property
    def options(self) -> list[tuple[str, Any]]:
        """What may be chosen: what is offered no longer only where it stands."""
        stands = self.value if isinstance(self.value, list) else [self.value]
        options = self.about.get("options", ())
        ended = self.about.get("ended", ())
        offered = {code for code, _ in (options() if callable(options) else options)}
        offered = (offered - set(ended)) | {each for each in stands if isinstance(each, str)}
        return [option for option in every(options) if option[0] in offered]

    def as_text(self, value: Any) -> str:
        """A value of this field in words, as a page or a letter says it."""
        if value in (None, "", [], {}):
            return ""
        in_words = {"date": known_day, "partial_date": known_date, "tick": ticked}
        return in_words.get(self.widget, self._chosen)(value)

    def _chosen(self, value: Any) -> str:
        labels = {str(code): label for code, label in every(self.about.get("options", ()))}
        if isinstance(value, list | tuple):
            return ", ".join(str(labels.get(str(one), one)) for one in value)
        return str(labels.get(str(value), value))


def chosen(form: "Form | None", schema: type[FormSchema], data: Any = None) -> "Form":
    """The form to show: the one that was sent and did not fit, if it is of ``schema``; else new."""
    return form if form is not None and isinstance(form.schema, schema) else Form(schema, data)


class Form:
    """A schema with what was typed and what was wrong about it."""

    def __init__(
        self,
        schema: type[Schema] | Schema,
        data: Mapping[str, Any] | None = None,
        errors: Mapping[str, Any] | None = None,
    ) -> None:
        self.schema = schema() if isinstance(schema, type) else schema
        self.data = dict(data or {})
        self.errors = dict(errors or {})

    def __getitem__(self, name: str) -> Field:
        return Field(self, name, self.schema.fields[name])

    def __iter__(self) -> Iterator[Field]:
        return (
            self[name]
            for name, field in self.schema.fields.items()
            if field.metadata.get("widget") not in {"none"}
        )

    @property
    def general(self) -> list[str]:
        """Errors that belong to no single field."""
        return _flat(self.errors.get("_form")) + _flat(self.errors.get("_schema"))


def _flat(errors: Any) -> list[str]:
    if not errors:
        return []
    if isinstance(errors, Mapping):
        return [message for value in errors.values() for message in _flat(value)]
    if isinstance(errors, list | tuple):
        return [message for value in errors for message in _flat(value)]
    return [str(errors)]


def in_lines(wrong: ValidationError, heads: Mapping[str, str] | None = None) -> list[str]:
    """What is wrong, a line for each field, as commands say it; by ``heads`` where given."""
    said, called = wrong.normalized_messages(), heads or {}
    return [f"{called.get(name, name)}: {' '.join(_flat(all_))}" for name, all_ in said.items()]


def typed(schema: type[Schema], form: MultiDict[str, str]) -> dict[str, Any]:
    """What a browser sent, in the shape that ``schema`` loads.

    Names the schema does not know are dropped.
    """
    answers: dict[str, Any] = {}
    reasons = {}
    for field in schema().fields.values():
        name = field.data_key or field.name or ""
        if isinstance(field, fields.Dict):
            continue
        if form.get(f"{name}__none"):
            reasons[name] = form[f"{name}__none"]
        value = _typed(field, name, form)
        if value not in ("", None, [], {}, False):
            answers[name] = value
    if "unanswered" in schema().fields and reasons:
        # Where both came the schema asks: neither goes without a word.
        answers["unanswered"] = reasons
    return answers


def _typed(field: fields.Field[Any], name: str, form: MultiDict[str, str]) -> Any:
    """What a browser sent for one field; several inputs make one value where it has parts."""
    if isinstance(field, PartialDate):
        parts = ((part, form.get(f"{name}__{part}")) for part in PartialDate.PARTS)
        return {part: text for part, text in parts if text}
    if isinstance(field, fields.List):
        return [item for item in form.getlist(name) if item]
    if isinstance(field, fields.Boolean):
        return form.get(name) in {"on", "true", "1", "yes"}
    value = form.get(name, "")
    is_figure = isinstance(field, fields.Integer | fields.Date | fields.Decimal)
    return in_figures(value) or None if is_figure else value


def load(
    schema: type[Schema], given: Mapping[str, Any], *, lenient: bool = False
) -> dict[str, Any]:
    """``given`` checked and in order; raises ``ValidationError`` with every fault by field."""
    loaded: dict[str, Any] = schema(unknown=EXCLUDE if lenient else RAISE).load(given)
    return loaded


def locale_code() -> str:
    """The reader's language, as CLDR writes it."""
    return str(get_locale() or "en")
