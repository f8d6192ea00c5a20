"""Return is voluntary and complete, or it does not happen."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from access.actors import person
from access.gate import acting
from avrr import (
    assistance_items,
    checklist,
    handover,
    preparation,
    readiness,
    reintegration,
    steps,
    visits,
)
from casework.core import consent
from casework.records import changes
from casework.records.kinds import KINDS
from funds import approvals, ledger, requests
from models.base import db, today
from models.cases import Case
from models.messages import Message
from models.money import Fund, FundRequest
from models.people import User
from models.returns import Return
from models.rules import RuleBroken
from models.sealed import Shut
from standards import assistance
from tests import factories
from tests.casework.test_work import at_once

TODAY = date(2026, 3, 10)
ENDED = "fit_ended_already"
DONE = {
    step: checklist.Done(TODAY)
    for step in checklist.STEPS
    if step not in {"funding", "best_interests", "escort", "approval"}
}
READY = {"on": TODAY, "funded": True, "travel_on": TODAY, "handed_over": True}


def lacking(done: dict[str, checklist.Done] | None = None, **change: Any) -> list[tuple[str, str]]:
    shown = checklist.lines(DONE if done is None else done, checklist.Facts(**{**READY, **change}))
    return [(line.step, line.why) for line in checklist.missing(shown)]


def test_with_everything_done_nothing_is_missing() -> None:
    assert lacking() == []
    assert (
        lacking(
            child=True,
            escort_needed=True,
            escort_given=True,
            done={**DONE, "best_interests": checklist.Done(TODAY)},
        )
        == []
    )


@given(st.sampled_from(sorted(DONE)))
def test_every_single_step_holds_departure_back(step: str) -> None:
    assert [
        name for name, _why in lacking({name: done for name, done in DONE.items() if name != step})
    ] == [step]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"child": True}, ("best_interests", "best_interests")),
        ({"funded": False}, ("funding", "funding")),
        ({"handed_over": False}, ("handover", "handover")),
        ({"escort_needed": True}, ("escort", "escort")),
        ({"seeks_protection": True}, ("protection_check", "asylum")),
    ],
)
def test_each_condition_holds_departure_back(
    change: dict[str, bool], expected: tuple[str, str]
) -> None:
    assert lacking(**change) == [expected]


@pytest.mark.parametrize(
    ("step", "done", "why"),
    [
        ("protection_check", checklist.Done(TODAY, "grounds"), "grounds"),
        ("eligibility", checklist.Done(TODAY, "not_eligible"), "not_eligible"),
        ("fit_to_travel", checklist.Done(TODAY, "not_fit"), "not_fit"),
        ("fit_to_travel", checklist.Done(TODAY, "fit", TODAY - timedelta(days=1)), ENDED),
        (
            "travel_documents",
            checklist.Done(TODAY, "", TODAY - timedelta(days=1)),
            "document_ended_already",
        ),
        ("declaration", checklist.Done(TODAY - timedelta(days=1)), "too_early"),
    ],
)
def test_each_outcome_and_each_end_blocks(step: str, done: checklist.Done, why: str) -> None:
    assert lacking({**DONE, step: done}) == [(step, why)]


def test_nothing_is_signed_before_the_time_to_think_is_over() -> None:
    thinks = checklist.Done(TODAY - timedelta(days=3), detail={"think_until": TODAY.isoformat()})
    signed = {**DONE, "counselling": thinks}
    assert lacking(signed) == []
    assert lacking({**signed, "declaration": checklist.Done(TODAY - timedelta(days=1))}) == [
        ("declaration", "too_early")
    ]
    unsigned = {name: done for name, done in signed.items() if name != "declaration"}
    assert lacking(unsigned, on=TODAY - timedelta(days=1)) == [("declaration", "thinking")]
    assert lacking(unsigned) == [("declaration", "")]


def test_without_consent_to_the_consulate_no_document_is_asked() -> None:
    unasked = {name: done for name, done in DONE.items() if name != "travel_documents"}
    assert lacking(unasked, refuses_consulate=True) == [("travel_documents", "consulate")]
    assert lacking(refuses_consulate=True) == [], "one that was there before stays"


def stepped(record: Return, by: Any, but: tuple[str, ...] = (), **more: Any) -> None:
    """All steps an adult needs."""
    for step in DONE:
        if step not in but:
            factories.returning.take(step, by=by, return_=record, **more)


def ready(
    house: factories.World, *, fund: bool = True, hand: bool = True, **person_: Any
) -> Return:
    """A return with everything done but the receiving mission's answer."""
    case = factories.case(house, **person_)
    if fund:
        if db.session.execute(select(Fund)).first() is None:
            factories.fund()
        with factories.acts(house.caseworker) as by:
            request = requests.ask(
                by=by, case=factories.anew(case), fund="HASM-1", lines={"travel": "100"}
            )
        with factories.acts(house.supervisor) as by:
            approvals.approve(by=by, request=factories.anew(request))
    with factories.acts(house.caseworker) as by:
        record = preparation.start(by=by, case=factories.anew(case), country="CI")
        stepped(record, by)
        if hand:
            handover.hand_over(by=by, return_=record)
    factories.agreed(house, record)
    return factories.anew(record)


def test_the_whole_way_between_two_missions(app: Flask) -> None:
    house = factories.World()
    record = ready(house)
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken) as refused:
        preparation.depart(by=by, return_=record, departed_on=today())
    assert "Missing: handover" in str(refused.value.message)
    with factories.acts(house.origin) as by:
        assert record.released["family_name"] == "Benali"
        assert "account" not in record.released
        handover.accept(by=by, return_=record)
    with factories.acts(house.caseworker) as by:
        preparation.depart(by=by, return_=record, departed_on=today())
    with factories.acts(house.origin) as by:
        reintegration.arrive(by=by, return_=record, arrived_on=today(), met=True, onward=True)
        reintegration.plan(by=by, return_=record, given={"economic": "A stall."})
        for _ in range(2):
            item = assistance_items.assist(
                by=by,
                return_=record,
                kind="micro_business",
                dimension="economic",
                amount="450",
                fund="none",
                given_on=today(),
                token="same",
            )
        assistance_items.pay(by=by, item=item, number=1, paid_on=today(), receipt="R-1")
        visits.follow_up(
            by=by, return_=record, month="0", done_on=today(), manner="visit", outcome="reached"
        )
    assert [item.amount_minor for item in record.assistance] == [45_000]
    assert [attempt.month for attempt in record.attempts] == [None]
    assert not [visit.month for visit in record.follow_ups if visit.done_on]
    kinds = [event.kind for event in record.events]
    assert kinds == [
        "started",
        "handed_over",
        "accepted",
        "departed",
        "arrived",
        "received",
        "onward",
        "planned",
        "assisted",
        "followed_up",
    ]
    both = [
        factories.Browser(app, user).get(f"/returns/{factories.anew(record).reference}").text
        for user in (house.caseworker, house.origin)
    ]
    assert all("Handed over" in page and "Brought onward" in page for page in both), (
        "the same timeline for both"
    )


def test_a_change_of_mind_a_minute_before_boarding_stops_everything(app: Flask) -> None:
    house = factories.World()
    record = ready(house)
    fund_before = db.session.execute(select(Fund)).scalar_one().balance_minor
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
    with factories.acts(house.caseworker) as by:
        preparation.withdraw(by=by, return_=factories.anew(record))
    record = factories.anew(record)
    assert (record.state, record.own_key, record.handover, record.travel_on) == (
        "withdrawn",
        None,
        "",
        None,
    )
    assert (
        factories.Browser(app, house.origin).get(f"/returns/{record.reference}").status_code == 404
    ), "the other mission sees nothing more"
    fund = db.session.execute(select(Fund)).scalar_one()
    assert (fund.balance_minor, fund.committed_minor) == (fund_before + 10_000, 0)
    assert ledger.balances(fund)
    assert db.session.execute(select(FundRequest.state)).scalar() == "cancelled"
    assert db.session.execute(
        select(Message.urgent).where(Message.event == "return.withdrawn", Message.channel == "app")
    ).scalars().all() == [True]
    with factories.acts(house.caseworker) as by:
        for verb in (
            lambda: preparation.depart(by=by, return_=factories.anew(record), departed_on=today()),
            lambda: preparation.withdraw(by=by, return_=factories.anew(record)),
        ):
            with pytest.raises(RuleBroken):
                verb()
    with acting(person(factories.anew(house.caseworker))), pytest.raises(Shut):
        _ = factories.anew(record).released


def test_of_a_departure_and_a_change_of_mind_at_the_same_moment_one_holds(app: Flask) -> None:
    house = factories.World()
    record = ready(house)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
    number, worker = record.id, factories.anew(house.caseworker).id

    def one(verb: Any, **what: Any) -> str:
        with acting(person(db.session.get_one(User, worker))) as gate:
            verb(by=gate.actor, return_=db.session.get_one(Return, number), **what)
            db.session.commit()
            return "done"

    results = at_once(
        app,
        [lambda: one(preparation.depart, departed_on=today()), lambda: one(preparation.withdraw)]
        * 3,
    )
    assert results.count("done") == 1, results
    assert factories.anew(record).state in {"departed", "withdrawn"}


def test_counselling_names_language_and_other_choices_and_a_declaration_follows_it(
    quick_app: Flask,
) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        record = preparation.start(by=by, case=case, country="CI")
        for step, more in (
            ("counselling", {"options": ["stay", "return"]}),
            ("counselling", {"language": "fr", "options": ["return"]}),
            ("counselling", {"language": "fr", "options": ["stay", "asylum"]}),
            ("declaration", {}),
            ("fit_to_travel", {"outcome": "fit"}),
            ("itinerary", {}),
            ("eligibility", {"outcome": "grounds"}),
        ):
            with pytest.raises(RuleBroken):
                steps.do_step(by=by, return_=record, step=step, done_on=today(), **more)
        with pytest.raises(RuleBroken):
            steps.do_step(
                by=by, return_=record, step="application", done_on=today() + timedelta(days=1)
            )


def test_no_travel_document_without_consent_to_contact_the_consulate(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        consent.withdraw(by=by, case=case, purpose="consulate")
        record = preparation.start(by=by, case=case, country="CI")
        with pytest.raises(RuleBroken):
            steps.do_step(by=by, return_=record, step="travel_documents", done_on=today())
    assert {line.step: line.state for line in readiness.shown(record, own=True)}[
        "travel_documents"
    ] == "blocked"


def test_whoever_seeks_protection_is_not_returned(app: Flask) -> None:
    house = factories.World()
    record = ready(house)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
    with factories.acts(house.legal) as by:
        case = db.session.get_one(Case, factories.anew(record).case_id)
        changes.add(
            by=by,
            case=case,
            kind=KINDS["asylum"],
            given={"state": sorted(assistance.SEEKS_PROTECTION)[0]},
        )
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken) as refused:
        preparation.depart(by=by, return_=factories.anew(record), departed_on=today())
    assert "protection" in str(refused.value.message).lower()


def test_a_fit_person_who_needs_an_escort_does_not_leave_without_one(app: Flask) -> None:
    house = factories.World()
    record = ready(house)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
    with factories.acts(house.caseworker) as by:
        factories.returning.take(
            "fit_to_travel", by=by, return_=factories.anew(record), outcome="fit_escort"
        )
    leg = {"from": "Tunis", "to": "Abidjan", "carrier": "X 1", "on": today()}
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken):
        preparation.depart(by=by, return_=factories.anew(record), departed_on=today())
    with factories.acts(house.caseworker) as by:
        steps.journey(
            by=by,
            return_=factories.anew(record),
            given={"legs": [leg], "escorts": ["medical"], "needs": ["oxygen"]},
        )
    with factories.acts(house.caseworker) as by:
        preparation.depart(by=by, return_=factories.anew(record), departed_on=today())


def test_a_journey_is_sealed_and_open_to_its_missions_alone(app: Flask) -> None:
    house = factories.World()
    record = ready(house)
    reference = record.reference
    own = factories.Browser(app, house.caseworker)
    form = {
        "from_1": "Zqxtunis",
        "to_1": "Zqxcasa",
        "on_1": str(today()),
        "from_2": "Zqxcasa",
        "to_2": "Zqxabidjan",
        "on_2": str(today()),
        "via": "ABJ",
        "airline": "Zqxnote",
    }
    assert (
        own.post(
            f"/returns/{reference}/journey", **{**form, "on_2": str(today() - timedelta(days=1))}
        ).status_code
        == 422
    )
    assert (
        own.post(
            f"/returns/{reference}/journey", **{**form, "from_1": "", "from_2": ""}
        ).status_code
        == 422
    )
    assert own.post(f"/returns/{reference}/journey", **form).status_code == 303
    assert b"Zqx" not in (factories.anew(record).journey_sealed or b"")
    assert "Zqxabidjan" in own.get(f"/returns/{reference}").text
    assert "Zqxabidjan" in factories.Browser(app, house.origin).get(f"/returns/{reference}").text
    for user in (house.helper, house.manager, house.officer, house.health):
        assert factories.Browser(app, user).get(f"/returns/{reference}").status_code == 404


def test_a_transit_mission_helps_on_the_way_and_sees_no_more_than_that(app: Flask) -> None:
    house = factories.World()
    transit = house._place("NIA", "mission", "NE")
    helper = house._person("transit", transit, "mission_staff")  # type: ignore[arg-type]
    db.session.commit()
    record = ready(house)
    with factories.acts(house.caseworker) as by:
        told = [factories.anew(place).id for place in (house.there, transit)]
        again = {"sharing": "agrees", "recipients": told}
        consent.record(by=by, case=factories.anew(record).case, given=again)
    reference = record.reference
    own, way = factories.Browser(app, house.caseworker), factories.Browser(app, helper)
    assert (
        own.post(
            f"/returns/{reference}/journey",
            from_1="Tunis",
            to_1="Niamey",
            on_1=str(today()),
            via="NIA",
        ).status_code
        == 303
    )
    assert way.get(f"/returns/{reference}").status_code == 404, (
        "not before the handover is accepted"
    )
    factories.Browser(app, house.origin).post(f"/returns/{reference}/accept")
    page = way.get(f"/returns/{reference}")
    assert page.status_code == 200
    assert "Niamey" in page.text
    assert "Benali" not in page.text, "what was released is the receiving mission's"
    assert way.post(f"/returns/{reference}/transit", went="stopped").status_code == 303
    told = set(
        db.session.execute(
            select(User.name)
            .join(Message, Message.user_id == User.id)
            .where(Message.event == "return.stopped")
        ).scalars()
    )
    assert told == {"Caseworker", "Origin"}
    for deed in ("depart", "accept", "withdraw", "arrive", "words"):
        assert way.post(f"/returns/{reference}/{deed}").status_code == 404, deed
    with factories.acts(house.caseworker) as by:
        preparation.depart(by=by, return_=factories.anew(record), departed_on=today())
    with factories.acts(house.origin) as by:
        reintegration.arrive(by=by, return_=factories.anew(record), arrived_on=today())
    assert "Niamey" not in way.get(f"/returns/{reference}").text, "the way is over"


def test_questions_between_missions_are_sealed_and_answered(app: Flask) -> None:
    house = factories.World()
    record = ready(house)
    reference = record.reference
    own, origin = factories.Browser(app, house.caseworker), factories.Browser(app, house.origin)
    assert origin.post(f"/returns/{reference}/send-back", words="").status_code == 422
    assert (
        origin.post(f"/returns/{reference}/send-back", words="Zqx who meets her?").status_code
        == 303
    )
    assert "Zqx who meets her?" in own.get(f"/returns/{reference}").text
    assert own.post(f"/returns/{reference}/words", words="Zqx her sister").status_code == 303
    assert own.post(f"/returns/{reference}/hand-over").status_code == 303
    assert "Zqx her sister" in origin.get(f"/returns/{reference}").text
    assert b"Zqx" not in (factories.anew(record).thread_sealed or b"")


def test_the_other_mission_sees_the_return_and_not_the_case(app: Flask) -> None:
    house = factories.World()
    record = ready(house)
    origin = factories.Browser(app, house.origin)
    page = origin.get(f"/returns/{record.reference}")
    assert page.status_code == 200
    assert record.case.number not in page.text
    assert origin.get(f"/cases/{record.case.number}").status_code == 404
    assert factories.Browser(app, house.far).get(f"/returns/{record.reference}").status_code == 404


def test_relocation_is_the_same_path_to_a_third_country(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        with pytest.raises(RuleBroken):
            preparation.start(by=by, case=case, country="CI", purpose="relocation")
        with pytest.raises(RuleBroken) as refused:
            preparation.start(by=by, case=case, country="CA", purpose="relocation")
        assert "what lets the person into" in str(refused.value.message)
        record = preparation.start(
            by=by, case=case, country="CA", purpose="relocation", admission="visa"
        )
    assert (
        "Relocation to Canada"
        in factories.Browser(quick_app, house.caseworker)
        .get(f"/returns/{factories.anew(record).reference}")
        .text
    )


def test_the_declaration_is_a_paper_in_the_persons_language(quick_app: Flask) -> None:
    house = factories.World()
    reference = ready(house).reference
    own = factories.Browser(quick_app, house.caseworker)
    for language in ("en", "ar"):
        assert own.post(f"/returns/{reference}/declaration", language=language).data[:5] == b"%PDF-"
    assert (
        factories.Browser(quick_app, house.origin)
        .post(f"/returns/{reference}/declaration", language="en")
        .status_code
        == 404
    )
