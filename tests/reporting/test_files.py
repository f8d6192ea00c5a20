"""Files that are asked for: encrypted, for the one who asked, made by the worker, safe to be
killed; reports on their day.
"""

import io
import json
import re
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
import pyzipper
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from models.audit import AuditRecord
from models.base import at, db, now
from models.facts import Delivery, SavedReport
from models.messages import Message
from reporting.exports import deliveries, jobs
from reporting.facts import counting
from tests import factories
from tests.reporting.test_statistics import YEAR, people


def opened(content: bytes, password: str) -> dict[str, bytes]:
    with pyzipper.AESZipFile(io.BytesIO(content)) as packed:
        packed.setpassword(password.encode())
        return {name: packed.read(name) for name in packed.namelist()}


def password_on(page: str) -> str:
    found = re.search(r'name="password" value="([0-9a-f-]{20,})"', page)
    assert found
    return found[1]


def asked_for(browser: factories.Browser, address: str, **form: Any) -> tuple[str, str]:
    """Ask for a file as a person does; gives its key and password."""
    browser.post("/confirm", password=factories.PASSWORD)
    password = password_on(browser.get("/statistics/exports").text)
    answer = browser.post(address, password=password, **form)
    assert answer.status_code == 303, answer.text[:400]
    return answer.headers["Location"].rsplit("/", 1)[1], password


def test_cases_go_out_encrypted_to_the_one_who_asked_and_into_the_trail(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.id
    db.session.commit()
    browser, other = factories.Browser(app, house.supervisor), factories.Browser(app, house.manager)
    key, password = asked_for(
        browser, "/statistics/exports/htcds", format="json", identities="true", recipient="own"
    )
    assert "progress" in browser.get(f"/statistics/files/{key}").text
    made = db.session.execute(select(Delivery)).scalar_one()
    jobs.make_file(made.id)
    jobs.make_file(made.id)
    content = browser.get(f"/statistics/files/{key}.zip").data
    assert b"Benali" not in content
    with pytest.raises(RuntimeError):
        opened(content, "wrong-password-wrong")
    (found,) = opened(content, password).values()
    assert json.loads(found)["cases"][0]["prs_SecondName"] == "Benali"
    assert other.get(f"/statistics/files/{key}.zip").status_code == 404
    stored = db.session.execute(select(Delivery.content, Delivery.password_sealed)).one()
    assert stored.password_sealed is None, "the password is kept no longer than it is needed"
    deeds = db.session.execute(select(AuditRecord)).scalars().all()
    assert any(
        entry.deed == "identity.read"
        and entry.purpose == "export"
        and str(number) in str(entry.cases)
        for entry in deeds
    )
    assert (
        db.session.execute(select(Message).where(Message.event == "file.ready")).scalars().first()
        is not None
    )


def test_a_manager_gets_pseudonyms_even_when_asking_for_names(app: Flask) -> None:
    house = factories.World()
    factories.case(house)
    db.session.commit()
    browser = factories.Browser(app, house.manager)
    for identities, rows in (("true", 0), ("", 1)):
        key, password = asked_for(
            browser,
            "/statistics/exports/htcds",
            format="json",
            **({"identities": identities, "recipient": "own"} if identities else {}),
        )
        jobs.make_file(
            db.session.execute(
                select(Delivery.id).order_by(Delivery.id.desc()).limit(1)
            ).scalar_one()
        )
        (found,) = opened(browser.get(f"/statistics/files/{key}.zip").data, password).values()
        assert len(json.loads(found)["cases"]) == rows
        assert b"Benali" not in found


def test_the_ctdc_file_has_27_columns(app: Flask) -> None:
    house = factories.World()
    people(house, 12, trafficking_status="actual", exploitation=["ForcedLabour"])
    db.session.commit()
    counting.refresh()
    browser = factories.Browser(app, house.manager)
    supervisor = factories.Browser(app, house.supervisor)
    supervisor.post("/confirm", password=factories.PASSWORD)
    assert (
        supervisor.post("/statistics/exports/ctdc", from_year=YEAR, to_year=YEAR).status_code == 404
    )
    key, password = asked_for(
        browser, "/statistics/exports/ctdc", from_year=str(YEAR), to_year=str(YEAR)
    )
    jobs.make_file(db.session.execute(select(Delivery.id)).scalar_one())
    lines = (
        opened(browser.get(f"/statistics/files/{key}.zip").data, password)["ctdc.csv"]
        .decode()
        .splitlines()
    )
    assert len(lines) == 13
    assert all(line.count(",") == 26 for line in lines)


def test_wrong_input_is_answered_beside_the_field(app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(app, house.manager)
    browser.post("/confirm", password=factories.PASSWORD)
    answer = browser.post(
        "/statistics/exports/ctdc", from_year="2026", to_year="2020", password="a" * 20
    )
    assert answer.status_code == 422
    assert "last year is before the first" in answer.text
    assert (
        browser.post("/statistics/exports/htcds", format="doc", password="a" * 20).status_code
        == 422
    )
    assert (
        browser.post("/statistics/exports/htcds", format="csv", password="short").status_code == 422
    )


def test_a_report_is_sent_on_its_day_once_and_shows_what_the_page_shows(app: Flask) -> None:
    house = factories.World()
    people(house, 25)
    db.session.commit()
    counting.refresh()
    browser = factories.Browser(app, house.manager)
    page = browser.get("/statistics/reports", query_string={"of": f"assistance?year={YEAR}"}).text
    password = password_on(page)
    assert (
        browser.post(
            "/statistics/reports", of="nowhere?x=1", name="A", every="month", password=password
        ).status_code
        == 404
    )
    assert (
        browser.post(
            "/statistics/reports",
            of=f"assistance?year={YEAR}",
            name="Monthly",
            every="month",
            password=password,
        ).status_code
        == 303
    )
    assert (
        browser.post(
            "/statistics/reports",
            of=f"assistance?year={YEAR}",
            name="Monthly",
            every="",
            password=password,
        ).status_code
        == 422
    )
    report = db.session.execute(select(SavedReport)).scalar_one()
    with at(now() + timedelta(days=40)):
        jobs.remind()
        db.session.commit()
        jobs.remind()
        db.session.commit()
    made = db.session.execute(select(Delivery)).scalar_one()
    jobs.make_file(made.id)
    made = db.session.execute(select(Delivery)).scalar_one()
    assert made.state == "ready"
    content = browser.get(f"/statistics/files/{made.key}.zip").data
    (found,) = opened(content, password).values()
    assert openpyxl.load_workbook(io.BytesIO(found)).sheetnames[0] == "Definitions"
    browser.post(f"/statistics/reports/{report.key}/remove")
    assert db.session.execute(select(SavedReport)).scalars().first() is None


def test_who_lost_the_role_gets_nothing(app: Flask) -> None:
    house = factories.World()
    factories.case(house)
    db.session.commit()
    asked_for(
        factories.Browser(app, house.supervisor),
        "/statistics/exports/htcds",
        format="csv",
        identities="true",
        recipient="own",
    )
    for grant in factories.anew(house.supervisor).grants:
        grant.ends_on = now().date() - timedelta(days=1)
    db.session.commit()
    made = db.session.execute(select(Delivery)).scalar_one()
    jobs.make_file(made.id)
    db.session.expire_all()
    assert db.session.get_one(Delivery, made.id).state == "failed"


def test_a_killed_making_is_found_again_and_begun_anew(app: Flask) -> None:
    house = factories.World()
    factories.case(house)
    db.session.commit()
    asked_for(factories.Browser(app, house.supervisor), "/statistics/exports/htcds", format="csv")
    made = db.session.execute(select(Delivery)).scalar_one()
    made.state, made.beat_at = "running", now()
    db.session.commit()
    assert deliveries.stalled() == []
    jobs.make_file(made.id)
    assert db.session.execute(select(Delivery.state)).scalar_one() == "running", "somebody is at it"
    made = db.session.execute(select(Delivery)).scalar_one()
    made.beat_at = now() - timedelta(minutes=6)
    db.session.commit()
    assert deliveries.stalled() == [made.id]
    jobs.make_file(made.id)
    assert db.session.execute(select(Delivery.state)).scalar_one() == "ready"


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.sampled_from(["week", "month", "quarter"]))
def test_the_next_day_of_a_report_is_the_first_of_its_period(day: date, every: str) -> None:
    found = deliveries.next_day(day, every)
    assert day < found <= day + timedelta(days=93)
    assert (found.weekday() == 0) if every == "week" else found.day == 1
    assert every != "quarter" or found.month in {1, 4, 7, 10}
