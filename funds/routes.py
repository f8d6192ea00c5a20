"""Pages: funds, a ledger, a request from asking to closing."""

import csv
import io
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext as _

from access import audit
from access.actors import Actor
from access.permissions import Permission
from access.policy import allows, require
from casework.casefile.case_header import head
from casework.core import queries as cases
from casework.people import families
from funds import administration, approvals, figures, ledger, payments, queries, requests, schemas
from models.cases import Case
from models.money import Fund, FundRequest, LedgerEntry
from models.rules import RuleBroken
from models.states import Sets
from web import template_filters
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("funds", __name__)
_SPEND: dict[str, Any] = {"permission": Permission.FUND_SPEND, "subject": queries.request}


@blueprint.get("/funds", permission=Permission.FUND_LIST)
def index(actor: Actor) -> str:
    """Funds with their balances, and the requests I may see."""
    return render_template(
        "funds/index.html",
        funds=queries.funds(),
        page=queries.requests(actor, request.args.get("after", "")),
    )


@blueprint.get("/funds/new", permission=Permission.FUND_KEEP)
def new(_actor: Actor, form: Form | None = None) -> str:
    """The form for a new fund."""
    return render_template("funds/new.html", form=form or Form(schemas.FundSchema))


@blueprint.post("/funds", permission=Permission.FUND_KEEP, accepts=schemas.FundSchema, page=new)
def open_fund(actor: Actor, given: dict[str, Any]) -> object:
    """Open it."""
    made = administration.open_fund(by=actor, given=given)
    return redirect_to("funds.show", code=made.code)


@blueprint.get("/funds/<code>", permission=Permission.FUND_LIST, subject=queries.fund)
def show(actor: Actor, fund: Fund, form: Form | None = None) -> str:
    """A fund: its sums, its pace, its ledger."""
    return render_template(
        "funds/fund.html",
        fund=fund,
        page=queries.entries(fund, request.args.get("after", "")),
        figures=figures.figures(fund),
        trial=ledger.trial_balance(fund),
        balances=ledger.balances(fund),
        corrected=queries.corrected(fund),
        keeps=allows(actor, Permission.FUND_KEEP),
        form=form or Form(schemas.ReceiveSchema),
    )


@blueprint.post(
    "/funds/<code>/contributions",
    permission=Permission.FUND_KEEP,
    subject=queries.fund,
    accepts=schemas.ReceiveSchema,
    page=show,
)
def receive(actor: Actor, fund: Fund, given: dict[str, Any]) -> object:
    """Write down a contribution."""
    administration.receive(by=actor, fund=fund, given=given)
    return redirect_to("funds.show", code=fund.code)


@blueprint.post(
    "/funds/<code>/entries/<int:number>/correct",
    permission=Permission.FUND_CORRECT,
    subject=queries.entry,
)
def correct(actor: Actor, entry: LedgerEntry) -> object:
    """Take an entry back by its counter-entry."""
    payments.correct(by=actor, entry=entry)
    return redirect_to("funds.show", code=(request.view_args or {})["code"])


@blueprint.get("/funds/<code>/ledger.csv", permission=Permission.FUND_KEEP, subject=queries.fund)
def export(_actor: Actor, fund: Fund) -> Response:
    """The ledger for accountants."""
    text = io.StringIO()
    csv.writer(text).writerows(
        [[template_filters.defused(cell) for cell in row] for row in ledger.table(fund)]
    )
    audit.record("exported", subject=f"ledger {fund.code}")
    headers = {"Content-Disposition": f"attachment; filename=ledger-{fund.code}.csv"}
    return Response("\ufeff" + text.getvalue(), mimetype="text/csv", headers=headers)


@blueprint.get("/cases/<number>/funding", permission=Permission.FUND_ASK, subject=cases.case)
def ask(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Ask money for a case, or for the family."""
    options = [
        (fund.code, f"{fund.code} {fund.name} ({fund.currency})") for fund in queries.open_funds()
    ]
    household = families.household_of(case)
    others = (
        [one for one in families.members(actor, household) if one.case.id != case.id]
        if household
        else []
    )
    others = [one for one in others if allows(actor, Permission.FUND_ASK, one.case)]
    return render_template(
        "funds/ask.html",
        **head(actor, case, "funding"),
        form=form or Form(schemas.AskSchema),
        options=options,
        requests=queries.of_case(case),
        others=others,
    )


@blueprint.post(
    "/cases/<number>/funding",
    permission=Permission.FUND_ASK,
    subject=cases.case,
    accepts=schemas.AskSchema,
    page=ask,
)
def send(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Send the request."""
    others = [cases.case(actor, number) for number in dict.fromkeys(given.pop("members", []))]
    for one in others:
        require(actor, Permission.FUND_ASK, one)
        if one.office_id != case.office_id:
            raise RuleBroken(_("A request is for cases of one office."), "members")
    made = requests.ask(by=actor, case=case, others=others, **given)
    return redirect_to("funds.request_page", reference=made.reference)


@blueprint.get(
    "/funds/requests/<reference>", permission=Permission.FUND_SEE, subject=queries.request
)
def request_page(actor: Actor, found: FundRequest, form: Form | None = None) -> str:
    """One request, and the forms for who may answer or pay."""
    persons = queries.persons(found)
    budget = {line.line: line.amount_minor for line in found.lines}
    against = requests.reasons_against(
        found.fund, persons, budget, found.asked_at.date(), sector=found.sector, last_resort=True
    )
    return render_template(
        "funds/request.html",
        request_=found,
        against=against,
        persons=persons,
        entries=queries.entries_of(found),
        may_answer=found.state in Sets.FUND_REQUEST_WAITING
        and allows(actor, Permission.FUND_APPROVE, found),
        may_spend=allows(actor, Permission.FUND_SPEND, found),
        two=approvals.needs_two(found),
        form=form or Form(schemas.SpendSchema),
    )


@blueprint.post(
    "/funds/requests/<reference>",
    permission=Permission.FUND_APPROVE,
    subject=queries.request,
    accepts=schemas.AnswerSchema,
)
def answer(actor: Actor, found: FundRequest, given: dict[str, str]) -> object:
    """Approve or refuse."""
    verb = approvals.approve if given["decision"] == "approve" else approvals.refuse
    verb(by=actor, request=found)
    return redirect_to("funds.request_page", reference=found.reference)


@blueprint.post(
    "/funds/requests/<reference>/payments", **_SPEND, accepts=schemas.SpendSchema, page=request_page
)
def pay(actor: Actor, found: FundRequest, given: dict[str, Any]) -> object:
    """Write down a payment."""
    payments.spend(by=actor, request=found, **given)
    return redirect_to("funds.request_page", reference=found.reference)


@blueprint.post("/funds/requests/<reference>/close", **_SPEND)
def close(actor: Actor, found: FundRequest) -> object:
    """Everything is paid; the rest goes back."""
    payments.close(by=actor, request=found)
    return redirect_to("funds.request_page", reference=found.reference)


@blueprint.post("/funds/requests/<reference>/cancel", **_SPEND)
def cancel(actor: Actor, found: FundRequest) -> object:
    """It is not needed any more."""
    payments.cancel(by=actor, request=found)
    return redirect_to("funds.request_page", reference=found.reference)
