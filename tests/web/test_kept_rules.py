"""What never lies in a draft, what a draft is called, and when it goes without its own form."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from avrr import preparation, steps
from models.base import db, today
from models.returns import Return
from models.sent import KeptForm
from tests import factories
from tests.factories import Browser, World, acts, anew
from tests.web.test_keeping import token_of
from web import keeping

TOLD = "Zqxa man with a car came at night."
INTERVIEW = {
    "on": today().isoformat(),
    "language": "fr",
    "interpreter": "room",
    "agreed": "refuses",
    "safe_place": "yes",
}


class AtInterview:
    """A caseworker with the form of an interview open."""

    def __init__(self, app: Flask, house: World) -> None:
        self.case = factories.case(house)
        self.browser = Browser(app, house.caseworker)
        self.action = f"/cases/{self.case.number}/protection/records/new/interview"
        self.token = token_of(self.browser.get(self.action), "")

    def types(self, **said: str) -> int:
        """What the script keeps while somebody types."""
        given = {"form_action": self.action, "form_token": self.token, **said}
        return int(self.browser.post("/unfinished", **given).status_code)

    def kept(self) -> dict[str, str]:
        """What lies there."""
        db.session.rollback()
        row = db.session.execute(select(KeptForm)).scalar_one_or_none()
        return dict(keeping._typed(row).fields) if row else {}


@pytest.fixture
def interview(quick_app: Flask) -> AtInterview:
    return AtInterview(quick_app, World())


@pytest.mark.parametrize("refused", [{"agreed": "refuses"}, {"safe_place": "no"}])
def test_no_draft_holds_what_a_refused_interview_told(
    interview: AtInterview, refused: dict[str, str]
) -> None:
    assert interview.types(there=TOLD, agreed="agrees") == 204
    assert interview.kept()["there"] == TOLD
    assert interview.types(there=TOLD, others="yes", **refused) == 204
    assert interview.kept() == {"others": "yes", **refused}, "danger is seen, and kept"


def test_a_form_that_was_refused_keeps_nothing_of_it_either(interview: AtInterview) -> None:
    sent = {**INTERVIEW, "there": TOLD, "form_token": interview.token}
    assert interview.browser.post(interview.action, **sent).status_code == 422
    assert "there" not in interview.kept()


def test_the_draft_goes_when_the_refusal_is_recorded_elsewhere(interview: AtInterview) -> None:
    assert interview.types(there=TOLD) == 204
    other = token_of(interview.browser.get(interview.action), "")
    sent = {**INTERVIEW, "form_token": other}
    assert interview.browser.post(interview.action, **sent).status_code == 303
    assert interview.kept() == {}


def begun(house: World) -> Return:
    case = factories.case(house)
    with acts(house.caseworker) as by:
        return preparation.start(by=by, case=anew(case), country="CI")


def types_step(browser: Browser, record: Return, step: str) -> None:
    page, action = f"/returns/{record.reference}", f"/returns/{record.reference}/steps"
    token = token_of(browser.get(page), action)
    given = {"form_action": action, "form_token": token, "form_title": "Record a step"}
    assert browser.post("/unfinished", **given, step=step, language="fr").status_code == 204


def left(browser: Browser) -> list[str]:
    page = browser.get("/unfinished").text
    return [word for word in ("Application", "Signed declaration") if f"<strong>{word}" in page]


def test_each_line_says_which_step_and_goes_when_it_was_recorded(quick_app: Flask) -> None:
    house = World()
    record, own = begun(house), Browser(quick_app, house.caseworker)
    assert f'name="done_on" value="{today()}"' in own.get(f"/returns/{record.reference}").text
    types_step(own, record, "application")
    types_step(own, record, "declaration")
    assert left(own) == ["Application", "Signed declaration"]
    with acts(house.colleague) as by:
        steps.do_step(
            by=by, return_=anew(record), step="application", done_on=today(), language="fr"
        )
    assert left(own) == ["Application", "Signed declaration"], (
        "a colleague's deed takes nobody's words"
    )
    with acts(house.caseworker) as by:
        steps.do_step(
            by=by, return_=anew(record), step="application", done_on=today(), language="fr"
        )
    assert left(own) == ["Signed declaration"]


def test_what_need_not_be_said_is_left_unsaid_again(quick_app: Flask) -> None:
    house = World()
    interview = AtInterview(quick_app, house)
    page: Any = interview.browser.get(interview.action).text
    assert 'name="still_in" value="" checked' in page
    assert 'name="agreed" value=""' not in page, "what must be said is said"
    sent = {**INTERVIEW, "agreed": "agrees", "still_in": "", "form_token": interview.token}
    assert interview.browser.post(interview.action, **sent).status_code == 303
