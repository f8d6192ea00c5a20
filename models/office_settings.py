"""What an office decides for itself: one registry in code, one row for what an office said.

Asked in this order: the office, the headquarters, what stands here. Each has a least and a most, so
that no office goes below what protects people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, db, now
from models.coded import Address
from models.people import Organisation, headquarters
from models.read_once import ReadOnce
from models.witnessed import WitnessedToo


@dataclass(frozen=True)
class Decided:
    """One thing that an office may decide: a number between two, or words."""

    default: Any
    least: int | None = None
    most: int | None = None


REGISTRY: Mapping[str, Decided] = {
    "search_first": Decided("off"),  # or "on"; always where SAFECONDUCT_SEARCH_FIRST says so
    "consent_days": Decided(182, 30, 365),
    "review_hours": Decided(72, 12, 72),
    "retention_years": Decided(10, 1, 30),
    "answer_emergency": Decided(24, 1, 48),  # hours
    "answer_urgent": Decided(72, 12, 168),
    "answer_standard": Decided(168, 24, 720),
    "access_days": Decided(180, 7, 365),
    "approve_above": Decided(1_000, 0, 1_000),  # EUR
    "bia_days": Decided(180, 14, 365),
    "panel_least": Decided(3, 2, 9),
    "think_hours": Decided(24, 1, 720),
    "lowered_days": Decided(7, 1, 90),
    "second_reader": Decided("on"),  # or "off": who is identified counts so by one person's word
    "usual_languages": Decided(""),
    "receives_for": Decided(""),  # countries beside its own; each office for itself
    "partner_phone": Decided(""),
    "emergency_phone": Decided(""),
    "emergency_procedure": Decided(""),
}


class OfficeSetting(WitnessedToo, Base):
    """What one office decided of one thing."""

    __tablename__ = "office_settings"
    __witnessed__ = (
        "organisation_id",
        "name",
        "value",
    )
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(Address("office_settings.value", String(2000)))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)


def of(office_id: int | None, name: str) -> Any:
    """What an office decided, else the headquarters, else what stands in :data:`REGISTRY`."""
    if name == "search_first" and current_app.config["SETTINGS"].search_first:
        return "on"  # what the machine wants nobody takes back
    for place_id in (office_id, *_headquarters()):
        if place_id is not None and (said := said_by(place_id).get(name)) not in (None, ""):
            return said
    return REGISTRY[name].default


def said_by(place_id: int) -> dict[str, Any]:
    """What one office said itself."""
    return _ONCE.of(place_id, lambda: _said_by(place_id))


def _said_by(place_id: int) -> dict[str, Any]:
    query = select(OfficeSetting).where(OfficeSetting.organisation_id == place_id)
    rows = db.session.execute(query).scalars()
    return {row.name: _read(row) for row in rows if row.name in REGISTRY}


def _read(row: OfficeSetting) -> Any:
    """A number between what the registry allows, else the words."""
    decided = REGISTRY[row.name]
    if not isinstance(decided.default, int):
        return row.value
    return min(max(int(row.value), decided.least or 0), decided.most or 0)


def _headquarters() -> list[int]:
    return _ONCE.of("headquarters", lambda: list(db.session.execute(headquarters()).scalars()))


def say(place: Organisation, given: Mapping[str, Any], by_id: int | None) -> list[str]:
    """Keep what an office decides; what is empty is decided elsewhere again. Gives what changed."""
    stands = said_by(place.id)
    wanted = {name: given.get(name) for name in REGISTRY}
    changed = [name for name, value in wanted.items() if (value or None) != stands.get(name)]
    for name in changed:
        row = db.session.get(OfficeSetting, (place.id, name))
        if wanted[name] in (None, ""):
            db.session.delete(row)
            continue
        row = row or OfficeSetting(organisation_id=place.id, name=name)
        row.value, row.by_id, row.at = str(wanted[name]), by_id, now()
        db.session.add(row)
    db.session.flush()
    return changed


_ONCE = ReadOnce(OfficeSetting)
