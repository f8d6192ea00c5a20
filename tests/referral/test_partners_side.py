"""Partners' side: a link without an account, persons they refer, groups, feedback, their log; and
what they must not see.
"""

import re
import statistics
import time
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
from casework.people import families
from models import numbers
from models.audit import AuditRecord
from models.base import at, db, now, today
from models.cases import Case
from models.messages import Message
from models.people import Grant, User
from models.referrals import Feedback, IncomingReferral, Referral, ReferralLink
from models.rules import RuleBroken
from models.sealed import Shut
from referral import directory, overdue, partner_links, pathways, responses, sending
from referral import incoming as verbs
from tests import factories
from tests.casework.test_work import at_once
from tests.referral.test_network import sent, told
from web.errors import NotFound


def link(app: Flask, house: factories.World, reference: str) -> tuple[str, str]:
    page = factories.Browser(app, house.caseworker).post(f"/referrals/{reference}/link").text
    token = re.search(r"/answer/([\w-]+)", page)
    code = re.search(r"([34679A-Y]{4}) ([34679A-Y]{4})</strong>", page)
    assert token
    assert code
    return token[1], f"{code[1]}{code[2]}"


def stranger(app: Flask) -> factories.Browser:
    browser = factories.Browser(app)
    browser._learn(browser.get("/sign-in"))
    return browser


def test_62_a_link_opens_one_referral_once_with_its_code(app: Flask) -> None:
    house = factories.World()
    reference = sent(house).reference
    token, code = link(app, house, reference)
    browser = stranger(app)
    assert "Shelter" not in browser.get(f"/answer/{token}").text
    assert browser.post(f"/answer/{token}", code="WRONGONE").status_code == 422
    opened = browser.post(f"/answer/{token}", code=code.lower())
    assert opened.status_code == 303
    page = browser.get(opened.location).text
    assert reference in page
    assert "Single room" not in page, "a card only, before the answer"
    browser._learn(browser.get(opened.location))
    assert browser.post(f"{opened.location}/accept").status_code == 303
    assert "Single room" in browser.get(opened.location).text
    assert (
        factories.anew(db.session.execute(select(Referral)).unique().scalar_one()).state
        == "accepted"
    )
    other = stranger(app)
    assert other.post(f"/answer/{token}", code="WRONGONE").status_code == 422, "no word without it"
    used = other.post(f"/answer/{token}", code=code)
    assert (used.status_code, "it was opened, or replaced, on" in used.text) == (410, True)
    for _ in range(partner_links.MOST_TRIES):
        other.post(f"/answer/{token}", code="WRONGONE")
    assert other.post(f"/answer/{token}", code=code).status_code == 422, "guesses end that as well"
    assert other.get(opened.location).status_code == 404, "the address opens nothing by itself"
    assert other.post(f"{opened.location}/complete").status_code == 404
    deeds = set(db.session.execute(select(AuditRecord.deed)).scalars())
    assert {"referral_link", "link_failed", "link_opened", "released.read"} <= deeds
    assert not db.session.execute(
        select(AuditRecord.id).where(AuditRecord.subject.contains(token))
    ).first()


def test_62_guesses_and_days_end_a_link(app: Flask) -> None:
    house = factories.World()
    reference = sent(house, "standard").reference
    token, code = link(app, house, reference)
    browser = stranger(app)
    for _ in range(partner_links.MOST_TRIES):
        assert browser.post(f"/answer/{token}", code="AAAAAAAA").status_code == 422
    assert browser.post(f"/answer/{token}", code=code).status_code == 422, (
        "the right code comes too late"
    )
    token, code = link(app, house, reference)
    with at(now() + timedelta(days=partner_links.DAYS, minutes=1)):
        assert partner_links.use(token, code) is None
    assert partner_links.use(token, code) is not None
    assert partner_links.use(token, code) is None


def test_62_of_many_at_once_one_opens_the_link(app: Flask) -> None:
    house = factories.World()
    token, code = link(app, house, sent(house).reference)

    def use() -> str:
        found = partner_links.use(token, code)
        db.session.commit()
        return "opened" if found else "refused"

    results = at_once(app, [use] * partner_links.MOST_TRIES)
    assert results.count("opened") == 1, results


def test_a_link_ends_with_the_referral_and_after_half_an_hour(app: Flask) -> None:
    house = factories.World()
    reference = sent(house).reference
    token, code = link(app, house, reference)
    browser = stranger(app)
    opened = browser.post(f"/answer/{token}", code=code).location
    assert browser.get(opened).status_code == 200
    factories.Browser(app, house.caseworker).post(f"/referrals/{reference}/revoke")
    gone = browser.get(opened)
    assert (gone.status_code, "open no longer" in gone.text) == (410, True)
    assert reference not in gone.text
    assert browser.post(f"{opened}/accept").status_code == 410
    link_row = db.session.execute(select(ReferralLink)).scalar_one()
    with pytest.raises(NotFound):
        partner_links.referral_of(link_row.id)


def test_a_partner_declines_by_link_with_a_reason(app: Flask) -> None:
    house = factories.World()
    token, code = link(app, house, sent(house).reference)
    browser = stranger(app)
    opened = browser.post(f"/answer/{token}", code=code).location
    browser._learn(browser.get(opened))
    assert browser.post(f"{opened}/decline").status_code == 422
    assert "Thank you" in browser.post(f"{opened}/decline", reason="full").text
    assert browser.get(opened).status_code == 404
    assert told("referral.declined") == {"caseworker"}


FORM = {
    "agrees": "on",
    "manner": "spoken",
    "language": "fr",
    "urgency": "urgent",
    "given_names": "Zqxmariam",
    "family_name": "Zqxtraore",
    "birth__year": "1999",
    "sex": "Feminine",
    "citizenship": "CI",
    "phone": "+21671555123",
    "safe_contact": "Zqx only mornings",
    "needs": "Zqx a bed",
    "why": "Zqx came alone",
}


def test_a_partner_refers_a_person_and_a_caseworker_takes_over(app: Flask) -> None:
    house = factories.World()
    office = str(factories.anew(house.here).id)
    helper, own = factories.Browser(app, house.helper), factories.Browser(app, house.caseworker)
    assert helper.post("/inward", office=office, **{**FORM, "agrees": ""}).status_code == 422
    assert (
        helper.post(
            "/inward", office=office, **{**FORM, "given_names": "", "family_name": ""}
        ).status_code
        == 422
    )
    for _ in range(2):
        assert helper.post("/inward", office=office, token="same", **FORM).status_code == 303
    inward = db.session.execute(select(IncomingReferral)).unique().scalar_one()
    reference = inward.reference
    assert b"Zqx" not in (inward.told_sealed or b"")
    assert told("inward.sent") == {"caseworker", "colleague", "stranger", "supervisor"}
    assert "Zqx" not in helper.get(f"/inward/{reference}").text, "what was told is the mission's"
    assert "Zqxmariam" in own.get(f"/inward/{reference}").text
    for other in (
        house.other_helper,
        house.far,
        house.manager,
        house.officer,
        house.administrator,
        house.health,
    ):
        assert factories.Browser(app, other).get(f"/inward/{reference}").status_code == 404
    answer = own.post(f"/inward/{reference}/accept")
    assert answer.status_code == 303
    case = db.session.execute(select(Case)).unique().scalar_one()
    assert answer.headers["Location"].endswith(case.number)
    assert (case.channel, case.owner_id) == ("referral", factories.anew(house.caseworker).id)
    assert "Zqxmariam" in own.get(f"/cases/{case.number}/identity").text
    number = case.number
    page = helper.get(f"/inward/{reference}").text
    assert "Taken over" in page
    assert number not in page + helper.get("/inward").text
    assert told("inward.accepted") == {"helper"}
    assert own.post(f"/inward/{reference}/decline", reason="full").status_code == 404
    assert db.session.execute(select(IncomingReferral.own_key)).scalar() is None
    with acting(person(factories.anew(house.caseworker))), pytest.raises((Shut, Refused)):
        _ = factories.anew(inward).told


def test_the_duplicate_check_tells_the_partner_nothing_and_the_worker_what_they_may_see(
    app: Flask,
) -> None:
    house = factories.World()
    known = factories.case(
        house, given_names="Zqxmariam", family_name="Zqxtraore", phone="+21671555123"
    ).number
    office = factories.anew(house.here).id
    api = factories.Api(app, house.helper)
    body = {"office": office, "agrees": True, "urgency": "urgent", "needs": "A bed"}
    one = api.post(
        "/inward",
        {**body, "given_names": "Zqxmariam", "family_name": "Zqxtraore", "phone": "+21671555123"},
    )
    new = api.post("/inward", {**body, "given_names": "Nobody", "family_name": "Known"})
    assert (one.status_code, new.status_code) == (201, 201)
    assert set(one.json) == set(new.json)
    assert {name: one.json[name] for name in ("state", "office", "urgency")} == {
        name: new.json[name] for name in ("state", "office", "urgency")
    }
    reference = one.json["reference"]
    own = factories.Browser(app, house.caseworker)
    assert known in own.get(f"/inward/{reference}").text
    assert own.post(f"/inward/{reference}/accept").status_code == 422, (
        "a likely one is answered first"
    )
    assert (
        own.post(f"/inward/{reference}/accept", duplicate="same", duplicate_of=known).status_code
        == 303
    )
    assert len(set(db.session.execute(select(Case.person_id)).scalars())) == 1, (
        "one person, two cases"
    )
    assert api.get(f"/inward/{reference}").json["state"] == "accepted"
    assert factories.Api(app, house.other_helper).get(f"/inward/{reference}").status_code == 404


def test_of_two_workers_who_answer_at_once_one_does(app: Flask) -> None:
    house = factories.World()
    with factories.acts(house.helper) as by:
        given = {
            "office": factories.anew(house.here).id,
            "agrees": True,
            "urgency": "urgent",
            "given_names": "A",
            "needs": "B",
        }
        number = verbs.send(by=by, given=given).id
    people = [factories.anew(user).id for user in (house.caseworker, house.colleague)] * 3

    def take(user_id: int) -> str:
        with acting(person(db.session.get_one(User, user_id))) as gate:
            verbs.accept(
                by=gate.actor, incoming_referral=db.session.get_one(IncomingReferral, number)
            )
            db.session.flush()
            audit.append(gate.pending())
            db.session.commit()
            return "taken"

    results = at_once(app, [lambda user_id=user_id: take(user_id) for user_id in people])
    assert results.count("taken") == 1, results
    assert db.session.execute(select(func.count()).select_from(Case)).scalar() == 1


def test_what_a_mission_leaves_unanswered_goes_to_its_supervisors_once(app: Flask) -> None:
    house = factories.World()
    with factories.acts(house.helper) as by:
        given = {
            "office": factories.anew(house.here).id,
            "agrees": True,
            "urgency": "emergency",
            "given_names": "A",
            "needs": "B",
        }
        made = verbs.send(by=by, given=given)
    for hours in (25, 26):
        with at(made.sent_at + timedelta(hours=hours)):
            verbs.escalate_late()
            db.session.commit()
    assert told("inward.late") == {"supervisor"}
    assert (
        db.session.execute(
            select(func.count()).where(Message.event == "inward.late", Message.channel == "app")
        ).scalar()
        == 1
    )


def test_a_family_is_referred_and_accepted_together_each_by_their_own_consent(app: Flask) -> None:
    house = factories.World()
    cases = [factories.case(house, given_names=f"Zqx{number}") for number in range(3)]
    with factories.acts(house.caseworker) as by:
        for other in cases[1:]:
            families.join(
                by=by, case=factories.anew(cases[0]), other=factories.anew(other), relation="child"
            )
    own = factories.Browser(app, house.caseworker)
    numbers = [factories.anew(case).number for case in cases]
    assert numbers[1] in own.get(f"/cases/{numbers[0]}/referrals/new?service=shelter").text
    form: dict[str, Any] = {
        "partner": str(factories.anew(house.partner).id),
        "service": "shelter",
        "urgency": "standard",
        "fields": ["needs"],
        "members": numbers[1:],
    }
    with factories.acts(house.caseworker) as by:
        consent.withdraw(by=by, case=factories.anew(cases[2]), purpose="sharing")
    answer = own.post(f"/cases/{numbers[0]}/referrals", **form)
    assert answer.status_code == 422
    assert numbers[2] in answer.text, "says whose consent is missing"
    assert db.session.execute(select(func.count()).select_from(Referral)).scalar() == 0, (
        "all or none"
    )
    assert (
        own.post(f"/cases/{numbers[0]}/referrals", **{**form, "members": numbers[1:2]}).status_code
        == 303
    )
    rows = list(db.session.execute(select(Referral).order_by(Referral.id)).unique().scalars())
    assert {row.bundle for row in rows} == {rows[0].reference}
    first, second = (row.reference for row in rows)
    helper = factories.Browser(app, house.helper)
    assert second in helper.get(f"/referrals/{first}").text
    assert helper.post(f"/referrals/{first}/accept", everybody="on").status_code == 303
    assert set(db.session.execute(select(Referral.state)).scalars()) == {"accepted"}
    strange = factories.Browser(app, house.stranger)
    assert strange.post(f"/cases/{numbers[0]}/referrals", **form).status_code == 404


def test_feedback_of_three_sides_makes_the_quality_and_words_stay_in_the_case(app: Flask) -> None:
    house = factories.World()
    referral = sent(house)
    reference, number = referral.reference, referral.case.number
    helper, own = factories.Browser(app, house.helper), factories.Browser(app, house.caseworker)
    helper.post(f"/referrals/{reference}/accept")
    assert (
        helper.post(
            f"/referrals/{reference}/services",
            kind="shelter",
            given_on=str(now().date()),
            quantity="2",
            outcome="given",
            cost="40.5",
            currency="EUR",
        ).status_code
        == 303
    )
    wrong = helper.post(
        f"/referrals/{reference}/services",
        kind="shelter",
        given_on=str(now().date()),
        quantity="2",
        outcome="given",
        cost="a lot",
    )
    assert wrong.status_code == 422
    assert told("referral.service") == {"caseworker"}
    assert "40.50 EUR" in own.get(f"/referrals/{reference}").text
    log = helper.get("/referrals/log.csv").text
    assert f"{reference},The TUN,Shelter" in log
    assert "40.50,EUR" in log
    assert (
        reference not in factories.Browser(app, house.other_helper).get("/referrals/log.csv").text
    )
    assert own.get("/referrals/log.csv").status_code == 404
    assert helper.post(f"/referrals/{reference}/complete", rated="3").status_code == 303
    assert (
        own.post(
            f"/referrals/{reference}/feedback",
            side="person",
            rating="4",
            words="Zqx they were kind",
        ).status_code
        == 303
    )
    assert (
        own.post(f"/referrals/{reference}/feedback", side="office", rating="9").status_code == 422
    )
    assert (
        helper.post(f"/referrals/{reference}/feedback", side="person", rating="4").status_code
        == 404
    )
    assert dict(db.session.execute(select(Feedback.side, Feedback.rating)).all()) == {
        "partner": 3,
        "person": 4,
    }
    assert "Zqx they were kind" in own.get(f"/cases/{number}").text
    assert (
        directory.quality([factories.anew(house.partner).id])[
            factories.anew(house.partner).id
        ].rated
        == 4.0
    ), "the partner's own view of us does not count"


def test_a_letter_in_the_partners_language_holds_what_was_released_and_no_more(
    quick_app: Flask,
) -> None:
    import io  # noqa: PLC0415 -- only here

    from pypdf import PdfReader  # noqa: PLC0415 -- only here

    house = factories.World()
    reference = sent(house).reference
    own = factories.Browser(quick_app, house.caseworker)
    answer = own.post(f"/referrals/{reference}/letter", language="en")
    assert answer.mimetype == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    assert "Single room" in text
    assert "Benali" not in text
    assert own.post(f"/referrals/{reference}/letter", language="ar").data[:4] == b"%PDF"
    assert (
        factories.Browser(quick_app, house.helper)
        .post(f"/referrals/{reference}/letter", language="en")
        .status_code
        == 404
    )
    own.post(f"/referrals/{reference}/revoke")
    assert own.post(f"/referrals/{reference}/letter", language="en").status_code == 422


def test_pathways_show_who_gives_what_and_where_nobody_does(quick_app: Flask) -> None:
    house = factories.World()
    stops = pathways.pathway("trafficking", "TN")
    assert [stop.service for stop in stops][:2] == ["shelter", "medical"]
    assert [one.code for one in stops[0].partners] == ["AMEL", "NOUR"]
    page = (
        factories.Browser(quick_app, house.caseworker).get("/pathways?category=child&place=TN").text
    )
    assert page.count("nobody in this area") >= 2
    assert 'role="img"' in page
    assert factories.Browser(quick_app, house.manager).get("/pathways").status_code == 404
    assert pathways.pathway("none-such", "TN") == []


def test_the_board_stands_by_state_and_shows_only_what_is_mine(app: Flask) -> None:
    house = factories.World()
    references = [sent(house).reference for _ in range(3)]
    helper = factories.Browser(app, house.helper)
    helper.post(f"/referrals/{references[0]}/accept")
    page = helper.get("/referrals/board").text
    assert all(reference in page for reference in references)
    assert not any(
        reference in factories.Browser(app, house.other_helper).get("/referrals/board").text
        for reference in references
    )


def test_an_administrator_of_a_partner_keeps_its_own_people_and_nobody_elses(app: Flask) -> None:
    house = factories.World()
    boss = factories.anew(house.shelter)
    db.session.add(
        Grant(user=boss, organisation=factories.anew(house.partner), role="administrator")
    )
    db.session.commit()
    places = {
        name: str(factories.anew(getattr(house, name)).id)
        for name in ("partner", "other_partner", "here")
    }
    ids = {name: factories.anew(user).id for name, user in house.people.items()}
    browser = factories.Browser(app, house.shelter)
    browser.post("/confirm", password=factories.PASSWORD)
    page = browser.get("/people").text
    assert "Helper" in page
    assert "Caseworker" not in page
    assert "otherhelper@" not in page
    assert browser.get(f"/people/{ids['helper']}").status_code == 200
    for name in ("other_helper", "caseworker", "administrator"):
        assert browser.get(f"/people/{ids[name]}").status_code == 404
        assert browser.post(f"/people/{ids[name]}/disable").status_code == 404
        assert browser.post(f"/people/{ids[name]}/link").status_code == 404
    invite = {"email": "new@example.org", "name": "New"}
    assert (
        browser.post(
            "/people/invite", **invite, role="caseworker", organisation=places["here"]
        ).status_code
        == 422
    )
    assert (
        browser.post(
            "/people/invite", **invite, role="supervisor", organisation=places["partner"]
        ).status_code
        == 422
    )
    assert (
        browser.post(
            "/people/invite", **invite, role="partner_worker", organisation=places["other_partner"]
        ).status_code
        == 422
    )
    assert (
        browser.post(
            "/people/invite", **invite, role="partner_worker", organisation=places["partner"]
        ).status_code
        == 303
    )
    assert (
        browser.post(
            f"/people/{ids['helper']}/roles",
            role="data_protection_officer",
            organisation=places["partner"],
        ).status_code
        == 422
    )


STATES = (
    "sent",
    "accepted",
    "in_service",
    "completed",
    "declined",
    "expired",
    "revoked",
    "grant over",
)


def brought_to(house: factories.World, state: str) -> str:
    """A referral in a state, by the verbs that lead there."""
    referral = sent(house)
    if state in {"accepted", "in_service", "completed", "grant over"}:
        with factories.acts(house.helper) as by:
            responses.accept(by=by, referral=factories.anew(referral))
    if state == "in_service":
        with factories.acts(house.helper) as by:
            responses.log_service(
                by=by,
                referral=factories.anew(referral),
                kind="shelter",
                given_on=today(),
                quantity=1,
                outcome="given",
            )
    if state == "completed":
        with factories.acts(house.helper) as by:
            responses.complete(by=by, referral=factories.anew(referral))
    if state == "declined":
        with factories.acts(house.helper) as by:
            responses.decline(by=by, referral=factories.anew(referral), reason="full")
    if state == "revoked":
        with factories.acts(house.caseworker) as by:
            sending.revoke(by=by, referral=factories.anew(referral))
    if state == "expired":
        with at(referral.answer_by + timedelta(minutes=1)):
            overdue.expire_late()
            db.session.commit()
    if state == "grant over":
        factories.anew(referral).access_until = now() - timedelta(minutes=1)
        db.session.commit()
    return str(factories.anew(referral).reference)


PLACES = (
    "",
    "/accept",
    "/decline",
    "/services",
    "/complete",
    "/words",
    "/revoke",
    "/link",
    "/letter",
    "/feedback",
)


@pytest.mark.parametrize("state", STATES)
def test_a_partner_never_sees_anothers_referral_by_id_search_count_or_error(
    app: Flask, state: str
) -> None:
    house = factories.World()
    reference = brought_to(house, state)
    other, api = factories.Browser(app, house.other_helper), factories.Api(app, house.other_helper)
    none = numbers.new("RF")
    for place in PLACES:
        for method in (other.get, other.post):
            real, absent = (
                method(f"/referrals/{reference}{place}"),
                method(f"/referrals/{none}{place}"),
            )
            assert (real.status_code, real.data) == (absent.status_code, absent.data), (
                method,
                place,
            )
        for method in (api.get, api.post):
            real, absent = (
                method(f"/referrals/{reference}{place}"),
                method(f"/referrals/{none}{place}"),
            )
            assert (real.status_code, real.data) == (absent.status_code, absent.data), (
                method,
                place,
            )
    pages = [
        other.get(path).text
        for path in (
            "/referrals",
            "/referrals?group=service",
            "/referrals?group=done",
            "/referrals/board",
            "/referrals/log.csv",
            "/notices",
            "/inward",
            "/partners",
            "/work",
        )
    ]
    assert not any(reference in page for page in pages)
    assert "To answer 0" in re.sub(r"\s+", " ", pages[0])


@pytest.mark.parametrize("state", ["completed", "declined", "expired", "revoked"])
def test_what_ended_gives_its_own_partner_the_same_plain_page(app: Flask, state: str) -> None:
    house = factories.World()
    reference = brought_to(house, state)
    helper = factories.Browser(app, house.helper)
    gone, absent = (
        helper.get(f"/referrals/{reference}"),
        helper.get(f"/referrals/{numbers.new('RF')}"),
    )
    assert (gone.status_code, gone.data) == (absent.status_code, absent.data)
    assert gone.status_code == 404


def test_time_tells_nothing_of_anothers_referral(quick_app: Flask) -> None:
    house = factories.World()
    reference = brought_to(house, "sent")
    none = numbers.new("RF")
    other = factories.Browser(quick_app, house.other_helper)
    spent: dict[str, list[float]] = {reference: [], none: []}
    for _ in range(60):
        for one, seconds in spent.items():
            started = time.perf_counter()
            other.get(f"/referrals/{one}")
            seconds.append(time.perf_counter() - started)
    real, absent = (statistics.median(values) for values in spent.values())
    assert abs(real - absent) < 0.25 * max(real, absent), (real, absent)


def test_broken_rules_are_told_in_words(quick_app: Flask) -> None:
    house = factories.World()
    with factories.acts(house.helper) as by, pytest.raises(RuleBroken):
        verbs.send(
            by=by,
            given={
                "office": factories.anew(house.other_partner).id,
                "agrees": True,
                "urgency": "urgent",
                "given_names": "A",
                "needs": "B",
            },
        )
