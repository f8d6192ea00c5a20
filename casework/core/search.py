"""Finding a person: by name in any spelling, script and order; by number, phone, mail, document.

A fault here is never "no results".
"""

import re
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select

from access import brake
from access.actors import Actor
from access.permissions import Permission
from access.policy import allows, visible
from casework.core import search_trail
from models import index, numbers
from models.base import db, today
from models.cases import Case
from models.people import Organisation
from models.states import CaseStatus
from web.field_types import western_digits

LIKELY = 0.86
MOST_BORN = 2000
# A birth date as far as it is known: 1998, 1998-05, 1998-05-12, 05/1998, 12.5.1998.
_BORN = re.compile(
    r"(?<!\d)(?:(?P<y>\d{4})(?:-(?P<m>\d{1,2})(?:-(?P<d>\d{1,2}))?)?|(?:(?P<d2>\d{1,2})[./])?(?P<m2>\d{1,2})[./](?P<y2>\d{4}))(?!\d)"
)


@dataclass(frozen=True)
class Found:
    """A hit: the case where the one who asks may open it.

    Else only which office to ask, and that only for a reason; how like it is stays unsaid, or
    guesses at a birth year could be tried out here.
    """

    case: Case | None
    office: Organisation | None
    score: float = 0.0
    reasons: tuple[str, ...] = ()
    person_id: int | None = None
    name: str = ""

    @property
    def likely(self) -> bool:
        """Whether it is probably the same person."""
        return self.score >= LIKELY


def search(*, by: Actor, query: str, why: str = "") -> list[Found]:
    """The best hits for what was typed, at most ten; the trail says what was asked and met.

    A number, a contact, a name, a birth date, or a name with a birth date. ``why``: the code of a
    reason (:data:`standards.lists.ELSEWHERE_REASONS`) for which offices that know the person are
    named.
    """
    number = numbers.tidy(query)
    if numbers.is_valid(number):
        return _show(by, _by_number(by, number), {"number": number}, why)
    country = by.works_for.country if by.works_for else ""
    hits = index.find_exact(query, country) or _by_name_and_birth(by, query)
    return _show(by, hits, {"query": query}, why)


def _by_number(by: Actor, number: str) -> list[index.Hit]:
    case_id = db.session.execute(select(Case.id).where(Case.number == number)).scalar()
    if case_id is None or not _may_open(by, case_id):
        return []
    return [index.Hit(case_id, 1.0, ("same_number",))]


def _by_name_and_birth(by: Actor, query: str) -> list[index.Hit]:
    name, birth = split_birth(query)
    if birth and len(name) < 2:
        return _born(by, birth)
    return index.find(name, birth)


def split_birth(query: str) -> tuple[str, dict[str, int] | None]:
    """A query apart: the name, and the birth date as far as it was given.

    The date as ``{"year": 1998, "month": 5}``.
    """
    query = western_digits(query)
    match = _BORN.search(query)
    if match is None or not 1900 <= int(match["y"] or match["y2"]) <= today().year:
        return query, None
    birth = {
        "year": match["y"] or match["y2"],
        "month": match["m"] or match["m2"],
        "day": match["d"] or match["d2"],
    }
    return f"{query[: match.start()]} {query[match.end() :]}".strip(" ,;"), {
        part: int(value) for part, value in birth.items() if value
    }


def _born(by: Actor, birth: dict[str, int]) -> list[index.Hit]:
    """Everybody born on a whole date.

    On a year or a month alone only cases that are open to the one who asks, newest first.
    """
    hits = index.find_birth(birth, limit=MOST_BORN)
    if len(birth) == 3:
        return hits[:10]
    mine: list[index.Hit] = []
    for start in range(0, len(hits), 500):
        some = {hit.case_id: hit for hit in hits[start : start + 500]}
        open_ = set(
            db.session.execute(
                select(Case.id).where(Case.id.in_(some), visible(by, Permission.CASE_OPEN, Case))
            ).scalars()
        )
        mine += [hit for case_id, hit in some.items() if case_id in open_]
        if len(mine) >= 10:
            break
    return mine[:10]


def duplicates(
    *,
    by: Actor,
    person: dict[str, Any],
    country: str = "",
    of: Case | None = None,
    why: str = "",
    stops: bool = True,
) -> list[Found]:
    """Cases that may be of the same person as ``person`` (identity fields as typed).

    ``of``: the case the person has already, which is none of them. ``why``: as for :func:`search`.
    ``stops``: whether it may stop whoever met very many; never in the middle of a registration.
    """
    name = (
        " ".join(part for part in (person.get("given_names"), person.get("family_name")) if part)
        or person.get("call_name")
        or ""
    )
    by_case: dict[int, index.Hit] = {}
    exact = {kind: str(person.get(kind) or "") for kind in ("phone", "document_number", "email")}
    for value in exact.values():
        if value:
            by_case |= {hit.case_id: hit for hit in index.find_exact(value, country)}
    if len(name) > 1:
        for hit in index.find(name, _numbers(person.get("birth")), limit=5, least=0.8):
            by_case.setdefault(hit.case_id, hit)
    known = of.id if of is not None else None
    hits = sorted(
        (hit for hit in by_case.values() if hit.case_id != known), key=lambda hit: -hit.score
    )
    birth = _numbers(person.get("birth")) or {}
    asked = {"name": name, **exact, "birth": "-".join(map(str, birth.values()))}
    return _show(by, hits[:5], asked, why, of, stops=stops)


def offices_not_asked() -> list[Organisation]:
    """Offices with cases whose people are not found here, as their keys are on other machines:
    whoever is shown hits, or none, is told.
    """
    has_cases = select(Case.id).where(Case.office_id == Organisation.id).exists()
    query = select(Organisation).where(Organisation.id.in_(index.not_asked()), has_cases)
    return sorted(db.session.execute(query).scalars(), key=lambda office: office.name)


def set_up(app: Flask) -> None:
    """Let templates say it."""
    app.jinja_env.globals["offices_not_asked"] = offices_not_asked


def _numbers(birth: Any) -> dict[str, Any] | None:
    if not isinstance(birth, dict):
        return None
    return {
        key: int(value)
        for key, value in birth.items()
        if key in {"year", "month", "day"} and str(value).isdecimal()
    }


def _may_open(by: Actor, case_id: int) -> bool:
    case = db.session.get(Case, case_id)
    return case is not None and allows(by, Permission.CASE_OPEN, case)


def _show(
    by: Actor,
    hits: list[index.Hit],
    asked: dict[str, str],
    why: str,
    of: Case | None = None,
    *,
    stops: bool = True,
) -> list[Found]:
    """What of the hits the one who asks may see, noted before anything is shown."""
    cases = _cases(by, hits, of)
    ids = [case.id for case in cases.values()]
    may_open = visible(by, Permission.CASE_OPEN, Case)
    mine = set(db.session.execute(select(Case.id).where(Case.id.in_(ids), may_open)).scalars())
    elsewhere = [case for case in cases.values() if case.id not in mine]
    if stops:
        brake.stop_at_hits(by, {case.id for case in elsewhere}, search_trail.ELSEWHERE)
    shows = why if elsewhere and not search_trail.is_too_many(by) else ""
    search_trail.note(by=by, asked=asked, own=sorted(mine), elsewhere=elsewhere, why=shows)
    own = [_own(by, cases[hit.case_id], hit) for hit in hits if hit.case_id in mine]
    return own + _elsewhere(elsewhere, shows)


def _cases(by: Actor, hits: list[index.Hit], of: Case | None) -> dict[int, Case]:
    """The cases of the hits that there are: not erased, not kept from the one who asks, and not
    known to be of the same person already.
    """
    query = select(Case).where(Case.id.in_([hit.case_id for hit in hits]))
    return {
        case.id: case
        for case in db.session.execute(query).scalars()
        if case.id not in by.blocked
        and case.status != CaseStatus.ERASED
        and (of is None or case.person_id != of.person_id)
    }


def _own(by: Actor, case: Case, hit: index.Hit) -> Found:
    name = display_name(case) if allows(by, Permission.IDENTITY_READ, case) else ""
    return Found(case, case.office, hit.score, hit.reasons, case.person_id, name)


def _elsewhere(cases: list[Case], why: str) -> list[Found]:
    """Offices to ask, each once, by name; without a reason only that there is somebody."""
    if not why:
        return [Found(None, None)] if cases else []
    offices = {case.office.name: case.office for case in cases}
    return [Found(None, offices[name]) for name in sorted(offices)]


def display_name(case: Case) -> str:
    """The name a case is called by on its page. Opens the identity."""
    identity = case.identity
    whole = " ".join(
        part for part in (identity.get("given_names"), identity.get("family_name")) if part
    )
    return str(identity.get("call_name") or whole)
