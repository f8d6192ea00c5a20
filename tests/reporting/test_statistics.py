"""Each person once, in the right cell; small cells hidden, and not to be worked out."""

from itertools import product

from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st
from models.counts import Count, Fact
from sqlalchemy import select

from casework import consenting, editing
from models.base import db, today
from models.people import Organisation
from reporting import disclosure, facts, tables
from tests import factories
from web import words


def cell() -> list[tuple[str, int, str, str, str, str, int]]:
    """All counts above zero."""
    query = select(Count).where(Count.people > 0)
    return [(c.programme, c.year, c.host, c.country, c.sex, c.age_band, c.people) for c in db.session.execute(query).scalars()]


def test_a_person_counts_once_in_the_right_cell_and_moves_when_recoded(app: Flask) -> None:
    house = factories.House()
    case = factories.case(house)
    for _ in range(3):
        facts.count(case, "avrr", today().year, "CI")
    db.session.commit()
    assert cell() == [("avrr", today().year, "TN", "CI", "Feminine", "18-34", 1)]
    with factories.acts(house.caseworker) as by:
        editing.change_identity(by=by, case=case, given={"given_names": "Zahra", "sex": "Masculine", "birth": {"year": today().year - 40, "estimated": False}})
    assert cell() == [("avrr", today().year, "TN", "CI", "Masculine", "35-64", 1)]
    assert facts.recount()
    with factories.acts(house.caseworker) as by:
        consenting.withdraw(by=by, case=case, purpose="statistics")
    assert cell() == []
    assert facts.recount()


def test_a_wrong_count_is_found_and_mended(app: Flask) -> None:
    house = factories.House()
    facts.count(factories.case(house), "hasm", 2026, "CI")
    db.session.execute(Count.__table__.update().values(people=7))  # type: ignore[attr-defined]
    assert not facts.recount()
    assert [row[-1] for row in cell()] == [1]


def test_the_page_the_csv_and_the_api_hide_the_same(app: Flask) -> None:
    house = factories.House()
    case = factories.case(house)
    for number in range(60):
        sex = "Feminine" if number % 4 == 0 else "Masculine"
        country = "CI" if number % 3 else "BD"
        _add(case.person_id + number, case.id, sex, country)
    assert facts.recount() is False
    db.session.commit()
    browser, api = factories.Browser(app, house.manager), factories.Api(app, house.manager)
    page = browser.get("/statistics?year=2026").text
    text = browser.get("/statistics/hasm.csv?year=2026").text
    found = api.get("/statistics/hasm?year=2026").json
    assert "&lt;10" in page
    assert "<10" in text
    assert any(cell["people"] is None for line in found["cells"] for cell in line)
    assert found["cells"][-1][-1]["people"] == 60
    assert factories.Browser(app, house.caseworker).get("/statistics").status_code == 404


def _add(person: int, case: int, sex: str, country: str) -> None:
    from models.cases import Person  # noqa: PLC0415 -- the only use

    if db.session.get(Person, person) is None:
        db.session.add(Person(id=person))
        db.session.flush()
    db.session.add(Fact(person_id=person, case_id=case, programme="hasm", year=2026, host="TN", country=country, sex=sex, age_band="18-34"))


def bounds(table: disclosure.Matrix, marks: disclosure.Marks, limit: int) -> list[tuple[int, int]]:
    """For each small cell of a tiny table: the least and most that fit everything shown, by trying all."""
    rows, columns = len(table) - 1, len(table[0]) - 1
    hidden = [(r, c) for r in range(rows) for c in range(columns) if marks[r][c] != disclosure.SHOWN]
    found: dict[tuple[int, int], list[int]] = {place: [] for place in hidden}
    for guess in product(range(limit * 2 + 4), repeat=len(hidden)):
        trial = [row[:-1] for row in table[:-1]]
        for (r, c), value in zip(hidden, guess, strict=True):
            trial[r][c] = value
            if (value < limit) != (marks[r][c] == disclosure.SMALL):
                break
        else:
            whole = disclosure.with_totals(trial)
            places = product(range(rows + 1), range(columns + 1))
            if all(whole[r][c] == table[r][c] for r, c in places if marks[r][c] == disclosure.SHOWN):
                for place, value in zip(hidden, guess, strict=True):
                    found[place].append(value)
    return [(min(v), max(v)) for place, v in found.items() if marks[place[0]][place[1]] == disclosure.SMALL]


@settings(max_examples=40, deadline=None)
@example([[2, 3], [3, 3]])  # each line alone keeps it, both together gave it away
@given(st.lists(st.lists(st.integers(0, 8), min_size=2, max_size=2), min_size=2, max_size=2))
def test_no_small_cell_of_a_table_is_pinned_down(cells: disclosure.Matrix) -> None:
    limit = 3
    table = disclosure.with_totals(cells)
    marks = disclosure.protect(table, limit)
    assert all(marks[r][c] != disclosure.SHOWN for r, row in enumerate(table) for c, value in enumerate(row) if value < limit)
    for least, most in bounds(table, marks, limit):
        assert least < most, (table, marks)


def test_a_formula_in_a_csv_is_only_text() -> None:
    assert [words.defused(text) for text in ("=1+1", "+1", "-1", "@x", "Ion")] == ["'=1+1", "'+1", "'-1", "'@x", "Ion"]


def test_a_table_of_nothing_is_empty(quick_app: Flask) -> None:
    assert tables.ask(tables.Question("hasm", 1999), 10).cells == []
    assert db.session.get(Organisation, 1) is None
