"""What somebody may not see any more is seen nowhere: tasks, drafts, logs, files, houses; and what
gave itself away by how it behaved.
"""

import time
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from access.actors import person
from accounts import ending_links, signing_in
from casework.core import release, tasks
from casework.shelter import facilities, placing
from data_protection import access_exceptions
from models.base import db, now, today
from models.facts import Delivery
from models.people import Grant, User
from models.rules import RuleBroken
from models.sealed import seal_system
from models.shelter import Placement
from models.states import DeliveryState
from referral import responses
from reporting.exports import deliveries
from tests import factories
from tests.conftest import Clock
from web.errors import NotFound

SECOND = "seven grey herons by the lake"
THIRD = "eight white herons by the lake"


def test_of_a_case_that_is_kept_from_somebody_no_task_shows_its_number(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        colleague = factories.anew(house.colleague)
        kept = {"user": colleague, "case": factories.anew(case), "kind": "safety"}
        tasks.add_for(**kept, due_on=today())
        tasks.add_for(**kept, due_on=today() + timedelta(days=3))
        assert by.id
    browser = factories.Browser(app, house.colleague)
    pages = ("/work", "/calendar")
    assert all(case.number in browser.get(page).text for page in pages)
    with factories.acts(house.supervisor) as by:
        access_exceptions.block(
            by=by, case=factories.anew(case), reason="relative", email="colleague@example.org"
        )
    assert not any(case.number in browser.get(page).text for page in pages)


def test_a_draft_that_began_from_a_case_goes_with_it(app: Flask, clock: Clock) -> None:
    house = factories.World()
    case = factories.case(house, given_names="Zubayda")
    browser = factories.Browser(app, house.colleague)
    begun = browser.post(f"/cases/{case.number}/again")
    place = begun.headers["Location"]
    assert "/registrations/" in place
    step = place.rpartition("/")[0] + "/1"
    assert browser.get(step).status_code == 200
    with factories.acts(house.supervisor) as by:
        access_exceptions.block(
            by=by, case=factories.anew(case), reason="relative", email="colleague@example.org"
        )
    for number in range(1, 4):
        answer = browser.get(f"{place.rpartition('/')[0]}/{number}")
        assert answer.status_code == 404
        assert "Zubayda" not in answer.text


def test_the_log_of_a_partner_begins_with_whoever_reads_it(app: Flask, clock: Clock) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        sent = factories.refer(by, house, case)
        reference = sent.reference
    with factories.acts(house.helper) as by:
        responses.accept(by=by, referral=factories.anew(sent))
        given = {"kind": "shelter", "given_on": today(), "quantity": 1, "outcome": "helped"}
        responses.log_service(by=by, referral=factories.anew(sent), **given)
    clock.forward(hours=1)
    new = house._person("newhelper", factories.anew(house.partner), "partner_worker")  # type: ignore[arg-type]
    grant = db.session.execute(select(Grant).where(Grant.user_id == new.id)).scalar_one()
    grant.since = now()
    db.session.commit()
    assert reference in factories.Browser(app, house.helper).get("/referrals/log.csv").text
    assert reference not in factories.Browser(app, new).get("/referrals/log.csv").text


def test_a_file_is_not_fetched_in_a_role_that_ended(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    with factories.acts(house.supervisor) as by:
        made = deliveries.ask_htcds(
            by=by, format_="csv", identities=True, password="x" * 20, recipient=deliveries.OWN
        )
        key = made.key
    done = update(Delivery).values(
        state=DeliveryState.READY, content=seal_system(f"deliveries/{key}/file", b"x")
    )
    db.session.execute(done)
    db.session.commit()
    with factories.acts(house.supervisor) as by:
        assert deliveries.fetched(by, deliveries.of(by, key)) == b"x"
    user = factories.anew(house.supervisor)
    (grant,) = user.grants
    grant.role = "programme_manager"
    db.session.commit()
    db.session.expire_all()
    with factories.acts(house.supervisor) as by, pytest.raises(NotFound):
        deliveries.fetched(by, deliveries.of(by, key))


def test_sessions_of_a_colleague_are_not_ended_again_and_again(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    for _ in range(ending_links.OFTEN):
        with factories.acts(house.stranger) as by:
            ending_links.end_of_another(by=by, user=factories.anew(house.colleague))
    with factories.acts(house.stranger) as by, pytest.raises(RuleBroken):
        ending_links.end_of_another(by=by, user=factories.anew(house.colleague))
    with factories.acts(house.caseworker) as by:
        ending_links.end_of_another(by=by, user=factories.anew(house.colleague))
    clock.forward(minutes=61)
    with factories.acts(house.stranger) as by:
        ending_links.end_of_another(by=by, user=factories.anew(house.colleague))


def test_help_for_who_cannot_sign_in_takes_as_long_for_nobody(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    assert house.administrator
    took: dict[str, list[float]] = {"caseworker@example.org": [], "nobody@example.org": []}
    for _ in range(4):
        for email, times in took.items():
            browser = factories.Browser(quick_app, remote="192.0.2.7")
            browser._learn(browser.get("/sign-in/help"))
            began = time.perf_counter()
            assert browser.post("/sign-in/help", email=email).status_code == 200
            times.append(time.perf_counter() - began)
    known, unknown = (sorted(times)[1] for times in took.values())
    assert min(known, unknown) >= 0.35
    assert abs(known - unknown) < 0.1


def test_what_is_chosen_under_force_holds_as_anywhere(app: Flask, clock: Clock) -> None:
    house = factories.World()
    signing_in.set_second_password(
        factories.anew(house.caseworker), current=factories.PASSWORD, new=SECOND
    )
    db.session.commit()
    user_id = factories.anew(house.caseworker).id
    browser = factories.Browser(app)
    browser.sign_in("caseworker@example.org", SECOND)
    assert browser.post("/account", locale="ar", theme="dark").status_code == 303
    page = browser.get("/account").text
    assert 'lang="ar"' in page
    assert factories.anew(house.caseworker).locale == "en"
    short = browser.post("/account/password", current=SECOND, new="short")
    assert short.status_code == 422
    changed = browser.post("/account/password", current=SECOND, new=THIRD)
    assert changed.status_code == 303
    again = factories.Browser(app)
    assert again.sign_in("caseworker@example.org", THIRD).status_code == 303
    assert factories.Browser(app).sign_in("caseworker@example.org", SECOND).status_code == 422
    assert again.get("/cases").status_code == 200
    own = factories.Browser(app, house.caseworker)
    assert own.get("/account").status_code == 200, "the owner's own password stays"
    assert 'lang="en"' in own.get("/account").text
    assert db.session.execute(select(User.second_hash).where(User.id == user_id)).scalar()


def test_a_partners_house_sees_a_person_until_their_last_planned_morning(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    case = factories.case(house, given_names="Zubayda")
    with factories.acts(house.caseworker) as by:
        sent = factories.refer(by, house, case)
    with factories.acts(house.helper) as by:
        responses.accept(by=by, referral=factories.anew(sent))
    with factories.acts(house.shelter) as by:
        facility = facilities.add_own(by=by, name="House", sex="all", ages="all")
        bed_id = facilities.add_room(facility=facility, name="1", beds=1).beds[0].id
    with factories.acts(house.caseworker) as by:
        stay = placing.place(
            by=by,
            case=factories.anew(case),
            bed=placing.chosen_bed(str(bed_id)),
            from_on=today(),
            until_on=today() + timedelta(days=3),
        )
        key = stay.key
    clock.forward(days=2)
    with factories.acts(house.caseworker) as by:
        longer = db.session.execute(select(Placement).where(Placement.key == key)).scalar_one()
        placing.extend(by=by, placement=longer, until_on=today() + timedelta(days=4))
    clock.forward(days=4)
    assert person(factories.anew(house.shelter)).sheltered == {case.id}
    clock.forward(days=1)
    assert person(factories.anew(house.shelter)).sheltered == frozenset()
    release.settle_past_their_day()
    db.session.commit()
    gone = db.session.execute(select(Placement).where(Placement.key == key)).scalar_one()
    assert gone.told_sealed is None
    assert gone.left_on is None, "whether they sleep there is not for a ledger to decide"
