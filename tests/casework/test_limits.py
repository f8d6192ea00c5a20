"""Every duration and boundary of casework: the last moment on which something holds, and the first
on which it does not.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from marshmallow import ValidationError
from sqlalchemy import func, select

from access.actors import system
from access.gate import acting
from casework.casefile import closure
from casework.core import ages, coded_fields, consent, protection, queries, reminders, search, tasks
from casework.core import schemas as forms_of_cases
from casework.intake import carrying_over, drafts, file_readers, jobs, registration
from casework.people import families
from casework.records import changes, safe_contact
from casework.records import queries as records
from casework.records.kinds import KINDS
from casework.team import calendar_feed, pages
from data_protection import jobs as erasure_jobs
from data_protection import retention as erasures
from models import births
from models.base import at, db, now, today
from models.cases import Case, Draft, Import, Task
from models.dates import years_after
from models.messages import Message
from models.rules import RuleBroken
from tests import factories
from tests.conftest import Clock
from web.errors import NotFound

DAY = timedelta(days=1)


def kept(house: factories.World, case: Case, code: str, **given: Any) -> Any:
    with factories.acts(house.caseworker) as by:
        return changes.add(by=by, case=factories.anew(case), kind=KINDS[code], given=given)


def test_a_consent_without_an_end_holds_for_182_days_the_last_included(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    case = factories.case(house)
    given_on = now()
    for days, holds in ((0, True), (181, True), (182, True), (183, False)):
        clock.set(given_on + timedelta(days=days))
        assert consent.agreed(case, "assistance") is holds, days
        assert (consent.line_for(case, house.partner.id) is not None) is holds, days


def test_a_consent_ends_on_the_day_the_person_chose(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    case = factories.case(house)
    last = today() + timedelta(days=10)
    with factories.acts(house.caseworker) as by:
        consent.record(by=by, case=case, given={"consulate": "agrees", "valid_until": last})
    assert consent.agreed(case, "consulate", on=last)
    assert not consent.agreed(case, "consulate", on=last + DAY)


@pytest.mark.parametrize(
    ("days", "taken"), [(-1, False), (0, True), (1, True), (3660, True), (3661, False)]
)
def test_a_consent_is_recorded_until_today_at_the_least_and_ten_years_at_the_most(
    quick_app: Flask, clock: Clock, days: int, taken: bool
) -> None:
    given = {
        "assistance": "agrees",
        "manner": "signed",
        "valid_until": str(today() + timedelta(days=days)),
    }
    with quick_app.test_request_context():
        found = forms_of_cases.ConsentSchema().validate(given)
    assert ("valid_until" not in found) is taken, found


def test_what_was_kept_in_vital_interest_is_reviewed_within_72_hours(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    whole = factories.registration() | {"consent": {"vital_reason": "Unconscious."}}
    mine = {"office": house.here, "owner_id": house.caseworker.id}
    with factories.acts(house.caseworker) as by:
        case = registration.register(by=by, given=whole, **mine)
    assert case.review_due_at == now() + timedelta(hours=72)
    (review,) = factories.of_kind(Task, "vital_review")
    assert review.due_on == today() + timedelta(days=3)


def test_a_new_case_is_screened_within_three_days(quick_app: Flask, clock: Clock) -> None:
    case = factories.case(factories.World())
    (task,) = factories.of_kind(Task, "screening")
    assert (task.due_on, case.next_due_on) == (today() + timedelta(days=3),) * 2


def test_a_draft_lives_for_seven_days(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    with factories.acts(house.caseworker) as by:
        draft = drafts.begin(by=by, has_searched=True)
        begun, key = now(), draft.key
        clock.set(begun + timedelta(days=7, seconds=-1))
        assert drafts.of(by, key) is draft
        assert [line.draft for line in drafts.unfinished(by).items] == [draft]
        assert drafts.erase_old() == 0
        clock.set(begun + timedelta(days=7))
        with pytest.raises(NotFound):
            drafts.of(by, key)
        assert drafts.unfinished(by).total == 0
        assert drafts.erase_old() == 1
    assert db.session.execute(select(func.count()).select_from(Draft)).scalar() == 0


def test_a_closed_case_is_kept_for_ten_years(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.supervisor) as by:
        closure.close(by=by, case=factories.anew(case), reason="completed", words="All is well.")
        assert case.retain_until == years_after(today(), 10)
        closure.reopen(by=by, case=factories.anew(case), words="Called again.")
        assert case.retain_until is None, "an open case has no day to go"


@pytest.mark.parametrize(
    ("risk", "days"), [("extreme", 7), ("high", 14), ("medium", 31), ("low", 92)]
)
def test_a_risk_is_assessed_again_the_sooner_the_higher_it_is(
    quick_app: Flask, clock: Clock, risk: str, days: int
) -> None:
    house = factories.World()
    made = kept(house, factories.case(house), "risk", on=today(), rating=risk, reason="Seen.")
    assert made.due_on == today() + timedelta(days=days)


@pytest.mark.parametrize(
    ("kind", "given", "days", "due"),
    [
        ("guardian", {"name": "Aunt", "kind": "relative"}, 20, 13),
        ("guardian", {"name": "Aunt", "kind": "relative"}, 7, 0),
        ("guardian", {"name": "Aunt", "kind": "relative"}, 3, 0),
        ("goal", {"area": "shelter", "words": "A room."}, 20, 20),
        ("goal", {"area": "shelter", "words": "A room."}, 0, 0),
    ],
)
def test_what_ends_is_due_seven_days_before_and_what_is_promised_on_its_day(
    quick_app: Flask, clock: Clock, kind: str, given: dict[str, Any], days: int, due: int
) -> None:
    house = factories.World()
    made = kept(house, factories.case(house), kind, **given, until=today() + timedelta(days=days))
    task = db.session.execute(select(Task).where(Task.record_key == made.key)).scalar_one()
    assert (task.due_on, task.done_at) == (today() + timedelta(days=due), None)


def test_a_day_that_has_passed_makes_no_task(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    made = kept(
        house, factories.case(house), "goal", area="shelter", words="x", until=today() - DAY
    )
    assert db.session.execute(select(Task).where(Task.record_key == made.key)).first() is None


def test_a_determination_clears_a_return_until_its_last_day(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    case, last = factories.case(house), today() + timedelta(days=5)
    panel = ["guardian", "legal", "child_protection"]
    said = {"decision": "return", "country": "CI", "panel": panel, "names": "A\nB\nC"}
    kept(house, case, "bid", on=today(), valid_until=last, **said)
    assert protection.settled(case, "bid", last)
    assert not protection.settled(case, "bid", last + DAY)
    assert protection.settled(case, "bid", None), "whatever the day"


def test_work_shows_what_is_due_today_later_what_is_due_within_a_week(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        for task in db.session.execute(select(Task)).scalars():
            tasks.finish(by=by, task=task)
        for days in (-1, 0, 1, 7, 8):
            tasks.add(
                by=by, case=factories.anew(case), kind="call", due_on=today() + timedelta(days=days)
            )
        shown = [(task.due_on - today()).days for task in queries.due_tasks(by, today())]
        assert shown == [-1, 0]
        assert pages.work(by)["later"] == 2


@pytest.mark.parametrize(("days", "count"), [(14, 1), (15, 0)])
def test_a_consent_that_ends_within_14_days_is_counted(
    quick_app: Flask, clock: Clock, days: int, count: int
) -> None:
    house = factories.World()
    factories.case(house).consent_until = today() + timedelta(days=days)
    with factories.acts(house.caseworker) as by:
        assert queries.consents_ending(by) == count


def test_the_calendar_feed_reaches_30_days_back_and_180_ahead(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        for days in (-31, -30, 180, 181):
            tasks.add(
                by=by, case=factories.anew(case), kind="call", due_on=today() + timedelta(days=days)
            )
        calls = {task.id for task in factories.of_kind(Task, "call")}
        due = [
            (day - today()).days for task_id, day in calendar_feed._coming(by) if task_id in calls
        ]
    assert due == [-30, 180]


def test_the_calendar_shows_whole_weeks_of_a_month(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    case = factories.case(house)
    first, last = date(2026, 2, 23), date(2026, 4, 5)  # March 2026, from Monday to Sunday
    with factories.acts(house.caseworker) as by:
        for day in (first - DAY, first, last, last + DAY):
            tasks.add(by=by, case=factories.anew(case), kind="call", due_on=day)
        weeks = calendar_feed.month(by, date(2026, 3, 1))
    shown = [
        day for week in weeks for day, found in week if any(task.kind == "call" for task in found)
    ]
    assert shown == [first, last]


def running(house: factories.World, state: str) -> Import:
    made = Import(
        key="k", by_id=house.caseworker.id, office_id=house.here.id, state=state, content=b"x"
    )
    db.session.add(made)
    db.session.commit()
    return made


def test_an_import_silent_for_more_than_two_minutes_is_begun_again(
    quick_app: Flask, clock: Clock
) -> None:
    made = running(factories.World(), "running")
    begun = now()
    clock.set(begun + timedelta(minutes=2))
    assert jobs.stalled_imports() == []
    clock.forward(seconds=1)
    assert jobs.stalled_imports() == [made.id]


def test_an_upload_that_nobody_started_is_destroyed_after_a_day(
    quick_app: Flask, clock: Clock
) -> None:
    made = running(factories.World(), "uploaded")
    begun = now()
    clock.set(begun + timedelta(days=1))
    jobs.clean()
    assert (made.state, made.content) == ("uploaded", b"x")
    clock.forward(seconds=1)
    jobs.clean()
    assert (made.state, made.content) == ("cancelled", None)


def test_a_family_has_thirty_people_at_most(quick_app: Flask) -> None:
    house = factories.World()
    head = factories.case(house)
    others = [
        Case(
            person=head.person,
            office=head.office,
            owner_id=head.owner_id,
            opened_on=today(),
            vital_interest=True,
        )
        for _ in range(30)
    ]
    db.session.add_all(others)
    db.session.flush()
    with factories.acts(house.caseworker) as by:
        for other in others[:29]:
            families.join(by=by, case=head, other=other, relation="other")
        household = families.household_of(head)
        assert household is not None
        assert families._size(household) == 30
        with pytest.raises(RuleBroken):
            families.join(by=by, case=head, other=others[29], relation="other")


def test_a_family_of_one_is_none(quick_app: Flask) -> None:
    house = factories.World()
    head, second, third = (factories.case(house) for _ in range(3))
    with factories.acts(house.caseworker) as by:
        families.join(by=by, case=head, other=second, relation="child")
        families.join(by=by, case=head, other=third, relation="child")
        families.leave(by=by, case=factories.anew(third))
        assert families.household_of(head) is not None, "two are a family still"
        families.leave(by=by, case=factories.anew(second))
        assert families.household_of(head) is None


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (0, "0-13"),
        (13, "0-13"),
        (14, "14-17"),
        (17, "14-17"),
        (18, "18-34"),
        (34, "18-34"),
        (35, "35-64"),
        (64, "35-64"),
        (65, "65+"),
        (120, "65+"),
    ],
)
def test_ages_fall_into_bands_and_eighteen_is_grown_up(age: int, band: str) -> None:
    on = date(2026, 3, 10)
    born = {"year": on.year - age, "month": 3, "day": 10}
    for birth in (born, {"age": age, "on": "2026-03-10"}):
        known = ages.Known(births.possible(birth), {}, on)
        assert ages.band(known, on) == band, "on the birthday"


@pytest.mark.parametrize(
    ("birth", "age"),
    [
        ({"year": 2008, "month": 3, "day": 10}, 18),
        ({"year": 2008, "month": 3, "day": 11}, 17),
        ({"year": 2008, "month": 3}, 17),
        ({"year": 2008, "month": 2}, 18),
        ({"year": 2008, "month": 4}, 17),
        ({"year": 2008}, 17),
        ({"year": 2007}, 18),
        ({"age": 17, "on": "2025-03-10"}, 18),
        ({"age": 17, "on": "2025-03-11"}, 17),
        ({"year": 2026, "month": 12}, 0),
        (None, None),
        ({}, None),
    ],
)
def test_an_age_grows_on_the_birthday_and_a_year_alone_counts_from_july(
    birth: dict[str, int] | None, age: int | None
) -> None:
    assert coded_fields.age_of(birth, date(2026, 3, 10)) == age


def test_who_searched_may_register_for_half_an_hour(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    quick_app.config["SETTINGS"] = replace(quick_app.config["SETTINGS"], search_first=True)
    browser = factories.Browser(quick_app, house.caseworker)
    searched = now()
    assert browser.post("/cases/search", query="Nobody At All").status_code == 200
    clock.set(searched + timedelta(minutes=9))
    browser.get("/work")
    for minutes, seconds, opens in ((18, 0, True), (27, 0, True), (29, 59, True), (30, 1, False)):
        clock.set(searched + timedelta(minutes=minutes, seconds=seconds))
        answer = browser.post("/registrations")
        assert ("/registrations/" in answer.headers.get("Location", "")) is opens, (
            minutes,
            seconds,
        )


def test_the_closing_of_a_case_waits_for_what_is_open(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    case = factories.case(house)
    factories.anew(case).risk = "high"
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken):
        closure.close(by=by, case=case, reason="completed", words="All is well.")
    factories.anew(case).risk = "medium"
    with factories.acts(house.caseworker) as by:
        closure.close(by=by, case=case, reason="completed", words="All is well.")
    assert factories.anew(case).closed_on == today()


def test_who_has_something_due_is_told_on_that_day_and_once(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        tasks.add(by=by, case=factories.anew(case), kind="call", due_on=date(2026, 4, 20))
    told = select(func.count()).select_from(Message).where(Message.event == "task.due")
    # On the first day they hear of what registering left to do, which is overdue by then.
    for day, count in ((18, 1), (19, 1), (20, 2), (21, 2)):
        with at(datetime(2026, 4, day, 8, tzinfo=UTC)):
            reminders.of_tasks()
        assert db.session.execute(told.where(Message.channel == "app")).scalar() == count, day


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"year": 2026, "month": 3, "day": 10}, None),
        ({"year": 2026, "month": 3, "day": 11}, "future"),
        ({"year": 2027}, "future"),
        ({"year": 1906}, None),
        ({"year": 1905}, "120 years"),
        ({"age": 120}, None),
        ({"age": 121}, "between 0 and 120"),
        ({"age": 0}, None),
        ({"year": 2025, "month": 2, "day": 29}, "no such day"),
        ({"year": 2024, "month": 2, "day": 29}, None),
        ({"year": 2024, "month": 13}, "numbers"),
        ({"year": 2024, "month": 0}, "numbers"),
        ({"year": 2024, "month": 0, "day": 5}, "numbers"),
        ({"year": 2024, "month": 5, "day": 0}, "no such day"),
    ],
)
def test_a_birth_lies_within_120_years_and_not_after_today(
    quick_app: Flask, clock: Clock, typed: dict[str, int], says: str | None
) -> None:
    with quick_app.test_request_context():
        field = forms_of_cases.IdentitySchema().fields["birth"]
        if says is None:
            field.deserialize(typed)
            return
        with pytest.raises(ValidationError, match=says):
            field.deserialize(typed)


@pytest.mark.parametrize(
    ("clock_", "objects"),
    [("08:59", True), ("09:00", False), ("17:00", False), ("17:01", True), ("00:00", True)],
)
def test_a_person_is_called_from_the_first_to_the_last_minute_they_named(
    clock_: str, objects: bool
) -> None:
    at_ = datetime.fromisoformat(f"2026-03-10T{clock_}:30+00:00")
    rule: dict[str, object] = {"after": "09:00", "before": "17:00"}
    assert (safe_contact.objections(rule, "contact_phone", at_) == ["hour"]) is objects
    assert safe_contact.objections({}, "contact_phone", at_) == []


@pytest.mark.parametrize(
    ("clock_", "objects"),
    [("21:59", True), ("22:00", False), ("00:00", False), ("06:00", False), ("06:01", True)],
)
def test_a_window_may_pass_midnight(clock_: str, objects: bool) -> None:
    at_ = datetime.fromisoformat(f"2026-03-10T{clock_}:30+00:00")
    rule: dict[str, object] = {"after": "22:00", "before": "06:00"}
    assert (safe_contact.objections(rule, "contact_phone", at_) == ["hour"]) is objects


@pytest.mark.parametrize(
    ("rule", "kind", "against"),
    [
        ({"never_contact": True}, "contact_visit", ["never"]),
        ({"ways": ["call"]}, "contact_phone", []),
        ({"ways": ["call"]}, "contact_message", ["way"]),
        ({"ways": ["mail", "visit"]}, "contact_message", []),
        ({"ways": []}, "contact_message", []),
        ({"days": ["tue"]}, "contact_phone", []),
        ({"days": ["mon", "wed"]}, "contact_phone", ["day"]),
        (
            {"never_contact": True, "ways": ["visit"], "days": ["sun"]},
            "contact_phone",
            ["never", "way", "day"],
        ),
    ],
)
def test_the_rule_of_a_person_speaks_against_the_wrong_way_and_day(
    rule: dict[str, object], kind: str, against: list[str]
) -> None:
    tuesday = datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert safe_contact.objections(rule, kind, tuesday) == against


@pytest.mark.parametrize(
    ("query", "name", "birth"),
    [
        ("Amina 1900", "Amina", {"year": 1900}),
        ("Amina 1899", "Amina 1899", None),
        ("Amina 2026", "Amina", {"year": 2026}),
        ("Amina 2027", "Amina 2027", None),
        ("Amina ١٩٩٨", "Amina", {"year": 1998}),
        ("Amina", "Amina", None),
    ],
)
def test_a_year_of_birth_in_a_search_lies_between_1900_and_today(
    clock: Clock, query: str, name: str, birth: dict[str, int] | None
) -> None:
    assert search.split_birth(query) == (name, birth)


def test_twenty_filters_are_kept_and_a_name_is_kept_once(quick_app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app, house.caseworker)
    for number in range(20):
        assert browser.post("/filters", name=f"F{number}", query="mine=1").status_code == 303
    assert browser.post("/filters", name="F20", query="mine=1").status_code == 422
    assert browser.post("/filters", name="F19", query="risk=high").status_code == 303, "replaced"
    assert (
        factories.Browser(quick_app, house.colleague)
        .post("/filters", name="F", query="mine=1")
        .status_code
        == 303
    )


def test_every_record_of_a_kind_is_given_the_newest_first(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    made = [kept(house, case, "note", words=str(number)).id for number in range(51)]
    given = records.of_case(factories.anew(case), "story")["note"]
    assert [record.id for record in given] == made[::-1]


@pytest.mark.parametrize(
    ("status", "closed"), [("Closed", True), ("ClosedReferred", True), ("Open", False)]
)
def test_a_case_that_came_in_closed_is_kept_for_ten_years_too(
    quick_app: Flask, clock: Clock, status: str, closed: bool
) -> None:
    house = factories.World()
    case = factories.case(house)
    with acting(system("import")) as gate:
        row = file_readers.Row(2, {"cas_Status": status}, b"")
        carrying_over.carry_over(by=gate.actor, case=case, row=row, told={}, has_owner=True)
    assert (case.status == "closed") is closed
    assert case.retain_until == (years_after(today(), 10) if closed else None)


@pytest.mark.parametrize(("days", "kept"), [(-400, -400), (0, 0), (3, 0)])
def test_a_case_handed_on_before_it_came_is_kept_from_that_day(
    quick_app: Flask, clock: Clock, days: int, kept: int
) -> None:
    house = factories.World()
    case = factories.case(house)
    cells = {
        "cas_Status": "ClosedReferred",
        "cas_IncomingReferralDate": str(today() - timedelta(days=900)),
        "cas_OutgoingReferralDate": str(today() + timedelta(days=days)),
    }
    with acting(system("import")) as gate:
        row = file_readers.Row(2, cells, b"")
        carrying_over.carry_over(by=gate.actor, case=case, row=row, told={}, has_owner=True)
    closed = today() + timedelta(days=kept)
    assert (case.closed_on, case.retain_until) == (closed, years_after(closed, 10))
    assert case.next_due_on is None, "its tasks end with it"


def test_closed_cases_without_a_day_get_one_once_and_officers_hear_how_many(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.supervisor) as by:
        closure.close(by=by, case=factories.anew(case), reason="completed", words="All is well.")
    begun = today()
    factories.anew(case).retain_until = None
    db.session.commit()
    clock.forward(days=20)
    assert erasure_jobs.give_days() == 1
    assert erasure_jobs.give_days() == 0
    assert factories.anew(case).retain_until == years_after(begun, 10)
    told = select(func.count()).where(Message.event == "retention.given", Message.channel == "app")
    assert db.session.execute(told).scalar() == 1


def test_a_closed_case_without_a_day_is_proposed_for_erasure(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.supervisor) as by:
        closure.close(by=by, case=factories.anew(case), reason="completed", words="All is well.")
    assert erasures.propose_expired() == 0
    factories.anew(case).retain_until = None
    db.session.commit()
    assert erasures.propose_expired() == 1


@pytest.mark.parametrize(
    ("days", "worker", "supervisor"), [(6, 0, 0), (7, 1, 0), (13, 1, 0), (14, 1, 1), (300, 1, 1)]
)
def test_what_stays_overdue_is_told_once_a_week_whichever_day_somebody_works(
    quick_app: Flask, clock: Clock, days: int, worker: int, supervisor: int
) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        tasks.add(by=by, case=factories.anew(case), kind="call", due_on=today())
    for task in db.session.execute(select(Task)).scalars():
        task.due_on = today()
    db.session.commit()
    clock.forward(days=days)
    for _ in range(3):
        reminders.of_overdue()
        db.session.commit()

    def heard(user: Any) -> int:
        told = select(func.count()).where(
            Message.event == "task.overdue",
            Message.channel == "app",
            Message.user_id == factories.anew(user).id,
        )
        return int(db.session.execute(told).scalar_one())

    assert (heard(house.caseworker), heard(house.supervisor)) == (worker, supervisor)
    if worker:
        clock.forward(days=7)
        reminders.of_overdue()
        assert heard(house.caseworker) == 2


def test_a_state_that_nobody_knows_is_that_of_no_case(quick_app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    browser = factories.Browser(quick_app, house.caseworker)
    assert number in browser.get("/cases").text
    page = browser.get("/cases?status=unheard")
    assert page.status_code == 200
    assert number not in page.text
