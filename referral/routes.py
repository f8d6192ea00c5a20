"""Pages: referrals of a case, the partner's inbox, one referral."""

from typing import Any

from flask import Response, render_template, request

from access.actors import Actor
from access.permissions import Permission
from casework.core import queries as cases
from casework.letters import pdf
from models.cases import Case
from models.referrals import Referral
from referral import feedback as opinions
from referral import (
    letters,
    pages,
    partner_links,
    previewing,
    queries,
    responses,
    schemas,
    sending,
    thread,
)
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("referral", __name__)
_SEND: dict[str, Any] = {"permission": Permission.REFERRAL_SEND, "subject": cases.case}
_ANSWER: dict[str, Any] = {"permission": Permission.REFERRAL_ANSWER, "subject": queries.referral}


@blueprint.get("/referrals", permission=Permission.REFERRAL_LIST)
def index(actor: Actor) -> str:
    """A partner's inbox, or what a mission sent."""
    group = request.args.get("group", "waiting")
    shown = pages.listed(actor, group, request.args.get("after", ""))
    return render_template("referral/index.html", **shown)


@blueprint.get("/referrals/board", permission=Permission.REFERRAL_LIST)
def board(actor: Actor) -> str:
    """What is open, side by side by state: to answer, accepted, in service."""
    shown = pages.board(actor, request.args.get("state", ""), request.args.get("after", ""))
    return render_template("referral/board.html", **shown)


@blueprint.get("/cases/<number>/referrals", **_SEND)
def of_case(actor: Actor, case: Case) -> str:
    """The referrals of a case."""
    shown = pages.of_case(actor, case, request.args.get("after", ""))
    return render_template("referral/of_case.html", **shown)


@blueprint.get("/cases/<number>/referrals/new", **_SEND)
def new(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Choose service, partner and fields."""
    proposed = {"service": request.args.get("service", ""), "urgency": "standard"}
    form = form or Form(schemas.ReferralSchema, proposed)
    return render_template("referral/new.html", **pages.new(actor, case, form))


@blueprint.post(
    "/cases/<number>/referrals",
    **_SEND,
    accepts=schemas.ReferralSchema,
    page=new,
    look=previewing.of_case,
)
def send(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Send part of this case to a partner, once what goes was seen."""
    relatives = queries.to_refer_together(actor, given.pop("members", []))
    also = given.pop("also", [])
    sent = sending.send_all(by=actor, case=case, relatives=relatives, also=also, **given)
    if relatives or also:
        return redirect_to("referral.of_case", case)
    return redirect_to("referral.show", sent[0])


@blueprint.get(
    "/referrals/<reference>", permission=Permission.REFERRAL_OPEN, subject=queries.referral
)
def show(actor: Actor, referral: Referral, form: Form | None = None) -> str:
    """One referral: the partner's page, or the sender's."""
    return render_template("referral/show.html", **pages.overview(actor, referral, form))


_PARTNER: dict[str, Any] = {"permission": Permission.REFERRAL_SERVE, "subject": queries.referral}


@blueprint.post(
    "/referrals/<reference>/accept",
    **_ANSWER,
    accepts=schemas.AcceptSchema,
    page=show,
)
def accept(actor: Actor, referral: Referral, given: dict[str, Any]) -> object:
    """Take the person, or the whole group they were sent with."""
    responses.accept(by=actor, referral=referral, everybody=bool(given.get("everybody")))
    return redirect_to("referral.show", referral)


@blueprint.post(
    "/referrals/<reference>/decline",
    **_ANSWER,
    accepts=schemas.DeclineSchema,
    page=show,
)
def decline(actor: Actor, referral: Referral, given: dict[str, Any]) -> object:
    """Cannot take the person."""
    responses.decline(by=actor, referral=referral, **given)
    return redirect_to("partners.ended", referral)


@blueprint.post(
    "/referrals/<reference>/services", **_PARTNER, accepts=schemas.ServiceSchema, page=show
)
def log_service(actor: Actor, referral: Referral, given: dict[str, Any]) -> object:
    """Log a service."""
    responses.log_service(by=actor, referral=referral, **given)
    return redirect_to("referral.show", referral)


@blueprint.post(
    "/referrals/<reference>/complete", **_PARTNER, accepts=schemas.CompleteSchema, page=show
)
def complete(actor: Actor, referral: Referral, given: dict[str, Any]) -> object:
    """The service is done; access ends."""
    responses.complete(by=actor, referral=referral, **given)
    return redirect_to("partners.ended", referral)


_REPORT: dict[str, Any] = {"permission": Permission.REFERRAL_REPORT, "subject": queries.referral}


@blueprint.post(
    "/referrals/<reference>/reported/acceptance",
    **_REPORT,
    accepts=schemas.ReportedAcceptanceSchema,
    page=show,
)
def report_acceptance(actor: Actor, referral: Referral, given: dict[str, Any]) -> object:
    """Write down that the partner told that it takes the person."""
    responses.accept(by=actor, referral=referral, report=responses.reported(given))
    return redirect_to("referral.show", referral)


@blueprint.post(
    "/referrals/<reference>/reported/refusal",
    **_REPORT,
    accepts=schemas.ReportedRefusalSchema,
    page=show,
)
def report_refusal(actor: Actor, referral: Referral, given: dict[str, Any]) -> object:
    """Write down that the partner told that it cannot take the person."""
    report = responses.reported(given)
    responses.decline(by=actor, referral=referral, report=report, **given)
    return redirect_to("referral.show", referral)


@blueprint.post(
    "/referrals/<reference>/reported/services",
    **_REPORT,
    accepts=schemas.ReportedServiceSchema,
    page=show,
)
def report_service(actor: Actor, referral: Referral, given: dict[str, Any]) -> object:
    """Write down a service that the partner told of by telephone, on paper, in person."""
    report = responses.reported(given)
    responses.log_service(by=actor, referral=referral, report=report, **given)
    return redirect_to("referral.show", referral)


@blueprint.post(
    "/referrals/<reference>/reported/completion",
    **_REPORT,
    accepts=schemas.ReportedEndSchema,
    page=show,
)
def report_completion(actor: Actor, referral: Referral, given: dict[str, Any]) -> object:
    """Write down that the partner told that the service is done; its access ends."""
    responses.complete(by=actor, referral=referral, report=responses.reported(given))
    return redirect_to("referral.show", referral)


@blueprint.post(
    "/referrals/<reference>/words",
    permission=Permission.REFERRAL_TALK,
    subject=queries.referral,
    accepts=schemas.WordSchema,
    page=show,
)
def talk(actor: Actor, referral: Referral, given: dict[str, str]) -> object:
    """Ask or answer."""
    thread.say(by=actor, referral=referral, words=given["words"])
    return redirect_to("referral.show", referral)


@blueprint.post(
    "/referrals/<reference>/revoke", permission=Permission.REFERRAL_REVOKE, subject=queries.referral
)
def revoke(actor: Actor, referral: Referral) -> object:
    """Take the referral back."""
    sending.revoke(by=actor, referral=referral)
    return redirect_to("referral.show", referral)


@blueprint.post(
    "/referrals/<reference>/link",
    permission=Permission.REFERRAL_LINK,
    subject=queries.referral,
    secret=True,
)
def link(actor: Actor, referral: Referral) -> str:
    """A link for a partner without accounts, and its code; both are shown this once."""
    token, code = partner_links.make(by=actor, referral=referral)
    return render_template(
        "referral/partner_link.html",
        referral=referral,
        address=partner_links.address(token),
        code=code,
        days=partner_links.DAYS,
    )


@blueprint.post(
    "/referrals/<reference>/letter",
    permission=Permission.REFERRAL_RELEASE,
    subject=queries.referral,
    accepts=schemas.LanguageSchema,
    page=show,
)
def letter(actor: Actor, referral: Referral, given: dict[str, str]) -> Response:
    """The referral on paper, in the partner's language."""
    return pdf.attached(letters.letter(by=actor, referral=referral, **given), referral.reference)


@blueprint.post(
    "/referrals/<reference>/feedback",
    permission=Permission.REFERRAL_FEEDBACK,
    subject=queries.referral,
    accepts=schemas.FeedbackSchema,
    page=show,
)
def feedback(actor: Actor, referral: Referral, given: dict[str, str]) -> object:
    """How it went, for the office or the person."""
    rating = int(given["rating"])
    words = given.get("words", "")
    opinions.rate(by=actor, referral=referral, side=given["side"], rating=rating, words=words)
    return redirect_to("referral.show", referral)
