"""Somebody who writes into the database without its keys points a referral or a return at another
organisation, or puts an ended one back as it stood: its release says otherwise, and nobody reads it.
"""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from access.actors import person
from access.gate import acting
from access.policy import Refused
from avrr import handover
from casework.core import consent
from models.base import db, now
from models.referrals import Referral
from models.returns import Return
from models.sealed import Shut
from referral import responses, sending
from tests import factories
from tests.avrr.test_return import ready
from tests.referral.test_referral import send


def write(record: Any, **values: Any) -> None:
    """Change a row beside the application."""
    table = type(record).__table__
    db.session.execute(update(table).where(table.c.id == record.id).values(**values))
    db.session.commit()


def copied(record: Any) -> dict[str, Any]:
    """The row as a copy of the database has it."""
    table = type(record).__table__
    row = db.session.execute(select(table).where(table.c.id == record.id)).mappings().one()
    return dict(row)


def reads(record: Any, name: str, who: Any) -> bool:
    """Whether somebody reads what was told."""
    with acting(person(factories.anew(who))):
        try:
            getattr(factories.anew(record), name)
        except (Refused, Shut):
            return False
    return True


@pytest.fixture
def referral(house: factories.World) -> Referral:
    """Sent to the partner, and accepted."""
    made = send(house)
    with factories.acts(house.helper) as by:
        responses.accept(by=by, referral=factories.anew(made))
    assert reads(made, "released", house.helper)
    return made


@pytest.fixture
def house(app: Flask) -> factories.World:
    return factories.World()


def test_d1_a_referral_pointed_at_another_partner_is_not_there_for_it(
    app: Flask, house: factories.World, referral: Referral
) -> None:
    other = factories.anew(house.other_partner).id
    for state in ("sent", "accepted"):
        write(referral, partner_id=other, state=state, answered_at=None, sent_at=now())
        reference = factories.anew(referral).reference
        browser = factories.Browser(app, house.other_helper)
        assert browser.get(f"/referrals/{reference}").status_code == 404
        assert reference not in browser.get("/referrals").text
        assert browser.post(f"/referrals/{reference}/accept").status_code == 404
        assert not reads(referral, "released", house.other_helper)


def test_ac_a_referral_that_was_taken_back_and_is_put_back_as_it_stood_opens_nothing(
    app: Flask, house: factories.World, referral: Referral
) -> None:
    stood = copied(referral)
    with factories.acts(house.caseworker) as by:
        sending.revoke(by=by, referral=factories.anew(referral))
    write(referral, **{**stood, "access_until": None})
    assert not reads(referral, "released", house.helper)
    browser = factories.Browser(app, house.helper)
    assert browser.get(f"/referrals/{factories.anew(referral).reference}").status_code == 404


def test_as_a_last_day_written_anew_is_not_the_releases(
    app: Flask, house: factories.World, clock: Any
) -> None:
    made = send(house)
    with factories.acts(house.helper) as by:
        responses.accept(by=by, referral=factories.anew(made))
    write(made, access_until=now() + timedelta(days=3000))
    assert reads(made, "released", house.helper)
    clock.forward(days=400)
    assert not reads(made, "released", house.helper)


def test_g1_a_return_pointed_at_another_mission_is_not_there_for_it(
    app: Flask, house: factories.World
) -> None:
    record: Return = ready(house, fund=False)
    third = house._place("CAI", "mission", "EG")
    helper = house._person("third", third, "mission_staff")  # type: ignore[arg-type]
    db.session.commit()
    assert reads(record, "released", house.origin)
    for side in ("receiving_id", "transit_id"):
        write(record, **{side: factories.anew(third).id, "handover": "accepted"})
        reference = factories.anew(record).reference
        browser = factories.Browser(app, helper)
        assert browser.get(f"/returns/{reference}").status_code == 404
        assert reference not in browser.get("/returns").text
        for name in ("released", "journey", "thread", "plan"):
            assert not reads(record, name, helper), (side, name)


def test_ba_a_handover_that_ended_and_is_put_back_as_it_stood_opens_nothing(
    app: Flask, house: factories.World
) -> None:
    record: Return = ready(house, fund=False)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
    stood = copied(record)
    with factories.acts(house.caseworker) as by:
        consent.withdraw(by=by, case=factories.anew(record).case, purpose="sharing")
    write(record, **{**stood, "access_until": None})
    browser = factories.Browser(app, house.origin)
    assert browser.get(f"/returns/{factories.anew(record).reference}").status_code == 404
    assert not reads(record, "released", house.origin)
