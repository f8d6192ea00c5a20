"""The keys of the installation as they lie in the database, and which of them wraps what."""

from typing import Any

from flask import current_app
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from encryption.keyring import Keyring, UnknownVersion, WrappedKey
from models.base import Base, db

WRAPS = "wrap/%"  # names of wrapping keys, in SQL


def keyring() -> Keyring:
    """The keys of this installation."""
    found: Keyring = current_app.extensions["keyring"]
    return found


class SystemKey(Base):
    """A key of the installation, wrapped by the master key: the root, of which indexes, signatures
    and sessions are derived, and wrapping keys.
    """

    __tablename__ = "system_keys"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    master_version: Mapped[int]
    content: Mapped[bytes]
    state: Mapped[str] = mapped_column(String(10), default="")  # of index keys: current | next
    position: Mapped[int] = mapped_column(default=0)  # of the next index: the last case it holds
    # Of a wrapping key: whose it is; none: the installation's own.
    office_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))


def unwrapped(content: bytes, context: str) -> bytes:
    """The key wrapped in ``content``.

    Reads the wrapping keys again where another process rotated them.
    """
    try:
        return keyring().unwrap(content, context)
    except UnknownVersion:
        load_wraps()
        return keyring().unwrap(content, context)


def wrapped_new(context: str, office_id: int | None) -> tuple[bytes, WrappedKey]:
    """A fresh key for ``context``, and its form wrapped by a key of the office.

    The wrapping key cannot be retired before this transaction ends.
    """
    return keyring().new(context, held_version(office_id))


def held_version(office_id: int | None) -> int:
    """The newest wrapping key of an office, or the installation's own as long as it has none; it
    cannot be retired before this transaction ends.
    """
    transaction = db.session().get_transaction()
    held: tuple[Any, dict[int | None, int]] | None = db.session.info.get("held_wraps")
    known = held[1] if held and transaction is not None and held[0] is transaction else {}
    if office_id not in known:
        known[office_id] = _hold_newest(office_id)
        db.session.info["held_wraps"] = (db.session().get_transaction(), known)
    return known[office_id]


def _hold_newest(office_id: int | None) -> int:
    mine = (SystemKey.office_id == office_id) | SystemKey.office_id.is_(None)
    query = (
        select(SystemKey.name, SystemKey.office_id)
        .where(SystemKey.name.like(WRAPS), mine)
        .with_for_update(read=True, key_share=True)
    )
    with db.session.no_autoflush:
        found = db.session.execute(query).all()
    newest = max((holder is not None, version_of(name)) for name, holder in found)[1]
    if not keyring().holds(newest):
        load_wraps()
    return newest


def version_of(name: str) -> int:
    """The version in the name of a wrapping key."""
    return int(name.removeprefix("wrap/"))


def load_wraps() -> None:
    """Read the wrapping keys from the database."""
    with db.session.no_autoflush:
        rows = db.session.execute(
            select(SystemKey.name, SystemKey.content, SystemKey.office_id).where(
                SystemKey.name.like(WRAPS)
            )
        ).all()
    keyring().use_wraps(
        {version_of(name): content for name, content, _office in rows},
        {version_of(name): office for name, _content, office in rows},
    )
