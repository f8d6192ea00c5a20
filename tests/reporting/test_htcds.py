"""What goes out under the names of the standard comes in again, and goes out the same."""

import json
import os
import random
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from access import audit
from access.actors import person, system
from access.gate import acting
from casework.intake import importing
from casework.intake import jobs as casework_jobs
from models.base import db
from models.cases import Case
from models.people import User
from reporting.exports import htcds as out
from standards import htcds, places
from tests import factories

CASES = 5_000 if os.environ.get("SAFECONDUCT_TESTS") == "all" else 500
WORDS = (
    "مريم",
    "Ana-Lucía",
    "Nguyễn",
    "Амина",
    "O'Neill",
    "=cmd",
    "+216 70 000 000",
    "-1",
    "two\nlines",
    "semi;colon",
    'quote"d',
    "Łódź",
    "አበበ",
    "a, b",
)


def some(chance: random.Random, field: str, most: int) -> list[str]:
    return sorted(
        chance.sample(htcds.codes(field), chance.randint(1, most)), key=htcds.codes(field).index
    )


def made_word(chance: random.Random) -> str:
    """A word nobody else has: with few words every search for a duplicate would find everybody."""
    return "".join(
        chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(4)
    ).title()


def made_up(chance: random.Random, number: int) -> dict[str, Any]:
    """One case with a random part of all fields that have a home, in the standard's names and
    codes.
    """
    day = date(2026, 1, 1) - timedelta(days=chance.randrange(200, 25_000))
    hard = (
        number % 20 == 0
        # hard words in some cases alone: a name that many bear makes each search for a duplicate read
        # them all
    )
    word = lambda: (
        f"{chance.choice(WORDS)} {made_word(chance)}".replace("\n", " ")
        if hard
        else made_word(chance)
    )
    long = lambda: f"{chance.choice(WORDS)} {chance.randrange(1000)}"
    full: dict[str, Any] = {
        "prs_FirstName": word(),
        "prs_SecondName": word(),
        "prs_MiddleName": word(),
        "prs_Salutation": "Ms",
        "prs_Title": word(),
        "con_Consent": "Yes",
        "prs_Birthdate": chance.choice(
            (f"{day:%Y-%m-%d}", f"{day:%Y-%m}", f"{day:%Y}", f"{day:%Y}~", f"{day:%Y-%m-%d}~")
        ),
        "prs_Gender": chance.choice(htcds.codes("prs_Gender")),
        "prs_Citizenship": chance.choice(places.country_codes()[:200]),
        "prs_Email": f"a{number}@example.org",
        "prs_HomePhone": f"+2167{chance.randrange(10**7):07d}",
        "prs_MobilePhone": f"+2169{chance.randrange(10**7):07d}",
        "prs_MailingStreet": word(),
        "prs_MailingCity": word(),
        "prs_MailingState": word(),
        "prs_MailingPostalCode": str(chance.randrange(10_000)),
        "prs_MailingCountry": word(),
        "prs_Deceased": "Yes",
        "prs_MaritalStatus": some(chance, "prs_MaritalStatus", 1)[0],
        "prs_NumberOfChildren": chance.randrange(1, 9),
        "prs_PrimaryLanguage": "ar",
        "prs_SecondaryLanguage": "fr;en",
        "prs_HighestLevelOfEducation": some(chance, "prs_HighestLevelOfEducation", 1)[0],
        "prs_IdentityNumber": f"X{chance.randrange(10**8):08d}",
        "vic_TraffickingStatus": some(chance, "vic_TraffickingStatus", 1)[0],
        "vic_TraffickingStatusDecisionMakingOrg": some(
            chance, "vic_TraffickingStatusDecisionMakingOrg", 1
        )[0],
        "vic_RelationshipToTrafficker": some(chance, "vic_RelationshipToTrafficker", 1)[0],
        "vic_AgeWhenTrafficked": chance.randrange(1, 60),
        **{
            name: some(chance, name, 4)
            for name in (
                "vic_MethodOfRecruitment",
                "vic_MethodsOfControl",
                "vic_TypeOfExploitation",
                "vic_ForcedLabourIndustry",
                "vic_RecruitmentWebsitesAndApps",
                "vic_ExploitationWebsitesAndApps",
            )
        },
        "vic_TypeOfSexExploitation": some(chance, "vic_TypeOfSexExploitation", 2),
        "vic_LocationOfRecruitment": word(),
        "vic_LocationOfExploitation": word(),
        "cas_Status": chance.choice(htcds.codes("cas_Status")),
        "cas_CaseOwner": "Somebody Elsewhere",
        "cas_ReferringOrganisation": word(),
        "cas_IncomingReferralDate": "2025-03-01",
        "cas_ReferringPrimaryCaseWorker": word(),
        "cas_ReasonForIncomingReferral": "Other",
        "cas_IncomingReferralDetails": long(),
        "cas_ReferredOrganisation": word(),
        "cas_ReferredPrimaryCaseWorker": word(),
        "cas_ReasonForOutgoingReferral": "AdditionalServicesRequired",
        "cas_OutgoingReferralDate": "2025-04-01",
        "cas_OutgoingReferralDetails": long(),
        "cas_ReasonForCaseClosure": long(),
    }
    needed = {"prs_FirstName", "con_Consent", "prs_Gender", "cas_Status", "cas_CaseOwner"}
    row = {name: value for name, value in full.items() if name in needed or chance.random() < 0.7}
    if "prs_PrimaryLanguage" not in row:  # a second language is a first one where there is no other
        row.pop("prs_SecondaryLanguage", None)
    for group, count in (("hte", 2), ("per", 2), ("spl", 2), ("cco", 1)):
        if chance.random() < 0.12:
            row[group] = [
                entry(chance, group, number) for number in range(chance.randint(1, count))
            ]
    if "spl" in row:
        row["spl"].sort(key=lambda one: "spl_ActionPlan" in one)
    return row


def entry(chance: random.Random, group: str, number: int) -> dict[str, Any]:
    if group == "hte":
        return {
            "hte_Type": some(chance, "hte_Type", 1)[0],
            "hte_Date": "2024-02-03",
            "hte_City": "Sfax",
            "hte_Country": "Tunisia",
            "hte_Latitude": "34.74",
            "hte_Description": f"{number}\nin words",
        }
    if group == "per":
        return {
            "per_RoleInProcess": some(chance, "per_RoleInProcess", 3),
            "per_RoleDetails": f"=details {number}",
        }
    if group == "cco":
        return {"cco_CaseComment": f"Comment {chance.randrange(1000)}"}
    return chance.choice(
        (
            {"spl_Objectives": "To learn", "spl_PlannedEndDate": "2027-01-01"},
            {
                "spl_ActionPlan": "A course",
                "spl_Type": some(chance, "spl_Type", 1)[0],
                "spl_PlannedEndDate": "2027-02-01",
            },
        )
    )


def taken(house: factories.World, content: bytes) -> list[int]:
    """Bring a file in as the worker does; gives the new cases."""
    before = db.session.execute(select(Case.id).order_by(Case.id.desc()).limit(1)).scalar() or 0
    with factories.acts(house.supervisor) as by:
        job = importing.keep(
            by=by, looked=importing.look(content), office=factories.anew(house.here)
        )
        number = job.id
        job.state = "running"
    casework_jobs.run_import(number) if job.total < 1000 else at_once(house, number)
    job = db.session.get_one(importing.Import, number)
    faults = [
        (fault.row, fault.column, fault.reason)
        for fault in job.faults
        if fault.reason not in importing.WARNINGS
    ]
    assert faults == []
    return list(
        db.session.execute(select(Case.id).where(Case.id > before).order_by(Case.id)).scalars()
    )


def at_once(house: factories.World, number: int) -> None:
    """The same rows by the same verb, many to a commit, to save minutes."""
    rows = importing.rows_of(db.session.get_one(importing.Import, number))
    for start in range(0, len(rows), 100):
        with acting(system("import"), purpose="import") as gate:
            job = db.session.get_one(importing.Import, number)
            for row in rows[start : start + 100]:
                importing.take(by=gate.actor, job=job, row=row)
            db.session.flush()
            audit.append(gate.pending())
            db.session.commit()
        db.session.expunge_all()


def exported(user: User, cases: list[int], *, identities: bool = True) -> list[dict[str, Any]]:
    with acting(person(factories.anew(user))) as gate:
        found = list(out.rows(by=gate.actor, cases=cases, identities=identities))
        audit.append(gate.pending())
        db.session.commit()
    return found


def same(row: dict[str, Any]) -> dict[str, Any]:
    """A row for comparing: numbers as texts."""
    return {name: str(value) if isinstance(value, int) else value for name, value in row.items()}


def differing(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> list[Any]:
    """Where two lists of rows differ: row, field, both values."""
    if len(found) != len(wanted):
        return [len(found), len(wanted)]
    pairs = [
        (number, same(one), same(two))
        for number, (one, two) in enumerate(zip(found, wanted, strict=True))
    ]
    return [
        (number, name, one.get(name), two.get(name))
        for number, one, two in pairs
        for name in {*one, *two}
        if one.get(name) != two.get(name)
    ][:10]


@pytest.fixture(scope="module")
def people() -> list[dict[str, Any]]:
    chance = random.Random(2026)
    return [made_up(chance, number) for number in range(CASES)]


def test_thousands_of_cases_are_the_same_after_the_way_out_and_in(
    quick_app: Flask, people: list[dict[str, Any]]
) -> None:
    """Their file as a workbook in the toolkit's layout, into an empty system, and out again: every
    field that has a home, unchanged.
    """
    house = factories.World()
    db.session.commit()
    assert (
        differing(exported(house.supervisor, taken(house, out.as_workbook(people))), people) == []
    )


def test_out_and_in_and_out_again_through_every_format(
    quick_app: Flask, people: list[dict[str, Any]]
) -> None:
    house = factories.World()
    db.session.commit()
    first = exported(house.supervisor, taken(house, out.as_json(people[:40])))
    for form in ("xlsx", "csv", "json"):
        again = taken_elsewhere(house, out.FORMATS[form](first))
        assert differing(again, first) == []
        assert out.as_csv(again) == out.as_csv(first)
        assert json.loads(out.as_json(again))["cases"] == json.loads(out.as_json(first))["cases"]


def taken_elsewhere(house: factories.World, content: bytes) -> list[dict[str, Any]]:
    """Into another mission; rows are known again by their content, so those of the first are
    forgotten there.
    """
    db.session.execute(importing.ImportedRow.__table__.delete())
    db.session.commit()
    return exported(house.supervisor, taken(house, content))


@pytest.mark.filterwarnings("ignore:Data Validation extension")
def test_the_workbook_is_laid_out_as_the_toolkit(people: list[dict[str, Any]]) -> None:
    book = openpyxl.load_workbook(BytesIO(out.as_workbook(people[:5])))
    page, original = (
        book["Case Sheet"],
        openpyxl.load_workbook("tests/data/htcds_multi_select_v2.0.xlsm")["Case Sheet"],
    )
    width = len(htcds.TOOLKIT) + 1
    assert [cell.value for cell in page[2]][:width] == [cell.value for cell in original[2]][
        :width
    ], "the labels people see, in their order"
    assert page.row_dimensions[1].hidden
    assert [cell.value for cell in page["A"]][2:4] == ["1", "2"]


def test_without_the_right_there_are_codes_and_pseudonyms_only(
    quick_app: Flask, people: list[dict[str, Any]]
) -> None:
    house = factories.World()
    db.session.commit()
    cases = taken(house, out.as_json(people[:40]))
    assert exported(house.manager, cases) == [], "a manager opens no case"
    text = out.as_json(exported(house.manager, cases, identities=False)).decode()
    names = {
        row.get(name)
        for row in people[:40]
        for name in (
            "prs_SecondName",
            "prs_Email",
            "prs_MobilePhone",
            "prs_IdentityNumber",
            "cas_IncomingReferralDetails",
        )
    } - {None}
    assert names
    assert not [name for name in names if json.dumps(name, ensure_ascii=False)[1:-1] in text]
    assert "prs_Birthdate" not in text
    assert "MethodsOfControl" in text
