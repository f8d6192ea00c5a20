"""The outbox: every notice is a row, written with the deed it tells of."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, now
from models.coded import Address
from models.life_cycles import StateColumn
from models.people import User
from models.states import MessageState


class Message(Base):
    """One notice for one person by one channel.

    It holds a reference and codes, never personal data.
    """

    __tablename__ = "messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(16))
    path: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    channel: Mapped[str] = mapped_column(String(10))  # app | mail
    urgent: Mapped[bool] = mapped_column(default=False)
    state: Mapped[MessageState] = mapped_column(
        StateColumn(MessageState, 12), default=MessageState.WAITING
    )
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=now)
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(String(60), default="")
    user: Mapped[User] = relationship()
    __table_args__ = (
        # The same event about the same thing reaches the same person once by each channel.
        UniqueConstraint("event", "reference", "user_id", "channel"),
        Index("ix_messages_waiting", "state", "due_at"),
        Index("ix_messages_user", "user_id", "channel", "read_at", "created_at"),
    )

    @property
    def is_delivered(self) -> bool:
        """Whether it arrived."""
        return self.state == MessageState.DELIVERED

    @property
    def has_failed(self) -> bool:
        """Whether it is not tried again by itself."""
        return self.state == MessageState.FAILED


class DoneJob(Base):
    """The number of a job that ran: the same signed job, put back into the queue, does not run
    again.
    """

    __tablename__ = "done_jobs"
    nonce: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)


class Hook(Base):
    """Where a partner's own system wants to be told: one address, a secret to sign with, and the
    one before while it is rotated.
    """

    __tablename__ = "hooks"
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), unique=True)
    url: Mapped[str] = mapped_column(Address("hooks.url", String(300)))
    secret_sealed: Mapped[bytes]
    before_sealed: Mapped[bytes | None]
    before_until: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(default=0)  # one after the other; a success clears them
    made_at: Mapped[datetime] = mapped_column(default=now)


class HookMessage(Base):
    """One notice on its way to a partner's system.

    ``key`` is its id on the wire, the same at every try.
    """

    __tablename__ = "hook_messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    hook_id: Mapped[int] = mapped_column(ForeignKey("hooks.id"))
    event: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(16))
    path: Mapped[str] = mapped_column(String(80))
    state: Mapped[MessageState] = mapped_column(
        StateColumn(MessageState, 12), default=MessageState.WAITING
    )
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=now)
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    delivered_at: Mapped[datetime | None]
    status: Mapped[int] = mapped_column(default=0)  # what the other side answered last
    trouble: Mapped[str] = mapped_column(String(60), default="")
    hook: Mapped[Hook] = relationship(lazy="joined")
    __table_args__ = (
        UniqueConstraint("hook_id", "event", "reference"),
        Index("ix_hook_messages_waiting", "state", "due_at"),
        Index("ix_hook_messages_hook", "hook_id", "id"),
    )

    @property
    def is_delivered(self) -> bool:
        """Whether it arrived."""
        return self.state == MessageState.DELIVERED

    @property
    def has_failed(self) -> bool:
        """Whether it is not tried again by itself."""
        return self.state == MessageState.FAILED
