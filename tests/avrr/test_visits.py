"""Follow-ups that are true: an attempt is not a visit, nothing ends by itself, *completed* means
that the person was seen at the end, and what lies after the end is neither due nor missed.
"""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from access.permissions import Role
from avrr import (
    assistance_items,
    early_warnings,
    endings,
    jobs,
    queries,
    reintegration,
    surveys,
    visits,
)
from casework.core import release
from models.base import db, now, today
from models.dates import months_after, months_between
from models.messages import Message
from models.returns import FollowUp, Return, ReturnWarning
from models.rules import RuleBroken
from models.visits import VisitAttempt
from operations import upgrading
from reporting.facts import surveys as survey_facts
from reporting.facts.extracting import _follow_up
from standards import lists
from tests import factories
from tests.avrr.test_reintegration import answers, arrived, item
from tests.conftest import Clock

DAY = timedelta(days=1)
VAIN = ("visit", "phone", "partner")


@pytest.fixture
def house(quick_app: Flask) -> factories.World:
    return factories.World()


@pytest.fixture
def record(house: factories.World, clock: Clock) -> Return:
    """Somebody who came back today, and agreed for as long as this takes."""
    return home_for_years(house)


def home_for_years(house: factories.World) -> Return:
    made = arrived(house)
    until = now() + 3000 * DAY
    factories.anew(made).access_until = until
    standing = release.of("handover", factories.anew(made).reference)
    assert standing is not None
    standing.until = until.date()
    db.session.commit()
    return made


def go(clock: Clock, record: Return, months: int, days: int = 0) -> date:
    """So many months after the arrival."""
    home = factories.anew(record).arrived_on
    assert home is not None
    clock.set(now() + (months_after(home, months) + days * DAY - today()))
    return today()


def tried(
    house: factories.World, record: Return, month: str, outcome: str = "reached", **more: Any
) -> VisitAttempt:
    """An attempt of today."""
    said = {"done_on": today(), "manner": "visit", "outcome": outcome, **more}
    with factories.acts(house.origin) as by:
        return visits.follow_up(by=by, return_=factories.anew(record), month=month, **said)


def ends(house: factories.World, record: Return, outcome: str, **more: Any) -> bool:
    with factories.acts(house.origin) as by:
        return endings.close(by=by, return_=factories.anew(record), outcome=outcome, **more)


def planned(house: factories.World, record: Return) -> None:
    with factories.acts(house.origin) as by:
        given = {"economic": "A stall."}
        reintegration.plan(by=by, return_=factories.anew(record), given=given)


def follow_up(record: Return, month: int) -> FollowUp:
    found = factories.anew(record).follow_ups
    return next(each for each in found if each.month == month)


@pytest.mark.parametrize("outcome", [code for code, _word in lists.FOLLOW_UP_OUTCOMES])
def test_a_follow_up_is_done_only_where_somebody_was_reached(
    house: factories.World, record: Return, clock: Clock, outcome: str
) -> None:
    day = go(clock, record, 1)
    tried(house, record, "1", outcome)
    reached = outcome in {"reached", "known", "migrate_again"}
    found = follow_up(record, 1)
    assert found.done_on == (day if reached else None)
    assert found.outcome == outcome
    go(clock, record, 1, 3)
    if reached:
        with pytest.raises(RuleBroken):
            tried(house, record, "1", "reached")
        return
    tried(house, record, "1", "reached", manner="phone")
    assert follow_up(record, 1).done_on == today()
    assert len(factories.anew(record).attempts) == 2


# Months 1, 3, 6 and 12 from the 10th of March, a month of 31 days; half of the time before each.
@pytest.mark.parametrize(
    ("month", "months", "days", "taken"),
    [
        ("1", 0, -1, False),
        ("1", 0, 0, False),
        ("1", 0, 15, False),
        ("1", 0, 16, True),
        ("1", 1, 0, True),
        ("1", 3, -1, True),
        ("1", 3, 0, False),
        ("3", 1, 0, False),
        ("3", 3, 0, True),
        ("3", 6, -1, True),
        ("3", 6, 0, False),
        ("12", 6, 0, False),
        ("12", 12, 0, True),
        ("12", 18, -1, True),
        ("12", 18, 0, False),
        ("0", 0, -1, False),
        ("0", 0, 0, True),
        ("0", 30, 0, True),
    ],
)
def test_a_follow_up_is_made_within_its_window_and_anything_else_is_not_planned(
    house: factories.World,
    record: Return,
    clock: Clock,
    month: str,
    months: int,
    days: int,
    taken: bool,
) -> None:
    home = factories.anew(record).arrived_on
    assert home is not None
    day = months_after(home, months) + days * DAY
    if day > today():
        clock.set(now() + (day - today()))
    if not taken:
        with pytest.raises(RuleBroken) as refused:
            tried(house, record, month, done_on=day)
        assert refused.value.field == "done_on"
        return
    tried(house, record, month, done_on=day)
    assert len(factories.anew(record).attempts) == 1


def test_how_early_is_a_setting(quick_app: Flask, record: Return) -> None:
    found = factories.anew(record)
    first = found.follow_ups[0]
    assert found.arrived_on is not None
    span = (first.due_on - found.arrived_on).days
    for percent, early in ((0, 0), (50, span // 2), (100, span)):
        object.__setattr__(quick_app.config["SETTINGS"], "follow_up_early", percent)
        assert visits.window(found, first).first == first.due_on - early * DAY
    object.__setattr__(quick_app.config["SETTINGS"], "follow_up_early", 50)


def test_four_vain_visits_end_nothing_and_lost_contact_is_proposed_after_three_by_three_ways(
    house: factories.World, record: Return, clock: Clock
) -> None:
    tries = (("1", "visit"), ("3", "phone"), ("6", "phone"), ("12", "partner"))
    for made, (month, manner) in enumerate(tries, 1):
        go(clock, record, int(month))
        tried(house, record, month, "not_reached", manner=manner)
        warned = db.session.execute(
            select(func.count()).where(ReturnWarning.kind == "lost")
        ).scalar_one()
        assert warned == (1 if made == 4 else 0), "three ways are asked, and the fourth brings them"
    found = factories.anew(record)
    assert found.state == "arrived", "nothing ends by itself"
    assert [each.done_on for each in found.follow_ups] == [None] * 4
    told = [early_warnings.explained(each) for each in found.warnings if each.kind == "lost"]
    assert "4 tries by 3 ways" in told[0]
    assert ends(house, record, "lost")


def test_what_was_tried_on_the_last_day_stays_tried_and_a_warning_says_so(
    house: factories.World, record: Return, clock: Clock, quick_app: Flask
) -> None:
    go(clock, record, 1)
    tried(house, record, "1", "not_reached", seen="Zqxdoor was locked.")
    go(clock, record, 1, 20)
    early_warnings.missed()
    db.session.commit()
    (warning,) = factories.anew(record).warnings
    assert "tried 1 time, nobody was reached" in early_warnings.explained(warning)
    last = go(clock, record, 12)
    tried(house, record, "12", "not_reached", next_step="Ask the elder.", next_on=last)
    assert ends(house, record, "lost", why="The village says that nobody lives there.")
    found = factories.anew(record)
    assert [each.not_needed_on for each in found.follow_ups] == [None] * 4
    page = factories.Browser(quick_app, house.origin).get(f"/returns/{found.reference}").text
    assert "Zqxdoor was locked." in page, "what was seen stays readable there"
    assert "not done: the return had ended" in page
    assert '<textarea id="plan-' not in page, "nothing to type into any more"


def test_lost_before_the_tries_are_made_wants_a_reason(
    house: factories.World, record: Return, clock: Clock
) -> None:
    go(clock, record, 1)
    tried(house, record, "1", "not_reached")
    with pytest.raises(RuleBroken) as refused:
        ends(house, record, "lost")
    assert "3 tries by 3 ways" in refused.value.message
    assert ends(house, record, "lost", why="The village says that nobody lives there.")


def test_reaching_somebody_begins_the_count_anew(
    house: factories.World, record: Return, clock: Clock
) -> None:
    go(clock, record, 1)
    for manner in VAIN:
        tried(house, record, "0", "not_reached", manner=manner)
    go(clock, record, 1, 1)
    tried(house, record, "1", "known")
    go(clock, record, 3)
    tried(house, record, "3", "not_reached")
    with pytest.raises(RuleBroken):
        ends(house, record, "lost")


@pytest.mark.parametrize("missing", ["plan", "seen", "promised", ""])
def test_completed_is_a_plan_what_was_promised_and_the_person_seen_at_the_end(
    house: factories.World, record: Return, clock: Clock, missing: str
) -> None:
    if missing != "plan":
        planned(house, record)
    made = item(house, record, amount=100, parts=1)
    if missing != "promised":
        with factories.acts(house.origin) as by:
            given = {"number": 1, "paid_on": today(), "receipt": "R-1"}
            assistance_items.pay(by=by, item=factories.anew(made), **given)
    go(clock, record, 12)
    tried(house, record, "12", "not_reached" if missing == "seen" else "reached")
    if not missing:
        assert ends(house, record, "completed")
        assert factories.anew(record).outcome == "completed"
        return
    with pytest.raises(RuleBroken) as refused:
        ends(house, record, "completed")
    assert refused.value.field == "ending"
    assert not ends(house, record, "completed", why="Their sister told us all of it.")
    found = factories.anew(record)
    assert found.state in {"arrived", "reintegration"}, "it waits for a second person"
    with factories.acts(house.origin) as by, pytest.raises(RuleBroken):
        endings.agree(by=by, return_=factories.anew(record), decision="approve")
    with factories.acts(_second(house)) as by:
        endings.agree(by=by, return_=factories.anew(record), decision="approve")
    assert factories.anew(record).state == "closed"


def _second(house: factories.World) -> Any:
    """Another one of the mission at home."""
    made = house._person("second", factories.anew(house.there), Role.ORIGIN)
    db.session.commit()
    return made


def test_a_survey_of_the_last_follow_up_is_being_seen_and_one_beside_them_is_not(
    house: factories.World, record: Return, clock: Clock
) -> None:
    planned(house, record)
    go(clock, record, 12)
    for month, token in (("", "a"), ("6", "b")):
        with factories.acts(house.origin) as by:
            row = factories.anew(record)
            taken = {"on": today(), "answers": answers(0), "month": month, "token": token}
            surveys.take(by=by, return_=row, **taken)
        with pytest.raises(RuleBroken):
            ends(house, record, "completed")
    with factories.acts(house.origin) as by:
        row = factories.anew(record)
        taken = {"on": today(), "answers": answers(0), "month": "12", "token": "c"}
        surveys.take(by=by, return_=row, **taken)
        with pytest.raises(RuleBroken):
            surveys.take(by=by, return_=row, **(taken | {"month": "7", "token": "d"}))
    assert ends(house, record, "completed")


def test_a_second_person_may_say_no_and_then_it_stays_open(
    house: factories.World, record: Return, clock: Clock
) -> None:
    go(clock, record, 1)
    assert not ends(house, record, "completed", why="They moved on.")
    with factories.acts(_second(house)) as by:
        endings.agree(by=by, return_=factories.anew(record), decision="refuse")
        with pytest.raises(RuleBroken):
            endings.agree(by=by, return_=factories.anew(record), decision="approve")
    assert factories.anew(record).state == "arrived"


@pytest.mark.parametrize("outcome", ["died", "migrated_again", "withdrew"])
def test_after_the_end_no_follow_up_is_due_and_one_that_was_missed_before_stays_missed(
    house: factories.World, record: Return, clock: Clock, outcome: str
) -> None:
    gone = go(clock, record, 4)
    go(clock, record, 7)
    assert ends(house, record, outcome, ended_on=gone)
    found = factories.anew(record)
    assert (found.ended_on, found.closed_on) == (gone, today())
    needed = {each.month: each.not_needed_on for each in found.follow_ups}
    assert needed == {1: None, 3: None, 6: gone, 12: gone}
    assert [_fact(found, each)["state"] for each in found.follow_ups] == [
        "untried",
        "untried",
        "not_needed",
        "not_needed",
    ]
    assert not any(_fact(found, each)["open"] for each in found.follow_ups), "late for nobody"
    before = db.session.execute(select(func.count()).select_from(Message)).scalar_one()
    go(clock, record, 14)
    jobs.remind()
    assert db.session.execute(select(func.count()).select_from(Message)).scalar_one() == before


def _fact(record: Return, visit: FollowUp) -> Any:
    names = ("return_id", "month", "due_on", "done_on", "not_needed_on", "outcome")
    row = {name: getattr(visit, name) for name in names}
    above = {"id": record.id, "state": record.state, "handover": record.handover}
    return _follow_up(row, [above], {"office_id": 1})


def test_whoever_holds_the_case_hears_of_the_end_and_no_warning_of_it_waits(
    house: factories.World, record: Return, clock: Clock
) -> None:
    go(clock, record, 2)
    early_warnings.missed()
    db.session.commit()
    with factories.acts(house.origin) as by:
        assert queries.warnings(by).total == 1
    assert ends(house, record, "died")
    with factories.acts(house.origin) as by:
        assert queries.warnings(by).total == 0
    told = select(Message.user_id).where(Message.event == "return.closed")
    heard = db.session.execute(told.distinct()).scalars().all()
    assert heard == [factories.anew(house.caseworker).id]


@pytest.mark.parametrize(("days", "taken"), [(-1, False), (0, True), (120, True), (121, False)])
def test_a_return_ends_between_the_arrival_and_today(
    house: factories.World, record: Return, clock: Clock, days: int, taken: bool
) -> None:
    home = factories.anew(record).arrived_on
    assert home is not None
    clock.set(now() + 120 * DAY)
    if taken:
        assert ends(house, record, "died", ended_on=home + days * DAY)
        return
    with pytest.raises(RuleBroken):
        ends(house, record, "died", ended_on=home + days * DAY)


def test_words_are_sealed_and_a_next_step_is_due_told_and_done(
    house: factories.World, record: Return, clock: Clock, quick_app: Flask
) -> None:
    soon = today() + 5 * DAY
    made = tried(
        house,
        record,
        "0",
        seen="The roof leaks, Zqxroof.",
        next_step="Ask Zqxmason.",
        next_on=soon,
    )
    found = factories.anew(record)
    assert b"Zqx" not in (found.seen_sealed or b"")
    origin = factories.Browser(quick_app, house.origin)
    page = origin.get(f"/returns/{found.reference}").text
    assert "Zqxroof" in page
    assert "Zqxmason" in page
    for user in (house.caseworker, house.supervisor):
        assert (
            "Zqx" not in factories.Browser(quick_app, user).get(f"/returns/{found.reference}").text
        )
    assert "Next steps" in origin.get("/returns").text
    clock.set(now() + 9 * DAY)  # nobody worked on the day itself
    for _ in range(2):
        jobs.remind()
    told = select(func.count()).where(Message.event == "follow_up.step", Message.channel == "app")
    assert db.session.execute(told).scalar_one() == 1
    path = f"/returns/{found.reference}/attempts/{made.id}/next-step"
    origin = factories.Browser(quick_app, house.origin)
    assert origin.post(path).status_code == 303
    assert "Next steps" not in origin.get("/returns").text
    with factories.acts(house.origin) as by, pytest.raises(RuleBroken):
        given = {"month": "0", "done_on": today(), "manner": "visit", "outcome": "reached"}
        visits.follow_up(by=by, return_=factories.anew(record), **given, next_step="Something")


def test_what_a_version_before_wrote_becomes_attempts_once(
    house: factories.World, record: Return
) -> None:
    said = {"done_on": today(), "manner": "phone"}
    for month, outcome in ((1, "reached"), (3, "not_reached")):
        visit = follow_up(record, month)
        for name, value in {**said, "outcome": outcome}.items():
            setattr(visit, name, value)
        db.session.commit()
    assert upgrading.visits_apart() == 2
    assert upgrading.visits_apart() == 0
    db.session.commit()
    found = factories.anew(record)
    assert [(each.month, each.outcome) for each in found.attempts] == [
        (1, "reached"),
        (3, "not_reached"),
    ]
    assert [each.done_on for each in found.follow_ups] == [today(), None, None, None]


_STEPS = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.sampled_from(["0", "1", "3", "6", "12"]),
        st.sampled_from([code for code, _word in lists.FOLLOW_UP_OUTCOMES]),
        st.sampled_from(["", "died", "completed", "lost"]),
    ),
    max_size=12,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(_STEPS)
def test_whatever_is_written_down_the_life_of_follow_ups_holds(
    house: factories.World, clock: Clock, steps: list[tuple[int, str, str, str]]
) -> None:
    """Done is reached within the window; not needed is after the end; closed is said by somebody."""
    begun = now()
    record = home_for_years(house)
    try:
        _live(house, clock, record, steps)
    finally:
        clock.set(begun)


def _live(house: factories.World, clock: Clock, record: Return, steps: Any) -> None:
    start = now()
    for weeks, month, outcome, ending in steps:
        clock.set(max(now(), start + 7 * weeks * DAY))
        try:
            tried(house, record, month, outcome)
            if ending:
                ends(house, record, ending)
        except RuleBroken:
            db.session.rollback()
    found = factories.anew(record)
    for each in found.follow_ups:
        mine = [attempt for attempt in found.attempts if attempt.follow_up_id == each.id]
        reached = [a for a in mine if a.outcome in lists.FOLLOW_UP_REACHED]
        assert (each.done_on is not None) == bool(reached)
        assert len(reached) <= 1
        counts = visits.window(found, each)
        assert all(counts.first <= attempt.on <= counts.last for attempt in mine)
        assert not (each.done_on and each.not_needed_on)
        if each.not_needed_on:
            assert found.state == "closed"
            assert found.ended_on is not None
            assert each.due_on >= found.ended_on
    if found.outcome == "completed" and found.state == "closed":
        assert not endings.lacks(found, "completed")


@given(st.dates(date(2000, 1, 1), date(2060, 12, 31)), st.integers(0, 120))
def test_months_between_is_the_inverse_of_months_after(day: date, count: int) -> None:
    assert months_between(day, months_after(day, count)) == count


@pytest.mark.parametrize(
    ("days", "named", "months"), [(44, None, 1), (46, None, 2), (46, 1, 1), (0, None, 0)]
)
def test_a_survey_counts_for_the_follow_up_it_names(
    days: int, named: int | None, months: int
) -> None:
    home = date(2026, 11, 23)
    scores = dict.fromkeys(("economic", "social", "psychosocial", "composite"))
    taken = {"return_id": 1, "on": home + days * DAY, "month": named, **scores}
    found = survey_facts.survey(taken, [{"id": 1, "arrived_on": home}])
    assert found is not None
    assert found["months"] == months
