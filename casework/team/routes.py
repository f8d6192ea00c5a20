"""Pages of work between people: offers, approvals, the team board, calendar, flags, saved filters."""

from datetime import date, timedelta
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext as _
from sqlalchemy import func, select

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import allows
from casework.casefile import closure, watchlist
from casework.casefile import schemas as casefile_schemas
from casework.casefile.case_header import head
from casework.core import approvals as approving
from casework.core import queries
from casework.team import board as team_board
from casework.team import calendar_feed
from casework.team import schemas as team_schemas
from casework.team import transfers as transferring
from models.base import db, today
from models.cases import Case
from models.people import Organisation
from models.rules import RuleBroken
from models.work import Approval, Flag, SavedFilter, Transfer
from web.errors import NotFound
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("team", __name__)
_OFFER: dict[str, Any] = {"permission": Permission.CASE_TRANSFER, "subject": queries.case}


def _offices() -> list[Organisation]:
    return list(
        db.session.execute(
            select(Organisation).where(Organisation.kind == "mission").order_by(Organisation.name)
        ).scalars()
    )


@blueprint.get("/cases/<number>/transfer", **_OFFER)
def transfer_form(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Offer the case to somebody else."""
    shown = {
        "form": form or Form(team_schemas.TransferSchema, {"office": str(case.office_id)}),
        "pending": queries.pending_transfer(case),
        "offices": _offices(),
    }
    return render_template(
        "casework/team/transfer.html",
        **head(actor, case, "overview"),
        **shown,
        people=queries.caseworkers(case.office_id),
    )


@blueprint.post(
    "/cases/<number>/transfer", **_OFFER, accepts=team_schemas.TransferSchema, page=transfer_form
)
def offer(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Offer it."""
    office = next((found for found in _offices() if str(found.id) == given["office"]), None)
    if office is None:
        raise RuleBroken(_("Choose one of the list."), "office")
    people = {str(user.id): user for user in queries.caseworkers(office.id)}
    if given.get("user") and given["user"] not in people:
        raise RuleBroken(_("Choose a caseworker of that office, or leave it open."), "user")
    transferring.offer(
        by=actor,
        case=case,
        office=office,
        user=people.get(given.get("user", "")),
        note=given["note"],
    )
    return redirect_to("casefile.show", number=case.number)


@blueprint.post("/cases/<number>/transfer/take-back", **_OFFER)
def take_back(actor: Actor, case: Case) -> object:
    """Withdraw the offer."""
    transferring.take_back(by=actor, case=case)
    return redirect_to("casefile.show", number=case.number)


def _transfer(_actor: Actor, transfer_id: int, **_more: Any) -> Transfer:
    found = db.session.get(Transfer, transfer_id)
    if found is None:
        raise NotFound
    return found


@blueprint.get("/transfers", permission=Permission.WORK_SEE)
def transfers(actor: Actor) -> str:
    """Cases that are offered to me."""
    return render_template("casework/team/transfers.html", offers=queries.offers_to(actor))


@blueprint.post(
    "/transfers/<int:transfer_id>/accept", permission=Permission.TRANSFER_ANSWER, subject=_transfer
)
def accept(actor: Actor, transfer: Transfer) -> object:
    """Take it over."""
    case = transferring.accept(by=actor, transfer=transfer)
    return redirect_to("casefile.show", number=case.number)


@blueprint.post(
    "/transfers/<int:transfer_id>/decline", permission=Permission.TRANSFER_ANSWER, subject=_transfer
)
def decline(actor: Actor, transfer: Transfer) -> object:
    """Leave it where it is."""
    transferring.decline(by=actor, transfer=transfer)
    return redirect_to("team.transfers")


@blueprint.post(
    "/cases/<number>/approvals",
    permission=Permission.CASE_EDIT,
    subject=queries.case,
    accepts=team_schemas.ApprovalSchema,
)
def ask_approval(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Ask a supervisor."""
    approving.ask(by=actor, case=case, what=given["what"])
    return redirect_to("casefile.show", number=case.number)


def _approval(_actor: Actor, approval_id: int, **_more: Any) -> Approval:
    found = db.session.get(Approval, approval_id)
    if found is None:
        raise NotFound
    return found


@blueprint.get("/approvals", permission=Permission.TEAM_SEE)
def approvals(actor: Actor) -> str:
    """What waits for my decision."""
    return render_template("casework/team/approvals.html", approvals=approving.to_decide(actor))


@blueprint.post(
    "/approvals/<int:approval_id>/approve", permission=Permission.APPROVAL_DECIDE, subject=_approval
)
def approve(actor: Actor, approval: Approval) -> object:
    """Yes."""
    approving.decide(by=actor, approval=approval, yes=True)
    return redirect_to("team.approvals")


@blueprint.post(
    "/approvals/<int:approval_id>/refuse", permission=Permission.APPROVAL_DECIDE, subject=_approval
)
def refuse(actor: Actor, approval: Approval) -> object:
    """No."""
    approving.decide(by=actor, approval=approval, yes=False)
    return redirect_to("team.approvals")


@blueprint.get("/team", permission=Permission.TEAM_SEE)
def board(actor: Actor, form: Form | None = None) -> str:
    """Who has how much to do, and what nobody has."""
    offices = sorted(actor.at(Role.SUPERVISOR))
    shown = {
        "load": team_board.caseload(offices),
        "unassigned": team_board.unassigned(offices),
        "people": queries.colleagues(offices),
        "today": today(),
    }
    return render_template(
        "casework/team/board.html", **shown, form=form or Form(team_schemas.HandAllSchema)
    )


@blueprint.post(
    "/team/hand-over",
    permission=Permission.TEAM_SEE,
    accepts=team_schemas.HandAllSchema,
    page=board,
)
def hand_over(actor: Actor, given: dict[str, str]) -> object:
    """Somebody leaves: all their cases go to another, with a note."""
    offices = sorted(actor.at(Role.SUPERVISOR))
    people = {str(user.id): (user, office) for office, user in queries.colleagues(offices)}
    if (
        given["leaving"] not in people
        or given["to"] not in people
        or given["leaving"] == given["to"]
    ):
        raise RuleBroken(_("Choose two caseworkers of your office."), "to")
    leaving, office_id = people[given["leaving"]]
    office = db.session.get_one(Organisation, office_id)
    transferring.hand_all_over(
        by=actor, leaving=leaving, office=office, to=people[given["to"]][0], note=given["note"]
    )
    return redirect_to("team.board")


@blueprint.post("/cases/assign", permission=Permission.CASE_LIST)
def assign_many(actor: Actor) -> object:
    """Give several cases to one caseworker; those that are not mine to assign stay."""
    ids = [int(text) for text in request.form.getlist("case") if text.isdecimal()][:100]
    for case in db.session.execute(select(Case).where(Case.id.in_(ids))).scalars():
        if allows(actor, Permission.CASE_ASSIGN, case):
            closure.assign(by=actor, case=case, owner=request.form.get("owner", ""))
    return (
        redirect_to("team.board")
        if request.form.get("back") == "team"
        else redirect_to("casefile.index")
    )


@blueprint.post("/cases/<number>/flag", permission=Permission.CASE_OPEN, subject=queries.case)
def flag(actor: Actor, case: Case) -> object:
    """Keep an eye on a case, or no longer."""
    known = db.session.get(Flag, (actor.id, case.id))
    if known is not None:
        db.session.delete(known)
    elif actor.id is not None:
        db.session.add(Flag(user_id=actor.id, case_id=case.id))
    return redirect_to("casefile.show", number=case.number)


@blueprint.post("/filters", permission=Permission.CASE_LIST, accepts=casefile_schemas.FilterSchema)
def save_filter(actor: Actor, given: dict[str, str]) -> object:
    """Keep a filter under a name; the same name is replaced."""
    assert actor.id is not None
    known = db.session.execute(
        select(SavedFilter).where(
            SavedFilter.user_id == actor.id, SavedFilter.name == given["name"]
        )
    ).scalar_one_or_none()
    if known is None:
        if (
            int(
                db.session.execute(
                    select(func.count())
                    .select_from(SavedFilter)
                    .where(SavedFilter.user_id == actor.id)
                ).scalar()
                or 0
            )
            >= 20
        ):
            raise RuleBroken(_("You have 20 filters. Remove one first."))
        known = SavedFilter(user_id=actor.id, name=given["name"], query="")
        db.session.add(known)
    known.query = watchlist.tidy_filter(given.get("query", ""))
    return redirect_to("casefile.index")


@blueprint.post("/filters/<int:filter_id>/remove", permission=Permission.CASE_LIST)
def remove_filter(actor: Actor) -> object:
    """Forget a filter."""
    found = db.session.get(SavedFilter, (request.view_args or {})["filter_id"])
    if found is not None and found.user_id == actor.id:
        db.session.delete(found)
    return redirect_to("casefile.index")


def _first() -> date:
    asked = request.args.get("month", "")
    try:
        return date.fromisoformat(f"{asked}-01") if asked else today().replace(day=1)
    except ValueError:
        raise NotFound from None


@blueprint.get("/calendar", permission=Permission.WORK_SEE)
def calendar(actor: Actor, token: str = "") -> str:
    """The month of the one who asks."""
    first = _first()
    before, after = (
        (first - timedelta(days=1)).replace(day=1),
        (first + timedelta(days=32)).replace(day=1),
    )
    shown = {
        "weeks": calendar_feed.month(actor, first),
        "first": first,
        "before": before,
        "after": after,
        "today": today(),
    }
    return render_template(
        "casework/team/calendar.html", **shown, feed=calendar_feed.feed_since(actor), token=token
    )


@blueprint.post("/calendar/feed", permission=Permission.WORK_SEE)
def make_feed(actor: Actor) -> str:
    """A new private address for the calendar, shown once."""
    return calendar(actor, calendar_feed.new_feed(by=actor))


@blueprint.post("/calendar/feed/end", permission=Permission.WORK_SEE)
def end_feed(actor: Actor) -> object:
    """The private address ends."""
    calendar_feed.end_feed(by=actor)
    return redirect_to("team.calendar")


@blueprint.open_get("/calendar/<token>.ics")
def feed(token: str) -> Response:
    """A calendar by its private address."""
    found = calendar_feed.feed(token)
    if found is None:
        raise NotFound
    return Response(found, mimetype="text/calendar", headers={"Cache-Control": "no-store"})
