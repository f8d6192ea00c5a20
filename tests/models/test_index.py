"""The index finds people in other spellings, and shows a thief rows of one size."""

from flask import Flask
from sqlalchemy import func, select

from encryption.postings import HEAD_ROOM
from models import index
from models.base import db
from models.cases import BlindToken, NameRow
from tests import factories


def test_a_person_is_found_in_other_spellings_and_by_exact_values(app: Flask) -> None:
    house = factories.World()
    case = factories.case(
        house, phone="+216 71 234 567", email="Fatima@Example.org", document_number="ab-123 456"
    )
    other = factories.case(house, given_names="Luz Marina", family_name="Ortega Peña")
    for name in (
        "Fatma Zohra Ben Ali",
        "فاطمة الزهراء بن علي",
        "Benali Fatima",
        "Fatima Zahra Benali",
    ):
        assert [hit.case_id for hit in index.find(name)][:1] == [case.id], name
    assert case.id not in [hit.case_id for hit in index.find("Luz Ortega")]
    for value in ("0021671234567", "71 234 567", "fatima@example.org", "AB 123456"):
        assert [hit.case_id for hit in index.find_exact(value, "TN")] == [case.id], value
    assert index.find_exact("+216 71 234 568", "TN") == []
    index.remove(case.id)
    db.session.flush()
    assert index.find("Fatima Zahra Benali") == []
    assert [hit.case_id for hit in index.find("Ortega Luz")] == [other.id]


def test_a_changed_name_is_found_by_the_new_one(quick_app: Flask) -> None:
    case = factories.case(factories.World())
    index.index_person(case.id, {"given_names": "Olena", "family_name": "Bondar"})
    assert [hit.case_id for hit in index.find("Олена Бондар")] == [case.id]
    assert index.find("Fatima Benali") == []


def test_long_lists_spill_into_blocks_of_equal_size_and_lose_nobody(quick_app: Flask) -> None:
    with db.session.no_autoflush:
        for number in range(1, HEAD_ROOM * 40):
            index._append(index.generations()[0], number, {"n:SAME"})
    db.session.flush()
    found = index._lists(index.generations()[0].cipher(), {"n:SAME": 0})
    assert set(found["n:SAME"]) == set(range(1, HEAD_ROOM * 40))
    sizes = set(db.session.execute(select(func.length(NameRow.content))).scalars())
    assert len(sizes) == 2, "heads and blocks, each of one size"


def test_the_stored_index_holds_no_name_and_no_repeated_token(app: Flask) -> None:
    house = factories.World()
    for _ in range(5):
        factories.case(house, given_names="Zubayda", family_name="Qasimova")
    contents = [row.content for row in db.session.execute(select(NameRow)).scalars()]
    assert len(set(contents)) == len(contents)
    assert not any(
        b"ubayda" in content.lower() or b"asimov" in content.lower() for content in contents
    )
    assert db.session.execute(select(func.count()).select_from(BlindToken)).scalar() == 0
