"""What goes out with a referral, shown before it goes (:mod:`web.looking`)."""

from typing import Any

from flask_babel import gettext as _

from access.actors import Actor
from models.cases import Case
from models.people import Organisation
from models.referrals import Referral
from referral import incoming, queries, sending
from standards import lists
from web.looking import Look


def of_case(actor: Actor, case: Case, given: dict[str, Any]) -> Look:
    """What each partner of :class:`referral.schemas.ReferralSchema` will see of each person.

    Raises what forbids to send it.
    """
    relatives = queries.to_refer_together(actor, given.pop("members", []))
    also, partner = given.pop("also", []), given.pop("partner")
    cases, partners = sending.everybody(case, relatives, partner, also)
    made = [
        sending.prepared(by=actor, case=each, partner=asked, **given)
        for each in cases
        for asked in partners
    ]
    return partner_sees(made, given["fields_"], given["service"])


def partner_sees(
    made: list[tuple[Referral, dict[str, Any]]], ticked: list[str], service: str
) -> Look:
    """What goes out, person by person, with the partners it goes to and the fields that stay."""
    partners: dict[int, Organisation] = {each.partner_id: each.partner for each, _values in made}
    persons = {referral.case.number: sending.shown(values) for referral, values in made}
    first, _values = made[0]
    what = {
        "partners": sorted(partners),
        "persons": persons,
        "service": service,
        "urgency": first.urgency,
        "language": first.language,
    }
    names = ", ".join(partner.name for partner in partners.values())
    return Look(
        title=_("What %(partner)s will see", partner=names),
        template="referral/_look.html",
        what=what,
        go=_("Send"),
        shown={
            "persons": persons,
            "referral": first,
            "withheld": _withheld(made, ticked),
        },
    )


def _withheld(made: list[tuple[Referral, dict[str, Any]]], ticked: list[str]) -> dict[str, str]:
    """Of what was ticked, what nobody gets, in words, with why."""
    goes = {name for _referral, values in made for name in values}
    return {
        lists.label(lists.RELEASABLE, name): _(
            "not filled, not needed for this service, or not yours to give"
        )
        for name in ticked
        if name not in goes
    }


def of_person(actor: Actor, given: dict[str, Any]) -> Look:
    """What a mission will be told of a person (:class:`referral.schemas.InwardReferralSchema`).

    Raises what forbids to tell it.
    """
    office = incoming.check(given)
    told = {name: value for name, value in given.items() if name not in incoming.BESIDE}
    return Look(
        title=_("What %(mission)s will be told", mission=office.name),
        template="referral/_look_told.html",
        what={"office": office.id, "urgency": given["urgency"], "told": told},
        go=_("Send"),
        shown={
            "told": incoming.shown(told),
            "urgency": given["urgency"],
        },
    )
