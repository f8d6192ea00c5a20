"""Reintegration: items with instalments and proof, two people above a limit, surveys scored by a
version, warnings that explain themselves, an end.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from avrr import (
    assistance_items,
    early_warnings,
    handover,
    jobs,
    local_referral,
    preparation,
    reintegration,
    surveys,
    visits,
)
from casework.core import consent
from models.assistance import Assistance, Instalment
from models.base import at, db, now, today
from models.messages import Message
from models.people import Grant
from models.referrals import Referral
from models.returns import Return, ReturnWarning, Survey
from models.rules import RuleBroken
from standards import sustainability
from tests import factories
from tests.avrr.test_return import ready


def arrived(house: factories.World) -> Return:
    record = ready(house)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
    with factories.acts(house.caseworker) as by:
        preparation.depart(by=by, return_=factories.anew(record), departed_on=today())
    with factories.acts(house.origin) as by:
        reintegration.arrive(by=by, return_=factories.anew(record), arrived_on=today())
    return record


def item(
    house: factories.World, record: Return, amount: int = 900, parts: int = 3, **more: Any
) -> Assistance:
    with factories.acts(house.origin) as by:
        what = {
            "kind": "micro_business",
            "dimension": "economic",
            "given_on": today(),
            "form": "cash",
            "fund": "none",
            **more,
        }
        return assistance_items.assist(
            by=by, return_=factories.anew(record), amount=str(amount), parts=parts, **what
        )


def test_instalments_are_given_in_order_once_and_with_proof(app: Flask) -> None:
    house = factories.World()
    record = arrived(house)
    made = item(house, record, amount=1000)
    assert [part.amount_minor for part in factories.anew(made).instalments] == [
        33_333,
        33_333,
        33_334,
    ]
    origin = factories.Browser(app, house.origin)
    place = f"/returns/{record.reference}/assistance/{made.id}/instalments"
    assert origin.post(place, number="2", paid_on=str(today()), receipt="R-2").status_code == 422, (
        "the first comes first"
    )
    assert origin.post(place, number="1", paid_on=str(today())).status_code == 422, "no proof"
    assert (
        origin.post(
            place, number="1", paid_on=str(today() + timedelta(days=1)), receipt="R-1"
        ).status_code
        == 422
    )
    assert origin.post(place, number="1", paid_on=str(today()), receipt="R-1").status_code == 303
    assert origin.post(place, number="1", paid_on=str(today()), receipt="R-1").status_code == 422, (
        "once"
    )
    assert (
        factories.Browser(app, house.caseworker)
        .post(place, number="2", paid_on=str(today()), receipt="R")
        .status_code
        == 404
    )
    with pytest.raises(IntegrityError):
        db.session.execute(update(Instalment).where(Instalment.number == 2).values(paid_on=today()))
    db.session.rollback()


def test_above_the_limit_somebody_else_approves_first(app: Flask) -> None:
    house = factories.World()
    db.session.add(
        Grant(
            user=factories.anew(house.far),
            organisation=factories.anew(house.there),
            role="supervisor",
        )
    )
    db.session.commit()
    record = arrived(house)
    made = item(house, record, amount=1001, parts=1)
    number = made.id
    assert factories.anew(made).state == "planned"
    with factories.acts(house.origin) as by, pytest.raises(RuleBroken):
        assistance_items.pay(
            by=by, item=factories.anew(made), number=1, paid_on=today(), receipt="R"
        )
    origin, boss, stranger = (
        factories.Browser(app, user) for user in (house.origin, house.far, house.supervisor)
    )
    assert origin.post(f"/assistance/{number}", decision="approve").status_code == 404, (
        "not by who planned it"
    )
    assert stranger.post(f"/assistance/{number}", decision="approve").status_code == 404, (
        "not by another mission"
    )
    assert "1,001.00 EUR" in boss.get("/returns/approvals").text
    assert boss.post(f"/assistance/{number}", decision="approve").status_code == 303
    assert boss.post(f"/assistance/{number}", decision="approve").status_code == 422
    assert factories.anew(made).state == "approved"
    with pytest.raises(IntegrityError):
        db.session.execute(update(Assistance).values(decided_by_id=Assistance.planned_by_id))
    db.session.rollback()
    assert {
        message.event
        for message in db.session.execute(
            select(Message).where(Message.user_id == factories.anew(house.far).id)
        ).scalars()
    } >= {"assistance.asked"}


USED = sustainability.instrument()


def answers(place: int) -> dict[str, int]:
    """Every question answered with the answer at a place, or its last."""
    return {
        question["key"]: min(place, len(question["answers"]) - 1)
        for question in USED.questions
        if question["answers"]
    }


def test_the_file_that_is_shipped_says_it_is_provisional() -> None:
    assert not USED.verified
    assert USED.version.startswith("provisional-")
    assert len(USED.questions) == 32
    assert {question["dimension"] for question in USED.questions} == set(sustainability.DIMENSIONS)


@given(
    st.dictionaries(
        st.sampled_from([question["key"] for question in USED.questions]), st.integers(0, 7)
    )
)
def test_scores_stay_between_0_and_1_and_are_the_mean_of_what_was_answered(
    given_: dict[str, int],
) -> None:
    found = USED.scores(given_)
    for dimension in sustainability.DIMENSIONS:
        scored = [question for question in USED.of(dimension) if question["scored"]]
        values = [
            question["answers"][given_[question["key"]]]["score"]
            for question in scored
            if question["key"] in given_
            and given_[question["key"]] < len(question["answers"])
            and question["answers"][given_[question["key"]]]["score"] is not None
        ]
        expected = sum(values) / len(values) if len(values) * 2 >= len(scored) and values else None
        value = getattr(found, dimension)
        assert value == (pytest.approx(expected) if expected is not None else None)
        assert value is None or 0 <= value <= 1
    known = [getattr(found, dimension) for dimension in sustainability.DIMENSIONS]
    assert found.composite == (None if None in known else pytest.approx(sum(known) / 3))


def test_weights_of_an_official_file_are_used_and_its_version_kept(tmp_path: Path) -> None:
    loaded = json.loads(sustainability.SHIPPED.read_text("utf-8"))
    loaded |= {"verified": True, "version": "RSS 2.0"}
    for question in loaded["questions"]:
        question["weight"] = 3 if question["key"] == "food_reduced" else 1
    (tmp_path / "official.json").write_text(json.dumps(loaded), "utf-8")
    used = sustainability.instrument(tmp_path / "official.json")
    assert (used.version, used.verified) == ("RSS 2.0", True)
    only = {
        "economic_satisfaction": 0,
        "food_reduced": 4,
        "can_borrow": 0,
        "borrows": 0,
        "debt_to_spending": 0,
    }
    assert used.scores(only).economic == pytest.approx(4 / 7)


def test_a_survey_is_taken_once_sealed_scored_and_compared(app: Flask) -> None:
    house = factories.World()
    record = arrived(house)
    origin = factories.Browser(app, house.origin)
    place = f"/returns/{record.reference}/survey"
    page = origin.get(place).text
    assert "Provisional weights" in page
    form = {name: str(value) for name, value in answers(0).items()}
    assert (
        origin.post(place, on=str(today() + timedelta(days=1)), token="t", **form).status_code
        == 422
    )
    assert origin.post(place, on=str(today()), token="t").status_code == 422, "nothing answered"
    for _ in range(2):
        assert origin.post(place, on=str(today()), token="t", **form).status_code == 303
    survey = db.session.execute(select(Survey)).scalar_one()
    expected = USED.scores(answers(0))
    assert survey.composite == round((expected.composite or 0) * 1000)
    assert survey.version == USED.version
    assert b"satisfi" not in (factories.anew(record).answers_sealed or b"")
    told = origin.get(f"/returns/{record.reference}/surveys/{survey.id}").text
    assert "very satisfied" in told
    assert (
        factories.Browser(app, house.caseworker)
        .get(f"/returns/{record.reference}/surveys/{survey.id}")
        .status_code
        == 404
    )
    assert origin.get(f"/returns/{record.reference}/surveys/999").status_code == 404


def taken(house: factories.World, record: Return, given_: dict[str, int], token: str) -> Survey:
    with factories.acts(house.origin) as by:
        return surveys.take(
            by=by, return_=factories.anew(record), on=today(), answers=given_, token=token
        )


def warned(record: Return) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for warning in factories.anew(record).warnings:
        found.setdefault(warning.kind, []).append(early_warnings.explained(warning))
    return found


def test_a_fall_a_low_score_and_what_was_said_warn_and_explain_themselves(app: Flask) -> None:
    house = factories.World()
    record = arrived(house)
    good = answers(0) | {"seeks_job": 1, "wants_psychological_support": 1}
    taken(house, record, good, "a")
    assert warned(record) == {}
    bad = (
        answers(4)
        | {question["key"]: 1 for question in USED.questions if len(question["answers"]) == 4}
        | {"seeks_job": 0, "wants_psychological_support": 0}
    )
    taken(house, record, bad, "b")
    found = warned(record)
    assert set(found) == {"falls", "low", "unsafe", "migrate"}
    assert any("Economic fell from 1.00 to" in words for words in found["falls"])
    assert "under 0.33 warns" in found["low"][0]
    origin = factories.Browser(app, house.origin)
    assert "Early warnings" in origin.get("/returns").text
    number = db.session.execute(select(ReturnWarning.id)).scalars().first()
    assert origin.post(f"/returns/{record.reference}/warnings/{number}").status_code == 303
    assert db.session.get_one(ReturnWarning, number).done_at is not None
    assert (
        factories.Browser(app, house.caseworker)
        .post(f"/returns/{record.reference}/warnings/{number}")
        .status_code
        == 404
    )


def test_missed_visits_and_troubled_businesses_warn_once(app: Flask) -> None:
    house = factories.World()
    record = arrived(house)
    with at(now() + timedelta(days=50)):
        jobs.remind()
        jobs.remind()
    assert list(warned(record)) == ["missed"]
    with factories.acts(house.origin) as by:
        visits.follow_up(
            by=by,
            return_=factories.anew(record),
            month="0",
            done_on=today(),
            manner="visit",
            outcome="migrate_again",
            business="struggles",
        )
    assert sorted(warned(record)) == ["business", "migrate", "missed"]
    events = list(
        db.session.execute(
            select(Message.event).where(
                Message.channel == "app", Message.user_id == factories.anew(house.origin).id
            )
        ).scalars()
    )
    assert events.count("return.warning") == 3
    assert {"follow_up.missed"} <= set(events)


def test_follow_ups_are_scheduled_by_programme(app: Flask) -> None:
    house = factories.World()
    record = arrived(house)
    assert [visit.month for visit in factories.anew(record).follow_ups] == [1, 3, 6, 12]
    assert reintegration.months("hasm") == (1, 3, 6, 12)
    settings = app.config["SETTINGS"].follow_up_months
    settings["hasm"] = (2, 9)
    assert reintegration.months("hasm") == (2, 9)
    del settings["hasm"]


def test_the_mission_at_home_refers_to_a_local_partner_what_was_released_and_no_more(
    app: Flask,
) -> None:
    house = factories.World()
    local = house._place("LOCAL", "partner", "CI", ["training", "job_placement"])
    local_helper = house._person("localhelper", local, "partner_worker")  # type: ignore[arg-type]
    db.session.commit()
    record = arrived(house)
    reference, partner = record.reference, str(local.id)
    number = record.case.number
    origin, helper, own = (
        factories.Browser(app, user) for user in (house.origin, local_helper, house.caseworker)
    )
    form = {
        "partner": partner,
        "service": "job_placement",
        "urgency": "standard",
        "fields": ["given_names", "family_name", "needs", "account"],
    }
    assert origin.post(f"/returns/{reference}/refer", **form).status_code == 422, (
        "the person is asked first"
    )
    form |= {"agrees": "on", "manner": "spoken", "language": "fr"}
    assert origin.post(f"/returns/{reference}/refer", **form).status_code == 303
    referral = db.session.execute(select(Referral)).unique().scalar_one()
    assert (referral.office_id, referral.fields) == (
        factories.anew(house.there).id,
        ["family_name", "given_names", "needs"],
    )
    place = f"/referrals/{referral.reference}"
    page = origin.get(place).text
    assert "Benali" in page
    assert number not in page, "the file of the other mission stays its own"
    assert helper.post(f"{place}/accept").status_code == 303
    assert "Benali" in helper.get(place).text
    assert own.get(place).status_code == 404
    assert (
        "Referred"
        not in own.get(f"/cases/{number}")
        .text.partition("<main")[2]
        .partition("Timeline")[2]
        .partition("</section>")[0]
    )
    assert origin.post(f"{place}/words", words="When can she begin?").status_code == 303
    assert helper.post(f"{place}/words", words="On Monday.").status_code == 303
    assert origin.post(f"{place}/revoke").status_code == 303
    assert helper.get(place).status_code == 404
    assert "On Monday." in origin.get(place).text, "what was said stays in the mission's own file"
    assert own.get(place).status_code == 404
    for user in (house.far, house.supervisor, house.helper):
        assert factories.Browser(app, user).get(f"/returns/{reference}/refer").status_code == 404


def test_a_consent_taken_back_at_the_sending_mission_ends_a_local_referral_too(app: Flask) -> None:
    house = factories.World()
    local = house._place("LOCAL", "partner", "CI", ["training"])
    db.session.commit()
    record = arrived(house)
    given_ = {
        "partner": local.id,
        "service": "training",
        "urgency": "standard",
        "fields_": ["needs"],
        "agrees": True,
        "manner": "spoken",
    }
    with factories.acts(house.origin) as by:
        made = local_referral.refer(by=by, return_=factories.anew(record), given=given_)
    with factories.acts(house.caseworker) as by:
        consent.withdraw(by=by, case=factories.anew(record).case, purpose="assistance")
    assert factories.anew(made).state == "revoked"
