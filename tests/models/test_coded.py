"""Columns of codes sealed by themselves."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import JSON, Boolean, Date, Integer, String, select, text
from sqlalchemy.dialects import sqlite

from encryption import codes
from encryption.cipher import Unreadable
from models import coded
from models.base import UtcDateTime, db
from models.cases import Case
from models.coded import Alike, Sealed
from models.people import Organisation, User
from tests import factories

DIALECT = sqlite.dialect()
VALUES: tuple[tuple[Any, Any], ...] = (
    (String(30), ""),
    (String(30), "asylum"),
    (JSON, ["medical", "trafficking"]),
    (JSON, {"language": "dyu"}),
    (JSON, []),
    (Date, date(2026, 3, 4)),
    (UtcDateTime, datetime(2026, 3, 4, 12, 30, 1, 500, tzinfo=UTC)),
    (Boolean, True),
    (Boolean, False),
    (Integer, 0),
    (Integer, -12),
)


@pytest.mark.parametrize(("kind", "value"), VALUES)
@pytest.mark.parametrize("sealing", [Sealed, Alike])
def test_what_goes_in_comes_out_and_nothing_of_it_stands_there(
    quick_app: Flask, sealing: type[Sealed], kind: Any, value: Any
) -> None:
    column = sealing("table.column", kind)
    stored = column.process_bind_param(value, DIALECT)
    assert stored is not None
    assert codes.is_sealed(stored)
    assert column.process_result_value(stored, DIALECT) == value
    assert (stored == column.process_bind_param(value, DIALECT)) is (sealing is Alike)
    with pytest.raises(Unreadable):
        sealing("table.other", kind).process_result_value(stored, DIALECT)


def test_short_values_have_one_length(quick_app: Flask) -> None:
    column = Sealed("table.column", String(30))
    lengths = {len(str(column.process_bind_param(word, DIALECT))) for word in ("", "a", "x" * 32)}
    assert len(lengths) == 1


def test_nothing_stays_nothing(quick_app: Flask) -> None:
    column = Sealed("table.column", Date)
    assert column.process_bind_param(None, DIALECT) is None
    assert column.process_result_value(None, DIALECT) is None


def test_a_changed_value_does_not_open(quick_app: Flask) -> None:
    for column in (Sealed("table.column", String(9)), Alike("table.column", String(9))):
        stored = str(column.process_bind_param("asylum", DIALECT))
        changed = stored[:10] + ("A" if stored[10] != "A" else "B") + stored[11:]
        with pytest.raises(Unreadable):
            column.process_result_value(changed, DIALECT)


def test_each_is_bound_to_its_own_column() -> None:
    found = list(coded.columns())
    assert [column.type.name for column in found] == [str(column) for column in found]
    assert len(found) > 100


def test_no_query_asks_by_what_never_looks_the_same() -> None:
    for ask in (lambda: Case.sex == "Feminine", lambda: Case.sex.in_(["x"]), Case.sex.desc):
        with pytest.raises(TypeError, match="is sealed"):
            ask()
    assert "IS NOT NULL" in str(Organisation.former_names.is_not(None))
    with pytest.raises(TypeError, match="is sealed"):
        Case.closed_on.is_not(None)  # a column that is filled for all says nothing by being empty


def test_who_signs_in_is_found_by_an_address_that_stands_nowhere(app: Flask) -> None:
    house = factories.World()
    email = factories.anew(house.caseworker).email
    stored = db.session.execute(text("SELECT email, name FROM users")).all()
    assert all(codes.is_sealed(value) for row in stored for value in row)
    found = db.session.execute(select(User).where(User.email == email)).scalar_one()
    assert found.id == factories.anew(house.caseworker).id


def test_what_a_version_before_wrote_is_read_as_it_stands(app: Flask) -> None:
    case = factories.case(factories.World())
    number, opened = case.id, case.opened_on
    db.session.execute(
        text(
            "UPDATE cases SET sex = 'Masculine', categories = '[\"child\"]', "
            f"opened_on = '{opened}', created_at = '2026-03-04 12:00:00+00' WHERE id = {number}"
        )
    )
    db.session.commit()
    with coded.as_it_stands():
        query = select(Case).where(Case.id == number).execution_options(all_rows=True)
        read = db.session.execute(query).scalar_one()
        assert (read.sex, read.categories, read.opened_on) == ("Masculine", ["child"], opened)
        assert read.created_at == datetime(2026, 3, 4, 12, tzinfo=UTC)
    db.session.expire_all()
    with pytest.raises(coded.Plain):
        _ = read.sex
