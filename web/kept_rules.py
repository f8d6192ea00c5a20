"""What the packages say of forms that are kept (:mod:`web.keeping`): how one of many alike is
called, and what of it must never lie there.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from web.links import deed_and_names

Fields = Sequence[tuple[str, str]]
Names = Mapping[str, Any]  # what the address of the deed names
_called: dict[str, Callable[[Names, Fields], str]] = {}
_left_out: dict[str, Callable[[Names, Fields], frozenset[str]]] = {}


def called(*deeds: str) -> Callable[[Callable[[Names, Fields], str]], Any]:
    """Say how a kept form that goes to one of ``deeds`` is called."""

    def add(says: Callable[[Names, Fields], str]) -> Any:
        _called.update(dict.fromkeys(deeds, says))
        return says

    return add


def left_out(*deeds: str) -> Callable[[Callable[[Names, Fields], frozenset[str]]], Any]:
    """Say which fields are never kept of a form that goes to one of ``deeds``."""

    def add(says: Callable[[Names, Fields], frozenset[str]]) -> Any:
        _left_out.update(dict.fromkeys(deeds, says))
        return says

    return add


def name_of(action: str, fields: Fields) -> str:
    """How a kept form is called; empty where its heading is enough."""
    deed, names = deed_and_names(action)
    return _called[deed](names, fields) if deed in _called else ""


def not_kept(action: str, fields: Fields) -> frozenset[str]:
    """The names of fields that must not lie anywhere, by what else the form says."""
    deed, names = deed_and_names(action)
    return _left_out[deed](names, fields) if deed in _left_out else frozenset()
