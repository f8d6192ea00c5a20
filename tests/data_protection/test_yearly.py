"""The year of a data protection officer in figures (R46): counts of rows that stand, by year."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask

from data_protection import requests_of_persons as requests
from data_protection import yearly
from models.base import db, today
from models.data_protection import Alert
from tests import factories
from tests.conftest import Clock


def line(section: str, label: str, year: int) -> yearly.Line:
    """One figure of the report."""
    lines = next(each.lines for each in yearly.of(year) if each.title == section)
    return next(each for each in lines if str(each.label).startswith(label))


def asked(house: factories.World, kind: str) -> Any:
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        return requests.receive(
            by=by,
            case=factories.anew(case),
            kind=kind,
            identified="known",
            received_on=today(),
            asked="A copy.",
        )


def test_a_request_counts_in_the_year_it_came_in_time_or_late(app: Flask, clock: Clock) -> None:
    house = factories.World()
    in_time, late, _open = (asked(house, "access") for _ in range(3))
    with factories.acts(house.officer) as by:
        given = {"outcome": "granted", "answer": "Here it is.", "letter": "", "ground": ""}
        requests.answer(by=by, request=factories.anew(in_time), **given)
        clock.forward(days=40)
        requests.answer(by=by, request=factories.anew(late), **given)
    found = line("Requests of persons", "Access", today().year)
    said = {str(word): many for word, many in found.parts}
    assert found.count == 3
    assert said == {"answered in time": 1, "answered late": 1, "Granted": 2}
    assert line("Requests of persons", "Access", today().year - 1).count == 0
    assert line("Requests of persons", "Correction", today().year).count == 0


def test_the_last_second_of_a_year_is_its_own(quick_app: Flask, clock: Clock) -> None:
    factories.World()
    for moment in (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)):
        for second in (-1, 0):
            at = moment + timedelta(seconds=second)
            db.session.add(
                Alert(kind="at_night", subject=str(at), window="x", at=at, finding="explained")
            )
    db.session.commit()
    found = line("Alerts", "Cases opened at night", 2026)
    assert found.count == 2
    assert [many for _word, many in found.parts] == [2]


def test_the_page_is_the_officers_alone_and_every_year_since_the_first(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    officer = factories.Browser(app, house.officer)
    page = officer.get(f"/register/year?year={today().year}")
    assert page.status_code == 200
    for title in ("Requests of persons", "Erasures", "Alerts", "Who may act"):
        assert title in page.text
    assert "None in this year: Access: what is held" in page.text, "what there was not is said"
    assert "/register/year" in officer.get("/register").text
    assert officer.get("/register/year?year=1999").status_code == 404
    for other in (house.supervisor, house.administrator, house.manager):
        answer = factories.Browser(app, other).get(f"/register/year?year={today().year}")
        assert answer.status_code == 404
