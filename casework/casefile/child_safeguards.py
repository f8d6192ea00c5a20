"""What a child's case must have before a return or a relocation, in one place.

:func:`missing` takes the journey: where to, what for, on which day. Pages, API, movements and
departure ask it, and each thing that does not fit has its own words. The newest determination
alone speaks; one for another purpose or another country clears nothing.

Sources: UNHCR, Guidelines on Determining the Best Interests of the Child (2008; read in summary:
a formal process with a panel of several disciplines). That the panel has three, how long an
assessment holds, and the care arrangement follow the practice of voluntary return of
unaccompanied children and are to be verified: offices decide both numbers.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from access.actors import Actor
from casework.core import ages
from casework.core.protection import newest
from casework.records import changes
from casework.records.completed import Values
from casework.records.kinds import code_of
from models import office_settings
from models.base import db, today
from models.cases import Case
from models.records import Member, Record
from models.returns import Return
from models.rules import RuleBroken, stated
from models.states import RETURN, RecordState, ReturnState
from standards.lists import Options

MISSING: Options = (
    ("bia", _l("A best-interests assessment that is not too old")),
    ("bid", _l("A best-interests determination")),
    ("bid_no", _l("The newest best-interests determination does not allow it")),
    ("bid_country", _l("The best-interests determination is not for this country")),
    ("bid_ended", _l("The best-interests determination ends before the day of travel")),
    ("guardian", _l("A guardian whose identity and relation were checked")),
    ("guardian_consent", _l("The guardian’s consent to this country, and the child’s own view")),
    ("tracing", _l("Family tracing, with a result")),
    ("receives", _l("Somebody who receives the child there, checked by somebody in that country")),
)
_DECISION = {"return": "return", "relocation": "relocate"}
_NAMES_A_COUNTRY = frozenset(_DECISION.values())


@stated("return: a child’s journey")
def missing(case: Case, return_: Return | None = None, on: date | None = None) -> list[str]:
    """Codes of :data:`MISSING` that keep a child from a journey on a day; none for an adult.

    Every child: a best-interests assessment that is not too old, and a guardian who was checked. A
    child alone: also a determination for this purpose and this country, the guardian's consent with
    the child's own view, tracing with a result, and somebody checked who receives the child where
    there is no safe family.

    Without a return: what is missing whatever the journey. Opens nothing but the day of birth.

    Source: UNHCR, Guidelines on Determining the Best Interests of the Child (read in summary); size
    of the panel, age of an assessment and care arrangement are to be verified.
    """
    day = on or today()
    if not ages.counts_as_child(case, day):
        return []
    lines = [*_assessment(case, day)]
    if accompanied(case, return_):
        lines += [*_guardian(case, day)]
    else:
        lines += [
            *_determination(case, return_, day),
            *_guardian(case, day),
            *_consent(case, return_),
            *_family(case, return_, day),
        ]
    return lines


def accompanied(case: Case, return_: Return | None) -> bool:
    """Whether an adult of the child's household makes the same journey; never where the caseworker
    says that the child is alone.
    """
    if "child" in case.categories or return_ is None:
        return False
    mine = select(Member.household_id).where(Member.case_id == case.id).scalar_subquery()
    query = (
        select(Return)
        .join(Member, Member.case_id == Return.case_id)
        .where(
            Member.household_id == mine,
            Member.case_id != case.id,
            Return.state.not_in(RETURN.endings),
        )
    )
    others = db.session.execute(query).unique().scalars()
    return any(
        other.country == return_.country
        and other.case.person_id != case.person_id
        and _on_one_day(other, return_)
        and not ages.counts_as_child(other.case)
        for other in others
    )


def _on_one_day(other: Return, return_: Return) -> bool:
    """Whether both leave together: on the planned day, or it is not said yet for one of them; who
    left already goes along with nobody but who leaves on the same day.
    """
    on = return_.departed_on or return_.travel_on
    if other.departed_on is not None:
        return other.departed_on == (on or today())
    return on is None or other.travel_on is None or other.travel_on == on


def _assessment(case: Case, day: date) -> Iterator[str]:
    """Due for every child, alone or not."""
    oldest = day - timedelta(days=office_settings.of(case.office_id, "bia_days"))
    said = _says(newest(case, "bia"))
    if not said.get("on") or not oldest <= date.fromisoformat(said["on"]) <= day:
        yield "bia"


def _determination(case: Case, return_: Return | None, day: date) -> Iterator[str]:
    stands = newest(case, "bid")
    said = _says(stands)
    if stands is None or not said:
        yield "bid"  # none, or one of a version before, which does not say for which country
        return
    wanted = {_DECISION[return_.purpose]} if return_ else _NAMES_A_COUNTRY
    if said.get("decision") not in wanted:
        yield "bid_no"
    elif return_ and said.get("country") != return_.country:
        yield "bid_country"
    if _has_ended(said, "valid_until", day):
        yield "bid_ended"


def _guardian(case: Case, day: date) -> Iterator[str]:
    said = _says(newest(case, "guardian"))
    if not said.get("checked") or _has_ended(said, "until", day):
        yield "guardian"


def _consent(case: Case, return_: Return | None) -> Iterator[str]:
    said = _says(newest(case, "guardian_consent"))
    agrees = said.get("answer") == "agrees" and said.get("view") != "does_not"
    if not agrees or (return_ and said.get("country") != return_.country):
        yield "guardian_consent"


def _family(case: Case, return_: Return | None, day: date) -> Iterator[str]:
    """Tracing has a result; where the family was not found, or contact is not safe, somebody else
    receives the child.
    """
    tracing = newest(case, "tracing")
    said = _says(tracing)
    if said.get("state") not in {"found", "not_found", "not_safe"}:
        yield "tracing"
    is_with_family = said.get("state") == "found" and said.get("safe") == "yes"
    if not is_with_family and not _is_received(case, return_, day):
        yield "receives"


def _is_received(case: Case, return_: Return | None, day: date) -> bool:
    said = _says(newest(case, "receives"))
    if not said.get("agreed") or not said.get("checked_on") or _has_ended(said, "valid_until", day):
        return False
    return return_ is None or said.get("country") == return_.country


def _says(record: Record | None) -> dict[str, Any]:
    """What a record says to rules; of one of an older version what its state still tells."""
    if record is None:
        return {}
    return dict(record.says) if record.says is not None else _said_before(record)


def _said_before(record: Record) -> dict[str, Any]:
    settled = record.state == RecordState.DONE
    said: dict[str, dict[str, Any]] = {
        "guardian": {"checked": settled},
        "tracing": {"state": "not_found"} if settled else {},  # so that somebody receives the child
        "bia": {"on": record.made_at.date().isoformat()},
    }
    return said.get(code_of(record), {})


def _has_ended(said: dict[str, Any], name: str, day: date) -> bool:
    return bool(said.get(name)) and date.fromisoformat(said[name]) < day


def under_way(case: Case) -> Return | None:
    """The return of the case that has not left yet."""
    query = select(Return).where(Return.case_id == case.id, Return.state == ReturnState.PREPARING)
    return db.session.execute(query.limit(1)).unique().scalar_one_or_none()


@changes.rule("bid")
def _decided_by_a_panel(_by: Actor, case: Case, given: Values, _stands: Values) -> Values:
    """What a child's return leans on names its country, and was decided by several offices, each
    member by name, and no name twice; who interprets decides nothing.
    """
    if given.get("decision") not in _NAMES_A_COUNTRY:
        return given
    if not given.get("country"):
        raise RuleBroken(_("Say to which country: the determination is for that one."), "country")
    least = office_settings.of(case.office_id, "panel_least")
    if len(set(given.get("panel") or ()) - {"interpreter"}) < least:
        message = _("A panel of at least %(count)s decides, each from another office.", count=least)
        raise RuleBroken(message, "panel")
    lines = str(given.get("names") or "").splitlines()
    people = {_person(line) for line in lines} - {""}
    if len(people) < least:
        raise RuleBroken(
            _(
                "Name everybody on the panel with their office, one on each line: "
                "%(count)s different people at least.",
                count=least,
            ),
            "names",
        )
    return given


def _person(line: str) -> str:
    """Who is meant by a line of names and offices: what stands before the office."""
    name = re.split(r"[,;:(–—]| - ", line, maxsplit=1)[0]
    return " ".join(sorted(re.findall(r"\w+", name.casefold())))
