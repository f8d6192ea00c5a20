"""What is published stays as it was, and two publications together give nothing away."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models.base import db
from models.facts import PublishedTable
from models.rules import RuleBroken
from reporting.facts import counting, engine
from reporting.publishing import differencing, publishing
from reporting.tables.tables import Question
from tests import factories
from tests.reporting.test_statistics import YEAR, people

ASKED = Question("registered", YEAR, "citizenship", "sex")


def published(house: factories.World, question: Question = ASKED) -> PublishedTable:
    counting.refresh()
    engine.freshened()
    with factories.acts(factories.anew(house.manager)) as by:
        made = publishing.publish(
            by=by, question=question, title="A table", limit=10, bands="field"
        )
        number = made.id
    return db.session.get_one(PublishedTable, number)


def world() -> factories.World:
    house = factories.World()
    for country, men, women in (("CI", 40, 30), ("BD", 25, 9), ("ML", 12, 4)):
        people(house, men, country=country)
        people(house, women, sex="Feminine", country=country)
    db.session.commit()
    return house


def told(*tables: PublishedTable) -> list[Any]:
    sheets = [differencing.sheet_of(one.content) for one in tables]
    return differencing.Model(sheets, 10).told()


def test_a_published_table_is_kept_and_a_later_change_shows(app: Flask) -> None:
    house = world()
    table = published(house)
    before = publishing.table_of(table.content)
    assert publishing.unaltered(table)
    assert publishing.differences(table, 10, "field") == 0
    people(house, 15, country="CI")
    db.session.commit()
    counting.refresh()
    engine.freshened()
    table = db.session.get_one(PublishedTable, table.id)
    assert publishing.table_of(table.content).cells == before.cells, "as published"
    assert publishing.differences(table, 10, "field") > 0
    browser = factories.Browser(app, factories.anew(house.manager))
    assert "would be others today" in browser.get(f"/statistics/published/{table.key}").text
    first = browser.get(f"/statistics/published/{table.key}.csv").data
    assert first == browser.get(f"/statistics/published/{table.key}.csv").data
    content = dict(table.content)
    content["values"] = [[1 for _cell in line] for line in content["values"]]
    table.content = content
    db.session.commit()
    assert "is not what was published" in browser.get(f"/statistics/published/{table.key}").text


def test_a_second_publication_hides_what_the_first_hid(app: Flask) -> None:
    """One woman from Bangladesh more, and the nine would be ten: shown, they would tell what they
    were.
    """
    house = world()
    first = published(house)
    people(house, 1, sex="Feminine", country="BD")
    db.session.commit()
    second = published(house)
    first = db.session.get_one(PublishedTable, first.id)
    assert told(first, second) == []
    hidden = {
        key
        for sheet in [differencing.sheet_of(first.content)]
        for row, column in sheet.spots()
        if sheet.marks[row][column] != "shown"
        for key in [sheet.keys[row][column]]
    }
    after = differencing.sheet_of(second.content)
    assert all(
        after.marks[row][column] != "shown"
        for row, column in after.spots()
        if after.keys[row][column] in hidden
    )


def test_the_attack_finds_what_is_published_without_the_check(app: Flask) -> None:
    """Two dates of plain small-count hiding: the linear program names a hidden number, so it is not
    blind.
    """
    rows = {
        "filters": {},
        "rows": "citizenship",
        "columns": "sex",
        "row_codes": ["CI"],
        "column_codes": ["F", "M"],
    }
    one = differencing.sheet_of(
        {
            **rows,
            "marks": [["small", "shown", "shown"], ["small", "shown", "shown"]],
            "values": [[None, 20, 29], [None, 20, 29]],
        }
    )
    assert differencing.Model([one], 10).told()
    hidden = {
        **rows,
        "marks": [["small", "hidden", "shown"], ["small", "hidden", "shown"]],
        "values": [[None, None, 29], [None, None, 29]],
    }
    later = {
        **rows,
        "marks": [["shown", "shown", "shown"], ["shown", "shown", "shown"]],
        "values": [[10, 20, 30], [10, 20, 30]],
    }
    assert differencing.Model([differencing.sheet_of(hidden)], 10).told() == []
    sheet = differencing.sheet_of(later)
    assert differencing.protect([differencing.sheet_of(hidden)], sheet, 10)
    assert sheet.marks[0][0] != "shown", "what was hidden stays hidden"


def test_different_tables_of_the_same_people_are_checked_together(app: Flask) -> None:
    house = world()
    first = published(house)
    second = published(house, Question("registered", YEAR, "sex", "age_band"))
    third = published(house, Question("registered", YEAR, "citizenship", "age_band"))
    tables = [db.session.get_one(PublishedTable, one) for one in (first.id, second.id, third.id)]
    assert told(*tables) == []


def test_only_a_manager_publishes_and_withdrawing_needs_a_reason(app: Flask) -> None:
    house = world()
    counting.refresh()
    manager, supervisor = (
        factories.Browser(app, factories.anew(house.manager)),
        factories.Browser(app, factories.anew(house.supervisor)),
    )
    path = f"assistance?year={YEAR}#registered-months"
    assert supervisor.get("/statistics/publish", query_string={"of": path}).status_code == 404
    assert "Publish a table" in manager.get("/statistics/publish", query_string={"of": path}).text
    assert manager.post("/statistics/publish", of=path, title="").status_code == 422
    answer = manager.post("/statistics/publish", of=path, title="Registered in 2026")
    assert answer.status_code == 303
    key = answer.headers["Location"].rsplit("/", 1)[1]
    assert "Registered in 2026" in supervisor.get("/statistics/published").text
    assert supervisor.post(f"/statistics/published/{key}/withdraw", why="x").status_code == 404
    assert manager.post(f"/statistics/published/{key}/withdraw", why="").status_code == 422
    manager.post(f"/statistics/published/{key}/withdraw", why="A wrong year")
    assert "A wrong year" in supervisor.get(f"/statistics/published/{key}").text
    table = db.session.execute(select(PublishedTable)).scalar_one()
    with factories.acts(factories.anew(house.manager)) as by, pytest.raises(RuleBroken):
        publishing.withdraw(by=by, published=table, why="again")


def test_rounded_and_empty_tables_are_not_published(app: Flask) -> None:
    house = world()
    with pytest.raises(RuleBroken):
        published(house, Question("registered", YEAR, "citizenship", "sex", round_to=5))
    with pytest.raises(RuleBroken):
        published(house, Question("registered", 1999, "citizenship", "sex"))
