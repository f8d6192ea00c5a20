"""Thousands of cases with everything that may hang on one, written into the tables as verbs write
them, but at once: for what depends on how many there are.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert

from models.base import Base, db
from models.people import Organisation
from models.records import kind_token
from models.shelter import Bed, Facility, ShelterRoom
from tests.factories import World, anew

FIRST = datetime(2024, 1, 1, 8, tzinfo=UTC)
DAYS = 730
SEXES = ("Feminine", "Masculine", "TransgenderFeminine")
AGES = ("0-8", "9-17", "18-20", "21-23", "24-26", "27-29", "30-38")
HOMES = ("CI", "GN", "ML", "SN", "CM", "BF")
SERVICES = ("counselling", "medical", "shelter", "legal", "training")


@dataclass
class Truth:
    """What a trafficker knows of somebody, and what he must not learn."""

    case_id: int
    office_id: int
    sex: str
    age: str
    citizenship: str
    opened: datetime
    house: str = ""
    partner: str = ""
    country: str = ""
    facts: set[str] = field(default_factory=set)


class Town:
    """``size`` cases of one world, of two missions."""

    def __init__(self, world: World, size: int, seed: int = 7) -> None:
        self.chance, self.world = Random(seed), world
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.numbers: dict[str, int] = defaultdict(lambda: 1000)
        self.offices = [anew(world.here), anew(world.there)]
        self.partners = [anew(world.partner), anew(world.other_partner)]
        self.staff = {
            "office": anew(world.caseworker).id,
            "partner": anew(world.helper).id,
            "shelter": anew(world.shelter).id,
        }
        self.houses = [self._house(f"House {name}") for name in ("Jasmine", "Olive", "Carob")]
        moments = sorted(self.chance.random() * DAYS for _ in range(size))
        self.people = [self._case(FIRST + timedelta(days=moment)) for moment in moments]
        for table in Base.metadata.sorted_tables:
            alike = defaultdict(list)
            for row in self.rows[table.name]:
                alike[tuple(row)].append(row)
            for rows in alike.values():
                db.session.execute(insert(table), rows)
        db.session.commit()

    def _house(self, name: str) -> Facility:
        keeper = self.chance.choice([*self.partners, self.offices[0]])
        made = Facility(organisation_id=keeper.id, name=name, sex="women")
        room = ShelterRoom(facility=made, name="Room under the roof")
        db.session.add(made)
        db.session.flush()
        room.beds = [Bed(name=f"Bed {place}") for place in range(1, 5)]
        db.session.add(room)
        db.session.flush()
        return made

    def _add(self, table: str, **row: Any) -> int:
        self.numbers[table] += 1
        numbered = "id" in Base.metadata.tables[table].c and "id" not in row
        self.rows[table].append(({"id": self.numbers[table]} if numbered else {}) | row)
        return self.numbers[table]

    def _seen(self, case: Truth, at: datetime, deed: str, who: str, **more: str) -> None:
        """An entry of the trail."""
        entry = self._add(
            "trail",
            organisation_id=case.office_id,
            number=self.numbers["trail"],
            at=at,
            actor=f"{who}@example.org",
            user_id=self.staff[who],
            deed=deed,
            subject=more.get("subject", ""),
            fields=more.get("fields", ""),
            cases=str(case.case_id),
            purpose=more.get("purpose", ""),
            hash=b"x",
        )
        self._add("trail_cases", case_id=case.case_id, entry_id=entry)

    def _case(self, opened: datetime) -> Truth:
        chance, office = self.chance, self.chance.choice(self.offices)
        sex, age, home = chance.choice(SEXES), chance.choice(AGES), chance.choice(HOMES)
        person = self._add("persons", created_at=opened)
        number = self.numbers["cases"] + 1
        case = Truth(number, office.id, sex, age, home, opened)
        self._add(
            "cases",
            number=f"SC-{number:08}",
            person_id=person,
            office_id=office.id,
            owner_id=self.staff["office"],
            sex=sex,
            age_band=age,
            citizenship=home,
            categories=["medical", "trafficking"],
            exploitation=["forced_labour"],
            trafficking_status="actual",
            opened_on=opened.date(),
            created_at=opened,
            changed_at=opened + timedelta(days=30),
        )
        case.facts |= {"forced_labour", "trafficking", "actual"}
        self._begun(case)
        for story, share in ((self._ill, 0.4), (self._referred, 0.6), (self._returns, 0.4)):
            if chance.random() < share:
                story(case, opened + timedelta(days=chance.random() * 20))
        if chance.random() < 0.5:
            self._sleeps(case, opened + timedelta(hours=chance.random() * 30))
        return case

    def _event(self, case: Truth, at: datetime, kind: str, compartment: str = "protection") -> None:
        self._add(
            "events",
            case_id=case.case_id,
            kind=kind,
            compartment=compartment,
            at=at,
            by_id=self.staff["office"],
        )

    def _begun(self, case: Truth) -> None:
        self._event(case, case.opened, "registered")
        for purpose in ("assistance", "consulate"):
            answer = "refuses" if purpose == "consulate" else "agrees"
            self._add(
                "consents",
                case_id=case.case_id,
                purpose=purpose,
                answer=answer,
                given_on=case.opened.date(),
                language="dyu",
            )
        self._add(
            "tasks", case_id=case.case_id, kind="screening", due_on=case.opened.date(),
            owner_id=self.staff["office"],
        )  # fmt: skip
        self._seen(
            case,
            case.opened,
            "identity.write",
            "office",
            fields="family_name given_names",
            purpose="casework_register.step",
        )

    def _ill(self, case: Truth, at: datetime) -> None:
        kind, page = self.chance.choice(
            (("pregnancy", "add_pregnancy"), ("asylum", "add_asylum"), ("hiv", "add_hiv"))
        )
        case.facts |= {kind, page, f"records.{page}", f"{kind}_due"}
        legal = "legal" if kind == "asylum" else "medical"
        key = f"{self.chance.randrange(16**16):016x}"
        self._add(
            "records",
            key=key,
            case_id=case.case_id,
            kind_token=kind_token(case.case_id, kind),
            compartment=legal,
            due_on=(at + timedelta(days=90)).date(),
            made_at=at,
            changed_at=at,
        )
        self._event(case, at, f"record_{kind}", legal)
        self._add(
            "tasks", case_id=case.case_id, kind=f"{kind}_due", record_key=key,
            due_on=(at + timedelta(days=90)).date(),
        )  # fmt: skip
        case.facts.add(f"record_{kind}")
        self._seen(
            case, at, f"{legal}.write", "office", fields=f"due_on {kind}", purpose=f"records.{page}"
        )

    def _referred(self, case: Truth, at: datetime) -> None:
        partner: Organisation = self.chance.choice(self.partners)
        service = self.chance.choice(SERVICES)
        case.partner = partner.name
        case.facts.add(service)
        number = self.numbers["referrals"] + 1
        reference = f"RF-{number:08}"
        self._add(
            "referrals",
            reference=reference,
            case_id=case.case_id,
            office_id=case.office_id,
            partner_id=partner.id,
            sent_by_id=self.staff["office"],
            service=service,
            fields=["needs", "call_name"],
            sex=case.sex,
            age_band=case.age,
            language="dyu",
            sent_at=at,
            answer_by=at + timedelta(days=3),
        )
        self._add(
            "services", referral_id=number, kind=service, given_on=at.date(),
            logged_by_id=self.staff["partner"], token=f"{number}/1",
        )  # fmt: skip
        self._add(
            "case_releases",
            case_id=case.case_id,
            kind="referral",
            reference=reference,
            recipient_id=partner.id,
            fields=["needs"],
            given_at=at,
        )
        self._event(case, at, "referred")
        self._seen(case, at + timedelta(hours=3), "released.read", "partner", subject=reference)
        self._notice(reference, at, "partner")

    def _notice(self, reference: str, at: datetime, to: str) -> None:
        self._add(
            "messages",
            event="referral.sent",
            reference=reference,
            path=f"/referrals/{reference}",
            user_id=self.staff[to],
            channel="app",
            due_at=at,
            created_at=at,
        )

    def _returns(self, case: Truth, at: datetime) -> None:
        there = next(each for each in self.offices if each.id != case.office_id)
        case.country = case.citizenship
        number = self.numbers["returns"] + 1
        self._add(
            "returns",
            reference=f"RT-{number:08}",
            case_id=case.case_id,
            sending_id=case.office_id,
            receiving_id=there.id,
            country=case.country,
            sex=case.sex,
            age_band=case.age,
            departed_on=(at + timedelta(days=40)).date(),
            created_at=at,
            changed_at=at,
        )
        for step in ("counselling", "fit_to_travel", "protection_check"):
            case.facts.add(step)
            said = {"done_on": at.date(), "outcome": "fit", "detail": {"language": "dyu"}}
            self._add("return_steps", return_id=number, step=step, **said)
            self._add("return_step_entries", return_id=number, step=step, at=at, **said)
        self._add("return_events", return_id=number, kind="applied", at=at)
        self._event(case, at, "return_applied")
        self._seen(
            case, at, "journey.write", "office", subject=f"RT-{number:08}", purpose="avrr.step"
        )

    def _sleeps(self, case: Truth, at: datetime) -> None:
        house = self.chance.choice(self.houses)
        bed = self.chance.choice(house.rooms[0].beds)
        case.house = house.name
        stay, nights = self.chance.getrandbits(31), self.chance.randrange(5, 40)
        until = at.date() + timedelta(days=nights)
        self._add(
            "placements",
            id=stay,
            case_id=case.case_id,
            office_id=case.office_id,
            bed_id=bed.id,
            facility_id=house.id,
            from_on=at.date(),
            until_on=until,
            presence_at=at,
            made_by_id=self.staff["office"],
        )
        for place in range(0, nights, 5):
            night = at.date() + timedelta(days=place)
            key = {"case_id": case.case_id, "placement_id": stay}
            taken = {(row["bed_id"], row["night"]) for row in self.rows["bed_nights"][-200:]}
            if (bed.id, night) not in taken:
                self._add("bed_nights", bed_id=bed.id * 10_000 + stay, night=night, **key)
            self._add(
                "handouts", kind="meal", period=f"{night}/lunch", by_id=self.staff["shelter"],
                at=at + timedelta(days=place, hours=2), **key,
            )  # fmt: skip
        self._event(case, at, "placed", "care")
        self._seen(case, at, "care.read", "shelter", purpose="shelter.board")
        case.facts.add("placed")
