"""What decides bears a MAC, or it is said here why not."""

from collections.abc import Iterator
from typing import Any

from flask import Flask
from sqlalchemy import Column, update

from models import marks, witnessed
from models.base import Base, db
from models.cases import Case
from models.life_cycles import StateColumn
from tests import factories
from tests.conftest import Clock

_TOLD = "what is told is asked of its release, which is covered"
_BOOKS = "money: the books are summed and paid by people, and no row says who may act or see"
_WORK = "work to do: nobody sees or may more by it"
# States that bear no MAC, each with its reason.
STATES = {
    "advances.state": _BOOKS,
    "assistance.state": _BOOKS,
    "attachments.state": "what is in a file is bound to its row, case and compartment",
    "fund_requests.state": _BOOKS,
    "hook_messages.state": "whether a partner's system was told; what, is one event and number",
    "manifest.state": "a seat: what a case says of its journey is asked of the return",
    "messages.state": "whether somebody was told; a notice opens nothing",
    "movements.state": "a journey of several: a return's own steps decide",
    "person_requests.state": "a register: an answer is written by hand",
    "referrals.state": _TOLD,
    "returns.handover": _TOLD,
    "returns.state": _TOLD,
}
# What says who may act or see, or whose a row is, and bears no MAC: table and column.
PLACES = {
    "advances.office_id": _BOOKS,
    "crisis_operations.office_id": _BOOKS,
    "flags.user_id": "a mark on one's own list: the case is asked anew",
    "fund_requests.office_id": _BOOKS,
    "hooks.organisation_id": "read by a process without the key; its secret is bound to its row",
    "households.office_id": "its members are asked by their cases",
    "index_keys.office_id": "a key is bound to its office",
    "messages.user_id": "a notice says a number and a path; both are asked when it is followed",
    "movements.office_id": _WORK,
    "office_versions.organisation_id": "sealed to its office and row",
    "readings_on.office_id": "where it is listed; who read on, is covered",
    "referrals.office_id": _TOLD,
    "referrals.partner_id": _TOLD,
    "returns.sending_id": _TOLD,
    "returns.receiving_id": _TOLD,
    "returns.transit_id": _TOLD,
    "return_events.organisation_id": "history",
    "saved_filters.user_id": "a filter of lists: what it finds is asked anew",
    "sent_forms.user_id": "an answer is sealed and asked anew for who opens it",
    "sessions.user_id": "the account stands within what is sealed",
    "shelter_rooms.facility_id": "a stay names its house itself",
    "shown_pages.user_id": "found by a random key, and sealed under it",
    "system_keys.office_id": "a key is bound to its office",
    "tasks.owner_id": _WORK,
    "teams.organisation_id": "who is of a team stands in the grants",
    "trail.organisation_id": "the trail has its own chain",
    "trail.user_id": "the trail has its own chain",
    "trail_heads.organisation_id": "the trail has its own chain",
    "trail_seals.organisation_id": "the trail has its own chain",
    "alerts.user_id": "an alert: whom it is about",
}
WHOSE = (
    "author_id",
    "by_user_id",
    "facility_id",
    "office_id",
    "organisation_id",
    "owner_id",
    "partner_id",
    "receiving_id",
    "sending_id",
    "to_office_id",
    "to_user_id",
    "transit_id",
    "user_id",
)


def covered() -> set[str]:
    return {
        f"{model.__table__.name}.{inspected}"
        for model in witnessed.models()
        for cover in witnessed.covers(model)
        for inspected in cover.names
    }


def columns() -> Iterator[Column[object]]:
    for table in Base.metadata.sorted_tables:
        yield from table.columns


def test_every_state_is_covered_or_has_its_reason() -> None:
    found = {str(column) for column in columns() if isinstance(column.type, StateColumn)}
    assert found - covered() == STATES.keys()
    assert all(STATES.values())


def test_whose_a_row_is_and_whom_it_lets_see_is_covered_or_has_its_reason() -> None:
    found = {str(column) for column in columns() if column.name in WHOSE}
    assert found - covered() == PLACES.keys()
    assert all(PLACES.values())


def test_each_row_that_is_covered_is_told_apart_from_others() -> None:
    """A MAC over columns that another row may bear as well could be copied to it."""
    for model in witnessed.models():
        keys = {column.name for column in model.__table__.primary_key}
        unique = {column.name for column in model.__table__.columns if column.unique}
        for cover in witnessed.covers(model):
            if cover.layer == marks.FIRST:
                continue  # equal rows of these say the same
            names = set(cover.names)
            assert keys <= names or names & unique, model


def test_to_cover_a_row_is_no_change_of_it(quick_app: Flask, clock: Clock) -> None:
    """An upgrade that covers all rows moves no case in lists, nor does another's MAC."""
    house = factories.World()
    case = factories.case(house)
    before = factories.anew(case).changed_at
    table: Any = Case.__table__
    db.session.execute(update(table).values(seal_more=None, changed_at=table.c.changed_at))
    db.session.commit()
    clock.forward(days=3)
    witnessed.cover_all(marks.SECOND)
    witnessed.change_all(Case, Case.id == case.id, risk="low", changed_at=Case.changed_at)
    db.session.commit()
    assert factories.anew(case).changed_at == before
