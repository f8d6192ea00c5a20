"""Who looked for whom, who looked at what, and that none of it can be made to say otherwise."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from access import audit, audit_chain, audit_seals
from casework.core import search
from data_protection import access_exceptions, jobs, search_alerts
from models.audit import AuditHead, AuditRecord, AuditRecordCase, AuditSeal
from models.base import db, now
from models.cases import Case
from models.data_protection import Alert
from models.messages import Message
from models.rules import RuleBroken
from models.sealed import CaseDocument, Unreadable
from tests import factories
from tests.conftest import Clock
from tests.factories import tampering


def _about(case_id: int) -> list[AuditRecord]:
    query = select(AuditRecord).join(AuditRecordCase).where(AuditRecordCase.case_id == case_id)
    return list(db.session.execute(query.order_by(AuditRecord.id)).scalars())


def _looked_for(case_id: int) -> list[AuditRecord]:
    return [entry for entry in _about(case_id) if entry.deed.startswith("search")]


def test_p29_the_box_beside_registration_is_in_the_history_of_whom_it_met(app: Flask) -> None:
    house = factories.World()
    case_id = factories.case(house).id
    far = factories.Browser(app, house.far)
    draft = far.post("/registrations").headers["Location"].rsplit("/", 1)[0]
    typed = {"given_names": "Fatima Zahra", "family_name": "Benali"}
    page = far.post(f"{draft}/duplicates", **typed).text
    assert "Another office may know this person" in page
    assert "The TUN" not in page
    (entry,) = _looked_for(case_id)
    assert (entry.deed, entry.user_id, entry.subject) == ("search_elsewhere", house.far.id, "")
    assert entry.fields.startswith("name:")
    assert "Benali" not in entry.fields


def test_p30_a_hit_elsewhere_is_named_for_a_reason_and_that_office_hears_of_it(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    far = factories.Browser(app, house.far)
    asked = {"query": "Benali Fatima"}
    assert "The TUN" not in far.post("/cases/search", **asked).text
    assert "The TUN" in far.post("/cases/search", **asked, why="helped_before").text
    assert far.post("/cases/search", **asked, why="because").status_code == 422
    told = select(Message.user_id).where(Message.event == "search.elsewhere")
    assert set(db.session.execute(told).scalars()) == {house.caseworker.id, house.supervisor.id}
    officer = factories.Browser(app, house.officer)
    history = officer.get(f"/cases/{case.number}/history").text
    assert "Met somebody of another office in a search" in history
    assert "They say that another office helped them" in history
    first, second = (entry.fields for entry in _looked_for(case.id))
    assert first == second, "the same question has the same token"


def test_p30_a_number_that_is_not_mine_leaves_its_trace_too(app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    with factories.acts(house.far) as by:
        assert search.search(by=by, query=number) == []
    searches = select(AuditRecord.fields).where(AuditRecord.deed == "search")
    (fields,) = db.session.execute(searches).scalars()
    assert fields.startswith("number:")


def test_p31_guessing_a_birth_year_gets_the_same_answer_whatever_it_is(app: Flask) -> None:
    house = factories.World()
    factories.case(house, birth={"year": 1999, "estimated": False})
    with factories.acts(house.far) as by:
        right, wrong = (
            search.search(by=by, query=f"Fatima Benali {year}", why="danger")
            for year in (1999, 1985)
        )
        assert right == wrong
        assert [(hit.case, hit.score, hit.reasons, hit.person_id) for hit in right] == [
            (None, 0.0, (), None)
        ]


@pytest.mark.parametrize(("met", "named"), [(20, True), (21, False)])
def test_p32_after_many_people_of_other_offices_nobody_else_is_named_within_the_hour(
    quick_app: Flask, clock: Clock, met: int, named: bool
) -> None:
    house = factories.World()
    factories.case(house)
    before = tuple(range(1000, 1000 + met))
    place, who = house.there.id, house.far.id
    audit.append([audit.AuditEntry("far", "search_elsewhere", place, who, cases=before)])
    db.session.commit()
    assert "many_elsewhere" in {found.kind for found in search_alerts.found(now())}
    for moment, shown in ((now(), named), (now() + timedelta(hours=1, seconds=1), True)):
        clock.set(moment)
        with factories.acts(house.far) as by:
            (hit,) = search.search(by=by, query="Fatima Benali", why="danger")
            assert (hit.office is not None) is shown


def test_p32_one_person_sought_by_several_raises_an_alert(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    factories.case(house)
    for user, raised in ((house.far, False), (house.stranger, False), (house.helper, True)):
        with factories.acts(user) as by:
            search.search(by=by, query="Fatima Benali")
        kinds = {found.kind for found in search_alerts.found(now())}
        assert ("sought_by_several" in kinds) is raised


@pytest.mark.parametrize(("count", "raised"), [(39, False), (40, True)])
def test_p32_many_searches_without_a_case_opened_raise_an_alert(
    quick_app: Flask, clock: Clock, count: int, raised: bool
) -> None:
    house = factories.World()
    audit.append(
        audit.AuditEntry("far", "search", house.there.id, house.far.id) for _ in range(count)
    )
    db.session.commit()
    kinds = {found.kind for found in search_alerts.found(now())}
    assert ("many_searches" in kinds) is raised


def test_p33_the_officer_finds_by_person_case_day_office_and_deed_in_words(app: Flask) -> None:
    house = factories.World()
    case, other = factories.case(house), factories.case(house)
    for number in (case.number, other.number):
        factories.Browser(app, house.colleague).get(f"/cases/{number}/identity")
    officer = factories.Browser(app, house.officer)
    today = now().date().isoformat()
    shown = officer.get(f"/trail?person=colleague&case={case.number}&since={today}").text
    assert "Read: Identity" in shown
    assert ">identity.read" not in shown
    assert case.number in shown
    assert other.number not in shown
    assert "No entries." in officer.get("/trail?until=2001-01-01").text
    assert "No entries." in officer.get("/trail?person=nobody-at-all").text
    assert "Give a day" in officer.get("/trail?since=yesterday").text


def test_p34_the_second_emergency_within_a_day_needs_a_supervisor(app: Flask) -> None:
    house = factories.World()
    first, second = factories.case(house), factories.case(house)
    far = factories.Browser(app)
    far.sign_in("far@example.org", factories.PASSWORD)
    far.post("/confirm", password=factories.PASSWORD)
    said = {"reason": "danger_to_life", "words": "He stands before her door with a knife."}
    assert far.post("/emergency", number=first.number, reason="medical").status_code == 422
    assert (
        far.post("/emergency", number=first.number, reason="medical", words="x").status_code == 422
    )
    far.post("/emergency", number=first.number, **said)
    assert far.get(f"/cases/{first.number}").status_code == 200
    answer = far.post("/emergency", number=second.number, **said)
    assert answer.headers["Location"].endswith("/emergency/waiting")
    assert far.get(f"/cases/{second.number}").status_code == 404
    assert far.post("/emergencies/2/allow").status_code == 404, "not by oneself"
    supervisor = factories.Browser(app, house.supervisor)
    assert "with a knife" in supervisor.get("/emergencies").text
    assert supervisor.post("/emergencies/2/allow").status_code == 303
    assert far.get(f"/cases/{second.number}").status_code == 200
    assert supervisor.post("/emergencies/2/allow").status_code in {409, 422}


def test_p34_after_a_day_and_a_review_the_next_opens_at_once(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    numbers = [factories.case(house).number for _ in range(2)]
    said = {"reason": "medical", "words": "She bleeds and nobody answers."}
    with factories.acts(house.far) as by:
        made = access_exceptions.open_in_emergency(by=by, number=numbers[0], **said)
    with factories.acts(house.officer) as by:
        access_exceptions.review(
            by=by, emergency=factories.anew(made), finding="justified", words="Right."
        )
    clock.set(now() + access_exceptions.BRAKE)
    with factories.acts(house.far) as by:
        assert not access_exceptions.open_in_emergency(
            by=by, number=numbers[1], **said
        ).waits_for_yes


def test_p34_whoever_has_the_case_open_needs_no_emergency(quick_app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    said = {"reason": "medical", "words": "She bleeds, now."}
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken) as refused:
        access_exceptions.open_in_emergency(by=by, number=number, **said)
    assert "open already" in refused.value.message


def _recounted(entry_number: int, actor: str) -> None:
    """Change who did it and count every later link anew, with all that stands in the database."""
    last = audit_chain.START
    entries = db.session.execute(select(AuditRecord).order_by(AuditRecord.number)).scalars().all()
    for entry in entries:
        if entry.number == entry_number:
            entry.actor = actor
        values = tuple(getattr(entry, name) for name in audit_chain.CHAINED)
        entry.hash = last = audit_chain.chained(last, values, keyed=False)
    db.session.execute(update(AuditHead).values(hash=last))
    db.session.commit()


def _entries(count: int) -> None:
    audit.append(
        audit.AuditEntry("somebody", "identity.read", 1, subject=str(number))
        for number in range(count)
    )
    db.session.commit()


def test_p37_a_chain_that_was_counted_anew_without_the_key_is_found(app: Flask) -> None:
    _entries(6)
    tampering.unguarded()
    _recounted(3, "another")
    assert list(audit_seals.verify())


def test_p37_the_end_cut_off_with_its_seals_is_found_by_the_head(app: Flask) -> None:
    _entries(6)
    audit_seals.seal_heads()
    db.session.commit()
    tampering.unguarded()
    kept = db.session.execute(select(AuditRecord.hash).where(AuditRecord.number == 3)).scalar_one()
    for statement in (
        "DELETE FROM trail WHERE number > 3",
        "DELETE FROM trail_seals",
    ):
        db.session.execute(text(statement))
    db.session.execute(update(AuditHead).values(number=3, hash=kept))
    db.session.commit()
    assert [found.what for found in audit_seals.verify()] == [
        "its end was put there by somebody else"
    ]
    _entries(1)
    entries = select(AuditRecord.deed).order_by(AuditRecord.number)
    assert audit.BROKEN in db.session.execute(entries).scalars().all(), "said in the chain itself"


def test_p37_an_older_trail_put_back_whole_is_found_by_the_mailed_line(app: Flask) -> None:
    house = factories.World()
    factories.case(house)
    jobs.mail_heads(0)
    mailed = select(Message.reference).where(
        Message.event == "trail.heads", Message.user_id == house.officer.id
    )
    line = db.session.execute(mailed).scalars().first()
    assert line is not None
    assert list(audit_seals.compare_line(line)) == []
    tampering.unguarded()
    db.session.execute(text("DELETE FROM trail_seals"))
    db.session.commit()
    assert [found.what for found in audit_seals.compare_line(line)] == [
        "the seal that was mailed is gone"
    ]
    runner = app.test_cli_runner()
    assert runner.invoke(args=["audit", "verify", "--line", line]).exit_code != 0
    assert "looks like TH-" in runner.invoke(args=["audit", "verify", "--line", "x"]).output


def test_p37_a_seal_taken_out_of_the_row_is_found(app: Flask) -> None:
    for _ in range(3):
        _entries(1)
        audit_seals.seal_heads()
        db.session.commit()
    tampering.unguarded()
    db.session.execute(text("DELETE FROM trail_seals WHERE serial = 2"))
    db.session.commit()
    assert "a seal before it is gone" in {found.what for found in audit_seals.verify()}


def test_p37_chains_from_before_get_keyed_links_once(app: Flask) -> None:
    _entries(3)
    db.session.execute(update(AuditHead).values(mac=None))
    tampering.unguarded()
    _recounted(0, "")
    assert [found.what for found in audit_seals.verify()] == ["links not keyed: flask audit key"]
    assert audit_seals.key_links() == 1
    db.session.commit()
    _entries(2)
    assert list(audit_seals.verify()) == []
    assert audit_seals.key_links() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM trail",
        "UPDATE trail SET actor = 'another'",
        "DELETE FROM trail_cases",
        "DELETE FROM trail_seals",
        "UPDATE trail_seals SET number = 1",
        "DELETE FROM trail_heads",
        "UPDATE trail_heads SET number = 0",
    ],
)
def test_p38_the_application_cannot_change_the_trail(app: Flask, statement: str) -> None:
    factories.case(factories.World())
    audit_seals.seal_heads()
    db.session.commit()
    with pytest.raises(DatabaseError, match=r"only grows|permission denied"):
        db.session.execute(text(statement))
    db.session.rollback()


def test_p39_an_older_content_put_back_is_found_when_it_is_opened(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    key = CaseDocument.case_id == case.id, CaseDocument.compartment == "protection"
    older = db.session.execute(
        select(CaseDocument.content, CaseDocument.revision).where(*key)
    ).one()
    with factories.acts(house.caseworker):
        found = db.session.get_one(Case, case.id)
        found.protection = {**found.protection, "safety_note": "HER BROTHER LOOKS FOR HER"}
    put_back = update(CaseDocument.__table__).where(*key)  # type: ignore[arg-type]
    db.session.execute(put_back.values(content=older.content, revision=older.revision))
    db.session.commit()
    with factories.acts(house.caseworker), pytest.raises(Unreadable, match="older than"):
        _ = db.session.get_one(Case, case.id).protection
    db.session.execute(text("UPDATE case_keys SET newest = NULL"))
    db.session.commit()
    with factories.acts(house.caseworker), pytest.raises(Unreadable, match="older than"):
        _ = db.session.get_one(Case, case.id).protection


def test_p39_the_page_says_that_it_was_altered_and_the_officer_hears_of_it(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    key = CaseDocument.case_id == case.id, CaseDocument.compartment == "identity"
    older = db.session.execute(select(CaseDocument.content).where(*key)).scalar_one()
    with factories.acts(house.caseworker):
        found = db.session.get_one(Case, case.id)
        found.identity = {**found.identity, "given_names": "Mariam"}
    put_back = update(CaseDocument.__table__).where(*key)  # type: ignore[arg-type]
    db.session.execute(put_back.values(content=older))
    db.session.commit()
    page = factories.Browser(app, house.caseworker).get(f"/cases/{case.number}")
    assert "Fatima" not in page.text
    jobs.watch(0)
    kinds = db.session.execute(select(Alert.kind)).scalars().all()
    assert "altered_content" in kinds


def test_p39_contents_from_before_marks_open_as_before(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    tampering.unguarded()
    db.session.execute(text("UPDATE case_keys SET newest = NULL"))
    written = update(AuditRecord).where(AuditRecord.deed.like("%.write"))
    db.session.execute(written.values(fields=""))
    db.session.commit()
    with factories.acts(house.caseworker):
        assert db.session.get_one(Case, case.id).identity["family_name"] == "Benali"
    assert db.session.execute(select(AuditSeal.id)).first() is None


def test_p29_a_reader_taken_out_of_a_history_is_found(app: Flask) -> None:
    house = factories.World()
    case_id = factories.case(house).id
    with factories.acts(house.colleague):
        _ = db.session.get_one(Case, case_id).identity["given_names"]
    assert list(audit_seals.verify()) == []
    newest = _about(case_id)[-1].id
    tampering.unguarded()
    db.session.execute(text(f"DELETE FROM trail_cases WHERE entry_id = {newest}"))
    db.session.commit()
    assert [found.what for found in audit_seals.verify()] == ["not in the histories of its cases"]


def test_p37_a_key_taken_off_one_chain_is_not_given_back(app: Flask) -> None:
    factories.case(factories.World())
    _entries(3)
    tampering.unguarded()
    db.session.execute(text("UPDATE trail_heads SET mac = NULL WHERE organisation_id = 1"))
    db.session.commit()
    assert list(audit_seals.verify())
    audit.append([audit.AuditEntry("somebody", "signed_in", 2)])
    db.session.commit()
    with pytest.raises(ValueError, match="took the key off"):
        audit_seals.key_links()
