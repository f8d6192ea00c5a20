"""The one rule of what goes out, case by case."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from casework.core import consent, protection, release
from casework.records import changes
from casework.records.kinds import KINDS
from models.base import db, today
from models.rules import RuleBroken
from tests import factories
from tests.conftest import Clock


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({}, ""),
        ({"sharing": "refuses"}, "refused"),
        ({"assistance": "refuses"}, "assistance"),
        ({"consulate": "refuses"}, ""),
        ({"sharing": "agrees", "recipients": []}, "withdrawn"),
    ],
)
def test_why_somebody_may_not_be_told(
    quick_app: Flask, clock: Clock, answer: dict[str, Any], why: str
) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        consent.record(by=by, case=case, given=answer)
        assert release.why_not(case, house.partner) == why
        assert release.why_not(case, house.other_partner) == (
            why if why in {"refused", "assistance"} else "not_asked"
        )


def test_the_last_day_counts_and_the_next_does_not(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    case = factories.case(house)
    clock.forward(days=182)
    assert release.why_not(case, house.partner) == ""
    clock.forward(days=1)
    assert release.why_not(case, house.partner) == "assistance"


@pytest.mark.parametrize(("citizenship", "kept"), [("CI", True), ("", True), ("BD", False)])
def test_who_seeks_protection_is_kept_from_their_country_and_where_unknown_from_any_other(
    quick_app: Flask, clock: Clock, citizenship: str, kept: bool
) -> None:
    house = factories.World()
    case = factories.case(house, citizenship=citizenship)
    with factories.acts(house.legal) as by:
        given = {"state": "wish", "on": today()}
        changes.add(by=by, case=factories.anew(case), kind=KINDS["asylum"], given=given)
    case = factories.anew(case)
    assert protection.keeps_from(case, factories.anew(house.there)) is kept
    assert not protection.keeps_from(case, factories.anew(house.partner)), "a partner here helps"


def test_a_release_never_outlasts_the_line_it_leans_on(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    case = factories.case(house)
    for longest, until in ((5, 5), (500, 182)):
        with factories.acts(house.caseworker) as by:
            told = release.grant(
                by=by,
                case=factories.anew(case),
                kind="letter",
                reference=f"L-{longest}",
                to=factories.anew(house.partner),
                fields=("needs",),
                longest_until=today() + timedelta(days=longest),
            )
            assert told.until == today() + timedelta(days=until)
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken):
        release.grant(
            by=by,
            case=factories.anew(case),
            kind="letter",
            reference="L-0",
            to=factories.anew(house.other_partner),
            fields=("needs",),
        )
    db.session.rollback()
