"""Sealed columns outside cases: under a key derived from that of the office whose row it is, bound
to table, column and row.

What a version before sealed under the root key goes on opening, until it is sealed anew
(:mod:`operations.rewrapping`).
"""

from functools import cache
from typing import Any, Self, overload

from sqlalchemy import ColumnElement, Table, inspect, select
from sqlalchemy.orm.util import identity_key

from encryption import cipher
from encryption.keyring import FIRST_WRAP, UnknownVersion
from models.base import Base, db, today
from models.key_wraps import held_version, keyring, load_wraps
from models.sealed import open_system, padded
from models.witnessed import stands

SEALED: list["OfficeColumn"] = []  # every one there is, as the models declare them


class OfficeColumn:
    """A column of bytes under a key of the row's office. ``before``: how versions before named the
    key under the root, with ``{}`` for the row.
    """

    def __init__(self, column: str, before: str) -> None:
        self.column, self.before = column, before
        self.model: Any = None

    def __set_name__(self, owner: type, name: str) -> None:
        self.model = owner
        SEALED.append(self)

    def read(self, record: Any) -> bytes:
        """What is sealed in the row; empty where there is nothing. A row that somebody else wrote
        (whose it is, until when) does not open.
        """
        if not stands(record):
            raise cipher.Unreadable(self._place)
        content = getattr(record, self.column)
        return self.opened(_row(record), content) if content is not None else b""

    def write(self, record: Any, content: bytes) -> None:
        """Seal for the row, or take away where there is nothing."""
        sealed = None
        if content:
            sealed = self.sealed(_row(record), content, held_version(office_of(record)))
        setattr(record, self.column, sealed)

    def sealed(self, row: str, content: bytes, version: int) -> bytes:
        """``content`` as it lies in the row, under a version of the wrapping keys."""
        key = keyring().derive_from(version, self._place)
        return cipher.seal(key, content, bound=f"{self._place}/{row}", version=version)

    def opened(self, row: str, content: bytes) -> bytes:
        """What was sealed in the row. Raises :class:`encryption.cipher.Unreadable`, or
        :class:`encryption.keyring.HeldElsewhere` where another machine holds its office's key.
        """
        version = cipher.key_version(content)
        if version < FIRST_WRAP:
            return open_system(self.before.format(row), content)
        if not keyring().holds(version):
            load_wraps()
        try:
            key = keyring().derive_from(version, self._place)
        except UnknownVersion:  # of a database older than the last rotation
            raise cipher.Unreadable(self._place) from None
        return cipher.unseal(key, content, bound=f"{self._place}/{row}")

    @property
    def _place(self) -> str:
        return f"{self.model.__tablename__}.{self.column}"


class OfficeBytes(OfficeColumn):
    """``file = OfficeBytes("content", "import")``: bytes, empty where there are none."""

    @overload
    def __get__(self, record: None, owner: type) -> Self: ...
    @overload
    def __get__(self, record: Any, owner: type) -> bytes: ...
    def __get__(self, record: Any, owner: type) -> Self | bytes:
        return self if record is None else self.read(record)

    def __set__(self, record: Any, content: bytes | None) -> None:
        self.write(record, content or b"")


class OfficeText(OfficeColumn):
    """The same for words, which may be filled up with spaces so that their length tells little."""

    def __init__(self, column: str, before: str, *, filled_up: bool = False) -> None:
        super().__init__(column, before)
        self.filled_up = filled_up

    @overload
    def __get__(self, record: None, owner: type) -> Self: ...
    @overload
    def __get__(self, record: Any, owner: type) -> str: ...
    def __get__(self, record: Any, owner: type) -> Self | str:
        if record is None:
            return self
        text = self.read(record).decode()
        return text.rstrip() if self.filled_up else text

    def __set__(self, record: Any, text: str | None) -> None:
        content = (text or "").encode()
        self.write(record, padded(content) if self.filled_up else content)


def row_column(model: Any) -> str:
    """The column that names a row of a model to its ciphertexts: its key, or its number."""
    return "key" if "key" in model.__table__.columns else "id"


def key_column(model: Any) -> ColumnElement[Any]:
    """The column that tells the rows of a model apart: mostly, but not everywhere, a number."""
    (found,) = model.__table__.primary_key
    return found


def _row(record: Any) -> str:
    name = row_column(type(record))
    if getattr(record, name) is None:
        db.session.flush()  # what it is bound to needs the row's number
    found = getattr(record, name)
    if found is None:
        raise RuntimeError(f"put the row of {record.__tablename__} into the session first")
    return str(found)


# What leads from a row to its office: a column, and the table it points into (none: the office).
_LEADS = (
    ("office_id", ""),
    ("organisation_id", ""),
    ("case_id", "cases"),
    ("room_id", "shelter_rooms"),
    ("facility_id", "facilities"),
)
_PEOPLE = ("author_id", "user_id", "by_id")


def office_of(record: Any) -> int | None:
    """The office a row belongs to: the one it names, that of its case or house, or the office of
    the one whose it is; none where nobody says.
    """
    for name, table in _LEADS:
        if name in record.__table__.columns:
            found = _pointed(record, name)
            return found if not table or found is None else _above(table, found)
    if record.__tablename__ == "users":
        return home_of(record.id)
    for name in _PEOPLE:
        if name in record.__table__.columns:
            found = _pointed(record, name)
            return None if found is None else home_of(found)
    return None


def _pointed(record: Any, name: str) -> int | None:
    """A foreign key of a row, or the id of what it will point to once it is written."""
    found: int | None = getattr(record, name)
    related = getattr(record, name.removesuffix("_id"), None) if found is None else None
    return found if related is None else related.id


def _above(table: str, row_id: int) -> int | None:
    """The office of a row of a table that leads there itself."""
    columns = _table(table).columns
    for name, above in _LEADS:
        if name in columns:
            found: int | None = _ask(select(columns[name]).where(columns.id == row_id))
            return found if not above or found is None else _above(above, found)
    return None


def home_of(user_id: int) -> int | None:
    """The office that somebody works in: a mission before others; none without a grant."""
    if (known := _grants_at_hand(user_id)) is not None:
        return next((grant.organisation_id for grant in known), None)
    grants, places = _table("grants").c, _table("organisations").c
    in_force: ColumnElement[bool] = grants.ends_on.is_(None) | (grants.ends_on >= today())
    query = (
        select(grants.organisation_id)
        .join_from(grants.id.table, places.id.table, places.id == grants.organisation_id)
        .where(grants.user_id == user_id, in_force)
        .order_by(places.kind != "mission", grants.id)
    )
    found: int | None = _ask(query.limit(1))
    return found


def _grants_at_hand(user_id: int) -> list[Any] | None:
    """The grants in force of somebody whose account this session has read already (who acts), the
    office they work in first; None where they are to be asked for.
    """
    user = db.session.identity_map.get(identity_key(_user_class(), user_id))
    if user is None or "grants" in inspect(user).unloaded:
        return None
    in_force = [grant for grant in user.grants if grant.in_force]
    return sorted(in_force, key=lambda grant: (grant.organisation.kind != "mission", grant.id))


@cache
def _user_class() -> type[Any]:
    return next(
        each.class_ for each in Base.registry.mappers if each.local_table is _table("users")
    )


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


def _ask(query: Any) -> Any:
    with db.session.no_autoflush:
        return db.session.execute(query).scalar()
