"""Cases as files of the Human Trafficking Case Data Standard 2.0: workbook in the toolkit's layout,
CSV, JSON; what we import, we export, and back.

With identities only of cases that the one who asks may open; each look is in the trail. Without
them nothing sealed is opened: codes alone, under a pseudonym, of people who agreed to be counted.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.intake import htcds_groups, standard_columns
from casework.records.kinds import code_of
from loading import later
from models.base import db
from models.cases import Case
from models.records import Record
from models.referrals import Referral
from models.states import CaseStatus
from reporting.facts import profiles
from standards import htcds, lists, palermo, places
from web import template_filters

openpyxl = later("openpyxl")

Row = dict[
    str, Any
]  # field of the standard → text, list of codes, or (of a group) a list of entries
TOGETHER = 200
_STATUS = {"open": "Active", "assistance": "Active", "follow_up": "FollowUp"}
_OURS = "Other"  # the standard knows no "this organisation", and not everybody is an NGO
_DECIDED = {ours: theirs for theirs, ours in standard_columns.TRAFFICKING.items()}


def rows(*, by: Actor, cases: Sequence[int], identities: bool) -> Iterator[Row]:
    """The rows of ``cases`` (ids, in order); those that may not be shown are left out. Reads in
    lots of :data:`TOGETHER`.
    """
    for start in range(0, len(cases), TOGETHER):
        part = cases[start : start + TOGETHER]
        query = (
            select(Case)
            .where(Case.id.in_(part), Case.status != CaseStatus.ERASED)
            .options(
                selectinload(Case.keys), selectinload(Case.documents), selectinload(Case.consents)
            )
        )
        shown = list(db.session.execute(query.order_by(Case.id)).unique().scalars())
        more = _beside([case.id for case in shown]) if identities else ({}, {})
        for case in shown:
            if (
                identities
                and allows(by, Permission.IDENTITY_READ, case)
                and allows(by, Permission.PROTECTION_READ, case)
            ):
                yield _whole(case, more[0].get(case.id, []), more[1].get(case.id, []))
            elif not identities and case.statistics_agreed:
                yield _coded(case)
        db.session.expunge_all()


def _beside(cases: Sequence[int]) -> tuple[dict[int, list[Record]], dict[int, list[Referral]]]:
    """Records and referrals of some cases, in order."""
    records: dict[int, list[Record]] = {}
    for record in (
        db.session.execute(
            select(Record)
            .where(Record.case_id.in_(cases), Record.removed.is_(False))
            .order_by(Record.id)
        )
        .unique()
        .scalars()
    ):
        records.setdefault(record.case_id, []).append(record)
    referrals: dict[int, list[Referral]] = {}
    for referral in (
        db.session.execute(
            select(Referral).where(Referral.case_id.in_(cases)).order_by(Referral.id)
        )
        .unique()
        .scalars()
    ):
        referrals.setdefault(referral.case_id, []).append(referral)
    return records, referrals


def _whole(case: Case, records: Iterable[Record], referrals: Sequence[Referral]) -> Row:
    identity, protection = dict(case.identity), dict(case.protection)
    sections = {"person": identity, "account": protection}
    row: Row = {}
    for column, (section, field) in standard_columns.HOMES.items():
        value = sections[section].get(field)
        if value not in (None, "", []) and column not in {
            "prs_Birthdate",
            "prs_PrimaryLanguage",
            "prs_SecondaryLanguage",
        }:
            row[column] = "Yes" if value is True else value
    row["prs_FirstName"] = identity.get("given_names") or (
        "" if identity.get("family_name") else identity.get("call_name", "")
    )
    row["prs_Birthdate"] = birth_text(identity.get("birth"))
    spoken = list(identity.get("languages") or [])
    row["prs_PrimaryLanguage"], row["prs_SecondaryLanguage"] = (
        "".join(spoken[:1]),
        ";".join(spoken[1:]),
    )
    row["vic_MethodsOfControl"] = palermo.control_of(protection)
    decided_by = protection.get("decided_by", "")
    row["vic_TraffickingStatusDecisionMakingOrg"] = _OURS if decided_by == "own" else decided_by
    row |= _of_case(case) | _referred(referrals) | dict(protection.get("htcds") or {})
    row.setdefault("cas_CaseOwner", case.owner.name if case.owner else "")
    for record in records:
        kind = code_of(record)
        if kind in htcds_groups.HOMES:
            group, entry = htcds_groups.entry_of(kind, record.content)
            row.setdefault(group, []).append(entry)
        elif kind == "inward" and "cas_ReferringOrganisation" not in row:
            row |= _inward(record.content)
    return {name: value for name, value in row.items() if value not in ("", [], None)}


def _of_case(case: Case) -> Row:
    was_referred = lists.CLOSURE.counted_as(case.closure_reason) == "referred"
    closed = "ClosedReferred" if was_referred else "Closed"
    reason = lists.label(lists.CLOSURE, case.closure_reason) if case.closure_reason else ""
    agreed = any(
        line.purpose == "assistance" and line.answer == "agrees" and line.is_said
        for line in case.consents
    )
    row: Row = {
        "con_Consent": "Yes" if agreed else "No",
        "prs_Gender": case.sex
        if case.sex in htcds.codes("prs_Gender")
        else "NonSpecifiedUnknown"
        if case.sex
        else "",
        "prs_Citizenship": places.WORDS.get(case.citizenship, case.citizenship),
        "vic_TraffickingStatus": _DECIDED.get(case.trafficking_status, ""),
        "cas_Status": _STATUS.get(case.status, closed),
        "cas_IncomingReferralDate": case.opened_on.isoformat()
        if lists.CHANNELS.counted_as(case.channel) == "referral"
        else "",
    }
    return row | (
        {"cas_ReasonForCaseClosure": reason} if case.is_closed and case.channel != "import" else {}
    )


def _referred(referrals: Sequence[Referral]) -> Row:
    """Outgoing referrals: the standard has one set of fields, and says there may be several
    organisations.
    """
    if not referrals:
        return {}
    return {
        "cas_ReferredOrganisation": "; ".join(dict.fromkeys(one.partner.name for one in referrals)),
        "cas_OutgoingReferralDate": referrals[-1].sent_at.date().isoformat(),
    }


def _inward(content: Mapping[str, Any]) -> Row:
    names = {
        "cas_ReferringOrganisation": "organisation",
        "cas_ReferringPrimaryCaseWorker": "worker",
        "cas_IncomingReferralDate": "on",
        "cas_ReasonForIncomingReferral": "reason",
        "cas_IncomingReferralDetails": "details",
    }
    return {name: content[field] for name, field in names.items() if content.get(field)}


def _coded(case: Case) -> Row:
    """What may leave without a name: codes, and a pseudonym in the place of the name."""
    profile = profiles.opened(case.id, case.profile_sealed)
    names = {
        "vic_MethodOfRecruitment": "recruitment",
        "vic_MethodsOfControl": "control",
        "vic_ForcedLabourIndustry": "industry",
        "vic_TypeOfSexExploitation": "sexual_exploitation",
        "vic_RelationshipToTrafficker": "relation",
    }
    row: Row = (
        {name: profile.get(field) for name, field in names.items()}
        | {"vic_TypeOfExploitation": list(case.exploitation or [])}
        | _of_case(case)
    )
    row["prs_FirstName"] = profiles.pseudonym("htcds", case.person_id)
    row.pop("cas_ReasonForCaseClosure", None)
    row["cas_IncomingReferralDate"] = ""
    return {name: value for name, value in row.items() if value not in ("", [], None)}


def birth_text(birth: Mapping[str, Any] | None) -> str:
    """A birth date as far as it is known, in ISO 8601: ``2004-05-03``, ``2004-05``, ``2004``; ``~``
    where estimated. An age becomes the year it gives.
    """
    if not birth:
        return ""
    if "age" in birth:
        return f"{date.fromisoformat(birth['on']).year - int(birth['age'])}~"
    text = "-".join(
        f"{birth[part]:02d}" if part != "year" else f"{birth[part]:04d}"
        for part in ("year", "month", "day")
        if birth.get(part)
    )
    return text + ("~" if birth.get("estimated") else "")


def flat(row: Row) -> dict[str, Any]:
    """A row as one line of a table: entries of groups in numbered columns, lists with ``;``."""
    line: dict[str, Any] = {}
    for name, value in row.items():
        if name not in htcds.GROUPS:
            line[name] = ";".join(value) if isinstance(value, list) else value
            continue
        for number, entry in enumerate(value, 1):
            for column, cell in entry.items():
                line[column if number == 1 else f"{column}.{number}"] = (
                    ";".join(cell) if isinstance(cell, list) else cell
                )
    return line


def _columns(flat_rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The toolkit's columns, then what else occurs: in the standard's order, entry by entry."""
    seen = {name for row in flat_rows for name in row}
    groups = [
        name
        for fields in htcds.GROUPS.values()
        for number in range(1, htcds.MOST_IN_GROUP + 1)
        for field in fields
        if (name := field if number == 1 else f"{field}.{number}") in seen
    ]
    return [*htcds.TOOLKIT, *(name for name in htcds.BEYOND if name in seen), *groups]


def as_json(rows: Sequence[Row]) -> bytes:
    """Cases as JSON under the names of the standard."""
    whole = {
        "standard": htcds.standard()["standard"],
        "version": htcds.standard()["version"],
        "licence": htcds.standard()["licence"],
        "cases": list(rows),
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def as_csv(rows: Sequence[Row]) -> bytes:
    """Cases as CSV with the standard's names in the first line; formulas defused."""
    lines = [flat(row) for row in rows]
    columns = _columns(lines)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(
        [template_filters.defused(str(line.get(name, ""))) for name in columns] for line in lines
    )
    return ("\ufeff" + text.getvalue()).encode()


def as_workbook(rows: Sequence[Row]) -> bytes:
    """Cases as the toolkit lays them out: sheet ``Case Sheet``, a hidden line of names, a line of
    labels, a number before each row, labels in the cells.
    """
    lines = [flat(row) for row in rows]
    columns = _columns(lines)
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("Case Sheet")
    page.row_dimensions[1].hidden = True
    page.freeze_panes = "B3"
    page.append([None, *columns])
    page.append([None, *(htcds.COLUMNS.get(name, name) for name in columns)])
    for number, line in enumerate(lines, 1):
        page.append([str(number), *(_cell(name, line.get(name)) for name in columns)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_DATES = {
    "prs_Birthdate",
    "cas_IncomingReferralDate",
    "cas_OutgoingReferralDate",
    "hte_Date",
    "spl_PlannedEndDate",
}


def _cell(column: str, value: Any) -> Any:
    """A cell as people read it: dates as dates, labels for codes."""
    if value in (None, ""):
        return None
    name = column.partition(".")[0]
    text = str(value)
    if name in _DATES:
        return _day(text)
    if name == "prs_Citizenship":
        return _countries().get(text, text)
    return template_filters.defused(_labelled(name, text))


def _day(text: str) -> date | str:
    """A day where it is wholly known, else as it is written."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _labelled(name: str, text: str) -> str:
    """The labels of codes, where the standard lists any."""
    try:
        labels = dict(htcds.options(name))
    except KeyError:
        return text
    return ";".join(labels.get(part, part) for part in text.split(";")) if labels else text


def _countries() -> dict[str, str]:
    toolkit = htcds.standard()["toolkit_lists"]
    return dict(zip(toolkit["Country Code"], toolkit["Country"], strict=True))


FORMATS = {"xlsx": as_workbook, "csv": as_csv, "json": as_json}
