"""What a form says as a browser sends it: the inverse of :func:`web.forms.typed`."""

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import Schema, fields
from werkzeug.datastructures import MultiDict

ASIDE = "__aside"  # what stands in a field whose question has a reason in place of an answer

OPENED = "revision_when_opened"  # on the page of a conflict: what its author had seen before it


def not_seen_since(sent: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What stands on the page of a conflict, to be kept: by the revision at which its form was
    opened, so that whoever takes it up elsewhere is asked again what both changed.
    """
    pairs = list(sent)
    opened = dict(pairs).get(OPENED)
    if opened is None:
        return pairs
    named = ((name, opened if name == "revision" else value) for name, value in pairs)
    return [(name, value) for name, value in named if name != OPENED]


def put_back(sent: MultiDict[str, str]) -> MultiDict[str, str]:
    """What a browser sent, with what was put aside in its place again: for a form that comes back,
    so that whoever takes the reason back has the answer.
    """
    pairs = ((name.removesuffix(ASIDE), value) for name, value in sent.items(multi=True))
    return MultiDict(pairs)


def pairs(schema: type[Schema] | Schema, data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a browser would send of ``data``, as :func:`web.forms.typed` reads it."""
    made = schema() if isinstance(schema, type) else schema
    reasons = data.get("unanswered") or {}
    found = [(f"{name}__none", str(reason)) for name, reason in reasons.items()]
    for key, field in made.fields.items():
        name = field.data_key or key
        if not isinstance(field, fields.Dict):
            found += _pairs_of(name, data.get(name, data.get(key)))
    return found


def _pairs_of(name: str, value: Any) -> list[tuple[str, str]]:
    if value in (None, "", [], {}, False):
        return []
    if isinstance(value, Mapping):  # a date of which parts are known
        return [
            (f"{name}__{part}", "on" if given is True else str(given))
            for part, given in value.items()
            if given not in (None, "", False)
        ]
    if isinstance(value, list | tuple):
        return [(name, str(one)) for one in value]
    return [(name, "on" if value is True else str(value))]
