"""Each office's names and exact values stand in an index of its own: whoever has the keys of one
office and the installation's own learns of no other whom they know.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from encryption import names
from encryption.cipher import Unreadable
from encryption.keyring import HeldElsewhere
from models import enrolling, index, name_cards
from models.base import db
from models.cases import Case
from models.index_keys import FIRST, IndexKey, standing
from models.index_rows import BlindToken, NameCard, NameRow
from models.key_wraps import keyring
from operations import indexing, keys, rewrapping, rotation
from tests import factories
from tests.conftest import Clock
from tests.security.test_keys_by_office import hush, narrowed

ZUBAYDA = {"given_names": "Zubayda", "family_name": "Qasimova"}
PHONE, OTHER_PHONE = "+216 71 234 567", "+216 71 999 888"


def two(house: factories.World, **both: Any) -> tuple[int, int]:
    """A case of the office here, and one of the other."""
    here = factories.case(house, phone=PHONE, **both)
    there = factories.case(
        house, owner=house.far, office=house.there, phone=OTHER_PHONE, **ZUBAYDA | both
    )
    return here.id, there.id


def found(name: str) -> set[int]:
    """The cases that a search by name meets."""
    return {hit.case_id for hit in index.find(name)}


def listed(case_id: int, name: str = "Fatima Zahra Benali") -> bool:
    """Whether lists that open here name a case."""
    lists = index._lists(standing().all, {f"n:{key}": 0 for key in names.keys(name)})
    return any(case_id in ids for ids in lists.values())


def test_with_the_keys_of_one_office_a_search_meets_its_people_and_no_list_tells_of_others(
    app: Flask,
) -> None:
    house = factories.World()
    here, there = two(house, birth={"year": 1990})
    everybody, mine, others = keyring(), house.here.id, {house.there.id, house.headquarters.id}
    assert (found("Fatima Benali"), found("Qasimova Zubayda")) == ({here}, {there})
    assert {hit.case_id for hit in index.find_birth({"year": 1990})} == {here, there}
    narrowed(app, mine)
    assert index.not_asked() == others
    assert (found("Fatima Benali"), found("Qasimova Zubayda")) == ({here}, set())
    assert [hit.case_id for hit in index.find_birth({"year": 1990})] == [here]
    assert [hit.case_id for hit in index.find_exact(PHONE)] == [here]
    assert index.find_exact(OTHER_PHONE) == []
    theirs = {key.id for key in db.session.execute(select(IndexKey)).scalars()} - {
        each.number for each in standing().all
    }
    rows = db.session.execute(select(NameRow).where(NameRow.generation.in_(theirs))).scalars().all()
    assert rows
    labels = {each.cipher().label(term) for each in standing().all for term in terms(ZUBAYDA)}
    assert not labels & {row.label for row in rows}, "nobody can ask for a name"
    for row in rows:
        for each in standing().all:
            with pytest.raises(Unreadable):
                each.cipher().open_head(row.label, row.content)
    app.extensions["keyring"] = everybody
    assert index.not_asked() == frozenset()
    assert found("Qasimova Zubayda") == {there}


def terms(person: dict[str, Any]) -> set[str]:
    """What stands in an index of somebody."""
    return index.terms_of(index.known_names(person), {"year": 1990})


def test_pages_and_programs_are_told_that_not_every_office_was_asked(quick_app: Flask) -> None:
    house = factories.World()
    two(house)
    browser, api = (
        kind(quick_app, house.caseworker) for kind in (factories.Browser, factories.Api)
    )

    def answers() -> tuple[str, list[str]]:
        page = browser.post("/cases/search", query="Zubayda Qasimova", follow_redirects=True)
        answer = api.post("/cases/search", {"query": "Zubayda Qasimova"})
        return page.get_data(as_text=True), answer.json["not_asked"]

    page, codes = answers()
    assert "Another office may know" in page
    assert ("Not every office was asked" in page, codes) == (False, [])
    narrowed(quick_app, house.here.id)
    page, codes = answers()
    assert "Nobody found" in page
    assert "Not every office was asked" in page
    assert "The ABJ" in page
    assert codes == ["ABJ"]


def as_the_version_before(case_id: int, given_names: str) -> None:
    """What a process of the version before writes of a case: its card and the common index."""
    common = standing().common[-1]
    card = db.session.get(NameCard, case_id)
    before = enrolling._terms_of(card) if card else set()
    person = {"given_names": given_names, "family_name": "Benali"}
    name_cards.write(case_id, index.known_names(person), None)
    after = index.terms_of(index.known_names(person), None)
    enrolling._append(common, case_id, after - before)
    enrolling._withdraw(common, case_id, before - after)
    db.session.execute(delete(BlindToken).where(BlindToken.case_id == case_id))
    enrolling._write_tokens(case_id, (common,), {"phone": PHONE}, "TN")
    db.session.commit()


def before_indexes_by_office(house: factories.World, count: int) -> list[int]:
    """An installation as a version before left it: everybody in the common index."""
    ids = [factories.case(house, phone=PHONE).id for _number in range(count)]
    db.session.execute(delete(NameRow))
    db.session.execute(delete(IndexKey))
    db.session.execute(delete(NameCard))
    db.session.commit()
    for number, case_id in enumerate(ids):
        as_the_version_before(case_id, NAMES[number])
    return ids


NAMES = ("Amal", "Bruno", "Chidi", "Dawit", "Esra")


def test_an_index_of_all_becomes_one_of_each_office_and_everybody_is_found_all_the_while(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = factories.World()
    mine, ids = house.here.id, before_indexes_by_office(house, 4)
    rewrapping.give_each_office_its_key()
    assert keys.status()["cases in the common index"] == 4
    monkeypatch.setattr(indexing, "BATCH", 1)

    def all_are_found() -> bool:
        whole = [found(f"{name} Benali") for name in NAMES[: len(ids)]]
        phones = {hit.case_id for hit in index.find_exact(PHONE)}
        return phones == set(ids) and all(
            case_id in some for case_id, some in zip(ids, whole, strict=True)
        )

    while indexing.batch(set()):
        assert all_are_found()
    new = factories.case(house, given_names=NAMES[4], phone=PHONE)  # by a process of now
    common = standing().common[-1]
    lists = index._lists([common], {f"n:{key}": 0 for key in names.keys("Esra Benali")})
    assert any(new.id in some for some in lists.values()), "the version before finds it too"
    ids.append(new.id)
    assert "cases in the common index" not in keys.status()
    as_the_version_before(ids[1], "Olena")  # and one by a process of the version before
    assert ids[1] in found("Olena Benali")
    indexing.catch_up()
    assert all(number < FIRST for number in generations() - offices()), "it may still run"
    clock.forward(seconds=(indexing.BESIDE + timedelta(minutes=1)).total_seconds())
    indexing.catch_up()
    assert generations() == {standing().newest(mine).number}
    assert ids[1] in found("Olena Benali")
    assert {hit.case_id for hit in index.find_exact(PHONE)} == set(ids)
    assert indexing.catch_up() == 0


def generations() -> set[int]:
    """The indexes of which there is a row."""
    stood = set(db.session.execute(select(NameRow.generation)).scalars())
    return stood | set(db.session.execute(select(BlindToken.generation)).scalars())


def offices() -> set[int]:
    """The numbers of offices' indexes."""
    return set(db.session.execute(select(IndexKey.id)).scalars())


def test_a_case_goes_into_the_index_of_the_office_that_has_it_now(app: Flask) -> None:
    house = factories.World()
    here, _there = two(house)
    mine, theirs = house.here.id, house.there.id
    case = db.session.get_one(Case, here)
    case.office_id = theirs
    enrolling.move(here, "CI")
    db.session.commit()
    assert here in found("Fatima Benali")
    everybody = keyring()
    narrowed(app, mine)
    assert not listed(here)
    assert index.find_exact(PHONE) == []
    app.extensions["keyring"] = everybody
    narrowed(app, theirs)
    assert listed(here)
    assert [hit.case_id for hit in index.find_exact(PHONE, "TN")] == [here]


LEAVES: dict[str, Callable[[], Any]] = {
    "at once": lambda: None,
    "put in twice": lambda: db.session.execute(update(NameCard).values(enrolled=b"other")),
    "after a rotation": lambda: rotation.rotate_index(hush),
}


@pytest.mark.parametrize("when", LEAVES)
def test_a_case_that_is_erased_stands_in_no_list(quick_app: Flask, when: str) -> None:
    house = factories.World()
    case_id = factories.case(house).id
    for number in range(10_000, 10_200):  # so that it lies in a block, not in the head
        enrolling._append(standing().newest(house.here.id), number, terms_of_fatima())
    LEAVES[when]()
    enrolling.move(case_id, "TN")
    assert listed(case_id)
    enrolling.remove(case_id)
    assert not listed(case_id)


def terms_of_fatima() -> set[str]:
    """What stands in an index of her."""
    return {f"n:{key}" for key in names.keys("Fatima Zahra Benali")}


def test_where_the_keys_of_its_office_are_not_no_case_is_taken_out_or_moved(
    quick_app: Flask,
) -> None:
    house = factories.World()
    _here, there = two(house)
    narrowed(quick_app, house.here.id)
    for deed in (enrolling.remove, lambda case_id: enrolling.move(case_id, "CI")):
        with pytest.raises(HeldElsewhere):
            deed(there)
        db.session.rollback()
    assert indexing.catch_up() == 0
    with pytest.raises(Exception, match="keys of some offices only"):
        rotation.rotate_index(hush)


def test_an_older_copy_of_the_database_finds_its_people_with_newer_keys(
    quick_app: Flask,
) -> None:
    house = factories.World()
    here, there = two(house)
    rows = [
        (row.label, row.content, row.generation)
        for row in db.session.execute(select(NameRow)).scalars()
    ]
    old = dict(db.session.execute(select(NameCard.case_id, NameCard.index_number)).all())
    rotation.rotate_index(hush)
    db.session.execute(delete(NameRow))
    db.session.add_all(NameRow(label=a, content=b, generation=c) for a, b, c in rows)
    for case_id, number in old.items():
        db.session.execute(
            update(NameCard).where(NameCard.case_id == case_id).values(index_number=number)
        )
    db.session.commit()
    assert indexing.catch_up() == 2
    assert (found("Fatima Benali"), found("Qasimova Zubayda")) == ({here}, {there})
    rotation.rotate_index(hush)
    assert generations() <= offices()


def test_each_office_gets_one_index_key_and_partners_none(quick_app: Flask) -> None:
    house = factories.World()
    made = db.session.execute(select(IndexKey)).scalars().all()
    mine = {house.here.id, house.there.id, house.headquarters.id}
    assert {key.office_id for key in made} == mine
    assert all(key.beside_until is None for key in made), "nothing of a version before is there"
    rewrapping.give_each_office_its_key()
    assert len(db.session.execute(select(IndexKey)).scalars().all()) == len(made)
