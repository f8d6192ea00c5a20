"""The second wall, on PostgreSQL: who acts is told to the database at the beginning of each
transaction, and row-level security shows no more.

A query that forgets to ask the policy finds no key and no content of another mission's case. The
policies are plain comparisons with settings (migration 0003); SQLite has no such wall. Requests
always set a scope; jobs and commands act for the installation and see all of it.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from models.base import db

ROLE = "safeconduct_app"


@dataclass(frozen=True)
class Scope:
    """Whose rows may be seen: of which missions, and which single cases beside."""

    who: str = ""
    offices: frozenset[int] = frozenset()
    cases: frozenset[int] = frozenset()
    whole: bool = False


WHOLE = Scope("system", whole=True)
NOBODY = Scope()
_scope: ContextVar[Scope] = ContextVar("scope", default=WHOLE)


def enter(scope: Scope) -> None:
    """From here on the database shows what ``scope`` may see, in the open transaction too."""
    _scope.set(scope)
    if db.session.registry.has() and db.session().in_transaction():
        _tell(db.session.connection())


def standing() -> Scope:
    """The scope that stands."""
    return _scope.get()


def put_back(scope: Scope) -> None:
    """After a request: the next transaction begins with ``scope``."""
    _scope.set(scope)


def register() -> None:
    """Tell every transaction of a session who acts."""
    if not event.contains(Session, "after_begin", _begun):
        event.listen(Session, "after_begin", _begun)


def _begun(_session: Session, _transaction: Any, connection: Connection) -> None:
    _tell(connection)


_WORDS = text(
    "SELECT set_config('role', :role, true), set_config('sc.who', :who, true), "
    "set_config('sc.offices', :offices, true), "
    "set_config('sc.cases', :cases, true), set_config('sc.whole', :whole, true)"
)


def _tell(connection: Connection) -> None:
    if connection.dialect.name != "postgresql" or not _role_exists(connection):
        return
    scope = _scope.get()
    words = {
        "role": ROLE,
        "who": scope.who,
        "offices": _array(scope.offices),
        "cases": _array(scope.cases),
        "whole": "on" if scope.whole else "",
    }
    connection.execute(_WORDS, words)


def _array(numbers: frozenset[int]) -> str:
    return "{" + ",".join(map(str, sorted(numbers))) + "}"


def _role_exists(connection: Connection) -> bool:
    """Whether the migrations made the role: asked once for each database."""
    engine = connection.engine
    known: bool | None = _known.get(str(engine.url))
    if known is None:
        query = "SELECT count(*) FROM pg_policies WHERE policyname = 'safeconduct'"
        known = bool(connection.exec_driver_sql(query).scalar())
        if known:
            _known[str(engine.url)] = True
    return known


_known: dict[str, bool] = {}
