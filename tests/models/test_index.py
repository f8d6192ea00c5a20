"""The index finds people in other spellings, and shows a thief rows of one size."""

from flask import Flask
from sqlalchemy import func, select

from encryption import names
from encryption.postings import HEAD_ROOM
from models import enrolling, index, index_keys
from models.base import db
from models.index_rows import BlindToken, NameRow
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
    enrolling.remove(case.id)
    db.session.flush()
    assert index.find("Fatima Zahra Benali") == []
    assert [hit.case_id for hit in index.find("Ortega Luz")] == [other.id]


def test_a_changed_name_is_found_by_the_new_one(quick_app: Flask) -> None:
    case = factories.case(factories.World())
    enrolling.enrol(case.id, {"given_names": "Olena", "family_name": "Bondar"})
    assert [hit.case_id for hit in index.find("Олена Бондар")] == [case.id]
    assert index.find("Fatima Benali") == []


def test_long_lists_spill_into_blocks_of_equal_size_and_lose_nobody(quick_app: Flask) -> None:
    common = index_keys.standing().common[0]
    with db.session.no_autoflush:
        for number in range(1, HEAD_ROOM * 40):
            enrolling._append(common, number, {"n:SAME"})
    db.session.flush()
    found = index._lists([common], {"n:SAME": 0})
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


def test_a_birth_some_years_apart_counts_less_the_farther_it_is(quick_app: Flask) -> None:
    asked = names.prepare("Fatima Benali")
    card = {"names": ["Fatima Benali"], "birth": {"year": 2000}}
    found = {}
    for apart in (-3, -2, 0, 2, 3):
        hit = index._judge(1, card, asked, {"year": 2000 + apart})
        found[apart] = (hit.reasons[-1], round(hit.score, 2))
    same, near, other = (
        ("same_birth_year", 1.0),
        ("near_birth_year", 1.0),
        ("other_birth_year", 0.88),
    )
    assert found == {-3: other, -2: near, 0: same, 2: near, 3: other}
    for birth in (None, {}, {"age": 5, "on": "2026-01-01"}):
        assert (
            index._judge(1, card, asked, birth).reasons
            == index._judge(1, {**card, "birth": None}, asked, {"year": 2000}).reasons
        )


def test_exact_values_are_told_apart_by_kind_and_short_ones_are_none(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(
        house,
        phone="71 234 567",
        home_phone="+33 1 23 45 67 89",
        email="a@example.org",
        document_number="X-12 34",
    )
    for value, kind in (
        ("+21671234567", "phone"),
        ("0033123456789", "phone"),
        (" A@EXAMPLE.ORG ", "email"),
        ("x1234", "document"),
    ):
        hits = index.find_exact(value, "TN")
        assert [(hit.case_id, hit.reasons) for hit in hits] == [(case.id, (f"same_{kind}",))], value
    for value in ("", "1234", "nobody@example.org", "+21671234568"):
        assert index.find_exact(value, "TN") == []


def test_a_birth_date_finds_as_far_as_it_is_known(quick_app: Flask) -> None:
    house = factories.World()
    whole = factories.case(house, birth={"year": 2001, "month": 5, "day": 7})
    month = factories.case(house, birth={"year": 2001, "month": 5})
    year = factories.case(house, birth={"year": 2001})
    for birth, expected in (
        ({"year": 2001}, [year, month, whole]),
        ({"year": 2001, "month": 5}, [month, whole]),
        ({"year": 2001, "month": 5, "day": 7}, [whole]),
        ({"year": 2001, "month": 6}, []),
        ({"year": 2002}, []),
    ):
        assert [hit.case_id for hit in index.find_birth(birth)] == [case.id for case in expected], (
            birth
        )
