"""Bringing cases in: HTCDS toolkit workbooks (single and multi select) and survey exports as CSV.

Every row becomes a case or is reported with row, column and reason. A row is known again by a blind token over all its
values, so that running a file twice makes no second case. The file lies sealed in the database until its last row is done.
"""

import csv
import io
import json
import secrets
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

import openpyxl
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError
from openpyxl.utils.exceptions import InvalidFileException
from sqlalchemy import select

from access.actors import Actor
from casework import coding, grouping, registering, timeline
from casework.records import keeping
from casework.records.kinds import KINDS
from casework.schemas import RegisterSchema
from models import index
from models.base import db, today
from models.cases import Case, Import, ImportedRow, ImportFault
from models.people import Grant, Organisation, User
from models.sealed import open_system, seal_system
from standards import htcds, places
from web.faults import Absent, RuleBroken

MOST_ROWS = 20_000
MOST_UNPACKED = 200 * 1024 * 1024
REASONS: tuple[tuple[str, object], ...] = (
    ("no_consent", _l("There is no consent to keep this person’s data. The row was not stored.")),
    ("not_in_list", _l("This value is not in the list of the standard.")),
    ("no_date", _l("This is not a date. Write it as year-month-day.")),
    ("future", _l("This date is in the future.")),
    ("no_name", _l("There is no name to call the person by.")),
    ("too_long", _l("This text is too long.")),
    ("characters", _l("This has characters that cannot be kept.")),
    ("invalid", _l("This value cannot be read.")),
    ("known", _l("This row was imported before.")),
    ("duplicate", _l("Imported, but it may be the same person as another case. Compare them.")),
)
WARNINGS = {"known", "duplicate"}

# Where each column of the standard has its home: (section, field).
HOMES = {
    "prs_Salutation": ("person", "salutation"), "prs_FirstName": ("person", "given_names"), "prs_SecondName": ("person", "family_name"),
    "prs_Birthdate": ("person", "birth"), "prs_Gender": ("person", "sex"), "prs_Citizenship": ("person", "citizenship"),
    "prs_Title": ("person", "title"), "prs_Email": ("person", "email"), "prs_HomePhone": ("person", "home_phone"),
    "prs_MobilePhone": ("person", "phone"), "prs_MailingStreet": ("person", "street"), "prs_MailingCity": ("person", "city"),
    "prs_MailingState": ("person", "state"), "prs_MailingPostalCode": ("person", "postal_code"), "prs_MailingCountry": ("person", "country"),
    "vic_MethodOfRecruitment": ("account", "recruitment"), "vic_LocationOfRecruitment": ("account", "location_of_recruitment"),
    "vic_MethodsOfControl": ("account", "control"), "vic_TypeOfExploitation": ("account", "exploitation"),
    "vic_ForcedLabourIndustry": ("account", "industry"), "vic_TypeOfSexExploitation": ("account", "sexual_exploitation"),
    "vic_LocationOfExploitation": ("account", "location_of_exploitation"),
    "prs_MiddleName": ("person", "middle_name"), "prs_Deceased": ("person", "deceased"), "prs_MaritalStatus": ("person", "marital_status"),
    "prs_NumberOfChildren": ("person", "children"), "prs_PrimaryLanguage": ("person", "languages"), "prs_SecondaryLanguage": ("person", "languages"),
    "prs_HighestLevelOfEducation": ("person", "education"), "prs_IdentityNumber": ("person", "document_number"),
    "vic_RelationshipToTrafficker": ("account", "relation"), "vic_AgeWhenTrafficked": ("account", "age_then"),
    "vic_RecruitmentWebsitesAndApps": ("account", "recruitment_apps"), "vic_ExploitationWebsitesAndApps": ("account", "exploitation_apps"),
}  # fmt: skip
MULTIPLE = frozenset({
    "vic_MethodOfRecruitment", "vic_MethodsOfControl", "vic_TypeOfExploitation", "vic_ForcedLabourIndustry", "vic_TypeOfSexExploitation",
    "vic_RecruitmentWebsitesAndApps", "vic_ExploitationWebsitesAndApps",
})  # fmt: skip
LISTED = frozenset({"prs_MaritalStatus", "prs_HighestLevelOfEducation", "vic_RelationshipToTrafficker"})
# What goes to the case itself or beside it, and not into the words kept of the file.
_PLACED = {"con_Consent", "prs_Birthdate", "cas_Status", "vic_TraffickingStatus", "vic_TraffickingStatusDecisionMakingOrg", "cas_CaseOwner"}
STATUS = {"Active": "assistance", "FollowUp": "follow_up", "Closed": "closed", "ClosedReferred": "closed"}
TRAFFICKING = {"PossibleVictimOfTrafficking": "possible", "ActualVictimOfTrafficking": "actual", "NotAVictimOfTrafficking": "not"}


class UnknownColumns(RuleBroken):
    """The file can be read, but its columns are of its own making: a person says which is which."""


class UnreadableFile(RuleBroken):
    """The file is not one of the formats; the message says what is expected."""


@dataclass(frozen=True)
class Row:
    """One row as it stands in the file: its number there, and its cells by field of the standard."""

    number: int
    cells: dict[str, Any]
    token: bytes
    basis: str = ""  # why the person is kept without consent (a crisis list)


@dataclass(frozen=True)
class Fault:
    """Why a row, or one cell of it, could not be taken."""

    row: int
    column: str
    reason: str


def lines(content: bytes) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The lines of a workbook or CSV file with their numbers; raises :class:`UnreadableFile`."""
    if not content:
        raise UnreadableFile(_("The file is empty."), "file")
    if content[:2] == b"PK":
        return _workbook(content)
    return _json(content) if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["} else _csv(content)


def read(content: bytes, columns: dict[int, str] | None = None, basis: str = "") -> list[Row]:
    """The rows of a file; ``columns`` says which is which where the file is a list of its own making, whose first line names them."""
    rows = list(_listed(lines(content), columns, basis) if columns else _rows(lines(content)))
    if not rows:
        raise UnreadableFile(_("The file has the right columns but no rows."), "file")
    return rows


def _workbook(content: bytes) -> Iterator[tuple[int, tuple[Any, ...]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise UnreadableFile(_("The workbook is too large when unpacked."), "file")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = next((page for page in book.worksheets if page.title == "Case Sheet"), book.worksheets[0])
        yield from enumerate(sheet.iter_rows(values_only=True, max_row=MOST_ROWS + 10, max_col=800), 1)
    except UnreadableFile:
        raise
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, EOFError, IndexError, TypeError, SyntaxError):
        raise UnreadableFile(_("This is not a workbook that can be opened. Save it as .xlsx and try again."), "file") from None


def _json(content: bytes) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Cases as JSON, a list or under ``cases``; what a case has several of is a list there, and numbered columns here."""
    try:
        whole = json.loads(content.decode("utf-8-sig"))
        cases = whole["cases"] if isinstance(whole, dict) else whole
        flat = [_flat_case(case) for case in cases[: MOST_ROWS + 1]]
    except (UnicodeDecodeError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UnreadableFile(_("This is not a JSON file of cases: a list of cases with the field names of the standard is expected."), "file") from None
    columns = list(dict.fromkeys(name for case in flat for name in case))
    yield 1, tuple(columns)
    for number, case in enumerate(flat, 2):
        yield number, tuple(case.get(name) for name in columns)


def _flat_case(case: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in case.items():
        if name in htcds.GROUPS:
            for number, entry in enumerate(value[: htcds.MOST_IN_GROUP], 1):
                found |= {column if number == 1 else f"{column}.{number}": _joined(cell) for column, cell in entry.items()}
        else:
            found[name] = _joined(value)
    return found


def _joined(value: Any) -> Any:
    return ";".join(map(str, value)) if isinstance(value, list) else ("Yes" if value else "No") if isinstance(value, bool) else value


def _csv(content: bytes) -> Iterator[tuple[int, tuple[Any, ...]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile(_("This is neither a workbook nor a CSV file in UTF-8."), "file") from None
    if "\0" in text:
        raise UnreadableFile(_("This is neither a workbook nor a CSV file in UTF-8."), "file")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
            yield number, tuple(cells)
    except csv.Error:
        raise UnreadableFile(_("This CSV file is broken. Save it again and try once more."), "file") from None


def _rows(lines: Iterator[tuple[int, tuple[Any, ...]]]) -> Iterator[Row]:
    columns: dict[int, str] = {}
    seen: Counter[tuple[str, ...]] = Counter()
    for number, cells in lines:
        header = {place: name for place, cell in enumerate(cells) if isinstance(cell, str) and (name := htcds.column_of(cell))}
        if len(header) >= 3 and len(header) >= len([cell for cell in cells if cell not in (None, "")]) / 2:
            columns = header  # the visible row of labels comes last, and wins
            continue
        if not columns:
            if number > 10:
                break
            continue
        found = {columns[place]: cell for place, cell in enumerate(cells) if place in columns and not _empty(cell)}
        if found:
            values = tuple(f"{name}={_text(found[name])}" for name in sorted(found))
            seen[values] += 1
            yield Row(number, found, index.row_token(*values, str(seen[values])))
    if not columns:
        raise UnknownColumns(_("No column of the HTCDS toolkit was found. The first rows must name them, such as First Name or prs_FirstName."), "file")


def _listed(found: Iterator[tuple[int, tuple[Any, ...]]], columns: dict[int, str], basis: str) -> Iterator[Row]:
    seen: Counter[tuple[str, ...]] = Counter()
    for number, cells in islice(found, 1, None):
        kept = {columns[place]: cell for place, cell in enumerate(cells) if place in columns and not _empty(cell)}
        if kept:
            values = tuple(f"{name}={_text(kept[name])}" for name in sorted(kept))
            seen[values] += 1
            yield Row(number, kept, index.row_token(*values, str(seen[values])), basis)


def _empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _text(cell: Any) -> str:
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell).strip()
    # Files that we wrote have an apostrophe before what a spreadsheet would take for a formula.
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@" else text


def given(row: Row) -> tuple[dict[str, Any], list[Fault]]:
    """A row as :class:`casework.schemas.RegisterSchema` takes it, and what is wrong with it."""
    faults: list[Fault] = []
    whole: dict[str, Any] = {"channel": "crisis_list" if row.basis else "import", "person": {}, "account": {}, "consent": {}}
    for column, cell in row.cells.items():
        if column in HOMES:
            section, field = HOMES[column]
            _put(whole[section], field, column, cell, row, faults)
    _consent(row, whole, faults)
    if not faults:
        try:
            whole = RegisterSchema().load(whole)
        except ValidationError as wrong:
            faults += _schema_faults(row, wrong.normalized_messages())
    _check_groups(row, faults)
    for column in ("vic_TraffickingStatus", "vic_TraffickingStatusDecisionMakingOrg", "cas_Status"):
        if column in row.cells and htcds.code_of(column, _text(row.cells[column])) is None:
            faults.append(Fault(row.number, column, "not_in_list"))
    if "cas_IncomingReferralDate" in row.cells and _day(row.cells["cas_IncomingReferralDate"]) is None:
        faults.append(Fault(row.number, "cas_IncomingReferralDate", "no_date"))
    return whole, faults


def _put(section: dict[str, Any], field: str, column: str, cell: Any, row: Row, faults: list[Fault]) -> None:
    text = _text(cell)
    if column == "prs_Birthdate":
        value: Any = _partial(cell)
        reason = "no_date"
    elif column in {"prs_PrimaryLanguage", "prs_SecondaryLanguage"}:
        more, reason = _languages(text), "not_in_list"
        value = None if more is None else list(dict.fromkeys([*section.get("languages", []), *more]))
    elif column == "prs_Deceased":
        value, reason = htcds.folded(text) in _YES, "invalid"
    elif column in LISTED:
        value, reason = htcds.code_of(column, text), "not_in_list"
    elif column == "prs_Gender":
        value, reason = htcds.code_of(column, text), "not_in_list"
        if value == "NonSpecifiedUnknown":
            section["unanswered"] = {"sex": "does_not_know"}
            return
    elif column == "prs_Citizenship":
        first = text.split(";")[0]
        value, reason = htcds.country_of(first), "not_in_list"
    elif column in MULTIPLE:
        value, reason = _codes(column, text), "not_in_list"
    else:
        value, reason = text, "invalid"
    if value is None:
        faults.append(Fault(row.number, column, reason))
    else:
        section[field] = value


def _codes(column: str, text: str) -> list[str] | None:
    """Codes of a cell: one label, several with ``;`` (toolkit), or several names with spaces (survey export)."""
    whole = htcds.code_of(column, text)
    if whole:
        return [whole]
    parts = text.split(";") if ";" in text else text.split(",") if "," in text else text.split()
    return _joined_codes(column, [part for part in parts if part.strip()], ";" if ";" in text else ",")


def _joined_codes(column: str, parts: list[str], mark: str) -> list[str] | None:
    """The codes of parts; a label that has the mark itself (some industries do) is put together again."""
    found: list[str] = []
    while parts:
        width = next((width for width in range(min(3, len(parts)), 0, -1) if htcds.code_of(column, mark.join(parts[:width]))), 0)
        if not width:
            return None
        found.append(htcds.code_of(column, mark.join(parts[:width])) or "")
        parts = parts[width:]
    return list(dict.fromkeys(found))


def _day(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _text(cell)[:10].replace("/", "-")
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


_YES = {"yes", "true", "1", "oui", "si"}


def _partial(cell: Any) -> dict[str, Any] | None:
    """A birth date as far as it is known: a day, ``2004-05``, ``2004``; with ``~`` (ISO 8601-2) where it is estimated."""
    text = _text(cell)
    estimated = text.endswith("~")
    text = text.rstrip("~")
    if day := _day(cell if not estimated else text):
        return {"year": day.year, "month": day.month, "day": day.day, "estimated": estimated}
    parts = text.split("-")
    if len(parts) > 2 or not all(part.isascii() and part.isdigit() for part in parts) or len(parts[0]) != 4:
        return None
    found: dict[str, Any] = {"year": int(parts[0]), "estimated": estimated}
    return found | ({"month": int(parts[1])} if len(parts) == 2 else {})


def _languages(text: str) -> list[str] | None:
    """Codes of languages, written as codes (ISO 639) or by their English names, with ``;`` between them."""
    names = {htcds.folded(name): code for code, name in places.languages()}
    known = [part.strip() if part.strip() in places.LANGUAGES else names.get(htcds.folded(part)) for part in text.split(";") if part.strip()]
    return None if None in known else [code for code in known if code]


def _check_groups(row: Row, faults: list[Fault]) -> None:
    """What a case has several of must fit the records it becomes."""
    for group, entries in htcds.in_groups(row.cells).items():
        for number, entry in enumerate(entries, 1):
            for kind, values in grouping.records_of(group, {name: _text(cell) for name, cell in entry.items()}):
                try:
                    KINDS[kind].schema().load(values)
                except ValidationError as wrong:
                    faults += [Fault(row.number, grouping.column_of(group, field, number), "invalid") for field in wrong.normalized_messages()]


def _consent(row: Row, whole: dict[str, Any], faults: list[Fault]) -> None:
    """The standard knows one consent: to keep and use the data. It covers assistance and anonymous statistics, never sharing."""
    if row.basis:
        whole["consent"] = {"vital_reason": row.basis}
    elif htcds.folded(_text(row.cells.get("con_Consent", ""))) in _YES:
        whole["consent"] = {"assistance": "agrees", "statistics": "agrees", "manner": "recorded"}
    else:
        faults.append(Fault(row.number, "con_Consent", "no_consent"))


def _schema_faults(row: Row, errors: dict[str, Any]) -> list[Fault]:
    columns = {home: column for column, home in HOMES.items()}
    found = []
    for section, fields in errors.items():
        for field, messages in fields.items() if isinstance(fields, dict) else [("", fields)]:
            if field == "call_name":
                found.append(Fault(row.number, "prs_FirstName", "no_name"))
            else:
                text = str(messages).lower()
                reason = "future" if "future" in text else "too_long" if "long" in text else "characters" if "characters" in text else "invalid"
                found.append(Fault(row.number, columns.get((section, field), section), reason))
    return found


def keep(*, by: Actor, content: bytes, office: Organisation) -> Import:
    """Take a file in: read it once to see that it can be read, keep it sealed. Nothing becomes a case yet."""
    try:
        rows, state = read(content), "uploaded"
    except UnknownColumns:
        first = list(islice(lines(content), 2))
        if len(first) < 2 or sum(not _empty(cell) for cell in first[0][1]) < 2:
            raise
        rows, state = [], "mapping"
    job = Import(state=state, key=secrets.token_hex(12), by_id=by.id, office=office, content=seal_system("import", content), total=len(rows))
    db.session.add(job)
    db.session.flush()
    return job


def of(by: Actor, key: str) -> Import:
    """An import of the one who asks; others' imports do not exist."""
    job = db.session.execute(select(Import).where(Import.key == key, Import.by_id == by.id)).scalar_one_or_none()
    if job is None:
        raise Absent
    return job


def rows_of(job: Import) -> list[Row]:
    """The rows of a kept file."""
    if not job.content or job.state == "mapping":
        return []
    basis = open_system("import/basis", job.basis_sealed).decode() if job.basis_sealed else ""
    return read(open_system("import", job.content), {int(place): name for place, name in job.columns.items()}, basis)


def preview(rows: list[Row]) -> tuple[list[tuple[Row, str]], list[Fault]]:
    """The first rows with what becomes of them, and all faults."""
    known = _known(rows)
    outcome, faults = [], []
    for row in rows:
        _unused, wrong = given(row)
        faults += wrong
        outcome.append((row, "fault" if wrong else "known" if row.token in known else "new"))
    return outcome, faults


def _known(rows: list[Row]) -> set[bytes]:
    found: set[bytes] = set()
    for start in range(0, len(rows), 500):
        tokens = [row.token for row in rows[start : start + 500]]
        found |= set(db.session.execute(select(ImportedRow.token).where(ImportedRow.token.in_(tokens))).scalars())
    return found


def take(*, by: Actor, job: Import, row: Row) -> Case | None:
    """Turn one row into a case, or into faults of the job. The caller commits after each row, so a row is whole or not there."""
    if db.session.get(ImportedRow, row.token):
        job.known += 1
        return None
    whole, faults = given(row)
    if faults:
        db.session.add_all(ImportFault(import_id=job.id, row=fault.row, column=fault.column, reason=fault.reason) for fault in faults)
        return None
    near = index.find(_name(whole), limit=1, least=0.9)
    owner = _owner(office=job.office_id, name=_text(row.cells.get("cas_CaseOwner", "")))
    case = registering.register(
        by=by, given=whole, office=job.office, owner_id=owner.user_id if owner else job.by_id, team_id=owner.team_id if owner else None, kind="imported"
    )
    _carry_over(by, case, row, whole, owned=owner is not None)
    db.session.add(ImportedRow(token=row.token, case_id=case.id))
    if near and near[0].case_id != case.id:
        db.session.add(ImportFault(import_id=job.id, row=row.number, column="prs_FirstName", reason="duplicate", case_number=case.number))
    job.made += 1
    return case


def _name(whole: dict[str, Any]) -> str:
    return " ".join(part for part in (whole["person"].get("given_names"), whole["person"].get("family_name")) if part)


def _carry_over(by: Actor, case: Case, row: Row, whole: dict[str, Any], *, owned: bool) -> None:
    """Status, identification and the referral that brought the person, as the file has them."""
    cells = row.cells
    for group, entries in htcds.in_groups(cells).items():
        for entry in entries:
            for kind, values in grouping.records_of(group, {name: _text(cell) for name, cell in entry.items()}):
                keeping.add(by=by, case=case, kind=KINDS[kind], given=KINDS[kind].schema().load(values))
    status = htcds.code_of("cas_Status", _text(cells.get("cas_Status", "")))
    day = _day(cells.get("cas_IncomingReferralDate", ""))
    case.opened_on = day if day and day <= today() else case.opened_on
    birth = _partial(cells["prs_Birthdate"]) if "prs_Birthdate" in cells else None
    case.age_band = coding.age_band(birth, case.opened_on)
    coding.learn_identity(case, {"birth": birth})
    if status:
        case.status = STATUS[status]
    if case.status == "closed":
        case.closed_on, case.closure_reason = today(), "referred" if status == "ClosedReferred" else "other"
    decided = htcds.code_of("vic_TraffickingStatus", _text(cells.get("vic_TraffickingStatus", "")))
    if decided:
        case.trafficking_status = TRAFFICKING[decided]
        case.categories = ["trafficking"] if decided != "NotAVictimOfTrafficking" else []
        timeline.add(by=by, case=case, kind="screened", reference=case.trafficking_status)
    rest = {name: _kept(name, cell) for name, cell in cells.items() if name not in HOMES and name not in _PLACED and name.partition(".")[0] not in _GROUPED}
    if "cas_CaseOwner" in cells and not owned:
        rest["cas_CaseOwner"] = _text(cells["cas_CaseOwner"])
    decider = htcds.code_of("vic_TraffickingStatusDecisionMakingOrg", _text(cells.get("vic_TraffickingStatusDecisionMakingOrg", "")))
    if rest or decider:
        kept = whole.get("account", {})
        case.protection = {**kept, **({"decided_by": decider} if decider else {}), **({"htcds": rest} if rest else {})}
        coding.learn_account(case, kept)


def _kept(name: str, cell: Any) -> str:
    """A cell as it is kept beside the account: a code where the standard lists it."""
    text = _text(cell)
    return (htcds.code_of(name, text) or text) if name in {"cas_ReasonForIncomingReferral", "cas_ReasonForOutgoingReferral"} else text


_GROUPED = frozenset(name for fields in htcds.GROUPS.values() for name in fields)


def _owner(*, office: int, name: str) -> Grant | None:
    """The caseworker of the office whom "N. Ben Salem" or a full name means; none where it is nobody or several."""
    if not name:
        return None
    query = select(Grant).join(User).where(Grant.organisation_id == office, Grant.role == "caseworker")
    wanted = htcds.folded(name)
    found = [grant for grant in db.session.execute(query).scalars() if wanted in _spellings(grant.user.name)]
    return found[0] if len(found) == 1 else None


def _spellings(name: str) -> set[str]:
    first, _space, rest = name.partition(" ")
    return {htcds.folded(name), htcds.folded(first[:1] + rest)}


def finish(job: Import) -> None:
    """All rows are done: the file is destroyed."""
    job.state, job.content = "done", None
