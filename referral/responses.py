"""The partner's side: accept or decline, log services, complete.

Who has no account does it by a link, or tells the office, which writes it down: the same verbs.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import allows
from models import sharing
from models.base import day_of, db, now, today, zone_of
from models.people import User
from models.referrals import Referral, Service
from models.rules import RuleBroken, stated
from models.states import REFERRAL, ReferralState
from notifications import outbox
from referral import feedback
from referral.sending import ask_another, end, holders, revoke, tell_case
from standards import currencies
from web import once
from web.links import link


@dataclass(frozen=True)
class Report:
    """What somebody of the partner told the office: how, on which day, who by name."""

    how: str
    on: date
    who: str


def accept(
    *, by: Actor, referral: Referral, everybody: bool = False, report: Report | None = None
) -> None:
    """The partner takes the person; the released fields open.

    Where several were asked, it ends for the others. ``everybody``: of the family or group this
    partner was asked for together, as far as ``by`` may answer for each. ``report``: the partner
    told the office, which writes it down.
    """
    for other in bundled(referral) if everybody else ():
        if allows(by, Permission.REFERRAL_ANSWER, other) and REFERRAL.can(other, "accept"):
            accept(by=by, referral=other)
    if referral.round:
        _win(by, referral)
    _told_answer(by, referral, "accept", report)
    REFERRAL.move(referral, "accept", by=by)
    if report is None:  # else nobody of the partner was here to take it under its own key
        sharing.take(referral, referral.partner_id)
    _tell(by, referral, "accepted", _ANSWERED[report is not None], report)


_ANSWERED = {False: "referral_answered", True: "referral_answer_told"}


def _told_answer(by: Actor, referral: Referral, verb: str, report: Report | None) -> None:
    """Keep who told the answer, how and when; it never stands as the partner's own."""
    if report is None:
        return
    REFERRAL.check(referral, verb, by=by)
    _must_fit(referral, report, None)
    referral.answer_how, referral.answer_on = report.how, report.on
    referral.answer_teller, referral.answer_by_id = report.who, by.id
    reference = f"{referral.reference[3:]}.answer"
    _written_for_the_partner(by, referral, reference, link("referral.show", referral))


def bundled(referral: Referral) -> list[Referral]:
    """The other referrals that were sent to the same partner together with this one."""
    if not referral.bundle:
        return []
    query = select(Referral).where(
        Referral.bundle == referral.bundle,
        Referral.partner_id == referral.partner_id,
        Referral.id != referral.id,
    )
    return list(db.session.execute(query.order_by(Referral.id)).unique().scalars())


def _win(by: Actor, referral: Referral) -> None:
    """Lock the round in one order: of two who accept at the same moment one has it."""
    everybody = (
        select(Referral.id)
        .where(Referral.round == referral.round)
        .order_by(Referral.id)
        .with_for_update()
    )
    db.session.execute(everybody).all()
    db.session.refresh(referral)
    REFERRAL.check(referral, "accept", by=by)
    query = select(Referral).where(
        Referral.round == referral.round,
        Referral.id != referral.id,
        Referral.state == ReferralState.SENT,
    )
    for other in db.session.execute(query).unique().scalars():
        revoke(by=by, referral=other, because="another")


def decline(
    *,
    by: Actor,
    referral: Referral,
    reason: str,
    alternative: str = "",
    report: Report | None = None,
) -> None:
    """The partner cannot, and may name somebody who can; the sender gets a task to find another.

    ``report``: as in :func:`accept`.
    """
    _told_answer(by, referral, "decline", report)
    end(referral, "decline", by=by)
    referral.decline_reason = reason
    referral.alternative = alternative
    _tell(by, referral, "declined", _ANSWERED[report is not None], report)
    ask_another(by=by, referral=referral)


def reported(given: dict[str, Any]) -> Report:
    """Takes who told, how and when out of what a form gives."""
    return Report(given.pop("reported_how"), given.pop("reported_on"), given.pop("reporter"))


@stated("referral: accept, decline, serve, complete")
def _must_fit(referral: Referral, report: Report, given_on: date | None) -> None:
    """What the office writes down for a partner names how, when and by whom it was told: after the
    referral was sent, after the partner accepted, after what it tells of, and not tomorrow. It
    counts as if the partner did it, and stands as told, never as the partner's own word.

    Source: ours; a partner without accounts is served by the same life cycle.
    """
    answered_on = day_of(referral.answered_at) if referral.answered_at else None
    accepted_on = referral.answer_on or answered_on
    if report.on > today():
        raise RuleBroken(_("This day is in the future."), "reported_on")
    if report.on < _sent_on(referral):
        message = _(
            "The referral was sent on %(day)s: the partner cannot have told before.",
            day=format_date(_sent_on(referral), "long"),
        )
        raise RuleBroken(message, "reported_on")
    if accepted_on is not None and report.on < accepted_on:
        raise RuleBroken(
            _(
                "The partner accepted on %(day)s: it cannot have told before.",
                day=format_date(accepted_on, "long"),
            ),
            "reported_on",
        )
    if given_on is not None and report.on < given_on:
        raise RuleBroken(_("It was told before the service was given."), "reported_on")


def _sent_on(referral: Referral) -> date:
    """The day it was sent; it may be another one where the partner works."""
    there = referral.sent_at.astimezone(zone_of(referral.office.timezone)).date()
    return min(there, day_of(referral.sent_at))


def _must_lie_between(referral: Referral, given_on: date) -> None:
    """A service of a referral was given between the day it was sent and today."""
    if given_on > today():
        raise RuleBroken(_("This day is in the future."), "given_on")
    sent_on = _sent_on(referral)
    if given_on < sent_on:
        day = format_date(sent_on, "long")
        raise RuleBroken(
            _("The referral was sent on %(day)s: no service of it was given before.", day=day),
            "given_on",
        )


def log_service(
    *,
    by: Actor,
    referral: Referral,
    kind: str,
    given_on: date,
    quantity: int,
    outcome: str,
    note: str = "",
    cost: str = "",
    currency: str = "",
    token: str = "",
    report: Report | None = None,
) -> Service:
    """Write down a service that was given, with what it cost where the partner says so.

    The same ``token`` twice is the same service. ``report``: the partner told the office of it,
    and the office writes it down. Raises :class:`RuleBroken` where a day does not fit.
    """
    token = once.token_of(referral.id, token)
    logged = db.session.execute(select(Service).where(Service.token == token)).scalar_one_or_none()
    if logged is not None:
        return logged
    _must_lie_between(referral, given_on)
    if report:
        _must_fit(referral, report, given_on)
    REFERRAL.move(referral, "serve", by=by)
    service = Service(referral=referral, kind=kind, given_on=given_on, token=token)
    service.quantity = quantity
    service.outcome = outcome
    service.logged_by_id = by.id
    if cost:
        service.cost_minor = _minor(cost, currency)
        service.currency = currency
    _keep(by, service, report)
    if note:
        written = {"words": note, "at": now().isoformat(), "name": _who(by, referral, report)}
        referral.answer = {**referral.answer, str(service.id): written}
    return service


def _who(by: Actor, referral: Referral, report: Report | None) -> str:
    """Whose words they are: by a link or a report the partner's."""
    if report:
        return report.who
    return by.user.name if by.user else referral.partner.name


def _keep(by: Actor, service: Service, report: Report | None) -> None:
    """Into the log of the referral, and to the other side."""
    service.logged_at = now()
    if report:
        service.reported_how = report.how
        service.reported_on = report.on
        service.reporter = report.who
    db.session.add(service)
    db.session.flush()
    referral = service.referral
    reference = f"{referral.reference[3:]}.{service.id}"
    path = link("referral.show", referral)
    if report:
        _written_for_the_partner(by, referral, reference, path)
    to = _hear(by, referral, report)
    if to or not report:
        outbox.post(
            "referral.service", reference=reference, path=path, to=to, office=referral.office_id
        )


def _hear(by: Actor, referral: Referral, report: Report | None) -> list[User]:
    """Whoever sent the referral; of a report not the one who writes it down."""
    return [user for user in holders(referral) if not report or user.id != by.id]


def _written_for_the_partner(by: Actor, referral: Referral, reference: str, path: str) -> None:
    """Into the trail, and to the partner's people where it has some: it is in its name."""
    audit.record("referral_reported", subject=referral.reference, cases=(referral.case_id,))
    outbox.post(
        "referral.reported",
        reference=reference,
        path=path,
        to=outbox.people_of(referral.partner_id, Role.PARTNER),
        office=referral.office_id,
        never=by.id,
    )


def _minor(cost: str, currency: str) -> int:
    try:
        return currencies.minor(cost, currency)
    except currencies.NoAmount:
        raise RuleBroken(_("Give an amount in figures, such as 1240 or 1240.50."), "cost") from None


def complete(
    *, by: Actor, referral: Referral, rated: str = "", report: Report | None = None
) -> None:
    """The service is done; the partner's access ends.

    ``rated``: how the partner found the referral, 1 to 4. ``report``: as in :func:`log_service`.
    """
    REFERRAL.check(referral, "complete", by=by)
    if report:
        _must_fit(referral, report, None)
        referral.reported_how = report.how
        referral.reported_on = report.on
        referral.reporter = report.who
        referral.written_by_id = by.id
    if rated:
        feedback.rate(by=by, referral=referral, side="partner", rating=int(rated))
    end(referral, "complete", by=by)
    _tell(by, referral, "completed", "referral_completed", report)
    if report:
        reference, path = referral.reference, link("referral.index")
        _written_for_the_partner(by, referral, reference, path)


def _tell(
    by: Actor, referral: Referral, outcome: str, kind: str, report: Report | None = None
) -> None:
    """Into the timeline of the case, and to whoever sent the referral."""
    tell_case(by=by, referral=referral, kind=kind)
    to = _hear(by, referral, report)
    if to or not report:
        outbox.post(
            f"referral.{outcome}",
            reference=referral.reference,
            path=link("referral.show", referral),
            to=to,
            office=referral.office_id,
        )
