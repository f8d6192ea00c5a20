"""What the worker makes for those who asked: reports, files of the HTCDS and of the CTDC's
variables. Each maker gives files by name.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import person
from access.gate import acting
from access.permissions import Permission
from access.policy import allows, visible
from casework.core import consent, release
from models.base import begin_reading, begin_writing, db
from models.cases import Case
from models.facts import Delivery
from models.people import Organisation
from models.rules import RuleBroken
from reporting.exports import htcds
from reporting.exports.deliveries import OWN
from reporting.facts import counting
from reporting.facts.engine import engine
from reporting.pages import pages, renderings
from reporting.pages.schemas import AskSchema
from reporting.tables import ctdc_rows
from reporting.tables.operations import offices_of
from web.forms import load

Progress = Callable[[int, int], None]


def _allowed(delivery: Delivery, permission: Permission) -> Any:
    """Who asked, as they are today; whoever lost the right since gets nothing."""
    actor = person(delivery.user)
    if not allows(actor, permission):
        raise RuleBroken(_("You may not have this file any more."))
    return actor


def report(delivery: Delivery, progress: Progress) -> dict[str, bytes]:
    """A saved page of statistics as a workbook."""
    actor = _allowed(delivery, Permission.STATISTICS_READ)
    parts = urlsplit(str(delivery.wanted["path"]))
    page = pages.PAGES.get(parts.path)
    if page is None:
        raise RuleBroken(_("There is no such page any more."))
    counting.refresh()
    engine().load_now()
    begin_reading()  # a workbook takes a while
    given = load(
        AskSchema, {name: value[:80] for name, value in parse_qsl(parts.query)}, lenient=True
    )
    ask = pages.asked(actor, given)
    as_of = counting.state().counted_at
    assert as_of is not None
    content = renderings.as_workbook(page.build(ask), as_of, pages.period_of(ask))
    begin_writing()
    progress(1, 1)
    return {f"{page.code}-{ask.year}.xlsx": content}


def cases(delivery: Delivery, progress: Progress) -> dict[str, bytes]:
    """Cases as a file of the HTCDS. Looks are in the trail, lot by lot."""
    actor, identities, form = (
        _allowed(delivery, Permission.DATA_EXPORT),
        bool(delivery.wanted["identities"]),
        str(delivery.wanted["format"]),
    )
    query = select(Case.id).order_by(Case.id)
    query = (
        query.where(visible(actor, Permission.CASE_OPEN, Case))
        if identities
        else query.where(Case.statistics_agreed, _of_their_offices(actor))
    )
    numbers = list(db.session.execute(query).scalars())
    if identities:
        numbers = _agreed(delivery, numbers)
    found: list[htcds.Row] = []
    for start in range(0, len(numbers), htcds.TOGETHER):
        with acting(
            person(db.session.get_one(type(delivery.user), actor.id)), purpose="export"
        ) as gate:
            found += htcds.rows(
                by=gate.actor, cases=numbers[start : start + htcds.TOGETHER], identities=identities
            )
            audit.append(gate.pending())
        progress(min(start + htcds.TOGETHER, len(numbers)), len(numbers))
    return {f"htcds.{form}": htcds.FORMATS[form](found)}


def _agreed(delivery: Delivery, numbers: list[int]) -> list[int]:
    """Of these, whoever agrees to be assisted, and that the recipient of the file is told.

    What leaves the office is written down in each case, as handed out once.
    """
    actor, recipient = person(delivery.user), str(delivery.wanted.get("recipient", ""))
    if recipient == OWN:
        return [number for number in numbers if _rests_not(number)]
    to = db.session.get(Organisation, int(recipient)) if recipient.isdecimal() else None
    kept = []
    for number in numbers if to is not None else ():
        case = db.session.get_one(Case, number)
        if to is not None and not release.why_not(case, to):
            release.hand_out(
                by=actor, case=case, kind="export", reference=delivery.key, to=to, fields=("whole",)
            )
            kept.append(number)
    return kept


def _rests_not(number: int) -> bool:
    return consent.agreed(db.session.get_one(Case, number), "assistance")


def _of_their_offices(actor: Any) -> Any:
    offices = offices_of(actor)
    return Case.office_id.in_(offices) if offices else Case.id.is_not(None)


def victims(delivery: Delivery, progress: Progress) -> dict[str, bytes]:
    """Victims as rows of the CTDC's variables, with the codebook."""
    _allowed(delivery, Permission.STATISTICS_PUBLISH)
    counting.refresh()
    engine().load_now()
    found = ctdc_rows.rows(int(delivery.wanted["from_year"]), int(delivery.wanted["to_year"]))
    progress(1, 1)
    return {
        "ctdc.csv": ctdc_rows.as_csv(found),
        "about.json": json.dumps(ctdc_rows.codebook(found), indent=1).encode(),
    }


# Kind of file → who makes it: gives files by name, and says on the way how far it is, which
# commits.
MAKERS: dict[str, Callable[[Delivery, Progress], dict[str, bytes]]] = {
    "report": report,
    "htcds": cases,
    "ctdc": victims,
}
