"""The same verbs as JSON."""

from typing import Any

from flask_babel import gettext as _

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.core import queries as cases
from models.cases import Case
from models.referrals import IncomingReferral, Referral
from models.rules import RuleBroken
from referral import incoming, queries, responses, schemas, sending
from web import paging
from web.forms import EmptySchema
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("referral_api", __name__, api=True)
_ONE: dict[str, Any] = {"subject": queries.referral, "returns": schemas.ReferralOut}


def _out(actor: Actor, referral: Referral) -> dict[str, Any]:
    """A referral with its released fields, where the reader may open them now."""
    opened = referral.own_key is not None and allows(actor, Permission.REFERRAL_RELEASED, referral)
    names = [
        name
        for name in schemas.ReferralOut().fields
        if name not in {"released", "partner", "office"}
    ]
    plain = {name: getattr(referral, name) for name in names}
    return {
        **plain,
        "partner": referral.partner,
        "office": referral.office,
        "released": dict(referral.released) if opened else None,
    }


@blueprint.get(
    "/cases/<number>/referrals",
    permission=Permission.REFERRAL_SEND,
    subject=cases.case,
    returns=schemas.ReferralOut,
    many=True,
)
def index(_actor: Actor, case: Case) -> paging.Page:
    """The referrals of a case, without what was released."""
    return paging.Page(
        [
            {
                **vars(found),
                "partner": found.partner,
                "office": found.office,
                "services": found.services,
                "released": None,
            }
            for found in queries.of_case(case)
        ],
        "",
        first=True,
    )


@blueprint.post(
    "/cases/<number>/referrals",
    permission=Permission.REFERRAL_SEND,
    subject=cases.case,
    accepts=schemas.ReferralSchema,
    returns=schemas.ReferralOut,
    status=201,
)
def send(actor: Actor, case: Case, given: dict[str, Any]) -> dict[str, Any]:
    """Send part of a case to a partner; with ``also``, to several at once: the first to accept has it. Gives the first."""
    also, members = given.pop("also", []), given.pop("members", [])
    if members:
        raise RuleBroken(_("Refer each case by itself."), "members")
    if also:
        partners = [given.pop("partner"), *also]
        return _out(actor, sending.send_round(by=actor, case=case, partners=partners, **given)[0])
    return _out(actor, sending.send(by=actor, case=case, **given))


@blueprint.get("/referrals/<reference>", permission=Permission.REFERRAL_OPEN, **_ONE)
def show(actor: Actor, referral: Referral) -> dict[str, Any]:
    """One referral as the caller may see it."""
    return _out(actor, referral)


@blueprint.post(
    "/referrals/<reference>/accept",
    permission=Permission.REFERRAL_ANSWER,
    accepts=schemas.AcceptSchema,
    **_ONE,
)
def accept(actor: Actor, referral: Referral, given: dict[str, Any]) -> dict[str, Any]:
    """Take the person; with ``everybody``, the group they were sent with."""
    responses.accept(by=actor, referral=referral, whole=bool(given.get("everybody")))
    return _out(actor, referral)


@blueprint.post(
    "/referrals/<reference>/decline",
    permission=Permission.REFERRAL_ANSWER,
    accepts=schemas.DeclineSchema,
    **_ONE,
)
def decline(actor: Actor, referral: Referral, given: dict[str, str]) -> dict[str, Any]:
    """Cannot take the person."""
    responses.decline(by=actor, referral=referral, **given)
    return _out(actor, referral)


@blueprint.post(
    "/referrals/<reference>/services",
    permission=Permission.REFERRAL_SERVE,
    accepts=schemas.ServiceSchema,
    status=201,
    **_ONE,
)
def log_service(actor: Actor, referral: Referral, given: dict[str, Any]) -> dict[str, Any]:
    """Log a service. The same ``token`` twice is the same service."""
    responses.log_service(by=actor, referral=referral, **given)
    return _out(actor, referral)


@blueprint.post(
    "/referrals/<reference>/complete",
    permission=Permission.REFERRAL_SERVE,
    accepts=schemas.CompleteSchema,
    **_ONE,
)
def complete(actor: Actor, referral: Referral, given: dict[str, str]) -> dict[str, Any]:
    """The service is done; access ends."""
    responses.complete(by=actor, referral=referral, **given)
    return _out(actor, referral)


@blueprint.post(
    "/referrals/<reference>/revoke",
    permission=Permission.REFERRAL_REVOKE,
    accepts=EmptySchema,
    **_ONE,
)
def revoke(actor: Actor, referral: Referral, _given: dict[str, Any]) -> dict[str, Any]:
    """Take the referral back."""
    sending.revoke(by=actor, referral=referral)
    return _out(actor, referral)


@blueprint.post(
    "/inward",
    permission=Permission.INWARD_SEND,
    accepts=schemas.InwardReferralSchema,
    returns=schemas.InwardOut,
    status=201,
)
def tell(actor: Actor, given: dict[str, Any]) -> IncomingReferral:
    """Refer a person to a mission. The answer is the same whether the person is known there or not. The same ``token`` twice is one."""
    return incoming.send(by=actor, given=given)


@blueprint.get(
    "/inward/<reference>",
    permission=Permission.INWARD_OPEN,
    subject=queries.inward,
    returns=schemas.InwardOut,
)
def told(_actor: Actor, found: IncomingReferral) -> IncomingReferral:
    """What became of a person you referred."""
    return found
