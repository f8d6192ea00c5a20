"""Pages: reintegration: plan, items and instalments, follow-up, the survey, warnings, closure."""

from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext as _

from access.actors import Actor
from access.permissions import Permission
from avrr import (
    assistance_items,
    at_home,
    early_warnings,
    endings,
    home_consent,
    home_schemas,
    local_referral,
    pages,
    papers,
    previewing,
    queries,
    reintegration,
    surveys,
    visits,
)
from avrr.routes import show
from files import serving
from models.assistance import Assistance
from models.returns import Return
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to
from web.telling import as_left, left, tell

blueprint = GuardedBlueprint("reintegration", __name__)
_RECEIVE: dict[str, Any] = {"permission": Permission.RETURN_RECEIVE, "subject": queries.return_}


@blueprint.post("/returns/<reference>/plan", **_RECEIVE, accepts=home_schemas.PlanSchema, page=show)
def plan(actor: Actor, return_: Return, given: dict[str, Any]) -> object:
    """Write the plan."""
    reintegration.plan(by=actor, return_=return_, given=given)
    return redirect_to("avrr.show", return_)


@blueprint.post(
    "/returns/<reference>/assistance", **_RECEIVE, accepts=home_schemas.AssistSchema, page=show
)
def assist(actor: Actor, return_: Return, given: dict[str, Any]) -> object:
    """Plan one item."""
    assistance_items.assist(by=actor, return_=return_, **given)
    return redirect_to("avrr.show", return_)


@blueprint.post(
    "/returns/<reference>/assistance/<int:item_id>/instalments",
    **_RECEIVE,
    accepts=home_schemas.InstalmentSchema,
    page=show,
)
def pay(actor: Actor, return_: Return, given: dict[str, Any]) -> object:
    """An instalment was given."""
    item = queries.item_of(return_, (request.view_args or {})["item_id"])
    assistance_items.pay(by=actor, item=item, **given)
    return redirect_to("avrr.show", return_)


@blueprint.post("/returns/<reference>/assistance/<int:item_id>/stop", **_RECEIVE, page=show)
def stop(actor: Actor, return_: Return) -> object:
    """What was not given of an item is not needed any more."""
    item = queries.item_of(return_, (request.view_args or {})["item_id"])
    assistance_items.stop(by=actor, item=item)
    return redirect_to("avrr.show", return_)


@blueprint.get("/returns/approvals", permission=Permission.APPROVAL_LIST)
def approvals(actor: Actor) -> str:
    """Items of assistance that wait for somebody else's approval."""
    page = queries.to_approve(actor, request.args.get("after", ""))
    return render_template("avrr/approvals.html", page=page)


@blueprint.post(
    "/assistance/<int:item_id>",
    permission=Permission.RETURN_APPROVE,
    subject=queries.item,
    accepts=home_schemas.DecideSchema,
)
def decide(actor: Actor, item: Assistance, given: dict[str, str]) -> object:
    """Approve an item, or not."""
    assistance_items.decide(by=actor, item=item, **given)
    return redirect_to("reintegration.approvals")


@blueprint.post(
    "/returns/<reference>/follow-ups", **_RECEIVE, accepts=home_schemas.FollowUpSchema, page=show
)
def follow_up(actor: Actor, return_: Return, given: dict[str, Any]) -> object:
    """Write down a follow-up."""
    visits.follow_up(by=actor, return_=return_, **given)
    return redirect_to("avrr.show", return_)


@blueprint.post("/returns/<reference>/attempts/<int:attempt_id>/next-step", **_RECEIVE, page=show)
def step_done(actor: Actor, return_: Return) -> object:
    """The next step that a visit asked for was done."""
    attempt_id = (request.view_args or {})["attempt_id"]
    visits.step_done(by=actor, return_=return_, attempt_id=attempt_id)
    return redirect_to("avrr.show", return_)


@blueprint.post(
    "/returns/<reference>/papers",
    permission=Permission.RETURN_KEEP_PAPER,
    subject=queries.return_,
    accepts=papers.PaperSchema,
    page=show,
)
def keep_paper(actor: Actor, return_: Return, given: dict[str, Any]) -> object:
    """Add a file to a return."""
    papers.keep(by=actor, return_=return_, sent=request.files.get("file"), given=given)
    return redirect_to("avrr.show", return_)


@blueprint.get(
    "/returns/<reference>/papers/<key>",
    permission=Permission.RETURN_PAPERS,
    subject=queries.return_,
)
def paper(actor: Actor, return_: Return) -> Response:
    """A file of a return, as attachment."""
    key = str((request.view_args or {})["key"])
    return serving.attached(papers.readable(actor, return_, key))


@blueprint.post(
    "/returns/<reference>/papers/<key>/remove",
    permission=Permission.RETURN_KEEP_PAPER,
    subject=queries.return_,
)
def remove_paper(actor: Actor, return_: Return) -> object:
    """Remove one."""
    papers.remove(by=actor, return_=return_, key=str((request.view_args or {})["key"]))
    return redirect_to("avrr.show", return_)


@blueprint.post("/returns/<reference>/at-home", **_RECEIVE, accepts=at_home.HomeSchema, page=show)
def keep_home(actor: Actor, return_: Return, given: dict[str, Any]) -> object:
    """Where the person lives, and how they may be reached."""
    at_home.keep(by=actor, return_=return_, given=given)
    return redirect_to("avrr.show", return_)


@blueprint.get("/returns/<reference>/refer", **_RECEIVE)
def referring_form(_actor: Actor, return_: Return, form: Form | None = None) -> str:
    """Choose a local partner and what it may be told."""
    return render_template("avrr/refer.html", **pages.local_referral(return_, form))


@blueprint.post(
    "/returns/<reference>/refer",
    **_RECEIVE,
    accepts=home_schemas.ReferSchema,
    page=referring_form,
    look=previewing.of_local_referral,
)
def refer(actor: Actor, return_: Return, given: dict[str, Any]) -> object:
    """Send the referral."""
    referral = local_referral.refer(by=actor, return_=return_, given=given)
    return redirect_to("referral.show", referral)


@blueprint.post(
    "/returns/<reference>/agreed", **_RECEIVE, accepts=home_schemas.AgreesSchema, page=show
)
def ask_again(actor: Actor, return_: Return, given: dict[str, Any]) -> object:
    """The person agrees again that this mission keeps what was handed over."""
    home_consent.ask(by=actor, return_=return_, given=given)
    return redirect_to("avrr.show", return_)


@blueprint.post(
    "/returns/<reference>/agreed/take-back",
    **_RECEIVE,
    accepts=home_schemas.TakeBackSchema,
    page=show,
)
def take_back(actor: Actor, return_: Return, given: dict[str, Any]) -> object:
    """The person takes back that somebody is told."""
    home_consent.take_back(by=actor, return_=return_, **given)
    return redirect_to("avrr.index")


@blueprint.get("/returns/<reference>/survey", **_RECEIVE)
def survey(_actor: Actor, return_: Return, form: Form | None = None) -> str:
    """The survey, as a form that works on a phone."""
    return render_template("avrr/survey.html", **pages.survey(return_, form))


@blueprint.post(
    "/returns/<reference>/survey", **_RECEIVE, accepts=home_schemas.survey_schema, page=survey
)
def take_survey(actor: Actor, return_: Return, given: dict[str, Any]) -> object:
    """Keep the survey and its scores."""
    taken = surveys.take(by=actor, return_=return_, **{"answers": {}, **given})
    return redirect_to("reintegration.scores", return_, taken)


@blueprint.get("/returns/<reference>/surveys/<int:survey_id>", **_RECEIVE)
def scores(_actor: Actor, return_: Return) -> str:
    """One survey: its scores beside the others', and its answers."""
    taken = queries.survey_of(return_, (request.view_args or {})["survey_id"])
    return render_template("avrr/scores.html", **pages.scores(return_, taken))


@blueprint.post("/returns/<reference>/warnings/<int:warning_id>", **_RECEIVE)
def looked_into(actor: Actor, return_: Return) -> object:
    """Somebody looked into a warning."""
    warning = queries.warning_of(return_, (request.view_args or {})["warning_id"])
    is_first = early_warnings.done(by=actor, warning=warning)
    left(*early_warnings.stands(warning), changed=is_first)
    return redirect_to("avrr.show", return_)


@blueprint.post("/returns/<reference>/warnings/<int:warning_id>/again", **_RECEIVE)
def look_again(_actor: Actor, return_: Return) -> object:
    """Nobody looked into it: pressed by mistake."""
    warning = queries.warning_of(return_, (request.view_args or {})["warning_id"])
    early_warnings.not_done(warning=warning, as_left=as_left())
    return redirect_to("avrr.show", return_)


@blueprint.post(
    "/returns/<reference>/close", **_RECEIVE, accepts=home_schemas.CloseSchema, page=show
)
def close(actor: Actor, return_: Return, given: dict[str, Any]) -> object:
    """The end, or asking a second person for it."""
    outcome = given.pop("ending")
    if not endings.close(by=actor, return_=return_, outcome=outcome, **given):
        tell(_("A second person of the mission was asked to agree."))
    return redirect_to("avrr.show", return_)


@blueprint.post(
    "/returns/<reference>/close/answer", **_RECEIVE, accepts=home_schemas.DecideSchema, page=show
)
def answer_ending(actor: Actor, return_: Return, given: dict[str, str]) -> object:
    """A second person agrees that it ends so, or does not."""
    endings.agree(by=actor, return_=return_, **given)
    return redirect_to("avrr.show", return_)
