"""Addresses, made from the name of a page and what it is about: ``link("casefile.show", case)``.

No other module and no template writes an address out. Works in requests, jobs and commands alike.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter


def link(page: str, *about: Any, **arguments: Any) -> str:
    """The address of ``page`` (an endpoint) about the records ``about``.

    Records fill the rule's variables in the order in which they stand there: ``<number>`` takes
    ``record.number``, ``<alert_id>`` takes ``record.id``; a text or a number is taken as it is.
    ``arguments`` fill variables by name, and what the rule does not have goes behind the question
    mark (empty values are left out). Raises ``KeyError`` for a page that does not exist,
    ``TypeError`` for records too many.
    """
    names = _variables(current_app.url_map, page)
    if len(about) > len(names):
        raise TypeError(f"{page} takes {len(names)} records, not {len(about)}")
    values = {name: _value(name, record) for name, record in zip(names, about, strict=False)}
    given = {name: value for name, value in arguments.items() if value not in (None, "")}
    return _adapter(current_app.url_map).build(page, values | given)


def deed_at(path: str) -> str:
    """The name of the deed that is sent to ``path``; empty where there is none."""
    return deed_and_names(path)[0]


def deed_and_names(path: str) -> tuple[str, Mapping[str, Any]]:
    """The same, with what the address names."""
    try:
        deed, names = _adapter(current_app.url_map).match(path, method="POST")
    except HTTPException:
        return "", {}
    return str(deed), names


def _value(name: str, record: Any) -> Any:
    if isinstance(record, str | int):
        return record
    return record.id if name.endswith("_id") else getattr(record, name)


@lru_cache(maxsize=4)
def _adapter(url_map: Map) -> MapAdapter:
    return url_map.bind("localhost")


@lru_cache(maxsize=2048)
def _variables(url_map: Map, page: str) -> tuple[str, ...]:
    """The variables of the page's rule, in the order of the address."""
    rule = next(url_map.iter_rules(page)).rule
    return tuple(re.findall(r"<(?:[^:<>]+:)?(\w+)>", rule))


def path_of_ours(target: str) -> str:
    """A path of ours, or nothing: never another site."""
    parts = urlsplit(target)
    inside = (
        target.startswith("/")
        and not target.startswith(("//", "/\\"))
        and not parts.netloc
        and not parts.scheme
    )
    return target if inside and target.isprintable() and "\\" not in target else ""
