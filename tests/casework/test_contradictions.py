"""What contradicts itself in an interview and the signs is named, and decides nothing."""

from typing import Any

import pytest
from flask import Flask

from casework.casefile import contradictions
from casework.records import changes
from casework.records.kinds import KINDS
from models.base import today
from tests import factories
from tests.factories import Browser, World, acts, anew

FREE = {"could_leave": "yes"}


@pytest.mark.parametrize(
    ("interview", "signs", "decided", "word"),
    [
        ({}, {**FREE, "general": ["cannot_leave"]}, {}, "Cannot leave the place of work"),
        ({}, {**FREE, "held": ["isolation"]}, {}, "Isolated, locked in or watched"),
        ({"hindered": ["locked"]}, FREE, {}, "Locked in or watched"),
        ({"still_in": "yes", "safe_to_write": "yes"}, {}, {}, "safe to write"),
        ({"present": ["nobody", "police"]}, {}, {}, "Nobody else"),
        ({"child_then": "no"}, {"children": ["work"]}, {}, "signs of children"),
        ({"child_then": "no"}, {}, {"age_then": 15}, "15"),
        ({"others": "no", "others_words": "Two girls."}, {}, {}, "who is"),
    ],
)
def test_each_is_named(
    quick_app: Flask, interview: Any, signs: Any, decided: Any, word: str
) -> None:
    with quick_app.test_request_context():
        (found,) = contradictions.found(interview, signs, decided)
        assert word in found


def test_what_fits_together_is_not_named(quick_app: Flask) -> None:
    with quick_app.test_request_context():
        for interview, signs in (
            ({}, FREE),
            ({}, {"could_leave": "no", "general": ["cannot_leave"]}),
            ({"present": ["nobody"], "still_in": "no", "safe_to_write": "yes"}, {}),
            ({"child_then": "yes"}, {"children": ["work"]}),
        ):
            assert list(contradictions.found(interview, signs, {})) == []


def test_they_stand_on_the_page_and_nothing_is_decided(quick_app: Flask) -> None:
    house = World()
    case = factories.case(house)
    given = {"on": today(), "field": "labour", **FREE, "general": ["cannot_leave"]}
    with acts(house.caseworker) as by:
        changes.add(by=by, case=anew(case), kind=KINDS["indicators"], given=given)
    page = Browser(quick_app, house.caseworker).get(f"/cases/{case.number}/protection").text
    assert "contradicts itself" in page
    assert "Free to leave, and at the same time: Cannot leave the place of work" in page
    assert anew(case).trafficking_status == ""
