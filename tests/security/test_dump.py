"""A thief has a copy of the whole database and no key. He knows his victim: sex, age, nationality,
town, the week in which she came. He joins whatever can be joined.

P40 to P43. Told: how many he finds alone, and what he learns of anybody. ``SAFECONDUCT_TESTS=all`` attacks five
thousand.
"""

import os
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask

from config import Settings
from encryption import codes
from models.base import Base, db
from tests import factories
from tests.factories.town import FIRST, Town, Truth
from tests.security.test_13_matrix import story

SIZE = 5_000 if os.environ.get("SAFECONDUCT_TESTS") == "all" else 1_500
Row = dict[str, Any]
# Whatever everybody has to do with: seen where something points at them, and no way on to others.
HUBS = {"organisations", "users", "teams", "grants", "facilities", "shelter_rooms", "beds", "funds"}
# What a copy does tell of contents, and docs/security.md says so: that something lies in a
# compartment, and that it was opened.
TOLD = {"compartment", "deed"}
IN_COMMON = 100  # a text or moment that stands in more rows joins nobody to anything
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")
_WORD = re.compile(r"[\w~+/=-]{6,}")


class Copy:
    """Every row of every table as it lies on the disk, and what joins one to another."""

    def __init__(self, path: Path) -> None:
        self.tables: dict[str, list[Row]] = {}
        self.rows_by_token: dict[tuple[str, Any], list[tuple[str, int]]] = defaultdict(list)
        with sqlite3.connect(path) as connection:
            connection.row_factory = sqlite3.Row
            for name in Base.metadata.tables:
                found = connection.execute(f'SELECT * FROM "{name}"')
                self.tables[name] = [dict(row) for row in found]
        self.of_row: dict[tuple[str, int], set[tuple[str, Any]]] = {}
        self.hubs: dict[tuple[str, Any], list[tuple[str, int]]] = {}
        for name, rows in self.tables.items():
            for place, row in enumerate(rows):
                if name in HUBS:
                    self.hubs[name, row["id"]] = [(name, place)]
                self.of_row[name, place] = set(self.tokens(name, row))
                for token in self.of_row[name, place]:
                    self.rows_by_token[token].append((name, place))

    def tokens(self, name: str, row: Row) -> Iterator[tuple[str, Any]]:
        """What a row can be joined by: numbers of rows, texts, moments to the second."""
        for column, value in row.items():
            if isinstance(value, int):
                if target := self._points_at(name, column):
                    yield target, value
            elif isinstance(value, str):
                if _MOMENT.match(value):
                    yield "moment", value[:19].replace("T", " ")
                else:
                    yield from (("text", word) for word in _WORD.findall(value))
                if name == "trail" and column == "cases":
                    yield from (("cases", int(part)) for part in value.split())

    @staticmethod
    def _points_at(name: str, column: str) -> str:
        if column == "id":
            return name
        found = Base.metadata.tables[name].c[column].foreign_keys
        if found:
            return next(iter(found)).column.table.name
        known = {"case_id": "cases", "entry_id": "trail", "organisation_id": "organisations"}
        return known.get(column, "users" if column == "user_id" else "")

    def around(self, case_id: int) -> list[tuple[str, Row]]:
        """All rows that hang together with a case, but for those of other cases."""
        seen: set[tuple[str, int]] = set()
        found: list[tuple[str, Row]] = []
        followed: set[tuple[str, Any]] = set()
        waiting = list(self.rows_by_token["cases", case_id])
        while waiting:
            name, place = waiting.pop()
            if (name, place) in seen:
                continue
            seen.add((name, place))
            tokens = self.of_row[name, place]
            if any(kind == "cases" and value != case_id for kind, value in tokens):
                continue
            found.append((name, self.tables[name][place]))
            for token in tokens - followed:
                waiting += self._on_from(name, token)
            if name not in HUBS:
                followed |= tokens
        return found

    def _on_from(self, name: str, token: tuple[str, Any]) -> Iterator[tuple[str, int]]:
        """Down from a hub leads no way, nor from what hundreds have in common."""
        if token[0] in HUBS:
            yield from self.hubs.get(token, ())
        elif name not in HUBS and len(self.rows_by_token[token]) <= IN_COMMON:
            yield from self.rows_by_token[token]

    def first_seen(self) -> dict[int, str]:
        """The first moment that stands beside the number of each case."""
        found: dict[int, str] = {}
        for name, rows in self.tables.items():
            for row in rows:
                moments = [v[:19] for v in map(str, row.values()) if _MOMENT.match(v)]
                for kind, number in set(self.tokens(name, row)) if moments else ():
                    if kind == "cases":
                        found[number] = min(found.get(number, "9"), *moments)
        entries = {row["id"]: str(row["at"])[:19] for row in self.tables["trail"]}
        for row in self.tables["trail_cases"]:
            number = row["case_id"]
            found[number] = min(found.get(number, "9"), entries[row["entry_id"]])
        return found


def week(moment: datetime) -> tuple[int, int]:
    return tuple(moment.isocalendar()[:2])  # type: ignore[return-value]


def could_be(person: Truth, weeks: dict[tuple[int, int], list[Row]]) -> list[Row]:
    """The cases that a copy does not exclude, for who knows this person."""
    known = {"sex": person.sex, "age_band": person.age, "citizenship": person.citizenship}
    known |= {"office_id": person.office_id}  # the town
    return [
        row
        for row in weeks[week(person.opened)]
        if all(codes.is_sealed(row[name]) or row[name] == known[name] for name in known)
    ]


def words(rows: list[tuple[str, Row]]) -> set[str]:
    """Every value that can be read, whole and by its words."""
    found: set[str] = set()
    for _name, row in rows:
        for column, value in row.items():
            if isinstance(value, str) and column not in TOLD and not codes.is_sealed(value):
                found |= {value, *re.split(r"[^\w.]+", value)}
    return found - {""}


@cache
def named(world: factories.World) -> tuple[set[str], set[str]]:
    """What partners are called, and the mission in the country of return."""
    partners = [factories.anew(each) for each in (world.partner, world.other_partner)]
    there = factories.anew(world.there)
    return {name for each in partners for name in (each.name, each.code)}, {there.name, there.code}


def learned(rows: list[tuple[str, Row]], person: Truth, world: factories.World) -> Counter[str]:
    """What stands there of one person, by its kind."""
    found = words(rows)
    names, there = named(world)
    house = {person.house} if person.house else set()
    country = {person.country, *there} if person.country else set()
    tables = {name for name, _row in rows}
    return Counter(
        place=len(house & found) + len({"placements", "facilities", "beds"} & tables),
        partner=len(names & found),
        country=len(country & found),
        fact=len(person.facts & found),
        who=len({person.sex, person.age, person.citizenship} & found),
    )


def copied(settings: Settings, size: int) -> tuple[Town, Copy]:
    town = Town(factories.World(), size)
    return town, Copy(settings.data / "safeconduct.sqlite")


def test_who_knows_a_person_finds_nearly_nobody_and_learns_nothing_of_anybody(
    quick_app: Flask, sqlite_settings: Settings
) -> None:
    town, copy = copied(sqlite_settings, SIZE)
    weeks = defaultdict(list)
    first = copy.first_seen()
    for row in copy.tables["cases"]:
        weeks[week(datetime.fromisoformat(first[row["id"]]))].append(row)
    alone = [each for each in town.people if len(could_be(each, weeks)) == 1]
    total: Counter[str] = Counter()
    for person in town.people:
        total += learned(copy.around(person.case_id), person, town.world)
    print(f"{SIZE} cases: {len(alone)} found alone; learned of all: {dict(total)}")
    assert not total
    assert len(alone) <= SIZE // 50


def test_the_attack_finds_what_is_not_sealed(quick_app: Flask, sqlite_settings: Settings) -> None:
    """The same attack where one name and one code are open: it is the sealing that withstands."""
    town, copy = copied(sqlite_settings, 40)
    person = next(each for each in town.people if each.partner)
    rows = copy.around(person.case_id)
    assert {"referrals", "services", "organisations", "events", "trail", "messages"} <= {
        name for name, _row in rows
    }
    (referral,) = (row for name, row in rows if name == "referrals")
    referral["service"] = next(iter(person.facts))
    (partner,) = (
        row for name, row in rows if name == "organisations" and row["id"] == referral["partner_id"]
    )
    partner["name"] = person.partner
    found = learned(rows, person, town.world)
    assert found["partner"]
    assert found["fact"] == 1


def test_a_case_as_verbs_write_it_tells_no_more(
    quick_app: Flask, sqlite_settings: Settings
) -> None:
    world = factories.World()
    known = story(world)
    db.session.commit()
    copy = Copy(sqlite_settings.data / "safeconduct.sqlite")
    (case,) = (row for row in copy.tables["cases"] if row["number"] == known["number"])
    person = Truth(case["id"], case["office_id"], "Feminine", "", "CI", FIRST)
    person.house, person.country = "House", "CI"
    person.facts |= {"shelter", "counselling", "medical", "fit_to_travel", "placed", "stranded"}
    assert not +learned(copy.around(case["id"]), person, world)
