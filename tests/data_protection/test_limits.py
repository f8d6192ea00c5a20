"""Guards of a case and what watches over it: hours, nights, counts and days, each boundary on both
sides.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select

from access import audit
from access.actors import person
from access.permissions import Permission
from access.policy import allows
from data_protection import access_alerts, access_exceptions, retention
from files import receiving
from models.base import db, now, today
from models.cases import Case
from models.data_protection import Alert, Block, Erasure
from models.files import Attachment
from models.people import User
from models.rules import RuleBroken
from operations import rotation
from tests import factories
from tests.conftest import Clock


@pytest.fixture
def house(quick_app: Flask, clock: Clock) -> factories.World:
    return factories.World()


def test_emergency_access_lasts_four_hours(house: factories.World, clock: Clock) -> None:
    case = factories.case(house)
    with factories.acts(house.far) as by:
        made = access_exceptions.open_in_emergency(
            by=by, number=case.number, reason="medical", words="She bleeds and nobody answers"
        )
    opened = made.at
    assert made.ends_at - opened == timedelta(hours=4)
    for after, open_ in (
        (timedelta(), True),
        (timedelta(hours=4, seconds=-1), True),
        (timedelta(hours=4), False),
        (timedelta(hours=40), False),
    ):
        clock.set(opened + after)
        actor = person(factories.anew(house.far))
        assert allows(actor, Permission.IDENTITY_READ, case) is open_, after
        assert allows(actor, Permission.CASE_OPEN, case) is open_, after


def test_emergency_access_that_was_not_justified_ends_at_once_and_is_never_made_longer(
    house: factories.World, clock: Clock
) -> None:
    case = factories.case(house)
    with factories.acts(house.far) as by:
        made = access_exceptions.open_in_emergency(
            by=by, number=case.number, reason="medical", words="She bleeds and nobody answers"
        )
    ends = made.ends_at
    clock.forward(hours=1)
    with factories.acts(house.officer) as by:
        access_exceptions.review(
            by=by, emergency=made, finding="not_justified", words="Nothing was urgent"
        )
    assert made.ends_at == now()
    made.reviewed_at, made.ends_at = None, ends
    clock.forward(hours=10)
    with factories.acts(house.officer) as by:
        access_exceptions.review(
            by=by, emergency=made, finding="not_justified", words="Nothing was urgent"
        )
    assert made.ends_at == ends


def blocked(house: factories.World, case: Case, **whom: str) -> Block:
    with factories.acts(house.supervisor) as by:
        return access_exceptions.block(by=by, case=factories.anew(case), reason="conflict", **whom)


def test_neither_the_holder_of_a_case_nor_oneself_is_blocked_from_it(
    house: factories.World,
) -> None:
    case = factories.case(house)
    for user in (house.caseworker, house.supervisor):
        with pytest.raises(RuleBroken) as refused:
            blocked(house, case, email=str(factories.anew(user).email))
        assert refused.value.field == "email"
        db.session.rollback()
    assert db.session.execute(select(Block)).first() is None
    assert allows(
        person(factories.anew(house.caseworker)), Permission.CASE_OPEN, factories.anew(case)
    )
    assert (
        blocked(house, case, email=str(factories.anew(house.colleague).email)).user_id
        == house.colleague.id
    )


def test_the_mission_that_has_the_case_is_not_blocked_from_it(house: factories.World) -> None:
    case = factories.case(house)
    with pytest.raises(RuleBroken):
        blocked(house, case, organisation=str(factories.anew(house.here).id))
    db.session.rollback()
    made = blocked(house, case, organisation=str(factories.anew(house.there).id))
    assert made.organisation_id == factories.anew(house.there).id


@pytest.mark.parametrize(
    "whom",
    [{}, {"email": "nobody@example.org"}, {"email": "colleague@example.org", "organisation": "1"}],
)
def test_a_block_is_of_one_person_or_of_one_organisation(
    house: factories.World, whom: dict[str, str]
) -> None:
    with pytest.raises(RuleBroken):
        blocked(house, factories.case(house), **whom)


def test_a_block_stands_once(house: factories.World) -> None:
    case = factories.case(house)
    email = str(factories.anew(house.colleague).email)
    blocked(house, case, email=email)
    with pytest.raises(RuleBroken):
        blocked(house, case, email=email)


def test_retention_proposes_on_the_day_after_the_last_and_not_on_it(
    house: factories.World, clock: Clock
) -> None:
    case = factories.case(house)
    case.status, case.retain_until = "closed", today() + timedelta(days=1)
    db.session.commit()
    assert retention.propose_expired() == 0, "the day before the last"
    clock.forward(days=1)
    assert retention.propose_expired() == 0, "on its last day a case is kept"
    clock.forward(days=1)
    assert retention.propose_expired() == 1
    assert retention.propose_expired() == 0, "once"


def test_an_open_case_is_not_proposed_whatever_its_day(house: factories.World) -> None:
    case = factories.case(house)
    case.retain_until = today() - timedelta(days=1)
    db.session.commit()
    assert retention.propose_expired() == 0
    assert db.session.execute(select(Erasure)).first() is None


def looks(user: User, cases: int, at: datetime) -> None:
    """Somebody read the identities of so many cases."""
    deed = audit.AuditEntry(
        "x", "identity.read", 1, user.id, cases=tuple(range(1000, 1000 + cases)), at=at
    )
    audit.append([deed])
    db.session.commit()


def alerts() -> Iterator[tuple[str, int]]:
    for alert in db.session.execute(select(Alert)).scalars():
        yield alert.kind, alert.count
    db.session.execute(delete(Alert))
    db.session.commit()


@pytest.mark.parametrize(("cases", "alert"), [(59, []), (60, []), (61, [("many_cases", 61)])])
def test_more_than_sixty_cases_in_an_hour_are_many_and_sixty_are_not(
    house: factories.World, cases: int, alert: list[tuple[str, int]]
) -> None:
    looks(house.caseworker, cases, now())
    access_alerts.watch(60)
    assert list(alerts()) == alert


@pytest.mark.parametrize(
    ("age", "found"), [(timedelta(hours=1), 1), (timedelta(hours=1, seconds=1), 0)]
)
def test_the_hour_of_many_cases_is_the_last_one(
    house: factories.World, age: timedelta, found: int
) -> None:
    looks(house.caseworker, 3, now() - age)
    assert access_alerts.watch(2) == found


def others(house: factories.World, count: int) -> list[Case]:
    """Cases of the other team, whose holder is somebody else."""
    first = factories.case(house, owner=house.stranger)
    more = [
        Case(
            person=first.person,
            office=first.office,
            owner_id=first.owner_id,
            team_id=first.team_id,
            opened_on=today(),
        )
        for _ in range(count - 1)
    ]
    db.session.add_all(more)
    db.session.commit()
    return [first, *more]


@pytest.mark.parametrize(
    ("count", "age", "raised"),
    [
        (9, timedelta(), []),
        (10, timedelta(), ["without_relation"]),
        (10, timedelta(hours=24), ["without_relation"]),
        (10, timedelta(hours=24, seconds=1), []),
    ],
)
def test_ten_cases_of_others_within_a_day_are_unusual(
    house: factories.World, count: int, age: timedelta, raised: list[str]
) -> None:
    cases = tuple(case.id for case in others(house, count))
    audit.append(
        [
            audit.AuditEntry(
                "x", "identity.read", 1, house.caseworker.id, cases=cases, at=now() - age
            )
        ]
    )
    db.session.commit()
    access_alerts.watch(100)
    assert [kind for kind, _count in alerts()] == raised


@pytest.mark.parametrize("name", ["supervisor", "health", "legal", "stranger"])
def test_cases_of_others_are_the_work_of_supervisors_officers_and_the_team_itself(
    house: factories.World, name: str
) -> None:
    cases = tuple(case.id for case in others(house, 12))
    user = house.people[name]
    audit.append([audit.AuditEntry("x", "identity.read", 1, user.id, cases=cases)])
    db.session.commit()
    access_alerts.watch(100)
    assert list(alerts()) == []


@pytest.mark.parametrize(
    ("cases", "hour", "minute", "raised"),
    [
        (5, 23, 59, False),
        (5, 0, 0, True),
        (4, 0, 0, False),
        (5, 4, 59, True),
        (5, 5, 0, False),
    ],
)
@pytest.mark.parametrize(("zone", "behind"), [("UTC", 0), ("Asia/Dhaka", 6)])
def test_five_cases_between_midnight_and_five_in_the_office_are_unusual(
    house: factories.World,
    clock: Clock,
    cases: int,
    hour: int,
    minute: int,
    raised: bool,
    zone: str,
    behind: int,
) -> None:
    factories.anew(house.here).timezone = zone
    clock.set(datetime(2026, 3, 11, hour, minute, tzinfo=UTC) - timedelta(hours=behind))
    looks(house.caseworker, cases, now())
    access_alerts.watch(100)
    assert [kind for kind, _count in alerts()] == (["at_night"] if raised else [])


@pytest.mark.parametrize(
    ("age", "found"), [(timedelta(hours=2), 1), (timedelta(hours=2, seconds=1), 0)]
)
def test_what_nobody_should_do_is_told_when_it_is_no_older_than_two_hours(
    house: factories.World, age: timedelta, found: int
) -> None:
    audit.append([audit.AuditEntry("x", "forged_job", 1, at=now() - age)])
    db.session.commit()
    assert access_alerts.watch(100) == found
    assert access_alerts.watch(100) == 0, "once"


def attachment(house: factories.World, state: str) -> Attachment:
    made = Attachment(
        key="ab" * 16, case=factories.case(house), compartment="protection", size=5, state=state
    )
    made.key_sealed = b"sealed"  # one that is None has ended
    db.session.add(made)
    db.session.commit()
    return made


def test_a_file_that_never_became_whole_goes_after_three_days(
    house: factories.World, clock: Clock
) -> None:
    begun = attachment(house, "receiving").created_at
    clock.set(begun + timedelta(days=3))
    receiving.forget_unfinished()
    assert db.session.execute(select(Attachment.id)).first() is not None
    clock.forward(seconds=1)
    receiving.forget_unfinished()
    assert db.session.execute(select(Attachment.id)).first() is None


def test_a_file_whose_inspection_came_to_no_end_is_looked_at_again_after_five_minutes(
    house: factories.World, clock: Clock
) -> None:
    made = attachment(house, "quarantine")
    clock.set(made.created_at + timedelta(minutes=5))
    receiving.look_again()
    assert db.session.info.get("to_enqueue", []) == []
    clock.forward(seconds=1)
    receiving.look_again()
    assert db.session.info["to_enqueue"] == [("inspect_file", made.id, False)]


@pytest.mark.parametrize(("size", "taken"), [(0, False), (1, True), (1024, True), (1025, False)])
def test_a_file_has_something_in_it_and_no_more_than_the_limit(
    quick_app: Flask, house: factories.World, size: int, taken: bool
) -> None:
    quick_app.config["SETTINGS"] = replace(quick_app.config["SETTINGS"], file_limit=1024)
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        if taken:
            assert (
                receiving.begin(
                    by=by, case=case, name="a", size=size, compartment="protection"
                ).size
                == size
            )
            return
        with pytest.raises(RuleBroken):
            receiving.begin(by=by, case=case, name="a", size=size, compartment="protection")


def test_a_key_before_the_newest_is_destroyed_an_hour_after_the_rotation(
    house: factories.World, clock: Clock
) -> None:
    case = factories.case(house)
    key = case.keys["identity"]
    key.previous, key.rotated_at, key.number = key.content, now(), 2
    db.session.commit()
    clock.forward(hours=1)
    assert rotation.settle() == 0
    clock.forward(seconds=1)
    assert rotation.settle() == 1
    assert factories.anew(key).previous is None
