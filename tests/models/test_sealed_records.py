"""Documents beside the compartments: of records with a key of their own, of children of a case, and
what stood before a change.
"""

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from access.actors import person, system
from access.gate import acting
from casework.core import timeline
from casework.records import changes
from casework.records.kinds import KINDS
from models import sealed
from models.base import db
from models.cases import Event
from models.records import Record
from models.referrals import Referral
from models.sealed import Shut, Unreadable, Version
from tests import factories
from tests.referral.test_referral import send


@pytest.fixture
def house(quick_app: Flask) -> factories.World:
    return factories.World()


@given(st.binary(max_size=600), st.sampled_from([1, 16, 256]))
def test_content_is_as_long_as_the_next_whole_step(content: bytes, step: int) -> None:
    padded = sealed.padded(content, step)
    assert len(padded) % step == 0
    assert len(padded) - len(content) < step
    assert padded.startswith(content)
    assert padded[len(content) :].strip() == b""


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=5))
def test_short_documents_are_of_one_length(value: dict[str, str]) -> None:
    assert len(sealed.packed(value)) % 256 == 0


def test_two_names_of_other_lengths_lie_in_the_same_number_of_bytes(house: factories.World) -> None:
    cases = [factories.case(house, given_names=name) for name in ("Al", "Maximiliane Alexandra")]
    sizes = {len(case.documents["identity"].content) for case in cases}
    assert len(sizes) == 1


def test_a_record_whose_key_was_destroyed_opens_and_takes_nothing_any_more(
    house: factories.World,
) -> None:
    referral = send(house)
    with acting(person(house.supervisor)):
        assert referral.released["needs"] == "Single room."
        referral.forget()
        with pytest.raises(Shut, match="destroyed"):
            _ = referral.released
        with pytest.raises(Shut, match="destroyed"):
            referral.released = {"needs": "Again."}
        assert referral.own_key is None


def test_a_document_of_one_record_does_not_open_on_another(house: factories.World) -> None:
    one, other = send(house), send(house)
    for column in ("released_sealed", "own_key"):
        content = db.session.execute(
            select(getattr(Referral, column)).where(Referral.id == one.id)
        ).scalar_one()
        db.session.execute(
            update(Referral).where(Referral.id == other.id).values({column: content})
        )
        db.session.commit()
        with acting(person(factories.anew(house.supervisor))), pytest.raises(Exception) as wrong:
            _ = factories.anew(other).released
        assert type(wrong.value).__name__ in {"Unreadable", "KeyTrouble"}, column


def test_nothing_was_written_is_an_empty_document(house: factories.World) -> None:
    case, referral = factories.case(house), send(house)
    with acting(person(house.health)):
        assert dict(case.medical) == {}
    with acting(person(house.caseworker)):
        assert dict(factories.anew(referral).thread) == {}


def test_what_is_read_cannot_be_changed_in_place(house: factories.World) -> None:
    case = factories.case(house)
    with acting(person(house.caseworker)):
        identity: Any = case.identity
        with pytest.raises(TypeError):
            identity["family_name"] = "X"


def test_a_word_in_the_timeline_is_of_its_compartment(house: factories.World) -> None:
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        timeline.add(by=by, case=case, kind="note", note="Zqxword")
    (event,) = factories.of_kind(Event, "note")
    assert b"Zqxword" not in (event.note_sealed or b"")
    with acting(person(house.supervisor)):
        assert event.note == "Zqxword"
    with pytest.raises(Shut):
        _ = event.note
    event.note_sealed = None
    assert event.note == "", "an entry without words asks nobody"


def test_every_change_of_a_record_keeps_what_stood_before_and_no_change_keeps_nothing(
    house: factories.World,
) -> None:
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        made: Record = changes.add(
            by=by, case=case, kind=KINDS["note"], given={"words": "First.", "tags": "a"}
        )
        for words in ("First.", "Second.", "Second.", "Third."):
            changes.change(
                by=by, record=made, given={"words": words, "tags": "a"}, corrected=words == "Third."
            )
        versions = list(
            db.session.execute(
                select(Version).where(Version.subject == made.key).order_by(Version.id)
            ).scalars()
        )
        assert [dict(version.before) for version in versions] == [
            {"words": "First."},
            {"words": "Second."},
        ]
        assert [version.corrected for version in versions] == [False, True]
        assert {version.by_id for version in versions} == {by.id}
    with acting(person(house.health)), pytest.raises(Exception, match="protection"):
        _ = versions[0].before


def test_what_belongs_to_no_case_opens_for_its_own_purpose_alone(quick_app: Flask) -> None:
    content = sealed.seal_system("draft", b"words")
    assert sealed.open_system("draft", content) == b"words"
    with pytest.raises(Unreadable):
        sealed.open_system("session", content)
    with pytest.raises(Unreadable):
        sealed.open_system("draft", content[:-1])


def test_a_key_names_which_of_its_rotations_sealed_and_the_one_before_still_opens(
    house: factories.World,
) -> None:
    case = factories.case(house)
    key = case.keys["identity"]
    before = sealed.seal_with(key, b"old", "place")
    made = sealed.new_case_key(case.id, "identity", case.office_id)
    key.previous, key.content, key.number = key.content, made.content, 2
    after = sealed.seal_with(key, b"new", "place")
    assert (sealed.open_with(key, before, "place"), sealed.open_with(key, after, "place")) == (
        b"old",
        b"new",
    )
    for wrong in ("elsewhere", ""):
        with pytest.raises(Unreadable):
            sealed.open_with(key, after, wrong)
    key.previous = None
    with pytest.raises(Unreadable):
        sealed.open_with(key, before, "place")
    db.session.rollback()


def test_without_its_key_a_compartment_is_noise(house: factories.World) -> None:
    case = factories.case(house)
    db.session.delete(case.keys.pop("identity"))
    db.session.flush()
    with acting(person(house.caseworker)), pytest.raises(Unreadable):
        _ = case.identity
    with acting(system("inspection")), pytest.raises(Unreadable):
        _ = case.identity
    db.session.rollback()
