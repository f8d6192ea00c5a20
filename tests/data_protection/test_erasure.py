"""Erasing takes two; afterwards nothing opens: here, in the index, in files, in a backup made
before and restored after.
"""

import gzip
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from access.actors import person
from access.gate import acting
from access.permissions import Permission
from access.policy import allows
from casework.casefile import closure
from data_protection import erasure as erasing
from data_protection import jobs
from files import receiving
from funds import payments, requests
from models import index
from models.base import db, metadata, today
from models.cases import Case, Event
from models.data_protection import Erasure
from models.files import Attachment
from models.index_rows import BlindToken, NameCard
from models.people import User
from models.rules import RuleBroken
from models.sealed import CaseDocument, CaseKey, Unreadable
from notifications import worker
from operations import backup, keys
from tests import factories
from tests.factories import tampering


def closed_case(house: factories.World, **changes: Any) -> Case:
    case = factories.case(house, **changes)
    with factories.acts(house.caseworker) as by:
        receiving.take_whole(
            by=by, case=case, name="note.txt", content=b"a word of hers", compartment="protection"
        )
    worker.run_worker(worker.own_connection(), burst=True)
    case = factories.anew(case)
    with factories.acts(house.supervisor) as by:
        closure.close(by=by, case=case, reason="completed", words="All is well.")
    return case


def erase(house: factories.World, case: Case) -> None:
    with factories.acts(house.supervisor) as by:
        erasure = erasing.ask(by=by, case=case, reason="asked_by_person")
    assert not allows(
        person(factories.anew(house.supervisor)), Permission.ERASURE_DECIDE, erasure
    ), "nobody decides alone"
    with factories.acts(house.officer) as by:
        assert allows(by, Permission.ERASURE_DECIDE, erasure)
        erasing.approve(by=by, erasure=erasure)
    worker.run_worker(worker.own_connection(), burst=True)


def test_09_an_erased_case_is_gone_everywhere_and_its_tombstone_stays(
    app: Flask, tmp_path: Path
) -> None:
    house = factories.World()
    case, other = (
        closed_case(house, phone="+216 71 234 567"),
        factories.case(house, given_names="Luz", family_name="Ortega"),
    )
    number, case_id, other_id = case.number, case.id, other.id
    backup.make(tmp_path / "before", tmp_path / "keys-before")
    erase(house, case)
    db.session.expire_all()
    for model in (CaseKey, CaseDocument, Event, NameCard, BlindToken, Attachment):
        assert (
            db.session.execute(
                select(func.count()).select_from(model).where(model.case_id == case_id)
            ).scalar()
            == 0
        ), model
    assert index.find("Fatima Zahra Benali") == []
    assert index.find_exact("+21671234567") == []
    assert index.find("Luz Ortega")[0].case_id == other_id
    assert not list((tmp_path / "files").rglob("*")), "the file's parts are gone"
    tombstone = db.session.execute(select(Case).where(Case.number == number)).unique().scalar_one()
    assert (tombstone.status, tombstone.citizenship, tombstone.age_band, tombstone.owner_id) == (
        "erased",
        "",
        "",
        None,
    )
    record = db.session.execute(select(Erasure)).unique().scalar_one()
    assert (record.state, record.asked_by.name, record.decided_by.name) == (
        "done",
        "Supervisor",
        "Officer",
    )
    backup.make(tmp_path / "after", tmp_path / "keys-after")
    figures = backup.verify_backup(tmp_path / "before", tmp_path / "keys-after")
    assert figures["without a key"] == 2, "the older backup has the contents, and no key for them"


def test_retention_proposes_and_a_person_decides(app: Flask) -> None:
    house = factories.World()
    case = closed_case(house)
    case.retain_until = today() - timedelta(days=1)
    db.session.commit()
    jobs.propose_erasures(0)
    jobs.propose_erasures(0)
    erasure = db.session.execute(select(Erasure)).unique().scalar_one()
    assert (erasure.reason, erasure.state, erasure.asked_by_id) == ("retention", "asked", None)
    with factories.acts(house.officer) as by:
        erasing.refuse(by=by, erasure=erasure)
    with pytest.raises(RuleBroken), factories.acts(house.officer) as by:
        erasing.approve(by=by, erasure=erasure)
    with acting(person(factories.anew(house.supervisor))):
        assert factories.anew(case).identity["family_name"] == "Benali"


def test_an_open_case_is_not_erased(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with pytest.raises(RuleBroken), factories.acts(house.supervisor) as by:
        erasing.ask(by=by, case=case, reason="asked_by_person")


def test_nobody_is_erased_over_money_that_is_set_aside(quick_app: Flask) -> None:
    """What came by an older version, a merge or a request for a family: the case closed all the
    same.
    """
    house = factories.World()
    head, case = factories.case(house), factories.case(house)
    factories.fund(balance=1_000_00)
    with factories.acts(house.caseworker) as by:
        asked = requests.ask(
            by=by, case=head, others=[case], fund="HASM-1", lines={"travel": "90.00"}
        )
    factories.anew(case).status = "closed"
    db.session.commit()
    with factories.acts(house.supervisor) as by, pytest.raises(RuleBroken) as refused:
        erasing.ask(by=by, case=factories.anew(case), reason="asked_by_person")
    assert asked.reference in str(refused.value.message)
    with factories.acts(house.manager) as by:
        payments.cancel(by=by, request=factories.anew(asked))
    with factories.acts(house.supervisor) as by:
        erasing.ask(by=by, case=factories.anew(case), reason="asked_by_person")


def test_12_a_backup_without_its_key_is_noise_and_with_it_equal_row_by_row(
    app: Flask, tmp_path: Path, sqlite_template: Path
) -> None:
    house = factories.World()
    for number in range(6):
        factories.case(house, given_names=f"Zubayda{number}")
    counts = backup.make(tmp_path / "database", tmp_path / "keys")
    assert counts["cases"] == 6
    everything = b"".join(
        gzip.decompress(path.read_bytes()) for path in (tmp_path / "database").glob("*.gz")
    )
    assert b"Zubayda" not in everything
    assert not (tmp_path / "database" / "case_keys.jsonl.gz").exists()
    assert backup.verify_backup(tmp_path / "database", tmp_path / "keys")["opened"] == 12
    with pytest.raises(backup.BadBackup, match="manifest"):
        backup.verify_backup(tmp_path / "database", tmp_path / "nothing")
    with pytest.raises(backup.BadBackup, match="apart"):
        backup.make(tmp_path / "one", tmp_path / "one")
    file = tmp_path / "database" / "cases.jsonl.gz"
    before = file.read_bytes()
    file.write_bytes(gzip.compress(gzip.decompress(before).replace(b"walk_in", b"hotline")))
    with pytest.raises(backup.BadBackup, match="altered"):
        backup.verify_backup(tmp_path / "database", tmp_path / "keys")
    file.write_bytes(before)
    with pytest.raises(backup.BadBackup, match="not empty"):
        backup.restore(tmp_path / "database", tmp_path / "keys")
    _empty()
    assert backup.restore(tmp_path / "database", tmp_path / "keys")["cases"] == 6
    keys.load_root()
    backup.make(tmp_path / "again", tmp_path / "keys-again")
    for path in sorted((tmp_path / "database").glob("*.gz")):
        assert gzip.decompress(path.read_bytes()) == gzip.decompress(
            (tmp_path / "again" / path.name).read_bytes()
        ), path.name
    factories.case(house)
    assert not keys.verify().faulty


def _empty() -> None:
    db.session.rollback()
    db.session.expunge_all()
    with db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(
                "TRUNCATE " + ", ".join(table.name for table in metadata.sorted_tables) + " CASCADE"
            )
        else:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            tampering.let_it_change(connection)
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())


def test_04_a_section_that_was_altered_is_named_and_the_rest_stays_readable(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    document = db.session.get_one(CaseDocument, (case.id, "protection"))
    altered = bytearray(document.content)
    altered[40] ^= 1
    db.session.execute(
        update(CaseDocument.__table__)
        .where(CaseDocument.__table__.c.compartment == "protection")
        .values(content=bytes(altered))
    )
    db.session.commit()
    page = factories.Browser(app, house.caseworker).get(f"/cases/{number}").text
    assert "Fatima Zahra Benali" in page
    assert "This section cannot be opened: Protection" in page
    db.session.expire_all()
    with acting(person(db.session.get_one(User, house.caseworker.id))), pytest.raises(Unreadable):
        case.protection = {"needs": "x"}
    db.session.rollback()
    jobs.watch(0)
    officer = factories.Browser(app, house.officer)
    assert "Sealed content was altered" in officer.get("/alerts").text
