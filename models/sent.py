"""What people sent: forms that are kept until they can go on, deeds that count once, and pages that
a form showed.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, now
from models.sealed_by_office import OfficeBytes
from models.witnessed import WitnessedToo


class KeptForm(WitnessedToo, Base):
    """A form with what was typed into it: sealed, of one author, erased after seven days.

    ``page`` is a keyed hash of the address where it stands, so that the page finds it; the address
    itself, which may name a case, lies in the sealed content.
    """

    __tablename__ = "kept_forms"
    __witnessed__ = (
        "key",
        "author_id",
        "page",
        "expires_at",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    page: Mapped[bytes]
    about: Mapped[bytes | None] = mapped_column(index=True)  # keyed hash of a public number
    why: Mapped[str] = mapped_column(String(10))  # typing | locked | ended | factor | refused
    content: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    typed = OfficeBytes("content", "kept")
    __table_args__ = (
        Index("ix_kept_forms_page", "author_id", "page"),
        Index("ix_kept_forms_author", "author_id", "changed_at"),
    )


class SentForm(Base):
    """A deed that was done, by the token of its form (or the key that a program sent with it), and
    what it was answered: sent again, it is answered alike and not done again.
    """

    __tablename__ = "sent_forms"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked: Mapped[bytes]  # keyed hash of what was sent; a version before kept none of a form
    about: Mapped[bytes | None] = mapped_column(index=True)
    answer: Mapped[bytes | None]
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    answered = OfficeBytes("answer", "sent")


class ShownPage(Base):
    """A page that a form was answered with (a search, names), so that one can go back to it:
    sealed, of one session, gone with it or after some minutes.
    """

    __tablename__ = "shown_pages"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)  # a hash of what its address says
    session: Mapped[bytes] = mapped_column(
        ForeignKey("sessions.token", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    content: Mapped[bytes]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    shown = OfficeBytes("content", "shown")
