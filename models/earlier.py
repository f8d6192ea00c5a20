"""What stood before a change, of what lies in no compartment of a case: a return, and what an
office says of its houses, its movements and itself. As :class:`models.sealed.Version` keeps it of
a case.
"""

import json
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from encryption import cipher
from models.base import Base, now
from models.erasure import GONE
from models.returns import Return
from models.sealed import Document, gate, packed
from models.sealed_by_office import OfficeText


def _new_key() -> str:
    return secrets.token_hex(12)


class ReturnVersion(Base):
    """The changed fields of a part of a return (its journey, its plan, one follow-up) as they were:
    under the return's own key, so that they end with it.
    """

    __tablename__ = "return_versions"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(24), default=_new_key)
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"))
    part: Mapped[str] = mapped_column(String(16))  # journey | plan | visits/3
    revision: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    before_sealed: Mapped[bytes]
    record: Mapped[Return] = relationship()
    corrected = False
    __table_args__ = (UniqueConstraint("return_id", "part", "revision"),)

    @property
    def before(self) -> Document:
        """Field → value as it was before."""
        gate.get().pass_through("read", self.record, _document(self.part), ())
        content = cipher.unseal(
            self.record.unwrapped(), self.before_sealed, bound=_place(self.part, self.key)
        )
        found: Document = json.loads(content)
        return found


def _document(part: str) -> str:
    return part.partition("/")[0]


def _place(part: str, key: str) -> str:
    return f"return_versions/{part}/{key}"


def of_return(
    return_: Return, part: str, revision: int, before: Document, by_id: int | None
) -> ReturnVersion:
    """What stood in a part of a return, sealed; whoever acts must be allowed to write it."""
    gate.get().pass_through("write", return_, _document(part), tuple(sorted(before)))
    key = _new_key()
    sealed = cipher.seal(return_.unwrapped(), packed(before), bound=_place(part, key))
    return ReturnVersion(
        key=key, record=return_, part=part, revision=revision, by_id=by_id, before_sealed=sealed
    )


class OfficeVersion(Base):
    """The changed fields of something of an office as they were, under a key of that office."""

    __tablename__ = "office_versions"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(24), default=_new_key)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    about: Mapped[str] = mapped_column(String(24))  # house/12 | movement/3 | places/7
    revision: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    before_sealed: Mapped[bytes | None]
    words = OfficeText("before_sealed", "office_versions/{}", filled_up=True)
    corrected = False
    __table_args__ = (UniqueConstraint("about", "revision"),)

    @property
    def before(self) -> dict[str, Any]:
        """Field → value as it was before."""
        found: dict[str, Any] = json.loads(self.words)
        return found
