"""The trail: who, when, what, which fields, why; never the content.

A hash chain per organisation.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.coded import Alike, Sealed
from models.erasure import stays


class AuditHead(Base):
    """The end of one organisation's chain.

    Its row is locked while entries are added, so that one chain stays one.
    """

    __tablename__ = "trail_heads"
    organisation_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=0)
    hash: Mapped[bytes]
    # Entries up to this one are linked by plain digests: they were written before links were keyed.
    keyed_from: Mapped[int] = mapped_column(default=0)
    # Over all of the above, under a key; none until the chain was taken into keyed links.
    mac: Mapped[bytes | None]


class AuditRecord(Base):
    """One deed.

    ``cases`` names the cases it touched, by id, space-separated, so that the hash covers them.
    """

    __tablename__ = "trail"
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]
    number: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Alike("trail.actor", String(60)))
    user_id: Mapped[int | None]
    deed: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(Alike("trail.subject", String(60)), default="")
    fields: Mapped[str] = mapped_column(Sealed("trail.fields", String(2000)), default="")
    cases: Mapped[str] = mapped_column(String(2000), default="")
    purpose: Mapped[str] = mapped_column(Sealed("trail.purpose", String(60)), default="")
    hash: Mapped[bytes]
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        Index("ix_trail_user_id", "user_id", "at"),
        Index("ix_trail_at", "at"),
    )


class AuditRecordCase(Base):
    """Finds the entries of one case."""

    __tablename__ = "trail_cases"
    __erasure__ = stays("case_id entry_id")
    case_id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("trail.id"), primary_key=True)


class AuditSeal(Base):
    """The end of one chain as it stood at a moment, signed (Ed25519).

    Seals stand in one row: each has a number and the digest of the one before, so that none can be
    taken out. Exported ones prove a chain that was cut or made anew.
    """

    __tablename__ = "trail_seals"
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]
    number: Mapped[int]
    hash: Mapped[bytes]
    at: Mapped[datetime]
    signature: Mapped[bytes]
    serial: Mapped[int | None] = mapped_column(unique=True)  # none: made before seals had numbers
    previous: Mapped[bytes | None]
    __table_args__ = (UniqueConstraint("organisation_id", "number"),)
