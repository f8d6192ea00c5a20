"""Keys are rotated while people read and write; a rotation that was killed goes on; nothing is
lost.
"""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from access.actors import person
from access.gate import acting
from encryption import providers
from models import index
from models.base import db, now
from models.cases import Case
from models.index_rows import NameRow
from models.people import Organisation, User
from models.referrals import Referral
from models.sealed import CaseKey, SystemKey
from operations import keys, rewrapping, rotation
from referral import sending
from tests import factories


def hush(_words: str) -> None:
    """Says nothing."""


def everything(house: factories.World) -> dict[str, tuple[Any, ...]]:
    """What a supervisor can read of all cases, by number."""
    db.session.expire_all()
    with acting(person(factories.anew(house.supervisor))):
        found = {
            case.number: (dict(case.identity), dict(case.protection))
            for case in db.session.execute(select(Case)).unique().scalars()
        }
    db.session.rollback()
    return found


def _here() -> int:
    return db.session.execute(
        select(Organisation.id).where(Organisation.code == "TUN")
    ).scalar_one()


ROTATIONS: dict[str, Callable[[Callable[[str], None]], None]] = {
    "master": lambda say: rotation.rotate_master(say, forget_old=True),
    "cases": rotation.rotate_cases,
    "index": rotation.rotate_index,
    "office": lambda say: rotation.rotate_office(say, _here()),
}


@pytest.mark.parametrize("what", ROTATIONS)
def test_everything_reads_the_same_after_a_rotation(
    app: Flask, what: str, tmp_path: Any, master_key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _own_key(app, tmp_path, master_key)
    house = factories.World()
    names = ("Amal", "Bruno", "Chidi", "Dawit", "Esra", "Farid", "Goran")
    cases = [
        factories.case(house, given_names=name, phone=f"+216 71 234 56{number}")
        for number, name in enumerate(names)
    ]
    with factories.acts(house.caseworker) as by:
        sending.send(
            by=by,
            case=cases[0],
            partner=house.partner.id,
            service="shelter",
            urgency="urgent",
            fields_=["needs"],
        )
    ids = [case.id for case in cases]
    before, wrapped = everything(house), set(db.session.execute(select(CaseKey.content)).scalars())
    labels = set(db.session.execute(select(NameRow.label)).scalars())
    ROTATIONS[what](hush)
    assert everything(house) == before
    with acting(person(factories.anew(house.supervisor))):
        assert db.session.execute(select(Referral)).unique().scalar_one().released
    db.session.rollback()
    assert index.find("Dawit Benali")[0].case_id == ids[3]
    assert index.find_exact("+21671234563")[0].case_id == ids[3]
    if what == "index":
        assert not labels & set(db.session.execute(select(NameRow.label)).scalars())
    else:
        assert not wrapped & set(db.session.execute(select(CaseKey.content)).scalars())
    factories.case(house)
    assert not keys.verify().faulty
    if what == "cases":
        db.session.execute(update(CaseKey).values(rotated_at=now() - timedelta(hours=3)))
        assert rotation.settle() > 0
        assert (
            db.session.execute(
                select(func.count()).select_from(CaseKey).where(CaseKey.previous.is_not(None))
            ).scalar()
            == 0
        )
        assert {
            number: found for number, found in everything(house).items() if number in before
        } == before


def _own_key(app: Flask, folder: Any, master_key: Any) -> None:
    """A copy of the key file: other tests share the original."""
    path = folder / "own.key"
    path.write_text(master_key.read_text())
    path.chmod(0o600)
    app.extensions["keyring"].provider = providers.from_file(path)


class Killed(Exception):
    """Stands for a kill in the middle."""


@pytest.mark.parametrize("what", ROTATIONS)
def test_11_a_rotation_killed_at_each_batch_resumes_and_loses_nothing(
    app: Flask, what: str, tmp_path: Any, master_key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _own_key(app, tmp_path, master_key)
    monkeypatch.setattr(rewrapping, "BATCH", 3)
    house = factories.World()
    for number in range(4):
        factories.case(house, given_names=f"Name{number}")
    before = everything(house)

    def kill_at(step: int) -> Callable[[str], None]:
        seen: list[str] = []

        def say(words: str) -> None:
            seen.append(words)
            if len(seen) == step:
                raise Killed

        return say

    for step in range(1, 6):
        try:
            ROTATIONS[what](kill_at(step))
        except Killed:
            db.session.rollback()
            db.session.expunge_all()
        assert everything(house) == before
        assert index.find("Name2 Benali")
        db.session.rollback()
    ROTATIONS[what](hush)
    assert everything(house) == before
    assert rotation.unfinished() == []


def test_11_rotation_under_load_loses_nothing(app: Flask, tmp_path: Any, master_key: Any) -> None:
    _own_key(app, tmp_path, master_key)
    house = factories.World()
    for number in range(20):
        factories.case(house, given_names=f"Name{number}")
    numbers = list(db.session.execute(select(Case.number)).scalars())
    user_id = house.caseworker.id
    db.session.rollback()
    stop, faults, written = threading.Event(), [], {}

    def write(worker: int) -> None:
        with app.app_context():
            count = 0
            while not stop.is_set():
                number = numbers[(worker * 7 + count) % len(numbers)]
                try:
                    case = (
                        db.session.execute(select(Case).where(Case.number == number))
                        .unique()
                        .scalar_one()
                    )
                    with factories.acts(db.session.get_one(User, user_id)):
                        words = f"{worker}/{count}"
                        case.protection = {**case.protection, f"safety_{worker}": words}
                    written[number, worker] = words
                except (
                    Exception
                ) as wrong:  # a refused second writer is told; anything else is a loss
                    db.session.rollback()
                    if "Stale" not in type(wrong).__name__:
                        faults.append(repr(wrong))
                db.session.remove()
                count += 1

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(3)]
    for thread in threads:
        thread.start()
    try:
        for round_ in range(
            12
            # at least twice, and on until the writers had their turn: on a busy machine they are slow
        ):
            for rotate in ROTATIONS.values():
                rotate(hush)
                db.session.remove()
            if round_ and len(written) > 10:
                break
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert faults == []
    assert len(written) > 10
    found = everything(house)
    assert len(found) == 20
    for (number, worker), words in written.items():
        assert found[number][1][f"safety_{worker}"] == words
    assert not keys.verify().faulty


def test_10_a_wrong_key_stops_the_start_with_words(quick_app: Flask, tmp_path: Any) -> None:
    other = tmp_path / "other.key"
    providers.create_file(other)
    quick_app.extensions["keyring"].provider = providers.from_file(other)
    with pytest.raises(providers.KeyTrouble, match="does not fit"):
        keys.load_root()
    assert db.session.execute(select(func.count()).select_from(SystemKey)).scalar() == 2, (
        "nothing was written"
    )


def test_status_says_what_is_unfinished(quick_app: Flask, tmp_path: Any, master_key: Any) -> None:
    _own_key(quick_app, tmp_path, master_key)
    factories.case(factories.World())
    db.session.add(SystemKey(name="rotation/cases", master_version=0, content=b"", state="next"))
    db.session.commit()
    output = quick_app.test_cli_runner().invoke(args=["keys", "status"]).output
    assert "unfinished: rotation of rotation/cases" in output
    assert (
        "All cases have new keys"
        in quick_app.test_cli_runner().invoke(args=["keys", "rotate", "--cases"]).output
    )
    assert "unfinished" not in quick_app.test_cli_runner().invoke(args=["keys", "status"]).output
