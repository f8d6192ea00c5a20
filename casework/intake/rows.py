"""A row of a file as a registration takes it, and what is wrong with it."""

from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from casework.intake import cells, extra_columns, htcds_groups
from casework.intake.file_readers import Row, text_of
from casework.intake.schemas import RegisterSchema
from casework.intake.standard_columns import HOMES
from casework.records.kinds import KINDS
from models import extra_fields
from standards import htcds, spoken

_LISTS = ("vic_TraffickingStatus", "vic_TraffickingStatusDecisionMakingOrg", "cas_Status")
_COLUMNS = {home: column for column, home in HOMES.items()}
# What a message of a schema is about, by a word in it.
_BY_WORD = (("future", "future"), ("long", "too_long"), ("characters", "characters"))


NOTES = frozenset({"as_words"})


@dataclass(frozen=True)
class Fault:
    """Why a row, or one cell of it, could not be taken."""

    row: int
    column: str
    reason: str


def stopping(faults: list[Fault]) -> list[Fault]:
    """Those for which a row is not taken; the others are told beside the case."""
    return [fault for fault in faults if fault.reason not in NOTES]


def given(row: Row) -> tuple[dict[str, Any], list[Fault]]:
    """A row as :class:`casework.intake.schemas.RegisterSchema` takes it, and its faults."""
    faults: list[Fault] = []
    registration: dict[str, Any] = {
        "channel": "crisis_list" if row.basis else "import",
        # Nobody is there to be asked: what looks alike is reported beside the case instead.
        "duplicate": "cannot_tell",
        "person": {},
        "account": {},
        "needs": {},
        "consent": {},
    }
    for column, cell in row.cells.items():
        if home := HOMES.get(column) or extra_columns.home(column):
            section, field = home
            _put(registration[section], field, column, cell, row, faults)
    _consent(row, registration, faults)
    if not stopping(faults):
        try:
            registration = RegisterSchema().load(registration)
        except ValidationError as wrong:
            faults += _schema_faults(row, wrong.normalized_messages())
    return registration, [*faults, *_group_faults(row), *_list_faults(row)]


def _put(
    section: dict[str, Any], field: str, column: str, cell: Any, row: Row, faults: list[Fault]
) -> None:
    """A cell in its home; two columns of languages share one."""
    value = _value(column, cell)
    if value is None:
        faults.append(Fault(row.number, column, cells.reason(column)))
    elif field == "languages":
        if any(language not in spoken.codes() for language in value):
            faults.append(Fault(row.number, column, "as_words"))
        section[field] = list(dict.fromkeys([*section.get(field, []), *value]))
    elif column == "prs_Gender" and value == "NonSpecifiedUnknown":
        section["unanswered"] = {field: "does_not_know"}
    else:
        section[field] = value


def _value(column: str, cell: Any) -> Any:
    return (extra_columns if extra_fields.is_name(column) else cells).value_of(column, cell)


def _list_faults(row: Row) -> list[Fault]:
    """Cells that go to the case itself and are not what the standard knows."""
    faults = [
        Fault(row.number, column, "not_in_list")
        for column in _LISTS
        if column in row.cells and htcds.code_of(column, text_of(row.cells[column])) is None
    ]
    referred = "cas_IncomingReferralDate"
    if referred in row.cells and cells.day_of(row.cells[referred]) is None:
        faults.append(Fault(row.number, referred, "no_date"))
    return faults


def _group_faults(row: Row) -> list[Fault]:
    """What a case has several of must fit the records it becomes."""
    faults = []
    for group, entries in htcds.in_groups(row.cells).items():
        for place, entry in enumerate(entries, 1):
            for field in _wrong_fields(group, entry):
                column = htcds_groups.column_of(group, field, place)
                faults.append(Fault(row.number, column, "invalid"))
    return faults


def _wrong_fields(group: str, entry: dict[str, Any]) -> list[str]:
    texts = {name: text_of(cell) for name, cell in entry.items()}
    wrong_fields: list[str] = []
    for kind, values in htcds_groups.records_of(group, texts):
        try:
            KINDS[kind].schema().load(values)
        except ValidationError as wrong:
            wrong_fields += wrong.normalized_messages()
    return wrong_fields


def _consent(row: Row, registration: dict[str, Any], faults: list[Fault]) -> None:
    """The standard knows one consent: to keep and use the data.

    It covers assistance and anonymous statistics, never sharing.
    """
    if row.basis:
        registration["consent"] = {"vital_reason": row.basis}
    elif cells.says_yes(row.cells.get("con_Consent", "")):
        agreed = {"assistance": "agrees", "statistics": "agrees", "manner": "recorded"}
        registration["consent"] = agreed
    else:
        faults.append(Fault(row.number, "con_Consent", "no_consent"))


def _schema_faults(row: Row, errors: dict[str, Any]) -> list[Fault]:
    return [
        _schema_fault(row, section, field, messages)
        for section, wrong in errors.items()
        for field, messages in (wrong.items() if isinstance(wrong, dict) else [("", wrong)])
    ]


def _schema_fault(row: Row, section: str, field: str, messages: object) -> Fault:
    if field == "call_name":
        return Fault(row.number, "prs_FirstName", "no_name")
    text = str(messages).lower()
    reason = next((reason for word, reason in _BY_WORD if word in text), "invalid")
    return Fault(row.number, _COLUMNS.get((section, field), section), reason)
