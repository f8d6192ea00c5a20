"""Pages: funds, a ledger, a request from asking to closing."""

from typing import Any

from flask import Response, render_template, request

from access.actors import Actor
from access.permissions import Permission
from casework.core import queries as cases
from funds import (
    administration,
    approvals,
    ledger_table,
    outlays,
    pages,
    payments,
    queries,
    requests,
    schemas,
)
from models.cases import Case
from models.money import Fund, FundRequest, LedgerEntry
from models.referrals import Referral, Service
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("funds", __name__)
_KEEP: dict[str, Any] = {"permission": Permission.FUND_KEEP, "subject": queries.fund}
_ASK: dict[str, Any] = {"permission": Permission.FUND_ASK, "subject": cases.case}
_COST: dict[str, Any] = {"permission": Permission.REFERRAL_COST, "subject": queries.referral}
_SPEND: dict[str, Any] = {"permission": Permission.FUND_SPEND, "subject": queries.request}


@blueprint.get("/funds", permission=Permission.FUND_LIST)
def index(actor: Actor) -> str:
    """Funds with their balances, and the requests I may see."""
    shown = pages.listed(actor, request.args.get("after", ""))
    return render_template("funds/index.html", **shown)


@blueprint.get("/funds/new", permission=Permission.FUND_KEEP)
def new(_actor: Actor, form: Form | None = None) -> str:
    """The form for a new fund."""
    return render_template("funds/new.html", form=form or Form(schemas.FundSchema))


@blueprint.post("/funds", permission=Permission.FUND_KEEP, accepts=schemas.FundSchema, page=new)
def open_fund(actor: Actor, given: dict[str, Any]) -> object:
    """Open it."""
    return redirect_to("funds.show", administration.open_fund(by=actor, given=given))


@blueprint.get("/funds/<code>", permission=Permission.FUND_LIST, subject=queries.fund)
def show(actor: Actor, fund: Fund, form: Form | None = None) -> str:
    """A fund: its sums, its pace, its ledger."""
    shown = pages.fund(actor, fund, request.args.get("after", ""), form)
    return render_template("funds/fund.html", **shown)


@blueprint.post("/funds/<code>/contributions", **_KEEP, accepts=schemas.ReceiveSchema, page=show)
def receive(actor: Actor, fund: Fund, given: dict[str, Any]) -> object:
    """Write down a contribution."""
    administration.receive(by=actor, fund=fund, given=given)
    return redirect_to("funds.show", fund)


@blueprint.post(
    "/funds/<code>/entries/<int:number>/correct",
    permission=Permission.FUND_CORRECT,
    subject=queries.entry,
)
def correct(actor: Actor, entry: LedgerEntry) -> object:
    """Take an entry back by its counter-entry."""
    payments.correct(by=actor, entry=entry)
    return redirect_to("funds.show", code=(request.view_args or {})["code"])


@blueprint.get("/funds/<code>/ledger.csv", **_KEEP)
def export(_actor: Actor, fund: Fund) -> Response:
    """The ledger for accountants."""
    headers = {"Content-Disposition": f"attachment; filename=ledger-{fund.code}.csv"}
    return Response(ledger_table.as_csv(fund), mimetype="text/csv", headers=headers)


@blueprint.get("/cases/<number>/funding", **_ASK)
def ask(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Ask money for a case, or for the family."""
    return render_template("funds/ask.html", **pages.ask(actor, case, form))


@blueprint.post("/cases/<number>/funding", **_ASK, accepts=schemas.AskSchema, page=ask)
def send(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Send the request."""
    others = queries.to_fund_together(actor, given.pop("members", []))
    request_ = requests.ask(by=actor, case=case, others=others, **given)
    return redirect_to("funds.request_page", request_)


@blueprint.get(
    "/funds/requests/<reference>", permission=Permission.FUND_SEE, subject=queries.request
)
def request_page(actor: Actor, request_: FundRequest, form: Form | None = None) -> str:
    """One request, and the forms for who may answer or pay."""
    return render_template("funds/request.html", **pages.request(actor, request_, form))


@blueprint.post(
    "/funds/requests/<reference>",
    permission=Permission.FUND_APPROVE,
    subject=queries.request,
    accepts=schemas.AnswerRequestSchema,
    page=request_page,
)
def answer(actor: Actor, request_: FundRequest, given: dict[str, Any]) -> object:
    """Approve or refuse."""
    if given["decision"] == "approve":
        approvals.approve(
            by=actor,
            request=request_,
            twice=given.get("twice") or "",
            without=bool(given.get("without")),
        )
    else:
        approvals.refuse(by=actor, request=request_)
    return redirect_to("funds.request_page", request_)


@blueprint.post(
    "/funds/requests/<reference>/payments", **_SPEND, accepts=schemas.SpendSchema, page=request_page
)
def pay(actor: Actor, request_: FundRequest, given: dict[str, Any]) -> object:
    """Write down a payment."""
    payments.spend(by=actor, request=request_, **given)
    return redirect_to("funds.request_page", request_)


@blueprint.get("/referrals/<reference>/services/<int:service_id>/cost", **_COST)
def cost(_actor: Actor, referral: Referral, form: Form | None = None) -> str:
    """From whose money a partner's service was paid."""
    return render_template("funds/cost.html", **pages.cost(_service(referral), form))


@blueprint.post(
    "/referrals/<reference>/services/<int:service_id>/cost",
    **_COST,
    accepts=schemas.OutlaySchema,
    page=cost,
)
def say_cost(actor: Actor, referral: Referral, given: dict[str, Any]) -> object:
    """Say it: a payment of a fund, or not ours."""
    outlays.of_service(by=actor, service=_service(referral), **given)
    return redirect_to("referral.show", referral)


def _service(referral: Referral) -> Service:
    return queries.service_of(referral, (request.view_args or {})["service_id"])


@blueprint.post(
    "/funds/requests/<reference>/let-go",
    **_SPEND,
    accepts=schemas.LetGoSchema,
    page=request_page,
)
def let_share_go(actor: Actor, request_: FundRequest, given: dict[str, Any]) -> object:
    """The share of somebody who does not go goes back to the fund."""
    person = queries.person_of(request_, given["reference"])
    payments.let_share_go(by=actor, request=request_, person=person, paid=given.get("paid") or "")
    return redirect_to("funds.request_page", request_)


@blueprint.post("/funds/requests/<reference>/close", **_SPEND)
def close(actor: Actor, request_: FundRequest) -> object:
    """Everything is paid; the rest goes back."""
    payments.close(by=actor, request=request_)
    return redirect_to("funds.request_page", request_)


@blueprint.post("/funds/requests/<reference>/cancel", **_SPEND)
def cancel(actor: Actor, request_: FundRequest) -> object:
    """It is not needed any more."""
    payments.cancel(by=actor, request=request_)
    return redirect_to("funds.request_page", request_)
