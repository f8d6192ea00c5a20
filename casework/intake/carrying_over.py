"""What a row of a file says of the case itself, beyond what a registration asks."""

from typing import Any

from access.actors import Actor
from casework.core import ages, coded_fields, retention, timeline
from casework.intake import cells, htcds_groups
from casework.intake.file_readers import Row, text_of
from casework.intake.standard_columns import HOMES, PLACED, TRAFFICKING, VERBS
from casework.records import changes
from casework.records.kinds import KINDS
from models import extra_fields
from models.base import today
from models.cases import Case
from models.states import CASE
from standards import htcds

_GROUPED = frozenset(name for fields in htcds.GROUPS.values() for name in fields)
_REFERRAL_REASONS = {"cas_ReasonForIncomingReferral", "cas_ReasonForOutgoingReferral"}


def carry_over(*, by: Actor, case: Case, row: Row, told: dict[str, Any], has_owner: bool) -> None:
    """Status, identification and the referral that brought the person, as the file has them.

    ``told`` is what the registration said of what happened and what is needed; ``has_owner``: the
    caseworker whom the file names holds the case, so that the name need not be kept.
    """
    _add_records(by, case, row)
    _take_dates(case, row)
    _take_identification(by, case, row)
    _keep_rest(case, row, told, has_owner=has_owner)
    _take_status(by, case, row)  # the last: nothing is written into a case that is closed


def _code(row: Row, column: str) -> str | None:
    return htcds.code_of(column, text_of(row.cells.get(column, "")))


def _add_records(by: Actor, case: Case, row: Row) -> None:
    """What a case has several of becomes records."""
    for group, entries in htcds.in_groups(row.cells).items():
        for entry in entries:
            texts = {name: text_of(cell) for name, cell in entry.items()}
            for code, values in htcds_groups.records_of(group, texts):
                kind = KINDS[code]
                changes.add(by=by, case=case, kind=kind, given=kind.schema().load(values))


def _take_dates(case: Case, row: Row) -> None:
    day = cells.day_of(row.cells.get("cas_IncomingReferralDate", ""))
    case.opened_on = day if day and day <= today() else case.opened_on
    birth_cell = row.cells.get("prs_Birthdate")
    birth = None if birth_cell is None else cells.partial_date(birth_cell)
    ages.keep(case, birth)
    coded_fields.learn_identity(case, {"birth": birth})


def _take_status(by: Actor, case: Case, row: Row) -> None:
    status = _code(row, "cas_Status")
    if not status:
        return
    if VERBS[status] != "close":
        CASE.move(case, VERBS[status], by=by)
        return
    # The standard has no day of closing: handed on to others, it ended on the day of that.
    was_referred = status == "ClosedReferred"
    day = cells.day_of(row.cells.get("cas_OutgoingReferralDate", "")) if was_referred else None
    reason = "referred" if was_referred else "other"
    retention.was_closed(by=by, case=case, on=day, reason=reason)


def _take_identification(by: Actor, case: Case, row: Row) -> None:
    decided = _code(row, "vic_TraffickingStatus")
    if decided:
        case.trafficking_status = TRAFFICKING[decided]
        case.categories = ["trafficking"] if decided != "NotAVictimOfTrafficking" else []
        timeline.add(by=by, case=case, kind="screened", reference=case.trafficking_status)


def _keep_rest(case: Case, row: Row, told: dict[str, Any], *, has_owner: bool) -> None:
    """What has no home is kept beside the account, in the words of the file."""
    rest = {
        name: _as_text(name, cell)
        for name, cell in row.cells.items()
        if name not in HOMES
        and name not in PLACED
        and name.partition(".")[0] not in _GROUPED
        and not extra_fields.is_name(name)
    }
    if "cas_CaseOwner" in row.cells and not has_owner:
        rest["cas_CaseOwner"] = text_of(row.cells["cas_CaseOwner"])
    decider = _code(row, "vic_TraffickingStatusDecisionMakingOrg")
    if rest or decider:
        decided_by = {"decided_by": decider} if decider else {}
        case.protection = {**told, **decided_by, **({"htcds": rest} if rest else {})}
        coded_fields.learn_account(case, told)


def _as_text(name: str, cell: Any) -> str:
    """A cell as it is kept: a code where the standard lists it."""
    text = text_of(cell)
    return (htcds.code_of(name, text) or text) if name in _REFERRAL_REASONS else text
