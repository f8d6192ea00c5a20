"""Files of a case or of a return: what is known of each beside its sealed parts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, String, update
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from encryption import cipher
from models.base import Base, db, now
from models.cases import Case
from models.coded import Sealed
from models.erasure import WITH_ITS_FILE
from models.life_cycles import StateColumn
from models.people import User
from models.returns import Return
from models.sealed import gate
from models.sealed_records import SealedText
from models.states import FileState

AT_HOME = "at_home"  # in place of a compartment: of a return


class FileText(SealedText):
    """A sealed text of a file: under the case's compartment, or, of a file of a return, under a key
    that is derived from the return's own, so that both missions open it while that lives.
    """

    def __get__(self, record: Any, owner: type) -> str:
        if record is None or record.return_id is None:
            return super().__get__(record, owner)
        content = getattr(record, self.column)
        if content is None:
            return ""
        gate.get().pass_through("read", record.return_, "papers", ())
        key = record.return_.part_key("papers")
        return cipher.unseal(key, content, bound=self._place(record)).decode()

    def __set__(self, record: Any, text: str) -> None:
        if record.return_id is None:
            super().__set__(record, text)
            return
        db.session.flush()
        gate.get().pass_through("write", record.return_, "papers", (self.column,))
        key = record.return_.part_key("papers")
        sealed = cipher.seal(key, text.encode(), bound=self._place(record))
        setattr(record, self.column, sealed)


class Attachment(Base):
    """A file of a case, kept in sealed parts outside the database.

    Its name and its key are sealed under the compartment it belongs to; those of a file of a return
    (a receipt, a photo, a business plan) under the return's own key, and end with it.
    """

    __tablename__ = "attachments"
    __erasure__ = WITH_ITS_FILE
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(
        String(32), unique=True
    )  # stands in addresses and names the stored parts
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    compartment: Mapped[str] = mapped_column(String(12))
    return_id: Mapped[int | None] = mapped_column(index=True)
    paper: Mapped[str | None] = mapped_column(
        Sealed("attachments.paper", String(12), filled=32)
    )  # of a return: receipt | purchase | photo | plan | other
    kind: Mapped[str] = mapped_column(
        Sealed("attachments.kind", String(20)), default=""
    )  # what the content is: pdf, jpeg, docx …
    state: Mapped[FileState] = mapped_column(
        StateColumn(FileState, 12), default=FileState.RECEIVING
    )
    shows_person: Mapped[str] = mapped_column(
        Sealed("attachments.shows_person", String(4)), default=""
    )  # yes | no | not asked
    refusal: Mapped[str] = mapped_column(String(30), default="")
    # Bytes announced, and there: who holds the same paper would find it by its length.
    size: Mapped[int] = mapped_column(Sealed("attachments.size", BigInteger))
    received: Mapped[int] = mapped_column(Sealed("attachments.received", BigInteger), default=0)
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
    return_: Mapped[Return | None] = relationship(
        primaryjoin=lambda: Attachment.return_id == Return.id,
        foreign_keys=return_id,
        viewonly=True,
    )
    by: Mapped[User | None] = relationship()
    name = FileText("name_sealed")
    tags = FileText("tags_sealed")
    content_key = FileText("key_sealed")

    @hybrid_property
    def has_ended(self) -> bool:
        """Whether its key is destroyed: it is as if it were not there; a job takes it away."""
        return self.key_sealed is None

    @has_ended.inplace.expression
    @classmethod
    def _has_ended(cls) -> ColumnElement[bool]:
        return cls.key_sealed.is_(None)

    @property
    def is_lost(self) -> bool:
        """Whether it lies under a key of its return that was destroyed since: of a version before,
        where what takes such a file away did not come to it. Nobody reads it any more.
        """
        try:
            return not self.name
        except cipher.Unreadable:
            return True

    __mapper_args__ = {"version_id_col": revision}


def end(which: ColumnElement[bool]) -> Sequence[int]:
    """The key of these files is destroyed with this transaction: from then on they are as if they
    were not there. Gives their numbers, for the job that takes away what was stored.
    """
    gone = dict.fromkeys(("name_sealed", "tags_sealed", "key_sealed"))
    ended = update(Attachment).where(which).values(**gone, revision=Attachment.revision + 1)
    return db.session.execute(ended.returning(Attachment.id)).scalars().all()
