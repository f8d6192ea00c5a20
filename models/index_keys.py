"""Whose index a name stands in: each office has an index key of its own, wrapped by its wrapping
key, so that a machine without that one neither reads nor labels its rows.

What stands under the *common* index, as the version before left it, and cases of an office that has
no index key yet, is read beside until it is moved (:mod:`operations.indexing`).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from encryption.keyring import HeldElsewhere, derived
from encryption.postings import PostingCipher
from models.base import Base, db, now
from models.key_wraps import SystemKey, keyring, unwrapped
from models.states import KeyState

FIRST = 1001  # the numbers below are those of common indexes, which are counted in system_keys


class IndexKey(Base):
    """The key of one office's index. Two stand beside each other while it is rotated."""

    __tablename__ = "index_keys"
    id: Mapped[int] = mapped_column(primary_key=True)  # the number of its index, from FIRST on
    office_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    master_version: Mapped[int]  # of the wrapping key
    content: Mapped[bytes]
    # Until then a process of the version before may ask the common index: it is written too.
    beside_until: Mapped[datetime | None]
    __table_args__ = (Index("ix_index_keys_office", "office_id"),)


def bound_to(number: int) -> str:
    """The place of an index key."""
    return f"index_keys/{number}"


@dataclass(frozen=True)
class Generation:
    """One whole index under one key: of an office, or common."""

    number: int
    office_id: int | None = None
    key: bytes = field(default=b"", repr=False)  # of an office's
    wrapped: bytes | None = None  # of a common one; none: derived from the root
    beside: bool = False  # an office's, while the common index is written too

    def derive(self, purpose: str) -> bytes:
        """A key of this index."""
        if self.key:
            return derived(self.key, purpose)
        return keyring().derive_for_index(self.wrapped, f"index/{self.number}", purpose)

    def cipher(self) -> PostingCipher:
        """What seals and labels the rows of this index."""
        return PostingCipher(self.derive("index/labels"), self.derive("index/postings"))


@dataclass(frozen=True)
class Standing:
    """All indexes that this process can read, and the offices whose keys are on other machines."""

    common: tuple[Generation, ...]
    offices: tuple[Generation, ...]
    elsewhere: frozenset[int]
    kept_apart: frozenset[int]  # numbers of the indexes of those offices

    @property
    def all(self) -> tuple[Generation, ...]:
        """Every index that is asked."""
        return (*self.common, *self.offices)

    def into(self, office_id: int | None) -> tuple[Generation, ...]:
        """The indexes into which a case of an office is written."""
        mine = self.newest(office_id)
        if mine is None:
            return self.common
        return (*self.common, mine) if mine.beside else (mine,)

    def newest(self, office_id: int | None) -> Generation | None:
        """The index of an office; none where it has no key yet.

        Raises :class:`encryption.keyring.HeldElsewhere`.
        """
        if office_id in self.elsewhere:
            raise HeldElsewhere(office_id)
        mine = [each for each in self.offices if each.office_id == office_id]
        return max(mine, key=lambda each: each.number, default=None)

    def holding(self, number: int | None) -> tuple[Generation, ...]:
        """The indexes in which a case stands that was last written into the one with a number.

        Raises :class:`encryption.keyring.HeldElsewhere`.
        """
        if number in self.kept_apart:
            raise HeldElsewhere(number)
        mine = tuple(each for each in self.offices if each.number == number)
        return mine if mine and not mine[0].beside else (*self.common, *mine)


def standing(*, hold: bool = False) -> Standing:
    """The indexes there are.

    ``hold`` keeps them from being retired before this transaction ends.
    """
    query = select(
        IndexKey.id, IndexKey.office_id, IndexKey.content, IndexKey.beside_until
    ).order_by(IndexKey.id)
    offices, moment = [], now()
    elsewhere: dict[int, int] = {}
    for number, office, content, until in _rows(query, hold=hold):
        try:
            key = unwrapped(content, bound_to(number))
        except HeldElsewhere:
            elsewhere[number] = office
            continue
        beside = until is not None and until > moment
        offices.append(Generation(number, office, key=key, beside=beside))
    apart = frozenset(elsewhere.values()), frozenset(elsewhere)
    return Standing(_common(hold=hold), tuple(offices), *apart)


def _common(*, hold: bool) -> tuple[Generation, ...]:
    query = select(SystemKey.name, SystemKey.state, SystemKey.content)
    rows = _rows(query.where(SystemKey.name.like("index/%")), hold=hold)
    found = [
        Generation(int(name.removeprefix("index/")), wrapped=content)
        for name, _state, content in rows
    ]
    if KeyState.CURRENT not in {state for _name, state, _content in rows}:
        found.append(Generation(1))
    return tuple(sorted(found, key=lambda each: each.number))


def _rows(query: Any, *, hold: bool) -> list[Any]:
    held = query.with_for_update(read=True, key_share=True) if hold else query
    with db.session.no_autoflush:
        return list(db.session.execute(held).all())
