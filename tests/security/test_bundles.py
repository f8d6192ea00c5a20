"""P54: what one office gives another is sealed to it, signed by the sender, bound to both, the
record, the release and the day; altered, sent again, or given to another it opens nothing.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from access.policy import Refused
from avrr import handover, preparation
from encryption import cipher, sealing_to, signing
from models import sealed
from models.base import db
from models.office_pairs import DirectoryBroken, OfficePair, directory
from models.party_keys import BundleRefused, KeyWrap
from models.people import Organisation, User
from models.returns import Return
from models.rules import RuleBroken
from operations import rewrapping, rotation
from organisations import key_pairs
from tests import factories
from tests.security.test_keys_by_office import Passing, hush
from tests.security.test_keys_of_parties import Told, _row, _wraps, narrowed, of, opens, widened


@pytest.fixture
def house(app: Flask) -> Iterator[factories.World]:
    with sealed.gate_opened_by(Passing()):
        yield factories.World()


@pytest.fixture
def quick_house(quick_app: Flask) -> Iterator[factories.World]:
    with sealed.gate_opened_by(Passing()):
        yield factories.World()


def asked(house: factories.World, place: Organisation) -> int:
    with factories.acts(_administrator(house)) as by:
        return key_pairs.ask(by=by, place=factories.anew(place)).id


def _administrator(house: factories.World) -> User:
    return house.administrator


def entered(house: factories.World, *places: Organisation) -> None:
    """Pairs of offices, each asked for by one officer and entered by another."""
    for place in places:
        pair_id = asked(house, place)
        with factories.acts(house.officer) as by:
            key_pairs.enter(by=by, pair=db.session.get_one(OfficePair, pair_id))


def of_holder(place: Organisation) -> KeyWrap:
    office = factories.anew(place).id
    return next(wrap for wrap in _wraps() if wrap.holder_id == office)


def test_sealed_to_a_pair_opens_with_its_private_half_and_binding_alone() -> None:
    mine, other = sealing_to.new_private(), sealing_to.new_private()
    sealed_ = sealing_to.seal_to(sealing_to.public_of(mine), b"k" * 32, bound=b"here")
    assert sealing_to.open_with(mine, sealed_, bound=b"here") == b"k" * 32
    assert sealed_ != sealing_to.seal_to(sealing_to.public_of(mine), b"k" * 32, bound=b"here")
    altered = sealed_[:-1] + bytes([sealed_[-1] ^ 1])
    for private, content, bound in (
        (other, sealed_, b"here"),
        (mine, sealed_, b"there"),
        (mine, altered, b"here"),
        (mine, sealed_[:20], b"here"),
        (mine, b"", b"here"),
    ):
        with pytest.raises(cipher.Unreadable):
            sealing_to.open_with(private, content, bound=bound)


def test_two_officers_stand_for_each_entry(quick_house: factories.World) -> None:
    house = quick_house
    pair_id = asked(house, house.here)
    with pytest.raises(RuleBroken):
        asked(house, house.here)
    db.session.rollback()
    for user in (house.administrator, house.supervisor, house.caseworker):
        with pytest.raises(Refused), factories.acts(user) as by:
            key_pairs.enter(by=by, pair=db.session.get_one(OfficePair, pair_id))
        db.session.rollback()
    assert directory().entries == ()
    with factories.acts(house.officer) as by:
        key_pairs.enter(by=by, pair=db.session.get_one(OfficePair, pair_id))
    (entry,) = directory().entries
    assert (entry.asked_by_id, entry.decided_by_id) == (
        factories.anew(house.administrator).id,
        factories.anew(house.officer).id,
    )
    assert (entry.number, entry.previous) == (1, b"")
    same = update(OfficePair).where(OfficePair.id == pair_id)
    with pytest.raises(IntegrityError):
        db.session.execute(same.values(decided_by_id=OfficePair.asked_by_id))
    db.session.rollback()


def test_an_officer_reads_compares_and_enters_on_the_page(
    quick_app: Flask, quick_house: factories.World
) -> None:
    house = quick_house
    administers = factories.Browser(quick_app, house.administrator)
    oversees = factories.Browser(quick_app, house.officer)
    assert "/confirm" in administers.post("/organisations/TUN/keys").headers["Location"]
    for browser in (administers, oversees):
        browser.post("/confirm", password=factories.PASSWORD)
    assert administers.post("/organisations/TUN/keys").status_code == 303
    page = administers.get("/organisations/TUN/keys").get_data(as_text=True)
    (pair,) = key_pairs.of_office(factories.anew(house.here))
    told, pair_id = key_pairs.fingerprint(pair), pair.id
    assert told in page
    assert f"/office-keys/{pair_id}/enter" not in page
    assert administers.post(f"/office-keys/{pair_id}/enter").status_code == 404
    page = oversees.get("/organisations/TUN/keys").get_data(as_text=True)
    assert told in page
    assert f"/office-keys/{pair_id}/enter" in page
    assert oversees.post(f"/office-keys/{pair_id}/enter").status_code == 303
    assert directory().newest(factories.anew(house.here).id) is not None
    assert factories.Browser(quick_app, house.caseworker).get(
        "/organisations/TUN/keys"
    ).status_code in {403, 404}


def test_a_directory_that_somebody_altered_is_not_used(quick_house: factories.World) -> None:
    house = quick_house
    entered(house, house.here, house.there, house.partner)
    mine = sealing_to.public_of(sealing_to.new_private())
    first, second, _third = (entry.id for entry in directory().entries)
    stranger = factories.anew(house.stranger).id
    of_second = update(OfficePair).where(OfficePair.id == second)
    for altering in (
        of_second.values(sealing=mine),
        of_second.values(signing=mine),
        of_second.values(office_id=factories.anew(house.headquarters).id),
        of_second.values(decided_by_id=stranger),
        of_second.values(seal=b"0" * 16),
        of_second.values(previous=b""),
        delete(OfficePair).where(OfficePair.id == first),
    ):
        db.session.execute(altering)
        db.session.expire_all()
        with pytest.raises(DirectoryBroken):
            directory()
        db.session.rollback()
    # Whoever knows how a link is made has not the keys of the MAC.
    entry = db.session.get_one(OfficePair, second)
    with db.session.no_autoflush:
        entry.sealing = mine
        forged = entry._link()
    db.session.rollback()
    db.session.execute(of_second.values(sealing=mine, hash=forged))
    db.session.expire_all()
    with pytest.raises(DirectoryBroken):
        directory()
    db.session.rollback()


def test_what_is_handed_over_comes_in_bundles_and_is_taken_at_acceptance(
    app: Flask, house: factories.World
) -> None:
    everybody = app.extensions["keyring"]
    entered(house, house.here, house.there, house.partner)
    told = Told(house)
    bundles = {wrap.holder_id for wrap in _wraps() if wrap.is_bundle}
    assert bundles == {factories.anew(each).id for each in (house.there, house.partner)}
    assert all(wrap.signature for wrap in _wraps() if wrap.is_bundle)
    for place, expected in (
        (house.there, of("return", "at home")),
        (house.partner, of("referral")),
        (told.transit, {("return", "journey")}),
    ):
        narrowed(app, place)
        assert opens(told) == expected
        widened(app, everybody)
    narrowed(app, house.there)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=told.record("return"))
    wrap = next(each for each in _wraps() if each.return_id and not each.part)
    assert not wrap.is_bundle
    assert opens(told) == of("return", "at home")
    widened(app, everybody)
    assert rewrapping.tell_parties() == 2, "the periodic task takes what nobody accepts"
    assert not any(wrap.is_bundle for wrap in _wraps())
    rotation.rotate_office(hush, factories.anew(house.there).id)
    narrowed(app, house.there)
    assert opens(told) == of("return", "at home")


ALTERED: dict[str, dict[str, Any]] = {
    "content": {"content": b"\x00" * 80},
    "signature": {"signature": b"\x00" * 64},
    "no signature": {"signature": None},
    "another sender": {"sender_id": "partner"},
    "another sender's entry": {"sender_pair": 3},
    "another recipient": {"holder_id": "partner", "holder_pair": 3},
    "another entry": {"holder_pair": 3},
    "another day": {"at": "tomorrow"},
    "another part": {"part": "journey"},
    "another record": {"return_id": "second"},
    "another release": {"release_id": "second"},
}


def _second(house: factories.World) -> tuple[int, int]:
    """Another return that was handed over to the same mission; its wrap makes room."""
    with factories.acts(house.caseworker) as by:
        made = preparation.start(
            by=by, case=factories.case(house, given_names="Amal"), country="CI"
        )
        factories.declared(made, by)
        handover.hand_over(by=by, return_=made)
        (wrap,) = made.party_wraps
        found = made.id, wrap.release_id
        db.session.delete(wrap)
    return found


@pytest.mark.parametrize("what", ALTERED)
def test_an_altered_swapped_or_moved_bundle_is_refused(
    quick_house: factories.World, what: str
) -> None:
    house = quick_house
    entered(house, house.here, house.there, house.partner)
    second, release = _second(house)
    record = _handed(house)
    wrap = next(each for each in _wraps() if each.return_id == record)
    assert len(wrap.opened()) == 32
    real = {
        "partner": factories.anew(house.partner).id,
        "tomorrow": wrap.at + timedelta(days=1),
        "second": second if what == "another record" else release,
    }
    changed = {
        name: real.get(value, value) if isinstance(value, str) else value
        for name, value in ALTERED[what].items()
    }
    db.session.execute(update(KeyWrap).where(KeyWrap.id == wrap.id).values(**changed))
    db.session.expire_all()
    with pytest.raises(BundleRefused):
        wrap.opened()
    with pytest.raises(BundleRefused):
        wrap.take()


def _handed(house: factories.World) -> int:
    with factories.acts(house.caseworker) as by:
        made = preparation.start(by=by, case=factories.case(house), country="CI")
        factories.declared(made, by)
        handover.hand_over(by=by, return_=made)
        return made.id


def test_a_bundle_of_another_signer_is_refused(quick_house: factories.World) -> None:
    house = quick_house
    entered(house, house.here, house.there, house.partner)
    record = _handed(house)
    wrap = next(each for each in _wraps() if each.return_id == record)
    known = directory()
    holder = known.numbered(wrap.holder_pair, wrap.holder_id)
    sender = known.numbered(wrap.sender_pair, wrap.sender_id)
    assert holder is not None
    assert sender is not None
    bound = wrap._bound(sender, holder)
    wrap.content = sealing_to.seal_to(holder.sealing, b"x" * 32, bound=bound)
    wrap.signature = signing.sign_publicly(sealing_to.new_private(), bound + wrap.content)
    with pytest.raises(BundleRefused):
        wrap.opened()
    db.session.rollback()


def test_a_bundle_sent_again_after_its_release_ended_opens_nothing(
    quick_app: Flask, quick_house: factories.World
) -> None:
    house = quick_house
    entered(house, house.here, house.there)
    record = _handed(house)
    kept = next(_row(wrap) for wrap in _wraps() if wrap.return_id == record)
    with factories.acts(house.caseworker) as by:
        return_ = db.session.get_one(Return, record)
        handover.end(by=by, return_=return_, because="taken_back")
    assert not [wrap for wrap in _wraps() if wrap.return_id == record]
    db.session.execute(KeyWrap.__table__.insert().values(**kept))
    db.session.commit()
    wrap = next(each for each in _wraps() if each.return_id == record)
    for opening in (wrap.opened, wrap.take):
        with pytest.raises(BundleRefused, match="ended"):
            opening()
    db.session.delete(wrap)
    db.session.commit()
    # Handed over again under a new release: the one of before does not take its place.
    with factories.acts(house.caseworker) as by:
        handover.hand_over(by=by, return_=db.session.get_one(Return, record))
    again = next(each for each in _wraps() if each.return_id == record)
    assert again.release_id != kept["release_id"]
    same = update(KeyWrap).where(KeyWrap.id == again.id)
    db.session.execute(same.values(content=kept["content"], signature=kept["signature"]))
    db.session.commit()
    db.session.expire_all()
    with pytest.raises(BundleRefused):
        again.opened()
    reference = db.session.get_one(Return, record).reference
    narrowed(quick_app, house.there)
    page = factories.Browser(quick_app, house.origin).get(f"/returns/{reference}")
    assert page.status_code == 409
    assert "Not as it was sent" in page.get_data(as_text=True)


def test_an_office_whose_keys_lie_elsewhere_is_told_by_its_public_key_or_not_at_all(
    quick_app: Flask, quick_house: factories.World
) -> None:
    house = quick_house
    everybody = quick_app.extensions["keyring"]
    with factories.acts(house.caseworker) as by:
        made = preparation.start(by=by, case=factories.case(house), country="CI")
        factories.declared(made, by)
        record = made.id
    narrowed(quick_app, house.here)
    with pytest.raises(RuleBroken) as refused, factories.acts(house.caseworker) as by:
        handover.hand_over(by=by, return_=db.session.get_one(Return, record))
    assert "directory" in str(refused.value.message)
    db.session.rollback()
    widened(quick_app, everybody)
    entered(house, house.here, house.there)
    narrowed(quick_app, house.here)
    with factories.acts(house.caseworker) as by:
        handover.hand_over(by=by, return_=db.session.get_one(Return, record))
    widened(quick_app, everybody)
    narrowed(quick_app, house.there)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=db.session.get_one(Return, record))
        assert db.session.get_one(Return, record).released["family_name"] == "Benali"
