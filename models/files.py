"""Files of a case: what is known of each beside its sealed parts."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, now
from models.cases import Case
from models.coded import Sealed
from models.erasure import WITH_ITS_FILE
from models.life_cycles import StateColumn
from models.people import User
from models.sealed_records import SealedText
from models.states import FileState


class Attachment(Base):
    """A file of a case, kept in sealed parts outside the database.

    Its name and its key are sealed under the compartment it belongs to.
    """

    __tablename__ = "attachments"
    __erasure__ = WITH_ITS_FILE
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(
        String(32), unique=True
    )  # stands in addresses and names the stored parts
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    compartment: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(
        Sealed("attachments.kind", String(20)), default=""
    )  # what the content is: pdf, jpeg, docx …
    state: Mapped[FileState] = mapped_column(
        StateColumn(FileState, 12), default=FileState.RECEIVING
    )
    shows_person: Mapped[str] = mapped_column(
        String(4), default="", server_default=""
    )  # yes | no | not asked
    refusal: Mapped[str] = mapped_column(String(30), default="")
    size: Mapped[int] = mapped_column(BigInteger)  # bytes announced
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    parts: Mapped[int] = mapped_column(default=0)
    thumbnail: Mapped[bool] = mapped_column(default=False)
    replaces: Mapped[str] = mapped_column(String(32), default="")  # key of the version before
    name_sealed: Mapped[bytes | None]
    tags_sealed: Mapped[bytes | None]
    key_sealed: Mapped[bytes | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    revision: Mapped[int] = mapped_column(default=1)
    case: Mapped[Case] = relationship()
    by: Mapped[User | None] = relationship()
    name = SealedText("name_sealed")
    tags = SealedText("tags_sealed")
    content_key = SealedText("key_sealed")
    __mapper_args__ = {"version_id_col": revision}
