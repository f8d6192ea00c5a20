"""Rows for the measurement of statistics: cases with returns, requests, referrals, follow-ups and
surveys, over eight years.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from access.permissions import Role
from accounts import hashes
from benchmarks.caller import PASSWORD
from models.base import db
from models.cases import Case, Person
from models.dates import months_after
from models.money import Fund, FundRequest, FundRequestPerson
from models.people import Grant, Organisation, User
from models.referrals import Referral
from models.returns import FollowUp, Return, Survey
from models.states import (
    CaseStatus,
    FundRequestState,
    HandoverState,
    ReferralState,
    ReturnState,
)
from reporting.facts import profiles

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
PROGRAMMES = ("hasm", "mefm", "victims")
SCORES = ("economic", "social", "psychosocial", "composite")
TOGETHER = 10_000
# In the order in which rows go in: what is named stands before what names it.
MODELS = (Person, Case, Return, FollowUp, Survey, FundRequest, FundRequestPerson, Referral)


@dataclass(frozen=True)
class World:
    """Who and what cases hang on, by their ids."""

    offices: list[int]
    partners: list[int]
    workers: list[int]
    funds: dict[str, int]


@dataclass(frozen=True)
class Opened:
    """A case that was put in, for what hangs on it."""

    case_id: int
    on: date
    at: datetime
    office: int
    country: str


@dataclass
class Filling:
    """Rows of some cases, gathered before they go in."""

    chance: random.Random
    world: World
    rows: dict[Any, list[dict[str, Any]]] = field(
        default_factory=lambda: {model: [] for model in MODELS}
    )

    def add(self, case_id: int) -> None:
        """One case with what hangs on it."""
        opened = self._opened(case_id)
        self.rows[Person].append({"id": case_id, "created_at": opened.at})
        self._case(opened)
        if self.chance.random() < 0.4:
            self._return(opened)
        if self.chance.random() < 0.3:
            self._request(opened)
        if self.chance.random() < 0.4:
            self._referral(opened)

    def write(self) -> None:
        """Put all rows in."""
        for model, rows in self.rows.items():
            if rows:
                db.session.execute(insert(model), rows)

    def _opened(self, case_id: int) -> Opened:
        opened = date(2019, 1, 1) + timedelta(days=self.chance.randrange(2900))
        moment = datetime(opened.year, opened.month, opened.day, 9, tzinfo=UTC)
        office = self.chance.choice(self.world.offices)
        country = COUNTRIES[min(int(self.chance.expovariate(0.15)), len(COUNTRIES) - 1)]
        return Opened(case_id, opened, moment, office, country)

    def _case(self, opened: Opened) -> None:
        chance = self.chance
        self.rows[Case].append(
            {
                "id": opened.case_id,
                "number": f"SC-{opened.case_id:08d}",
                "person_id": opened.case_id,
                "office_id": opened.office,
                "owner_id": chance.choice(self.world.workers),
                "opened_on": opened.on,
                "statistics_agreed": chance.random() < 0.95,
                "sex": chance.choice(("Feminine", "Masculine", "Masculine")),
                "age_band": chance.choice(("0-13", "14-17", "18-34", "18-34", "35-64")),
                "citizenship": opened.country,
                "status": chance.choice(
                    (CaseStatus.ASSISTANCE, CaseStatus.CLOSED, CaseStatus.CLOSED)
                ),
                "risk": chance.choice(("low", "high")),
                **self._protection(opened.case_id),
            }
        )

    def _protection(self, case_id: int) -> dict[str, Any]:
        """What happened to the person: one in five is a victim of trafficking."""
        victim = self.chance.random() < 0.2
        other = self.chance.choice(("stranded", "vulnerable", "medical"))
        profile = {
            "age": self.chance.randint(1, 70),
            "control": self.chance.sample(CONTROL, 2) if victim else [],
            "industry": ["F_Construction"] if victim else [],
            "relation": "",
        }
        return {
            "categories": ["trafficking"] if victim else [other],
            "exploitation": ["ForcedLabour"] if victim else [],
            "trafficking_status": "actual" if victim else "",
            "profile_sealed": profiles.sealed(case_id, profile),
        }

    def _return(self, opened: Opened) -> None:
        left = opened.on + timedelta(days=60)
        self.rows[Return].append(
            {
                "id": opened.case_id,
                "reference": f"RT-{opened.case_id:08d}",
                "case_id": opened.case_id,
                "sending_id": opened.office,
                "receiving_id": self.chance.choice(self.world.offices),
                "country": opened.country,
                "from_transit": self.chance.random() < 0.5,
                "state": ReturnState.ARRIVED,
                "handover": HandoverState.ACCEPTED,
                "departed_on": left,
                "arrived_on": left,
            }
        )
        for month in (1, 3):
            self._visit(opened.case_id, month, months_after(left, month))
        if self.chance.random() < 0.3:
            self._survey(opened.case_id, left + timedelta(days=95))

    def _visit(self, return_id: int, month: int, due: date) -> None:
        done = due if self.chance.random() < 0.7 else None
        self.rows[FollowUp].append(
            {
                "return_id": return_id,
                "month": month,
                "due_on": due,
                "done_on": done,
                "outcome": "reached" if done else "",
            }
        )

    def _survey(self, return_id: int, on: date) -> None:
        scores = {score: self.chance.randrange(200, 1000) for score in SCORES}
        self.rows[Survey].append(
            {"return_id": return_id, "on": on, "version": "v", "token": f"{return_id}", **scores}
        )

    def _request(self, opened: Opened) -> None:
        self.rows[FundRequest].append(
            {
                "id": opened.case_id,
                "reference": f"FR-{opened.case_id:08d}",
                "fund_id": self.world.funds[self.chance.choice(PROGRAMMES)],
                "case_id": opened.case_id,
                "office_id": opened.office,
                "amount_minor": 50_000,
                "currency": "EUR",
                "state": FundRequestState.APPROVED,
                "answered_at": opened.at,
                "asked_at": opened.at,
                "sector": str(self.chance.randint(1, 15)),
            }
        )
        self.rows[FundRequestPerson].append(
            {"request_id": opened.case_id, "case_id": opened.case_id}
        )

    def _referral(self, opened: Opened) -> None:
        self.rows[Referral].append(
            {
                "reference": f"RF-{opened.case_id:08d}",
                "case_id": opened.case_id,
                "office_id": opened.office,
                "partner_id": self.chance.choice(self.world.partners),
                "service": self.chance.choice(("shelter", "medical", "legal_aid")),
                "state": ReferralState.COMPLETED,
                "fields": [],
                "sent_at": opened.at,
                "answer_by": opened.at + timedelta(days=3),
                "answered_at": opened.at + timedelta(hours=self.chance.randrange(1, 90)),
                "ended_at": opened.at + timedelta(days=9),
            }
        )


def fill(count: int) -> None:
    """Missions, a manager, and ``count`` cases with what hangs on them. Commits."""
    chance = random.Random(5)
    world = _world()
    for start in range(0, count, TOGETHER):
        filling = Filling(chance, world)
        for case_id in range(start + 1, min(start + TOGETHER, count) + 1):
            filling.add(case_id)
        filling.write()
        db.session.commit()


def _world() -> World:
    offices = _organisations(24, "O", "mission", "Mission")
    partners = _organisations(40, "P", "partner", "Partner")
    head = Organisation(code="HQ", kind="headquarters", name="Headquarters", country="CH")
    manager = User(
        email="manager@bench.example", name="Manager", password_hash=hashes.hashed(PASSWORD)
    )
    workers = [
        User(email=f"w{number}@bench.example", name=f"Worker {number}", password_hash="!")
        for number in range(100)
    ]
    funds = [_fund(programme) for programme in PROGRAMMES]
    db.session.add_all([*offices, *partners, head, manager, *workers, *funds])
    db.session.flush()
    db.session.add(Grant(user=manager, organisation=head, role=Role.MANAGER))
    db.session.commit()
    return World(
        [office.id for office in offices],
        [partner.id for partner in partners],
        [worker.id for worker in workers],
        {fund.programme: fund.id for fund in funds},
    )


def _organisations(count: int, letter: str, kind: str, name: str) -> list[Organisation]:
    return [
        Organisation(
            code=f"{letter}{number}",
            kind=kind,
            name=f"{name} {number}",
            country=HOSTS[number % len(HOSTS)],
        )
        for number in range(count)
    ]


def _fund(programme: str) -> Fund:
    return Fund(
        code=f"F{programme}",
        programme=programme,
        name=programme,
        currency="EUR",
        starts_on=date(2019, 1, 1),
        ends_on=date(2030, 1, 1),
        ceiling_minor=10**6,
        balance_minor=0,
        committed_minor=0,
        spent_minor=0,
    )
