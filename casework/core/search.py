"""Finding a person: by name in any spelling, script and order; by number, phone, mail, document.

A fault here is never "no results".
"""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Permission
from access.policy import allows, visible
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
    """A hit: the case where the one who asks may open it; else only which office to ask."""

    case: Case | None
    office: Organisation
    score: float
    reasons: tuple[str, ...]
    person_id: int | None = None
    name: str = ""

    @property
    def likely(self) -> bool:
        """Whether it is probably the same person."""
        return self.score >= LIKELY


def search(*, by: Actor, query: str) -> list[Found]:
    """The best hits for what was typed, at most ten.

    A number, a contact, a name, a birth date, or a name with a birth date.
    """
    number = numbers.tidy(query)
    hits: list[index.Hit] = []
    if numbers.is_valid(number):
        case_id = db.session.execute(select(Case.id).where(Case.number == number)).scalar()
        if case_id is None or not _may_open(by, case_id):
            return []
        hits = [index.Hit(case_id, 1.0, ("same_number",))]
    country = by.user.grants[0].organisation.country if by.user and by.user.grants else ""
    hits = hits or index.find_exact(query, country) or _by_name_and_birth(by, query)
    audit.record("search", subject=str(len(hits)))
    return _show(by, hits)


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
    *, by: Actor, person: dict[str, Any], country: str = "", skip: int | None = None
) -> list[Found]:
    """Cases that may be of the same person as ``person`` (identity fields as typed)."""
    name = (
        " ".join(part for part in (person.get("given_names"), person.get("family_name")) if part)
        or person.get("call_name")
        or ""
    )
    by_case: dict[int, index.Hit] = {}
    for value in (person.get("phone"), person.get("document_number"), person.get("email")):
        if value:
            by_case |= {hit.case_id: hit for hit in index.find_exact(value, country)}
    if len(name) > 1:
        for hit in index.find(name, _numbers(person.get("birth")), limit=5, least=0.8):
            by_case.setdefault(hit.case_id, hit)
    hits = sorted(
        (hit for hit in by_case.values() if hit.case_id != skip), key=lambda hit: -hit.score
    )
    return _show(by, hits[:5])


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


def _show(by: Actor, hits: list[index.Hit]) -> list[Found]:
    ids = [hit.case_id for hit in hits]
    cases = {
        case.id: case for case in db.session.execute(select(Case).where(Case.id.in_(ids))).scalars()
    }
    mine = set(
        db.session.execute(
            select(Case.id).where(Case.id.in_(ids), visible(by, Permission.CASE_OPEN, Case))
        ).scalars()
    )
    rows = []
    for hit in hits:
        case = cases.get(hit.case_id)
        if case is None or case.id in by.blocked or case.status == CaseStatus.ERASED:
            continue
        own = case.id in mine
        name = display_name(case) if own and allows(by, Permission.IDENTITY_READ, case) else ""
        rows.append(
            Found(case if own else None, case.office, hit.score, hit.reasons, case.person_id, name)
        )
    return rows


def display_name(case: Case) -> str:
    """The name a case is called by on its page. Opens the identity."""
    identity = case.identity
    whole = " ".join(
        part for part in (identity.get("given_names"), identity.get("family_name")) if part
    )
    return str(identity.get("call_name") or whole)
