"""What statistics read: one coded fact per person, programme and year, and running counts of them."""

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Fact(Base):
    """A person was assisted by a programme in a year: counted once, whatever the number of services."""

    __tablename__ = "facts"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    programme: Mapped[str] = mapped_column(String(20))
    year: Mapped[int]
    host: Mapped[str] = mapped_column(String(2))
    country: Mapped[str] = mapped_column(String(2))
    sex: Mapped[str] = mapped_column(String(24))
    age_band: Mapped[str] = mapped_column(String(8))
    transit: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (UniqueConstraint("programme", "year", "person_id"), Index("ix_facts_person_id", "person_id"))


class Count(Base):
    """How many facts share the same codes. Moves with the facts in one transaction, so reading it costs the same at any size."""

    __tablename__ = "counts"
    programme: Mapped[str] = mapped_column(String(20), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(2), primary_key=True)
    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    sex: Mapped[str] = mapped_column(String(24), primary_key=True)
    age_band: Mapped[str] = mapped_column(String(8), primary_key=True)
    transit: Mapped[bool] = mapped_column(primary_key=True)
    people: Mapped[int] = mapped_column(default=0)
