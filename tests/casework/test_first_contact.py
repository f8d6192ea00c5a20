"""N26: what is answered about safety becomes tasks and is read on the case."""

from flask import Flask
from sqlalchemy import select

from casework.intake import first_contact
from models.base import db
from models.cases import Task
from tests import factories
from web.links import link


def test_danger_and_doctor_become_tasks_of_today_and_stay_readable(app: Flask) -> None:
    with app.app_context():
        house = factories.World()
        case = factories.case(house)
        said = {"channel": "hotline", "danger": True, "doctor": True, "interpreter": True}
        with factories.acts(house.caseworker) as by:
            first_contact.keep(by=by, case=factories.anew(case), said=said)
        kinds = set(db.session.execute(select(Task.kind)).scalars())
        assert {"danger", "doctor", "interpreter"} <= kinds
        page = factories.Browser(app, house.caseworker).get(link("casefile.show", case)).text
        assert "Somebody may be in danger right now" in page
        assert "A doctor is needed now" in page
