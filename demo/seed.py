"""Making the demo: 4 missions, 8 partners, 15 people, 400 cases over five years, referrals and returns in every state.

Everything goes through the verbs, as the people who would do it, at the time it would have happened.
"""

import json
import os
import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from access import audit
from access.actors import Actor, person
from access.gate import acting
from access.permissions import Role
from accounts import signing_in
from avrr import handover, preparation, reintegration
from casework.casefile import closure, screening
from casework.core import consent, tasks, timeline
from casework.intake import registration
from demo import names, seed_assistance
from funds import approvals as fund_answers
from funds import ledger, payments, requests
from models.base import at, db, now
from models.cases import Case, Task
from models.messages import Message
from models.money import Fund, FundRequest
from models.people import Grant, Organisation, Team, User
from models.referrals import Referral
from models.returns import Return
from models.states import CaseStatus, FundRequestState, MessageState
from referral import responses, sending

CASES = 400
MISSIONS = (
    ("TUN", "Mission Tunis", "TN", "Tunis", "Africa/Tunis"),
    ("NIA", "Mission Niamey", "NE", "Niamey", "Africa/Niamey"),
    ("ABJ", "Mission Abidjan", "CI", "Abidjan", "Africa/Abidjan"),
    ("DAC", "Mission Dhaka", "BD", "Dhaka", "Asia/Dhaka"),
)
PARTNERS = (
    ("DARAMEL", "Dar Amel", "TN", "Tunis", ["shelter", "counselling"]),
    ("ELNOUR", "El Nour clinic", "TN", "Tunis", ["medical", "counselling"]),
    ("DROIT", "Droits pour tous", "TN", "Sfax", ["legal_aid", "interpretation"]),
    ("ATELIER", "L’Atelier", "TN", "Tunis", ["training", "education", "job_placement"]),
    ("SAHELAIDE", "Sahel Aide", "NE", "Niamey", ["shelter", "material_help"]),
    ("AGADEZ", "Centre Agadez", "NE", "Agadez", ["medical", "shelter"]),
    ("RETOURCI", "Nouveau Départ", "CI", "Abidjan", ["training", "job_placement", "counselling"]),
    ("SHEBA", "Sheba Dhaka", "BD", "Dhaka", ["counselling", "family_tracing", "training"]),
)
PEOPLE = (
    ("Nadia Ben Salem", "TUN", Role.CASEWORKER),
    ("Karim Trabelsi", "TUN", Role.CASEWORKER),
    ("Leila Mansour", "TUN", Role.SUPERVISOR),
    ("Sami Haddad", "TUN", Role.HEALTH),
    ("Ines Gharbi", "TUN", Role.LEGAL),
    ("Moussa Issoufou", "NIA", Role.CASEWORKER),
    ("Rahila Abdou", "NIA", Role.SUPERVISOR),
    ("Aya Kouassi", "ABJ", Role.ORIGIN),
    ("Farhana Islam", "DAC", Role.ORIGIN),
    ("Salma Jaziri", "DARAMEL", Role.PARTNER),
    ("Youssef Ammar", "DARAMEL", Role.SHELTER),
    ("Hadiza Oumarou", "SAHELAIDE", Role.PARTNER),
    ("Claire Morel", "HQ", Role.MANAGER),
    ("Jonas Lindqvist", "HQ", Role.PROTECTION),
    ("Petra Novak", "HQ", Role.ADMINISTRATOR),
)
FUNDS: tuple[tuple[str, str, str, int, list[str]], ...] = (
    (
        "HASM-1",
        "hasm",
        "Humanitarian Assistance to Stranded Migrants",
        900_000_00,
        ["stranded", "trafficking", "child", "vulnerable", "smuggled", "medical"],
    ),
    ("AVRR-1", "avrr", "Assisted voluntary return and reintegration", 1_500_000_00, []),
    ("VOT-1", "victims", "Assistance to victims of trafficking", 250_000_00, ["trafficking"]),
)


def make(accounts: Path) -> None:
    """Make the demo in an empty database; write the accounts to ``accounts`` (mode 0600)."""
    chance = random.Random(20130)
    places, users, listed = _people()
    _funds(users)
    _write(accounts, listed)
    moments = sorted(_moment(chance) for _ in range(CASES))
    for moment in moments:
        _one_case(chance, moment, places, users)
    seed_assistance.assist(chance, _as, places, users)
    _fresh_work(chance, users)
    # What was told long ago was read long ago.
    db.session.execute(
        update(Message).values(
            state=MessageState.DELIVERED, delivered_at=Message.created_at, lease_until=None
        )
    )
    db.session.execute(
        update(Task)
        .where(Task.due_on < (now() - timedelta(days=6)).date(), Task.done_at.is_(None))
        .values(done_at=now())
    )
    db.session.execute(
        update(Message)
        .where(Message.created_at < now() - timedelta(days=2))
        .values(read_at=Message.created_at)
    )
    db.session.commit()


def _write(path: Path, listed: list[dict[str, str]]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(listed, file, ensure_ascii=False, indent=1)


def _people() -> tuple[dict[str, Organisation], dict[str, User], list[dict[str, str]]]:
    places = {
        code: Organisation(
            code=code, kind="mission", name=name, country=country, city=city, timezone=zone
        )
        for code, name, country, city, zone in MISSIONS
    }
    places |= {
        code: Organisation(
            code=code,
            kind="partner",
            name=name,
            country=country,
            city=city,
            services=services,
            email=f"desk@{code.lower()}.example",
        )
        for code, name, country, city, services in PARTNERS
    }
    for code, capacity, languages in (
        ("DARAMEL", {"shelter": 3, "counselling": 5}, ["ar", "fr"]),
        ("ELNOUR", {"medical": 8}, ["ar", "fr"]),
        ("DROIT", {"legal_aid": 0}, ["fr", "en"]),
    ):
        places[code].capacity, places[code].capacity_at, places[code].languages = (
            capacity,
            now(),
            languages,
        )
        places[code].hours, places[code].area = "Monday to Friday, 9:00 to 17:00", "Greater Tunis"
    places["HQ"] = Organisation(
        code="HQ",
        kind="headquarters",
        name="Headquarters",
        country="CH",
        city="Geneva",
        timezone="Europe/Zurich",
    )
    db.session.add_all(places.values())
    db.session.flush()
    teams = {
        code: Team(organisation_id=places[code].id, name="Assistance") for code in ("TUN", "NIA")
    }
    db.session.add_all(teams.values())
    db.session.flush()
    users, listed = {}, []
    for name, code, role in PEOPLE:
        password = secrets.token_urlsafe(9)
        email = f"{name.lower().replace(' ', '.')}@{code.lower()}.example"
        users[name] = User(email=email, name=name, password_hash=signing_in.hashed(password))
        team = teams[code].id if role is Role.CASEWORKER else None
        db.session.add(Grant(user=users[name], organisation=places[code], role=role, team_id=team))
        listed.append(
            {
                "role": role.value,
                "organisation": places[code].name,
                "name": name,
                "email": email,
                "password": password,
            }
        )
    db.session.add(
        Grant(user=users["Salma Jaziri"], organisation=places["DARAMEL"], role=Role.ADMINISTRATOR)
    )  # partners keep their own people
    db.session.commit()
    return places, users, listed


def _funds(users: dict[str, User]) -> None:
    manager = person(users["Claire Morel"])
    for code, programme, name, amount, categories in FUNDS:
        start = date.today() - timedelta(days=365 * 6)  # noqa: DTZ011 -- a day of the demo, no deadline
        fund = Fund(
            code=code,
            programme=programme,
            name=name,
            currency="EUR",
            starts_on=start,
            ends_on=start + timedelta(days=365 * 9),
            ceiling_minor=5_000_00,
            categories=categories,
        )
        db.session.add(fund)
        db.session.flush()
        ledger.contribute(by=manager, fund=fund, amount_minor=amount)
    db.session.commit()


@contextmanager
def _as(user: User, moment: datetime) -> Iterator[Actor]:
    """Act as somebody at a moment; trail and commit at the end, as a request would."""
    with at(moment), acting(person(user), purpose="demo") as gate:
        yield gate.actor
        db.session.flush()
        audit.append(gate.pending())
        db.session.commit()


def _moment(chance: random.Random) -> datetime:
    """More cases in later years, none in the last week."""
    days = int((chance.random() ** 2.4) * 365 * 5) + 8
    return datetime.now(UTC).replace(
        hour=9 + chance.randrange(7), minute=chance.randrange(60)
    ) - timedelta(days=days)


def _one_case(
    chance: random.Random, moment: datetime, places: dict[str, Organisation], users: dict[str, User]
) -> None:
    office = chance.choices(("TUN", "NIA"), (64, 36))[0]
    worker = (
        users[chance.choice(("Nadia Ben Salem", "Karim Trabelsi"))]
        if office == "TUN"
        else users["Moussa Issoufou"]
    )
    boss = users["Leila Mansour" if office == "TUN" else "Rahila Abdou"]
    whole = _registration(
        chance, moment, [place for place in places.values() if place.kind == "partner"]
    )
    with _as(worker, moment) as by:
        case = registration.register(
            by=by,
            given=whole,
            office=places[office],
            owner_id=worker.id,
            team_id=worker.grants[0].team_id,
        )
    number = case.id
    if chance.random() < 0.85:
        with _as(worker, moment + timedelta(days=2)) as by:
            case = db.session.get_one(Case, number)
            screening.decide(by=by, case=case, given=_decision(chance, whole))
            timeline.log_contact(
                by=by, case=case, kind="contact_visit", note=chance.choice(names.NOTES)
            )
    if chance.random() < 0.5:
        _referral(chance, moment + timedelta(days=4), number, worker, places, users)
    if "stranded" in whole["needs"]["categories"] or chance.random() < 0.6:
        _return(chance, moment + timedelta(days=9), number, worker, boss, users)
    _end(chance, moment, number, boss)
    db.session.expunge_all()
    for user in users.values():
        db.session.add(user)
    for place in places.values():
        db.session.add(place)


def _registration(
    chance: random.Random, moment: datetime, partners: list[Organisation]
) -> dict[str, Any]:
    country = chance.choices(list(names.PLACES), list(names.PLACES.values()))[0]
    woman = chance.random() < 0.46
    given = chance.choice(names.GIVEN[country][0 if woman else 1])
    age = chance.choices(
        (
            chance.randint(4, 13),
            chance.randint(14, 17),
            chance.randint(18, 34),
            chance.randint(35, 60),
        ),
        (4, 9, 66, 21),
    )[0]
    birth: dict[str, Any] = {"year": moment.year - age, "estimated": chance.random() < 0.3}
    if chance.random() < 0.6:
        birth |= {"month": chance.randint(1, 6), "day": chance.randint(1, 28)}
    categories = [
        chance.choices(
            ("stranded", "trafficking", "vulnerable", "smuggled", "medical"), (42, 24, 20, 9, 5)
        )[0]
    ]
    if age < 18 and chance.random() < 0.7:
        categories.append("child")
    exploited = "trafficking" in categories
    until = moment.date() + timedelta(
        days=182 if moment < datetime.now(UTC) - timedelta(days=300) else chance.randint(190, 500)
    )
    return {
        "duplicate": "not_same",
        "channel": chance.choice(
            ("walk_in", "referral", "hotline", "outreach", "border", "detention")
        ),
        "consent": {
            "assistance": "agrees",
            "sharing": "agrees",
            "consulate": "agrees" if chance.random() < 0.85 else "refuses",
            "statistics": "agrees" if chance.random() < 0.95 else "refuses",
            "manner": chance.choice(("signed", "spoken", "thumbprint")),
            "language": names.LANGUAGES[country][0],
            "recipients": [
                partner.id
                for partner in partners
                if partner.code in {"DARAMEL", "SAHELAIDE"} or chance.random() < 0.4
            ],
            "valid_until": until,
        },
        "person": {
            "given_names": given,
            "family_name": chance.choice(names.FAMILY[country]),
            "call_name": given,
            "birth": birth,
            "sex": "Feminine" if woman else "Masculine",
            "citizenship": country,
            "languages": names.LANGUAGES[country],
            "phone": f"+2167{chance.randrange(10**7):07d}" if chance.random() < 0.5 else "",
            "safe_contact": chance.choice(
                ("Call only 14:00 to 17:00, no messages.", "Through the shelter.", "")
            ),
        },
        "account": {
            "account": chance.choice(names.ACCOUNTS),
            **(
                {
                    "exploitation": ["ForcedLabour"] if not woman else ["SexualExploitation"],
                    "control": ["DebtBondage", "WithholdsDocuments"],
                }
                if exploited
                else {}
            ),
        },
        "needs": {
            "needs": chance.choice(names.NEEDS),
            "safety_note": chance.choice(names.SAFETY),
            "risk": chance.choices(("low", "medium", "high"), (45, 38, 17))[0],
            "categories": categories,
        },
    }


def _decision(chance: random.Random, whole: dict[str, Any]) -> dict[str, Any]:
    exploited = "trafficking" in whole["needs"]["categories"]
    decision = chance.choice(("actual", "possible")) if exploited else "not"
    act = (
        {
            "act": ["recruitment", "harbouring"],
            "control": ["DebtBondage", "WithholdsDocuments"],
            "exploitation": whole["account"].get("exploitation", []),
        }
        if exploited
        else {}
    )
    return {
        **act,
        "decision": decision,
        "decided_by": "NGO",
        "reason": "From two interviews and what the person showed us.",
    }


def _referral(
    chance: random.Random,
    moment: datetime,
    number: int,
    worker: User,
    places: dict[str, Organisation],
    users: dict[str, User],
) -> None:
    if moment > datetime.now(UTC):
        return
    with _as(worker, moment) as by:
        case = db.session.get_one(Case, number)
        told = [
            line.recipient
            for line in case.consents
            if line.recipient and line.in_force(moment.date())
        ]
        if not told:
            return
        partner = chance.choices(
            told, [8 if place.code in {"DARAMEL", "SAHELAIDE"} else 1 for place in told]
        )[0]
        service = chance.choice(partner.services)
        referral = sending.send(
            by=by,
            case=case,
            partner=partner.id,
            service=service,
            urgency=chance.choice(("standard", "urgent", "emergency")),
            fields_=["call_name", "languages", "sex", "age_band", "needs", "safety_note"],
            language=names.LANGUAGES.get(case.citizenship, ["en"])[0],
        )
        reference = referral.id
    helper = {"DARAMEL": "Salma Jaziri", "SAHELAIDE": "Hadiza Oumarou"}.get(partner.code)
    if helper is None:
        with _as(worker, moment + timedelta(days=1)) as by:
            sending.revoke(by=by, referral=db.session.get_one(Referral, reference))
        return
    outcome = chance.random()
    if outcome < 0.08:
        return
    with _as(users[helper], moment + timedelta(hours=chance.randint(1, 20))) as by:
        referral = db.session.get_one(Referral, reference)
        if outcome < 0.2:
            responses.decline(
                by=by, referral=referral, reason=chance.choice(("full", "not_ours", "not_safe"))
            )
            return
        responses.accept(by=by, referral=referral)
    if outcome < 0.35 and moment > datetime.now(UTC) - timedelta(days=200):
        return
    with _as(users[helper], min(moment + timedelta(days=5), datetime.now(UTC))) as by:
        referral = db.session.get_one(Referral, reference)
        responses.log_service(
            by=by,
            referral=referral,
            kind=service,
            given_on=now().date(),
            quantity=chance.randint(1, 9),
            outcome="given",
        )
        if outcome > 0.5 or moment < datetime.now(UTC) - timedelta(days=200):
            responses.complete(by=by, referral=referral)


def _return(
    chance: random.Random,
    moment: datetime,
    number: int,
    worker: User,
    boss: User,
    users: dict[str, User],
) -> None:
    if moment > datetime.now(UTC) - timedelta(days=2):
        return
    with _as(worker, moment) as by:
        case = db.session.get_one(Case, number)
        country = (
            case.citizenship if case.citizenship in {"CI", "BD"} else chance.choice(("CI", "BD"))
        )
        record = preparation.start(
            by=by,
            case=case,
            country=country,
            from_transit=case.office.country == "NE" or chance.random() < 0.3,
        )
        reference = record.id
        steps = ("application", "counselling", "eligibility", "protection_check")
        spoken = names.LANGUAGES.get(case.citizenship, ["en"])[0]
        for step in steps:
            outcome = "ok" if step in {"eligibility", "protection_check"} else ""
            preparation.do_step(
                by=by,
                record=record,
                step=step,
                done_on=now().date(),
                outcome=outcome,
                language=spoken,
                options=["stay", "asylum", "return"],
            )
        code = (
            "HASM-1"
            if set(case.categories) & {"stranded", "trafficking"} and chance.random() < 0.75
            else "AVRR-1"
        )
        request = requests.ask(
            by=by,
            case=case,
            fund=code,
            lines={"travel": str(chance.randint(300, 1500))},
            last_resort=True,
        )
        request_id = request.id
        child = screening.is_child(case) or "child" in case.categories
    if child or chance.random() < 0.1:
        return
    with _as(boss, moment + timedelta(days=1)) as by:
        fund_answers.approve(by=by, request=db.session.get_one(type(request), request_id))
    if chance.random() < 0.06:
        with _as(worker, moment + timedelta(days=2)) as by:
            preparation.withdraw(by=by, record=db.session.get_one(Return, reference))
        return
    _travel(chance, moment, reference, worker, users)


def case_city(record: Return) -> str:
    """The town a journey begins in."""
    return record.case.office.city


def _travel(
    chance: random.Random, moment: datetime, reference: int, worker: User, users: dict[str, User]
) -> None:
    travel = moment + timedelta(days=12)
    if travel > datetime.now(UTC):
        return
    with _as(worker, moment + timedelta(days=2)) as by:
        record = db.session.get_one(Return, reference)
        if not consent.agreed(record.case, "consulate"):
            return
        for step, more in (
            ("declaration", {}),
            ("travel_documents", {}),
            ("fit_to_travel", {"valid_until": (travel + timedelta(days=20)).date()}),
        ):
            preparation.do_step(by=by, record=record, step=step, done_on=now().date(), **more)
        leg = {
            "from": case_city(record),
            "to": "Abidjan" if record.country == "CI" else "Dhaka",
            "carrier": "Invented Air 204",
            "on": travel.date(),
        }
        preparation.journey(
            by=by, record=record, given={"legs": [leg], "onward": "A car to the family."}
        )
        handover.hand_over(by=by, record=record)
    receiver = users["Aya Kouassi" if record.country == "CI" else "Farhana Islam"]
    if chance.random() < 0.05:
        return
    with _as(receiver, moment + timedelta(days=3)) as by:
        handover.accept(by=by, record=db.session.get_one(Return, reference))
    with _as(worker, travel) as by:
        record = db.session.get_one(Return, reference)
        preparation.depart(by=by, record=record, departed_on=travel.date())
        _account(by, record, chance)
    _settle(chance, travel + timedelta(days=1), reference, receiver)


def _account(by: Actor, record: Return, chance: random.Random) -> None:
    """The ticket was paid; what is left goes back."""
    query = select(FundRequest).where(
        FundRequest.case_id == record.case_id, FundRequest.state == FundRequestState.APPROVED
    )
    for request in db.session.execute(query).unique().scalars():
        cents = request.amount_minor * chance.randint(70, 100) // 100
        paid = f"{cents // 100}.{cents % 100:02d}"
        payments.spend(
            by=by,
            request=request,
            line="travel",
            amount=paid,
            on=now().date(),
            receipt=f"T-{chance.randrange(10_000):04d}",
        )
        payments.close(by=by, request=request)


def _settle(chance: random.Random, arrival: datetime, reference: int, receiver: User) -> None:
    if arrival > datetime.now(UTC):
        return
    with _as(receiver, arrival) as by:
        reintegration.arrive(
            by=by, record=db.session.get_one(Return, reference), arrived_on=arrival.date()
        )
    planned = arrival + timedelta(days=14)
    if planned > datetime.now(UTC):
        return
    with _as(receiver, planned) as by:
        record = db.session.get_one(Return, reference)
        reintegration.plan(
            by=by,
            record=record,
            given={
                "economic": "A small business with a brother.",
                "social": "A room near the market.",
                "psychosocial": "Meets others who came back.",
            },
        )
        reintegration.assist(
            by=by,
            record=record,
            kind=chance.choice(("micro_business", "training", "housing")),
            dimension="economic",
            amount=chance.randint(200, 900),
            given_on=planned.date(),
        )
    for month in reintegration.months("avrr"):
        visit = arrival + timedelta(days=30 * month + 2)
        if visit > datetime.now(UTC) or chance.random() < 0.12:
            break
        with _as(receiver, visit) as by:
            base = 30 + month * 2
            reintegration.follow_up(
                by=by,
                record=db.session.get_one(Return, reference),
                month=str(month),
                done_on=visit.date(),
                manner=chance.choice(("visit", "phone")),
                outcome="reached",
                economic=base + chance.randrange(20),
                social=base + 10 + chance.randrange(20),
                psychosocial=base + 12 + chance.randrange(20),
            )


def _end(chance: random.Random, moment: datetime, number: int, boss: User) -> None:
    if moment > datetime.now(UTC) - timedelta(days=420):
        return
    with _as(boss, moment + timedelta(days=400)) as by:
        case = db.session.get_one(Case, number)
        if not closure.still_open(case) and chance.random() < 0.8:
            closure.close(by=by, case=case, reason=chance.choice(("completed", "returned", "lost")))


def _fresh_work(chance: random.Random, users: dict[str, User]) -> None:
    """Something to do today, late and soon for each caseworker."""
    for name in ("Nadia Ben Salem", "Karim Trabelsi", "Moussa Issoufou"):
        user = users[name]
        query = (
            select(Case.id)
            .where(Case.owner_id == user.id, Case.status != CaseStatus.CLOSED)
            .order_by(Case.opened_on.desc())
            .limit(9)
        )
        with _as(user, datetime.now(UTC)) as by:
            for place, number in enumerate(db.session.execute(query).scalars()):
                kind = chance.choice(
                    ("safety", "plan_review", "call", "documents", "consent_renewal")
                )
                tasks.add(
                    by=by,
                    case=db.session.get_one(Case, number),
                    kind=kind,
                    due_on=now().date() + timedelta(days=(-4, -2, -1, 0, 0, 0, 2, 4, 6)[place]),
                )
