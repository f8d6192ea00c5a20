"""What an insider tried to stay in, to see and to do with what is not theirs any more."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from access.permissions import Role
from accounts import ending
from avrr import assistance_items, handover, movements, preparation, reintegration
from casework.casefile import closure
from casework.core import approvals as asking
from casework.core import consent, tasks
from casework.people import merging
from casework.team import transfers
from data_protection import access_exceptions, erasure, requests_of_persons
from funds import approvals, requests
from models.base import db, today
from models.cases import Case, Draft, Task
from models.facts import Delivery
from models.messages import Message
from models.movements import Movement
from models.people import User
from models.referrals import Referral
from models.returns import Return
from models.sealed import seal_system
from models.states import DeliveryState
from operations import rewrapping
from referral import partner_links
from reporting.exports import deliveries
from tests import factories
from tests.avrr.test_return import ready
from tests.security.test_13_matrix import sheltered


def kept_from(house: factories.World, case: Case, *people: User) -> None:
    """The supervisor keeps a case from people."""
    for user in people:
        with factories.acts(house.supervisor) as by:
            access_exceptions.block(
                by=by,
                case=factories.anew(case),
                reason="conflict",
                email=factories.anew(user).email,
            )


def another_supervisor(house: factories.World) -> User:
    """So that a case may be kept from one of them."""
    made = house._person("boss", factories.anew(house.here), Role.SUPERVISOR)
    db.session.commit()
    return made


def _referred(house: factories.World) -> tuple[Case, Referral]:
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        return case, factories.refer(by, house, case)


def _link(who: User, referral: Referral) -> tuple[str, str]:
    with factories.acts(who) as by:
        return partner_links.make(by=by, referral=factories.anew(referral))


def _shut(user: User) -> None:
    account = factories.anew(user)
    account.active = False
    ending.end_access(account)
    db.session.commit()


def _open(app: Flask, token: str, code: str) -> tuple[factories.Browser, str]:
    """A browser without account, and the address of the card; empty where there is none."""
    browser = factories.Browser(app)
    browser._learn(browser.get(f"/answer/{token}"))
    answer = browser.post(f"/answer/{token}", code=code)
    return browser, answer.headers.get("Location", "")


@pytest.mark.parametrize("how", ["shut", "kept from them"])
@pytest.mark.parametrize("when", ["before", "while it is open"])
def test_a_link_opens_nothing_once_who_made_it_may_not_make_it(
    app: Flask, how: str, when: str
) -> None:
    house = factories.World()
    case, referral = _referred(house)
    token, code = _link(house.colleague, referral)
    browser, card = _open(app, token, code) if when != "before" else (factories.Browser(app), "")
    if card:
        assert browser.get(card).status_code == 200
    if how == "shut":
        _shut(house.colleague)
    else:
        kept_from(house, case, house.colleague)
    if when == "before":
        browser, card = _open(app, token, code)
        assert not card
        return
    assert browser.get(card).status_code == 410
    assert browser.post(f"{card}/accept").status_code == 410
    fresh, way = _open(app, *_link(house.caseworker, referral))
    assert fresh.get(way).status_code == 200


def erased(house: factories.World, case: Case) -> None:
    """Closed by the supervisor, who asks, and erased by the officer."""
    with factories.acts(house.supervisor) as by:
        closure.close(by=by, case=factories.anew(case), reason="completed", words="Done.")
        asked = erasure.ask(by=by, case=factories.anew(case), reason="asked_by_person")
    with factories.acts(house.officer) as by:
        erasure.approve(by=by, erasure=factories.anew(asked))


def handed_away(house: factories.World, case: Case) -> User:
    """Another office takes the case over; gives who has it then."""
    place = house._place("CAI", "mission", "EG")
    taker = house._person("taker", place, Role.CASEWORKER)
    db.session.commit()
    rewrapping.give_each_office_its_key()
    told = [factories.anew(each).id for each in (place, house.there, house.partner)]
    with factories.acts(house.caseworker) as by:
        said = {"sharing": "agrees", "recipients": told, "manner": "signed"}
        consent.record(by=by, case=factories.anew(case), given=said)
        offered = transfers.offer(
            by=by,
            case=factories.anew(case),
            office=factories.anew(place),
            user=factories.anew(taker),
            note="Yours now.",
        )
    with factories.acts(taker) as by:
        transfers.accept(by=by, transfer=factories.anew(offered))
    return taker


@pytest.mark.parametrize("how", ["kept", "handed away", "erased"])
def test_a_file_with_names_is_over_when_a_case_was_taken_away(quick_app: Flask, how: str) -> None:
    house = factories.World()
    case, boss = factories.case(house), another_supervisor(house)
    with factories.acts(boss) as by:
        made = deliveries.ask_htcds(
            by=by, format_="csv", identities=True, password="x" * 20, recipient=deliveries.OWN
        )
    key = factories.anew(made).key
    content = seal_system(f"deliveries/{key}/file", b"x")
    db.session.execute(update(Delivery).values(state=DeliveryState.READY, content=content))
    db.session.commit()
    browser, address = factories.Browser(quick_app, boss), f"/statistics/files/{key}.zip"
    assert browser.get(address).data == b"x"
    if how == "kept":
        kept_from(house, case, boss)
    elif how == "erased":
        erased(house, case)
    else:
        handed_away(house, case)
    over = browser.get(address)
    assert over.status_code == 410
    assert "Ask for the file again" in over.text
    deliveries.forget_old()
    left = db.session.execute(select(Delivery.id)).scalars().all()
    assert bool(left) is (how != "erased"), "after an erasure nothing of it lies here"


@pytest.mark.parametrize("how", ["kept", "handed away", "erased"])
@pytest.mark.parametrize("typed", [False, True])
def test_a_further_registration_shows_nobody_who_went_away(
    quick_app: Flask, how: str, *, typed: bool
) -> None:
    house = factories.World()
    case = factories.case(house, given_names="Zubayda", family_name="Zerrouki")
    browser = factories.Browser(quick_app, house.colleague)
    step = browser.post(f"/cases/{case.number}/again").headers["Location"].rpartition("/")[0]
    browser.post(f"{step}/1", channel="walk_in")
    browser.post(f"{step}/2", assistance="agrees", manner="signed")
    assert "Zerrouki" in browser.get(f"{step}/3").text
    if typed:
        browser.post(f"{step}/3", given_names="Zubayda", family_name="Zerrouki")
    else:
        content = factories.anew(db.session.execute(select(Draft)).scalar_one()).answers
        assert "Zubayda" not in content, "what the case says is read there, and copied nowhere"
    assert ("Zerrouki" if typed else factories.anew(case).number) in browser.get("/work").text
    if how == "kept":
        kept_from(house, case, house.colleague)
    elif how == "erased":
        erased(house, case)
    else:
        handed_away(house, case)
    for page in ("/work", "/registrations", f"{step}/3", f"{step}/6"):
        assert "Zubayda" not in browser.get(page).text, page


def seated(house: factories.World, **person_: str) -> tuple[Return, Movement]:
    """Somebody who is ready to leave, with a seat in a movement of the mission."""
    record = ready(house, **person_)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
    with factories.acts(house.caseworker) as by:
        movement = movements.plan(
            by=by,
            office=factories.anew(house.here),
            country="CI",
            kind="bus",
            travel_on=today(),
            seats=4,
        )
        movements.seat(by=by, movement=movement, returns=[factories.anew(record)])
    return factories.anew(record), factories.anew(movement)


@pytest.mark.parametrize("has_left", [False, True])
def test_who_is_another_offices_by_now_has_no_seat_in_what_the_one_before_runs(
    app: Flask, *, has_left: bool
) -> None:
    house = factories.World()
    record, movement = seated(house)
    reference, place = record.reference, f"/movements/{movement.reference}"
    if has_left:
        with factories.acts(house.caseworker) as by:
            leaving = factories.anew(movement)
            movements.depart(by=by, movement=leaving, departed_on=today())
    taker = handed_away(house, factories.anew(record).case)
    before = factories.Browser(app, house.stranger)
    for page in (place, f"{place}/carrier"):
        shown = before.get(page)
        assert shown.status_code == 200
        assert reference not in shown.text
    before.post(f"{place}/depart", departed_on=today().isoformat())
    before.post(f"{place}/seats/1/no-show")
    now_at = factories.anew(record)
    assert now_at.is_in_preparation is not has_left
    assert "no_show" not in [event.kind for event in now_at.events]
    assert factories.Browser(app, taker).get(f"/returns/{reference}").status_code == 200


def test_of_what_is_about_several_one_that_is_kept_away_keeps_all_away(quick_app: Flask) -> None:
    house = factories.World()
    boss, case, other = another_supervisor(house), factories.case(house), factories.case(house)
    factories.fund()
    with factories.acts(house.caseworker) as by:
        asked = requests.ask(
            by=by,
            case=factories.anew(other),
            others=[factories.anew(case)],
            fund="HASM-1",
            lines={"reception": "100"},
        )
    place = f"/funds/requests/{factories.anew(asked).reference}"
    browser = factories.Browser(quick_app, boss)
    assert browser.get(place).status_code == 200
    kept_from(house, case, boss, house.colleague)
    assert browser.get(place).status_code == 404
    assert browser.post(place, decision="approve").status_code == 404
    assert place not in browser.get("/funds").text
    assert factories.Browser(quick_app, house.colleague).post(f"{place}/cancel").status_code == 404
    with factories.acts(house.supervisor) as by:
        approvals.approve(by=by, request=factories.anew(asked))


def test_a_seat_of_who_is_kept_away_is_a_seat_and_no_more(quick_app: Flask) -> None:
    house = factories.World()
    record, movement = seated(house, given_names="Zubayda")
    reference, place = record.reference, f"/movements/{movement.reference}"
    browser = factories.Browser(quick_app, house.colleague)
    assert reference in browser.get(place).text
    kept_from(house, record.case, house.colleague)
    for page in (
        browser.get(place),
        browser.get(f"{place}/carrier"),
        browser.post(f"{place}/names"),
    ):
        assert page.status_code == 200
        assert reference not in page.text
        assert "Zubayda" not in page.text
    assert browser.post(f"{place}/seats/1/no-show").status_code == 404
    assert browser.post(f"{place}/seats/1/free").status_code == 404
    today_ = today().isoformat()
    assert browser.post(f"{place}/depart", departed_on=today_).status_code == 422
    assert browser.post(f"{place}/cancel").status_code == 422
    own = factories.Browser(quick_app, house.caseworker)
    assert own.post(f"{place}/seats/1/no-show").status_code == 303


def test_the_mission_at_home_approves_nothing_of_who_is_kept_from_it(quick_app: Flask) -> None:
    house = factories.World()
    home = house._person("home", factories.anew(house.there), Role.SUPERVISOR)
    db.session.commit()
    record = ready(house)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
    with factories.acts(house.caseworker) as by:
        preparation.depart(by=by, return_=factories.anew(record), departed_on=today())
    with factories.acts(house.origin) as by:
        back = factories.anew(record)
        reintegration.arrive(by=by, return_=back, arrived_on=today())
        given = {"kind": "micro_business", "dimension": "economic", "fund": "none"}
        item = assistance_items.assist(
            by=by, return_=back, amount="9000", given_on=today(), token="one", **given
        )
    browser, reference = factories.Browser(quick_app, home), factories.anew(record).reference
    assert reference in browser.get("/returns/approvals").text
    kept_from(house, factories.anew(record).case, home)
    assert reference not in browser.get("/returns/approvals").text
    assert browser.post(f"/assistance/{item.id}", decision="approve").status_code == 404


def test_who_it_is_kept_from_neither_tells_of_a_stay_nor_parts_the_person(quick_app: Flask) -> None:
    house = factories.World()
    case, other = factories.case(house), factories.case(house)
    known = sheltered(house, factories.anew(case))
    with factories.acts(house.caseworker) as by:
        number = factories.anew(case).number
        made = merging.judge(by=by, case=factories.anew(other), other_number=number, answer="same")
    assert made is not None
    browser = factories.Browser(quick_app, house.colleague)
    story = f"/cases/{factories.anew(other).number}/timeline"
    stay = f"/shelter/{known['house']}/stays/{known['stay']}"
    undo = f"/cases/{factories.anew(other).number}/person/merges/{made.id}/undo"
    assert browser.post(f"{stay}/presence", state="out").status_code == 200
    assert number in browser.get(story).text
    kept_from(house, case, house.colleague)
    assert number not in browser.get(story).text
    assert browser.post(f"{stay}/presence", state="missing").status_code == 404
    assert browser.post(f"{stay}/handouts", kind="meal", meal="lunch").status_code == 404
    assert browser.post(undo).status_code == 422
    assert factories.anew(case).person_id == factories.anew(other).person_id


def test_lists_of_what_waits_know_nothing_of_a_case_that_is_kept_away(quick_app: Flask) -> None:
    house = factories.World()
    boss, case = another_supervisor(house), factories.case(house)
    with factories.acts(house.caseworker) as by:
        asking.ask(by=by, case=factories.anew(case), what="closure")
        transfers.offer(
            by=by,
            case=factories.anew(case),
            office=factories.anew(house.here),
            user=factories.anew(house.colleague),
            note="Yours now.",
        )
        number = factories.anew(case).number
    pages = ("/work", "/transfers", "/approvals", "/team")
    browsers = [factories.Browser(quick_app, who) for who in (boss, house.colleague)]
    for browser in browsers:
        assert browser.get(f"/cases/{number}").status_code == 200
    kept_from(house, case, boss, house.colleague)
    for browser in browsers:
        assert not [page for page in pages if number in browser.get(page).text]


def test_a_deadline_of_an_officer_does_not_follow_a_case_to_another_office(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.health) as by:
        tasks.add(by=by, case=factories.anew(case), kind="medical_due", due_on=today())
    browser, number = factories.Browser(app, house.health), factories.anew(case).number
    pages = ("/work", "/calendar")
    assert all(number in browser.get(page).text for page in pages)
    handed_away(house, case)
    assert not [page for page in pages if number in browser.get(page).text]
    owners = {task.kind: task.owner_id for task in db.session.execute(select(Task)).scalars()}
    assert owners["medical_due"] is None, "the supervisors of the new office find it"


def test_no_notice_about_a_case_reaches_whoever_it_is_kept_from(app: Flask) -> None:
    house = factories.World()
    boss, case = another_supervisor(house), factories.case(house)
    known = sheltered(house, factories.anew(case))
    kept_from(house, case, boss)
    browser = factories.Browser(app, house.caseworker)
    stay = f"/shelter/{known['house']}/stays/{known['stay']}"
    assert browser.post(f"{stay}/presence", state="missing").status_code == 200
    with factories.acts(house.caseworker) as by:
        requests_of_persons.receive(
            by=by,
            case=factories.anew(case),
            kind="access",
            identified="known",
            received_on=today(),
            asked="What do you hold?",
        )
    told = select(Message.user_id).where(Message.event.in_(("person.missing", "request.received")))
    people = set(db.session.execute(told).scalars())
    assert factories.anew(house.supervisor).id in people
    assert factories.anew(boss).id not in people
