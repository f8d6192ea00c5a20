"""What was done once for the whole installation: its rows bear their MAC, its codes are sealed.

Two layers, one for each upgrade that covered more. That a layer was done stands in a mark under a
MAC, in the trail, and in every row that bears a MAC of it: who takes some of these away makes
nothing look like the version before, whose rows bear none of them.
"""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask import current_app
from sqlalchemy import String, Text, cast, delete, exists, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from encryption import codes
from encryption.signing import keyed_digest
from models import coded
from models.audit import AuditRecord
from models.base import Base, db
from models.scope import opened
from models.sealed import keyring

PURPOSE = "rows"
DONE = "rows_sealed"  # the mark of the first layer, and the deed of the trail that says so too
ALL_DONE = "all_rows_sealed"  # of the second: whatever decides, and codes in plain are refused
FIRST, SECOND = 1, 2
LAYER = "layer"  # of a column that holds the MAC of its row: with which upgrade it came
NAMES = {FIRST: DONE, SECOND: ALL_DONE}
# By these one sees whether codes were ever sealed: there is no installation without them.
_SEALED_IN = {"organisations": ("code", "name"), "users": ("email", "name")}


class Mark(Base):
    """What was done once for the whole installation, under a MAC."""

    __tablename__ = "marks"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    mac: Mapped[bytes]


_upgrading: ContextVar[bool] = ContextVar("upgrading", default=False)


def is_done(layer: int = SECOND) -> bool:
    """Whether the rows of the version before were covered: from then on a row without a MAC is
    nobody's. Once true it is true for this process.
    """
    if _upgrading.get():
        return False
    if not keyring().has(PURPOSE):  # a process that was started when all was done
        return True
    done = current_app.extensions.setdefault(DONE, {})
    if not done.get(layer):
        done[layer] = is_marked(layer) or _is_in_the_trail(layer) or _shows(layer)
    return bool(done[layer])


def is_marked(layer: int = SECOND) -> bool:
    """Whether its mark stands (the mark of the second says it of the first, too); where it does
    not and :func:`is_done`, somebody took it away.
    """
    names = [name for number, name in NAMES.items() if number >= layer]
    with db.session.no_autoflush:
        found = db.session.execute(select(Mark.name, Mark.mac).where(Mark.name.in_(names))).all()
    return any(hmac.compare_digest(mac, _mac(name)) for name, mac in found)


def is_before(layer: int) -> bool:
    """Whether this is the version before: nothing shows the layer, and what came before it was
    done as it should be.
    """
    if is_done(layer):
        return False
    return is_marked(FIRST) if layer == SECOND else not _are_codes_sealed()


def set_mark(layer: int = SECOND) -> None:
    """From now on a row without a MAC of this layer is nobody's. The mark of the layer before goes:
    nothing may look as it did then.
    """
    db.session.execute(delete(Mark).where(Mark.name.in_(NAMES.values())))
    db.session.add(Mark(name=NAMES[layer], mac=_mac(NAMES[layer])))
    db.session.flush()


def forget() -> None:
    """Ask again what is done: for whoever changed it beside this process."""
    current_app.extensions.pop(DONE, None)


@contextmanager
def unmarked() -> Iterator[None]:
    """Within the block rows count as before the upgrade: for who covers them."""
    token = _upgrading.set(True)
    try:
        yield
    finally:
        _upgrading.reset(token)


@opened("trail")
def _is_in_the_trail(layer: int) -> bool:
    names = [name for number, name in NAMES.items() if number >= layer]
    with db.session.no_autoflush:
        query = select(AuditRecord.id).where(AuditRecord.deed.in_(names)).limit(1)
        return db.session.execute(query).first() is not None


@opened("accounts", "links", "post")
def _shows(layer: int) -> bool:
    """Whether a row bears a MAC of it. Nobody writes one before the layer is done."""
    with db.session.no_autoflush:
        return any(
            db.session.execute(select(exists().where(column.is_not(None)))).scalar()
            for number, column in _seals()
            if number >= layer
        )


def _seals() -> Iterator[tuple[int, Any]]:
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if LAYER in column.info:
                yield column.info[LAYER], column


@opened("accounts")
def _are_codes_sealed() -> bool:
    begins = (f"{codes.APART}%", f"{codes.ALIKE}%")
    with db.session.no_autoflush:
        for name, names in _SEALED_IN.items():
            bare = coded.bare(Base.metadata.tables[name])
            found = (cast(bare.c[each], Text).like(begin) for each in names for begin in begins)
            if db.session.execute(select(exists().where(or_(*found)))).scalar():
                return True
    return False


def _mac(name: str) -> bytes:
    return keyed_digest(keyring().derive(PURPOSE), b"mark", name.encode())


coded.on_plain(is_done)
