"""What crosses rooms works for whom the database shows the least: an officer, an hourly task."""

from datetime import timedelta

from flask import Flask

from avrr import preparation, readiness
from casework.intake import jobs
from casework.records import changes
from casework.records.kinds import KINDS
from models.base import db, today
from tests import factories


def test_birthdays_are_found_by_the_hourly_task(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, birth={"year": today().year - 13, "month": 1, "day": 1})
    stands = factories.anew(case)
    stands.age_band, stands.age_turns = "65+", None
    db.session.commit()
    assert jobs.turn_ages() == 1
    assert factories.anew(case).age_band in {"0-13", "14-17"}


def test_a_certificate_of_the_health_officer_reaches_the_return(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        record = preparation.start(by=by, case=factories.anew(case), country="CI")
    given = {
        "result": "fit",
        "examined_on": today(),
        "by": "Dr",
        "valid_until": today() + timedelta(days=9),
    }
    with factories.acts(house.health) as by:
        changes.add(by=by, case=factories.anew(case), kind=KINDS["fitness"], given=given)
    lines = readiness.shown(factories.anew(record), own=True)
    assert next(line for line in lines if line.step == "fit_to_travel").is_done


def test_a_claim_that_the_legal_officer_writes_reaches_the_return(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        record = preparation.start(by=by, case=factories.anew(case), country="CI")
    with factories.acts(house.legal) as by:
        given = {"state": "lodged", "on": today()}
        changes.add(by=by, case=factories.anew(case), kind=KINDS["asylum"], given=given)
    lines = readiness.shown(factories.anew(record), own=True)
    assert next(line for line in lines if line.step == "protection_check").why == "asylum"
