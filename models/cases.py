"""Persons, their cases, and what hangs on a case.

In the clear stand only coded fields that lists and counts need.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, attribute_keyed_dict, mapped_column, relationship, validates

from models import months, numbering
from models.base import Base, UtcDateTime, now
from models.coded import Alike, AlikeIfAny, Sealed
from models.erasure import GONE, becomes, first_day, month, stays
from models.life_cycles import StateColumn
from models.people import Organisation, User
from models.sealed import CaseDocument, CaseKey, Compartment
from models.sealed_by_office import OfficeBytes, OfficeText
from models.sealed_records import SealedText
from models.states import CaseStatus, ImportState, Sets
from models.system import SystemDocument
from models.witnessed import Witnessed, WitnessedSeldom, WitnessedToo, named, stands

_SELDOM: dict[str, Any] = {"deferred": True, "deferred_group": "seldom"}  # no list shows it


class Person(Base):
    """One human being, who may have several cases (a second return, trafficked again).

    Counted once.
    """

    __tablename__ = "persons"
    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Case(WitnessedSeldom, Base):
    """One path through assistance. Names, contacts and accounts are in the compartments only."""

    __tablename__ = "cases"
    __witnessed_more__ = named(
        "id person_id status risk age_band childhood citizenship categories",
        "trafficking_status consent_until statistics_agreed vital_interest review_due_at",
        "kept_because retain_until",
    )
    __witnessed__ = named("id number office_id owner_id team_id")
    __is_gone__ = True
    __witnessed_seldom__ = ("id", "age_turns", "age_assessed", "age_held")
    __erasure__ = stays("id number person_id office_id revision")
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = numbering.column("SC")
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"), info=becomes(None))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), info=becomes(None))
    status: Mapped[CaseStatus] = mapped_column(
        StateColumn(CaseStatus, 20), default=CaseStatus.OPEN, info=becomes(CaseStatus.ERASED)
    )
    risk: Mapped[str] = mapped_column(
        String(10), default="", info=becomes("")
    )  # "" | low | medium | high | extreme
    channel: Mapped[str] = mapped_column(
        Sealed("cases.channel", String(20)),
        **_SELDOM,
        default="walk_in",
        info=becomes(""),
    )
    sex: Mapped[str] = mapped_column(
        Sealed("cases.sex", String(24)), default="not_asked", info=becomes("")
    )
    age_band: Mapped[str] = mapped_column(
        Sealed("cases.age_band", String(8)), default="", info=becomes("")
    )
    childhood: Mapped[str | None] = mapped_column(
        Sealed("cases.childhood", String(8)), default="", info=becomes("")
    )  # today, and how sure (casework.core.ages); none: of a version before, not looked at yet
    age_turns: Mapped[date | None] = mapped_column(
        Alike("cases.age_turns", Date),
        index=True,
        **_SELDOM,
        info=becomes(None),
    )
    age_assessed: Mapped[dict[str, Any] | None] = mapped_column(
        Sealed("cases.age_assessed", JSON, filled=256),
        **_SELDOM,
        info=becomes(None),
    )  # codes of the newest assessment: status, result, on, least, most
    age_held: Mapped[dict[str, Any] | None] = mapped_column(
        Sealed("cases.age_held", JSON, filled=512),
        **_SELDOM,
        info=becomes(None),
    )  # still a child ``until`` (ISO) while nobody else agreed to what is ``asked``: an adult
    citizenship: Mapped[str] = mapped_column(
        Sealed("cases.citizenship", String(2)), default="", info=becomes("")
    )
    categories: Mapped[list[str]] = mapped_column(
        Sealed("cases.categories", JSON), default=list, info=becomes(list)
    )
    exploitation: Mapped[list[str]] = mapped_column(
        Sealed("cases.exploitation", JSON),
        **_SELDOM,
        default=list,
        info=becomes(list),
    )
    trafficking_status: Mapped[str] = mapped_column(
        Sealed("cases.trafficking_status", String(12)), default="", info=becomes("")
    )  # "" | possible | actual | not
    consent_until: Mapped[date | None] = mapped_column(info=becomes(None))
    statistics_agreed: Mapped[bool] = mapped_column(Boolean, default=False, info=becomes(False))
    vital_interest: Mapped[bool] = mapped_column(Boolean, default=False, info=becomes(False))
    review_due_at: Mapped[datetime | None] = mapped_column(info=becomes(None))
    kept_because: Mapped[str] = mapped_column(
        Sealed("cases.kept_because", String(12)), default="", info=becomes("")
    )  # why it is written on although assistance was taken back: law | vital
    next_due_on: Mapped[date | None] = mapped_column(
        Sealed("cases.next_due_on", Date, filled=32), info=becomes(None)
    )
    opened_on: Mapped[date] = mapped_column(
        Sealed("cases.opened_on", Date), info=becomes(first_day)
    )
    closed_on: Mapped[date | None] = mapped_column(
        Sealed("cases.closed_on", Date, filled=32), info=becomes(None)
    )
    closure_reason: Mapped[str] = mapped_column(
        Sealed("cases.closure_reason", String(30)),
        **_SELDOM,
        default="",
        info=becomes(""),
    )
    outcome: Mapped[str] = mapped_column(
        Sealed("cases.outcome", String(12)),
        **_SELDOM,
        default="",
        info=becomes(""),
    )  # how the person is at closure
    status_before: Mapped[str] = mapped_column(
        Sealed("cases.status_before", String(20)),
        **_SELDOM,
        default="",
        info=becomes(""),
    )  # what it had when it was closed: that comes back when it is opened again
    retain_until: Mapped[date | None] = mapped_column(
        Sealed("cases.retain_until", Date), info=becomes(None)
    )
    retain_month: Mapped[date | None] = mapped_column(
        default=months.of("retain_until"), info=becomes(None)
    )
    created_at: Mapped[datetime] = mapped_column(
        Sealed("cases.created_at", UtcDateTime),
        **_SELDOM,
        default=now,
        info=becomes(month),
    )
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now, info=becomes(now))
    revision: Mapped[int] = mapped_column(default=1)
    profile_sealed: Mapped[bytes | None] = mapped_column(
        deferred=True, info=becomes(None)
    )  # what statistics count of the account and the age, as codes

    person: Mapped[Person] = relationship()
    office: Mapped[Organisation] = relationship(lazy="joined")
    owner: Mapped[User | None] = relationship()
    keys: Mapped[dict[str, CaseKey]] = relationship(
        collection_class=attribute_keyed_dict("compartment"),
        lazy="select",
        cascade="all, delete-orphan",
    )
    documents: Mapped[dict[str, CaseDocument]] = relationship(
        collection_class=attribute_keyed_dict("compartment"),
        lazy="select",
        cascade="all, delete-orphan",
    )
    consents: Mapped[list["Consent"]] = relationship(back_populates="case", order_by="Consent.id")

    identity = Compartment()
    protection = Compartment()
    medical = Compartment()
    legal = Compartment()
    return_ = Compartment()
    profile = SystemDocument("profile_sealed")

    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        # Lists go newest change first, by owner, team or office; the id makes the order total
        # (keyset paging).
        Index("ix_cases_owner", "owner_id", "changed_at", "id"),
        Index("ix_cases_team", "team_id", "changed_at", "id"),
        Index("ix_cases_office", "office_id", "changed_at", "id"),
        # Who in an office has how much to do: read from the index alone.
        Index("ix_cases_load", "office_id", "status", "owner_id", "risk"),
    )

    @validates("retain_until")
    def _beside(self, _name: str, day: date | None) -> date | None:
        self.retain_month = months.first(day) if day else None
        return day

    @property
    def holder(self) -> User | None:
        """Who works on it. What a shut account has in its name is held by nobody."""
        return self.owner if self.owner is not None and self.owner.active else None

    @property
    def is_active(self) -> bool:
        """Whether somebody still works on it."""
        return self.status in Sets.CASE_ACTIVE

    @property
    def must_rest(self) -> bool:
        """Whether the person does not agree to be assisted, took it back or never said so, and
        nothing says why the record is written on: no law, no vital interest.
        """
        if self.kept_because or self.vital_interest:
            return False
        return not any(
            line.purpose == "assistance" and line.answer == "agrees" and line.is_said
            for line in self.consents
        )

    @property
    def is_closed(self) -> bool:
        """Whether it was closed, and may be opened again."""
        return self.status is CaseStatus.CLOSED


class Consent(Witnessed, Base):
    """One line of the consent ledger: an answer to one purpose, for one recipient or none.

    Lines are added, never changed but for withdrawal.
    """

    __tablename__ = "consents"
    __witnessed__ = named(
        "case_id purpose answer recipient_id asked_at_id given_by given_on valid_until",
        "withdrawn_at",
    )
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    purpose: Mapped[str] = mapped_column(
        Sealed("consents.purpose", String(20))
    )  # assistance | sharing | consulate | statistics | photograph
    answer: Mapped[str] = mapped_column(Sealed("consents.answer", String(10)))  # agrees | refuses
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    given_by: Mapped[str] = mapped_column(
        Sealed("consents.given_by", String(10)), default="self"
    )  # self | guardian
    manner: Mapped[str] = mapped_column(Sealed("consents.manner", String(20)), default="spoken")
    language: Mapped[str] = mapped_column(Sealed("consents.language", String(8)), default="")
    given_on: Mapped[date] = mapped_column(Sealed("consents.given_on", Date))
    valid_until: Mapped[date | None]
    withdrawn_at: Mapped[datetime | None]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisations.id")
    )  # the mission that asked, where it is not the one that holds the case
    witness_sealed: Mapped[bytes | None]
    alone_sealed: Mapped[bytes | None]
    proof: Mapped[str] = mapped_column(
        String(32), default=""
    )  # key of the file that shows the signature
    case: Mapped[Case] = relationship(back_populates="consents")
    recipient: Mapped[Organisation | None] = relationship(foreign_keys=recipient_id)
    asked_at: Mapped[Organisation | None] = relationship(foreign_keys=asked_at_id)

    compartment = "protection"
    witness = SealedText("witness_sealed")  # witness or guardian, by name
    alone = SealedText("alone_sealed", padded=256)  # why a child answered without a guardian

    @property
    def is_said(self) -> bool:
        """Whether it was said and not taken back; a line that somebody else wrote says nothing."""
        return self.withdrawn_at is None and stands(self)

    def in_force(self, on: date) -> bool:
        """Whether this line still speaks for the person on a day."""
        return self.is_said and (self.valid_until is None or self.valid_until >= on)


class Event(Base):
    """One entry of a case's timeline.

    Its kind is coded, its words are sealed in the compartment they belong to.
    """

    __tablename__ = "events"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str] = mapped_column(Sealed("events.kind", String(30)))
    compartment: Mapped[str] = mapped_column(String(12), default="protection")
    at: Mapped[datetime] = mapped_column(default=now)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reference: Mapped[str] = mapped_column(Sealed("events.reference", String(16)), default="")
    note_sealed: Mapped[bytes | None]
    case: Mapped[Case] = relationship()
    by: Mapped[User | None] = relationship(lazy="joined")
    note = SealedText("note_sealed")
    __table_args__ = (Index("ix_events_case", "case_id", "at", "id"),)


class Task(Base):
    """Something to do for a case, by a day.

    Kinds are coded so that a list of tasks says nothing about anyone.
    """

    __tablename__ = "tasks"
    __erasure__ = GONE
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(Sealed("tasks.kind", String(30)))
    record_key: Mapped[str] = mapped_column(
        AlikeIfAny("tasks.record_key", String(24)), default="", index=True
    )  # of the record whose deadline this is
    due_on: Mapped[date] = mapped_column(Sealed("tasks.due_on", Date))
    due_month: Mapped[date | None] = mapped_column(default=months.of("due_on"))
    told_id: Mapped[int | None]  # the owner who was told that it is due; 0: supervisors, for nobody
    done_at: Mapped[datetime | None] = mapped_column(Sealed("tasks.done_at", UtcDateTime))
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    case: Mapped[Case] = relationship(lazy="joined")
    __table_args__ = (Index("ix_tasks_owner", "owner_id", "due_month"),)

    @validates("due_on")
    def _beside(self, _name: str, day: date) -> date:
        self.due_month = months.first(day)
        return day


class Draft(WitnessedToo, Base):
    """A registration that is not finished: sealed, one author, erased after seven days."""

    __tablename__ = "drafts"
    __witnessed__ = named("key author_id expires_at")
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    step: Mapped[int] = mapped_column(default=1)
    content: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    answers = OfficeText("content", "draft")  # what was typed so far, as JSON


class Import(WitnessedToo, Base):
    """One file of cases on its way in.

    The file lies here sealed and is destroyed when the last row is done.
    """

    __tablename__ = "imports"
    __witnessed__ = named("key by_id office_id state")
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    state: Mapped[ImportState] = mapped_column(
        StateColumn(ImportState, 12), default=ImportState.UPLOADED
    )
    content: Mapped[bytes | None]
    columns: Mapped[dict[str, Any]] = mapped_column(
        default=dict
    )  # of a list: place in the file → field of the standard
    basis_sealed: Mapped[bytes | None]  # of a list: why its people are kept without consent
    owner_ids: Mapped[list[int] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # who gets its cases, in turn; none: nobody yet; not said: who sent the file
    total: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    beat_at: Mapped[datetime] = mapped_column(default=now)
    office: Mapped[Organisation] = relationship()
    faults: Mapped[list["ImportFault"]] = relationship(order_by="ImportFault.id")
    file = OfficeBytes("content", "import")
    basis = OfficeText("basis_sealed", "import/basis")


class ImportFault(Base):
    """A row that made no case, or a warning: row, column and reason as codes; the value that was
    wrong is never kept.
    """

    __tablename__ = "import_faults"
    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"), index=True)
    row: Mapped[int]
    column: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(30))
    case_number: Mapped[str] = mapped_column(String(12), default="")
    __table_args__ = (UniqueConstraint("import_id", "row", "column", "reason"),)


class ImportedRow(Base):
    """The blind token of a row that became a case, so that no row becomes two."""

    __tablename__ = "imported_rows"
    __erasure__ = GONE
    token: Mapped[bytes] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id"), index=True)
