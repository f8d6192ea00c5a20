"""The facts of some cases, made from their raw rows: one document a case, of codes, days and numbers.

Who did not agree to be counted is there as work alone: no sex, no age, no country, no kind of help. Short names, because there are millions:

====  =======================================================================================================
c p   case; person, as a keyed number that is nobody's id
o w   office; owner                 s r    status; risk                d x   opened; closed
ok    agreed to be counted          t      trafficking status          ch    channel
sex ab age cz cat cats              exp ctl ind div sx rel act rec     of the profile
h     help: y kind, d day, f fund, to country, v from transit, k kind of help
r     referrals: q partner, v service, u urgency, s state, a sent, n answered, b answer due, e ended
b     stays: f house, a from, z until (the night before it the last)
u     follow-ups: o office, m month, b due, d done, s outcome
s     surveys: d day, m months since arrival, e so ps co scores per mille
m     payments: f fund, l budget line, d day, a minor units, n people
k     tasks to do: y kind, b due, w whose
g     what is missing or contradicts itself, as codes
====  =======================================================================================================
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased

from models.base import db
from models.cases import Case, Task
from models.money import Fund, FundRequest, FundRequestPerson, LedgerEntry
from models.referrals import Referral, Service
from models.returns import Assistance, FollowUp, Return, Survey
from models.sealed import keyring
from models.shelter import Placement
from models.states import CaseStatus
from reporting.facts import profiles
from reporting.facts.checking import faults
from standards import lists

Doc = dict[str, Any]
# The category that counts where a person has several: the first of these.
PRECEDENCE = ("trafficking", "child", "medical", "vulnerable", "smuggled", "stranded", "other")
APPROVED = ("approved", "closed")


def extract(cases: Sequence[int]) -> list[Doc]:
    """The facts of ``cases`` (not more than some thousands), in order of their ids; erased cases give none."""
    rows = list(db.session.execute(_cases(cases)).mappings())
    rest = {name: _grouped(query) for name, query in _queries(cases).items()}
    secret = keyring().derive("facts/persons")
    return [
        _document(row, {name: found.get(row["id"], []) for name, found in rest.items()}, secret)
        for row in rows
    ]


def _cases(cases: Sequence[int]) -> Select[Any]:
    table = Case.__table__.c
    names = (
        "id",
        "person_id",
        "office_id",
        "owner_id",
        "status",
        "risk",
        "channel",
        "opened_on",
        "closed_on",
        "statistics_agreed",
        "sex",
        "age_band",
        "citizenship",
        "categories",
        "exploitation",
        "trafficking_status",
        "consent_until",
        "review_due_at",
        "outcome",
        "closure_reason",
        "profile_sealed",
    )
    return (
        select(*[table[name] for name in names])
        .where(table.id.in_(cases), table.status != CaseStatus.ERASED)
        .order_by(table.id)
    )


def _queries(cases: Sequence[int]) -> dict[str, Select[Any]]:
    """Everything that hangs on a case; the first column of each says on which."""
    reversed_ = aliased(LedgerEntry)
    spent = (LedgerEntry.kind == "expenditure") | (
        (LedgerEntry.kind == "correction") & (reversed_.kind == "expenditure")
    )
    payments = (
        select(
            FundRequest.case_id,
            LedgerEntry.fund_id,
            LedgerEntry.line,
            LedgerEntry.on,
            LedgerEntry.amount_minor,
            LedgerEntry.kind,
            FundRequest.people,
        )
        .join(FundRequest, FundRequest.id == LedgerEntry.request_id)
        .outerjoin(reversed_, reversed_.id == LedgerEntry.reverses_id)
        .where(spent, FundRequest.case_id.in_(cases))
        .order_by(LedgerEntry.id)
    )
    granted = (
        select(
            FundRequestPerson.case_id,
            Fund.programme,
            FundRequest.fund_id,
            FundRequest.answered_at,
            FundRequest.sector,
        )
        .join(FundRequest, FundRequest.id == FundRequestPerson.request_id)
        .join(Fund, Fund.id == FundRequest.fund_id)
        .where(
            FundRequest.state.in_(APPROVED),
            FundRequest.answered_at.is_not(None),
            FundRequestPerson.case_id.in_(cases),
        )
        .order_by(FundRequest.answered_at, FundRequest.id)
    )
    return {
        "returns": _of(
            Return,
            cases,
            "id",
            "country",
            "from_transit",
            "state",
            "departed_on",
            "arrived_on",
            "closed_on",
            "outcome",
            "receiving_id",
            "handover",
        ),
        "assistance": _through(
            Assistance,
            Return,
            Assistance.return_id == Return.id,
            cases,
            "kind",
            "form",
            "state",
            "given_on",
        ),
        "follow_ups": _through(
            FollowUp,
            Return,
            FollowUp.return_id == Return.id,
            cases,
            "return_id",
            "month",
            "due_on",
            "done_on",
            "outcome",
        ),
        "surveys": _through(
            Survey,
            Return,
            Survey.return_id == Return.id,
            cases,
            "return_id",
            "on",
            "economic",
            "social",
            "psychosocial",
            "composite",
        ),
        "granted": granted,
        "payments": payments,
        "referrals": _of(
            Referral,
            cases,
            "partner_id",
            "service",
            "urgency",
            "state",
            "sent_at",
            "answered_at",
            "answer_by",
            "ended_at",
        ),
        "services": _through(
            Service,
            Referral,
            Service.referral_id == Referral.id,
            cases,
            "kind",
            "given_on",
            "outcome",
        ),
        "stays": _of(Placement, cases, "facility_id", "from_on", "until_on", "left_on"),
        "tasks": _of(Task, cases, "kind", "due_on", "owner_id", where=[Task.done_at.is_(None)]),
    }


def _of(
    model: Any, cases: Sequence[int], *names: str, where: Iterable[ColumnElement[bool]] = ()
) -> Select[Any]:
    table = model.__table__.c
    return (
        select(table.case_id, *[table[name] for name in names])
        .where(table.case_id.in_(cases), *where)
        .order_by(table.id)
    )


def _through(
    model: Any, parent: Any, link: ColumnElement[bool], cases: Sequence[int], *names: str
) -> Select[Any]:
    table, above = model.__table__.c, parent.__table__.c
    return (
        select(above.case_id, *[table[name] for name in names])
        .join(parent.__table__, link)
        .where(above.case_id.in_(cases))
        .order_by(table.id)
    )


def _grouped(query: Select[Any]) -> dict[int, list[Doc]]:
    found: dict[int, list[Doc]] = defaultdict(list)
    for row in db.session.execute(query).mappings():
        found[row["case_id"]].append(dict(row))
    return found


def _document(row: Any, rest: dict[str, list[Doc]], secret: bytes) -> Doc:
    agreed = bool(row["statistics_agreed"])
    whole: Doc = {
        "c": row["id"],
        "p": profiles.person_number(secret, row["person_id"]),
        "o": row["office_id"],
        "w": row["owner_id"],
        "s": row["status"],
        "r": row["risk"],
        "d": _day(row["opened_on"]),
        "x": _day(row["closed_on"]),
        "ok": agreed,
        "ch": row["channel"],
        "cu": _day(row["consent_until"]),
        "rv": _day(row["review_due_at"]),
        "why": row["closure_reason"],
        "out": row["outcome"],
        "rf": [_referral(one) for one in rest["referrals"]],
        "b": [
            {
                "f": one["facility_id"],
                "a": _day(one["from_on"]),
                "z": _day(one["left_on"] or one["until_on"]),
            }
            for one in rest["stays"]
        ],
        "u": [_follow_up(one, rest["returns"], row) for one in rest["follow_ups"]],
        "m": [_payment(one) for one in rest["payments"]],
        "k": [
            {"y": one["kind"], "b": _day(one["due_on"]), "w": one["owner_id"]}
            for one in rest["tasks"]
        ],
        "g": faults(row, rest),
    }
    return whole | (_counted(row, rest) if agreed else {"h": [], "sv": []})


def _counted(row: Any, rest: dict[str, list[Doc]]) -> Doc:
    """What is counted of a person who agreed to it."""
    profile = profiles.opened(row["id"], row["profile_sealed"])
    has = row["categories"] or []
    sex = row["sex"] if row["sex"] in _SEX else ""
    return {
        "sex": sex,
        "ab": row["age_band"],
        "age": profile.get("age"),
        "cz": row["citizenship"],
        "t": row["trafficking_status"],
        "cat": next((code for code in PRECEDENCE if code in has), ""),
        "cats": has,
        "exp": row["exploitation"] or [],
        "ctl": profile.get("control", []),
        "ind": profile.get("industry", []),
        "div": profile.get("division", []),
        "sx": profile.get("sexual_exploitation", []),
        "act": profile.get("act", []),
        "rec": profile.get("recruitment", []),
        "rel": profile.get("relation", ""),
        "h": sorted(
            _help(row, rest), key=lambda one: (one["d"], one["y"], one["k"], one["f"] or 0)
        ),
        "sv": [found for one in rest["surveys"] if (found := _survey(one, rest["returns"]))],
    }


_SEX = frozenset(code for code, _label in lists.SEX)


def _help(row: Any, rest: dict[str, list[Doc]]) -> Iterable[Doc]:
    """Every help as a fact: what, when, by which fund, to which country."""
    home = row["citizenship"]
    yield _fact("registered", row["opened_on"], to=home, kind=row["channel"])
    yield from _of_returns(rest["returns"])
    going = (
        next(
            (one["country"] for one in reversed(rest["returns"]) if one["state"] != "withdrawn"),
            None,
        )
        or home
    )
    for one in rest["granted"]:  # a return counts when it departs, not when its money is approved
        sort = one["programme"] if one["programme"] != "avrr" else "avrr_funded"
        yield _fact(
            sort,
            one["answered_at"],
            to=going,
            fund=one["fund_id"],
            kind=one["sector"] if sort == "mefm" else "",
        )
    yield from (
        _fact("service", one["given_on"], to=home, kind=one["kind"])
        for one in rest["services"]
        if one["outcome"] != "not_come"
    )
    yield from (_fact("service", one["from_on"], to=home, kind="shelter") for one in rest["stays"])
    yield from (
        _fact("reintegration", one["given_on"], to=home, kind=one["kind"])
        for one in rest["assistance"]
        if one["state"] == "approved"
    )
    for one in rest["surveys"]:
        if found := _survey(one, rest["returns"]):
            yield _fact("scored", one["on"], to=found["to"], kind=bucket(found["m"]))


def _of_returns(returns: list[Doc]) -> Iterable[Doc]:
    for one in returns:
        if one["departed_on"]:
            yield _fact("avrr", one["departed_on"], to=one["country"], transit=one["from_transit"])
        if one["closed_on"] and one["outcome"]:
            yield _fact(
                "ended",
                one["closed_on"],
                to=one["country"],
                transit=one["from_transit"],
                kind=one["outcome"],
            )


def bucket(months: int) -> str:
    """The follow-up that a survey so many months after arrival belongs to: of month 1, 3, 6 or 12."""
    return next((str(month) for month, end in ((1, 2), (3, 5), (6, 9)) if months < end), "12")


def _fact(
    name: str,
    day: date | datetime,
    *,
    to: str,
    fund: int | None = None,
    transit: bool = False,
    kind: str = "",
) -> Doc:
    return {"y": name, "d": _day(day), "f": fund, "to": to, "v": bool(transit), "k": kind or ""}


def _referral(one: Doc) -> Doc:
    return {
        "q": one["partner_id"],
        "v": one["service"],
        "u": one["urgency"],
        "s": one["state"],
        "a": _moment(one["sent_at"]),
        "n": _moment(one["answered_at"]),
        "b": _moment(one["answer_by"]),
        "e": _moment(one["ended_at"]),
    }


def _follow_up(one: Doc, returns: list[Doc], row: Any) -> Doc:
    of = next((record for record in returns if record["id"] == one["return_id"]), {})
    office = of.get("receiving_id") if of.get("handover") == "accepted" else None
    return {
        "o": office or row["office_id"],
        "m": one["month"],
        "b": _day(one["due_on"]),
        "d": _day(one["done_on"]),
        "s": one["outcome"],
    }


def _survey(one: Doc, returns: list[Doc]) -> Doc | None:
    of = next((record for record in returns if record["id"] == one["return_id"]), {})
    arrived = of.get("arrived_on") or of.get("departed_on")
    months = max(0, round((one["on"] - arrived).days / 30.44)) if arrived else None
    if months is None:
        return None
    scores = {
        "e": one["economic"],
        "so": one["social"],
        "ps": one["psychosocial"],
        "co": one["composite"],
    }
    return {
        "d": _day(one["on"]),
        "m": months,
        "to": of.get("country", ""),
        "o": of.get("receiving_id"),
        **scores,
    }


def _payment(one: Doc) -> Doc:
    amount = one["amount_minor"] if one["kind"] == "expenditure" else -one["amount_minor"]
    return {
        "f": one["fund_id"],
        "l": one["line"],
        "d": _day(one["on"]),
        "a": amount,
        "n": one["people"],
    }


def _day(value: date | datetime | None) -> str | None:
    return value.strftime("%Y-%m-%d") if value else None


def _moment(value: datetime | None) -> str | None:
    return value.strftime("%Y-%m-%dT%H:%M:%S") if value else None
