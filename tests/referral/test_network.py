"""The network of partners: reminders and escalation, questions and answers, the directory and who
fits.
"""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from access import audit
from access.actors import person
from access.gate import acting
from access.policy import Refused
from casework.core import consent
from models.base import at, db, now, today
from models.messages import Message
from models.people import Organisation, User
from models.referrals import Referral
from models.rules import RuleBroken
from models.sealed import Shut
from referral import directory, overdue, responses, sending, thread
from tests import factories
from tests.casework.test_work import at_once


def sent(house: factories.World, urgency: str = "urgent", **person_: Any) -> Referral:
    case = factories.case(house, **person_)
    with factories.acts(house.caseworker) as by:
        return sending.send(
            by=by,
            case=factories.anew(case),
            partner=house.partner.id,
            service="shelter",
            urgency=urgency,
            fields_=["needs"],
        )


def told(event: str) -> set[str]:
    rows = db.session.execute(
        select(User.email).join(Message, Message.user_id == User.id).where(Message.event == event)
    ).scalars()
    return {email.partition("@")[0] for email in rows}


def test_a_partner_is_reminded_once_at_half_time(app: Flask) -> None:
    house = factories.World()
    referral = sent(house)
    with at(referral.sent_at + timedelta(hours=35)):
        assert overdue.remind_late() == 0
    with at(referral.sent_at + timedelta(hours=37)):
        assert overdue.remind_late() == 1
        db.session.commit()
        assert overdue.remind_late() == 0
    assert told("referral.reminder") == {"helper"}


def test_what_nobody_answered_goes_to_the_sender_and_their_supervisor(app: Flask) -> None:
    house = factories.World()
    referral = sent(house, "emergency")
    with at(referral.answer_by + timedelta(minutes=1)):
        assert overdue.expire_late() == 1
        db.session.commit()
    assert told("referral.expired") == {"caseworker", "supervisor"}
    assert all(
        db.session.execute(
            select(Message.urgent).where(Message.event == "referral.expired")
        ).scalars()
    )


def test_who_declines_may_name_somebody_else(app: Flask) -> None:
    house = factories.World()
    reference = sent(house).reference
    helper = factories.Browser(app, house.helper)
    assert (
        helper.post(
            f"/referrals/{reference}/decline", reason="full", alternative="The house by the harbour"
        ).status_code
        == 303
    )
    assert (
        "The house by the harbour"
        in factories.Browser(app, house.caseworker).get(f"/referrals/{reference}").text
    )


def test_questions_and_answers_are_sealed_and_end_with_the_referral(app: Flask) -> None:
    house = factories.World()
    referral = sent(house)
    place = f"/referrals/{referral.reference}"
    helper, own = factories.Browser(app, house.helper), factories.Browser(app, house.caseworker)
    assert helper.post(f"{place}/words", words="Does she have Zqxchildren?").status_code == 303
    assert factories.anew(referral).unanswered_by == "office"
    assert "Zqxchildren" in own.get(place).text
    assert own.post(f"{place}/words", words="Two, Zqxsmall ones.").status_code == 303
    assert "Zqxsmall" in helper.get(place).text
    assert b"Zqx" not in (factories.anew(referral).thread_sealed or b"")
    assert told("referral.question") == {"caseworker", "helper"}
    assert helper.post(f"{place}/words", words="").status_code == 422
    for stranger in (
        house.other_helper,
        house.far,
        house.stranger,
        house.shelter,
        house.administrator,
    ):
        browser = factories.Browser(app, stranger)
        assert browser.post(f"{place}/words", words="x").status_code == 404
        assert "Zqx" not in browser.get(place).text
    own.post(f"{place}/revoke")
    assert "Zqx" not in helper.get(place).text
    with acting(person(factories.anew(house.caseworker))), pytest.raises((Shut, Refused)):
        _ = factories.anew(referral).thread


def test_two_who_speak_at_once_are_both_heard(app: Flask) -> None:
    house = factories.World()
    referral = sent(house)
    referral_id = referral.id
    people = [factories.anew(house.helper).id, factories.anew(house.caseworker).id] * 4

    def speak(user_id: int, number: int) -> str:
        with acting(person(db.session.get_one(User, user_id))) as gate:
            thread.say(
                by=gate.actor,
                referral=db.session.get_one(Referral, referral_id),
                words=f"Word {number}",
            )
            db.session.flush()
            audit.append(gate.pending())
            db.session.commit()
            return "said"

    results = at_once(
        app,
        [
            lambda user_id=user_id, number=number: speak(user_id, number)
            for number, user_id in enumerate(people)
        ],
    )
    assert results == ["said"] * 8, results
    with factories.acts(house.caseworker):
        assert {
            item["words"] for item in thread.items(factories.anew(referral).thread["items"])
        } == {f"Word {number}" for number in range(8)}


def test_the_directory_is_searched_by_need_place_language_and_open_places(app: Flask) -> None:
    house = factories.World()
    partner, other = factories.anew(house.partner), factories.anew(house.other_partner)
    partner.city, partner.languages, partner.capacity = "Tunis", ["ar", "fr"], {"shelter": 0}
    other.city, other.area, other.languages, other.capacity = (
        "Sfax",
        "South",
        ["fr"],
        {"shelter": 4, "medical": 2},
    )
    db.session.commit()

    def names(**asked: Any) -> list[str]:
        return [one.code for one in directory.partners(**asked)]

    assert names() == ["AMEL", "NOUR"]
    assert names(service="medical") == ["NOUR"]
    assert names(place="south") == ["NOUR"]
    assert names(place="TN") == ["AMEL", "NOUR"]
    assert names(place="100%") == []
    assert names(language="ar") == ["AMEL"]
    assert names(service="shelter", open_only=True) == ["NOUR"]
    page = (
        factories.Browser(app, house.caseworker).get("/partners?service=shelter&open_only=1").text
    )
    assert "The NOUR" in page
    assert "The AMEL" not in page
    assert factories.Browser(app, house.manager).get("/partners").status_code == 404


def test_quality_is_what_a_recount_of_the_rows_gives(app: Flask) -> None:
    house = factories.World()
    states = ["completed", "completed", "declined", "expired", "in_service", "sent"]
    for number, state in enumerate(states):
        referral = sent(house)
        referral.state = state
        referral.answered_at = (
            referral.sent_at + timedelta(hours=2 * (number + 1))
            if state in {"completed", "declined", "in_service"}
            else None
        )
    db.session.commit()
    seen = directory.quality([house.partner.id])[house.partner.id]
    assert seen.seen == 6
    assert seen.hours == (4 + 6) / 2
    assert seen.taken == 3 / 5
    assert seen.completed == 2 / 3
    assert "Takes 60 %." in factories.Browser(app, house.caseworker).get("/partners").text
    assert "Takes 60 %." not in factories.Browser(app, house.other_helper).get("/partners").text


def test_who_fits_comes_first_with_reasons(quick_app: Flask) -> None:
    house = factories.World()
    partner, other = factories.anew(house.partner), factories.anew(house.other_partner)
    partner.capacity, partner.capacity_at = {"shelter": 0}, now()
    other.capacity, other.capacity_at, other.languages, other.city = (
        {"shelter": 3},
        now(),
        ["ar"],
        "Tunis",
    )
    other.agreement_until = today() + timedelta(days=1)
    fits = directory.suggest(
        [partner, other], service="shelter", languages=["ar", "fr"], city="Tunis"
    )
    assert [fit.partner.code for fit in fits] == ["NOUR", "AMEL"]
    assert fits[0].reasons == ("3 places open", "speaks the person’s language", "in Tunis")
    assert fits[1].reasons == ("says it is full",)


def test_a_partner_keeps_its_own_places_and_nobody_elses(app: Flask) -> None:
    house = factories.World()
    helper = factories.Browser(app, house.helper)
    assert helper.get("/partners/AMEL/places").status_code == 200
    assert (
        helper.post(
            "/partners/AMEL/places", places__shelter="5", hours="9 to 5", languages=["fr"]
        ).status_code
        == 303
    )
    partner = factories.anew(house.partner)
    assert (partner.capacity, partner.hours, partner.languages) == (
        {"shelter": 5},
        "9 to 5",
        ["fr"],
    )
    for wrong in ({"places__shelter": "many"}, {"places__medical": "1"}, {"places__shelter": "-1"}):
        assert helper.post("/partners/AMEL/places", **wrong).status_code == 422, wrong
    assert factories.anew(house.partner).capacity == {"shelter": 5}
    for user in (house.other_helper, house.caseworker, house.administrator):
        assert (
            factories.Browser(app, user)
            .post("/partners/AMEL/places", places__shelter="0")
            .status_code
            == 404
        )


def test_nothing_is_sent_after_an_agreement_ended(quick_app: Flask) -> None:
    house = factories.World()
    factories.anew(house.partner).agreement_until = today() - timedelta(days=1)
    db.session.commit()
    with pytest.raises(RuleBroken):
        sent(house)
    db.session.rollback()
    db.session.get_one(Organisation, house.partner.id).agreement_until = today()
    db.session.commit()
    sent(house)
    assert db.session.execute(select(func.count()).select_from(Referral)).scalar() == 1
    with factories.acts(house.helper) as by:
        responses.accept(by=by, referral=db.session.execute(select(Referral)).unique().scalar_one())


def asked(house: factories.World) -> list[Referral]:
    """One case, two partners at once."""
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        ids = [factories.anew(house.partner).id, factories.anew(house.other_partner).id]
        consent.record(
            by=by, case=factories.anew(case), given={"sharing": "agrees", "recipients": ids}
        )
        return sending.send_round(
            by=by,
            case=factories.anew(case),
            partners=ids,
            service="shelter",
            urgency="urgent",
            fields_=["needs"],
        )


def test_of_several_asked_at_once_the_first_to_accept_has_it(app: Flask) -> None:
    house = factories.World()
    first, second = (referral.reference for referral in asked(house))
    helper, other = factories.Browser(app, house.helper), factories.Browser(app, house.other_helper)
    assert other.post(f"/referrals/{second}/accept").status_code == 303
    assert "Single room" in other.get(f"/referrals/{second}").text
    assert helper.post(f"/referrals/{first}/accept").status_code == 404
    assert helper.get(f"/referrals/{first}").status_code == 404
    assert told("referral.revoked") == {"helper"}


def test_68_of_two_partners_who_accept_at_the_same_moment_one_has_it(app: Flask) -> None:
    house = factories.World()
    for _ in range(4):
        pairs = [
            (referral.id, factories.anew(user).id)
            for referral, user in zip(asked(house), (house.helper, house.other_helper), strict=True)
        ]

        def take(referral_id: int, user_id: int) -> str:
            with acting(person(db.session.get_one(User, user_id))) as gate:
                responses.accept(by=gate.actor, referral=db.session.get_one(Referral, referral_id))
                db.session.flush()
                audit.append(gate.pending())
                db.session.commit()
                return "taken"

        results = at_once(
            app, [lambda pair=pair: take(*pair) for pair in pairs for _again in range(3)]
        )
        assert results.count("taken") == 1, results
        states = list(
            db.session.execute(
                select(Referral.state).where(Referral.id.in_([number for number, _user in pairs]))
            ).scalars()
        )
        assert sorted(states) == ["accepted", "revoked"]


def test_several_are_asked_from_the_page(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    ids = [str(factories.anew(partner).id) for partner in (house.partner, house.other_partner)]
    number = case.number
    browser = factories.Browser(quick_app, house.caseworker)
    browser.post(f"/cases/{number}/consent", sharing="agrees", recipients=ids, manner="signed")
    form = {
        "partner": ids[0],
        "also": ids,
        "service": "shelter",
        "urgency": "standard",
        "fields": ["needs"],
    }
    assert browser.post(f"/cases/{number}/referrals", **form).status_code == 303
    assert db.session.execute(select(func.count()).select_from(Referral)).scalar() == 2
    assert browser.post(f"/cases/{number}/referrals", **{**form, "also": ids[0]}).status_code == 422
