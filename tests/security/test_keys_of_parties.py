"""P54: of a record that two offices hold, each has the key under its own: with the keys of one
alone opens what was released to it, that alone, and only while the release stands.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from avrr import handover, preparation, steps
from casework.core import consent
from encryption import cipher
from encryption.keyring import HeldElsewhere, Keyring
from encryption.providers import KeyTrouble
from models import key_wraps, scope, sealed, sharing
from models.base import Base, db, today
from models.cases import Case
from models.key_wraps import keyring
from models.party_keys import KeyWrap, ToldKey
from models.people import Organisation
from models.referrals import Referral
from models.returns import Return
from models.sealed_records import OwnDocument, OwnKey
from operations import rewrapping, rotation
from referral import sending
from tests import factories
from tests.security.test_keys_by_office import Killed, Passing, hush

WORDS = {"words": "Zqx words"}


@pytest.fixture
def house(app: Flask) -> Iterator[factories.World]:
    with sealed.gate_opened_by(Passing()):
        yield factories.World()


@pytest.fixture
def quick_house(quick_app: Flask) -> Iterator[factories.World]:
    with sealed.gate_opened_by(Passing()):
        yield factories.World()


@pytest.fixture
def everybody() -> Keyring:
    return keyring()


def documents(model: Any) -> set[str]:
    """Every document of a model that lies under its own key, as the model names them."""
    return {name for name, each in vars(model).items() if isinstance(each, OwnDocument)}


class Told:
    """A return handed over, with a mission on the way, and two referrals: each document filled."""

    def __init__(self, house: factories.World) -> None:
        self.house = house
        self.transit = house._place("NIA", "mission", "NE")
        db.session.commit()
        self.case = factories.case(house).id
        self.agree(house.there, self.transit, house.partner)
        self.ids = {"return": self._return(), "referral": self._referral()}
        self.ids["at home"] = self._at_home()
        db.session.commit()

    def agree(self, *recipients: Organisation) -> None:
        """What the person agrees to from now on, and nothing else."""
        told = [factories.anew(each).id for each in recipients]
        given = {"sharing": "agrees", "recipients": told}
        with factories.acts(self.house.caseworker) as by:
            consent.record(by=by, case=db.session.get_one(Case, self.case), given=given)

    def record(self, name: str) -> Any:
        return db.session.get_one(Return if name == "return" else Referral, self.ids[name])

    def _return(self) -> int:
        leg = {"from": "Tunis", "to": "Niamey", "carrier": "", "on": today()}
        with factories.acts(self.house.caseworker) as by:
            case = db.session.get_one(Case, self.case)
            made = preparation.start(by=by, case=case, country="CI")
            factories.declared(made, by)
            steps.journey(by=by, return_=made, given={"legs": [leg], "via": "NIA"})
            handover.hand_over(by=by, return_=made)
        return self._fill(made)

    def _referral(self) -> int:
        with factories.acts(self.house.caseworker) as by:
            made = factories.refer(by, self.house, db.session.get_one(Case, self.case))
        return self._fill(made)

    def _at_home(self) -> int:
        """By the receiving mission, of what it was told."""
        partner = self.house._place("HOME", "partner", "CI")
        partner.services = ["shelter"]
        db.session.commit()
        self.agree(self.house.there, self.transit, self.house.partner, partner)
        with factories.acts(self.house.origin) as by:
            return_ = db.session.get_one(Return, self.ids["return"])
            scope.touch(return_.case_id)
            made = sending.draft(
                by=by, case=return_.case, office_id=return_.receiving_id or 0, partner_id=partner.id
            )
            made.service, made.urgency = "shelter", "standard"
            sending.release_to(by=by, referral=made, values={"needs": "A bed."})
        return self._fill(made)

    def _fill(self, record: Any) -> int:
        for name in documents(type(record)):
            setattr(record, name, WORDS)
        db.session.commit()
        return int(record.id)


def narrowed(app: Flask, place: Organisation) -> None:
    """From here on this process has the keys of one office alone."""
    office = factories.anew(place).id
    db.session.rollback()
    app.extensions["keyring"] = keyring().only([office])
    key_wraps.load_wraps()
    db.session.expunge_all()


def widened(app: Flask, everybody: Keyring) -> None:
    db.session.rollback()
    app.extensions["keyring"] = everybody
    db.session.expunge_all()


def opens(told: Told) -> set[tuple[str, str]]:
    """Which documents of which records open with the keys in place."""
    found = set()
    for record in told.ids:
        for name in documents(type(told.record(record))):
            try:
                assert getattr(told.record(record), name) == WORDS
                found.add((record, name))
            except (HeldElsewhere, sealed.Shut):
                continue
    return found


def of(*records: str) -> set[tuple[str, str]]:
    model = {"return": Return, "referral": Referral, "at home": Referral}
    return {(record, name) for record in records for name in documents(model[record])}


def test_each_party_opens_what_was_released_to_it_and_nothing_else(
    app: Flask, house: factories.World, everybody: Keyring
) -> None:
    told = Told(house)
    home = told.record("at home").partner
    assert opens(told) == of("return", "referral", "at home")
    expected: dict[str, tuple[Organisation, set[tuple[str, str]]]] = {
        "the office": (house.here, of("return", "referral", "at home")),
        "the receiving mission": (house.there, of("return", "at home")),
        "the mission on the way": (told.transit, {("return", "journey")}),
        "the partner": (house.partner, of("referral")),
        "the partner at home": (home, of("at home")),
    }
    found = {}
    for name, (place, _expected) in expected.items():
        narrowed(app, place)
        found[name] = opens(told)
        if name != "the office":
            with pytest.raises(HeldElsewhere):
                dict(db.session.get_one(Case, told.case).identity)
        widened(app, everybody)
    assert found == {name: documents_ for name, (_place, documents_) in expected.items()}


def test_every_record_with_a_key_of_its_own_says_whom_it_is_told() -> None:
    models = {each.class_ for each in Base.registry.mappers if issubclass(each.class_, OwnKey)}
    shared = {model for model, _column, _part in sharing.TOLD.values()}
    # What a partner tells a mission nobody reads but that mission: it stays under its key alone.
    assert {each.__name__ for each in models - shared} == {"IncomingReferral"}
    assert all(issubclass(each, ToldKey) for each in shared)


def test_what_ends_takes_the_recipients_key_along_in_the_same_transaction(
    app: Flask, house: factories.World, everybody: Keyring
) -> None:
    told = Told(house)
    kept = {row.holder_id: _row(row) for row in _wraps()}
    assert len(kept) == 4
    told.agree(house.there)
    assert {row.holder_id for row in _wraps()} == {factories.anew(house.there).id}
    narrowed(app, told.transit)
    assert opens(told) == set()
    narrowed(app, house.partner)
    assert opens(told) == set()
    widened(app, everybody)
    _put_back(kept[factories.anew(told.transit).id])
    narrowed(app, told.transit)
    assert opens(told) == set(), "a wrap that was put back counts for none"
    widened(app, everybody)
    told.agree(house.partner)
    assert {row.holder_id for row in _wraps()} <= {factories.anew(told.transit).id}
    narrowed(app, house.there)
    assert opens(told) == set()


def _wraps() -> list[KeyWrap]:
    return list(db.session.execute(select(KeyWrap)).unique().scalars())


def _row(wrap: KeyWrap) -> dict[str, Any]:
    return {column.key: getattr(wrap, column.key) for column in KeyWrap.__table__.columns}


def _put_back(row: dict[str, Any]) -> None:
    db.session.execute(KeyWrap.__table__.insert().values(**row))
    db.session.commit()


def test_a_wrap_moved_to_another_record_or_release_opens_nothing(
    quick_house: factories.World,
) -> None:
    told = Told(quick_house)
    partner = factories.anew(quick_house.partner)
    mine = next(row for row in _wraps() if row.holder_id == partner.id)
    other = next(row for row in _wraps() if row.referral_id == told.ids["at home"])
    for changed in ({"referral_id": other.referral_id}, {"release_id": other.release_id}):
        db.session.execute(delete(KeyWrap).where(KeyWrap.id != mine.id))
        db.session.execute(update(KeyWrap).where(KeyWrap.id == mine.id).values(**changed))
        db.session.expire_all()
        with pytest.raises(KeyTrouble):
            mine.opened()
        db.session.rollback()


def _as_before(told: Told) -> None:
    """As a version before left it: nobody has a wrap, the journey lies under the return's key."""
    db.session.execute(delete(KeyWrap))
    record = told.record("return")
    place = f"Return/{record.id}/journey"
    content = cipher.seal(record.unwrapped(), sealed.packed(WORDS), bound=place)
    same = update(Return).where(Return.id == record.id)
    db.session.execute(same.values(journey_sealed=content, changed_at=Return.changed_at))
    db.session.commit()


def test_what_was_told_before_is_given_to_each_party_and_a_kill_loses_nothing(
    app: Flask, house: factories.World, everybody: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told(house)
    _as_before(told)
    narrowed(app, house.there)
    assert opens(told) == set()
    widened(app, everybody)
    assert opens(told) == of("return", "referral", "at home")
    give, seen = sharing.give_again, []

    def killed(granted: Any) -> bool:
        seen.append(granted)
        if len(seen) in {1, 3}:
            raise Killed
        return give(granted)

    monkeypatch.setattr(sharing, "give_again", killed)
    for _time in range(2):
        with pytest.raises(Killed):
            rotation.wrap_by_office(hush)
        db.session.rollback()
        assert opens(told) == of("return", "referral", "at home")
    rotation.wrap_by_office(hush)
    assert rewrapping.tell_parties() == 0
    for place, expected in (
        (house.there, of("return", "at home")),
        (told.transit, {("return", "journey")}),
        (house.partner, of("referral")),
    ):
        narrowed(app, place)
        assert opens(told) == expected
        widened(app, everybody)


def _of_office(place: Organisation) -> Callable[[Any], None]:
    return lambda say: rotation.rotate_office(say, factories.anew(place).id)


@pytest.mark.parametrize("whose", ["here", "there", "partner"])
def test_a_rotation_of_either_office_killed_on_the_way_leaves_both_their_keys(
    quick_app: Flask, quick_house: factories.World, whose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = keyring()
    told = Told(quick_house)
    before = rewrapping.newest()
    monkeypatch.setattr(rewrapping, "BATCH", 1)

    def kill(_words: str) -> None:
        raise Killed

    rotate = _of_office(getattr(quick_house, whose))
    for _time in range(3):
        with pytest.raises(Killed):
            rotate(kill)
        db.session.rollback()
        db.session.expunge_all()
        assert opens(told) == of("return", "referral", "at home")
    rotate(hush)
    after = rewrapping.newest()
    moved = {office for office in before if before[office] != after[office]}
    assert moved == {factories.anew(getattr(quick_house, whose)).id}
    for place, expected in (
        (quick_house.there, of("return", "at home")),
        (told.transit, {("return", "journey")}),
        (quick_house.partner, of("referral")),
    ):
        narrowed(quick_app, place)
        assert opens(told) == expected
        widened(quick_app, everybody)


def test_the_receiving_mission_works_with_its_own_keys_alone(
    quick_app: Flask, quick_house: factories.World
) -> None:
    told = Told(quick_house)
    reference = told.record("return").reference
    told.record("return").released = {"family_name": "Benali"}
    told.record("return").thread = {"items": []}
    db.session.commit()
    narrowed(quick_app, quick_house.there)
    browser = factories.Browser(quick_app, quick_house.origin)
    page = browser.get(f"/returns/{reference}")
    assert page.status_code == 200
    assert "Benali" in page.get_data(as_text=True)
    number = told.record("return").case.number
    assert browser.get(f"/cases/{number}/identity").status_code in {404, 409}


def test_a_list_asks_no_more_for_wraps_than_a_page_without(quick_house: factories.World) -> None:
    told = Told(quick_house)
    db.session.expunge_all()
    count = select(func.count()).select_from(KeyWrap)
    assert db.session.execute(count).scalar() == 5
    record = told.record("return")
    assert record.released == WORDS
    assert "party_wraps" not in record.__dict__, "with the office's own key nobody asks for others"
