"""What a thief of one copy, or of two from different days, reads of one person without any key: the
ways that were found by trying, each closed. Beside :mod:`tests.security.test_dump`.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from avrr import movements
from casework.core import approvals
from casework.records import changes
from casework.records.kinds import KINDS
from casework.shelter import facilities, presence
from config import Settings
from data_protection import access_exceptions
from encryption import codes
from files import receiving
from models import coded
from models.audit import AuditRecord
from models.base import db, today
from models.cases import Case
from models.files import Attachment
from models.shelter import Placement
from referral import responses
from reporting.facts import counting
from tests import factories
from tests.casework.test_shelter import house_of, put

Row = dict[str, Any]
Copy = Callable[[], dict[str, list[Row]]]
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@pytest.fixture
def copy(quick_app: Flask, sqlite_settings: Settings) -> Copy:
    """Gives the rows of all tables as they lie on the disk now."""

    def made() -> dict[str, list[Row]]:
        db.session.commit()
        with sqlite3.connect(sqlite_settings.data / "safeconduct.sqlite") as connection:
            connection.row_factory = sqlite3.Row
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            names = [row["name"] for row in tables]
            return {
                name: [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')]
                for name in names
            }

    return made


def days(row: Row) -> set[str]:
    """Days in the clear that are no first of a month and no moment."""
    texts = [text for text in row.values() if isinstance(text, str)]
    return {text for text in texts if _DAY.fullmatch(text) and not text.endswith("-01")}


def in_the_clear(rows: list[Row]) -> Iterator[str]:
    """Every text that a thief can read."""
    for row in rows:
        texts = (text for text in row.values() if isinstance(text, str) and text)
        yield from (text for text in texts if not codes.is_sealed(text))


def born(years: int) -> Row:
    day = today() - timedelta(days=366 * years)
    return {"year": day.year, "month": day.month, "day": day.day}


def test_no_day_of_a_birth_or_of_a_hearing_is_told(copy: Copy) -> None:
    world = factories.World()
    case = factories.case(world)
    for who, kind, given in (
        (world.health, "pregnancy", {"due_on": today() + timedelta(days=140)}),
        (world.legal, "hearing", {"on": today() + timedelta(days=40), "what": "Her word"}),
    ):
        with factories.acts(who) as by:
            case = factories.anew(case)
            changes.add(by=by, case=case, kind=KINDS[kind], given=given)
    rows = copy()
    assert len(rows["tasks"]) >= 3
    of_cases = [{**row, "consent_until": ""} for row in rows["cases"]]
    assert not set.union(*map(days, rows["tasks"] + of_cases + rows["records"]))
    keys = {row["key"] for row in rows["records"]}
    assert not keys & {row["record_key"] for row in rows["tasks"]}
    shown = [row["record_key"] for row in rows["tasks"]]
    assert len(set(shown)) == len(shown), "nor which tasks come from records at all"


def test_a_child_has_no_more_tasks_than_anybody(copy: Copy) -> None:
    world = factories.World()
    people = {"grown": {}, "child": {"birth": born(14)}, "alone": {"birth": born(12)}}
    found = {}
    for name, changes_ in people.items():
        case = factories.case(world, **changes_)
        rows = [row for row in copy()["tasks"] if row["case_id"] == case.id]
        told = [(row["owner_id"], row["due_month"], row["done_by_id"]) for row in rows]
        found[name] = told[:4], len(told), {row["told_id"] for row in rows}
    assert found["child"] == found["alone"] == found["grown"]


def test_no_state_of_a_record_tells_a_claim(copy: Copy) -> None:
    """In the compartment of the law one kind alone settles: who seeks protection."""
    world = factories.World()
    case = factories.case(world)
    with factories.acts(world.legal) as by:
        for kind, given in (
            ("asylum", {"state": "lodged", "country": "TN", "on": today()}),
            ("proceeding", {"kind": "criminal"}),
        ):
            changes.add(by=by, case=factories.anew(case), kind=KINDS[kind], given=given)
    seen = {(row["compartment"], *in_the_clear([{"": row["state"]}])) for row in copy()["records"]}
    assert seen == {("legal",)}


def test_no_question_tells_who_is_identified_or_was_a_child(copy: Copy) -> None:
    world = factories.World()
    with factories.acts(world.caseworker) as by:
        for what, key in (("plan", ""), ("identified", "a1b2c3/7"), ("grown", "")):
            case = factories.case(world)
            asked = approvals.ask(by=by, case=factories.anew(case), what=what, record_key=key)
            if what != "plan":
                approvals.withdraw(by=by, approval=asked)
    rows = copy()["approvals"]
    told = set(in_the_clear([{**row, "asked_at": "", "decided_at": ""} for row in rows]))
    assert not told
    assert all(row["record_key"] for row in rows), "where there is none, it is sealed"


# Sealed columns that may be empty, and why that tells nothing else.
EMPTY_TELLS = {
    "approvals.pending": "nothing waits: keyed, one of several kinds",
    "blocks.user_id": "kept from an organisation, which stands beside it",
    "cases.age_turns": "of a version before; filled within hours",
    "cases.childhood": "of a version before; filled within hours",
    "cases.retain_until": "closed, as the status says",
    "follow_ups.done_on": "done, which queries ask",
    "follow_ups.not_needed_on": "not needed, which queries ask",
    "organisations.former_names": "of an organisation, no person",
    "access_changes.before": "of accounts: what changes stands beside it",
    "access_changes.wanted": "of accounts: what changes stands beside it",
    "placements.left_on": "left, which queries ask",
    "referrals.answer_on": "answered by telephone or on paper: of a partner, no person",
    "referrals.answer_teller": "answered by telephone or on paper: of a partner, no person",
    "records.says": "of a version before; emptied by the start",
    "tasks.done_at": "done, which queries ask",
    "visit_attempts.next_on": "a next step, whose month stands beside it",
}


def test_no_column_is_sealed_for_some_alone(quick_app: Flask) -> None:
    """A value that only some have tells who they are, sealed or not."""
    empty = {str(each) for each in coded.columns() if each.nullable and not each.type.filled}
    assert empty == set(EMPTY_TELLS)


def test_nothing_tells_a_child_whose_age_is_in_doubt(copy: Copy) -> None:
    world = factories.World()
    for birth in (born(30), {"year": today().year - 18}, born(14)):
        factories.case(world, birth=birth)
    rows = copy()
    for name in ("age_assessed", "age_held"):
        assert len({len(row[name]) for row in rows["cases"]}) == 1
    assert len({len(row["alone_sealed"]) for row in rows["consents"]}) == 1
    case = anew_case()
    assert (case.age_assessed or {}) == {}
    with pytest.raises(TypeError):
        Case.age_held.is_(None)


def anew_case() -> Case:
    return db.session.execute(select(Case).order_by(Case.id).limit(1)).scalar_one()


@pytest.fixture
def house(copy: Copy) -> tuple[factories.World, list[Placement]]:
    """Two people in a house of the mission, one in a partner's."""
    world = factories.World()
    beds = house_of(world)
    with factories.acts(world.shelter) as by:
        theirs = facilities.add_own(by=by, name="Theirs", sex="any", ages="any")
        own = facilities.add_room(facility=theirs, name="Room 1", beds=1).beds
    cases = [factories.case(world) for _ in range(3)]
    with factories.acts(world.helper) as by:
        responses.accept(by=by, referral=factories.anew(_referred(world, cases[2])))
    stays = zip(cases, [*beds, *own], strict=True)
    return world, [put(world, case, bed) for case, bed in stays]


def _referred(world: factories.World, case: Case) -> Any:
    with factories.acts(world.caseworker) as by:
        return factories.refer(by, world, case)


def test_names_shown_at_a_house_name_nobody_and_no_house(
    quick_app: Flask, house: tuple[factories.World, list[Placement]], copy: Copy
) -> None:
    world, stays = house
    key = factories.anew(stays[0]).facility.key
    factories.Browser(quick_app, world.caseworker).post(f"/shelter/{key}/names")
    trail = copy()["trail"]
    (shown,) = (row for row in trail if row["deed"] == "names_shown")
    assert shown["cases"] == ""
    others = {row["subject"] for row in trail if row["deed"] != "names_shown"}
    made = {row["subject"] for row in trail if row["deed"] == "house_made"}
    assert len(made) == 2
    assert shown["subject"] not in made
    assert shown["subject"] in others, "the same as where nothing is said"
    numbers = {factories.anew(stay).case.number for stay in stays[:2]}
    said = db.session.execute(select(AuditRecord.fields).where(AuditRecord.deed == "names_shown"))
    assert numbers < set(said.scalar_one().split()), "which the officer reads"


def test_two_copies_do_not_tell_whose_stay_changed(
    house: tuple[factories.World, list[Placement]], copy: Copy
) -> None:
    world, stays = house
    before = {row["id"]: row for row in copy()["placements"]}
    with factories.acts(world.caseworker) as by:
        presence.tell(by=by, placement=factories.anew(stays[0]), state="missing")
    presence.write_anew()
    after = {row["id"]: row for row in copy()["placements"]}
    for number, row in after.items():
        changed = {name for name, value in row.items() if before[number][name] != value}
        assert changed == {"presence", "presence_at", "revision"}
    assert not {"in", "missing"} & set(in_the_clear(list(after.values())))
    assert factories.anew(stays[0]).presence == "missing"
    assert factories.anew(stays[1]).presence == "in"


def test_no_release_tells_until_when_somebody_sleeps_with_a_partner(
    house: tuple[factories.World, list[Placement]], copy: Copy
) -> None:
    rows = copy()["case_releases"]
    assert len(rows) == 2
    assert not set.union(*map(days, rows))
    assert {len(row[name]) for row in rows for name in ("until", "longest_until")} == {
        len(rows[0]["until"])
    }


def test_no_day_of_travel_is_told(copy: Copy) -> None:
    world = factories.World()
    with factories.acts(world.caseworker) as by:
        movements.plan(
            by=by,
            office=factories.anew(world.here),
            country="CI",
            kind="bus",
            travel_on=today() + timedelta(days=45),
            seats=2,
        )
    assert not set.union(*map(days, copy()["movements"]))


def test_what_staff_keep_away_or_sign_in_with_is_not_told(copy: Copy) -> None:
    world = factories.World()
    case = factories.case(world)
    kept = factories.anew(world.stranger)
    with factories.acts(world.supervisor) as by:
        access_exceptions.block(
            by=by, case=factories.anew(case), reason="relative", email=kept.email
        )
    with factories.acts(world.caseworker) as by:
        receiving.take_whole(
            by=by,
            case=factories.anew(case),
            name="her.txt",
            content=b"x" * 4242,
            compartment="protection",
        )
    rows = copy()
    (block,) = rows["blocks"]
    assert block["user_id"] not in (kept.id, str(kept.id))
    (file,) = rows["attachments"]
    assert 4242 not in file.values()
    assert codes.is_sealed(file["shows_person"])
    found = db.session.execute(select(Attachment)).scalar_one()
    assert (found.size, found.received) == (4242, 4242)


def test_documents_of_facts_have_one_length(copy: Copy) -> None:
    world = factories.World()
    factories.case(world)
    other = factories.case(world, birth=born(12))
    with factories.acts(world.caseworker) as by:
        factories.refer(by, world, factories.anew(other))
    counting.refresh()
    assert {len(row["content"]) for row in copy()["case_facts"]} == {
        len(counting.sealed({})),
    }
