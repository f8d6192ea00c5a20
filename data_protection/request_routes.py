"""Pages: the register of requests of persons."""

from typing import Any

from flask import Response, render_template, request

from access.actors import Actor
from access.permissions import Permission
from casework.letters import pdf
from casework.letters.schemas import LanguageSchema
from data_protection import answer_letters, request_schemas
from data_protection import request_pages as pages
from data_protection import requests_of_persons as requests
from models.cases import Case
from models.data_protection import PersonRequest
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("requests", __name__)
_OF_CASE: dict[str, Any] = {"permission": Permission.REQUEST_RECEIVE, "subject": pages.case_of}
_SEE: dict[str, Any] = {"permission": Permission.REQUEST_SEE, "subject": pages.request_of}
_ANSWER: dict[str, Any] = {"permission": Permission.REQUEST_ANSWER, "subject": pages.request_of}


@blueprint.get("/requests", permission=Permission.REQUEST_LIST)
def index(actor: Actor) -> str:
    """The register, narrowed by state, kind and case."""
    asked = {name: request.args.get(name, "")[:20] for name in pages.ASKED}
    shown = pages.index(actor, asked, request.args.get("after", ""))
    return render_template("data_protection/requests.html", **shown)


@blueprint.get("/requests/new", permission=Permission.REQUEST_LIST)
def find(actor: Actor) -> Response:
    """To the form of the case whose number was typed."""
    case = pages.case_of(actor, request.args.get("number", "")[:16])
    return redirect_to("requests.of_case", case)


@blueprint.get("/cases/<number>/requests", **_OF_CASE)
def of_case(actor: Actor, case: Case, form: Form | None = None) -> str:
    """What the person of a case asked, and the form for another request."""
    shown = pages.of_case(actor, case, form)
    return render_template("data_protection/requests_of_case.html", **shown)


@blueprint.post(
    "/cases/<number>/requests", **_OF_CASE, accepts=request_schemas.ReceiveSchema, page=of_case
)
def receive(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Write down what the person asked."""
    return redirect_to("requests.show", requests.receive(by=actor, case=case, **given))


@blueprint.get("/requests/<reference>", **_SEE)
def show(actor: Actor, asked: PersonRequest, form: Form | None = None) -> str:
    """One request, the deeds that answer it, and its answer."""
    return render_template("data_protection/request.html", **pages.one(actor, asked, form))


@blueprint.post(
    "/requests/<reference>/extend", **_ANSWER, accepts=request_schemas.ExtendSchema, page=show
)
def extend(actor: Actor, asked: PersonRequest, given: dict[str, str]) -> object:
    """Take longer, for a reason the person was told."""
    requests.extend(by=actor, request=asked, **given)
    return redirect_to("requests.show", asked)


@blueprint.post(
    "/requests/<reference>/answer", **_ANSWER, accepts=request_schemas.AnswerSchema, page=show
)
def answer(actor: Actor, asked: PersonRequest, given: dict[str, str]) -> object:
    """Say how it was answered."""
    requests.answer(by=actor, request=asked, **given)
    return redirect_to("requests.show", asked)


@blueprint.post("/requests/<reference>/take-back", **_ANSWER)
def take_back(actor: Actor, asked: PersonRequest) -> object:
    """The person does not ask it any more."""
    requests.take_back(by=actor, request=asked)
    return redirect_to("requests.show", asked)


@blueprint.post("/requests/<reference>/letter", **_SEE, accepts=LanguageSchema)
def letter(_actor: Actor, asked: PersonRequest, given: dict[str, str]) -> Response:
    """The answer on paper."""
    paper = answer_letters.answer_letter(request=asked, language=given["language"])
    return pdf.attached(paper, asked.reference)
