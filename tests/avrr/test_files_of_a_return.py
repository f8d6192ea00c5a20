"""Files of a return: under its own key, for both missions while it lives, in the person's copy, gone
with it.
"""

import io

import pypdf
import pytest
from flask import Flask
from sqlalchemy import select

from access.actors import person
from access.gate import acting
from access.policy import Refused
from avrr import endings, handover, papers, reintegration
from casework.casefile import closure
from casework.core import consent
from files import jobs, storing
from funds import payments
from models.audit import AuditRecord
from models.base import db
from models.files import AT_HOME, Attachment
from models.money import FundRequest
from models.returns import Return
from models.rules import RuleBroken
from notifications import worker
from tests.avrr.test_kept import home
from tests.avrr.test_return import ready
from tests.data_protection.test_erasure import erase
from tests.factories import PASSWORD, Browser, World, acts, anew

RECEIPT = b"Zqxreceipt of a sewing machine, paid in full"


def looked_into() -> None:
    worker.run_worker(worker.own_connection(), burst=True)


def add(app: Flask, house: World, record: Return, **more: str) -> Attachment:
    """The mission at home adds a file, which is looked into."""
    at_home = Browser(app, house.origin)
    sent = {"paper": "receipt", "file": (io.BytesIO(RECEIPT), "Zqxreceipt.txt"), **more}
    answer = at_home.post(f"/returns/{anew(record).reference}/papers", **sent)
    assert answer.status_code == 303, answer.text
    looked_into()
    return db.session.execute(select(Attachment)).scalar_one()


def test_a_file_is_read_by_both_missions_and_nobody_else(app: Flask) -> None:
    house = World()
    record = home(house)
    kept = add(app, house, record)
    reference, key = anew(record).reference, kept.key
    assert (kept.state, kept.compartment, kept.paper) == ("kept", AT_HOME, "receipt")
    path = f"/returns/{reference}/papers/{key}"
    for reader in (house.origin, house.caseworker, house.supervisor):
        page = Browser(app, reader).get(f"/returns/{reference}").text
        assert "Zqxreceipt.txt" in page
        assert "Receipt" in page
        assert Browser(app, reader).get(path).data == RECEIPT
    for other in (house.stranger, house.far, house.helper, house.manager, house.officer):
        assert Browser(app, other).get(path).status_code == 404
        assert Browser(app, other).post(f"{path}/remove").status_code == 404
    assert Browser(app, house.caseworker).get(f"/files/{key}").status_code == 404, "one way alone"
    with acting(person(anew(house.stranger))), pytest.raises(Refused):
        _ = anew(kept).name
    deeds = set(db.session.execute(select(AuditRecord.deed)).scalars())
    assert {"file_begun", "file_received", "file_kept", "file_download", "papers.read"} <= deeds


def test_nothing_of_it_lies_in_clear(app: Flask) -> None:
    house = World()
    record = home(house)
    kept = add(app, house, record)
    assert b"Zqx" not in (kept.name_sealed or b"") + (kept.key_sealed or b"")
    shelf = storing.store()
    assert b"Zqxreceipt" not in shelf.get(f"{kept.key}/000000")


def test_the_mission_at_home_removes_one_and_the_sender_does_not_add(app: Flask) -> None:
    house = World()
    record = home(house)
    kept = add(app, house, record)
    path = f"/returns/{anew(record).reference}/papers"
    sent = {"paper": "photo", "file": (io.BytesIO(b"x"), "x.txt")}
    assert Browser(app, house.caseworker).post(path, **sent).status_code == 404
    assert Browser(app, house.caseworker).post(f"{path}/{kept.key}/remove").status_code == 404
    at_home = Browser(app, house.origin)
    assert at_home.post(path, paper="receipt").status_code == 422, "no file was chosen"
    assert at_home.post(path, file=(io.BytesIO(b"x"), "x.txt")).status_code == 422, "what is it?"
    assert at_home.post(f"{path}/{kept.key}/remove").status_code == 303
    assert db.session.execute(select(Attachment)).first() is None


def test_a_file_of_another_return_is_not_found_by_this_one(quick_app: Flask) -> None:
    house = World()
    record, other = home(house), home(house)
    kept = add(quick_app, house, record)
    path = f"/returns/{anew(other).reference}/papers/{kept.key}"
    assert Browser(quick_app, house.origin).get(path).status_code == 404
    assert Browser(quick_app, house.origin).post(f"{path}/remove").status_code == 404


def test_no_picture_of_who_wants_none(quick_app: Flask) -> None:
    house = World()
    record = home(house)
    with acts(house.caseworker) as by:
        given = {"manner": "spoken", "language": "fr", "photograph": "refuses"}
        consent.record(by=by, case=anew(record).case, given=given)
    path = f"/returns/{anew(record).reference}/papers"
    sent = {"paper": "photo", "shows_person": "yes", "file": (io.BytesIO(b"x"), "x.txt")}
    answer = Browser(quick_app, house.origin).post(path, **sent)
    assert (answer.status_code, "does not want photographs" in answer.text) == (422, True)


def test_it_ends_with_what_was_handed_over(app: Flask) -> None:
    house = World()
    record = home(house)
    kept = add(app, house, record)
    place, key = f"{kept.key}/000000", kept.key
    with acts(house.caseworker) as by:
        consent.withdraw(by=by, case=anew(record).case, purpose="sharing")
    assert anew(record).own_key is None
    reference = anew(record).reference
    for reader in (house.origin, house.caseworker):
        answer = Browser(app, reader).get(f"/returns/{reference}/papers/{key}")
        assert answer.status_code in {404, 410}
        assert "Zqxreceipt" not in Browser(app, reader).get(f"/returns/{reference}").text
    looked_into()
    assert db.session.execute(select(Attachment)).first() is None
    with pytest.raises(storing.StoreAway):
        storing.store().get(place)


def test_it_is_erased_with_the_case(app: Flask) -> None:
    house = World()
    record = home(house)
    kept = add(app, house, record)
    place = f"{kept.key}/000000"
    case = anew(record).case
    with acts(house.origin) as by:
        endings.close(by=by, return_=anew(record), outcome="migrated_again", why="Seen leaving.")
    with acts(house.manager) as by:
        payments.cancel(
            by=by, request=db.session.execute(select(FundRequest)).unique().scalar_one()
        )
    with acts(house.supervisor) as by:
        closure.close(by=by, case=anew(case), reason="completed", words="All is well.")
    erase(house, anew(case))
    assert db.session.execute(select(Attachment)).first() is None
    with pytest.raises(storing.StoreAway):
        storing.store().get(place)


def test_the_persons_copy_names_it(quick_app: Flask) -> None:
    house = World()
    record = home(house)
    add(quick_app, house, record)
    number = anew(record).case.number
    own = Browser(quick_app, house.caseworker)
    own.post("/confirm", password=PASSWORD)
    sent = {"password": "a long password of hers", "language": "en"}
    answer = own.post(f"/cases/{number}/copy", **sent)
    reader = pypdf.PdfReader(io.BytesIO(answer.data), password=sent["password"])
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert "Zqxreceipt.txt (Receipt)" in text


def test_nothing_is_added_before_arrival_or_after_the_end(quick_app: Flask) -> None:
    house = World()
    record = ready(house)
    with acts(house.origin) as by:
        handover.accept(by=by, return_=anew(record))
    page = Browser(quick_app, house.origin).get(f"/returns/{anew(record).reference}").text
    assert 'id="papers"' not in page
    with acts(house.caseworker) as by:
        assert papers.listed(by, anew(record)) == []


class Sent:
    """What a form brings."""

    filename = "Zqxsecond.txt"

    def read(self) -> bytes:
        """Its bytes."""
        return b"Zqxsecond"


def test_no_file_belongs_to_a_return_before_the_person_arrived(quick_app: Flask) -> None:
    house = World()
    record = ready(house)
    page = Browser(quick_app, house.origin).get(f"/returns/{record.reference}").text
    assert f'action="/returns/{record.reference}/papers"' not in page
    with acts(house.origin) as by, pytest.raises(RuleBroken, match="NotPossible"):
        papers.keep(by=by, return_=anew(record), sent=Sent(), given={"paper": "receipt"})  # type: ignore[arg-type]


def test_the_next_key_of_a_return_does_not_stumble_over_files_of_the_one_before(
    quick_app: Flask,
) -> None:
    house = World()
    record = home(house)
    given = {"paper": "receipt"}
    with acts(house.origin) as by:
        papers.keep(by=by, return_=anew(record), sent=Sent(), given=given)  # type: ignore[arg-type]
    old = db.session.execute(select(Attachment.key)).scalar_one()
    with acts(house.caseworker) as by:
        handover.end(by=by, return_=anew(record), because="taken_back")
    with acts(house.caseworker) as by, pytest.raises(RuleBroken):
        papers.keep(by=by, return_=anew(record), sent=Sent(), given=given)  # type: ignore[arg-type]
    with acts(house.caseworker) as by:
        handover.keep(by=by, return_=anew(record), because="no_mission", in_hand="A number.")
    office, path = Browser(quick_app, house.caseworker), f"/returns/{anew(record).reference}"
    assert 'action="' + path + '/papers"' in office.get(path).text
    with acts(house.caseworker) as by:
        papers.keep(by=by, return_=anew(record), sent=Sent(), given=given)  # type: ignore[arg-type]
    with acts(house.caseworker) as by:
        plan = {"economic": "A stall.", "revision": 0}
        reintegration.plan(by=by, return_=anew(record), given=plan)
    page = office.get(path)
    assert (page.status_code, page.text.count("Zqxsecond.txt")) == (200, 1)
    assert "A stall." in page.text
    assert office.get(f"{path}/papers/{old}").status_code == 404
    assert office.post(f"{path}/papers/{old}/remove").status_code == 404


def test_what_ended_and_whose_job_was_lost_is_taken_away_all_the_same(quick_app: Flask) -> None:
    house = World()
    record = home(house)
    kept = add(quick_app, house, record)
    place, number = f"{kept.key}/000000", kept.id
    with acts(house.caseworker) as by:
        handover.end(by=by, return_=anew(record), because="taken_back")
        db.session.info.pop("to_enqueue")  # Valkey was away
    assert db.session.get_one(Attachment, number).has_ended
    assert storing.store().get(place), "nothing took it yet"
    jobs.inspect_file(number)
    assert db.session.get_one(Attachment, number).state == "kept"
    jobs.tidy()
    looked_into()
    assert db.session.execute(select(Attachment)).first() is None
    with pytest.raises(storing.StoreAway):
        storing.store().get(place)


def test_a_file_under_a_key_that_is_gone_leaves_its_page_standing(quick_app: Flask) -> None:
    house = World()
    record = home(house)
    kept = add(quick_app, house, record)
    # As a version before left it: the return has another key, and nobody took the file away.
    with acts(house.origin):
        there = anew(record)
        there.forget()
        there.begin_anew()
        there.home = {"address": "Another house."}
    path = f"/returns/{anew(record).reference}"
    at_home = Browser(quick_app, house.origin)
    page = at_home.get(path)
    assert page.status_code == 200
    assert "This file cannot be read any more" in page.text
    assert "Zqxreceipt.txt" not in page.text
    assert f'{path}/papers/{kept.key}"' not in page.text
    assert at_home.get(f"{path}/papers/{kept.key}").status_code == 404
    assert at_home.post(f"{path}/papers/{kept.key}/remove").status_code == 303
    assert "cannot be read any more" not in at_home.get(path).text
