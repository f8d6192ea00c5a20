"""Pages of work between people: offers, approvals, the board, the calendar, flags, filters."""

from typing import Any

from flask import Response, current_app, render_template, request
from flask_babel import gettext as _

from access.actors import Actor
from access.permissions import Permission
from casework.casefile import closure, watchlist
from casework.casefile import schemas as casefile_schemas
from casework.core import approvals as approving
from casework.core import queries
from casework.team import calendar_feed, pages, schemas
from casework.team import transfers as transferring
from models import taking_back
from models.cases import Case
from models.work import Approval, Transfer
from web.errors import NotFound
from web.finding import by_id
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to
from web.links import link
from web.telling import as_left, tell

blueprint = GuardedBlueprint("team", __name__)
_OFFER: dict[str, Any] = {"permission": Permission.CASE_TRANSFER, "subject": queries.case}
_ANSWER: dict[str, Any] = {
    "permission": Permission.TRANSFER_ANSWER,
    "subject": by_id(Transfer, "transfer_id"),
}
_DECIDE: dict[str, Any] = {
    "permission": Permission.APPROVAL_DECIDE,
    "subject": by_id(Approval, "approval_id"),
}


@blueprint.get("/cases/<number>/transfer", **_OFFER)
def transfer_form(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Offer the case to somebody else."""
    return render_template("casework/team/transfer.html", **pages.transfer(actor, case, form))


@blueprint.post(
    "/cases/<number>/transfer", **_OFFER, accepts=schemas.TransferSchema, page=transfer_form
)
def offer(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Offer it."""
    office, user = transferring.chosen(office=given["office"], user=given.get("user", ""))
    transferring.offer(by=actor, case=case, office=office, user=user, note=given["note"])
    return redirect_to("casefile.show", case)


@blueprint.post("/cases/<number>/transfer/take-back", **_OFFER)
def take_back(actor: Actor, case: Case) -> object:
    """Withdraw the offer."""
    transferring.take_back(by=actor, case=case)
    return redirect_to("casefile.show", case)


@blueprint.get("/transfers", permission=Permission.WORK_SEE)
def transfers(actor: Actor) -> str:
    """Cases that are offered to me."""
    page = queries.offers_to(actor, request.args.get("after", ""))
    return render_template("casework/team/transfers.html", page=page)


@blueprint.post("/transfers/<int:transfer_id>/accept", **_ANSWER)
def accept(actor: Actor, transfer: Transfer) -> object:
    """Take it over."""
    case = transferring.accept(by=actor, transfer=transfer)
    return redirect_to("casefile.show", case)


@blueprint.post("/transfers/<int:transfer_id>/decline", **_ANSWER)
def decline(actor: Actor, transfer: Transfer) -> object:
    """Leave it where it is."""
    transferring.decline(by=actor, transfer=transfer)
    return redirect_to("team.transfers")


@blueprint.post(
    "/cases/<number>/approvals",
    permission=Permission.CASE_EDIT,
    subject=queries.case,
    accepts=schemas.ApprovalSchema,
)
def ask_approval(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Ask a supervisor."""
    approving.ask(by=actor, case=case, what=given["what"])
    return redirect_to("casefile.show", case)


@blueprint.get("/approvals", permission=Permission.TEAM_SEE)
def approvals(actor: Actor) -> str:
    """What waits for my decision."""
    page = approving.to_decide(actor, request.args.get("after", ""))
    read_first = approving.must_be_read
    return render_template("casework/team/approvals.html", page=page, read_first=read_first)


@blueprint.get("/approvals/<int:approval_id>", **_DECIDE)
def approval(actor: Actor, approval: Approval, form: Form | None = None) -> str:
    """One of them: what is known of whom it is about, and the form to answer."""
    return render_template("casework/team/approval.html", **pages.approval(actor, approval, form))


@blueprint.post(
    "/approvals/<int:approval_id>/answer", **_DECIDE, accepts=schemas.AnswerSchema, page=approval
)
def answer(actor: Actor, approval: Approval, given: dict[str, str]) -> object:
    """Yes or no, with a reason."""
    agrees = given.pop("agrees") == "yes"
    said = {name: value or "" for name, value in given.items()}
    approving.answer(by=actor, approval=approval, agrees=agrees, **said)
    return redirect_to("team.approvals")


@blueprint.post("/approvals/<int:approval_id>/approve", **_DECIDE)
def approve(actor: Actor, approval: Approval) -> object:
    """Yes."""
    approving.decide(by=actor, approval=approval, yes=True)
    return redirect_to("team.approvals")


@blueprint.get("/team", permission=Permission.TEAM_SEE)
def board(actor: Actor, form: Form | None = None) -> str:
    """Who has how much to do, and what nobody has."""
    shown = pages.board(actor, form, request.args.get("after", ""))
    return render_template("casework/team/board.html", **shown)


@blueprint.post(
    "/team/hand-over", permission=Permission.TEAM_SEE, accepts=schemas.HandAllSchema, page=board
)
def hand_over(actor: Actor, given: dict[str, str]) -> object:
    """Somebody leaves: all their cases go to another, with a note."""
    transferring.hand_all_over(
        by=actor, leaving=given["leaving"], to=given["to"], note=given["note"]
    )
    return redirect_to("team.board")


@blueprint.post("/cases/assign", permission=Permission.CASE_LIST)
def assign_many(actor: Actor) -> object:
    """Give several cases to one caseworker; those that are not mine to assign stay."""
    chosen = [int(text) for text in request.form.getlist("case") if text.isdecimal()]
    owner = request.form.get("owner", "")
    given = closure.assign_chosen(by=actor, case_ids=chosen, owner=owner)
    tell(_("%(given)s of %(chosen)s cases were given on.", given=given, chosen=len(chosen)))
    return redirect_to("team.board" if request.form.get("back") == "team" else "casefile.index")


@blueprint.post("/cases/<number>/flag", permission=Permission.CASE_OPEN, subject=queries.case)
def flag(actor: Actor, case: Case) -> object:
    """Keep an eye on a case, or no longer."""
    is_on = watchlist.toggle_flag(by=actor, case=case, as_left=as_left())
    words = _("You keep an eye on it.") if is_on else _("Off the list of what you keep an eye on.")
    given = {taking_back.FIELD: watchlist.as_it_stands(actor, case)}
    tell(words, undo=link("team.flag", case), given=given)
    return redirect_to("casefile.show", case)


@blueprint.post("/filters", permission=Permission.CASE_LIST, accepts=casefile_schemas.FilterSchema)
def save_filter(actor: Actor, given: dict[str, str]) -> object:
    """Keep a filter under a name; the same name is replaced."""
    watchlist.save_filter(by=actor, name=given["name"], query=given.get("query", ""))
    return redirect_to("casefile.index")


@blueprint.post("/filters/<int:filter_id>/remove", permission=Permission.CASE_LIST)
def remove_filter(actor: Actor) -> object:
    """Forget a filter."""
    gone = watchlist.remove_filter(by=actor, filter_id=(request.view_args or {})["filter_id"])
    if gone is not None:
        tell(_("Filter removed."), undo=link("team.put_filter_back"), given=gone)
    return redirect_to("casefile.index")


@blueprint.post(
    "/filters/back", permission=Permission.CASE_LIST, accepts=casefile_schemas.FilterSchema
)
def put_filter_back(actor: Actor, given: dict[str, str]) -> object:
    """Keep a filter again that was removed."""
    watchlist.put_filter_back(by=actor, name=given["name"], query=given.get("query", ""))
    return redirect_to("casefile.index")


@blueprint.get("/calendar", permission=Permission.WORK_SEE)
def calendar(actor: Actor) -> str:
    """The month of the one who asks."""
    shown = pages.calendar(actor, request.args.get("month", ""))
    return render_template("casework/team/calendar.html", **shown)


@blueprint.post("/calendar/feed", permission=Permission.WORK_SEE, secret=True)
def make_feed(actor: Actor) -> str:
    """A new private address for the calendar, shown once."""
    token = calendar_feed.new_feed(by=actor)
    address = current_app.config["BASE_URL"] + link("team.feed", token)
    shown = pages.calendar(actor, request.args.get("month", ""))
    return render_template("casework/team/calendar.html", **shown, private_address=address)


@blueprint.post("/calendar/feed/end", permission=Permission.WORK_SEE)
def end_feed(actor: Actor) -> object:
    """The private address ends."""
    calendar_feed.end_feed(by=actor)
    return redirect_to("team.calendar")


@blueprint.open_get("/calendar/<token>.ics")
def feed(token: str) -> Response:
    """A calendar by its private address."""
    content = calendar_feed.feed(token)
    if content is None:
        raise NotFound
    return Response(content, mimetype="text/calendar", headers={"Cache-Control": "no-store"})
