"""Sending and taking back.

What goes out = ticked, and allowed by the consent, and needed by the kind of service.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from access.fields import NEEDED_BY, gather, visible_fields
from access.permissions import Role
from casework.core import consent, release, tasks, timeline
from casework.shelter import placing
from models import numbering
from models.base import db, end_of_day, now, today
from models.cases import Case
from models.life_cycles import Someone
from models.people import Organisation, User
from models.referrals import Referral
from models.releases import CaseRelease
from models.rules import RuleBroken
from models.states import CASE, REFERRAL, Sets
from notifications import outbox, webhooks
from referral import deadlines, directory
from standards import lists
from web.links import link

MOST_AT_ONCE = 6
# What was released ends then, completed or not; a longer service is referred anew.
ACCESS = timedelta(days=180)


class NothingToRelease(RuleBroken):
    """No field is left once consent and need are applied."""


@dataclass(frozen=True)
class Releasable:
    """Fields that would go out, and those that stay with the rule that keeps them."""

    fields: tuple[str, ...]
    kept: dict[str, str]  # field → service | yours


def releasable(by: Actor, case: Case, service: str, ticked: list[str]) -> Releasable:
    """What would be released for ``service`` out of ``ticked``, and what not, with the reason."""
    visible = visible_fields(by, case)
    needed = NEEDED_BY[service]
    kept = {
        field: "service" if field not in needed else "yours"
        for field in ticked
        if field not in needed or field not in visible
    }
    order = lists.codes(lists.RELEASABLE)
    return Releasable(
        tuple(field for field in order if field in ticked and field not in kept), kept
    )


@REFERRAL.guard("send")
def _the_partner_offers_it(referral: Referral, _by: Someone) -> None:
    """A partner of the directory that gives this service, under an agreement that stands."""
    directory.must_offer(referral.partner, referral.service)


@REFERRAL.guard("send")
def _the_person_agreed(referral: Referral, _by: Someone) -> None:
    """By the ledger of the case, also where the mission in the country of return refers.

    That one asks the person anew, into the same ledger (:mod:`avrr.local_referral`).
    """
    release.check(referral.case, referral.partner, "partner")


@REFERRAL.guard("accept", "serve")
def _it_still_stands(referral: Referral, _by: Someone) -> None:
    release.must_stand("referral", referral.reference)


@REFERRAL.guard("send")
def _the_case_is_active(referral: Referral, by: Someone) -> None:
    if referral.is_of_case_office:
        CASE.check(referral.case, "assist", by=by)


def send(
    *,
    by: Actor,
    case: Case,
    partner: int,
    service: str,
    urgency: str,
    fields_: list[str],
    language: str = "",
    again: bool = False,
) -> Referral:
    """Send part of ``case`` to a partner.

    ``again``: it is known that this partner is asked for this service already. Raises
    :class:`NothingToRelease`, or another broken rule that says which.
    """
    consent.lock_to_read(case)
    referral = draft(by=by, case=case, office_id=case.office_id, partner_id=partner)
    referral.service = service
    referral.urgency = urgency
    referral.language = language
    check(by, referral)
    if not again:
        _ask_about_open_ones(referral)
    chosen = releasable(by, case, service, fields_)
    return release_to(by=by, referral=referral, values=gather(case, chosen.fields))


def _ask_about_open_ones(referral: Referral) -> None:
    """The same partner is asked for the same service once, unless somebody means it."""
    query = select(Referral).where(
        Referral.case_id == referral.case.id,
        Referral.partner_id == referral.partner_id,
        Referral.state.in_(Sets.REFERRAL_LIVE),
    )
    with db.session.no_autoflush:
        standing = db.session.execute(query).unique().scalars().all()
    known = next((each for each in standing if each.service == referral.service), None)
    if known is not None:
        message = _(
            "This partner is asked for this service already: %(reference)s. If another one is "
            "needed, say so below.",
            reference=known.reference,
        )
        raise RuleBroken(message, "again")


def draft(*, by: Actor, case: Case, office_id: int, partner_id: int) -> Referral:
    """A referral that is not sent yet, to a partner of the directory."""
    partner = db.session.get(Organisation, partner_id)
    if partner is None or partner.kind != "partner":
        raise RuleBroken(_("Choose a partner of the directory."), "partner")
    return Referral(
        case=case,
        office_id=office_id,
        partner=partner,
        partner_id=partner.id,
        sent_by_id=by.id,
    )


def check(by: Actor, referral: Referral) -> None:
    """Raise the rule that forbids to send ``referral``: before anything sealed is opened for it."""
    REFERRAL.check(referral, "send", by=by)


def release_to(*, by: Actor, referral: Referral, values: dict[str, Any]) -> Referral:
    """Send a draft and release ``values`` to the partner under the referral's own key."""
    if not values:
        raise NothingToRelease(
            _(
                "None of these fields may be told, or none is filled. "
                "Tick others or fill them first."
            ),
            "fields",
        )
    case = referral.case
    referral.fields = sorted(values)
    referral.sex = case.sex if "sex" in values else ""
    referral.age_band = case.age_band if "age_band" in values else ""
    referral.sent_at = now()
    referral.answer_by = deadlines.answer_by(referral.urgency, now())
    REFERRAL.move(referral, "send", by=by)
    numbering.add(referral)
    granted = release.grant(
        by=by,
        case=case,
        kind="referral",
        reference=referral.reference,
        to=referral.partner,
        fields=referral.fields,
        longest_until=today() + ACCESS,
    )
    referral.access_until = _end_of_access(referral, granted)
    referral.released = values
    tell_case(by=by, referral=referral, kind="referred")
    notify_partner(referral, "referral.sent", urgent=referral.urgency == "emergency")
    return referral


def holders(referral: Referral) -> list[User]:
    """Who hears of it on the sending side: whoever holds the case now; for what the mission of the
    country of return sent, whoever sent it.
    """
    if not referral.is_of_case_office:
        return [referral.sent_by] if referral.sent_by else []
    if referral.case.holder is not None:
        return [referral.case.holder]
    return outbox.people_of(referral.office_id, Role.SUPERVISOR)


def notify_partner(referral: Referral, event: str, *, urgent: bool = False) -> None:
    """Tell the partner's people, and its own system, of ``event``."""
    address = link("referral.show", referral)
    workers = outbox.people_of(referral.partner_id, Role.PARTNER)
    reference = referral.reference
    outbox.post(event, reference=reference, path=address, to=workers, urgent=urgent)
    webhooks.post(event, reference=reference, path=address, organisation_id=referral.partner_id)


def tell_case(*, by: Any, referral: Referral, kind: str) -> None:
    """Into the timeline of the case, where its own office referred.

    What the mission of the country of return does stands in the return.
    """
    if referral.is_of_case_office:
        timeline.add(by=by, case=referral.case, kind=kind, reference=referral.reference)


def ask_another(*, by: Actor, referral: Referral) -> None:
    """A task for whoever holds the case: find another partner."""
    if referral.is_of_case_office:
        tasks.add(by=by, case=referral.case, kind="referral_declined", due_on=today())


def send_all(
    *,
    by: Actor,
    case: Case,
    relatives: list[Case],
    also: list[int],
    partner: int,
    **chosen: Any,
) -> list[Referral]:
    """Send as the form asks: the case alone, to several partners, or with ``relatives`` to one.

    Raises where it asks for both at once.
    """
    if relatives and also:
        raise RuleBroken(_("Refer a family to one partner at a time."), "also")
    if relatives:
        others = [relative for relative in relatives if relative.id != case.id]
        return send_group(by=by, cases=[case, *others], partner=partner, **chosen)
    if also:
        return send_round(by=by, case=case, partners=[partner, *also], **chosen)
    return [send(by=by, case=case, partner=partner, **chosen)]


def send_round(*, by: Actor, case: Case, partners: list[int], **chosen: Any) -> list[Referral]:
    """Ask several partners at once; the first to accept has it, for the others it ends.

    Each gets its own release under its own key.
    """
    if not 2 <= len(set(partners)) <= MOST_AT_ONCE:
        raise RuleBroken(
            _("Ask between two and %(most)s partners at once.", most=MOST_AT_ONCE), "partner"
        )
    referrals = [
        send(by=by, case=case, partner=partner, **chosen) for partner in dict.fromkeys(partners)
    ]
    for referral in referrals:
        referral.round = referrals[0].reference
    return referrals


def send_group(*, by: Actor, cases: list[Case], **chosen: Any) -> list[Referral]:
    """Refer several people of one family or group to one partner. All or none.

    A referral for each, under its own key and consent.
    """
    referrals = []
    for case in sorted(cases, key=lambda case: case.id):
        try:
            referrals.append(send(by=by, case=case, **chosen))
        except RuleBroken as wrong:
            raise RuleBroken(f"{case.number}: {wrong.message}", wrong.field) from None
    for referral in referrals:
        referral.bundle = referrals[0].reference
    return referrals


def _end_of_access(referral: Referral, granted: CaseRelease) -> datetime:
    """The moment at which what was released is shut, whether or not a job has run."""
    by_itself: datetime = referral.sent_at + ACCESS
    return min(by_itself, end_of_day(granted.until)) if granted.until else by_itself


def revoke(*, by: Someone, referral: Referral, because: str = "taken_back") -> None:
    """Take a referral back.

    The partner's access ends with this transaction, and the released fields are destroyed.
    """
    end(referral, "revoke", by=by, because=because)
    tell_case(by=by, referral=referral, kind="referral_revoked")
    address = link("referral.index")
    workers = outbox.people_of(referral.partner_id, Role.PARTNER)
    reference = referral.reference
    outbox.post("referral.revoked", reference=reference, path=address, to=workers)
    webhooks.post(
        "referral.revoked",
        reference=reference,
        path=address,
        organisation_id=referral.partner_id,
    )


_BECAUSE = {"decline": "declined", "expire": "not_answered", "complete": "completed"}


def end(referral: Referral, verb: str, *, by: Someone, because: str = "") -> None:
    """Move to an end state, destroy the referral's key, and end the release it leaned on.

    What leans on a referral in its turn, a stay in the partner's house, ends with it.
    """
    REFERRAL.move(referral, verb, by=by)
    referral.forget()
    release.end_of(
        by=by,
        kind="referral",
        reference=referral.reference,
        because=because or _BECAUSE.get(verb, "taken_back"),
    )
    placing.end_where_not_referred(referral.case, referral.partner_id, by=by)


def release_changed(granted: CaseRelease, by: Someone) -> None:
    """Listens: a release goes on to another day, or has ended and takes its referral along."""
    if granted.kind != "referral":
        return
    query = select(Referral).where(Referral.reference == granted.reference)
    referral = db.session.execute(query).unique().scalar_one()
    if granted.stands:
        referral.access_until = _end_of_access(referral, granted)
    elif REFERRAL.can(referral, "revoke"):
        revoke(by=by, referral=referral, because=granted.ended_because)


def shown(values: dict[str, Any]) -> dict[str, Any]:
    """Released values in the order of the list."""
    return {field: values[field] for field in lists.codes(lists.RELEASABLE) if field in values}
