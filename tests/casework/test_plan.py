"""N18: a template adds what is not there, says what it left out, and one press is taken back."""

import re
from datetime import date

from flask import Flask
from sqlalchemy import func, select

from casework.records import changes, queries
from casework.records.kinds import KINDS
from casework.records.plan import TEMPLATES
from models.base import db
from models.cases import Task
from tests import factories
from web.links import link

STEPS = len(TEMPLATES["trafficking"])


def open_tasks() -> int:
    return len([task for task in factories.of_kind(Task, "service_due") if task.done_at is None])


def test_n18_a_template_pressed_twice_adds_nothing_twice_and_is_taken_back_whole(
    app: Flask,
) -> None:
    with app.app_context():
        house = factories.World()
        case = factories.case(house)
        number = case.number
        browser = factories.Browser(app, house.caseworker)
        own = {"area": "shelter", "what": "A safe place to sleep", "by": "own"}
        with factories.acts(house.caseworker) as by:
            step = {**own, "until": date(2030, 1, 1), "progress": "done"}
            changes.add(by=by, case=factories.anew(case), kind=KINDS["service"], given=step)
        press = link("records.begin_plan", number)
        plan = browser.post(press, kind="trafficking").location
        told = browser.get(plan).text
        assert f"{STEPS - 1} steps added. Left out" in told
        assert "A safe place to sleep" in told
        assert open_tasks() == STEPS
        undo = re.search(r'action="([^"]+/plan/take-back\?keys=[^"]+)"', told)
        assert undo
        browser.post(press, kind="trafficking")
        assert "0 steps added. Left out" in browser.get(plan).text
        assert open_tasks() == STEPS
        with factories.acts(house.colleague) as by:
            rows = queries.in_full(factories.anew(case), ["service"])
            written_on = rows[-1]
            content = {**written_on.content, "result": "Talked about sewing."}
            content["until"] = written_on.due_on
            changes.change(by=by, record=written_on, given=content)
        browser.post(undo[1])
        assert f"{STEPS - 2} steps taken back" in browser.get(plan).text
        with factories.acts(house.caseworker):
            left = queries.in_full(factories.anew(case), ["service"])
            said = [row.content["what"] for row in left]
        assert said == ["A safe place to sleep", "Talk about work and training"]
        assert open_tasks() == 2
        other = factories.case(house)
        browser.post(link("records.take_back_plan", other.number, keys=left[0].key))
        assert open_tasks() == 2, "no step of another case"
        assert db.session.execute(select(func.count()).select_from(Task)).scalar()
