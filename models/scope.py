"""The second wall, on PostgreSQL: who acts is told to the database at the beginning of each
transaction, and row-level security shows no more.

A query that forgets to ask the policy finds no row of another mission. Which rows are whose stands
in :mod:`models.walls`; SQLite has no such wall. A request begins as nobody, before its session is
read, and can never become the whole; jobs and commands act for the installation and see all of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from typing import Any

from flask import has_request_context
from sqlalchemy import Connection, Integer, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models.base import db
from models.coded import Alike
from models.walls import OPENINGS

ROLE = "safeconduct_app"
_STAY = Alike("placements.case_id", Integer)  # how a stay names its case


@dataclass(frozen=True)
class Scope:
    """Whose rows may be seen: of which missions, which single cases beside, of which account."""

    who: str = ""
    offices: frozenset[int] = frozenset()
    cases: frozenset[int] = frozenset()
    whole: bool = False
    user: int | None = None
    openings: frozenset[str] = frozenset()
    touched: frozenset[int] = frozenset()  # cases of the records this request acts on


WHOLE = Scope("system", whole=True)
NOBODY = Scope()
_scope: ContextVar[Scope] = ContextVar("scope", default=WHOLE)


def enter(scope: Scope) -> None:
    """From here on the database shows what ``scope`` may see, in the open transaction too.

    The whole is for tasks and commands: a request that asks for it is a fault of ours, and fails.
    """
    if scope.whole and has_request_context():
        raise RuntimeError("a request never acts for the installation")
    _change(scope)


def _change(scope: Scope) -> None:
    _scope.set(scope)
    if db.session.registry.has() and db.session().in_transaction():
        _tell(db.session.connection())


def standing() -> Scope:
    """The scope that stands."""
    return _scope.get()


def put_back(scope: Scope) -> None:
    """After a request: the next transaction begins with ``scope``."""
    _scope.set(scope)


@contextmanager
def opened(*names: str, who: str = "") -> Iterator[None]:
    """Within the block, rows behind these openings (:data:`models.walls.OPENINGS`) are seen too.

    ``who``: where nobody acts, for whom it is done; so that a key may be held while it seals.
    """
    unknown = set(names) - OPENINGS.keys()
    if unknown:
        raise ValueError(f"no such opening: {sorted(unknown)}")
    scope = standing()
    with (
        nullcontext()
        if scope.whole
        else within(replace(scope, who=scope.who or who, openings=scope.openings | set(names)))
    ):
        yield


@contextmanager
def everywhere(offices: frozenset[int]) -> Iterator[None]:
    """Within the block every office's rows are as one's own, for a deed that the policy gives to
    those who oversee all of them alone (``offices``: all there are).
    """
    scope = standing()
    wide = replace(scope, offices=offices, openings=frozenset(OPENINGS))
    with nullcontext() if scope.whole else within(wide):
        yield


@contextmanager
def reaching(case_id: int) -> Iterator[None]:
    """Within the block, one case of another mission is as one's own: it comes here, or goes."""
    scope = standing()
    with nullcontext() if scope.whole else within(replace(scope, cases=scope.cases | {case_id})):
        yield


@contextmanager
def asking(case_id: int) -> Iterator[None]:
    """Within the block a rule reads what the file of one case says, whoever acts: what the walls
    hide from them must not make a rule say yes. Nothing is written in it, and no content opened.
    """
    before = standing()
    if before.whole or case_id in before.cases:
        yield
        return
    session = db.session()
    if session.autoflush:
        session.flush()  # under the scope that stands
    _change(replace(before, cases=before.cases | {case_id}))
    try:
        with session.no_autoflush:
            yield
    finally:
        _scope.set(before)
        if session.is_active:
            with suppress(SQLAlchemyError):  # a transaction that is lost hears nothing more
                _change(before)


def touch(case_id: int | None) -> None:
    """This request acts on a record of a case, as the policy allowed: timeline, tasks and
    referrals of that case may be written, whoever's it is; its contents and keys stay shut.
    """
    scope = standing()
    if case_id is not None and not scope.whole and case_id not in scope.touched:
        _change(replace(scope, touched=scope.touched | {case_id}))


@contextmanager
def within(scope: Scope) -> Iterator[None]:
    """Within the block ``scope`` stands; what was written is sent, as later it would be refused."""
    before = standing()
    enter(scope)
    try:
        yield
        if db.session.registry.has() and db.session().in_transaction():
            db.session.flush()
    except BaseException:
        _scope.set(before)  # the transaction is lost; the next begins with what stood before
        if db.session.registry.has() and db.session().is_active:
            # A transaction that a statement broke, or whose connection is lost, hears nothing more;
            # what broke it is what is raised.
            with suppress(SQLAlchemyError):
                _change(before)
        raise
    _change(before)


@dataclass(frozen=True)
class Patience:
    """How many seconds a request waits in PostgreSQL: for a lock, for the answer to one statement,
    and how long it may hold a transaction without asking anything. Tasks and commands wait on.
    """

    lock: int = 0
    statement: int = 0
    idle: int = 0


_patience = Patience()


def register(patience: Patience = _patience) -> None:
    """Tell every transaction of a session who acts, and how long a request waits."""
    global _patience
    _patience = patience
    if not event.contains(Session, "after_begin", _begun):
        event.listen(Session, "after_begin", _begun)


def _begun(_session: Session, _transaction: Any, connection: Connection) -> None:
    _tell(connection)


_WORDS = text(
    "SELECT set_config('role', :role, true), set_config('sc.who', :who, true), "
    "set_config('sc.user', :user, true), set_config('sc.offices', :offices, true), "
    "set_config('sc.cases', :cases, true), set_config('sc.stays', :stays, true), "
    "set_config('sc.touched', :touched, true), "
    "set_config('sc.open', :open, true), set_config('sc.whole', :whole, true), "
    "set_config('lock_timeout', :lock, true), set_config('statement_timeout', :statement, true), "
    "set_config('idle_in_transaction_session_timeout', :idle, true)"
)


def _tell(connection: Connection) -> None:
    if connection.dialect.name != "postgresql" or not _role_exists(connection):
        return
    scope = _scope.get()
    words = {
        "role": ROLE,
        "who": scope.who,
        "user": "" if scope.user is None else str(scope.user),
        "offices": _array(scope.offices),
        "cases": _array(scope.cases),
        "stays": _array(frozenset(map(_STAY.keyed, scope.cases))),
        "touched": _array(scope.touched),
        "open": _array(scope.openings),
        "whole": "on" if scope.whole else "",
        **_limits(),
    }
    connection.execute(_WORDS, words)


def _limits() -> dict[str, str]:
    """In seconds, as PostgreSQL reads them; 0 waits for ever."""
    patience = _patience if has_request_context() else Patience()
    return {name: f"{seconds}s" for name, seconds in asdict(patience).items()}


def _array(items: frozenset[int] | frozenset[str]) -> str:
    return "{" + ",".join(sorted(map(str, items))) + "}"


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
