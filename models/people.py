"""Organisations, the people who work in them, and what they were granted."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    UniqueConstraint,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, now, today
from models.coded import Address, Alike, AlikeAddress, Sealed
from models.sealed_by_office import OfficeText
from models.witnessed import Witnessed, WitnessedMore


class Organisation(WitnessedMore, Base):
    """A mission (an office in one country), a partner (NGO, hospital, ministry) or the
    headquarters.
    """

    __tablename__ = "organisations"
    __witnessed_more__ = (
        "id",
        "code",
        "name",
        "country",
        "city",
        "email",
        "services",
        "languages",
        "area",
        "hours",
        "eligibility",
        "contact",
        "address",
        "agreement_until",
        "closed_on",
        "cut_off_at",
    )
    __witnessed__ = (
        "id",
        "code",
        "kind",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(AlikeAddress("organisations.code", String(20)), unique=True)
    kind: Mapped[str] = mapped_column(String(20))  # mission | partner | headquarters
    name: Mapped[str] = mapped_column(Address("organisations.name", String(120)))
    country: Mapped[str] = mapped_column(Address("organisations.country", String(2)))
    city: Mapped[str] = mapped_column(Address("organisations.city", String(80)), default="")
    timezone: Mapped[str] = mapped_column(
        Address("organisations.timezone", String(40)), default="UTC"
    )
    email: Mapped[str] = mapped_column(Address("organisations.email", String(200)), default="")
    services: Mapped[list[str]] = mapped_column(
        Address("organisations.services", JSON), default=list
    )
    languages: Mapped[list[str]] = mapped_column(
        Address("organisations.languages", JSON), default=list
    )
    area: Mapped[str] = mapped_column(Address("organisations.area", String(120)), default="")
    hours: Mapped[str] = mapped_column(Address("organisations.hours", String(120)), default="")
    eligibility: Mapped[str] = mapped_column(
        Address("organisations.eligibility", String(500)), default=""
    )
    contact: Mapped[str] = mapped_column(Address("organisations.contact", String(300)), default="")
    capacity: Mapped[dict[str, Any]] = mapped_column(
        Address("organisations.capacity", JSON), default=dict
    )  # service → places the partner says are open
    capacity_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(Address("organisations.address", String(300)), default="")
    agreement_until: Mapped[date | None]
    # What it was called before, the oldest first, each with the moment until when.
    former_names: Mapped[list[dict[str, str]] | None] = mapped_column(
        Address("organisations.former_names", JSON)
    )
    closed_on: Mapped[date | None]  # from this day on it is chosen nowhere; what it did stays
    cut_off_at: Mapped[datetime | None]  # nobody of it comes in, nothing is sent to it

    def name_at(self, when: date) -> str:
        """What it was called on a day, or at a moment."""
        for former in self.former_names or []:
            until = datetime.fromisoformat(former["until"])
            if when < (until if isinstance(when, datetime) else until.date()):
                return former["name"]
        return self.name

    def was_called(self, name: str) -> bool:
        """Whether it has this name, or had it."""
        known = (self.name, *(former["name"] for former in self.former_names or []))
        return name.casefold() in {each.casefold() for each in known}

    def rename(self, name: str) -> None:
        """Another name from now on; what it was told before was told to it under the old one."""
        former = {"name": self.name, "until": now().isoformat()}
        self.former_names = [*(self.former_names or []), former]
        self.name = name

    @property
    def works(self) -> bool:
        """Whether anything may be sent to it, or anybody come into it."""
        return self.closed_on is None and self.cut_off_at is None


def headquarters() -> Select[int]:
    """Ids of the headquarters: what they say holds for all who leave it open."""
    found = select(Organisation.id).where(Organisation.kind == "headquarters")
    return found.order_by(Organisation.id)


def own_or_of_all(column: Any, office_id: int) -> ColumnElement[bool]:
    """Rows of an office, and those of the headquarters."""
    return or_(column == office_id, column.in_(headquarters()))


def working(kind: str) -> Select[Organisation]:
    """The organisations of a kind to which something may be sent: neither closed nor cut off."""
    return select(Organisation).where(
        Organisation.kind == kind,
        Organisation.closed_on.is_(None),
        Organisation.cut_off_at.is_(None),
    )


class Team(Base):
    """Caseworkers of one mission who share their cases."""

    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str] = mapped_column(Address("teams.name", String(80)))
    ended_on: Mapped[date | None]


class User(WitnessedMore, Base):
    """A person at the screen."""

    __tablename__ = "users"
    __witnessed_more__ = (
        "id",
        "name",
        "cut_off_at",
    )
    __witnessed__ = (
        "id",
        "email",
        "password_hash",
        "second_hash",
        "active",
        "must_change",
        "ending_token",
    )
    __witnessed_if_there__ = ("totp_sealed",)
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(AlikeAddress("users.email", String(200)), unique=True)
    name: Mapped[str] = mapped_column(Address("users.name", String(120)))
    password_hash: Mapped[str] = mapped_column(String(200))
    totp_sealed: Mapped[bytes | None]
    totp_last_step: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    locale: Mapped[str] = mapped_column(String(10), default="en")
    theme: Mapped[str] = mapped_column(String(10), default="")
    lite: Mapped[bool] = mapped_column(default=False)
    blank_minutes: Mapped[int] = mapped_column(default=3)  # untouched, until the screen is blank
    mail_when: Mapped[str] = mapped_column(String(8), default="")  # "" at once | digest | never
    quiet_from: Mapped[str] = mapped_column(String(5), default="")
    quiet_to: Mapped[str] = mapped_column(String(5), default="")
    timezone: Mapped[str] = mapped_column(Address("users.timezone", String(40)), default="")
    phone_sealed: Mapped[bytes | None]  # where to send an SMS, if they want one
    sms_when: Mapped[str] = mapped_column(String(8), default="")  # "" never | urgent | always
    must_change: Mapped[bool] = mapped_column(
        default=False
    )  # somebody else chose the password: it opens nothing but its own change
    created_at: Mapped[datetime | None] = mapped_column(default=now)
    signed_in_at: Mapped[datetime | None]  # with everything that was asked of them
    cut_off_at: Mapped[datetime | None]  # shut with an organisation that was cut off
    # Of a password that opens an empty list, for whoever is forced to sign in.
    second_hash: Mapped[str | None] = mapped_column(String(200))
    ending_token: Mapped[bytes | None]  # SHA-256 of a link that ends all sessions
    grants: Mapped[list["Grant"]] = relationship(back_populates="user")
    phone = OfficeText("phone_sealed", "phone/{}")

    # What Flask-Login asks of a user.
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """Whether this account may be used at all."""
        return self.active

    @property
    def zone_of_work(self) -> str:
        """The time zone of the first organisation in which they hold a role; empty without one."""
        held = sorted(grant.organisation_id for grant in self.grants if grant.in_force)
        places = {grant.organisation_id: grant.organisation for grant in self.grants}
        return places[held[0]].timezone if held else ""

    def get_id(self) -> str:
        """What the session keeps of the account."""
        return str(self.id)


class Grant(Witnessed, Base):
    """One role in one organisation, until a day."""

    __tablename__ = "grants"
    __witnessed__ = (
        "user_id",
        "organisation_id",
        "team_id",
        "role",
        "ends_on",
        "since",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    role: Mapped[str] = mapped_column(String(30))
    ends_on: Mapped[date | None]
    # A partner's worker sees what was referred from then on; without it, all.
    since: Mapped[datetime | None]
    user: Mapped[User] = relationship(back_populates="grants")
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    __table_args__ = (UniqueConstraint("user_id", "organisation_id", "role"),)

    @property
    def in_force(self) -> bool:
        """Whether this grant counts today."""
        return self.ends_on is None or self.ends_on >= today()


class SignedIn(Base):
    """A session, kept on the server. The cookie holds a random token, this row its SHA-256."""

    __tablename__ = "sessions"
    token: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    content: Mapped[bytes]  # sealed
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    wrong: Mapped[int] = mapped_column(default=0)  # tries in a row, counted in one statement


class ApiToken(Witnessed, Base):
    """A bearer token of one account; only its SHA-256 is kept."""

    __tablename__ = "api_tokens"
    __witnessed__ = (
        "user_id",
        "token",
        "scopes",
        "expires_at",
        "revoked_at",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    token: Mapped[bytes] = mapped_column(unique=True)
    label: Mapped[str] = mapped_column(Sealed("api_tokens.label", String(80)), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    used_from: Mapped[str] = mapped_column(
        Sealed("api_tokens.used_from", String(45)), default=""
    )  # the address of its last use
    scopes: Mapped[list[str]] = mapped_column(default=list)  # empty: nothing
    user: Mapped[User] = relationship()
    __table_args__ = (Index("ix_api_tokens_user_id", "user_id"),)


class Passkey(Witnessed, Base):
    """A WebAuthn credential: its public key alone. Made and checked in :mod:`accounts.passkeys`."""

    __tablename__ = "passkeys"
    __witnessed__ = (
        "user_id",
        "credential",
        "public_key",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    credential: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(default=0)
    label: Mapped[str] = mapped_column(Sealed("passkeys.label", String(80)), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class RecoveryCode(Witnessed, Base):
    """A way in once, when the second factor is lost; only its keyed hash is kept."""

    __tablename__ = "recovery_codes"
    __witnessed__ = (
        "user_id",
        "token",
        "used_at",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token: Mapped[bytes] = mapped_column(unique=True)
    used_at: Mapped[datetime | None]


class Invitation(Witnessed, Base):
    """A link that lets one person choose a password: once, for days, for one account."""

    __tablename__ = "invitations"
    __witnessed__ = (
        "user_id",
        "token",
        "expires_at",
        "used_at",
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token: Mapped[bytes] = mapped_column(unique=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    wrong: Mapped[int] = mapped_column(default=0)  # codes of the second factor typed with it
    user: Mapped[User] = relationship(foreign_keys=user_id)


class ExternalIdentity(Witnessed, Base):
    """Who an account is at a single sign-on provider."""

    __tablename__ = "external_identities"
    __witnessed__ = (
        "issuer",
        "subject",
        "user_id",
    )
    issuer: Mapped[str] = mapped_column(String(200), primary_key=True)
    subject: Mapped[str] = mapped_column(
        Alike("external_identities.subject", String(200)), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    user: Mapped[User] = relationship()
