"""What stands on the pages of persons whom partners refer to a mission."""

import secrets

from flask_babel import gettext as _

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import allows
from models.referrals import IncomingReferral
from referral import incoming, queries, schemas
from web.forms import Form, chosen


def listed(actor: Actor, after: str, just_sent: str | None) -> dict[str, object]:
    """Who was referred to us, or by us. ``just_sent``: the reference of the one told last."""
    if is_partner := actor.holds(Role.PARTNER):
        heading = _("Persons we referred")
        hint = _("You learn whether the mission takes the person over, and nothing else of them.")
    else:
        heading = _("Referred to us")
        hint = _("Persons whom partners refer. What they told opens here until somebody answers.")
    return {
        "page": queries.incoming_referrals(actor, after),
        "partner": is_partner,
        "heading": heading,
        "hint": hint,
        "may_send": allows(actor, Permission.INWARD_SEND),
        "just_sent": just_sent,
    }


def new(form: Form | None) -> dict[str, object]:
    """The partner's form: consent first."""
    return {
        "form": form or Form(schemas.InwardReferralSchema),
        "offices": queries.missions(),
        "token": secrets.token_hex(8),
    }


def overview(
    actor: Actor, incoming_referral: IncomingReferral, form: Form | None, why: str = ""
) -> dict[str, object]:
    """What was told and who it may be, for the mission; the state, for the partner."""
    may_open = allows(actor, Permission.INWARD_TOLD, incoming_referral)
    is_open = may_open and incoming_referral.own_key is not None
    disclosed = dict(incoming_referral.told) if is_open else {}
    return {
        "incoming_referral": incoming_referral,
        "disclosed": incoming.shown(disclosed),
        "candidates": incoming.candidates(actor, incoming_referral, why) if is_open else [],
        "may_answer": allows(actor, Permission.INWARD_ANSWER, incoming_referral),
        "partner": incoming_referral.partner_id in actor.at(Role.PARTNER),
        "form": chosen(form, schemas.InwardAnswerSchema),
        "decline_form": chosen(form, schemas.InwardDeclineSchema),
    }
