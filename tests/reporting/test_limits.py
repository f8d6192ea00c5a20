"""Days of files and reports, the smallest release, the privacy budget, each boundary on both sides."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from casework.core import tasks
from models.base import db, now, today
from models.facts import Delivery, PrivacySpending, SavedReport
from models.people import User
from models.rules import RuleBroken
from reporting.exports import deliveries
from reporting.facts import counting, engine
from reporting.pages.showing import _is_behind
from reporting.publishing import open_data, synthetic_data
from reporting.tables import operations
from reporting.tables.operations import load
from tests import factories
from tests.conftest import Clock
from tests.reporting.test_releasing import victims
from web.errors import NotFound

PASSWORD = "x" * 16


@pytest.fixture
def house(quick_app: Flask, clock: Clock) -> factories.World:
    return factories.World()


def asked(house: factories.World, password: str = PASSWORD) -> Delivery:
    with factories.acts(house.manager) as by:
        return deliveries.ask(
            by=by, kind="report", wanted={"path": "assisted"}, name="R", password=password
        )


def test_a_file_lies_for_seven_days(house: factories.World, clock: Clock) -> None:
    made = asked(house)
    begun, key = made.made_at, made.key
    clock.set(begun + timedelta(days=7, seconds=-1))
    with factories.acts(house.manager) as by:
        assert deliveries.of(by, key).key == key
    deliveries.forget_old()
    assert db.session.execute(select(Delivery.id)).first() is not None
    clock.forward(seconds=1)
    with factories.acts(house.manager) as by, pytest.raises(NotFound):
        deliveries.of(by, key)
    deliveries.forget_old()
    assert db.session.execute(select(Delivery.id)).first() is None


def test_a_file_is_of_the_one_who_asked(house: factories.World) -> None:
    key = asked(house).key
    with factories.acts(house.supervisor) as by, pytest.raises(NotFound):
        deliveries.of(by, key)


@pytest.mark.parametrize(
    ("state", "silent"), [("asked", timedelta(minutes=1)), ("running", timedelta(minutes=5))]
)
def test_a_making_that_is_silent_is_begun_anew(
    house: factories.World, clock: Clock, state: str, silent: timedelta
) -> None:
    made = asked(house)
    made.state = state
    db.session.flush()
    begun, number = made.beat_at, made.id
    clock.set(begun + silent)
    assert deliveries.stalled() == []
    clock.forward(seconds=1)
    assert deliveries.stalled() == [number]
    db.session.execute(select(Delivery)).scalar_one().state = "ready"
    db.session.flush()
    assert deliveries.stalled() == []


def test_twenty_files_are_made_at_a_time(house: factories.World) -> None:
    for _ in range(20):
        asked(house)
    with pytest.raises(RuleBroken):
        asked(house)
    db.session.rollback()
    db.session.execute(select(Delivery)).scalars().first().state = "ready"  # type: ignore[union-attr]
    db.session.commit()
    asked(house)


def test_a_password_is_the_one_of_the_page(house: factories.World) -> None:
    assert len(deliveries.new_password()) == 24
    with pytest.raises(RuleBroken):
        asked(house, "x" * 15)


def test_a_report_is_sent_on_its_day_and_not_the_day_before(
    house: factories.World, clock: Clock
) -> None:
    with factories.acts(house.manager) as by:
        made = deliveries.save(by=by, name="R", path="assisted", every="month", password=PASSWORD)
    due = made.next_on
    assert due == date(2026, 4, 1)
    clock.forward(days=(due - today()).days - 1)
    assert deliveries.send_due() == 0
    clock.forward(days=1)
    assert deliveries.send_due() == 1
    assert deliveries.send_due() == 0
    assert db.session.execute(select(SavedReport.next_on)).scalar() == date(2026, 5, 1)


@pytest.mark.parametrize(
    ("every", "after", "due"),
    [
        ("week", date(2026, 3, 9), date(2026, 3, 16)),
        ("week", date(2026, 3, 15), date(2026, 3, 16)),
        ("month", date(2026, 12, 31), date(2027, 1, 1)),
        ("month", date(2026, 1, 1), date(2026, 2, 1)),
        ("quarter", date(2026, 3, 31), date(2026, 4, 1)),
        ("quarter", date(2026, 4, 1), date(2026, 7, 1)),
        ("quarter", date(2026, 12, 31), date(2027, 1, 1)),
        ("quarter", date(2026, 10, 1), date(2027, 1, 1)),
    ],
)
def test_the_next_day_is_the_first_of_the_period_after(every: str, after: date, due: date) -> None:
    assert deliveries.next_day(after, every) == due


@pytest.mark.parametrize(("count", "made"), [(99, False), (100, True)])
def test_fewer_than_a_hundred_records_are_not_released(count: int, made: bool) -> None:
    found: list[synthetic_data.Row] = victims(random.Random(1), count)
    records, report = open_data.made("k_anonymous", found, 2, 0.0)
    assert (report.get("failed") != "too_few") is made
    assert bool(records) is made


def approved_twice(house: factories.World, epsilon: str, year: int = 2025) -> None:
    with factories.acts(house.manager) as by:
        made = open_data.ask(
            by=by, title="T", kind="synthetic", from_year=year, to_year=year, epsilon=epsilon
        )
    for user in (house.officer, officer_of(house)):
        with factories.acts(user) as by:
            open_data.approve(by=by, release=factories.anew(made))


def officer_of(house: factories.World) -> User:
    """A second programme manager."""
    known = db.session.execute(
        select(User).where(User.email == "second@example.org")
    ).scalar_one_or_none()
    made = known or house._person("second", factories.anew(house.headquarters), "programme_manager")  # type: ignore[arg-type]
    db.session.commit()
    return made


def test_the_budget_of_a_year_is_spent_to_the_last_thousandth_and_no_further(
    house: factories.World,
) -> None:
    budget = open_data.budget()
    approved_twice(house, str((budget - 1) / 1000))
    with pytest.raises(RuleBroken):
        approved_twice(house, "0.002")
    db.session.rollback()
    approved_twice(house, "0.001")
    assert open_data.spending() == {2025: budget}
    with pytest.raises(RuleBroken):
        approved_twice(house, "0.001")
    db.session.rollback()
    approved_twice(house, "0.001", 2024)


def test_of_two_releases_that_were_both_asked_in_time_the_budget_pays_one(
    house: factories.World,
) -> None:
    budget: Any = open_data.budget() / 1000
    with factories.acts(house.manager) as by:
        what: dict[str, Any] = {
            "kind": "synthetic",
            "from_year": 2025,
            "to_year": 2025,
            "epsilon": budget,
        }
        both = [open_data.ask(by=by, title=name, **what) for name in ("A", "B")]
    second = officer_of(house)
    for made in both:
        with factories.acts(house.officer) as by:
            open_data.approve(by=by, release=factories.anew(made))
    with factories.acts(second) as by:
        open_data.approve(by=by, release=factories.anew(both[0]))
    with factories.acts(second) as by, pytest.raises(RuleBroken):
        open_data.approve(by=by, release=factories.anew(both[1]))
    db.session.rollback()
    assert db.session.execute(select(PrivacySpending.spent_milli)).scalar() == open_data.budget()


@pytest.mark.parametrize(("seconds", "behind"), [(60, False), (61, True)])
def test_figures_are_old_after_a_minute_where_something_waits_to_be_counted(
    house: factories.World, seconds: int, behind: bool
) -> None:
    factories.case(house)
    assert counting.waiting() > 0
    assert _is_behind(now() - timedelta(seconds=seconds)) is behind
    counting.refresh()
    assert not _is_behind(now() - timedelta(seconds=seconds)), "nothing waits"


def test_caseworkers_beyond_those_of_the_table_are_summed_in_its_last_row(
    house: factories.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "MOST_WORKERS", 1)
    with factories.acts(house.caseworker) as by:
        case = factories.anew(factories.case(house))
        late = today() - timedelta(days=3)
        tasks.add(by=by, case=case, kind="call", due_on=late)
        due = tasks.add(by=by, case=case, kind="medical_due", due_on=late)
        due.owner_id = house.colleague.id
    counting.refresh()
    engine.freshened()
    of_office, of_worker = operations.caseload(operations.Span(today().year), rtl=False)
    assert [row[3] for row in of_office.sheet.rows] == ["2"], "what an officer has to do, too"
    assert [row[0] for row in of_worker.sheet.rows] == ["Caseworker", "1 other"]
    assert [row[4] for row in of_worker.sheet.rows] == ["1", "1"]
