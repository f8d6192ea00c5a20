"""Pages: a return from application to arrival, for the missions that share it."""

from typing import Any

from flask import Response, render_template, request

from access.actors import Actor
from access.permissions import Permission
from avrr import (
    coming_home,
    handover,
    not_left,
    pages,
    preparation,
    previewing,
    queries,
    reintegration,
    schemas,
    steps,
)
from avrr import declaration as declarations
from casework.core import queries as cases
from casework.letters import pdf
from models.cases import Case
from models.returns import Return
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("avrr", __name__)
_START: dict[str, Any] = {"permission": Permission.RETURN_START, "subject": cases.case}
_PREPARE: dict[str, Any] = {"permission": Permission.RETURN_PREPARE, "subject": queries.return_}
_RECEIVE: dict[str, Any] = {"permission": Permission.RETURN_RECEIVE, "subject": queries.return_}


@blueprint.get("/returns", permission=Permission.RETURN_LIST)
def index(actor: Actor) -> str:
    """Returns of my mission, who is coming, visits due, early warnings."""
    shown = pages.listed(actor, request.args.get("state", ""), request.args.get("after", ""))
    return render_template("avrr/index.html", **shown)


@blueprint.get("/returns/work", permission=Permission.RETURN_LIST)
def work(actor: Actor) -> str:
    """All who are coming, all visits due, or all early warnings."""
    shown = pages.work(actor, request.args.get("what", ""), request.args.get("after", ""))
    return render_template("avrr/work.html", **shown)


@blueprint.get("/cases/<number>/return", **_START)
def start(actor: Actor, case: Case, form: Form | None = None) -> str:
    """The returns of a case, and the form to begin one."""
    return render_template("avrr/start.html", **pages.start(actor, case, form))


@blueprint.post("/cases/<number>/return", **_START, accepts=schemas.StartSchema, page=start)
def begin(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Begin a return."""
    return redirect_to("avrr.show", preparation.start(by=actor, case=case, **given))


@blueprint.post("/cases/<number>/came-home", **_START, accepts=schemas.CameHomeSchema, page=start)
def came_home(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Begin reintegration of who came home by another way."""
    return redirect_to("avrr.show", coming_home.begin(by=actor, case=case, **given))


@blueprint.get("/returns/<reference>", permission=Permission.RETURN_OPEN, subject=queries.return_)
def show(actor: Actor, return_: Return, form: Form | None = None) -> str:
    """One return, the same page for all its missions."""
    return render_template("avrr/show.html", **pages.overview(actor, return_, form))


@blueprint.post("/returns/<reference>/steps", **_PREPARE, accepts=schemas.StepSchema, page=show)
def step(actor: Actor, return_: Return, given: dict[str, Any]) -> object:
    """A step was done."""
    steps.do_step(by=actor, return_=return_, **given)
    return redirect_to("avrr.show", return_)


@blueprint.post(
    "/returns/<reference>/journey", **_PREPARE, accepts=schemas.JourneySchema, page=show
)
def journey(actor: Actor, return_: Return, given: dict[str, Any]) -> object:
    """Legs, escorts, needs."""
    steps.journey(by=actor, return_=return_, given=given)
    return redirect_to("avrr.show", return_)


@blueprint.post(
    "/returns/<reference>/declaration", **_PREPARE, accepts=schemas.LanguageSchema, page=show
)
def declaration(actor: Actor, return_: Return, given: dict[str, str]) -> Response:
    """The declaration to sign, in the person's language."""
    paper = declarations.declaration(by=actor, return_=return_, **given)
    return pdf.attached(paper, return_.reference)


@blueprint.post("/returns/<reference>/withdraw", **_PREPARE)
def withdraw(actor: Actor, return_: Return) -> object:
    """The person changed their mind."""
    preparation.withdraw(by=actor, return_=return_)
    return redirect_to("avrr.show", return_)


@blueprint.post(
    "/returns/<reference>/mistaken", **_PREPARE, accepts=schemas.MistakenSchema, page=show
)
def undo(actor: Actor, return_: Return, given: dict[str, str]) -> object:
    """It was begun by mistake."""
    preparation.undo(by=actor, return_=return_, why=given["mistake"])
    return redirect_to("avrr.show", return_)


@blueprint.post("/returns/<reference>/hand-over", **_PREPARE, look=previewing.of_handover)
def hand_over(actor: Actor, return_: Return) -> object:
    """Release to the mission of the country of return, and tell it."""
    handover.hand_over(by=actor, return_=return_)
    return redirect_to("avrr.show", return_)


@blueprint.post(
    "/returns/<reference>/receiver", **_PREPARE, accepts=schemas.ReceiverSchema, page=show
)
def choose_receiver(actor: Actor, return_: Return, given: dict[str, str]) -> object:
    """Which mission receives."""
    handover.choose(by=actor, return_=return_, **given)
    return redirect_to("avrr.show", return_)


@blueprint.post("/returns/<reference>/nobody", **_PREPARE, accepts=schemas.NobodySchema, page=show)
def nobody_receives(actor: Actor, return_: Return, given: dict[str, str]) -> object:
    """Nobody in the country of return receives."""
    handover.keep(by=actor, return_=return_, **given)
    return redirect_to("avrr.show", return_)


@blueprint.post("/returns/<reference>/depart", **_PREPARE, accepts=schemas.DepartSchema, page=show)
def depart(actor: Actor, return_: Return, given: dict[str, Any]) -> object:
    """The person left."""
    preparation.depart(by=actor, return_=return_, **given)
    return redirect_to("avrr.show", return_)


@blueprint.post(
    "/returns/<reference>/not-left", **_PREPARE, accepts=schemas.NotLeftSchema, page=show
)
def stay(actor: Actor, return_: Return, given: dict[str, str]) -> object:
    """They have not left after all."""
    not_left.stay(by=actor, return_=return_, **given)
    return redirect_to("avrr.show", return_)


@blueprint.post("/returns/<reference>/accept", **_RECEIVE)
def accept(actor: Actor, return_: Return) -> object:
    """Take the person on."""
    handover.accept(by=actor, return_=return_)
    return redirect_to("avrr.show", return_)


@blueprint.post("/returns/<reference>/send-back", **_RECEIVE, accepts=schemas.WordSchema, page=show)
def send_back(actor: Actor, return_: Return, given: dict[str, str]) -> object:
    """Send back with questions."""
    handover.send_back(by=actor, return_=return_, **given)
    return redirect_to("avrr.show", return_)


@blueprint.post(
    "/returns/<reference>/words",
    permission=Permission.RETURN_TALK,
    subject=queries.return_,
    accepts=schemas.WordSchema,
    page=show,
)
def talk(actor: Actor, return_: Return, given: dict[str, str]) -> object:
    """Ask or answer the other mission."""
    handover.say(by=actor, return_=return_, **given)
    return redirect_to("avrr.show", return_)


@blueprint.post(
    "/returns/<reference>/transit",
    permission=Permission.RETURN_TRANSIT,
    subject=queries.return_,
    accepts=schemas.TransitSchema,
    page=show,
)
def transit(actor: Actor, return_: Return, given: dict[str, str]) -> object:
    """How it went on the way."""
    handover.passed(by=actor, return_=return_, outcome=given["went"])
    return redirect_to("avrr.show", return_)


@blueprint.post("/returns/<reference>/arrive", **_RECEIVE, accepts=schemas.ArriveSchema, page=show)
def arrive(actor: Actor, return_: Return, given: dict[str, Any]) -> object:
    """The person is here."""
    given = {"together": False, "but": "", **given}
    others = queries.companions(actor, return_)
    reintegration.arrive_together(by=actor, return_=return_, others=others, **given)
    return redirect_to("avrr.show", return_)
