"""What a partner gets: ticked, agreed, needed; only after acceptance, only until the end."""

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from access.actors import person
from access.gate import acting
from access.policy import Refused
from casework.core import consent
from models.base import at, db, now
from models.cases import Task
from models.messages import Message
from models.referrals import Referral
from models.rules import RuleBroken
from models.sealed import Shut
from models.states import REFERRAL
from referral import overdue, responses, sending
from tests import factories


def send(house: factories.World, **changes: object) -> Referral:
    """A referral to the partner."""
    case = factories.case(house, phone="+216 71 234 567")
    with factories.acts(house.caseworker) as by:
        whole = {
            "partner": house.partner.id,
            "service": "shelter",
            "urgency": "urgent",
            "fields_": ["needs", "phone", "account", "sex"],
            **changes,
        }
        return sending.send(by=by, case=case, **whole)  # type: ignore[arg-type]


def test_only_what_is_ticked_and_needed_goes_out(app: Flask) -> None:
    house = factories.World()
    referral = send(house)
    with acting(person(house.caseworker)):
        assert dict(referral.released) == {"needs": "Single room.", "sex": "Feminine"}
    with acting(person(house.helper)), pytest.raises(Refused):
        _ = referral.released
    with factories.acts(house.helper) as by:
        responses.accept(by=by, referral=referral)
        assert referral.released["needs"] == "Single room."
    with acting(person(house.other_helper)), pytest.raises(Refused):
        _ = referral.released


def test_a_form_that_did_not_fit_keeps_the_partner_that_was_chosen(quick_app: Flask) -> None:
    """Who chose the wrong service finds the partner still there, and all others beside."""
    house = factories.World()
    case = factories.case(house)
    own = factories.Browser(quick_app, house.caseworker)
    path = f"/cases/{case.number}/referrals"
    form = {"service": "legal_aid", "urgency": "standard", "fields": "needs"}
    page = own.post(path, partner=str(house.partner.id), **form)
    assert page.status_code == 422
    assert f'<option value="{house.partner.id}" selected>' in page.text
    page = own.post(path, partner="", **form)
    assert page.status_code == 422
    assert "Partner: This is needed." in page.text


def test_a_partner_not_agreed_to_or_without_the_service_gets_nothing(quick_app: Flask) -> None:
    house = factories.World()
    for changes in (
        {"partner": house.other_partner.id},
        {"service": "medical"},
        {"partner": 999},
        {"fields_": ["phone"]},
    ):
        with pytest.raises(RuleBroken):
            send(house, **changes)


def test_withdrawn_consent_ends_it_at_once_and_for_good(app: Flask) -> None:
    house = factories.World()
    referral = send(house)
    with factories.acts(house.helper) as by:
        responses.accept(by=by, referral=referral)
    helper = factories.Browser(app, house.helper)
    assert "Single room." in helper.get(f"/referrals/{referral.reference}").text
    with factories.acts(house.caseworker) as by:
        consent.withdraw(by=by, case=referral.case, purpose="sharing")
    answer = helper.get(f"/referrals/{referral.reference}")
    assert answer.status_code == 404
    assert "Single room." not in answer.text
    assert (referral.state, referral.own_key) == ("revoked", None)
    with acting(person(house.supervisor)), pytest.raises(Shut):
        _ = referral.released


def test_not_answered_in_time_it_ends(app: Flask) -> None:
    house = factories.World()
    referral = send(house)
    with at(now() + timedelta(hours=73)):
        helper = factories.Browser(app, house.helper)
        db.session.rollback()
        assert overdue.expire_late() == 1
        db.session.commit()
    assert referral.state == "expired"
    assert len(factories.of_kind(Task, "referral_declined", Task.done_at.is_(None))) == 1
    assert (
        db.session.execute(select(Message.user_id).where(Message.event == "referral.expired"))
        .scalars()
        .first()
        == house.caseworker.id
    )
    assert helper.get(f"/referrals/{referral.reference}").status_code == 404


@given(
    st.lists(
        st.sampled_from(["accept", "decline", "expire", "revoke", "serve", "complete"]), max_size=8
    )
)
def test_no_order_of_verbs_leaves_an_end_state_or_serves_before_acceptance(
    verbs: list[str],
) -> None:
    state = REFERRAL.steps["", "send"]
    accepted = False
    for verb in verbs:
        following = REFERRAL.steps.get((state, verb))
        if following is None:
            continue
        assert state not in REFERRAL.endings
        accepted = accepted or verb == "accept"
        if verb in {"serve", "complete"}:
            assert accepted
        state = following


def test_what_the_partner_types_into_the_address_opens_nothing_else(app: Flask) -> None:
    house = factories.World()
    referral = send(house)
    other = factories.Browser(app, house.other_helper)
    for path in ("", "/accept", "/decline", "/services", "/complete", "/revoke"):
        target = f"/referrals/{referral.reference}{path}"
        answer = other.get(target) if not path else other.post(target, reason="full")
        assert answer.status_code == 404, path
