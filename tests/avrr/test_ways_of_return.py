"""Steps that say what came out, countries that are theirs, and who receives."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from access.permissions import Role
from avrr import handover, home_consent, preparation, readiness, reintegration, steps
from casework.casefile import closure
from casework.core import approvals, consent, tasks
from casework.records import changes
from casework.records.kinds import KINDS
from models import office_settings
from models.base import db, today
from models.cases import Event
from models.people import Organisation
from models.returns import Return
from models.rules import RuleBroken
from tests import factories
from tests.avrr.test_return import ready, stepped

DAY = timedelta(days=1)


def begun(house: factories.World, **person: Any) -> Return:
    case = factories.case(house, **person)
    with factories.acts(house.caseworker) as by:
        return preparation.start(by=by, case=factories.anew(case), country="CI")


REFUSED: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("application", {"language": ""}, "language"),
    ("counselling", {"language": "ar", "interpreter": False}, "language"),
    ("eligibility", {"outcome": ""}, "outcome"),
    ("protection_check", {"outcome": ""}, "outcome"),
    ("protection_check", {"wants_protection": ""}, "wants_protection"),
    ("protection_check", {"may_be_child": ""}, "may_be_child"),
    ("protection_check", {"at_risk": "yes"}, "outcome"),
    ("declaration", {"proof": ""}, "proof"),
    ("declaration", {"language": ""}, "language"),
    ("travel_documents", {"paper": ""}, "paper"),
    ("travel_documents", {"valid_until": None}, "valid_until"),
    ("travel_documents", {"valid_until": today() - DAY}, "valid_until"),
    ("fit_to_travel", {"outcome": ""}, "outcome"),
    ("fit_to_travel", {"proof": ""}, "proof"),
    ("fit_to_travel", {"valid_until": None}, "valid_until"),
    ("fit_to_travel", {"valid_until": date(2030, 1, 1)}, "valid_until"),
)


def test_a_step_is_done_when_it_says_what_came_out(quick_app: Flask) -> None:
    house = factories.World()
    record = begun(house, languages=["fr"])
    with factories.acts(house.caseworker) as by:
        factories.returning.take("counselling", by=by, return_=factories.anew(record))
        for step, given, field in REFUSED:
            with pytest.raises(RuleBroken) as refused:
                factories.returning.take(step, by=by, return_=factories.anew(record), **given)
            assert refused.value.field == field, (step, given)


def test_nothing_is_signed_before_the_time_to_think_is_over(quick_app: Flask) -> None:
    house = factories.World()
    record = begun(house)
    with factories.acts(house.caseworker) as by:
        same_day = factories.anew(record)
        factories.returning.take("counselling", by=by, return_=same_day, done_on=today())
        with pytest.raises(RuleBroken) as refused:
            factories.returning.take("declaration", by=by, return_=same_day)
    assert refused.value.field == "done_on"


def test_a_declaration_counts_against_the_newest_counselling(quick_app: Flask) -> None:
    house = factories.World()
    record = begun(house)
    with factories.acts(house.caseworker) as by:
        stands = factories.anew(record)
        for _ in range(2):
            factories.returning.take("counselling", by=by, return_=stands)
        factories.returning.take("declaration", by=by, return_=stands)
        factories.returning.take("counselling", by=by, return_=stands, done_on=today())
        line = next(
            each for each in readiness.shown(stands, own=True) if each.step == "declaration"
        )
        assert line.why == "too_early"
        assert len([each for each in stands.entries if each.step == "counselling"]) == 3


def test_ones_own_passport_needs_no_consulate(quick_app: Flask) -> None:
    house = factories.World()
    record = begun(house)
    with factories.acts(house.caseworker) as by:
        consent.withdraw(by=by, case=factories.anew(record).case, purpose="consulate")
        with pytest.raises(RuleBroken) as refused:
            factories.returning.take("travel_documents", by=by, return_=factories.anew(record))
        assert refused.value.field == "consulate"
        own = {"paper": "passport", "consulate": False}
        factories.returning.take("travel_documents", by=by, return_=factories.anew(record), **own)
        lines = readiness.shown(factories.anew(record), own=True)
    assert next(line for line in lines if line.step == "travel_documents").is_done


def test_the_health_officers_word_is_the_step(quick_app: Flask) -> None:
    house = factories.World()
    record = begun(house)

    def examined(result: str, **given: Any) -> None:
        whole = {"result": result, "examined_on": today(), "by": "Dr", **given}
        with factories.acts(house.health) as by:
            changes.add(
                by=by,
                case=factories.anew(record).case,
                kind=KINDS["fitness"],
                given={"valid_until": today() + 9 * DAY, **whole},
            )

    def stands() -> tuple[bool, str]:
        lines = readiness.shown(factories.anew(record), own=True)
        line = next(each for each in lines if each.step == "fit_to_travel")
        return line.is_done, line.why

    examined("fit")
    assert stands() == (True, "")
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken):
        factories.returning.take("fit_to_travel", by=by, return_=factories.anew(record))
    examined("unfit")
    assert stands() == (False, "not_fit")
    examined("fit_with")
    assert stands() == (True, "")
    assert [each.outcome for each in factories.anew(record).entries] == [
        "fit",
        "not_fit",
        "fit_escort",
    ]


@pytest.mark.parametrize("days", [0, 1])
def test_what_is_valid_is_valid_on_the_day_they_leave(app: Flask, days: int) -> None:
    """Planned for today, certificate until today; flown a day later: it does not count any more."""
    house = factories.World()
    record = ready(house)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
    stands = factories.anew(record)
    stands.steps["fit_to_travel"].valid_until = today() - days * DAY
    db.session.commit()
    with factories.acts(house.caseworker) as by:
        if days:
            with pytest.raises(RuleBroken):
                preparation.depart(by=by, return_=factories.anew(record), departed_on=today())
        else:
            preparation.depart(by=by, return_=factories.anew(record), departed_on=today())
            assert factories.anew(record).age_band


@pytest.mark.parametrize("days", [-1, 1])
def test_who_left_on_another_day_has_another_journey(app: Flask, days: int) -> None:
    house = factories.World()
    record = ready(house)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
    factories.anew(record).travel_on = today() - days * DAY
    db.session.commit()
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken) as refused:
        preparation.depart(by=by, return_=factories.anew(record), departed_on=today())
    assert refused.value.field == "departed_on"


@pytest.mark.parametrize("yes", [True, False, None])
def test_a_supervisor_agrees_to_a_risky_return_or_it_does_not_leave(
    app: Flask, yes: bool | None
) -> None:
    house = factories.World()
    record = ready(house)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
    with factories.acts(house.caseworker) as by:
        asked = approvals.ask(by=by, case=factories.anew(record).case, what="return")
    if yes is not None:
        with factories.acts(house.supervisor) as by:
            approvals.decide(by=by, approval=factories.anew(asked), yes=yes, note="Read.")
    lacking = [line.step for line in readiness.missing(factories.anew(record))]
    assert lacking == ([] if yes else ["approval"]), "the newest word counts"


def test_the_other_mission_does_not_learn_that_somebody_is_at_risk(quick_app: Flask) -> None:
    house = factories.World()
    lines = {line.step for line in readiness.shown(begun(house))}
    assert "approval" not in lines, "nor is it told that none is needed"
    assert "declaration" in lines


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "country"),
        ({"basis": "residence"}, "country"),
        ({"basis": "residence", "admission": "permit"}, ""),
    ],
)
def test_nobody_goes_home_to_a_country_that_is_not_theirs_without_a_reason(
    quick_app: Flask, said: dict[str, str], field: str
) -> None:
    house = factories.World()
    case = factories.case(house, citizenship="ML")
    with factories.acts(house.caseworker) as by:
        if field:
            with pytest.raises(RuleBroken) as refused:
                preparation.start(by=by, case=factories.anew(case), country="CI", **said)
            assert refused.value.field == field
            return
        record = preparation.start(by=by, case=factories.anew(case), country="CI", **said)
        assert readiness.needs_approval(record)


def test_a_country_without_a_mission_is_no_dead_end(app: Flask) -> None:
    """A mission of the region receives, or nobody does and the office goes on by itself."""
    house = factories.World()
    case = factories.case(house, citizenship="ML")
    with factories.acts(house.caseworker) as by:
        record = preparation.start(by=by, case=factories.anew(case), country="ML")
        stepped(record, by)
        with pytest.raises(RuleBroken):
            handover.hand_over(by=by, return_=factories.anew(record))
    place = f"/returns/{record.reference}"
    browser = factories.Browser(app, house.caseworker)
    page = browser.get(place).text
    assert "No mission is in Mali" in page
    assert factories.anew(house.there).name in page, "who could receive is offered"
    code = factories.anew(house.there).code
    assert browser.post(f"{place}/receiver", mission="NONE").status_code == 422
    assert browser.post(f"{place}/receiver", mission=code).status_code == 303
    assert handover.receiver(factories.anew(record)).code == code


def test_r5_a_mission_says_for_which_countries_of_its_region_it_receives(quick_app: Flask) -> None:
    house = factories.World()
    chief = house._person("chief", factories.anew(house.there), Role.ADMINISTRATOR)
    db.session.commit()
    browser, page = factories.Browser(quick_app, chief), "/organisations/ABJ/settings"
    wrong = browser.post(page, receives_for="Mali, Atlantis")
    assert wrong.status_code == 422
    assert "No country is called Atlantis." in wrong.text
    assert "Mali, Atlantis" in wrong.text, "nothing typed is lost"
    case = factories.case(house, citizenship="ML")
    with factories.acts(house.caseworker) as by:
        record = preparation.start(by=by, case=factories.anew(case), country="ML")
    with pytest.raises(RuleBroken):
        handover.receiver(factories.anew(record))
    assert browser.post(page, receives_for="Mali; NE").status_code == 303
    assert handover.receiver(factories.anew(record)).code == "ABJ"
    other = house._place("DKR", "mission", "SN")
    house._person("home", other, Role.ORIGIN)
    db.session.commit()
    able = [each.code for each in handover.who_can_receive(factories.anew(record))]
    assert able == ["ABJ", "DKR"], "who receives for it comes first"
    office_settings.say(other, {"receives_for": "Mali"}, None)
    with pytest.raises(RuleBroken):
        handover.receiver(factories.anew(record))


def test_where_nobody_receives_the_office_goes_on_by_itself(app: Flask) -> None:
    house = factories.World()
    factories.fund()
    record = ready(house, hand=False)
    place, own = f"/returns/{record.reference}", factories.Browser(app, house.caseworker)
    assert own.post(f"{place}/nobody", because="no_mission").status_code == 422, "in hand: what?"
    answer = own.post(f"{place}/nobody", because="no_mission", in_hand="Zqxphone of a cousin")
    assert answer.status_code == 303
    note = factories.of_kind(Event, "nobody_receives")[0]
    with factories.acts(house.caseworker):
        assert "Zqxphone" in factories.anew(note).note
    assert factories.Browser(app, house.origin).get(place).status_code == 404
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken):
        preparation.depart(by=by, return_=factories.anew(record), departed_on=today())
    factories.agreed(house, record)  # the yes of before was to a receiver
    with factories.acts(house.caseworker) as by:
        preparation.depart(by=by, return_=factories.anew(record), departed_on=today())
        reintegration.arrive(by=by, return_=factories.anew(record), arrived_on=today())
        assert factories.anew(record).state == "arrived"
    assert own.get(place).status_code == 200
    assert "Follow" in own.get(place).text
    item = {"kind": "housing", "dimension": "social", "fund": "none", "amount": "90000"}
    own.post(f"{place}/assistance", **item, given_on=today().isoformat())
    listed = factories.Browser(app, house.supervisor).get("/returns/approvals").text
    assert record.reference in listed
    assert factories.anew(house.here).name in listed.split(record.reference)[1], "who gives it"


def test_after_the_consent_has_ended_at_home_the_sender_goes_on_to_the_end(app: Flask) -> None:
    """Nobody at home may go on, and the case of the person is not held up by that for ever."""
    house = factories.World()
    factories.fund()
    record = ready(house)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
    place, own = f"/returns/{record.reference}", factories.Browser(app, house.caseworker)
    with factories.acts(house.caseworker) as by:
        preparation.depart(by=by, return_=factories.anew(record), departed_on=today())
        assert not handover.nobody_goes_on(factories.anew(record))
        consent.withdraw(by=by, case=factories.anew(record).case, purpose="sharing")
        assert tasks.stands(factories.anew(record).case, "follow_up"), "somebody is told to go on"
    assert factories.Browser(app, house.origin).get(place).status_code == 404
    assert own.post(f"{place}/arrive", arrived_on=today()).status_code == 404
    assert "nobody follows up any more" in own.get(place).text
    said = {"because": "ended", "in_hand": "The number of this office."}
    assert own.post(f"{place}/nobody", **said).status_code == 303
    assert "nobody follows up any more" not in own.get(place).text
    assert own.post(f"{place}/arrive", arrived_on=today()).status_code == 303
    assert "agrees again that we keep it" not in own.get(place).text, "the case has its own ledger"
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken) as refused:
        home_consent.ask(by=by, return_=factories.anew(record), given={"manner": "spoken"})
    assert "those of the case" in str(refused.value.message)
    assert record.reference in closure.still_open(factories.anew(record).case)
    assert own.post(f"{place}/close", ending="withdrew").status_code == 303
    assert record.reference not in closure.still_open(factories.anew(record).case)


def test_an_empty_mission_is_not_handed_over_to(quick_app: Flask) -> None:
    house = factories.World()
    record = begun(house)
    there = factories.anew(house.origin)
    there.active = False
    db.session.commit()
    with factories.acts(house.caseworker) as by:
        stepped(factories.anew(record), by)
        with pytest.raises(RuleBroken) as refused:
            handover.hand_over(by=by, return_=factories.anew(record))
    assert "nobody to hand over to" in str(refused.value.message)
    assert all(each.id != there.id for each in handover.who_can_receive(factories.anew(record)))


def test_of_two_missions_in_a_country_one_is_chosen(quick_app: Flask) -> None:
    house = factories.World()
    record = begun(house)
    db.session.add(Organisation(code="CI2", name="Second mission", kind="mission", country="CI"))
    db.session.commit()
    with pytest.raises(RuleBroken) as refused:
        handover.receiver(factories.anew(record))
    assert "Choose which" in str(refused.value.message)


def test_the_declaration_says_who_declares_what(app: Flask) -> None:
    house = factories.World()
    record = ready(house, hand=False)
    from avrr import declaration  # noqa: PLC0415

    with factories.acts(house.caseworker) as by:
        parts = declaration._parts(factories.anew(record), "en")
        del by
    text = str(parts)
    for word in ("Fatima Zahra Benali", "Born", "Passport", "Journey", "is told my name"):
        assert word in text, word
    assert db.session.execute(select(Return)).first()
    assert steps.GROUNDS == "grounds"


def test_who_agreed_before_it_was_known_that_nobody_receives_is_asked_again(app: Flask) -> None:
    house = factories.World()
    factories.fund()
    record = ready(house, hand=False)
    assert readiness.approved(factories.anew(record))
    with factories.acts(house.caseworker) as by:
        handover.keep(by=by, return_=factories.anew(record), because="wish", in_hand="A phone.")
    assert readiness.approved(factories.anew(record)) is None
    factories.agreed(house, record)
    assert readiness.approved(factories.anew(record))


def test_a_mission_that_cannot_take_the_person_is_no_dead_end(app: Flask) -> None:
    """It was told, and says no: what it was told ends, and the office goes on by itself."""
    house = factories.World()
    record = ready(house)
    with factories.acts(house.origin) as by:
        handover.send_back(by=by, return_=factories.anew(record), words="We are full.")
    with factories.acts(house.caseworker) as by:
        handover.keep(by=by, return_=factories.anew(record), because="refused", in_hand="A phone.")
    assert factories.anew(record).is_kept
    page = factories.Browser(app, house.origin).get(f"/returns/{record.reference}")
    assert page.status_code == 404


def test_the_mission_that_was_chosen_receives_at_once(quick_app: Flask) -> None:
    house = factories.World()
    record = begun(house)
    far = Organisation(code="CI2", name="Second mission", kind="mission", country="CI")
    db.session.add(far)
    db.session.commit()
    with factories.acts(house.caseworker) as by:
        stands = factories.anew(record)
        with pytest.raises(RuleBroken):
            handover.receiver(stands)
        handover.choose(by=by, return_=stands, mission=factories.anew(house.there).code)
        assert handover.receiver(stands).id == factories.anew(house.there).id
