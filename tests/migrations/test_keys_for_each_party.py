"""Keys of each party go down and up again with data: below, the office's own key opens all as
before; above, each party is given its own.
"""

from alembic import command
from flask import Flask
from sqlalchemy import text

from encryption import cipher
from models import migrating, sealed
from models.base import db
from operations import rewrapping, upgrading
from tests import factories
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
        command.downgrade(migrating.config(), "0038")
        journey = db.session.execute(
            text("SELECT journey_sealed FROM returns WHERE id = :id"), {"id": record_id}
        ).scalar_one()
        below = cipher.unseal(whole, bytes(journey), bound=f"Return/{record_id}/journey")
        assert below == sealed.packed(WORDS), "as a version before reads it"
        db.session.remove()
        command.upgrade(migrating.config(), "head")
        upgrading.seal_codes()
        assert opens(told) == of("return", "referral", "at home")
        while rewrapping.tell_parties():
            pass
        narrowed(app, told.transit)
        assert opens(told) == {("return", "journey")}
