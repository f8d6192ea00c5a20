"""Keys of each party, and what records say to rules, go down and up again with data: below,
the office's own key opens all as before; above, each has its own.
"""

import pytest
from alembic import command
from flask import Flask
from sqlalchemy import inspect, select, text

from encryption import cipher
from encryption.keyring import HeldElsewhere
from models import marks, migrating, sealed
from models.base import db
from models.cases import Case
from models.records import Record
from operations import rewrapping, rotation, upgrading
from tests import factories
from tests.avrr.test_child_journeys import child, safe
from tests.security.test_bundles import entered
from tests.security.test_keys_by_office import Passing
from tests.security.test_keys_of_parties import WORDS, Told, narrowed, of, opens


def test_keys_of_each_party_go_down_and_up_again_with_data(app: Flask) -> None:
    house = factories.World()
    with sealed.gate_opened_by(Passing()):
        entered(house, house.here, house.there)
        told = Told(house)
        record = told.record("return")
        record_id, whole = record.id, record.unwrapped()
        db.session.remove()
        command.downgrade(migrating.config(), "0040")
        journey = db.session.execute(
            text("SELECT journey_sealed FROM returns WHERE id = :id"), {"id": record_id}
        ).scalar_one()
        below = cipher.unseal(whole, bytes(journey), bound=f"Return/{record_id}/journey")
        assert below == sealed.packed(WORDS), "as a version before reads it"
        db.session.remove()
        command.upgrade(migrating.config(), "head")
        marks.forget()
        upgrading.seal_codes()
        assert opens(told) == of("return", "referral", "at home")
        while rewrapping.tell_parties():
            pass
        narrowed(app, told.transit)
        assert opens(told) == {("return", "journey")}


def test_what_records_say_to_rules_goes_under_their_case_and_back(app: Flask) -> None:
    house = factories.World()
    case = child(house)
    safe(house, case)
    said = {record.id: record.says for record in _records(case)}
    assert any(said.values())
    for _time in range(2):  # and once more: what stands is left
        db.session.remove()
        command.downgrade(migrating.config(), "0040")
        below = text("SELECT id, says FROM records WHERE says IS NOT NULL")
        rows = db.session.execute(below).all()
        column = Record.__table__.c.says.type
        dialect = db.engine.dialect
        assert {row.id: column.process_result_value(row.says, dialect) for row in rows} == said
        db.session.remove()
        command.upgrade(migrating.config(), "head")
        marks.forget()
        upgrading.seal_codes()
        assert {record.id: record.says for record in _records(case)} == said
        assert rotation.says_under_cases() == len(said)
        assert rotation.says_under_cases() == 0
        records = _records(case)
        assert {record.id: record.says for record in records} == said
        assert all(record.says_sealed and record.says_before is None for record in records)
    narrowed(app, house.there)
    with pytest.raises(HeldElsewhere):
        [record.says for record in _records(case)]


def _records(case: Case) -> list[Record]:
    query = select(Record).where(Record.case_id == inspect(case).identity[0])
    return list(db.session.execute(query.order_by(Record.id)).unique().scalars())
