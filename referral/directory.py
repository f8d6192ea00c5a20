"""Partners: what they offer, how many places they say are open, how they have answered so far.

And which of them fits a person, with reasons.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from operator import attrgetter
from statistics import median
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from access import audit
from access.actors import Actor
from casework.core import histories
from models.base import db, now, today
from models.people import Organisation, working
from models.referrals import Feedback, Referral
from models.rules import RuleBroken
from models.states import ReferralState, Sets
from standards import lists

LAST = 50  # referrals that the quality of a partner is seen from
STALE = timedelta(days=14)
MOST_PLACES = 10_000
_WHOLE = re.compile(r"-?[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True)
class Quality:
    """How a partner answered its last referrals.

    How many, hours to answer (median), share taken, share completed of those taken, and how offices
    and persons found it (mean, 1 to 4).
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
) -> list[Organisation]:
    """The directory, narrowed."""
    query = working("partner")
    found = [
        partner
        for partner in db.session.execute(query).scalars()
        if (not place or _is_at(partner, place))
        and (not service or service in partner.services)
        and (not language or language in partner.languages)
        and (not open_only or places(partner, service))
    ]
    return sorted(found, key=attrgetter("name"))


def _is_at(partner: Organisation, place: str) -> bool:
    """Whether its city or area holds ``place``, or its country is that."""
    wanted = place.casefold()
    where = (partner.city.casefold(), partner.area.casefold())
    return partner.country == place.upper() or any(wanted in name for name in where)


def places(partner: Organisation, service: str) -> int | None:
    """How many places a partner says are open for a service (any, without one).

    None where it says nothing.
    """
    stated = [partner.capacity.get(service)] if service else list(partner.capacity.values())
    counts = [int(count) for count in stated if count is not None]
    return sum(counts) if counts else None


def in_agreement(partner: Organisation, on: date | None = None) -> bool:
    """Whether the agreement with a partner stands on a day; without an end it stands."""
    return partner.agreement_until is None or partner.agreement_until >= (on or today())


def must_offer(partner: Organisation, service: str) -> None:
    """Raises where a partner does not give ``service``, or its agreement has ended."""
    if partner.cut_off_at is not None:
        raise RuleBroken(
            _("%(name)s was cut off. Nothing is sent to it.", name=partner.name), "partner"
        )
    if partner.closed_on is not None:
        raise RuleBroken(_("%(name)s was closed.", name=partner.name), "partner")
    if service not in partner.services:
        raise RuleBroken(_("%(name)s does not offer this service.", name=partner.name), "service")
    if not in_agreement(partner):
        raise RuleBroken(
            _("The agreement with %(name)s has ended. Ask your administrator.", name=partner.name),
            "partner",
        )


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
    by_partner: dict[int, list[Any]] = {partner_id: [] for partner_id in ids}
    for row in rows:
        by_partner[row.partner_id].append(row)
    rated = _rated(ids)
    return {
        partner_id: replace(_seen(answers), rated=rated.get(partner_id))
        for partner_id, answers in by_partner.items()
    }


def _rated(ids: Sequence[int]) -> dict[int, float]:
    """How offices and persons found each partner, over the last year.

    The partner's own view of a referral does not count.
    """
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
    partners: list[Organisation], *, service: str, languages: Sequence[str], city: str
) -> list[Fit]:
    """Partners in the order in which they fit, each with its reasons in words."""
    answered = quality([partner.id for partner in partners])
    fits = [_fit(partner, answered[partner.id], service, languages, city) for partner in partners]
    return sorted(fits, key=lambda fit: (-fit.score, fit.partner.name))


def _fit(
    partner: Organisation, seen: Quality, service: str, languages: Sequence[str], city: str
) -> Fit:
    points = [
        *_by_places(partner, service),
        *_by_person(partner, languages, city),
        *_by_answers(seen),
        *_by_agreement(partner),
    ]
    return Fit(partner, sum(score for score, _why in points), tuple(why for _score, why in points))


# A point for or against a partner, with its reason in words.
Point = tuple[int, str]


def _by_places(partner: Organisation, service: str) -> Iterator[Point]:
    free = places(partner, service) if service else None
    if free is None:
        return
    if free == 0:
        yield -4, _("says it is full")
    else:
        is_stale = partner.capacity_at is None or partner.capacity_at < now() - STALE
        words = ngettext("%(num)d place open", "%(num)d places open", free)
        yield 1 if is_stale else 3, words


def _by_person(partner: Organisation, languages: Sequence[str], city: str) -> Iterator[Point]:
    if any(code in partner.languages for code in languages):
        yield 2, _("speaks the person’s language")
    if city and partner.city == city:
        yield 1, _("in %(city)s", city=city)


def _by_answers(seen: Quality) -> Iterator[Point]:
    if seen.hours is not None:
        words = _("answers in about %(hours)s hours", hours=round(seen.hours))
        yield 1 if seen.hours <= 24 else 0, words
    if seen.rated is not None and seen.rated >= 3:
        yield 1, _("found good by those it helped")
    elif seen.rated is not None:
        yield -1, _("found poor by those it helped")


def _by_agreement(partner: Organisation) -> Iterator[Point]:
    if not in_agreement(partner):
        yield -3, _("the agreement ended on %(day)s", day=partner.agreement_until)


def history_of(partner: Organisation) -> histories.OfOffice:
    """What a partner said of itself before."""
    return histories.OfOffice(partner.id, "places", partner)


_SAYS = ("area", "hours", "eligibility", "contact", "languages")
_PLACES = "places__"  # before a service: how many places are open, as the form has it


def keep(*, by: Actor, partner: Organisation, given: dict[str, Any]) -> None:
    """What a partner says of itself (:class:`referral.schemas.PlacesSchema`); what it said before
    is kept.

    ``capacity``: places by service, as figures or as typed; only for services it offers. Raises
    :class:`web.errors.StaleEdit` where somebody changed the same meanwhile.
    """
    capacity = _counted(partner, given.pop("capacity", {}))
    history = history_of(partner)
    history.lock()
    db.session.refresh(partner)
    stands = says_of_itself(partner)
    says = {**given, **{f"{_PLACES}{code}": count for code, count in capacity.items()}}
    whole = histories.changed(by=by, history=history, given=says, names=stands, stands=stands)
    for name in _SAYS:
        setattr(partner, name, whole.get(name) or ([] if name == "languages" else ""))
    counts = {code: whole.get(f"{_PLACES}{code}") for code in partner.services}
    partner.capacity = {code: int(count) for code, count in counts.items() if count is not None}
    partner.capacity_at = now()
    audit.record("partner_changed", subject=partner.code, fields=("capacity", *_SAYS))


def says_of_itself(partner: Organisation) -> dict[str, Any]:
    """What stands, as its form names it."""
    texts = {name: getattr(partner, name) for name in _SAYS}
    return texts | {f"{_PLACES}{code}": partner.capacity.get(code) for code in partner.services}


def _counted(partner: Organisation, capacity: Mapping[str, int | str | None]) -> dict[str, int]:
    typed = {code: str(count).strip() for code, count in capacity.items() if count is not None}
    stated = {code: count for code, count in typed.items() if count}
    if not all(_WHOLE.fullmatch(count) for count in stated.values()):
        raise RuleBroken(_("Places are whole numbers."), "capacity")
    if unknown := set(stated) - set(partner.services):
        what = ", ".join(lists.label(lists.SERVICES, code) for code in sorted(unknown))
        raise RuleBroken(_("You do not offer %(what)s.", what=what), "capacity")
    counted = {code: int(count) for code, count in stated.items()}
    if any(not 0 <= count <= MOST_PLACES for count in counted.values()):
        raise RuleBroken(_("Places are between 0 and 10,000."), "capacity")
    return counted
