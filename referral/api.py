"""The same verbs as JSON."""

from typing import Any

from flask import request

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.core import queries as cases
from models.cases import Case
from models.referrals import IncomingReferral, Referral
from referral import incoming, queries, responses, schemas, sending
from web import paging
from web.forms import EmptySchema
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("referral_api", __name__, api=True)
_ONE: dict[str, Any] = {"subject": queries.referral, "returns": schemas.ReferralOut}


def _out(actor: Actor, referral: Referral) -> dict[str, Any]:
    """A referral with its released fields, where the reader may open them now."""
    may_open = allows(actor, Permission.REFERRAL_RELEASED, referral)
    is_open = may_open and referral.own_key is not None
    return {**_plain(referral), "released": dict(referral.released) if is_open else None}


def _plain(referral: Referral) -> dict[str, Any]:
    """A referral without what was released."""
    names = schemas.ReferralOut().fields.keys() - {"released"}
    return {name: getattr(referral, name) for name in names} | {"released": None}


@blueprint.get(
    "/cases/<number>/referrals",
    permission=Permission.REFERRAL_SEND,
    subject=cases.case,
    returns=schemas.ReferralOut,
    many=True,
)
def index(_actor: Actor, case: Case) -> paging.Page:
    """The referrals of a case, without what was released."""
    page = queries.of_case(case, request.args.get("after", ""))
    return paging.Page([_plain(referral) for referral in page.items], page.next, page.first)


@blueprint.post(
    "/cases/<number>/referrals",
    permission=Permission.REFERRAL_SEND,
    subject=cases.case,
    accepts=schemas.OneReferralSchema,
    returns=schemas.ReferralOut,
    status=201,
)
def send(actor: Actor, case: Case, given: dict[str, Any]) -> dict[str, Any]:
    """Send part of a case to a partner; gives the referral.

    With ``also``, to several at once: the first to accept has it; gives the first.
    """
    given.pop("members", None)
    also = given.pop("also", [])
    sent = sending.send_all(by=actor, case=case, relatives=[], also=also, **given)
    return _out(actor, sent[0])


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
    responses.accept(by=actor, referral=referral, everybody=bool(given.get("everybody")))
    return _out(actor, referral)


@blueprint.post(
    "/referrals/<reference>/decline",
    permission=Permission.REFERRAL_ANSWER,
    accepts=schemas.DeclineSchema,
    **_ONE,
)
def decline(actor: Actor, referral: Referral, given: dict[str, Any]) -> dict[str, Any]:
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
def complete(actor: Actor, referral: Referral, given: dict[str, Any]) -> dict[str, Any]:
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
    """Refer a person to a mission. The same ``token`` twice is one.

    The answer is the same whether the person is known there or not.
    """
    return incoming.send(by=actor, given=given)


@blueprint.get(
    "/inward/<reference>",
    permission=Permission.INWARD_OPEN,
    subject=queries.incoming_referral,
    returns=schemas.InwardOut,
)
def told(_actor: Actor, incoming_referral: IncomingReferral) -> IncomingReferral:
    """What became of a person you referred."""
    return incoming_referral
