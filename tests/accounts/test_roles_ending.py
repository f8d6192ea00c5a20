"""A role that ends, and a partner's agreement that ends, are told while there is time."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from accounts import roles_ending
from models.base import at, db, now, today
from models.messages import Message
from models.people import Grant
from referral import agreements
from tests import factories


def told(event: str) -> list[tuple[str, str]]:
    """Who was told in the app, and when: the end of the reference."""
    query = select(Message).where(Message.event == event, Message.channel == "app")
    rows = db.session.execute(query.order_by(Message.id)).scalars()
    found = sorted((row.reference.rpartition("-")[2], row.user.name) for row in rows)
    db.session.rollback()
    return found


def test_a_role_that_ends_is_told_fourteen_seven_and_one_day_before(app: Flask) -> None:
    house = factories.World()
    last = today() + timedelta(days=20)
    factories.anew(house.caseworker).grants[0].ends_on = last
    db.session.commit()
    names = {"Caseworker", "Supervisor", "Administrator"}
    for days, heard in ((20, []), (15, []), (14, ["14"]), (13, ["14"]), (7, ["14", "7"])):
        with at(now() + timedelta(days=20 - days)):
            roles_ending.warn()
            roles_ending.warn()
            db.session.commit()
        assert {near for near, _name in told("role.ends")} == set(heard), days
    assert {name for _near, name in told("role.ends")} == names
    assert len(told("role.ends")) == 6, "each once"
    with at(now() + timedelta(days=19)):
        roles_ending.warn()
        db.session.commit()
    with at(now() + timedelta(days=21)):
        roles_ending.warn()
        db.session.commit()
    assert len(told("role.ends")) == 9
    factories.anew(house.caseworker).grants[0].ends_on = last + timedelta(days=3)
    db.session.commit()
    with at(now() + timedelta(days=22)):
        roles_ending.warn()
        db.session.commit()
    assert len(told("role.ends")) == 12, "made longer: another last day is told anew"


def test_after_days_without_the_worker_the_nearest_alone_is_told(quick_app: Flask) -> None:
    house = factories.World()
    factories.anew(house.helper).grants[0].ends_on = today() + timedelta(days=5)
    db.session.commit()
    roles_ending.warn()
    db.session.commit()
    assert told("role.ends") == [("7", "Administrator"), ("7", "Helper")]
    factories.anew(house.helper).active = False
    db.session.commit()
    with at(now() + timedelta(days=4)):
        roles_ending.warn()
        db.session.commit()
    assert len(told("role.ends")) == 2, "of a shut account nothing ends"


def test_an_ending_agreement_is_told_to_the_missions_that_refer(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        factories.refer(by, house, case)
    partner = factories.anew(house.partner)
    partner.agreement_until = today() + timedelta(days=31)
    db.session.add(Grant(user=house.far, organisation=house.there, role="supervisor"))
    db.session.commit()
    agreements.warn()
    db.session.commit()
    assert told("agreement.ends") == []
    with at(now() + timedelta(days=1)):
        agreements.warn()
        agreements.warn()
        db.session.commit()
    names = [name for _near, name in told("agreement.ends")]
    assert names == ["Administrator", "Supervisor"], "who never referred to it is left alone"
    with at(now() + timedelta(days=2)):
        agreements.warn()
        db.session.commit()
    assert len(told("agreement.ends")) == 2
