"""Sending and taking back. What goes out = ticked ∩ what the consent allows ∩ what the kind of service needs."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor, system
from access.fields import NEEDED_BY, gather, visible_fields
from casework.core import consent, tasks, timeline
from models import numbering
from models.base import db, now, today
from models.cases import Case, Consent
from models.people import Organisation
from models.referrals import Referral
from models.rules import RuleBroken
from models.states import REFERRAL, ReferralState, Sets
from notifications import outbox, webhooks
from referral import directory, states, thread
from standards import lists

MOST_AT_ONCE = 6
ACCESS = timedelta(
    days=180
)  # what was released ends then, completed or not; a longer service is referred anew


class NothingToRelease(RuleBroken):
    """No field is left once consent and need are applied."""


@dataclass(frozen=True)
class Release:
    """Fields that would go out, and those that stay with the rule that keeps them."""

    fields: tuple[str, ...]
    kept: dict[str, str]  # field → service | yours


def release(by: Actor, case: Case, service: str, ticked: list[str]) -> Release:
    """What would be released for ``service`` out of ``ticked``, and what not, with the reason."""
    mine, needed = visible_fields(by, case), NEEDED_BY[service]
    kept = {
        field: "service" if field not in needed else "yours"
        for field in ticked
        if field not in needed or field not in mine
    }
    order = lists.codes(lists.RELEASABLE)
    return Release(tuple(field for field in order if field in ticked and field not in kept), kept)


def send(
    *,
    by: Actor,
    case: Case,
    partner: int,
    service: str,
    urgency: str,
    fields_: list[str],
    language: str = "",
    token: str = "",
) -> Referral:
    """Send part of ``case`` to a partner. Raises :class:`NothingToRelease`, or another broken rule that says which."""
    consent.lock(case)
    organisation = _partner(case, partner, service)
    chosen = release(by, case, service, fields_)
    return release_to(
        by=by,
        case=case,
        office_id=case.office_id,
        partner=organisation,
        service=service,
        urgency=urgency,
        values=gather(case, chosen.fields),
        language=language,
    )


def release_to(
    *,
    by: Actor,
    case: Case,
    office_id: int,
    partner: Organisation,
    service: str,
    urgency: str,
    values: dict[str, Any],
    language: str = "",
) -> Referral:
    """Make the referral and release ``values`` to the partner under its own key. Whether that may be is the caller's to decide, before."""
    if not values:
        raise NothingToRelease(
            _(
                "None of these fields may be told, or none is filled. Tick others or fill them first."
            ),
            "fields",
        )
    referral = Referral(
        case=case,
        office_id=office_id,
        partner=partner,
        sent_by_id=by.id,
        service=service,
        urgency=urgency,
        fields=sorted(values),
        sex=case.sex if "sex" in values else "",
        age_band=case.age_band if "age_band" in values else "",
        language=language,
        sent_at=now(),
        answer_by=states.answer_by(urgency, now()),
        access_until=now() + ACCESS,
    )
    REFERRAL.move(referral, "send", by=by)
    numbering.add(referral)
    referral.released = values
    tell_case(by=by, referral=referral, kind="referred")
    workers = outbox.people_of(partner.id, "partner_worker")
    outbox.post(
        "referral.sent",
        reference=referral.reference,
        path=path(referral),
        to=workers,
        urgent=urgency == "emergency",
    )
    webhooks.post(
        "referral.sent",
        reference=referral.reference,
        path=path(referral),
        organisation_id=partner.id,
    )
    return referral


def tell_case(*, by: Actor, referral: Referral, kind: str) -> None:
    """Into the timeline of the case, where its own office referred; what the mission of the country of return does stands in the return."""
    if referral.office_id == referral.case.office_id:
        timeline.add(by=by, case=referral.case, kind=kind, reference=referral.reference)


def ask_another(*, by: Actor, referral: Referral) -> None:
    """A task for whoever holds the case: find another partner."""
    if referral.office_id == referral.case.office_id:
        tasks.add(by=by, case=referral.case, kind="referral_declined", due_on=today())


def send_round(*, by: Actor, case: Case, partners: list[int], **chosen: Any) -> list[Referral]:
    """Ask several partners at once; the first to accept has it, for the others it ends. Each gets its own release under its own key."""
    if not 2 <= len(set(partners)) <= MOST_AT_ONCE:
        raise RuleBroken(
            _("Ask between two and %(most)s partners at once.", most=MOST_AT_ONCE), "partner"
        )
    made = [
        send(by=by, case=case, partner=partner, **chosen) for partner in dict.fromkeys(partners)
    ]
    for referral in made:
        referral.round = made[0].reference
    return made


def send_group(*, by: Actor, cases: list[Case], **chosen: Any) -> list[Referral]:
    """Refer several people of one family or group to one partner: a referral for each, under its own key and consent. All or none."""
    made = []
    for case in sorted(cases, key=lambda one: one.id):
        try:
            made.append(send(by=by, case=case, **chosen))
        except RuleBroken as wrong:
            raise RuleBroken(f"{case.number}: {wrong.message}", wrong.field) from None
    for referral in made:
        referral.bundle = made[0].reference
    return made


def path(referral: Referral) -> str:
    """Where a referral is read."""
    return f"/referrals/{referral.reference}"


def revoke(*, by: Actor, referral: Referral) -> None:
    """Take a referral back: the partner's access ends with this transaction, and the released fields are destroyed."""
    end(referral, "revoke", by=by)
    tell_case(by=by, referral=referral, kind="referral_revoked")
    workers = outbox.people_of(referral.partner_id, "partner_worker")
    outbox.post("referral.revoked", reference=referral.reference, path="/referrals", to=workers)
    webhooks.post(
        "referral.revoked",
        reference=referral.reference,
        path="/referrals",
        organisation_id=referral.partner_id,
    )


def end(referral: Referral, verb: str, *, by: Actor) -> None:
    """Move to an end state and destroy the referral's key."""
    REFERRAL.move(referral, verb, by=by)
    referral.forget()


def consent_ended(line: Consent, by: Actor) -> None:
    """The person took back leave to tell a partner: every open referral to it ends now."""
    query = select(Referral).where(
        Referral.case_id == line.case_id, Referral.state.in_(Sets.REFERRAL_LIVE)
    )
    if line.recipient_id is not None:
        query = query.where(Referral.partner_id == line.recipient_id)
    if line.purpose not in {"sharing", "assistance"}:
        return
    for referral in db.session.execute(query).scalars():
        revoke(by=by, referral=referral)


def expire_late() -> int:
    """Periodic: end what was not answered in time; the sender gets a task, sender and supervisors are told. Gives how many."""
    query = (
        select(Referral)
        .where(Referral.state == ReferralState.SENT, Referral.answer_by < now())
        .limit(200)
    )
    late = list(db.session.execute(query).scalars())
    for referral in late:
        end(referral, "expire", by=system("expiry"))
        ask_another(by=system("expiry"), referral=referral)
        told = {
            user.id: user
            for user in [
                *([referral.sent_by] if referral.sent_by else []),
                *outbox.people_of(referral.office_id, "supervisor"),
            ]
        }
        outbox.post(
            "referral.expired",
            reference=referral.reference,
            path=path(referral),
            to=told.values(),
            urgent=referral.urgency == "emergency",
        )
    return len(late)


def remind_late() -> int:
    """Periodic: partners who have not answered at half time are reminded, once. Gives how many."""
    waiting = select(Referral).where(
        Referral.state == ReferralState.SENT,
        Referral.reminded_at.is_(None),
        Referral.answer_by > now(),
    )
    count = 0
    for referral in (
        db.session.execute(waiting.order_by(Referral.answer_by).limit(500)).unique().scalars()
    ):
        if now() >= thread.half_time(referral):
            referral.reminded_at = now()
            workers = outbox.people_of(referral.partner_id, "partner_worker")
            outbox.post(
                "referral.reminder",
                reference=referral.reference,
                path=path(referral),
                to=workers,
                urgent=referral.urgency == "emergency",
            )
            webhooks.post(
                "referral.reminder",
                reference=referral.reference,
                path=path(referral),
                organisation_id=referral.partner_id,
            )
            count += 1
    return count


def offering(partner: int, service: str) -> Organisation:
    """A partner that offers ``service`` and has an agreement; raises a broken rule that says what is wrong."""
    found = db.session.get(Organisation, partner)
    if found is None or found.kind != "partner":
        raise RuleBroken(_("Choose a partner of the directory."), "partner")
    if service not in found.services:
        raise RuleBroken(_("%(name)s does not offer this service.", name=found.name), "service")
    if not directory.in_agreement(found):
        raise RuleBroken(
            _("The agreement with %(name)s has ended. Ask your administrator.", name=found.name),
            "partner",
        )
    return found


def _partner(case: Case, partner: int, service: str) -> Organisation:
    found = offering(partner, service)
    if not consent.may_tell(case, found.id):
        raise RuleBroken(
            _(
                "The person has not agreed that %(name)s is told. Record their consent first.",
                name=found.name,
            ),
            "partner",
        )
    if case.status in Sets.CASE_ENDED:
        raise RuleBroken(_("This case is closed. Reopen it first."))
    return found


def shown(values: dict[str, Any]) -> dict[str, Any]:
    """Released values in the order of the list."""
    return {field: values[field] for field in lists.codes(lists.RELEASABLE) if field in values}
