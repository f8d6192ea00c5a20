"""The register of requests of persons as JSON."""

from typing import Any

from flask import request

from access.actors import Actor
from access.permissions import Permission
from data_protection import request_pages as pages
from data_protection import request_schemas as schemas
from data_protection import requests_of_persons as requests
from models.cases import Case
from models.data_protection import PersonRequest
from web import paging
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("requests_api", __name__, api=True)
_ONE: dict[str, Any] = {"subject": pages.request_of, "returns": schemas.RequestOut}


@blueprint.get(
    "/requests", permission=Permission.REQUEST_LIST, returns=schemas.RequestOut, many=True
)
def index(actor: Actor) -> paging.Page:
    """What persons asked about their data; narrowed by state, kind, case."""
    asked = {name: request.args.get(name, "")[:20] for name in pages.ASKED}
    return pages.register(actor, asked, request.args.get("after", ""))


@blueprint.post(
    "/cases/<number>/requests",
    permission=Permission.REQUEST_RECEIVE,
    subject=pages.case_of,
    accepts=schemas.ReceiveSchema,
    returns=schemas.RequestOut,
    status=201,
)
def receive(actor: Actor, case: Case, given: dict[str, Any]) -> PersonRequest:
    """Write down what the person asked; gives the request with the day on which it is due."""
    return requests.receive(by=actor, case=case, **given)


@blueprint.get("/requests/<reference>", permission=Permission.REQUEST_SEE, **_ONE)
def show(_actor: Actor, asked: PersonRequest) -> PersonRequest:
    """One request."""
    return asked


@blueprint.post(
    "/requests/<reference>/extend",
    permission=Permission.REQUEST_ANSWER,
    accepts=schemas.ExtendSchema,
    **_ONE,
)
def extend(actor: Actor, asked: PersonRequest, given: dict[str, str]) -> PersonRequest:
    """Take up to three months in all, for a reason that the person was told."""
    requests.extend(by=actor, request=asked, **given)
    return asked


@blueprint.post(
    "/requests/<reference>/answer",
    permission=Permission.REQUEST_ANSWER,
    accepts=schemas.AnswerSchema,
    **_ONE,
)
def answer(actor: Actor, asked: PersonRequest, given: dict[str, str]) -> PersonRequest:
    """Say how it was answered: granted, in part, or refused with a ground."""
    requests.answer(by=actor, request=asked, **given)
    return asked
