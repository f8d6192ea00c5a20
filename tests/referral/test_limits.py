"""What ends a referral and when; how many, how long, how often: each boundary on both sides."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from access.actors import person
from access.permissions import Permission
from access.policy import allows
from casework.casefile import closure
from casework.core import consent
from models.base import db, now, today
from models.messages import Message
from models.people import Organisation
from models.referrals import Feedback, Referral
from models.rules import RuleBroken
from referral import (
    deadlines,
    directory,
    incoming,
    overdue,
    partner_links,
    queries,
    responses,
    sending,
    thread,
)
from tests import factories
from tests.conftest import Clock
from tests.referral.test_referral import send


@pytest.fixture
def house(quick_app: Flask, clock: Clock) -> factories.World:
    return factories.World()


def accepted(house: factories.World) -> Referral:
    referral = send(house)
    with factories.acts(house.helper) as by:
        responses.accept(by=by, referral=factories.anew(referral))
    return referral


@pytest.mark.parametrize(
    ("purpose", "ends"),
    [
        ("sharing", True),
        ("assistance", True),
        ("consulate", False),
        ("statistics", False),
        ("photograph", False),
    ],
)
@pytest.mark.parametrize("taken", [False, True])
def test_a_referral_ends_with_the_consent_to_share_or_to_be_assisted_and_with_no_other(
    house: factories.World, purpose: str, ends: bool, taken: bool
) -> None:
    referral = accepted(house) if taken else send(house)
    case = referral.case
    with factories.acts(house.caseworker) as by:
        if purpose == "photograph":
            consent.record(by=by, case=case, given={"photograph": "agrees"})
        consent.withdraw(by=by, case=case, purpose=purpose)
    assert (factories.anew(referral).state == "revoked") is ends
    assert (factories.anew(referral).own_key is None) is ends


def test_leave_taken_back_for_one_partner_leaves_the_referrals_to_others(
    house: factories.World,
) -> None:
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        both = [factories.anew(house.partner).id, factories.anew(house.other_partner).id]
        consent.record(by=by, case=case, given={"sharing": "agrees", "recipients": both})
        sent = [
            sending.send(
                by=by,
                case=case,
                partner=partner,
                service="shelter",
                urgency="urgent",
                fields_=["needs"],
            )
            for partner in both
        ]
        consent.record(by=by, case=case, given={"sharing": "agrees", "recipients": both[1:]})
    assert [factories.anew(one).state for one in sent] == ["revoked", "sent"]


def test_a_closed_case_is_not_referred_and_a_reopened_one_is(house: factories.World) -> None:
    case = factories.case(house)
    partner = factories.anew(house.partner).id
    what: dict[str, Any] = {
        "partner": partner,
        "service": "shelter",
        "urgency": "urgent",
        "fields_": ["needs"],
    }
    with factories.acts(house.supervisor) as by:
        closure.close(by=by, case=case, reason="completed", words="All is well.")
    with factories.acts(house.supervisor) as by, pytest.raises(RuleBroken) as refused:
        sending.send(by=by, case=case, **what)
    assert "closed" in str(refused.value.message)
    assert db.session.execute(select(func.count()).select_from(Referral)).scalar() == 0
    with factories.acts(house.supervisor) as by:
        closure.reopen(by=by, case=factories.anew(case), words="Called again.")
        assert sending.send(by=by, case=factories.anew(case), **what).state == "sent"


@pytest.mark.parametrize(
    ("urgency", "hours"), [("emergency", 24), ("urgent", 72), ("standard", 168)]
)
def test_a_partner_answers_within_24_or_72_hours_or_a_week(
    quick_app: Flask, urgency: str, hours: int
) -> None:
    sent_at = datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert deadlines.answer_by(urgency, sent_at, 1) - sent_at == timedelta(hours=hours)


def test_the_last_second_of_the_time_to_answer_counts_and_then_it_ends(
    house: factories.World, clock: Clock
) -> None:
    referral = send(house)
    with factories.acts(house.helper) as by:
        clock.set(referral.answer_by - timedelta(seconds=1))
        assert allows(by, Permission.REFERRAL_ANSWER, referral)
        assert queries.to_answer(by) == 1
        clock.set(referral.answer_by)
        assert not allows(by, Permission.REFERRAL_ANSWER, referral)
        assert queries.to_answer(by) == 0
    assert overdue.expire_late() == 0
    clock.forward(seconds=1)
    assert overdue.expire_late() == 1
    assert (referral.state, referral.own_key) == ("expired", None)


def test_a_partner_is_reminded_at_half_of_the_time_once(
    house: factories.World, clock: Clock
) -> None:
    referral = send(house)
    clock.set(referral.sent_at + timedelta(hours=36, seconds=-1))
    assert overdue.remind_late() == 0
    clock.forward(seconds=1)
    assert overdue.remind_late() == 1
    assert overdue.remind_late() == 0


def test_a_partner_is_not_reminded_of_what_has_ended(house: factories.World, clock: Clock) -> None:
    referral = send(house)
    clock.set(referral.answer_by)
    assert overdue.remind_late() == 0


def test_what_was_released_is_read_for_180_days(house: factories.World, clock: Clock) -> None:
    referral = accepted(house)
    assert referral.access_until == referral.sent_at + timedelta(days=180)
    actor = person(factories.anew(house.helper))
    for seconds, open_ in ((-1, True), (0, False)):
        clock.set(referral.access_until + timedelta(seconds=seconds))
        assert allows(actor, Permission.REFERRAL_RELEASED, referral) is open_
        assert allows(actor, Permission.REFERRAL_SERVE, referral) is open_
    assert allows(person(factories.anew(house.caseworker)), Permission.REFERRAL_RELEASED, referral)


@pytest.mark.parametrize(("count", "allowed"), [(1, False), (2, True), (6, True), (7, False)])
def test_between_two_and_six_partners_are_asked_at_once(
    house: factories.World, count: int, allowed: bool
) -> None:
    places = [house._place(f"P{number}", "partner", "TN", ["shelter"]) for number in range(count)]
    ids = [place.id for place in places]
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        consent.record(by=by, case=case, given={"sharing": "agrees", "recipients": ids})
        what: dict[str, Any] = {"service": "shelter", "urgency": "urgent", "fields_": ["needs"]}
        if allowed:
            assert len(sending.send_round(by=by, case=case, partners=ids, **what)) == count
            return
        with pytest.raises(RuleBroken):
            sending.send_round(by=by, case=case, partners=ids, **what)


def made_link(house: factories.World, referral: Referral) -> tuple[str, str]:
    with factories.acts(house.caseworker) as by:
        return partner_links.make(by=by, referral=factories.anew(referral))


def test_a_link_can_be_used_for_three_days(house: factories.World, clock: Clock) -> None:
    referral = send(house)
    made_at, link = now(), made_link(house, referral)
    clock.set(made_at + timedelta(days=3))
    assert partner_links.use(*link) is None
    clock.forward(seconds=-1)
    assert partner_links.use(*link) is not None


@pytest.mark.parametrize(("wrong", "opens"), [(4, True), (5, False)])
def test_a_link_takes_five_tries_the_right_one_among_them(
    house: factories.World, wrong: int, opens: bool
) -> None:
    token, code = made_link(house, send(house))
    for _ in range(wrong):
        assert partner_links.use(token, "33333333") is None
    assert (partner_links.use(token, code) is not None) is opens


def test_whoever_opened_a_link_has_half_an_hour(
    quick_app: Flask, house: factories.World, clock: Clock
) -> None:
    referral = send(house)
    token, code = made_link(house, referral)
    guest = factories.Browser(quick_app)
    guest._learn(guest.get(f"/answer/{token}"))
    opened = now()
    place = guest.post(f"/answer/{token}", code=code).headers["Location"]
    # Looking now and then, so that it is the link that ends and not a session left alone.
    for minutes, seconds, open_ in (
        *((minute, 0, True) for minute in range(5, 31, 5)),
        (30, 1, False),
    ):
        clock.set(opened + timedelta(minutes=minutes, seconds=seconds))
        assert (guest.get(place).status_code == 200) is open_, (minutes, seconds)


def test_an_agreement_stands_until_its_last_day(house: factories.World, clock: Clock) -> None:
    partner = factories.anew(house.partner)
    partner.agreement_until = today()
    directory.must_offer(partner, "shelter")
    clock.forward(days=1)
    with pytest.raises(RuleBroken):
        directory.must_offer(partner, "shelter")
    partner.agreement_until = None
    directory.must_offer(partner, "shelter")


@pytest.mark.parametrize(
    ("told", "age", "score"),
    [
        (3, timedelta(days=14), 3),
        (3, timedelta(days=14, seconds=1), 1),
        (0, timedelta(), -4),
        (None, timedelta(), 0),
    ],
)
def test_open_places_count_less_when_they_were_told_more_than_14_days_ago(
    quick_app: Flask, clock: Clock, told: int | None, age: timedelta, score: int
) -> None:
    partner = Organisation(
        name="P", services=["shelter"], languages=[], city="", capacity_at=now() - age
    )
    partner.capacity = {} if told is None else {"shelter": told}
    seen = directory.Quality(0, None, None, None)
    with quick_app.test_request_context():
        assert directory._fit(partner, seen, "shelter", [], "").score == score


@pytest.mark.parametrize(
    ("hours", "rated", "score"),
    [(24.0, None, 1), (24.1, None, 0), (None, 3.0, 1), (None, 2.99, -1), (None, None, 0)],
)
def test_a_partner_who_answers_within_a_day_and_is_found_good_comes_first(
    quick_app: Flask, hours: float | None, rated: float | None, score: int
) -> None:
    partner = Organisation(name="P", services=[], languages=[], city="", capacity={})
    seen = directory.Quality(1, hours, None, None, rated)
    with quick_app.test_request_context():
        assert directory._fit(partner, seen, "", [], "").score == score


def row(house: factories.World, referral: Referral, *, hours: int, at: datetime) -> Referral:
    made = Referral(
        reference=f"R{hours}-{at:%H%M%S}",
        case_id=referral.case_id,
        office_id=referral.office_id,
        partner_id=referral.partner_id,
        service="shelter",
        urgency="urgent",
        fields=[],
        state="accepted",
        sent_at=at,
        answer_by=at,
        answered_at=at + timedelta(hours=hours),
    )
    db.session.add(made)
    return made


def test_the_quality_of_a_partner_is_seen_from_its_last_fifty_referrals(
    house: factories.World,
) -> None:
    referral = send(house)
    referral.state, referral.answered_at = "declined", referral.sent_at
    for number in range(50):
        row(house, referral, hours=10, at=referral.sent_at + timedelta(minutes=number + 1))
    db.session.flush()
    seen = directory.quality([referral.partner_id])[referral.partner_id]
    assert (seen.seen, seen.taken) == (50, 1.0), "the oldest, declined one is not among them"


def test_feedback_counts_for_a_year_and_the_partners_own_not_at_all(
    house: factories.World, clock: Clock
) -> None:
    referral = send(house)
    given_at = now()
    db.session.add_all(
        [
            Feedback(referral_id=referral.id, side="office", rating=2, at=given_at),
            Feedback(referral_id=referral.id, side="partner", rating=4, at=given_at),
        ]
    )
    db.session.flush()
    clock.set(given_at + timedelta(days=365))
    assert directory.quality([referral.partner_id])[referral.partner_id].rated == 2.0
    clock.forward(seconds=1)
    assert directory.quality([referral.partner_id])[referral.partner_id].rated is None


@pytest.mark.parametrize(
    ("places", "taken"), [(-1, False), (0, True), (10_000, True), (10_001, False)]
)
def test_a_partner_tells_between_0_and_10000_places(
    house: factories.World, places: int, taken: bool
) -> None:
    partner = factories.anew(house.partner)
    with factories.acts(house.helper) as by:
        if taken:
            directory.keep(by=by, partner=partner, given={"capacity": {"shelter": places}})
            assert partner.capacity == {"shelter": places}
            return
        with pytest.raises(RuleBroken):
            directory.keep(by=by, partner=partner, given={"capacity": {"shelter": places}})


def test_a_thread_holds_a_hundred_words(house: factories.World) -> None:
    referral = accepted(house)
    with factories.acts(house.caseworker) as by:
        one = {"at": now().isoformat(), "name": "x", "side": "office", "words": "x"}
        referral.thread = {"items": [one] * 99}
        thread.say(by=by, referral=referral, words="The hundredth.")
        with pytest.raises(RuleBroken):
            thread.say(by=by, referral=referral, words="One too many.")


@pytest.mark.parametrize(
    ("after", "late"),
    [
        (timedelta(0), 0),
        (timedelta(seconds=1), 1),
        (timedelta(days=14, seconds=-1), 1),
        (timedelta(days=14), 1),
        (timedelta(days=400), 1),
    ],
)
def test_supervisors_hear_of_a_person_nobody_answered_for_however_late(
    house: factories.World, clock: Clock, after: timedelta, late: int
) -> None:
    given = {
        "office": factories.anew(house.here).id,
        "agrees": True,
        "urgency": "urgent",
        "call_name": "Zara",
        "needs": "A bed.",
    }
    with factories.acts(house.helper) as by:
        made = incoming.send(by=by, given=given)
    clock.set(made.answer_by + after)
    assert incoming.escalate_late() == late
    told = (
        select(func.count())
        .select_from(Message)
        .where(Message.event == "inward.late", Message.channel == "app")
    )
    assert db.session.execute(told).scalar() == late


def test_a_service_was_given_today_or_before(house: factories.World) -> None:
    referral = accepted(house)
    what: dict[str, Any] = {"kind": "night", "quantity": 1, "outcome": "given"}
    with factories.acts(house.helper) as by:
        with pytest.raises(RuleBroken):
            responses.log_service(
                by=by, referral=referral, given_on=today() + timedelta(days=1), **what
            )
        assert responses.log_service(
            by=by, referral=referral, given_on=today(), **what
        ).given_on == date(2026, 3, 10)
