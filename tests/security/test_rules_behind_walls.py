"""A rule that decides by the file of a case sees it, whoever acts: what row-level security hides
from a partner or a mission abroad must not make it say yes.
"""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from access.actors import person
from access.permissions import Role
from casework.core import consent, protection
from casework.records import changes
from casework.records.kinds import KINDS
from casework.shelter import facilities, placing
from casework.team import transfers
from models import scope
from models.base import db, today
from models.messages import Message
from models.releases import CaseRelease
from models.shelter import Bed, Placement
from referral import responses
from tests import factories
from tests.avrr.test_files_of_a_return import add
from tests.avrr.test_kept import home

ASYLUM = {"state": "lodged"}


def _house(house: factories.World, keeper: Any) -> tuple[str, Bed]:
    """A house with two beds: its key and the first of them."""
    with factories.acts(keeper) as by:
        made = facilities.add_own(by=by, name="H", sex="any", ages="any", address="Zqxstreet 1")
        facilities.add_room(facility=made, name="R", beds=2)
    bed = db.session.execute(select(Bed).order_by(Bed.id)).unique().scalars().first()
    assert bed is not None
    return str(factories.anew(made).key), bed


class Sleeping:
    """Somebody in the house of the partner she was referred to."""

    def __init__(self, app: Flask) -> None:
        self.app, self.house = app, factories.World()
        self.case = factories.case(self.house)
        with factories.acts(self.house.caseworker) as by:
            self.referral = factories.refer(by, self.house, self.case)
        with factories.acts(self.house.helper) as by:
            responses.accept(by=by, referral=factories.anew(self.referral))
        self.key, bed = _house(self.house, self.house.shelter)
        with factories.acts(self.house.caseworker) as by:
            days = {"from_on": today(), "until_on": today() + timedelta(days=9)}
            self.stay = placing.place(
                by=by, case=factories.anew(self.case), bed=factories.anew(bed), **days
            )

    def board(self) -> str:
        keeper = factories.Browser(self.app, self.house.shelter)
        return str(keeper.post(f"/shelter/{self.key}/names").text)

    def shows_nothing(self) -> bool:
        shown = self.board()
        number = factories.anew(self.case).number
        return "Fatima" not in shown and number not in shown and "another office" in shown


def test_a_house_is_told_nothing_after_a_referral_was_taken_back(app: Flask) -> None:
    told = Sleeping(app)
    assert "Fatima" in told.board()
    worker = factories.Browser(app, told.house.caseworker)
    reference = factories.anew(told.referral).reference
    assert worker.post(f"/referrals/{reference}/revoke").status_code == 303
    assert factories.anew(told.stay).told_sealed is None
    assert told.shows_nothing()


def test_a_house_is_told_nothing_after_the_service_ended(app: Flask) -> None:
    told = Sleeping(app)
    helper = factories.Browser(app, told.house.helper)
    reference = factories.anew(told.referral).reference
    assert helper.post(f"/referrals/{reference}/complete").status_code == 303
    assert told.shows_nothing()


def test_a_house_is_told_nothing_past_the_last_day_whether_or_not_a_job_has_run(
    app: Flask,
) -> None:
    told = Sleeping(app)
    query = select(CaseRelease).where(CaseRelease.reference == factories.anew(told.stay).key)
    db.session.execute(query).unique().scalar_one().until = today() - timedelta(days=1)
    db.session.commit()
    assert told.shows_nothing()


def test_a_mission_elsewhere_acts_by_what_the_file_says_of_protection(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.legal) as by:
        given = {**ASYLUM, "on": today()}
        changes.add(by=by, case=factories.anew(case), kind=KINDS["asylum"], given=given)
    abroad = person(factories.anew(house.origin)).scope
    db.session.commit()
    with scope.within(abroad):
        assert protection.seeks_protection(factories.anew(case))
        assert protection.keeps_from(factories.anew(case), factories.anew(house.there))


def test_a_photo_is_given_to_no_mission_abroad_once_they_are_refused(app: Flask) -> None:
    house = factories.World()
    record = home(house)
    kept = add(app, house, record, paper="photo", shows_person="yes")
    page = f"/returns/{factories.anew(record).reference}"
    path = f"{page}/papers/{factories.anew(kept).key}"
    assert factories.Browser(app, house.origin).get(path).status_code == 200
    with factories.acts(house.caseworker) as by:
        refused = {"manner": "spoken", "language": "fr", "photograph": "refuses"}
        consent.record(by=by, case=factories.anew(record).case, given=refused)
    at_home = factories.Browser(app, house.origin)
    assert at_home.get(path).status_code == 404
    assert f'href="{path}"' not in at_home.get(page).text


def test_what_was_agreed_to_at_home_is_shown_there(app: Flask) -> None:
    house = factories.World()
    page = f"/returns/{home(house).reference}"
    at_home = factories.Browser(app, house.origin)
    assert at_home.post(f"{page}/agreed", manner="spoken", language="fr").status_code == 303
    assert f"{page}/agreed/take-back" in at_home.get(page).text


@pytest.mark.parametrize("who", ["administrator", "own"])
def test_missions_hear_of_a_partners_new_worker_whoever_lets_them_in(app: Flask, who: str) -> None:
    house = factories.World()
    by_whom = house.administrator
    if who == "own":
        by_whom = house._person("padmin", factories.anew(house.partner), Role.ADMINISTRATOR)
        db.session.commit()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        factories.refer(by, house, case)
    browser = factories.Browser(app, by_whom)
    browser.post("/confirm", password=factories.PASSWORD)
    place = str(factories.anew(house.partner).id)
    new = {"name": "New", "email": "new@example.org", "role": "partner_worker"}
    assert browser.post("/people/invite", **new, organisation=place).status_code == 303
    told = select(Message.user_id).where(Message.event == "access.account_made")
    assert factories.anew(house.supervisor).id in set(db.session.execute(told).scalars())


def test_a_stay_goes_with_the_case_to_another_office(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    third = house._place("CAI", "mission", "EG")
    taker = house._person("taker", third, Role.CASEWORKER)
    db.session.commit()
    _key, bed = _house(house, house.supervisor)
    with factories.acts(house.caseworker) as by:
        days = {"from_on": today(), "until_on": today() + timedelta(days=9)}
        placing.place(by=by, case=factories.anew(case), bed=factories.anew(bed), **days)
        told = {"sharing": "agrees", "recipients": [factories.anew(third).id]}
        consent.record(by=by, case=factories.anew(case), given=told)
        offered = transfers.offer(
            by=by,
            case=factories.anew(case),
            office=factories.anew(third),
            user=factories.anew(taker),
            note="Hers now.",
        )
    path = f"/transfers/{factories.anew(offered).id}/accept"
    assert factories.Browser(app, taker).post(path).status_code == 303
    stay = db.session.execute(select(Placement)).unique().scalar_one()
    assert stay.office_id == factories.anew(third).id


def test_who_referred_there_sees_and_gives_a_bed_of_the_partners_house(app: Flask) -> None:
    house = factories.World()
    _key, bed = _house(house, house.shelter)
    case = factories.case(house)
    worker = factories.Browser(app, house.caseworker)
    address = f"/cases/{case.number}/shelter"
    assert f'value="{bed.id}"' not in worker.get(address).text, "nobody referred there"
    with factories.acts(house.caseworker) as by:
        referral = factories.refer(by, house, case)
    with factories.acts(house.helper) as by:
        responses.accept(by=by, referral=factories.anew(referral))
    assert f'value="{factories.anew(bed).id}"' in worker.get(address).text
    days = {"from_on": today().isoformat(), "until_on": (today() + timedelta(days=9)).isoformat()}
    given = worker.post(address, bed=str(factories.anew(bed).id), **days)
    assert given.status_code == 303, given.text
    assert worker.get(address).status_code == 200
    stay = db.session.execute(select(Placement)).unique().scalar_one()
    assert stay.bed_id == factories.anew(bed).id
