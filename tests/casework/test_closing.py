"""N39: a case is closed and opened again in words, after a question; its status comes back."""

from typing import Any

import pytest
from flask import Flask

from casework.casefile import closure
from models.rules import RuleBroken
from models.states import CASE, CaseStatus
from tests import factories
from web.links import link


@pytest.fixture
def house(app: Flask) -> factories.World:
    with app.app_context():
        yield factories.World()  # type: ignore[misc]


def test_n39_closing_asks_and_both_are_read_in_words(app: Flask, house: factories.World) -> None:
    number = factories.case(house).number
    browser = factories.Browser(app, house.supervisor)
    close, page = link("casefile.close", number), link("casefile.show", number)
    form = {"reason": "completed", "words": "She has a room of her own."}
    data = {**form, "csrf_token": browser.token}
    question = browser.client.post(close, data=data, follow_redirects=True)
    assert "its open tasks end" in question.get_data(as_text=True)
    assert "She has a room of her own." in question.get_data(as_text=True)
    assert browser.post(close, reason="completed").status_code == 422
    assert browser.post(close, **form).status_code == 303
    closed = browser.get(page).text
    assert "She has a room of her own." in closed
    assert closed.count(f'action="{link("casefile.reopen", number)}"') == 1
    assert browser.post(link("casefile.reopen", number)).status_code == 422
    answer = browser.post(link("casefile.reopen", number), words="The landlord changed.")
    assert answer.status_code == 303
    again = browser.get(page).text
    assert "The landlord changed." in again
    assert "She has a room of her own." in again


@pytest.mark.parametrize(
    ("verb", "status"),
    [
        ("", CaseStatus.OPEN),
        ("assist", CaseStatus.ASSISTANCE),
        ("follow_up", CaseStatus.FOLLOW_UP),
    ],
)
def test_the_status_it_had_comes_back(
    app: Flask, house: factories.World, verb: str, status: CaseStatus
) -> None:
    case: Any = factories.case(house)
    with factories.acts(house.supervisor) as by:
        case = factories.anew(case)
        if verb:
            CASE.move(case, verb, by=by)
        closure.close(by=by, case=case, reason="completed", words="Done.")
        closure.reopen(by=by, case=case, words="Called again.")
        assert case.status == status
        closure.close(by=by, case=case, reason="completed", words="Done.")
        case.status_before = ""  # as a version before closed it
        closure.reopen(by=by, case=case, words="Called again.")
        assert case.status == CaseStatus.ASSISTANCE


def test_whoever_agrees_to_nothing_more_is_closed_without_words(
    app: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    with factories.acts(house.supervisor) as by:
        closed: Any = factories.anew(case)
        for line in closed.consents:
            line.answer = "refuses"
    with factories.acts(house.supervisor) as by:
        closed = factories.anew(case)
        assert closed.must_rest
        with pytest.raises(RuleBroken):
            closure.close(by=by, case=closed, reason="completed", words="Some words.")
    with factories.acts(house.supervisor) as by:
        closure.close(by=by, case=factories.anew(case), reason="completed")
        assert closed.status == CaseStatus.CLOSED
