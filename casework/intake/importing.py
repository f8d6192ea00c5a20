"""Bringing cases in: HTCDS toolkit workbooks (single and multi select) and survey exports as CSV.

Every row becomes a case or is reported with row, column and reason. A row is known again by a blind token over all its
values, so that running a file twice makes no second case. The file lies sealed in the database until its last row is done.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError
from sqlalchemy import select

from access.actors import Actor, system
from casework.casefile import closure
from casework.core import coded_fields, timeline
from casework.intake import htcds_groups, registration
from casework.intake.file_readers import Row, UnknownColumns, empty, lines, read, text_of
from casework.intake.schemas import RegisterSchema
from casework.records import changes
from casework.records.kinds import KINDS
from models import index
from models.base import db, today
from models.cases import Case, Import, ImportedRow, ImportFault
from models.people import Grant, Organisation, User
from models.rules import RuleBroken
from models.sealed import open_system, seal_system
from models.states import IMPORT, CaseStatus, ImportState
from standards import htcds, places
from web.errors import NotFound

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
LISTED = frozenset(
    {"prs_MaritalStatus", "prs_HighestLevelOfEducation", "vic_RelationshipToTrafficker"}
)
# What goes to the case itself or beside it, and not into the words kept of the file.
_PLACED = {
    "con_Consent",
    "prs_Birthdate",
    "cas_Status",
    "vic_TraffickingStatus",
    "vic_TraffickingStatusDecisionMakingOrg",
    "cas_CaseOwner",
}
STATUS = {
    "Active": "assistance",
    "FollowUp": "follow_up",
    "Closed": "closed",
    "ClosedReferred": "closed",
}
TRAFFICKING = {
    "PossibleVictimOfTrafficking": "possible",
    "ActualVictimOfTrafficking": "actual",
    "NotAVictimOfTrafficking": "not",
}


@dataclass(frozen=True)
class Fault:
    """Why a row, or one cell of it, could not be taken."""

    row: int
    column: str
    reason: str


def given(row: Row) -> tuple[dict[str, Any], list[Fault]]:
    """A row as :class:`casework.core.schemas.RegisterSchema` takes it, and what is wrong with it."""
    faults: list[Fault] = []
    whole: dict[str, Any] = {
        "channel": "crisis_list" if row.basis else "import",
        "person": {},
        "account": {},
        "consent": {},
    }
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
        if column in row.cells and htcds.code_of(column, text_of(row.cells[column])) is None:
            faults.append(Fault(row.number, column, "not_in_list"))
    if (
        "cas_IncomingReferralDate" in row.cells
        and _day(row.cells["cas_IncomingReferralDate"]) is None
    ):
        faults.append(Fault(row.number, "cas_IncomingReferralDate", "no_date"))
    return whole, faults


def _put(
    section: dict[str, Any], field: str, column: str, cell: Any, row: Row, faults: list[Fault]
) -> None:
    text = text_of(cell)
    if column == "prs_Birthdate":
        value: Any = _partial(cell)
        reason = "no_date"
    elif column in {"prs_PrimaryLanguage", "prs_SecondaryLanguage"}:
        more, reason = _languages(text), "not_in_list"
        value = (
            None if more is None else list(dict.fromkeys([*section.get("languages", []), *more]))
        )
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
    return _joined_codes(
        column, [part for part in parts if part.strip()], ";" if ";" in text else ","
    )


def _joined_codes(column: str, parts: list[str], mark: str) -> list[str] | None:
    """The codes of parts; a label that has the mark itself (some industries do) is put together again."""
    found: list[str] = []
    while parts:
        width = next(
            (
                width
                for width in range(min(3, len(parts)), 0, -1)
                if htcds.code_of(column, mark.join(parts[:width]))
            ),
            0,
        )
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
    text = text_of(cell)[:10].replace("/", "-")
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


_YES = {"yes", "true", "1", "oui", "si"}


def _partial(cell: Any) -> dict[str, Any] | None:
    """A birth date as far as it is known: a day, ``2004-05``, ``2004``; with ``~`` (ISO 8601-2) where it is estimated."""
    text = text_of(cell)
    estimated = text.endswith("~")
    text = text.rstrip("~")
    if day := _day(cell if not estimated else text):
        return {"year": day.year, "month": day.month, "day": day.day, "estimated": estimated}
    parts = text.split("-")
    if (
        len(parts) > 2
        or not all(part.isascii() and part.isdigit() for part in parts)
        or len(parts[0]) != 4
    ):
        return None
    found: dict[str, Any] = {"year": int(parts[0]), "estimated": estimated}
    return found | ({"month": int(parts[1])} if len(parts) == 2 else {})


def _languages(text: str) -> list[str] | None:
    """Codes of languages, written as codes (ISO 639) or by their English names, with ``;`` between them."""
    names = {htcds.folded(name): code for code, name in places.languages()}
    known = [
        part.strip() if part.strip() in places.LANGUAGES else names.get(htcds.folded(part))
        for part in text.split(";")
        if part.strip()
    ]
    return None if None in known else [code for code in known if code]


def _check_groups(row: Row, faults: list[Fault]) -> None:
    """What a case has several of must fit the records it becomes."""
    for group, entries in htcds.in_groups(row.cells).items():
        for number, entry in enumerate(entries, 1):
            for kind, values in htcds_groups.records_of(
                group, {name: text_of(cell) for name, cell in entry.items()}
            ):
                try:
                    KINDS[kind].schema().load(values)
                except ValidationError as wrong:
                    faults += [
                        Fault(row.number, htcds_groups.column_of(group, field, number), "invalid")
                        for field in wrong.normalized_messages()
                    ]


def _consent(row: Row, whole: dict[str, Any], faults: list[Fault]) -> None:
    """The standard knows one consent: to keep and use the data. It covers assistance and anonymous statistics, never sharing."""
    if row.basis:
        whole["consent"] = {"vital_reason": row.basis}
    elif htcds.folded(text_of(row.cells.get("con_Consent", ""))) in _YES:
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
                reason = (
                    "future"
                    if "future" in text
                    else "too_long"
                    if "long" in text
                    else "characters"
                    if "characters" in text
                    else "invalid"
                )
                found.append(Fault(row.number, columns.get((section, field), section), reason))
    return found


def keep(*, by: Actor, content: bytes, office: Organisation) -> Import:
    """Take a file in: read it once to see that it can be read, keep it sealed. Nothing becomes a case yet."""
    try:
        rows, verb = read(content), "take"
    except UnknownColumns:
        first = list(islice(lines(content), 2))
        if len(first) < 2 or sum(not empty(cell) for cell in first[0][1]) < 2:
            raise
        rows, verb = [], "ask_columns"
    job = Import(
        key=secrets.token_hex(12),
        by_id=by.id,
        office=office,
        content=seal_system("import", content),
        total=len(rows),
    )
    IMPORT.move(job, verb, by=by)
    db.session.add(job)
    db.session.flush()
    return job


def start(job: Import, *, by: Actor) -> None:
    """Begin; the worker takes it from here. Raises where it was started before."""
    if not IMPORT.can(job, "start"):
        raise RuleBroken(_("This import was started already."))
    IMPORT.move(job, "start", by=by)


def cancel(job: Import, *, by: Actor) -> None:
    """Stop, where it has not ended; cases made so far stay, the file is destroyed."""
    if IMPORT.can(job, "cancel"):
        IMPORT.move(job, "cancel", by=by)
        job.content = None


def of(by: Actor, key: str) -> Import:
    """An import of the one who asks; others' imports do not exist."""
    job = db.session.execute(
        select(Import).where(Import.key == key, Import.by_id == by.id)
    ).scalar_one_or_none()
    if job is None:
        raise NotFound
    return job


def rows_of(job: Import) -> list[Row]:
    """The rows of a kept file."""
    if not job.content or job.state == ImportState.MAPPING:
        return []
    basis = open_system("import/basis", job.basis_sealed).decode() if job.basis_sealed else ""
    return read(
        open_system("import", job.content),
        {int(place): name for place, name in job.columns.items()},
        basis,
    )


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
        found |= set(
            db.session.execute(
                select(ImportedRow.token).where(ImportedRow.token.in_(tokens))
            ).scalars()
        )
    return found


def take(*, by: Actor, job: Import, row: Row) -> Case | None:
    """Turn one row into a case, or into faults of the job. The caller commits after each row, so a row is whole or not there."""
    if db.session.get(ImportedRow, row.token):
        job.known += 1
        return None
    whole, faults = given(row)
    if faults:
        db.session.add_all(
            ImportFault(import_id=job.id, row=fault.row, column=fault.column, reason=fault.reason)
            for fault in faults
        )
        return None
    near = index.find(_name(whole), limit=1, least=0.9)
    owner = _owner(office=job.office_id, name=text_of(row.cells.get("cas_CaseOwner", "")))
    case = registration.register(
        by=by,
        given=whole,
        office=job.office,
        owner_id=owner.user_id if owner else job.by_id,
        team_id=owner.team_id if owner else None,
        kind="imported",
    )
    _carry_over(by, case, row, whole, owned=owner is not None)
    db.session.add(ImportedRow(token=row.token, case_id=case.id))
    if near and near[0].case_id != case.id:
        db.session.add(
            ImportFault(
                import_id=job.id,
                row=row.number,
                column="prs_FirstName",
                reason="duplicate",
                case_number=case.number,
            )
        )
    job.made += 1
    return case


def _name(whole: dict[str, Any]) -> str:
    return " ".join(
        part
        for part in (whole["person"].get("given_names"), whole["person"].get("family_name"))
        if part
    )


def _carry_over(by: Actor, case: Case, row: Row, whole: dict[str, Any], *, owned: bool) -> None:
    """Status, identification and the referral that brought the person, as the file has them."""
    cells = row.cells
    for group, entries in htcds.in_groups(cells).items():
        for entry in entries:
            for kind, values in htcds_groups.records_of(
                group, {name: text_of(cell) for name, cell in entry.items()}
            ):
                changes.add(
                    by=by, case=case, kind=KINDS[kind], given=KINDS[kind].schema().load(values)
                )
    status = htcds.code_of("cas_Status", text_of(cells.get("cas_Status", "")))
    day = _day(cells.get("cas_IncomingReferralDate", ""))
    case.opened_on = day if day and day <= today() else case.opened_on
    birth = _partial(cells["prs_Birthdate"]) if "prs_Birthdate" in cells else None
    case.age_band = coded_fields.age_band(birth, case.opened_on)
    coded_fields.learn_identity(case, {"birth": birth})
    if status:
        case.status = CaseStatus(STATUS[status])
    if case.status == CaseStatus.CLOSED:
        case.closed_on, case.closure_reason = (
            today(),
            "referred" if status == "ClosedReferred" else "other",
        )
        case.retain_until = closure.kept_until()
    decided = htcds.code_of(
        "vic_TraffickingStatus", text_of(cells.get("vic_TraffickingStatus", ""))
    )
    if decided:
        case.trafficking_status = TRAFFICKING[decided]
        case.categories = ["trafficking"] if decided != "NotAVictimOfTrafficking" else []
        timeline.add(by=by, case=case, kind="screened", reference=case.trafficking_status)
    rest = {
        name: _kept(name, cell)
        for name, cell in cells.items()
        if name not in HOMES and name not in _PLACED and name.partition(".")[0] not in _GROUPED
    }
    if "cas_CaseOwner" in cells and not owned:
        rest["cas_CaseOwner"] = text_of(cells["cas_CaseOwner"])
    decider = htcds.code_of(
        "vic_TraffickingStatusDecisionMakingOrg",
        text_of(cells.get("vic_TraffickingStatusDecisionMakingOrg", "")),
    )
    if rest or decider:
        kept = whole.get("account", {})
        case.protection = {
            **kept,
            **({"decided_by": decider} if decider else {}),
            **({"htcds": rest} if rest else {}),
        }
        coded_fields.learn_account(case, kept)


def _kept(name: str, cell: Any) -> str:
    """A cell as it is kept beside the account: a code where the standard lists it."""
    text = text_of(cell)
    return (
        (htcds.code_of(name, text) or text)
        if name in {"cas_ReasonForIncomingReferral", "cas_ReasonForOutgoingReferral"}
        else text
    )


_GROUPED = frozenset(name for fields in htcds.GROUPS.values() for name in fields)


def _owner(*, office: int, name: str) -> Grant | None:
    """The caseworker of the office whom "N. Ben Salem" or a full name means; none where it is nobody or several."""
    if not name:
        return None
    query = (
        select(Grant).join(User).where(Grant.organisation_id == office, Grant.role == "caseworker")
    )
    wanted = htcds.folded(name)
    found = [
        grant
        for grant in db.session.execute(query).scalars()
        if wanted in _spellings(grant.user.name)
    ]
    return found[0] if len(found) == 1 else None


def _spellings(name: str) -> set[str]:
    first, _space, rest = name.partition(" ")
    return {htcds.folded(name), htcds.folded(first[:1] + rest)}


def finish(job: Import) -> None:
    """All rows are done: the file is destroyed."""
    IMPORT.move(job, "finish", by=system("import"))
    job.content = None
