"""The pages: everywhere the same protected numbers, nothing for those who may not, clear words for
wrong input.
"""

import csv
import io
import re
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import insert

from models.base import db, today
from models.cases import Case, Person
from reporting.facts import counting, engine
from reporting.pages.pages import PAGES
from reporting.tables import tables
from tests import factories
from web import template_filters

YEAR = 2026


def people(
    house: factories.World,
    count: int,
    *,
    sex: str = "Masculine",
    country: str = "CI",
    band: str = "18-34",
    day: str = f"{YEAR}-03-02",
    **more: Any,
) -> list[int]:
    """So many registered people who agreed to be counted; gives the ids of their cases."""
    persons = list(db.session.execute(insert(Person).returning(Person.id), [{}] * count).scalars())
    made = []
    for person in persons:
        case = Case(
            person_id=person,
            office_id=house.here.id,
            opened_on=today().fromisoformat(day),
            statistics_agreed=True,
            sex=sex,
            age_band=band,
            citizenship=country,
            categories=["stranded"],
            **more,
        )
        db.session.add(case)
        made.append(case)
    db.session.flush()
    return [case.id for case in made]


@pytest.fixture
def filled(app: Flask) -> factories.World:
    """Sixty people; twelve women, of whom nine from Bangladesh."""
    house = factories.World()
    people(house, 30)
    people(house, 18, country="BD")
    people(house, 9, sex="Feminine", country="BD")
    people(house, 3, sex="Feminine")
    db.session.commit()
    counting.refresh()
    for name, record in list(vars(house).items()):
        setattr(house, name, factories.anew(record))
    return house


ADDRESS = f"assistance?year={YEAR}"


def test_the_page_and_every_file_and_the_api_show_and_hide_the_same(
    app: Flask, filled: factories.World
) -> None:
    browser, api = factories.Browser(app, filled.manager), factories.Api(app, filled.manager)
    page = browser.get(f"/statistics/{ADDRESS}").text
    section = page.split('id="registered-months"')[1].split("</section>")[0]
    assert re.findall(r">(\d+|&lt;10|hidden)(?:</span>)?</td>", section)
    text = (
        browser.get(f"/statistics/assistance/registered-categories.csv?year={YEAR}")
        .get_data(as_text=True)
        .lstrip("\ufeff")
    )
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][0] == "Category"
    assert any("agree" in row[1] for row in rows if row and row[0] == "How this is counted"), (
        "the definition is inside"
    )
    found = api.get(f"/statistics/registered?year={YEAR}&rows=citizenship&columns=sex").json
    marks = {
        (row, column): found["cells"][r][c]
        for r, row in enumerate([*found["row_codes"], "*"])
        for c, column in enumerate([*found["column_codes"], "*"])
    }
    assert marks["BD", "Feminine"] == {"people": None, "mark": "small"}
    assert (
        marks["CI", "Masculine"] == {"people": None, "mark": "hidden"}
        or marks["CI", "Feminine"]["people"] is None
    )
    assert marks["*", "*"]["people"] == 60
    book = openpyxl.load_workbook(
        io.BytesIO(browser.get(f"/statistics/{ADDRESS.replace('?', '.xlsx?')}").data)
    )
    assert "Definitions" in book.sheetnames
    values = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    assert "<10" in values
    # Nine women from Bangladesh stand nowhere: in no page, file or drawing.
    svg = browser.get(f"/statistics/assistance/registered-categories.svg?year={YEAR}").text
    assert not re.search(r">9<", page + svg)
    assert 9 not in values
    assert (
        browser.get(f"/statistics/assistance/registered-categories.png?year={YEAR}").data[:4]
        == b"\x89PNG"
    )


def test_two_filters_and_their_difference_tell_nothing(app: Flask, filled: factories.World) -> None:
    """All men and women less those of one country are those of the other: hidden stays hidden."""
    api = factories.Api(app, filled.manager)
    whole = api.get(f"/statistics/registered?year={YEAR}&rows=age_band&columns=sex").json["cells"][
        -1
    ]
    parts = [
        api.get(
            f"/statistics/registered?year={YEAR}&rows=age_band&columns=sex&citizenship={code}"
        ).json["cells"][-1]
        for code in ("CI", "BD")
    ]
    shown = [[cell["people"] for cell in line] for line in (whole, *parts)]
    women = [line[0] for line in shown]
    assert women[2] is None
    assert women[0] is None or women[1] is None, "12 women less 3 would be the nine"


@pytest.mark.parametrize("page", list(PAGES))
def test_every_page_opens_empty_and_filled_for_manager_and_supervisor_and_for_nobody_else(
    quick_app: Flask, page: str
) -> None:
    house = factories.World()
    for user in (house.manager, house.supervisor):
        assert factories.Browser(quick_app, user).get(f"/statistics/{page}").status_code == 200
    people(house, 25)
    db.session.commit()
    counting.refresh()
    answer = factories.Browser(quick_app, house.manager).get(
        f"/statistics/{page}?year={YEAR}&quarter=1"
    )
    assert answer.status_code == 200
    assert (
        "How this is counted" in answer.text
        or "No one in this selection" in answer.text
        or "Nothing in this period" in answer.text
    )
    for user in (house.caseworker, house.helper, house.officer, house.administrator):
        assert factories.Browser(quick_app, user).get(f"/statistics/{page}").status_code == 404


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("assisted?year=12", 422, "1990"),
        ("assisted?year=x", 422, ""),
        ("assisted?quarter=5", 422, ""),
        ("assisted?rows=host&columns=office", 422, "two different things"),
        (
            "assisted?year=2026&host=TN&sex=Feminine&age_band=0-13&category=stranded",
            422,
            "three filters",
        ),
        ("nowhere", 404, ""),
        ("assisted?host=ZZ", 200, "No one"),
        ("assisted?rows=drop", 422, ""),
        ("assisted/none.csv", 404, ""),
        ("quality/none", 404, ""),
    ],
)
def test_wrong_questions_are_answered_in_words(
    quick_app: Flask, address: str, status: int, said: str
) -> None:
    house = factories.World()
    people(house, 25)
    db.session.commit()
    counting.refresh()
    answer = factories.Browser(quick_app, house.manager).get(f"/statistics/{address}")
    assert answer.status_code == status
    assert said in answer.text


def test_the_cases_behind_a_figure_are_listed_for_those_who_may_open_them(
    app: Flask, filled: factories.World
) -> None:
    house = filled
    mine, far = factories.case(house).number, factories.case(house)
    far.office_id, far.owner_id, far.team_id = (
        factories.anew(house.there).id,
        factories.anew(house.far).id,
        None,
    )
    number = far.number
    db.session.commit()
    counting.refresh()
    page = (
        factories.Browser(app, filled.supervisor)
        .get(f"/statistics/cases?measure=registered&year={today().year}")
        .text
    )
    assert mine in page or "after=" in page
    assert number not in page
    assert (
        factories.Browser(app, filled.manager)
        .get(f"/statistics/cases?measure=registered&year={YEAR}")
        .status_code
        == 404
    )
    faults = factories.Browser(app, filled.supervisor).get("/statistics/quality/no_risk").text
    assert "/identity" not in faults
    assert "/cases/SC-" in faults


def test_numbers_are_rounded_where_that_is_asked_for(quick_app: Flask) -> None:
    house = factories.World()
    people(house, 23)
    db.session.commit()
    counting.refresh()
    found = (
        factories.Api(quick_app, house.manager)
        .get(f"/statistics/registered?year={YEAR}&rows=citizenship&columns=sex&round=5")
        .json
    )
    assert found["cells"][-1][-1]["people"] == 25


def test_figures_are_compared_with_the_period_before(quick_app: Flask) -> None:
    house = factories.World()
    people(house, 23)
    people(house, 14, day=f"{YEAR - 1}-12-30")
    db.session.commit()
    counting.refresh()
    engine.freshened()
    year = tables.ask(tables.Question("registered", YEAR, "citizenship", "sex"), 10, "field")
    assert [cell.value for cell in year.before] == [14, 14]
    quarter = tables.ask(
        tables.Question("registered", YEAR, "citizenship", "sex", (("quarter", "1"),)), 10, "field"
    )
    assert quarter.before[-1].value == 14
    assert tables.Question("registered", YEAR, filters=(("quarter", "3"),)).before().wanted == {
        "quarter": "2"
    }


def test_age_groups_are_those_of_the_installation(quick_app: Flask) -> None:
    house = factories.World()
    for _ in range(12):
        factories.case(house, birth={"year": today().year - 20, "estimated": False})
    db.session.commit()
    counting.refresh()
    engine.freshened()
    table = tables.ask(
        tables.Question("registered", today().year, "age_band", "sex"), 10, "ctdc", compare=False
    )
    assert set(table.rows) <= {"18--20", "21--23"}


def test_a_page_says_when_its_figures_are_old(quick_app: Flask) -> None:
    house = factories.World()
    factories.case(house)
    db.session.commit()
    text = factories.Browser(quick_app, house.manager).get("/statistics").text
    assert "Counted to" in text


def test_a_formula_in_a_csv_is_only_text() -> None:
    assert [template_filters.defused(text) for text in ("=1+1", "+1", "-1", "@x", "Ion")] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@x",
        "Ion",
    ]


def test_charts_carry_their_words_and_stand_alone(quick_app: Flask) -> None:
    house = factories.World()
    people(house, 40)
    people(house, 15, sex="Feminine")
    db.session.commit()
    counting.refresh()
    answer = factories.Browser(quick_app, house.manager).get(
        f"/statistics/assistance/registered-months.svg?year={YEAR}"
    )
    svg = answer.text
    assert svg.startswith("<svg")
    for part in ("<title", "<desc", "<style", 'role="img"', "<pattern"):
        assert part in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    assert len(answer.data) < 12_000


def test_presumed_and_identified_victims_are_counted_apart(quick_app: Flask) -> None:
    house = factories.World()
    people(house, 20, trafficking_status="actual")
    people(house, 15, trafficking_status="possible")
    people(house, 12, trafficking_status="unclear")
    people(house, 11, trafficking_status="not")
    db.session.commit()
    counting.refresh()
    api = factories.Api(quick_app, factories.anew(house.manager))
    found = api.get(f"/statistics/trafficked?year={YEAR}&rows=standing&columns=sex").json
    by_standing = {
        code: found["cells"][place][-1]["people"]
        for place, code in enumerate([*found["row_codes"], "*"])
    }
    assert by_standing == {"possible": 15, "actual": 20, "*": 35}
    page = factories.Browser(quick_app, factories.anew(house.manager)).get(
        f"/statistics/trafficking?year={YEAR}"
    )
    assert "Victims presumed and identified" in page.text
