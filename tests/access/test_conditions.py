"""Each condition, and each permission made of conditions, says of a record what it says as SQL: for
anybody, of any record.
"""

import inspect
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from access import conditions as condition
from access import policy, told
from access.actors import Actor
from access.permissions import Permission, Role
from models import marks
from models.access_changes import AccessChange
from models.assistance import Assistance
from models.base import Base, db
from models.cases import Case
from models.cut_offs import CutOff
from models.data_protection import Emergency, Erasure, PersonRequest, ReadingOn
from models.facts import Release
from models.money import FundRequest, LedgerEntry
from models.movements import Movement
from models.people import Grant, Organisation, Team, User
from models.referrals import IncomingReferral, Referral
from models.returns import Return
from models.shelter import Facility
from models.work import Approval, Transfer
from tests import factories
from tests.conftest import Clock
from tests.factories import rows

# What a condition asks of, by the name it gives it.
ASKED_OF: dict[str, tuple[type[Base], ...]] = {
    "case": (Case,),
    "facility": (Facility,),
    "transfer": (Transfer,),
    "referral": (Referral, IncomingReferral),
    "record": (Return, Movement),
    "item": (Assistance,),
    "request": (FundRequest, Approval),
    "release": (Release,),
    "entry": (LedgerEntry,),
    "erasure": (Erasure,),
    "emergency": (Emergency, PersonRequest),
    "user": (User,),
    "organisation": (Organisation,),
    "subject": (Case, User),
    "belonging": (Referral, Return, PersonRequest),
    "change": (AccessChange, ReadingOn),
    "cut": (CutOff,),
}
WRITTEN = [
    found
    for name, found in vars(condition).items()
    if inspect.isfunction(found) and list(inspect.signature(found).parameters)[:1] == ["actor"]
]
MADE = [condition.works_as(Role.CASEWORKER, Role.MANAGER), condition.system_task("import", "demo")]
SLOW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))


def subject_of(asked: Any) -> str:
    return list(inspect.signature(asked).parameters)[1]


@pytest.fixture
def world(
    quick_app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[factories.World]:
    """Two missions, two partners and everybody; rows may break what the database checks beside.

    What a release says besides is asked of one record, never in SQL: tests/security/test_rows_pointed_elsewhere.py.
    """
    monkeypatch.setattr(told, "is_shown", lambda _actor, _subject: True)
    house = factories.World()
    start_anew()
    with marks.unmarked():  # rows at random bear no MAC
        yield house


def start_anew() -> None:
    """Forget the rows of one example."""
    db.session.rollback()
    db.session.execute(text("PRAGMA ignore_check_constraints = ON"))


def an_actor(chance: Random) -> Actor:
    """Anybody: any roles anywhere, blocked from some cases, in an emergency, of the headquarters, a
    task of the system, nobody.
    """
    places = list(db.session.execute(select(Organisation.id)).scalars())
    teams = list(db.session.execute(select(Team.id)).scalars())
    cases = rows.ids(rows.table_of(Case), chance)
    users = list(db.session.execute(select(User)).scalars())

    def some(found: list[int], share: float = 0.5) -> frozenset[int]:
        return frozenset(one for one in found if chance.random() < share)

    if chance.random() < 0.1:
        return Actor(
            f"system:{chance.choice(('import', 'demo', 'inspection', 'expiry'))}", system=True
        )
    return Actor(
        "somebody",
        chance.choice([*users, None]),
        {role: some(places) for role in Role if chance.random() < 0.4},
        some(teams),
        blocked=some(cases, 0.2),
        emergency=some(cases, 0.2),
        headquarters=some(places, 0.2),
        sheltered=some(cases, 0.2),
    )


def some_records(model: type[Base], chance: Random) -> list[Any]:
    """Rows of a model at random, read anew."""
    table = rows.table_of(model)
    found = [rows.add(table, chance) for _ in range(6)]
    if model is User:
        for number in found[:-1]:
            for _ in range(chance.randrange(3)):
                rows.add(
                    rows.table_of(Grant),
                    chance,
                    {"user_id": number, "role": chance.choice(list(Role))},
                )
    db.session.expire_all()
    query: Any = select(model).where(table.c.id.in_(found))
    return list(db.session.execute(query).unique().scalars())


def listed(model: Any, where: Any) -> set[int]:
    return set(db.session.execute(select(model.id).where(where)).scalars())


def said_of(model: type[Base], asked: Any, chance: Random) -> None:
    """Compare what a condition says of records and what it says as SQL."""
    records = some_records(model, chance)
    actor = an_actor(chance)
    try:
        where = asked(actor, model)
    except AttributeError:  # not asked of this one
        return
    found = listed(model, where)
    for record in records:
        assert bool(asked(actor, record)) == (record.id in found), (asked, vars(record), actor)


@SLOW
@given(st.integers(0, 10**9))
def test_a_condition_says_the_same_of_a_record_and_as_sql(
    world: factories.World, seed: int
) -> None:
    chance = Random(seed)
    for asked in (*WRITTEN, *MADE):
        for model in ASKED_OF[subject_of(asked)]:
            said_of(model, asked, chance)
    start_anew()


def asked_of(permission: Permission) -> tuple[type[Base], ...]:
    """What a permission is asked of: what all of its conditions can be asked of."""
    names = {subject_of(asked) for clause in policy.GRANTS[permission] for asked in clause} - {
        "subject"
    }
    models = [set(ASKED_OF[name]) for name in names]
    return tuple(
        sorted(set.intersection(*models) if models else {Case}, key=lambda model: model.__name__)
    )


def given_of(model: type[Base], permission: Permission, chance: Random) -> None:
    """Compare a permission one record at a time, as a list, and by its single ways."""
    records = some_records(model, chance)
    actor = an_actor(chance)
    try:
        found = listed(model, policy.visible(actor, permission, model))
    except AttributeError:  # not asked of this one
        return
    ways = policy.visible_by_clause(actor, permission, model)
    assert found == set().union(*(listed(model, way) for way in ways)), permission
    for record in records:
        allowed = policy.allows(actor, permission, record)
        assert allowed == (record.id in found), (permission, vars(record), actor)


@SLOW
@given(st.integers(0, 10**9))
def test_a_permission_gives_the_same_records_one_by_one_as_a_list_and_by_its_ways(
    world: factories.World, seed: int
) -> None:
    chance = Random(seed)
    for permission in Permission:
        for model in asked_of(permission):
            given_of(model, permission, chance)
    start_anew()


@pytest.mark.parametrize("permission", [Permission.CASE_OPEN, Permission.REFERRAL_OPEN])
def test_a_weaker_sign_in_does_what_it_was_narrowed_to_and_a_block_stands_before_everything(
    world: factories.World, permission: Permission
) -> None:
    case = factories.case(world)
    whole = {
        "name": "x",
        "user": world.caseworker,
        "by_role": {Role.CASEWORKER: frozenset({world.here.id})},
    }
    for only, blocked, allowed in (
        (None, frozenset(), True),
        (frozenset({permission}), frozenset(), True),
        (frozenset(), frozenset(), False),
        (frozenset(set(Permission) - {permission}), frozenset(), False),
        (None, frozenset({case.id}), False),
    ):
        actor = Actor(**whole, only=only, blocked=blocked)  # type: ignore[arg-type]
        subject: Any = case
        if permission == Permission.REFERRAL_OPEN:
            number = rows.add(
                rows.table_of(Referral), Random(1), {"case_id": case.id, "office_id": world.here.id}
            )
            subject = db.session.get_one(Referral, number)
        model = type(subject)
        assert policy.allows(actor, permission, subject) is allowed
        assert (subject.id in listed(model, policy.visible(actor, permission, model))) is allowed
        if only is not None and permission not in only:
            assert policy.visible_by_clause(actor, permission, model) == []


def test_what_is_refused_says_which_permission_and_nothing_else(world: factories.World) -> None:
    case = factories.case(world)
    with pytest.raises(policy.Refused) as refused:
        policy.require(Actor("nobody"), Permission.CASE_OPEN, case)
    assert (refused.value.permission, str(refused.value)) == (Permission.CASE_OPEN, "case.open")


def test_a_permission_nobody_decided_on_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(policy.GRANTS, Permission.CASE_OPEN, [])
    monkeypatch.setitem(policy.GRANTS, Permission.CASE_EDIT, [()])
    assert policy.undecided() == ["case.open", "case.edit"]


@pytest.mark.parametrize("role", list(Role))
def test_no_role_alone_reads_everything(role: Role) -> None:
    """Each compartment is closed to some role; nobody who administers or counts reads any."""
    reads = {
        permission
        for permission in Permission
        if permission.value.endswith(".read")
        for clause in policy.GRANTS[permission]
        if all(asked.__name__ in _OPENED_BY.get(role, set()) for asked in clause)
    }
    contents = {"identity.read", "protection.read", "medical.read", "legal.read", "care.read"}
    assert {permission.value for permission in reads} & contents < contents
    if role in {Role.MANAGER, Role.ADMINISTRATOR, Role.PROTECTION, Role.PARTNER, Role.ORIGIN}:
        assert not {permission.value for permission in reads} & contents


_OPENED_BY: dict[Role, set[str]] = {
    Role.CASEWORKER: {"owns_case", "caseworker_of_office", "in_team_of_case"},
    Role.SUPERVISOR: {"supervises_office"},
    Role.HEALTH: {"health_officer_of_office"},
    Role.LEGAL: {"legal_officer_of_office"},
    Role.SHELTER: {"shelters_the_person"},
}
