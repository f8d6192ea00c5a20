"""What the applications of all tests share: every test has one of its own, and each would work out
the same few hundred addresses and the same few thousand statements anew.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

MOST_STATEMENTS = 6000
_OF_A_RULE = ("_parts", "_trace", "_converters")  # read, never written, once it is compiled


@contextmanager
def shared() -> Iterator[None]:
    """Addresses are compiled once, and so are statements, for each kind of database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "compile", _rules_once(Rule.compile))
        patch.setattr(SQLAlchemy, "_make_engine", _statements_once(SQLAlchemy._make_engine))
        for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
            # Statements are found by dialect and text: one dialect of a kind is as good as another.
            patch.setattr(dialect, "__eq__", lambda one, other: type(one) is type(other))
            patch.setattr(dialect, "__hash__", lambda one: hash(type(one)))
        yield


def _rules_once(compile_: Callable[[Rule], None]) -> Callable[[Rule], None]:
    kept: dict[tuple[object, ...], dict[str, Any]] = {}

    def once(rule: Rule) -> None:
        key = (rule.rule, rule.subdomain, rule.host, str(rule.defaults), rule.merge_slashes)
        if key not in kept:
            compile_(rule)
            kept[key] = {name: getattr(rule, name) for name in _OF_A_RULE} | {
                "arguments": frozenset(rule.arguments),
                "_build": rule._build.__func__,  # type: ignore[attr-defined]
                "_build_unknown": rule._build_unknown.__func__,  # type: ignore[attr-defined]
            }
            return
        made = kept[key]
        for name in _OF_A_RULE:
            setattr(rule, name, made[name])
        rule.arguments = set(made["arguments"])
        # werkzeug's builders know their rule by ``self`` alone
        rule._build = made["_build"].__get__(rule, None)
        rule._build_unknown = made["_build_unknown"].__get__(rule, None)

    return once


def _statements_once(make: Callable[..., Engine]) -> Callable[..., Engine]:
    kept: LRUCache[Any, Any] = LRUCache(MOST_STATEMENTS)

    def once(*args: Any) -> Engine:
        engine = make(*args)
        engine._compiled_cache = kept
        return engine

    return once
