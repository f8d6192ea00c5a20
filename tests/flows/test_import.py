"""The toolkit's own workbooks become cases: every row once, or reported with row, column and
reason.
"""

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask, current_app
from sqlalchemy import func, select

from casework.intake import importing, jobs
from models import index
from models.base import db
from models.cases import Case, Import
from tests import factories

DATA = Path(__file__).parent.parent / "data"
SAMPLES = ("sample_single_select.xlsx", "sample_multi_select.xlsm")


def bring_in(house: factories.World, content: bytes) -> Import:
    """Upload and run an import as the caseworker."""
    with factories.acts(house.caseworker) as by:
        job = importing.keep(by=by, looked=importing.look(content), office=house.here)
        job.state = "running"
        number = job.id
    run(number)
    return db.session.get_one(Import, number)


def run(number: int) -> None:
    """Run the job as a worker does: in a context and session of its own, with no transaction of the
    test open.
    """
    db.session.rollback()
    with current_app.app_context():
        jobs.run_import(number)
    db.session.rollback()


def faults(job: Import) -> list[tuple[int, str, str]]:
    """The faults of a job, warnings aside."""
    return [
        (fault.row, fault.column, fault.reason)
        for fault in job.faults
        if fault.reason not in importing.WARNINGS
    ]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_workbook_becomes_forty_cases_once(app: Flask, name: str) -> None:
    house = factories.World()
    content = (DATA / name).read_bytes()
    job = bring_in(house, content)
    assert (job.total, job.made, faults(job), job.state, job.content) == (40, 40, [], "done", None)
    again = bring_in(house, content)
    assert (again.made, again.known) == (0, 40)
    assert db.session.execute(select(func.count()).select_from(Case)).scalar() == 40
    hit = index.find("Mahmud al Harbi")
    assert hit, "the Arabic row is found in Latin letters"
    case = db.session.get_one(Case, hit[0].case_id)
    assert (case.citizenship, case.sex) == ("IQ", "Masculine")


def test_several_values_in_a_cell_are_kept(app: Flask) -> None:
    house = factories.World()
    bring_in(house, (DATA / SAMPLES[1]).read_bytes())
    case = db.session.get_one(Case, index.find("Aminata Koné")[0].case_id)
    assert case.exploitation == ["ForcedMarriage", "ChildLabour"]
    assert (case.status, case.trafficking_status, case.age_band) == (
        "follow_up",
        "possible",
        "14-17",
    )
    with factories.acts(house.supervisor):
        assert case.protection["control"] == [
            "ThreatsLawEnforcement",
            "WithholdsDocuments",
            "FalsePromises",
        ]
        assert case.protection["decided_by"] == "CourtOrProsecution"


def survey(**row: str) -> bytes:
    """A survey export with one row."""
    base = {
        "con_Consent": "TRUE",
        "prs_First_Name": "Olena",
        "prs_Second_Name": "Bondar",
        "prs_Birthdate": "1999-05-01",
        "prs_Gender": "Feminine",
    }
    text = io.StringIO()
    whole = {**base, **row}
    writer = csv.DictWriter(text, list(whole))
    writer.writeheader()
    writer.writerow(whole)
    return text.getvalue().encode()


def test_a_survey_export_is_taken(quick_app: Flask) -> None:
    house = factories.World()
    content = survey(
        vic_Methods_of_Control="DebtBondage FalsePromises",
        prs_Citizenship="UA",
        vic_TraffickingStatus="ActualVictimOfTrafficking",
    )
    job = bring_in(house, content)
    assert (job.made, faults(job)) == (1, [])
    case = db.session.execute(select(Case)).scalar_one()
    assert (case.citizenship, case.trafficking_status) == ("UA", "actual")
    with factories.acts(house.supervisor):
        assert case.protection["control"] == ["DebtBondage", "FalsePromises"]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ({"con_Consent": "FALSE"}, "con_Consent", "no_consent"),
        ({"con_Consent": ""}, "con_Consent", "no_consent"),
        ({"prs_Gender": "Wizard"}, "prs_Gender", "not_in_list"),
        ({"prs_Citizenship": "Atlantis"}, "prs_Citizenship", "not_in_list"),
        ({"prs_Birthdate": "soon"}, "prs_Birthdate", "no_date"),
        ({"prs_Birthdate": "2999-01-01"}, "prs_Birthdate", "future"),
        ({"vic_Methods_of_Control": "DebtBondage Magic"}, "vic_MethodsOfControl", "not_in_list"),
        ({"prs_First_Name": "", "prs_Second_Name": ""}, "prs_FirstName", "no_name"),
        ({"prs_First_Name": "x" * 300}, "prs_FirstName", "too_long"),
    ],
)
def test_a_row_that_cannot_be_taken_says_where_and_why(
    quick_app: Flask, row: dict[str, str], column: str, reason: str
) -> None:
    job = bring_in(factories.World(), survey(**row))
    assert job.made == 0
    assert (2, column, reason) in faults(job)
    assert db.session.execute(select(func.count()).select_from(Case)).scalar() == 0


@pytest.mark.filterwarnings("ignore:Data Validation extension")
def test_columns_follow_the_label_that_people_see(quick_app: Flask) -> None:
    book = openpyxl.load_workbook(DATA / "htcds_single_select_v2.0.xlsx")
    sheet = book["Case Sheet"]
    labels = {cell.value: cell.column for cell in sheet[2]}
    for label, value in {
        "First Name": "Ion",
        "Consent": "Yes",
        "Mailing City": "Sfax",
        "Mailing Country": "Tunisia",
        "Mobile Phone": 21671234567,
    }.items():
        sheet.cell(3, labels[label], value)
    packed = io.BytesIO()
    book.save(packed)
    house = factories.World()
    job = bring_in(house, packed.getvalue())
    assert (job.made, faults(job)) == (1, [])
    with factories.acts(house.supervisor):
        identity = db.session.execute(select(Case)).scalar_one().identity
        assert (identity["city"], identity["country"], identity["phone"]) == (
            "Sfax",
            "Tunisia",
            "21671234567",
        )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 broken",
        b"\xff\xfe\x00nothing",
        b"%PDF-1.7",
        b"prs_First_Name,prs_Second_Name,con_Consent\n",
    ],
)
def test_a_foreign_empty_or_broken_file_is_refused_in_words(
    quick_app: Flask, content: bytes
) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app, house.caseworker)
    answer = browser.post("/imports", file=(io.BytesIO(content), "file.xlsx"))
    assert answer.status_code == 422
    assert "summary-fault" in answer.text
    assert db.session.execute(select(func.count()).select_from(Import)).scalar() == 0


def test_a_huge_file_is_refused(quick_app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app, house.caseworker)
    answer = browser.post("/imports", file=(io.BytesIO(b"x" * (9 * 1024 * 1024)), "file.xlsx"))
    assert answer.status_code == 413
    assert "Too big" in answer.text


def test_upload_preview_start_and_report_on_the_page(app: Flask, tmp_path: Path) -> None:
    house = factories.World()
    browser = factories.Browser(app, house.caseworker)
    content = (DATA / SAMPLES[0]).read_bytes()
    answer = browser.post("/imports", file=(io.BytesIO(content), "sample.xlsx"))
    place = answer.headers["Location"]
    preview = browser.get(place).text
    assert "Import 40 rows" in preview
    assert "Aminata" not in preview, "names stay hidden"
    other = factories.Browser(app, house.colleague)
    assert other.get(place).status_code == 404
    assert browser.post(place + "/start").status_code == 303
    assert browser.get(place + "/progress").json["state"] == "running"
    run(db.session.execute(select(Import.id)).scalar_one())
    assert "40" in browser.get(place).text
    assert not [
        path for path in tmp_path.rglob("*") if path.is_file() and b"Aminata" in path.read_bytes()
    ]


def test_a_killed_import_goes_on_where_it_was(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    house = factories.World()
    with factories.acts(house.caseworker) as by:
        job = importing.keep(
            by=by, looked=importing.look((DATA / SAMPLES[0]).read_bytes()), office=house.here
        )
        job.state = "running"
        number = job.id
    real, calls = importing.take, []

    def dies(**given: Any) -> Any:
        calls.append(1)
        if len(calls) == 8:
            real(**given)
            raise KeyboardInterrupt  # after the work, before the commit
        return real(**given)

    monkeypatch.setattr(importing, "take", dies)
    with pytest.raises(KeyboardInterrupt):
        jobs.run_import(number)
    db.session.rollback()
    monkeypatch.setattr(importing, "take", real)
    assert db.session.execute(select(func.count()).select_from(Case)).scalar() == 7
    run(number)
    assert db.session.execute(select(func.count()).select_from(Case)).scalar() == 40
