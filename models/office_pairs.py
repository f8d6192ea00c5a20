"""The key pairs of offices, and the directory of their public halves.

What goes to an office whose wrapping key lies elsewhere is sealed to its X25519 key and signed with
the sender's Ed25519 key. Both public halves stand in a directory: each entry was asked for by one
officer and agreed to by another, bears the hash of the one before it, and a MAC of the
installation. The private halves lie under the office's own wrapping key.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from encryption import signing
from encryption.sealing_to import new_private, public_of
from models.base import Base, db, now
from models.life_cycles import StateColumn
from models.people import Organisation, User
from models.sealed_by_office import OfficeBytes
from models.states import OfficePairState
from models.witnessed import Witnessed, stands

_HALF = 32


class OfficePair(Witnessed, Base):
    """The pairs of one office, one to seal to and one to sign with; entered into the directory when
    two officers stand for it, and never changed.
    """

    __tablename__ = "office_pairs"
    __witnessed__ = (
        "office_id",
        "state",
        "sealing",
        "signing",
        "number",
        "previous",
        "hash",
        "asked_by_id",
        "decided_by_id",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    state: Mapped[OfficePairState] = mapped_column(StateColumn(OfficePairState, 10))
    sealing: Mapped[bytes]  # public, X25519
    signing: Mapped[bytes]  # public, Ed25519
    private_sealed: Mapped[bytes | None]
    number: Mapped[int | None] = mapped_column(unique=True)  # in the directory, from 1 on
    previous: Mapped[bytes | None]
    hash: Mapped[bytes | None]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    office: Mapped[Organisation] = relationship(lazy="joined")
    asked_by: Mapped[User] = relationship(foreign_keys=asked_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    private = OfficeBytes("private_sealed", "office_pairs/{}")  # both halves, one after the other
    __table_args__ = (
        CheckConstraint(
            "decided_by_id IS NULL OR state = 'refused' OR decided_by_id <> asked_by_id",
            name="two_officers",
        ),
    )

    def make(self) -> None:
        """New pairs. Raises :class:`encryption.keyring.HeldElsewhere` where this machine has not
        the office's wrapping key.
        """
        seal, sign = new_private(), new_private()
        self.sealing, self.signing = public_of(seal), signing.public_key(sign)
        db.session.add(self)
        self.private = seal + sign

    def opens_with(self) -> bytes:
        """The private half of what is sealed to."""
        return self.private[:_HALF]

    def signs_with(self) -> bytes:
        """The private half of what signs."""
        return self.private[_HALF:]

    def enter(self) -> None:
        """Put it at the end of the directory. Raises :class:`DirectoryBroken`."""
        last = max(directory().entries, key=lambda each: each.number or 0, default=None)
        self.number = 1 + (last.number or 0) if last else 1
        self.previous = last.hash if last else b""
        self.hash = self._link()

    def _link(self) -> bytes:
        told = (self.number, self.office_id, self.asked_by_id, self.decided_by_id)
        return signing.digest(
            b"directory", self.previous or b"", repr(told).encode(), self.sealing, self.signing
        )

    def follows(self, before: "OfficePair | None") -> bool:
        """Whether it is what was entered after ``before``."""
        number, previous = ((before.number or 0) + 1, before.hash) if before else (1, b"")
        right = (number, previous, self._link()) == (self.number, self.previous, self.hash)
        return right and self.asked_by_id != self.decided_by_id and stands(self)


class DirectoryBroken(Exception):
    """An entry of the directory was altered, put in or taken away: nothing is sealed by it."""


@dataclass(frozen=True)
class Directory:
    """All entries, oldest first."""

    entries: tuple[OfficePair, ...]

    def newest(self, office_id: int) -> OfficePair | None:
        """What is sealed to for an office, and signed with for it; none where none was entered."""
        mine = [entry for entry in self.entries if entry.office_id == office_id]
        return mine[-1] if mine else None

    def numbered(self, number: int | None, office_id: int | None) -> OfficePair | None:
        """One entry of an office; an older one still opens and proves what was sealed by it."""
        found = (each for each in self.entries if each.number == number)
        return next((each for each in found if each.office_id == office_id), None)


def directory() -> Directory:
    """The directory, each link of it looked at. Raises :class:`DirectoryBroken`."""
    query = select(OfficePair).where(OfficePair.number.is_not(None)).order_by(OfficePair.number)
    with db.session.no_autoflush:
        entries = tuple(db.session.execute(query).unique().scalars())
    before = None
    for entry in entries:
        if not entry.follows(before):
            raise DirectoryBroken(entry.number)
        before = entry
    return Directory(entries)
