"""For a data warehouse: everything once, then only what changed, and nobody to be found in it."""

from typing import Any

from flask import Flask
from sqlalchemy import select

from accounts import tokens
from casework.core import consent
from models.base import db
from models.cases import Case
from reporting.exports import warehouse
from reporting.facts import counting
from tests import factories
from tests.reporting.test_statistics import people


def read(api: factories.Api, after: str = "") -> tuple[list[dict[str, Any]], str]:
    """All pages from a cursor on, as a reader does."""
    found: list[dict[str, Any]] = []
    while True:
        answer = api.get(f"/warehouse/facts{'?after=' + after if after else ''}").json
        if not answer["items"]:
            return found, answer["next"] or after
        found, after = found + answer["items"], answer["next"]


def test_pages_then_changes_then_who_is_gone(app: Flask, monkeypatch: Any) -> None:
    monkeypatch.setattr(warehouse, "PAGE", 4)
    house = factories.World()
    people(house, 9, trafficking_status="actual", exploitation=["ForcedLabour"])
    case = factories.case(house).id
    db.session.commit()
    counting.refresh()
    api = factories.Api(app, house.manager)
    first, cursor = read(api)
    assert len(first) == len({one["case"] for one in first}) == 10
    assert all(one["facts"]["helps"][0]["help"] == "registered" for one in first)
    assert read(api, cursor)[0] == []
    with factories.acts(factories.anew(house.caseworker)) as by:
        consent.withdraw(by=by, case=db.session.get_one(Case, case), purpose="statistics")
    other = db.session.execute(select(Case).where(Case.id != case).limit(1)).scalar_one()
    other.citizenship = "BD"
    db.session.commit()
    counting.refresh()
    changed, later = read(api, cursor)
    assert later != cursor
    assert sorted(one["gone"] for one in changed) == [False, True]
    assert {one["case"] for one in changed} < {one["case"] for one in first}, "the same pseudonyms"
    assert next(one for one in changed if not one["gone"])["facts"]["citizenship"] == "BD"
    assert next(one for one in changed if one["gone"])["facts"] is None


def test_there_is_nobody_to_be_found_in_it(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number, person, identity = case.number, case.person_id, case.id
    db.session.commit()
    counting.refresh()
    answer = factories.Api(app, house.manager).get("/warehouse/facts")
    text = answer.get_data(as_text=True)
    assert not any(word in text for word in (number, "Fatima", "Benali", "It was a house"))
    (item,) = answer.json["items"]
    assert item["case"] not in {str(identity), number}
    assert item["person"] not in {str(person), ""}
    assert "age" not in item["facts"], "bands alone"


def test_only_a_manager_with_a_token_for_it(app: Flask) -> None:
    house = factories.World()
    assert factories.Api(app, house.supervisor).get("/warehouse/facts").status_code == 404
    api = factories.Api(app, house.manager)
    assert api.get("/warehouse/facts?after=nonsense").status_code == 404
    narrow = tokens.create(factories.anew(house.manager), "narrow", scopes=["statistics"])
    db.session.commit()
    answer = app.test_client().get(
        "/api/v1/warehouse/facts", headers={"Authorization": f"Bearer {narrow}"}
    )
    assert answer.status_code == 404
