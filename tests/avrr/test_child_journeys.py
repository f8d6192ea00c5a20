"""A child goes where a determination for that journey allows it, and nowhere else."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from avrr import handover, movements, preparation, readiness
from casework.casefile import child_safeguards
from casework.intake import jobs
from casework.people import families
from casework.records import changes
from casework.records.kinds import KINDS
from models.base import db, today
from models.cases import Case
from models.messages import Message
from models.movements import ManifestEntry
from models.records import Record
from models.returns import Return
from models.rules import RuleBroken
from tests import factories
from tests.conftest import Clock

PANEL = {
    "panel": ["guardian", "legal", "child_protection"],
    "names": "A, guardian\nB, lawyer\nC, authority",
    "options": "x",
    "views": "x",
    "reason": "x",
}
GUARDIAN = {"name": "G", "kind": "appointed", "checked": True}
AGREES = {"answer": "agrees", "guardian": "G", "language": "fr", "proof": "paper", "words": "x"}
RECEIVES = {"called": "Aunt", "relation": "relative", "address": "x", "agreed": True}


def wrote(house: factories.World, case: Case, kind: str, /, **given: Any) -> Record:
    """A record of the child's path, by the caseworker."""
    with factories.acts(house.caseworker) as by:
        standing = changes.current(factories.anew(case), kind) if KINDS[kind].once else None
        seen = {"revision": standing.revision} if standing else {}
        on = {"on": today()} if "on" in KINDS[kind].schema().fields else {}
        whole = {**on, **given, **seen}
        return changes.add(by=by, case=factories.anew(case), kind=KINDS[kind], given=whole)


def safe(house: factories.World, case: Case, country: str = "CI", decision: str = "return") -> None:
    """All that a child alone needs for a journey to a country."""
    wrote(house, case, "bia", views="x", recommended="x", review_on=today() + timedelta(days=30))
    wrote(house, case, "guardian", since=today(), **GUARDIAN)
    wrote(house, case, "bid", decision=decision, country=country, **PANEL)
    wrote(house, case, "guardian_consent", country=country, view="wants", **AGREES)
    wrote(house, case, "tracing", state="found", safe="yes")


def child(house: factories.World, years: int = 13) -> Case:
    return factories.case(house, birth={"year": today().year - years, "month": 1, "day": 2})


def begun(house: factories.World, case: Case, country: str = "CI", **more: str) -> Return:
    with factories.acts(house.caseworker) as by:
        return preparation.start(by=by, case=factories.anew(case), country=country, **more)


def lacks(case: Case, return_: Return) -> list[str]:
    return child_safeguards.missing(factories.anew(case), factories.anew(return_))


def test_each_thing_that_a_child_alone_needs_is_asked(quick_app: Flask) -> None:
    house = factories.World()
    case = child(house)
    record = begun(house, case)
    assert lacks(case, record) == [
        "bia",
        "bid",
        "guardian",
        "guardian_consent",
        "tracing",
        "receives",
    ]
    safe(house, case)
    assert lacks(case, record) == []


def test_a_determination_clears_its_own_purpose_and_country_alone(quick_app: Flask) -> None:
    house = factories.World()
    case = child(house)
    record = begun(house, case)
    safe(house, case)
    for decision, country, lacking in (
        ("return", "CI", []),
        ("return", "BD", ["bid_country"]),
        ("relocate", "CI", ["bid_no"]),
        ("relocate", "CA", ["bid_no"]),
        ("stay", "", ["bid_no"]),
        ("family_here", "", ["bid_no"]),
        ("not_yet", "", ["bid_no"]),
    ):
        wrote(house, case, "bid", decision=decision, country=country, **PANEL)
        assert lacks(case, record) == lacking, "and the ones before, which allowed it, are history"


def test_a_third_country_is_a_relocation_of_its_own(quick_app: Flask) -> None:
    house = factories.World()
    case = child(house)
    safe(house, case, "CA", "relocate")
    home = begun(house, case)
    assert set(lacks(case, home)) == {"bid_no", "guardian_consent"}
    with factories.acts(house.caseworker) as by:
        preparation.withdraw(by=by, return_=factories.anew(home))
    third = begun(house, case, "CA", purpose="relocation", admission="visa")
    assert lacks(case, third) == []


@pytest.mark.parametrize(
    ("tracing", "receives", "lacking"),
    [
        ({"state": "ongoing"}, {}, ["tracing", "receives"]),
        ({"state": "found", "safe": "yes"}, {}, []),
        ({"state": "found", "safe": "no"}, {}, ["receives"]),
        ({"state": "not_found"}, {}, ["receives"]),
        ({"state": "not_safe"}, {"country": "CI", "checked_by": "M"}, []),
        ({"state": "not_found"}, {"country": "BD", "checked_by": "M"}, ["receives"]),
        ({"state": "not_found"}, {"country": "CI"}, ["receives"]),
    ],
)
def test_who_has_no_safe_family_there_is_received_by_somebody_checked(
    quick_app: Flask, tracing: dict[str, Any], receives: dict[str, Any], lacking: list[str]
) -> None:
    house = factories.World()
    case = child(house)
    record = begun(house, case)
    safe(house, case)
    wrote(house, case, "tracing", **tracing)
    if receives:
        checked = {"checked_on": today()} if "checked_by" in receives else {}
        wrote(house, case, "receives", **RECEIVES, **receives, **checked)
    assert lacks(case, record) == lacking


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"panel": ["guardian"]}, "panel"),
        ({"panel": ["guardian", "caseworker"]}, "panel"),
        ({"panel": ["guardian", "caseworker", "interpreter"]}, "panel"),
        ({"names": "A\nB"}, "names"),
        ({"names": "Aya Kone, guardian\nKONE Aya (lawyer)\nB, authority"}, "names"),
        ({"country": ""}, "country"),
    ],
)
def test_nobody_decides_alone_and_nobody_without_a_name(
    quick_app: Flask, given: dict[str, Any], field: str
) -> None:
    house = factories.World()
    case = child(house)
    whole = {"decision": "return", "country": "CI", **PANEL, **given}
    with pytest.raises(RuleBroken) as refused:
        wrote(house, case, "bid", **whole)
    assert refused.value.field == field


@pytest.mark.parametrize(("days", "lacking"), [(0, []), (1, []), (-1, ["bid_ended"])])
def test_a_determination_holds_on_its_last_day(
    quick_app: Flask, days: int, lacking: list[str]
) -> None:
    house = factories.World()
    case = child(house)
    record = begun(house, case)
    safe(house, case)
    last = today() + timedelta(days=days)
    wrote(house, case, "bid", decision="return", country="CI", valid_until=last, **PANEL)
    assert lacks(case, record) == lacking


@pytest.mark.parametrize(
    ("kind", "given", "lacking"),
    [
        ("guardian", {"name": "H", "kind": "relative", "since": today()}, "guardian"),
        ("guardian_consent", {**AGREES, "country": "CI", "view": "does_not"}, "guardian_consent"),
        ("guardian_consent", {**AGREES, "country": "CI", "view": "wants", "answer": "refuses"},
         "guardian_consent"),
        ("bid", {**PANEL, "decision": "return", "country": "CI",
                 "valid_until": today() - timedelta(days=1)}, "bid_ended"),
    ],
)  # fmt: skip
def test_the_newest_word_alone_speaks(
    quick_app: Flask, kind: str, given: dict[str, Any], lacking: str
) -> None:
    house = factories.World()
    case = child(house)
    record = begun(house, case)
    safe(house, case)
    newer = wrote(house, case, kind, **given)
    assert lacks(case, record) == [lacking]
    with factories.acts(house.caseworker) as by:
        changes.remove(by=by, record=factories.anew(newer))
    assert lacks(case, record) == [], "what was taken back speaks no more"


def test_an_assessment_holds_for_its_days_on_the_day_of_travel(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    case = child(house)
    record = begun(house, case)
    safe(house, case)
    for days, lacking in ((180, []), (181, ["bia"])):
        day = today() + timedelta(days=days)
        found = child_safeguards.missing(factories.anew(case), factories.anew(record), day)
        assert found == lacking


def test_a_baby_with_its_mother_needs_no_panel(quick_app: Flask) -> None:
    house = factories.World()
    mother, baby = factories.case(house), child(house, 1)
    with factories.acts(house.caseworker) as by:
        families.join(
            by=by, case=factories.anew(mother), other=factories.anew(baby), relation="child"
        )
    record = begun(house, baby)
    assert "bid" in lacks(baby, record), "the mother does not travel"
    begun(house, mother)
    assert lacks(baby, record) == ["bia", "guardian"]
    wrote(house, baby, "bia", views="x", recommended="x", review_on=today() + timedelta(days=9))
    wrote(house, baby, "guardian", since=today(), **{**GUARDIAN, "kind": "parent"})
    assert lacks(baby, record) == []


def test_a_newer_determination_stops_who_is_handed_over_and_has_a_seat(app: Flask) -> None:
    """Both missions are told that it waits, and the seat is free again."""
    house = factories.World()
    case = child(house)
    safe(house, case)
    record = begun(house, case)
    with factories.acts(house.caseworker) as by:
        for step in readiness.checklist.STEPS:
            if step not in {"funding", "escort", "approval", "itinerary"}:
                factories.returning.take(step, by=by, return_=factories.anew(record))
        handover.hand_over(by=by, return_=factories.anew(record))
    factories.agreed(house, record)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
    with factories.acts(house.caseworker) as by:
        movement = movements.plan(
            by=by,
            office=factories.anew(house.here),
            country="CI",
            kind="flight",
            travel_on=today(),
            seats=5,
        )
        assert [each.id for each in movements.ready(movement)] == [record.id]
        movements.seat(by=by, movement=movement, returns=[factories.anew(record)])
    wrote(house, case, "bid", decision="stay", **PANEL)
    assert db.session.execute(select(ManifestEntry)).first() is None
    told = select(Message.user_id).where(Message.event == "return.not_cleared")
    assert {house.origin.id, house.caseworker.id} <= set(db.session.execute(told).scalars())
    with factories.acts(house.caseworker) as by:
        again = factories.anew(movement)
        assert movements.ready(again) == []
        with pytest.raises(RuleBroken):
            movements.seat(by=by, movement=again, returns=[factories.anew(record)])
    db.session.rollback()


def test_a_determination_of_before_names_no_country_and_clears_nothing(quick_app: Flask) -> None:
    house = factories.World()
    case = child(house)
    record = begun(house, case)
    safe(house, case)
    newest = changes.current(factories.anew(case), "bid")
    assert newest is not None
    newest.says = None
    db.session.commit()
    assert lacks(case, record) == ["bid"]


@pytest.mark.parametrize(("days", "why"), [(20, ""), (21, "signed_as_child")])
def test_what_a_child_signed_is_signed_anew_by_the_adult(
    quick_app: Flask, clock: Clock, days: int, why: str
) -> None:
    house = factories.World()
    grown = today() + timedelta(days=21)
    birth = {"year": grown.year - 18, "month": grown.month, "day": grown.day}
    case = factories.case(house, birth=birth)
    with factories.acts(house.caseworker) as by:
        record = preparation.start(by=by, case=factories.anew(case), country="CI")
        for step in ("counselling", "declaration"):
            factories.returning.take(step, by=by, return_=record)
    clock.forward(days=days)
    jobs.turn_ages()
    assert _declared(house, record) == why
    with factories.acts(house.caseworker) as by:
        factories.returning.take("declaration", by=by, return_=factories.anew(record))
    assert not _declared(house, record)


def _declared(house: factories.World, record: Return) -> str:
    with factories.acts(house.caseworker):
        lines = readiness.shown(factories.anew(record), own=True)
        return next(line.why for line in lines if line.step == "declaration")
