"""Partners: what they offer, how many places they say are open, how they have answered so far; and which of them fits, with reasons."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import median
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from access import audit
from access.actors import Actor
from models.base import db, now, today
from models.people import Organisation
from models.referrals import Feedback, Referral
from models.rules import RuleBroken
from models.states import ReferralState, Sets
from standards import lists

LAST = 50  # referrals that the quality of a partner is seen from
STALE = timedelta(days=14)


@dataclass(frozen=True)
class Quality:
    """How a partner answered its last referrals: how many, hours to answer (median), share taken, share completed of those taken,
    and how offices and persons found it (mean, 1 to 4).
    """

    seen: int
    hours: float | None
    taken: float | None
    completed: float | None
    rated: float | None = None


@dataclass(frozen=True)
class Fit:
    """A partner with what speaks for and against it, best first."""

    partner: Organisation
    score: int
    reasons: tuple[str, ...]


def partners(
    *,
    service: str = "",
    place: str = "",
    language: str = "",
    open_only: bool = False,
    size: int = 200,
) -> list[Organisation]:
    """The directory, narrowed."""
    query = (
        select(Organisation)
        .where(Organisation.kind == "partner")
        .order_by(Organisation.name)
        .limit(size)
    )
    if place:
        wanted = f"%{place.replace('%', '').replace('_', '')}%"
        query = query.where(
            Organisation.city.ilike(wanted)
            | Organisation.area.ilike(wanted)
            | (Organisation.country == place.upper())
        )
    found = db.session.execute(query).scalars()
    return [
        one
        for one in found
        if _offers(one, service)
        and (not language or language in one.languages)
        and (not open_only or places(one, service))
    ]


def _offers(partner: Organisation, service: str) -> bool:
    return not service or service in partner.services


def places(partner: Organisation, service: str) -> int | None:
    """How many places a partner says are open for a service (any, without one); None where it says nothing."""
    told = [partner.capacity.get(service)] if service else list(partner.capacity.values())
    known = [int(number) for number in told if number is not None]
    return sum(known) if known else None


def in_agreement(partner: Organisation, on: date | None = None) -> bool:
    """Whether the agreement with a partner stands on a day; without an end it stands."""
    return partner.agreement_until is None or partner.agreement_until >= (on or today())


def quality(ids: Sequence[int]) -> dict[int, Quality]:
    """How partners have answered, from the last :data:`LAST` referrals of each. One query."""
    place = (
        func.row_number()
        .over(partition_by=Referral.partner_id, order_by=Referral.sent_at.desc())
        .label("place")
    )
    columns = (Referral.partner_id, Referral.sent_at, Referral.answered_at, Referral.state)
    ranked = select(*columns, place).where(Referral.partner_id.in_(ids)).subquery()
    rows = db.session.execute(select(ranked).where(ranked.c.place <= LAST)).all()
    by_partner: dict[int, list[Any]] = {number: [] for number in ids}
    for row in rows:
        by_partner[row.partner_id].append(row)
    rated = _rated(ids)
    return {
        number: replace(_seen(found), rated=rated.get(number))
        for number, found in by_partner.items()
    }


def _rated(ids: Sequence[int]) -> dict[int, float]:
    """How offices and persons found each partner, over the last year. The partner's own view of a referral does not count."""
    since = now() - timedelta(days=365)
    query = select(Referral.partner_id, func.avg(Feedback.rating)).join(
        Feedback, Feedback.referral_id == Referral.id
    )
    query = query.where(
        Referral.partner_id.in_(ids), Feedback.side.in_(("office", "person")), Feedback.at >= since
    ).group_by(Referral.partner_id)
    return {partner_id: float(mean) for partner_id, mean in db.session.execute(query).all()}


def _seen(rows: list[Any]) -> Quality:
    hours = [
        (row.answered_at - row.sent_at).total_seconds() / 3600 for row in rows if row.answered_at
    ]
    decided = [row for row in rows if row.state != ReferralState.SENT]
    taken = [row for row in decided if row.state in Sets.REFERRAL_TAKEN]
    done = sum(row.state == ReferralState.COMPLETED for row in taken)
    return Quality(
        len(rows),
        median(hours) if hours else None,
        _share(len(taken), len(decided)),
        _share(done, len(taken)),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def suggest(
    found: list[Organisation], *, service: str, languages: Sequence[str], city: str
) -> list[Fit]:
    """Partners in the order in which they fit, each with its reasons in words."""
    known = quality([partner.id for partner in found])
    fits = [_fit(partner, known[partner.id], service, languages, city) for partner in found]
    return sorted(fits, key=lambda fit: (-fit.score, fit.partner.name))


def _fit(
    partner: Organisation, seen: Quality, service: str, languages: Sequence[str], city: str
) -> Fit:
    score, reasons = 0, []
    free = places(partner, service) if service else None
    if free is not None:
        stale = partner.capacity_at is None or partner.capacity_at < now() - STALE
        score += -4 if free == 0 else 1 if stale else 3
        reasons.append(
            _("says it is full")
            if free == 0
            else ngettext("%(num)d place open", "%(num)d places open", free)
        )
    if shared := [code for code in languages if code in partner.languages]:
        score += 2
        reasons.append(_("speaks the person’s language") if shared else "")
    if city and partner.city == city:
        score += 1
        reasons.append(_("in %(city)s", city=city))
    if seen.hours is not None:
        score += 1 if seen.hours <= 24 else 0
        reasons.append(_("answers in about %(hours)s hours", hours=round(seen.hours)))
    if seen.rated is not None:
        score += 1 if seen.rated >= 3 else -1
        reasons.append(
            _("found good by those it helped")
            if seen.rated >= 3
            else _("found poor by those it helped")
        )
    if not in_agreement(partner):
        score -= 3
        reasons.append(_("the agreement ended on %(day)s", day=partner.agreement_until))
    return Fit(partner, score, tuple(reasons))


def keep(*, by: Actor, partner: Organisation, given: dict[str, Any]) -> None:
    """What a partner says of itself. Places only for services it offers."""
    counted = {
        code: int(number)
        for code, number in given.pop("capacity", {}).items()
        if number is not None
    }
    if unknown := set(counted) - set(partner.services):
        raise RuleBroken(
            _(
                "You do not offer %(what)s.",
                what=", ".join(lists.label(lists.SERVICES, code) for code in sorted(unknown)),
            ),
            "capacity",
        )
    if any(not 0 <= number <= 10_000 for number in counted.values()):
        raise RuleBroken(_("Places are between 0 and 10,000."), "capacity")
    partner.capacity, partner.capacity_at = counted, now()
    partner.area, partner.hours, partner.eligibility, partner.contact = (
        given.get(name, "") for name in ("area", "hours", "eligibility", "contact")
    )
    partner.languages = given.get("languages", [])
    audit.record("partner_changed", subject=partner.code, fields=("capacity", *sorted(given)))
