"""Nothing is kept before consent; a new answer replaces the old; vital interest is reviewed."""

from datetime import timedelta

import pytest
from flask import Flask

from casework.core import consent
from casework.intake import registration
from models.base import at, now
from models.rules import RuleBroken
from tests import factories


@pytest.mark.parametrize("answer", ["refuses", "not_asked", None])
def test_without_consent_nothing_is_stored(quick_app: Flask, answer: str | None) -> None:
    house = factories.World()
    whole = factories.registration()
    whole["consent"] = {"assistance": answer} if answer else {}
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken):
        registration.register(by=by, given=whole, office=house.here, owner_id=house.caseworker.id)


def test_vital_interest_is_reviewed_by_a_supervisor_within_72_hours(quick_app: Flask) -> None:
    house = factories.World()
    whole = factories.registration()
    whole["consent"] = {"vital_reason": "Unconscious."}
    with factories.acts(house.caseworker) as by:
        case = registration.register(
            by=by, given=whole, office=house.here, owner_id=house.caseworker.id
        )
    assert case.vital_interest
    assert case.review_due_at is not None
    assert timedelta(hours=71) < case.review_due_at - now() <= timedelta(hours=72)
    worker, boss = (
        factories.Browser(quick_app, house.caseworker),
        factories.Browser(quick_app, house.supervisor),
    )
    target = f"/cases/{case.number}/vital-interest/review"
    assert worker.post(target).status_code == 404
    assert boss.post(target, finding="right").status_code == 303
    assert case.review_due_at is None


def test_the_newest_answer_counts_and_every_answer_ends_on_its_day(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    assert consent.line_for(case, house.partner.id)
    assert not consent.line_for(case, house.other_partner.id)
    with factories.acts(house.caseworker) as by:
        consent.record(by=by, case=case, given={"consulate": "refuses"})
    assert not consent.agreed(case, "consulate")
    assert consent.agreed(case, "assistance")
    with at(now() + timedelta(days=200)):
        assert not consent.agreed(case, "assistance")
        assert not consent.line_for(case, house.partner.id)
