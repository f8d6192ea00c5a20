"""The organisations of the demo, who works there, and the funds."""

import secrets
from datetime import timedelta

from access.actors import person
from access.permissions import Role
from accounts import hashes
from funds import ledger
from models import clock
from models.base import db, now
from models.money import Fund
from models.people import Grant, Organisation, Team, User
from standards import zones

Account = dict[str, str]  # what is handed to whoever looks at the demo

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

# What partners say of themselves: places open by service, languages.
SAID = (
    ("DARAMEL", {"shelter": 3, "counselling": 5}, ["ar", "fr"]),
    ("ELNOUR", {"medical": 8}, ["ar", "fr"]),
    ("DROIT", {"legal_aid": 0}, ["fr", "en"]),
)


def places() -> dict[str, Organisation]:
    """Missions, partners and headquarters, by code."""
    made = _missions() | _partners()
    for code, capacity, languages in SAID:
        partner = made[code]
        partner.capacity = dict(capacity)
        partner.capacity_at = now()
        partner.languages = languages
        partner.hours = "Monday to Friday, 9:00 to 17:00"
        partner.area = "Greater Tunis"
    made["HQ"] = Organisation(
        code="HQ",
        kind="headquarters",
        name="Headquarters",
        country="CH",
        city="Geneva",
        timezone="Europe/Zurich",
    )
    db.session.add_all(made.values())
    db.session.flush()
    return made


def _missions() -> dict[str, Organisation]:
    return {
        code: Organisation(
            code=code, kind="mission", name=name, country=country, city=city, timezone=zone
        )
        for code, name, country, city, zone in MISSIONS
    }


def _partners() -> dict[str, Organisation]:
    return {
        code: Organisation(
            code=code,
            kind="partner",
            timezone=zones.of_country(country)[0],
            name=name,
            country=country,
            city=city,
            services=services,
            email=f"desk@{code.lower()}.example",
        )
        for code, name, country, city, services in PARTNERS
    }


def people(places: dict[str, Organisation]) -> tuple[dict[str, User], list[Account]]:
    """Everybody by name, and their accounts with passwords, to be written down once."""
    teams = _teams(places)
    users: dict[str, User] = {}
    accounts: list[Account] = []
    for name, code, role in PEOPLE:
        password = secrets.token_urlsafe(9)
        email = f"{name.lower().replace(' ', '.')}@{code.lower()}.example"
        users[name] = User(email=email, name=name, password_hash=hashes.hashed(password))
        team_id = teams[code].id if role is Role.CASEWORKER else None
        grant = Grant(user=users[name], organisation=places[code], role=role, team_id=team_id)
        db.session.add(grant)
        accounts.append(
            {
                "role": role.value,
                "organisation": places[code].name,
                "name": name,
                "email": email,
                "password": password,
            }
        )
    # Partners keep their own people.
    db.session.add(
        Grant(user=users["Salma Jaziri"], organisation=places["DARAMEL"], role=Role.ADMINISTRATOR)
    )
    return users, accounts


def _teams(places: dict[str, Organisation]) -> dict[str, Team]:
    teams = {
        code: Team(organisation_id=places[code].id, name="Assistance") for code in ("TUN", "NIA")
    }
    db.session.add_all(teams.values())
    db.session.flush()
    return teams


def funds(users: dict[str, User]) -> None:
    """Money to ask for, given six years ago."""
    manager = person(users["Claire Morel"])
    start = clock.moment().date() - timedelta(days=365 * 6)
    for code, programme, name, amount, categories in FUNDS:
        fund = Fund(
            code=code,
            programme=programme,
            name=name,
            currency="EUR",
            starts_on=start,
            ends_on=start + timedelta(days=365 * 9),
            ceiling_minor=5_000_00,
            categories=categories,
            last_resort=programme in {"hasm", "gaf"},
        )
        db.session.add(fund)
        db.session.flush()
        ledger.contribute(by=manager, fund=fund, amount_minor=amount)
