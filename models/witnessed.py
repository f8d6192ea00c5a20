"""Rows that say who may act, and columns that decide, bear a MAC under a derived key.

Whoever writes into the database without the keys neither gets in through the application nor turns
a no into a yes: such a row is taken for one that is not there, and is told of. A model says which
of its columns count; they are covered when the row is written through the session, and asked by
:func:`stands` where something is decided: by the policy of what it is asked about, by each life
cycle of what it moves, and where a rule or a job reads another row. Not covered: that a whole row
is missing, and that a row stands as it once stood, with its MAC of then.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import and_, event, false, inspect, select, true, tuple_, update
from sqlalchemy.orm import (
    Mapped,
    Mapper,
    ORMExecuteState,
    Session,
    attributes,
    declared_attr,
    mapped_column,
    object_session,
    undefer,
)
from sqlalchemy.orm.base import LoaderCallableStatus

from models import coded, marks
from models.base import Base, db, untouched
from models.erasure import becomes
from models.marks import DONE, FIRST, SECOND, Mark, is_done, is_marked, set_mark
from models.row_macs import Cover
from models.sealed import keyring

__all__ = ["DONE", "Mark", "is_done", "is_marked", "set_mark"]  # marks, for who covers rows
_WITHOUT = LoaderCallableStatus.NO_VALUE
_STANDS = "stands"
_BY_ITSELF = "renews"  # option of a statement whose rows get their MACs here
ALL_ROWS = "all_rows"  # option of a query: those that do not stand, too


def named(*names: str) -> tuple[str, ...]:
    """Columns, named with spaces between them."""
    return tuple(" ".join(names).split())


class Witnessed:
    """Mixin of a model whose row bears a MAC over :attr:`__witnessed__`, which tell its rows apart.

    Of a column in ``__witnessed_if_there__`` only whether it is empty is covered. With ``id`` among
    the columns the MAC is written after the row has its id. ``__layer__``: with which upgrade it
    came.
    """

    __witnessed__: ClassVar[tuple[str, ...]] = ()
    __witnessed_if_there__: ClassVar[tuple[str, ...]] = ()
    __layer__: ClassVar[int] = FIRST
    __is_gone__: ClassVar[bool] = False  # no query gives a row that does not stand

    @declared_attr
    def seal(cls) -> Mapped[bytes | None]:  # noqa: N805 -- of the class
        """Made anew by :func:`renew`."""
        return mapped_column(info=becomes(None) | {marks.LAYER: cls.__layer__})


class WitnessedToo(Witnessed):
    """The same for a model that came with the second upgrade."""

    __layer__ = SECOND
    __is_gone__ = True


class WitnessedMore(Witnessed):
    """A model that was covered before and of which more is, by a MAC of its own."""

    __witnessed_more__: ClassVar[tuple[str, ...]] = ()
    seal_more: Mapped[bytes | None] = mapped_column(info=becomes(None) | {marks.LAYER: SECOND})


class WitnessedSeldom(WitnessedMore):
    """And of which there are columns that no list reads (deferred): these have a MAC beside them.
    It is asked where they were read.
    """

    __witnessed_seldom__: ClassVar[tuple[str, ...]] = ()
    seal_seldom: Mapped[bytes | None] = mapped_column(
        deferred=True, deferred_group="seldom", info=becomes(None) | {marks.LAYER: SECOND}
    )


# What is told of a row that somebody else wrote: table, what names the row, its case.
Listener = Callable[[str, str, int | None], None]
_listeners: list[Listener] = []


def on_forged(listener: Listener) -> Listener:
    """Call ``listener`` for each row that is refused."""
    _listeners.append(listener)
    return listener


@coded.on_refused
def _tell_of_plain(column: str) -> None:
    table, _, name = column.partition(".")
    for listener in _listeners:
        listener(table, name, None)


def stands(record: Any) -> bool:
    """Whether a row is as the application wrote it; otherwise it is told of, and counts for none.

    What this transaction changed and did not send yet is not asked: the row as it was read is. A
    row of a model that bears no MAC stands, and each in a process without the key, which opens no
    record.
    """
    if not isinstance(record, Witnessed):
        return True
    state: Any = inspect(record)
    if not state.has_identity or state.info.get(_STANDS) or not keyring().has(marks.PURPOSE):
        return True
    if _is_right(record):
        state.info[_STANDS] = True
        return True
    name = "/".join(str(part) for part in state.identity)
    table = type(record).__table__.name  # type: ignore[attr-defined]
    case_id = state.identity[0] if table == "cases" else None
    for listener in _listeners:
        listener(table, name[:40], case_id or getattr(record, "case_id", None))
    return False


@event.listens_for(Session, "do_orm_execute")
def _leave_out(asked: ORMExecuteState) -> Any:
    """What a query for rows of one model gives: rows that do not stand are not there. Related rows
    are not left out, and no query for single columns leaves any out.
    """
    options = asked.execution_options
    if not asked.is_select or asked.is_relationship_load or asked.is_column_load:
        return None
    mapper = asked.bind_mapper
    if mapper is None or not getattr(mapper.class_, "__is_gone__", False):
        return None
    if len(asked.statement.column_descriptions) > 1 or options.get(ALL_ROWS):  # type: ignore[attr-defined]
        return None
    found = asked.invoke_statement().freeze()
    found.data = [row for row in found.data if stands(row)]
    return found()


def standing(records: Any) -> list[Any]:
    """Those of some rows that stand, where they came another way than by a query for them."""
    return [record for record in records if stands(record)]


def _is_right(record: Any) -> bool:
    read = inspect(record).dict
    return all(
        cover.is_right(_as_read(record, cover))
        for cover in covers(type(record))
        if not cover.seldom or all(name in read for name in (*cover.names, cover.seal))
    )


@event.listens_for(Witnessed, "refresh", propagate=True, raw=True)
@event.listens_for(Witnessed, "expire", propagate=True, raw=True)
def _ask_again(state: Any, *_: Any) -> None:
    state.info.pop(_STANDS, None)


def covers(model: Any) -> tuple[Cover, ...]:
    """The MACs of a model's rows."""
    return _covers(model)


@cache
def _covers(model: Any) -> tuple[Cover, ...]:
    place = model.__tablename__.encode()
    names = (*model.__witnessed__, *model.__witnessed_if_there__)
    found = [Cover("seal", names, frozenset(model.__witnessed_if_there__), model.__layer__, place)]
    more = getattr(model, "__witnessed_more__", ())
    if more:
        found.append(Cover("seal_more", more, frozenset(), SECOND, place + b"/more"))
    if seldom := getattr(model, "__witnessed_seldom__", ()):
        found.append(
            Cover("seal_seldom", seldom, frozenset(), SECOND, place + b"/seldom", seldom=True)
        )
    return tuple(each for each in found if each.names)


def _as_read(record: Any, cover: Cover) -> Mapping[str, Any]:
    """The covered columns and the MAC as they were read."""
    state, names = inspect(record), (*cover.names, cover.seal)
    read, changed = state.dict, state.committed_state
    if not changed and all(name in read for name in names):
        found: Mapping[str, Any] = read
        return found
    made = {}
    for name in names:
        now_ = getattr(record, name)
        made[name] = changed.get(name, now_)
    if any(value is _WITHOUT for value in made.values()):
        made = _in_the_database(record, names)
    return made


def _in_the_database(record: Any, names: tuple[str, ...]) -> dict[str, Any]:
    table: Any = type(record).__table__
    columns = [inspect(type(record)).columns[name].label(name) for name in names]
    keys = zip(table.primary_key, inspect(record).identity, strict=True)
    with db.session.no_autoflush:
        query = select(*columns).where(*(key == value for key, value in keys))
        return dict(db.session.execute(query).mappings().one())


def renew(record: Any) -> None:
    """Cover a row anew that statements beside the session changed, in this transaction."""
    db.session.flush()
    db.session.refresh(record)
    made = {cover.seal: cover.made(_values(record, cover)) for cover in covers(type(record))}
    table = type(record).__table__
    here = zip(table.primary_key, inspect(record).identity, strict=True)
    beside = update(table).where(*(key == part for key, part in here))
    db.session.execute(beside.values({**made, **untouched(table)}))
    for name, seal in made.items():
        attributes.set_committed_value(record, name, seal)


def change_all(model: type[Any], *where: Any, **values: Any) -> int:
    """A statement over many rows: those of ``where`` that stand get ``values`` and a new MAC. Gives
    how many. What the session holds of them is read again.
    """
    db.session.flush()
    return len(_with_new_macs(model, where, update(model).values(values).where))


def _with_new_macs(model: type[Any], where: Any, change: Callable[[Any], Any]) -> list[Any]:
    """Change the rows of ``where`` that stand, by the statement that ``change`` makes for some of
    them; gives the keys of these.
    """
    mapper: Any = inspect(model)
    keys, right = list(mapper.primary_key), []
    for key, found in _covered_values(model, and_(true(), *where)):
        if all(cover.is_right(found) for cover in covers(model)):
            right.append(key)
        else:  # which tells of it
            db.session.get(model, key, populate_existing=True)
    if not right:
        return []
    which = tuple_(*keys).in_(right) if len(keys) > 1 else keys[0].in_([key[0] for key in right])
    options = {"synchronize_session": False, _BY_ITSELF: True}
    db.session.execute(change(which), execution_options=options)
    for key, found in list(_covered_values(model, which)):
        made = {cover.seal: cover.made(found) for cover in covers(model)}
        here = and_(*(column == part for column, part in zip(keys, key, strict=True)))
        beside = update(model.__table__).where(here)
        db.session.execute(beside.values({**made, **untouched(model.__table__)}))
        held = db.session.identity_map.get(mapper.identity_key_from_primary_key(key))
        if held is not None:
            db.session.expire(held)
    return right


def _covered_values(model: type[Any], where: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    mapper: Any = inspect(model)
    keys = list(mapper.primary_key)
    names = {name for cover in covers(model) for name in (*cover.names, cover.seal)}
    columns = [mapper.columns[name].label(name) for name in sorted(names)]
    query = select(*keys, *columns).where(where).with_for_update(of=model.__table__)
    for row in db.session.execute(query).all():
        values = zip(sorted(names), row[len(keys) :], strict=True)
        yield tuple(row[: len(keys)]), dict(values)


@event.listens_for(Session, "do_orm_execute")
def _renew_after(asked: ORMExecuteState) -> Any:
    """A statement of the ORM that changes what is covered, without a result, goes the same way."""
    if not asked.is_update or asked.execution_options.get(_BY_ITSELF):
        return None
    mapper, statement = asked.bind_mapper, asked.statement
    if mapper is None or not _changes_what_is_covered(mapper.class_, statement):
        return None
    where: Any = statement._where_criteria  # type: ignore[attr-defined]  # noqa: SLF001
    _with_new_macs(mapper.class_, where, statement.where)  # type: ignore[attr-defined]
    return asked.invoke_statement(statement.where(false()))  # type: ignore[attr-defined]


def _changes_what_is_covered(model: Any, statement: Any) -> bool:
    """Whether it is a statement over a model (not over its table) that sets a covered column."""
    of_model = "parententity" in statement.table._annotations  # noqa: SLF001
    if not of_model or not issubclass(model, Witnessed):
        return False
    changed = {getattr(column, "key", column) for column in statement._values or ()}  # noqa: SLF001
    is_covered = any(changed & set(cover.names) for cover in covers(model))
    if is_covered and statement._returning:  # noqa: SLF001
        raise TypeError("ask for the rows and change them: such a statement tells of none")
    return is_covered


def _values(record: Any, cover: Cover) -> dict[str, Any]:
    return {name: getattr(record, name) for name in cover.names}


def models() -> list[type[Any]]:
    """Every model that is covered."""
    found = [mapper.class_ for mapper in Base.registry.mappers]
    return [model for model in found if issubclass(model, Witnessed)]


def cover_all(layer: int) -> int:
    """Cover the rows of the version before and set the mark; gives how many. It does not commit."""
    count = 0
    with marks.unmarked():
        for model in models():
            for cover_ in covers(model):
                if cover_.layer == layer:
                    count += cover(model, cover_)
    set_mark(layer)
    return count


def cover(model: type[Any], cover_: Cover, rows: int = 500) -> int:
    """Cover the rows of ``model`` that bear no MAC, by statements of ``rows``; gives how many."""
    table = model.__table__
    keys, seal = list(table.primary_key), table.c[cover_.seal]
    columns = [inspect(model).columns[name].label(name) for name in cover_.names]
    count = 0
    while True:
        query = select(*keys, *columns).where(seal.is_(None)).limit(rows)
        found = db.session.execute(query).all()
        for row in found:
            values = dict(zip(cover_.names, row[len(keys) :], strict=True))
            here = (key == value for key, value in zip(keys, row, strict=False))
            made = {cover_.seal: cover_.mac(values)}
            beside = update(table).where(*here)
            db.session.execute(beside.values({**made, **untouched(table)}))
        count += len(found)
        if len(found) < rows:
            return count


def forged(model: type[Any]) -> Iterator[Any]:
    """The rows of ``model`` that do not stand: for whoever checks all of them."""
    with coded.as_it_stands():
        query = select(model).options(undefer("*")).execution_options(**{ALL_ROWS: True})
        found = db.session.execute(query).unique().scalars().all()
        wrong = [record for record in found if not _is_right(record)]
    yield from wrong


class Forged(Exception):
    """A row that somebody else wrote is not changed by the application: that would cover it."""


@event.listens_for(Witnessed, "before_insert", propagate=True)
def _cover_new(_mapper: Mapper[Any], _connection: Any, record: Any) -> None:
    for cover_ in covers(type(record)):
        _fill_defaults(record, cover_)
        if "id" not in cover_.names:
            setattr(record, cover_.seal, cover_.made(_values(record, cover_)))


@event.listens_for(Witnessed, "after_insert", propagate=True)
def _cover_numbered(_mapper: Mapper[Any], connection: Any, record: Any) -> None:
    numbered = [each for each in covers(type(record)) if "id" in each.names]
    made = {each.seal: each.made(_values(record, each)) for each in numbered}
    if any(made.values()):
        table: Any = type(record).__table__
        beside = update(table).where(table.c.id == record.id)
        connection.execute(beside.values({**made, **untouched(table)}))
        for name, seal in made.items():
            attributes.set_committed_value(record, name, seal)


@event.listens_for(Witnessed, "before_update", propagate=True)
def _cover_changed(_mapper: Mapper[Any], _connection: Any, record: Any) -> None:
    state = inspect(record)
    touched = [
        each
        for each in covers(type(record))
        if any(name in state.committed_state for name in each.names)
    ]
    if not touched:
        return
    assert object_session(record) is not None
    right = all(cover_.is_right(_as_read(record, cover_)) for cover_ in touched)
    if not (right and stands(record)):
        raise Forged(record.__tablename__)
    for cover_ in touched:
        setattr(record, cover_.seal, cover_.made(_values(record, cover_)))


def _fill_defaults(record: Any, cover_: Cover) -> None:
    """What the database would be given by default, now, so that it can be covered."""
    for name in cover_.names:
        column = inspect(type(record)).columns[name]
        if getattr(record, name) is None and column.default is not None:
            made: Any = column.default.arg
            setattr(record, name, made(None) if callable(made) else made)
