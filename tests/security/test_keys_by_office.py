"""P54: with the keys of one office, nothing that is sealed at another opens: each sealed column, as
the models name them.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Column, select

import serve
from casework.team import transfers
from config import Settings
from encryption import names
from encryption.keyring import HeldElsewhere, Keyring
from encryption.providers import KeyTrouble
from models import columns, index, key_wraps, name_cards, sealed
from models.base import db
from models.cases import Case, Draft, Import
from models.data_protection import Emergency
from models.index_keys import IndexKey, bound_to, standing
from models.key_wraps import held_version, keyring, unwrapped
from models.party_keys import KeyWrap
from models.people import Organisation, User
from models.referrals import Referral
from models.sealed import CaseKey, Unreadable, Version
from models.sealed_by_office import SEALED, office_of, row_column
from models.sealed_records import OwnKey
from operations import indexing, keys, rewrapping, rotation
from tests import factories
from tests.factories import rows

WORDS = "Zqx words"
# One value fits what each kind of column takes.
VALUES = {str: WORDS, bytes: WORDS.encode(), dict: {"words": WORDS}}


class Passing:
    """A gate that lets everybody through: keys must hold where the policy was broken."""

    actor_id = None

    def pass_through(self, *_what: Any) -> None:
        """Yes."""

    def newest_written(self, _case_id: int, _compartment: str) -> str:
        """The trail says nothing."""
        return ""


@pytest.fixture
def house(quick_app: Flask) -> Iterator[factories.World]:
    with sealed.gate_opened_by(Passing()):
        yield factories.World()


@pytest.fixture
def house_of_each(app: Flask) -> Iterator[factories.World]:
    """The same on each database in turn."""
    with sealed.gate_opened_by(Passing()):
        yield factories.World()


def hush(_words: str) -> None:
    """Says nothing."""


def under_keys_of_offices() -> dict[str, Column[Any]]:
    """Every sealed column that a key of an office opens, by name; versions of a return lie under
    its own key, which is one of them.
    """
    return {
        str(column): column
        for column in columns.sealed_columns()
        if columns.key_of(column) != columns.INSTALLATION and column.table.name != "return_versions"
    }


class Filled:
    """A row in each table with a sealed column, all of one office, and how each is opened."""

    def __init__(self, house: factories.World, office: Organisation, worker: User) -> None:
        self.office, self.worker = office.id, worker.id
        self.case = factories.case(house, owner=worker, office=office, phone="+216 71 234 567").id
        self.ids: dict[str, Any] = {"users": worker.id}
        self.opening: dict[str, Callable[[], Any]] = self._of_the_case()
        for name, column in under_keys_of_offices().items():
            if name not in self.opening:
                self.opening[name] = self._filled(column)
        db.session.commit()

    def _of_the_case(self) -> dict[str, Callable[[], Any]]:
        case = db.session.get_one(Case, self.case)
        case.protection = {**case.protection, "threats": WORDS}
        identity = self.case, "identity"

        def key(column: str) -> bytes:
            context = f"case_keys/{self.case}/identity"
            return unwrapped(getattr(db.session.get_one(CaseKey, identity), column), context)

        case.keys["identity"].previous = case.keys["identity"].content
        return {
            "case_documents.content": lambda: dict(db.session.get_one(Case, self.case).identity),
            "case_keys.content": lambda: key("content"),
            "case_keys.previous": lambda: key("previous"),
            "index_keys.content": self._index_key,
            "key_wraps.content": self._told(),
            "name_cards.content": self._card,
            "name_rows.content": self._listed,
            "versions.before_sealed": lambda: self._version().before,
        }

    def _told(self) -> Callable[[], bytes]:
        """The key of a record of the case, wrapped for this office as for one that is told."""
        referral = self._row("referrals")
        release = self._row("case_releases")
        table, given = columns.Base.metadata.tables["key_wraps"], {"case_id": self.case}
        given |= {"referral_id": referral, "return_id": None, "part": "", "release_id": release}
        given |= {"holder_id": self.office, "master_version": 2}
        wrap_id = rows.add(table, Random(5), given)
        wrap = db.session.get_one(KeyWrap, wrap_id)
        wrap.wrap(WORDS.encode().ljust(32), held_version(self.office))
        return lambda: unwrapped(
            db.session.get_one(KeyWrap, wrap_id).content,
            db.session.get_one(KeyWrap, wrap_id).context,
        )

    def _card(self) -> dict[str, Any]:
        found = name_cards.opened([self.case])
        if not found:
            raise HeldElsewhere
        return found[self.case]

    def _index_key(self) -> bytes:
        key = db.session.execute(select(IndexKey).where(IndexKey.office_id == self.office))
        found = key.scalars().all()
        if not found:
            return b"common"  # of a version before
        return unwrapped(found[-1].content, bound_to(found[-1].id))

    def _listed(self) -> bool:
        """Whether the lists of the index tell of the case."""
        terms = {f"n:{term}": 0 for term in names.keys("Fatima Zahra Benali")}
        lists = index._lists(standing().all, terms).values()
        if not any(self.case in found for found in lists):
            raise HeldElsewhere
        return True

    def _version(self) -> Version:
        query = select(Version).where(Version.case_id == self.case)
        return db.session.execute(query).scalars().all()[-1]

    def _filled(self, column: Column[Any]) -> Callable[[], Any]:
        model = columns._models()[column.table.name]
        row_id = self._row(column.table.name)
        if column.name == "own_key":
            db.session.get_one(model, row_id).unwrapped()
            return lambda: db.session.get_one(model, row_id).unwrapped()
        name = next(
            name
            for name, each in vars(model).items()
            if getattr(each, "column", None) == column.name
        )
        record = db.session.get_one(model, row_id)
        with db.session.no_autoflush:
            setattr(record, column.name, None)
            opened = getattr(record, name)
            value = "" if isinstance(opened, str) else b"" if isinstance(opened, bytes) else {}
            setattr(record, name, VALUES[type(value)])
        return lambda: getattr(db.session.get_one(model, row_id), name)

    def _row(self, name: str) -> Any:
        """The key of the one row of a table here, made with what it hangs on."""
        table = columns.Base.metadata.tables[name]
        if name not in self.ids:
            given = {
                column.name: self._above(column)
                for column in table.columns
                if column.foreign_keys or column.name in {"own_key", "own_key_version", "case_id"}
            }
            given |= {"own_key": None, "own_key_version": 0} if "own_key" in given else {}
            given |= {"return_id": None} if name == "attachments" else {}  # a file of the case
            self.ids[name] = rows.add(table, Random(5), given)
        return self.ids[name]

    def _above(self, column: Column[Any]) -> Any:
        for key in column.foreign_keys:
            above = key.column.table.name
            known = {"cases": self.case, "organisations": self.office, "users": self.worker}
            return known[above] if above in known else self._row(above)
        return self.case if column.name == "case_id" else None  # keyed: no foreign key leads there


def narrowed(app: Flask, office: int) -> None:
    """From here on this process has the keys of one office alone."""
    app.extensions["keyring"] = keyring().only([office])
    key_wraps.load_wraps()
    db.session.expire_all()
    db.session.expunge_all()


def opens(filled: Filled) -> set[str]:
    """The columns that open with the keys in place."""
    found = set()
    for name, opening in filled.opening.items():
        try:
            assert opening()
            found.add(name)
        except HeldElsewhere:
            continue
    return found


@pytest.mark.parametrize("mine", ["here", "there"])
def test_with_the_keys_of_one_office_no_sealed_column_of_another_opens(
    app: Flask, house_of_each: factories.World, mine: str
) -> None:
    house = house_of_each
    filled = {
        "here": Filled(house, house.here, house.caseworker),
        "there": Filled(house, house.there, house.far),
    }
    every = set(under_keys_of_offices())
    assert opens(filled["here"]) == opens(filled["there"]) == every
    offices = {name: each.office for name, each in filled.items()}
    narrowed(app, offices[mine])
    assert {name: opens(each) for name, each in filled.items()} == {
        name: every if name == mine else set() for name in filled
    }


def test_a_case_that_goes_to_another_office_takes_its_keys_along(
    app: Flask, house_of_each: factories.World
) -> None:
    house = house_of_each
    filled = Filled(house, house.here, house.caseworker)
    mine, theirs = filled.office, house.there.id
    of_the_case = {
        name
        for name, column in under_keys_of_offices().items()
        if columns.key_of(column) in {columns.CASE, columns.RECORD}
        or "case_id" in column.table.columns
        or name == "name_rows.content"
    }
    # Told to the mission before, and to nobody else; told to another by a release that goes on.
    of_the_case -= {"inward.told_sealed", "inward.own_key", "key_wraps.content"}
    with factories.acts(house.caseworker) as by:
        case = db.session.get_one(Case, filled.case)
        offered = transfers.offer(
            by=by,
            case=case,
            office=factories.anew(house.there),
            user=factories.anew(house.far),
            note="Take care.",
        )
    path = f"/transfers/{offered.id}/accept"
    assert factories.Browser(app, house.far).post(path).status_code == 303
    everybody = keyring()
    narrowed(app, mine)
    assert opens(filled) & of_the_case == set()
    app.extensions["keyring"] = everybody
    narrowed(app, theirs)
    assert opens(filled) & of_the_case == of_the_case


def test_what_lies_outside_cases_opens_in_its_own_row_and_column_alone(
    house: factories.World,
) -> None:
    one = Filled(house, house.here, house.caseworker)
    other = Filled(house, house.here, house.colleague)
    for column in SEALED:
        table = column.model.__tablename__
        mine = db.session.get_one(column.model, one.ids[table])
        theirs = db.session.get_one(column.model, other.ids[table])
        content = getattr(mine, column.column)
        assert WORDS.encode() not in content
        assert WORDS.encode() in column.read(mine)
        setattr(theirs, column.column, content)
        with pytest.raises(Unreadable):
            column.read(theirs)
        for another in SEALED:
            if another is not column:
                with pytest.raises(Unreadable):
                    another.opened(str(getattr(mine, row_column(column.model))), content)
    db.session.rollback()


def before_keys_by_office() -> None:
    """The installation as it was: one wrapping key and one index, which are everybody's."""
    db.session.execute(IndexKey.__table__.delete())
    db.session.execute(
        key_wraps.SystemKey.__table__.delete().where(key_wraps.SystemKey.office_id > 0)
    )
    db.session.commit()
    key_wraps.load_wraps()


def as_sealed_before(filled: Filled) -> None:
    """What lies outside cases, under the root as a version before left it."""
    for column in SEALED:
        record = db.session.get_one(column.model, filled.ids[column.model.__tablename__])
        row = str(getattr(record, row_column(column.model)))
        content = WORDS.ljust(256).encode() if "system/" in column.before else WORDS.encode()
        setattr(record, column.column, sealed.seal_system(column.before.format(row), content))
    db.session.commit()


class Killed(Exception):
    """Stands for a kill in the middle."""


def test_an_installation_goes_over_to_keys_by_office_and_may_be_killed_on_the_way(
    app: Flask, house_of_each: factories.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = house_of_each
    before_keys_by_office()
    filled = [
        Filled(house, house.here, house.caseworker),
        Filled(house, house.there, house.far),
    ]
    for each in filled:
        as_sealed_before(each)
    every = set(under_keys_of_offices())
    assert [opens(each) for each in filled] == [every, every]
    monkeypatch.setattr(rewrapping, "BATCH", 2)

    def killed(_words: str) -> None:
        raise Killed

    for _time in range(3):
        with pytest.raises(Killed):
            rotation.wrap_by_office(killed)
        db.session.rollback()
        assert [opens(each) for each in filled] == [every, every]
    rewrapping.catch_up(batches=1)
    rotation.wrap_by_office(hush)
    indexing.retire(at_once=True)
    assert rewrapping.catch_up() == 0
    assert [opens(each) for each in filled] == [every, every]
    narrowed(app, filled[0].office)
    assert [opens(each) for each in filled] == [every, set()]


def test_one_office_gets_a_new_key_where_it_works_and_no_other_is_touched(
    quick_app: Flask, house: factories.World
) -> None:
    here = Filled(house, house.here, house.caseworker)
    there = Filled(house, house.there, house.far)
    every, known = set(under_keys_of_offices()), rewrapping.newest()
    narrowed(quick_app, here.office)
    rotation.rotate_office(hush, here.office)
    after = rewrapping.newest()
    assert {office for office in known if known[office] != after[office]} == {here.office}
    assert opens(here) == every
    runner = quick_app.test_cli_runner()
    for what, words in {
        ("keys", "rotate"): "the keys of some offices only",
        ("keys", "rotate", "--cases"): "the keys of some offices only",
        ("keys", "rotate", "--office", "ABJ"): "not on this machine",
        ("keys", "rotate", "--office", "NONE"): "There is no office NONE",
    }.items():
        assert words in runner.invoke(args=what).output
    assert "lie under keys of other offices" in runner.invoke(args=["keys", "verify"]).output
    quick_app.extensions["keyring"] = Keyring(keyring().provider)
    keys.load_root()
    assert opens(there) == opens(here) == every


def test_a_page_of_another_offices_case_says_where_its_keys_are(
    quick_app: Flask, house: factories.World
) -> None:
    number = factories.case(house, phone="+216 71 234 567").number
    browser = factories.Browser(quick_app, house.supervisor)
    api = factories.Api(quick_app, house.supervisor)
    assert browser.get(f"/cases/{number}/identity").status_code == 200
    narrowed(quick_app, house.there.id)
    page = browser.get(f"/cases/{number}/identity")
    assert page.status_code == 409
    assert "Kept by another office" in page.get_data(as_text=True)
    answer = api.get(f"/cases/{number}")
    assert (answer.status_code, answer.json["title"]) == (409, "Kept by another office")
    assert browser.get("/account").status_code == 200


def test_each_row_outside_cases_is_found_its_office(house: factories.World) -> None:
    filled = Filled(house, house.there, house.far)
    for column in SEALED:
        record = db.session.get_one(column.model, filled.ids[column.model.__tablename__])
        assert office_of(record) == filled.office, column.model
    nobody = User(email="nobody@example.org", name="Nobody", password_hash="x")
    db.session.add(nobody)
    db.session.flush()
    assert office_of(nobody) is None
    assert office_of(Draft(key="k", author_id=nobody.id)) is None
    with pytest.raises(RuntimeError, match="into the session first"):
        Emergency(case_id=filled.case).words = WORDS
    assert office_of(Import(office=factories.anew(house.here))) == factories.anew(house.here).id
    assert office_of(db.session.execute(select(Case)).scalars().first()) == filled.office
    assert isinstance(db.session.execute(select(Referral)).scalars().first(), OwnKey)


def test_a_setting_says_whose_keys_a_machine_takes(
    quick_app: Flask, house: factories.World, sqlite_settings: Settings
) -> None:
    here, there = factories.case(house), factories.case(house, owner=house.far, office=house.there)
    ids = here.id, there.id
    db.session.rollback()  # SQLite has one writer at a time
    assert serve.processes(sqlite_settings) == ["web", "worker-1", "hooks", "schedule"]
    some = replace(sqlite_settings, offices=("ABJ", "AMEL"))
    assert serve.processes(some) == ["web", "hooks", "schedule"]
    keys.open_keys(quick_app, some)
    db.session.expunge_all()
    assert dict(db.session.get_one(Case, ids[1]).identity)
    with pytest.raises(HeldElsewhere):
        _ = db.session.get_one(Case, ids[0]).identity
    db.session.rollback()
    with pytest.raises(KeyTrouble, match="no office NONE"):
        keys.open_keys(quick_app, replace(some, offices=("ABJ", "NONE")))
