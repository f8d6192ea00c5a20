"""People who reached an office before they agreed to anything: no name, no case."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, now
from models.people import Organisation
from models.sealed_by_office import OfficeText
from models.witnessed import WitnessedToo

BECAME = "case/"  # before the key of a caller who became a case; no address has a stroke in it


class Caller(WitnessedToo, Base):
    """Somebody who called, or came: what was said and advised, a safe way back, a word to find it
    by. Sealed under the key of the office, read by those who work on its cases, erased after its
    days. Of one who became a case nothing is left but which, under a key of its own
    (:data:`BECAME`), so that the old address leads there.
    """

    __tablename__ = "callers"
    __witnessed__ = (
        "key",
        "office_id",
        "expires_at",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    content: Mapped[bytes]
    made_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    office: Mapped[Organisation] = relationship()
    said = OfficeText("content", "caller", filled_up=True)  # as JSON
    __table_args__ = (Index("ix_callers_office", "office_id", "changed_at"),)
