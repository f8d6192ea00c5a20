"""What of a case somebody outside its office may see: one row a recipient and thing."""

from datetime import date, datetime

from sqlalchemy import JSON, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, now
from models.cases import Case, Consent
from models.coded import Alike, Sealed
from models.erasure import GONE
from models.life_cycles import StateColumn
from models.people import Organisation, User
from models.states import CaseReleaseState
from models.witnessed import Witnessed, stands


class CaseRelease(Witnessed, Base):
    """One release: to whom, what, on which line of the consent ledger, until when.

    Added, never changed but to lean on a newer line and to end. Who opened it stands in the trail,
    which nobody can forget to write.
    """

    __tablename__ = "case_releases"
    __witnessed__ = (
        "case_id",
        "kind",
        "reference",
        "recipient_id",
        "purpose",
        "fields",
        "until",
        "state",
    )
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(
        Sealed("case_releases.kind", String(12))
    )  # standards.lists.RELEASE_KINDS
    reference: Mapped[str] = mapped_column(
        Alike("case_releases.reference", String(24))
    )  # of what it belongs to: RF-…, RT-…, a stay
    recipient_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    purpose: Mapped[str] = mapped_column(
        Sealed("case_releases.purpose", String(20)), default="sharing"
    )
    fields: Mapped[list[str]] = mapped_column(Sealed("case_releases.fields", JSON), default=list)
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("consents.id"))
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    given_at: Mapped[datetime] = mapped_column(default=now)
    longest_until: Mapped[date | None] = mapped_column(
        Sealed("case_releases.longest_until", Date, filled=32)
    )  # by its kind, whatever the person agreed to
    until: Mapped[date | None] = mapped_column(
        Sealed("case_releases.until", Date, filled=32)
    )  # the last day, no later than that of the line it leans on
    state: Mapped[CaseReleaseState] = mapped_column(
        StateColumn(CaseReleaseState, 10), default=CaseReleaseState.IN_FORCE
    )
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_because: Mapped[str] = mapped_column(
        Sealed("case_releases.ended_because", String(16)), default=""
    )
    case: Mapped[Case] = relationship()
    consent: Mapped[Consent | None] = relationship()
    recipient: Mapped[Organisation] = relationship(lazy="joined")
    given_by: Mapped[User | None] = relationship(foreign_keys=given_by_id)
    __table_args__ = (
        Index("ix_case_releases_of", "reference"),
        Index("ix_case_releases_until", "state"),
    )

    @property
    def stands(self) -> bool:
        """Whether it has not ended."""
        return self.state is CaseReleaseState.IN_FORCE and stands(self)
