"""What is left of a referral: with the case, what the partner said; with the partner, what it did.
And nothing goes out before it was seen.
"""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from access.actors import person
from access.gate import acting
from access.policy import Refused
from avrr import handover, preparation, steps
from casework.casefile import editing
from casework.core import consent, filing
from models.audit import AuditRecord
from models.base import db, today
from models.messages import Message
from models.referrals import IncomingReferral, Referral
from models.returns import Return
from models.sent import KeptForm
from referral import overdue, responses, sending, thread
from tests import factories
from tests.avrr.test_return import ready
from tests.referral.test_partners_side import FORM
from tests.referral.test_referral import send


def served(house: factories.World) -> Referral:
    """A referral that was accepted, with a note of a service and a word in its thread."""
    referral = send(house)
    with factories.acts(house.helper) as by:
        responses.accept(by=by, referral=referral)
        service = {"kind": "shelter", "given_on": today(), "quantity": 1, "outcome": "given"}
        for word in ("Zqxfirst she slept", "Zqxsecond she ate"):
            responses.log_service(by=by, referral=referral, note=word, **service)
        thread.say(by=by, referral=referral, words="Zqxthread does she eat fish?")
    return referral


def page_of(app: Flask, user: Any, referral: Referral) -> str:
    reference = factories.anew(referral).reference
    return str(factories.Browser(app, user).get(f"/referrals/{reference}").text)


WORDS = ("Zqxfirst she slept", "Zqxsecond she ate", "Zqxthread does she eat fish?", "Helper")


@pytest.mark.parametrize("how", ["complete", "withdraw", "revoke"])
def test_what_a_partner_wrote_stays_with_the_case_however_it_ends(app: Flask, how: str) -> None:
    house = factories.World()
    referral = served(house)
    case_id = referral.case_id
    if how == "complete":
        with factories.acts(house.helper) as by:
            responses.complete(by=by, referral=referral)
    elif how == "withdraw":  # the case is at rest: nothing new of the person is kept, but this is
        with factories.acts(house.caseworker) as by:
            consent.withdraw(by=by, case=referral.case, purpose="assistance")
    else:
        with factories.acts(house.caseworker) as by:
            sending.revoke(by=by, referral=referral)
    ended = factories.anew(referral)
    assert ended.own_key is None
    assert b"Zqx" not in (ended.left_sealed or b"")
    for reader in (house.caseworker, house.supervisor):
        page = page_of(app, reader, referral)
        assert all(word in page for word in WORDS), "with who, and word by word"
    for other in (house.helper, house.stranger, house.far, house.officer):
        assert "Zqx" not in page_of(app, other, referral)
    with acting(person(factories.anew(house.helper))), pytest.raises(Refused):
        filing.left(factories.anew(referral))
    assert factories.anew(referral).case_id == case_id


def test_declined_or_not_answered_what_was_asked_stays(quick_app: Flask) -> None:
    house = factories.World()
    for decline in (True, False):
        referral = send(house)
        with factories.acts(house.caseworker) as by:
            thread.say(by=by, referral=referral, words="Zqxasked")
        if decline:
            with factories.acts(house.helper) as by:
                responses.decline(by=by, referral=referral, reason="full")
        else:
            factories.anew(referral).answer_by = factories.anew(referral).sent_at
            db.session.commit()
            assert overdue.expire_late() == 1
            db.session.commit()
        assert "Zqxasked" in page_of(quick_app, house.caseworker, referral)


def test_a_handover_that_ends_leaves_its_thread_and_journey_with_its_office(app: Flask) -> None:
    house = factories.World()
    return_ = ready(house)
    with factories.acts(house.caseworker) as by:
        handover.say(by=by, return_=factories.anew(return_), words="Zqxbetween missions")
        leg = {"from": "Tunis", "to": "Zqxabidjan", "carrier": "", "on": today()}
        steps.journey(by=by, return_=factories.anew(return_), given={"legs": [leg]})
    with factories.acts(house.caseworker) as by:
        preparation.withdraw(by=by, return_=factories.anew(return_))
    assert factories.anew(return_).own_key is None
    reference = factories.anew(return_).reference
    page = factories.Browser(app, house.caseworker).get(f"/returns/{reference}").text
    assert "Zqxbetween missions" in page
    assert "Zqxabidjan" in page
    assert "Zqx" not in factories.Browser(app, house.origin).get(f"/returns/{reference}").text
    assert db.session.execute(select(Return.left_sealed)).scalar() is not None


def test_a_partner_finds_again_what_it_did_and_not_for_whom(app: Flask) -> None:
    house = factories.World()
    referral = served(house)
    reference = referral.reference
    helper = factories.Browser(app, house.helper)
    answer = helper.post(f"/referrals/{reference}/complete")
    assert answer.headers["Location"].endswith(f"/referrals/ended/{reference}")
    page = helper.get(f"/referrals/ended/{reference}").text
    assert "Completed" in page
    assert page.count("Shelter") >= 2, "each service stands there"
    listed = helper.get("/referrals?group=done").text
    assert reference in listed
    for text in (page, listed):
        assert not re.search("Zqx|Benali|Fatima|Feminine|Woman|Single room|SC-", text)
    assert helper.get(f"/referrals/{reference}").status_code == 404
    for other in (house.other_helper, house.caseworker, house.far):
        browser = factories.Browser(app, other)
        assert browser.get(f"/referrals/ended/{reference}").status_code == 404
        assert f"/referrals/ended/{reference}" not in browser.get("/referrals?group=done").text


def count(model: Any) -> int:
    return int(db.session.execute(select(func.count()).select_from(model)).scalar() or 0)


def test_a_referral_goes_only_after_what_goes_was_seen(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number, partner = case.number, str(factories.anew(house.partner).id)
    own = factories.Browser(app, house.caseworker)
    new = own.get(f"/cases/{number}/referrals/new").text
    token = re.search(r'referrals">\s*<[^>]+>\s*<input[^>]+name="form_token" value="([^"]+)"', new)
    assert token
    form = {
        "partner": partner,
        "service": "shelter",
        "urgency": "urgent",
        "fields": ["needs"],
        "form_token": token[1],
    }
    path = f"/cases/{number}/referrals"
    look = own.post(path, seen_before_it_goes="", **form)
    assert look.status_code == 200
    assert "Single room." in look.text
    assert "The AMEL" in look.text
    assert count(Referral) == 0
    back = re.search(rf'href="(/cases/{number}/referrals/new\?kept=\w+)"', look.text)
    assert back
    again = own.get(back[1]).text
    assert 'value="needs" checked' in again, "what was typed stands there again"
    seen = factories.SEEN.search(look.text)
    assert seen
    with factories.acts(house.caseworker) as by:
        given = {"needs": "Zqxanother room."}
        editing.change_needs(by=by, case=factories.anew(case), given=given)
    changed = own.post(path, seen_before_it_goes=seen[1], **form)
    assert (changed.status_code, count(Referral)) == (200, 0)
    assert "This is not what you saw" in changed.text
    assert "Zqxanother room." in changed.text
    seen = factories.SEEN.search(changed.text)
    assert seen
    assert own.post(path, seen_before_it_goes=seen[1], **form).status_code == 303
    assert own.post(path, seen_before_it_goes=seen[1], **form).status_code == 303, (
        "the same form counts once"
    )
    assert (count(Referral), count(KeptForm)) == (1, 0)


def test_a_program_sends_what_it_knows(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    body = {
        "partner": factories.anew(house.partner).id,
        "service": "shelter",
        "urgency": "urgent",
        "fields": ["needs"],
    }
    number = factories.anew(case).number
    api = factories.Api(quick_app, house.caseworker)
    assert api.post(f"/cases/{number}/referrals", body).status_code in {200, 201}
    assert count(Referral) == 1


def test_a_handover_and_a_person_told_of_go_only_after_they_were_seen(quick_app: Flask) -> None:
    house = factories.World()
    reference = ready(house, hand=False).reference
    own, helper = (factories.Browser(quick_app, who) for who in (house.caseworker, house.helper))
    look = own.post(f"/returns/{reference}/hand-over", seen_before_it_goes="").text
    assert "Benali" in look
    assert "The ABJ" in look
    stands = select(Return.handover)
    assert db.session.execute(stands).scalar() == ""
    assert own.post(f"/returns/{reference}/hand-over").status_code == 303
    assert db.session.execute(stands).scalar() == "sent"
    told = {"office": str(factories.anew(house.here).id), **FORM}
    look = helper.post("/inward", seen_before_it_goes="", **told)
    assert (look.status_code, count(IncomingReferral)) == (200, 0)
    assert "Zqxmariam" in look.text
    assert helper.post("/inward", **told).status_code == 303
    assert count(IncomingReferral) == 1


def test_looking_is_noted_and_leaves_nothing_else(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    before, last = count(Message), db.session.execute(select(func.max(AuditRecord.id))).scalar()
    form = {
        "partner": str(factories.anew(house.partner).id),
        "service": "shelter",
        "urgency": "urgent",
        "fields": ["needs"],
    }
    factories.Browser(quick_app, house.caseworker).post(
        f"/cases/{number}/referrals", seen_before_it_goes="", **form
    )
    assert count(Message) == before
    since = select(AuditRecord.deed).where(AuditRecord.id > last)
    assert set(db.session.execute(since).scalars()) == {"signed_in", "protection.read"}
