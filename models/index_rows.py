"""Rows of the index of names, and of exact look-up: labels and hashes under keys."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.erasure import GONE


class NameRow(Base):
    """One row of the name index: a head or a block (see :mod:`encryption.postings`)."""

    __tablename__ = "name_rows"
    label: Mapped[bytes] = mapped_column(primary_key=True)
    content: Mapped[bytes]
    generation: Mapped[int] = mapped_column(default=1, index=True)  # the number of its index
    __table_args__ = {"sqlite_with_rowid": False}


class NameCard(Base):
    """What search compares of one case, sealed under a key of the case: names, birth, no more."""

    __tablename__ = "name_cards"
    __erasure__ = GONE
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    content: Mapped[bytes]
    index_number: Mapped[int | None] = mapped_column(index=True)  # none: in the common index alone
    # Of the content that was put into that index: a process of the version before changes it alone.
    enrolled: Mapped[bytes | None]


class BlindToken(Base):
    """Exact look-up: phone, mail, document of a case, as keyed hashes."""

    __tablename__ = "blind_tokens"
    __erasure__ = GONE
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    token: Mapped[bytes] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(default=1)
    __table_args__ = (Index("ix_blind_tokens_token", "token"),)
