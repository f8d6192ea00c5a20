"""Changes of who may act: each is a row, whether it was done at once or waits for somebody else."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, now
from models.coded import Address
from models.life_cycles import StateColumn
from models.people import Organisation, User
from models.states import AccessChangeState
from models.witnessed import WitnessedToo


class ChangeKind(StrEnum):
    """What changes; the value is the deed of the trail and the notice's word."""

    INVITED = "account_made"
    ROLE_GIVEN = "role_given"
    ROLE_ENDED = "role_ended"
    DISABLED = "account_disabled"
    ENABLED = "account_enabled"
    LINK_SENT = "link_sent"
    LINK_USED = "link_used"
    FACTOR_RESET = "factor_reset"
    FACTOR_MADE = "second_factor_made"
    CODES_MADE = "recovery_codes_made"
    PASSKEY_ADDED = "passkey_added"
    TOKEN_MADE = "token_made"  # noqa: S105 -- no password
    PROVIDER_BOUND = "provider_bound"
    REFERRALS_OPENED = "referrals_opened"
    SESSION_ENDED = "session_ended"
    LINK_ENDED = "link_ended"
    TOKEN_ENDED = "token_ended"  # noqa: S105 -- no password
    FEED_ENDED = "feed_ended"
    PASSKEY_ENDED = "passkey_ended"
    CODES_ENDED = "codes_ended"
    GUESSES_FORGIVEN = "guesses_forgiven"
    TEAM_JOINED = "team_joined"
    TEAM_LEFT = "team_left"
    NAME_CHANGED = "name_changed"
    ADDRESS_CHANGED = "address_changed"


class AccessChange(WitnessedToo, Base):
    """One change of who may act: what, about whom, asked by whom, agreed to by whom.

    ``asked_by_id`` is empty where the operator of the machine asked, or the person at a link.
    """

    __tablename__ = "access_changes"
    __witnessed__ = (
        "id",
        "kind",
        "user_id",
        "office_id",
        "headquarters",
        "partner",
        "role",
        "team_id",
        "ends_on",
        "before",
        "wanted",
        "state",
        "asked_by_id",
        "asked_at",
        "decided_by_id",
        "decided_at",
        "due_at",
        "stopped_by_id",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    # The office it is about; with ``headquarters`` its supervisors do not agree to it alone.
    office_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    headquarters: Mapped[bool] = mapped_column(default=False)
    # About people of a partner: every mission's supervisors may see and stop it.
    partner: Mapped[bool] = mapped_column(default=False)
    role: Mapped[str] = mapped_column(String(30), default="")
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    ends_on: Mapped[date | None]
    # Of a name or mail address: what it was, what it is to be.
    before: Mapped[str | None] = mapped_column(Address("access_changes.before", String(200)))
    wanted: Mapped[str | None] = mapped_column(Address("access_changes.wanted", String(200)))
    state: Mapped[AccessChangeState] = mapped_column(StateColumn(AccessChangeState, 10))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]  # what was agreed to is carried out then, unless it is stopped
    stopped_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship(foreign_keys=user_id)
    office: Mapped[Organisation | None] = relationship(lazy="joined")
    asked_by: Mapped[User | None] = relationship(foreign_keys=asked_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    __table_args__ = (
        Index("ix_access_changes_state", "state", "due_at"),
        Index("ix_access_changes_office", "office_id", "id"),
    )

    @property
    def is_done(self) -> bool:
        """Whether it has happened, not only been asked for."""
        return self.state == AccessChangeState.DONE

    @property
    def reference(self) -> str:
        """How notices and people name it."""
        return f"AC-{self.id}"
